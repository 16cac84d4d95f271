/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/session.h"

#include <signal.h>
#include <string.h>

#include <event2/event.h>

#include "app/cli/events.h"
#include "app/session/sentences.h"
#include "net/base/clock.h"

enum { RATE_MS = 5000, STOPS_PATIENCE = 2 };

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
    struct ds_cli_session *session = arg;
    session->stops++;
    if (session->peer == NULL || session->stops >= STOPS_PATIENCE)
        event_base_loopbreak(session->base); /* asked twice: not a word to the other side */
    else
        ds_peer_close(session->peer, DS_REASON_STOPPED);
}

static void
on_rate(evutil_socket_t fd, short what, void *arg)
{
    struct ds_cli_session *session = arg;
    struct ds_peer_stats stats;
    ds_peer_get_stats(session->peer, &stats);
    ds_event_rate(&stats);
}

int
ds_cli_session_init(struct ds_cli_session *session, enum ds_role role)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    memset(session, 0, sizeof *session);
    session->role = role;
    session->base = event_base_new();
    if (session->base == NULL)
        return DS_ERR_NOMEM;
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        session->signals[i] = evsignal_new(session->base, numbers[i], on_signal, session);
        if (session->signals[i] == NULL || evsignal_add(session->signals[i], NULL) < 0)
            return DS_ERR_NOMEM;
    }
    session->rate_timer = event_new(session->base, -1, EV_PERSIST, on_rate, session);
    return session->rate_timer != NULL ? 0 : DS_ERR_NOMEM;
}

void
ds_cli_session_run(struct ds_cli_session *session)
{
    event_base_dispatch(session->base);
}

void
ds_cli_session_finish(struct ds_cli_session *session)
{
    ds_peer_free(session->peer);
    for (size_t i = 0; i < G_N_ELEMENTS(session->signals); i++)
        if (session->signals[i] != NULL)
            event_free(session->signals[i]);
    if (session->rate_timer != NULL)
        event_free(session->rate_timer);
    if (session->base != NULL)
        event_base_free(session->base);
    memset(session, 0, sizeof *session);
}

void
ds_cli_session_closed(
        struct ds_cli_session *session, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct ds_peer_stats stats;
    ds_peer_get_stats(session->peer, &stats);
    if (stats.received_bytes + stats.sent_bytes > 0)
        ds_event_rate(&stats);
    ds_event_closed(reason, session->role, step, retry_ms);
    session->status = ds_exit_status(reason);
    event_base_loopbreak(session->base);
}

void
ds_cli_session_path(struct ds_cli_session *session, const struct ds_peer_path *path)
{
    struct timeval every = ds_clock_timeval(RATE_MS);
    ds_event_path(path);
    evtimer_add(session->rate_timer, &every);
}
