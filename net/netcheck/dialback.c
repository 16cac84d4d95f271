/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/dialback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <openssl/rand.h>

#include "net/base/event.h"
#include "net/netcheck/door.h"
#include "net/wire/reader.h"
#include "net/wire/writer.h"

_Static_assert((int)DS_DIALBACK_CONNECTED == DS_DIALLED_CONNECTED &&
                       (int)DS_DIALBACK_REFUSED == DS_DIALLED_REFUSED &&
                       (int)DS_DIALBACK_UNREACHABLE == DS_DIALLED_UNREACHABLE &&
                       (int)DS_DIALBACK_SILENT == DS_DIALLED_SILENT &&
                       (int)DS_DIALBACK_NOT_OFFERED == DS_DIALLED_NOT_OFFERED,
        "the relay's words are given out as they are");
_Static_assert((int)DS_DIALBACK_OTHER_PORT == DS_DIAL_FROM_OTHER_PORT &&
                       (int)DS_DIALBACK_OTHER_ADDRESS == DS_DIAL_FROM_OTHER_ADDRESS,
        "and the question goes out as it is");

enum stage {
    REACHING, /* until WELCOME */
    GREETED,  /* CHECKED should be right behind it */
    READY,
    ASKING,   /* DIALLED is awaited */
    ARRIVING, /* it said connected: the token is awaited */
    OVER,
};

struct ds_dialback {
    const struct ds_outlet *outlet; /* borrowed, like the handler */
    const struct ds_dialback_handler *handler;
    void *arg;
    struct ds_reach *reach;
    struct ds_leg *leg;
    struct ds_foothold foothold;
    enum stage stage;
    struct event *timer; /* of GREETED, ASKING and ARRIVING */

    /* The question under way, or the last one. */
    unsigned asked;       /* how many were */
    struct ds_door *door; /* NULL: nobody listens */
    bool has_arrived;
    unsigned ms; /* ARRIVING: what the relay said */
};

/* --- the ends of things: nothing may follow a call to these two --- */

static void
end(struct ds_dialback *dialback, enum ds_reason reason, const char *text)
{
    char copy[DS_REACH_TEXT_MAX];

    snprintf(copy, sizeof copy, "%s", text); /* it may be the leg's */
    dialback->stage = OVER;
    evtimer_del(dialback->timer);
    ds_door_free(dialback->door);
    dialback->door = NULL;
    ds_leg_free(dialback->leg);
    dialback->leg = NULL;
    dialback->handler->on_over(dialback->arg, reason, copy);
}

static void
answer(struct ds_dialback *dialback, enum ds_dialback_result result, unsigned ms)
{
    const struct ds_dialback_answer answer = {.result = result, .ms = ms};

    dialback->stage = READY;
    evtimer_del(dialback->timer);
    ds_door_free(dialback->door);
    dialback->door = NULL;
    dialback->handler->on_answer(dialback->arg, &answer);
}

static void
enter(struct ds_dialback *dialback, enum stage stage, unsigned limit_ms)
{
    dialback->stage = stage;
    ds_event_add_ms(dialback->timer, limit_ms);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
    struct ds_dialback *dialback = arg;

    if (dialback->stage == GREETED)
        end(dialback, DS_REASON_NONE, "an older relay, which does not know CHECK");
    else if (dialback->stage == ARRIVING)
        answer(dialback, DS_DIALBACK_ASTRAY, dialback->ms);
    else
        end(dialback, DS_REASON_NO_RELAY, "relay: no answer to DIAL");
}

/* --- one question --- */

/* It came in: where the relay's word is there already, all is known. */
static void
on_arrived(void *arg)
{
    struct ds_dialback *dialback = arg;

    dialback->has_arrived = true;
    if (dialback->stage == ARRIVING)
        answer(dialback, DS_DIALBACK_CONNECTED, dialback->ms);
}

static void
on_dialled(struct ds_dialback *dialback, const uint8_t *payload, size_t len)
{
    struct ds_reader r;

    ds_reader_init(&r, payload, len);
    uint8_t result = ds_reader_u8(&r);
    dialback->ms = ds_reader_u16(&r);
    if (dialback->stage != ASKING)
        end(dialback, DS_REASON_PROTOCOL, "relay: DIALLED that nobody asked for");
    else if (dialback->has_arrived) /* more than its word */
        answer(dialback, DS_DIALBACK_CONNECTED, dialback->ms);
    else if (result == DS_DIALLED_CONNECTED && dialback->door != NULL)
        enter(dialback, ARRIVING, DS_CHECK_ARRIVAL_MS);
    else if (result <= DS_DIALLED_NOT_OFFERED)
        answer(dialback, (enum ds_dialback_result)result, dialback->ms);
    else
        answer(dialback, DS_DIALBACK_NOT_OFFERED, 0); /* of a later version */
}

static int
send_dial(struct ds_dialback *dialback, const struct ds_dialback_question *question,
        const uint8_t token[static DS_DIAL_TOKEN_BYTES])
{
    uint8_t buf[1 + 2 + DS_DIAL_TOKEN_BYTES];
    struct ds_writer w;

    ds_writer_init(&w, buf, sizeof buf);
    ds_writer_u8(&w, (uint8_t)question->from);
    ds_writer_u16(&w, question->port);
    ds_writer_bytes(&w, token, DS_DIAL_TOKEN_BYTES);
    return ds_leg_send(dialback->leg, DS_RECORD_DIAL, buf, w.len);
}

/* The leg's: the relay dials the address that it comes from. */
static int
family(const struct ds_dialback *dialback)
{
    return dialback->foothold.relay.ss.ss_family == AF_INET6 ? AF_INET6 : AF_INET;
}

int
ds_dialback_ask(struct ds_dialback *dialback, const struct ds_dialback_question *question)
{
    uint8_t token[DS_DIAL_TOKEN_BYTES];
    int err = 0;

    if (dialback->stage != READY || dialback->asked == DS_DIALBACK_MOST)
        return DS_ERR_STATE;
    if (question->port < DS_DIALBACK_LEAST_PORT)
        return DS_ERR_INVALID;
    if (RAND_bytes(token, sizeof token) != 1)
        return DS_ERR_SYSTEM;
    dialback->has_arrived = false;
    if (question->listen != NULL)
        err = ds_door_new(&dialback->door, dialback->outlet->base, question->listen,
                family(dialback), token, on_arrived, dialback);
    if (err == 0)
        err = send_dial(dialback, question, token);
    if (err < 0) {
        ds_door_free(dialback->door);
        dialback->door = NULL;
        return err;
    }
    dialback->asked++;
    enter(dialback, ASKING, DS_CHECK_DIALLED_MS);
    return 0;
}

/* --- the leg --- */

static void
on_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
    struct ds_dialback *dialback = arg;

    ds_foothold_welcome(&dialback->foothold, welcome);
    enter(dialback, GREETED, DS_CHECK_ANSWER_MS);
}

static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct ds_dialback *dialback = arg;

    if (type == DS_RECORD_DIALLED) {
        on_dialled(dialback, payload, len);
    } else if (type == DS_RECORD_CHECKED && dialback->stage == GREETED) {
        evtimer_del(dialback->timer);
        dialback->stage = READY;
        dialback->handler->on_ready(dialback->arg, &dialback->foothold);
    } else if (type != DS_RECORD_NOTE) {
        end(dialback, DS_REASON_PROTOCOL, "relay: a record that does not fit CHECK");
    }
}

static void
on_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    struct ds_dialback *dialback = arg;
    char step[DS_REACH_TEXT_MAX];

    ds_reach_loss_text(step, "", dialback->leg, reason, text);
    end(dialback, ds_reach_loss_reason(err, reason), step);
}

static const struct ds_leg_handler leg_handler = {
        .on_welcome = on_welcome,
        .on_record = on_record,
        .on_lost = on_lost,
};

static void
on_reached(void *arg, struct ds_leg *leg, const struct ds_foothold *foothold, enum ds_reason reason,
        const char *text)
{
    struct ds_dialback *dialback = arg;

    dialback->leg = leg;
    if (leg == NULL) {
        end(dialback, reason, text);
        return;
    }
    ds_foothold_copy(&dialback->foothold, foothold);
    if (ds_leg_send(leg, DS_RECORD_CHECK, NULL, 0) < 0)
        end(dialback, DS_REASON_INTERNAL, "CHECK could not be sent");
}

/* --- life --- */

int
ds_dialback_new(struct ds_dialback **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_dialback_handler *handler, void *arg)
{
    struct ds_dialback *dialback = calloc(1, sizeof *dialback);
    int err = DS_ERR_NOMEM;

    if (dialback == NULL)
        return err;
    *dialback = (struct ds_dialback){.outlet = outlet, .handler = handler, .arg = arg};
    dialback->timer = evtimer_new(outlet->base, on_time, dialback);
    if (dialback->timer != NULL)
        err = ds_reach_start(&dialback->reach, outlet, relay, &leg_handler, on_reached, dialback);
    if (err < 0) {
        ds_dialback_free(dialback);
        return err;
    }
    *out = dialback;
    return 0;
}

void
ds_dialback_free(struct ds_dialback *dialback)
{
    if (dialback == NULL)
        return;
    ds_door_free(dialback->door);
    ds_leg_free(dialback->leg);
    ds_reach_free(dialback->reach);
    ds_foothold_finish(&dialback->foothold);
    ds_event_free(dialback->timer);
    free(dialback);
}

const char *
ds_dialback_result_name(enum ds_dialback_result result)
{
    static const char *const names[] = {[DS_DIALBACK_CONNECTED] = "connected",
            [DS_DIALBACK_REFUSED] = "refused",
            [DS_DIALBACK_UNREACHABLE] = "unreachable",
            [DS_DIALBACK_SILENT] = "silent",
            [DS_DIALBACK_NOT_OFFERED] = "not-offered",
            [DS_DIALBACK_ASTRAY] = "astray"};
    return names[result];
}
