/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/meet.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <openssl/crypto.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/crypto/kdf.h"
#include "net/peer/backoff.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"

struct ds_meet {
    struct ds_meet_config config;
    const struct ds_meet_handler *handler;
    void *arg;
    uint8_t id[DS_MEETING_BYTES];
    uint8_t cookie[DS_COOKIE_BYTES];
    bool has_cookie;
    bool is_going;
    size_t at; /* index of the relay that is tried */
    struct ds_reach *reach;
    struct ds_leg *leg;
    struct ds_foothold foothold; /* of the leg */
    struct ds_backoff backoff;
    struct event *retry;
    struct event *stay; /* with several relays: how long to wait at one */
};

static void
leave_relay(struct ds_meet *meet)
{
    evtimer_del(meet->stay);
    ds_reach_free(meet->reach);
    meet->reach = NULL;
    ds_leg_free(meet->leg);
    meet->leg = NULL;
    ds_foothold_finish(&meet->foothold);
}

static void
try_next(struct ds_meet *meet)
{
    leave_relay(meet);
    meet->at = (meet->at + 1) % meet->config.relay_count;
    ds_event_add_ms(meet->retry, ds_backoff_next_ms(&meet->backoff));
}

static void
on_leg_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    struct ds_meet *meet = arg;
    char step[DS_REACH_TEXT_MAX];
    ds_reach_loss_text(step, "", meet->leg, reason, text);
    meet->handler->on_trouble(meet->arg, ds_reach_loss_reason(err, reason), step);
    if (meet->is_going)
        try_next(meet);
}

static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct ds_meet *meet = arg;
    uint8_t cookie[DS_COOKIE_BYTES];

    if (type != DS_RECORD_PAIRED || len != sizeof cookie)
        return;
    struct ds_leg *leg = meet->leg;
    struct ds_foothold foothold = {0};
    memcpy(cookie, payload, sizeof cookie);
    ds_foothold_copy(&foothold, &meet->foothold);
    meet->leg = NULL;
    ds_meet_stop(meet);
    meet->handler->on_leg(meet->arg, leg, &foothold, cookie);
    ds_foothold_finish(&foothold);
}

static void
on_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
    struct ds_meet *meet = arg;
    ds_foothold_welcome(&meet->foothold, welcome);
}

static const struct ds_leg_handler leg_handler = {
        .on_welcome = on_welcome,
        .on_record = on_record,
        .on_lost = on_leg_lost,
};

static int
send_meet(struct ds_meet *meet)
{
    uint8_t buf[128];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put(&w, DS_TAG_MEETING, meet->id, sizeof meet->id);
    ds_tlv_put_number(&w, DS_TAG_ROLE, meet->config.role, 1);
    if (meet->has_cookie)
        ds_tlv_put(&w, DS_TAG_COOKIE, meet->cookie, sizeof meet->cookie);
    return w.failed ? DS_ERR_TOO_BIG : ds_leg_send(meet->leg, DS_RECORD_MEET, buf, w.len);
}

static void
on_reached(void *arg, struct ds_leg *leg, const struct ds_foothold *foothold, enum ds_reason reason,
        const char *text)
{
    struct ds_meet *meet = arg;

    meet->leg = leg;
    if (foothold != NULL)
        ds_foothold_copy(&meet->foothold, foothold);
    if (leg != NULL && send_meet(meet) < 0) {
        reason = DS_REASON_INTERNAL;
        text = "MEET could not be sent";
    }
    if (reason != DS_REASON_NONE) {
        meet->handler->on_trouble(meet->arg, reason, text);
        if (meet->is_going)
            try_next(meet);
        return;
    }
    if (meet->config.relay_count > 1)
        ds_event_add_ms(meet->stay, DS_MEET_STAY_MS);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct ds_meet *meet = arg;
    int err = ds_reach_start(&meet->reach, meet->config.outlet, &meet->config.relays[meet->at],
            &leg_handler, on_reached, meet);
    if (err < 0) {
        DS_WARN("meet", "no try at a relay: %s", ds_strerror(err));
        try_next(meet);
    }
}

static void
on_stay_over(evutil_socket_t fd, short what, void *arg)
{
    try_next(arg);
}

int
ds_meet_new(struct ds_meet **out, const struct ds_meet_config *config,
        const struct ds_meet_handler *handler, void *arg)
{
    struct ds_meet *meet = calloc(1, sizeof *meet);
    int err = DS_ERR_NOMEM;

    if (meet == NULL)
        return err;
    meet->config = *config;
    meet->config.key = NULL;
    meet->handler = handler;
    meet->arg = arg;
    meet->retry = evtimer_new(config->outlet->base, on_retry, meet);
    meet->stay = evtimer_new(config->outlet->base, on_stay_over, meet);
    if (meet->retry != NULL && meet->stay != NULL)
        err = ds_kdf(meet->id, sizeof meet->id, config->key, "meeting", NULL, 0);
    if (err < 0) {
        ds_meet_free(meet);
        return err;
    }
    *out = meet;
    return 0;
}

void
ds_meet_free(struct ds_meet *meet)
{
    if (meet == NULL)
        return;
    if (meet->stay != NULL)
        leave_relay(meet);
    ds_event_free(meet->retry);
    ds_event_free(meet->stay);
    OPENSSL_cleanse(meet, sizeof *meet);
    free(meet);
}

void
ds_meet_start(struct ds_meet *meet, const uint8_t *cookie)
{
    if (meet->is_going)
        return;
    meet->is_going = true;
    meet->at = 0;
    meet->has_cookie = cookie != NULL;
    if (cookie != NULL)
        memcpy(meet->cookie, cookie, sizeof meet->cookie);
    ds_event_add_ms(meet->retry, ds_backoff_next_ms(&meet->backoff));
}

void
ds_meet_stop(struct ds_meet *meet)
{
    meet->is_going = false;
    evtimer_del(meet->retry);
    leave_relay(meet);
}

void
ds_meet_succeeded(struct ds_meet *meet)
{
    ds_backoff_reset(&meet->backoff);
}
