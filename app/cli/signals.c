/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/signals.h"

#include <signal.h>
#include <stdbool.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/event.h"

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

struct ds_signals {
    ds_signals_fn fn;
    void *arg;
    struct event *events[G_N_ELEMENTS(numbers)];
};

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
    struct ds_signals *signals = arg;
    signals->fn(signals->arg);
}

static bool
is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

struct ds_signals *
ds_signals_new(struct event_base *base, ds_signals_fn fn, void *arg)
{
    struct ds_signals *signals = g_new0(struct ds_signals, 1);

    signals->fn = fn;
    signals->arg = arg;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (is_ignored(numbers[i]))
            continue;
        signals->events[i] = evsignal_new(base, numbers[i], on_signal, signals);
        if (signals->events[i] == NULL || evsignal_add(signals->events[i], NULL) < 0) {
            ds_signals_free(signals);
            return NULL;
        }
    }
    return signals;
}

void
ds_signals_free(struct ds_signals *signals)
{
    if (signals == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        ds_event_free(signals->events[i]);
    g_free(signals);
}
