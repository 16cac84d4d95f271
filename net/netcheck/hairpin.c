/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/hairpin.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/punch/syn.h"

/* One SYN at a time; both ends are up when each has the other's. */
struct end {
    struct ds_hairpin *hairpin;
    struct ds_local_port *port;
    struct ds_addr target;
    int fd;              /* -1: no SYN is under way */
    struct event *event; /* of fd, and of the time until the next SYN */
    unsigned tries;
    bool is_up;
};

struct ds_hairpin {
    struct event_base *base;
    ds_hairpin_fn fn;
    void *arg;
    struct event *late;
    struct end ends[DS_HAIRPIN_ENDS];
};

static void
close_end(struct end *end)
{
    ds_event_free(end->event);
    end->event = NULL;
    if (end->fd >= 0)
        close(end->fd);
    end->fd = -1;
}

static void
finish(struct ds_hairpin *hairpin, bool is_turned)
{
    event_del(hairpin->late);
    for (size_t i = 0; i < DS_HAIRPIN_ENDS; i++)
        close_end(&hairpin->ends[i]);
    hairpin->fn(hairpin->arg, is_turned); /* may free the hairpin */
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
    finish(arg, false);
}

/* ---- SYNs ---- */

static void on_event(evutil_socket_t fd, short what, void *arg);

/* Returns 0, or DS_ERR_SYSTEM with errno where there is no socket to send one. */
static int
dial(struct end *end)
{
    close_end(end);
    end->tries++;
    end->fd = ds_syn_open(end->port, end->target.ss.ss_family);
    if (end->fd < 0)
        return DS_ERR_SYSTEM;
    end->event = event_new(end->hairpin->base, end->fd, EV_WRITE, on_event, end);
    if (end->event == NULL)
        return DS_ERR_NOMEM;
    if (connect(end->fd, (const struct sockaddr *)&end->target.ss, end->target.len) < 0 &&
            errno != EINPROGRESS) {
        event_active(end->event, EV_WRITE, 0); /* the answer is there already: a refusal */
        return 0;
    }
    return event_add(end->event, NULL) == 0 ? 0 : DS_ERR_NOMEM;
}

/*
 * What refused it may have shut what the other end's SYN opened: both send again, but not together
 * for ever.
 */
static void
dial_again(struct end *end)
{
    close_end(end);
    if (end->tries == DS_NETCHECK_HAIRPIN_TRIES)
        return;
    end->event = evtimer_new(end->hairpin->base, on_event, end);
    bool is_first = end == &end->hairpin->ends[0];
    if (end->event != NULL)
        ds_event_add_ms(end->event, is_first ? end->tries : 3 * (uint64_t)end->tries);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
    struct end *end = arg;
    struct ds_hairpin *hairpin = end->hairpin;
    bool by_icmp;

    if (end->fd < 0) {
        if (dial(end) < 0)
            close_end(end);
        return;
    }
    end->is_up = ds_syn_answer(end->fd, &by_icmp) == 0;
    if (!end->is_up)
        dial_again(end);
    else if (hairpin->ends[0].is_up && hairpin->ends[1].is_up)
        finish(hairpin, true);
}

/* ---- its life ---- */

static int
begin(struct ds_hairpin *hairpin)
{
    int err = 0;

    hairpin->late = evtimer_new(hairpin->base, on_late, hairpin);
    if (hairpin->late == NULL || ds_event_add_ms(hairpin->late, DS_NETCHECK_HAIRPIN_MS) < 0)
        return DS_ERR_NOMEM;
    for (size_t i = 0; i < DS_HAIRPIN_ENDS && err == 0; i++)
        err = dial(&hairpin->ends[i]);
    return err;
}

int
ds_hairpin_new(struct ds_hairpin **out, struct event_base *base,
        const struct ds_hairpin_end ends[static DS_HAIRPIN_ENDS], ds_hairpin_fn fn, void *arg)
{
    struct ds_hairpin *hairpin = calloc(1, sizeof *hairpin);
    if (hairpin == NULL)
        return DS_ERR_NOMEM;
    hairpin->base = base;
    hairpin->fn = fn;
    hairpin->arg = arg;
    for (size_t i = 0; i < DS_HAIRPIN_ENDS; i++)
        hairpin->ends[i] = (struct end){.hairpin = hairpin,
                .port = ds_local_port_ref(ends[i].port),
                .target = ends[1 - i].outside,
                .fd = -1};
    int err = begin(hairpin);
    if (err < 0) {
        int os_error = errno;
        ds_hairpin_free(hairpin);
        errno = os_error;
        return err;
    }
    *out = hairpin;
    return 0;
}

void
ds_hairpin_free(struct ds_hairpin *hairpin)
{
    if (hairpin == NULL)
        return;
    ds_event_free(hairpin->late);
    for (size_t i = 0; i < DS_HAIRPIN_ENDS; i++) {
        close_end(&hairpin->ends[i]);
        ds_local_port_unref(hairpin->ends[i].port);
    }
    free(hairpin);
}
