/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/approach.h"

#include <stdlib.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/wire/record.h"

struct ds_approach {
    const struct ds_approach_handler *handler;
    void *arg;
    struct ds_reach *reach;
    struct ds_leg *leg;
    struct ds_foothold foothold;
    struct event *late; /* WELCOME, or the answers to PING, have had their time */
    bool is_reached;
    bool is_over;     /* on_measured or on_failed was called */
    uint8_t answered; /* PINGs; the next one's number */
    uint64_t pinged_us;
    unsigned rtt_us; /* the smallest, 0: none yet */
};

/* ---- the end ---- */

static void
fail(struct ds_approach *approach, enum ds_reason reason, const char *text)
{
    event_del(approach->late);
    approach->is_over = true;
    approach->handler->on_failed(approach->arg, reason, text); /* may free the approach */
}

static void
tell_measured(struct ds_approach *approach)
{
    event_del(approach->late);
    approach->is_over = true;
    approach->handler->on_measured(approach->arg, approach->rtt_us); /* may free the approach */
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
    struct ds_approach *approach = arg;

    if (approach->is_reached)
        tell_measured(approach);
    else
        fail(approach, DS_REASON_NO_RELAY, "relay: no answer in time");
}

/* ---- the round trip ---- */

static void
ping(struct ds_approach *approach)
{
    approach->pinged_us = ds_clock_us();
    if (ds_leg_send(approach->leg, DS_RECORD_PING, &approach->answered, 1) < 0)
        ds_event_add_ms(approach->late, 0);
}

static void
on_pong(void *arg, const uint8_t *payload, size_t len)
{
    struct ds_approach *approach = arg;

    if (approach->is_over || !approach->is_reached || len != 1 || payload[0] != approach->answered)
        return;
    uint64_t took_us = ds_clock_us() - approach->pinged_us;
    if (approach->rtt_us == 0 || took_us < approach->rtt_us)
        approach->rtt_us = (unsigned)took_us;
    if (++approach->answered < DS_NETCHECK_PINGS)
        ping(approach);
    else
        tell_measured(approach);
}

/* ---- the relay ---- */

static void
on_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
    struct ds_approach *approach = arg;

    if (approach->is_over)
        return;
    ds_foothold_welcome(&approach->foothold, welcome);
    approach->is_reached = true;
    ds_event_add_ms(approach->late, DS_NETCHECK_PING_MS);
    ping(approach);
    approach->handler->on_reached(approach->arg, &approach->foothold); /* may free the approach */
}

/* Nothing that is for us: we are no helpee, and no helper. */
static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
}

static void
on_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    struct ds_approach *approach = arg;
    char words[DS_REACH_TEXT_MAX];

    if (approach->is_over)
        return;
    if (approach->is_reached) {
        tell_measured(approach);
        return;
    }
    ds_reach_loss_text(words, "", approach->leg, reason, text);
    fail(approach, ds_reach_loss_reason(err, reason), words);
}

static const struct ds_leg_handler leg_handler = {
        .on_welcome = on_welcome, .on_record = on_record, .on_pong = on_pong, .on_lost = on_lost};

static void
on_reach(void *arg, struct ds_leg *leg, const struct ds_foothold *foothold, enum ds_reason reason,
        const char *text)
{
    struct ds_approach *approach = arg;

    approach->leg = leg;
    if (leg == NULL)
        fail(approach, reason, text);
    else
        ds_foothold_copy(&approach->foothold, foothold);
}

/* ---- its life ---- */

int
ds_approach_new(struct ds_approach **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_approach_handler *handler, void *arg)
{
    struct ds_approach *approach = calloc(1, sizeof *approach);
    if (approach == NULL)
        return DS_ERR_NOMEM;
    approach->handler = handler;
    approach->arg = arg;
    approach->late = evtimer_new(outlet->base, on_late, approach);
    int err = DS_ERR_NOMEM;
    if (approach->late != NULL && ds_event_add_ms(approach->late, DS_NETCHECK_WELCOME_MS) == 0)
        err = ds_reach_start(&approach->reach, outlet, relay, &leg_handler, on_reach, approach);
    if (err < 0) {
        ds_approach_free(approach);
        return err;
    }
    *out = approach;
    return 0;
}

void
ds_approach_free(struct ds_approach *approach)
{
    if (approach == NULL)
        return;
    ds_event_free(approach->late);
    ds_reach_free(approach->reach);
    ds_leg_free(approach->leg);
    ds_foothold_finish(&approach->foothold);
    free(approach);
}
