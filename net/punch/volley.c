/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/volley.h"

#include <stdlib.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"

struct ds_volley {
    struct event slice_timer, retry_timer, hold_timer;
    uint64_t began_us;
    unsigned retry_ms;
    size_t begun; /* so many have sent their first SYN */
    size_t count;
    struct ds_candidate_dial *dials[DS_SALVO_MAX]; /* NULL: closed */
};

/* --- one after the other --- */

static void
begin_slice(struct ds_volley *volley)
{
    for (size_t i = 0; i < DS_VOLLEY_SLICE && volley->begun < volley->count; i++)
        ds_candidate_dial_begin(volley->dials[volley->begun++]);
    if (volley->begun < volley->count) {
        ds_event_add_ms(&volley->slice_timer, 0);
        return;
    }
    DS_DEBUG("punch", "%zu SYNs in %u ms", volley->count,
            (unsigned)((ds_clock_us() - volley->began_us) / 1000));
    if (volley->retry_ms != 0)
        ds_event_add_ms(&volley->retry_timer, volley->retry_ms);
}

static void
on_slice(evutil_socket_t fd, short what, void *arg)
{
    begin_slice(arg);
}

static void
on_retry_over(evutil_socket_t fd, short what, void *arg)
{
    ds_volley_settle(arg);
}

static void
on_hold_over(evutil_socket_t fd, short what, void *arg)
{
    struct ds_volley *volley = arg;
    size_t closed = 0;

    ds_volley_settle(volley);
    for (size_t i = 0; i < volley->count; i++) {
        if (volley->dials[i] == NULL || ds_candidate_dial_is_proving(volley->dials[i]))
            continue;
        ds_candidate_dial_free(volley->dials[i]);
        volley->dials[i] = NULL;
        closed++;
    }
    DS_DEBUG("punch", "%zu of %zu sockets are closed", closed, volley->count);
}

/* --- life --- */

static int
make_dials(struct ds_volley *volley, const struct ds_volley_config *config, ds_candidate_dial_fn fn,
        void *arg)
{
    struct ds_candidate_dial_config dial = config->dial;

    for (; volley->count < config->count; volley->count++) {
        if (config->ports != NULL)
            dial.port = config->ports[volley->count];
        if (config->targets != NULL)
            ds_addr_set_port(&dial.candidate.addr, config->targets[volley->count]);
        int err = ds_candidate_dial_new(&volley->dials[volley->count], &dial, fn, arg);
        if (err < 0)
            return err;
    }
    return 0;
}

int
ds_volley_new(struct ds_volley **out, const struct ds_volley_config *config,
        ds_candidate_dial_fn fn, void *arg)
{
    struct event_base *base = config->dial.setting->base;
    struct ds_volley *volley = calloc(1, sizeof *volley);

    *out = NULL;
    if (volley == NULL)
        return DS_ERR_NOMEM;
    event_assign(&volley->slice_timer, base, -1, 0, on_slice, volley);
    event_assign(&volley->retry_timer, base, -1, 0, on_retry_over, volley);
    event_assign(&volley->hold_timer, base, -1, 0, on_hold_over, volley);
    volley->retry_ms = config->retry_ms;
    volley->began_us = ds_clock_us();
    int err = make_dials(volley, config, fn, arg);
    if (err == 0 && config->hold_ms != 0 &&
            ds_event_add_ms(&volley->hold_timer, config->hold_ms) < 0)
        err = DS_ERR_NOMEM;
    if (err < 0) {
        ds_volley_free(volley);
        return err;
    }
    begin_slice(volley);
    *out = volley;
    return 0;
}

void
ds_volley_settle(struct ds_volley *volley)
{
    if (volley == NULL)
        return;
    event_del(&volley->slice_timer);
    event_del(&volley->retry_timer);
    for (size_t i = 0; i < volley->count; i++)
        if (volley->dials[i] != NULL)
            ds_candidate_dial_settle(volley->dials[i]);
}

bool
ds_volley_is_proving(const struct ds_volley *volley)
{
    for (size_t i = 0; volley != NULL && i < volley->count; i++)
        if (volley->dials[i] != NULL && ds_candidate_dial_is_proving(volley->dials[i]))
            return true;
    return false;
}

void
ds_volley_free(struct ds_volley *volley)
{
    if (volley == NULL)
        return;
    event_del(&volley->slice_timer);
    event_del(&volley->retry_timer);
    event_del(&volley->hold_timer);
    for (size_t i = 0; i < volley->count; i++)
        ds_candidate_dial_free(volley->dials[i]);
    free(volley);
}
