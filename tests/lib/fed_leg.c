/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/fed_leg.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "net/base/limits.h"
#include "net/base/reason.h"
#include "net/dial/dial.h"
#include "net/path/leg.h"
#include "net/path/leg_input.h"

/* The two structs that this file is in the place of. */
struct ds_dial {
    ds_dial_fn fn;
    void *arg;
};

struct ds_leg {
    struct ds_carrier carrier; /* first: one is cast to the other */
    const struct ds_leg_handler *handler;
    void *arg;
    bool is_lost;
    bool is_paired;
    struct evbuffer *early;
};

static struct {
    const struct fed_handler *handler;
    void *arg;
    struct ds_dial *dial;
    struct ds_leg *leg;
    bool is_clogged;
} fed;

/* --- for the test --- */

void
fed_begin(const struct fed_handler *handler, void *arg)
{
    if (fed.dial != NULL || fed.leg != NULL)
        abort(); /* something was not freed */
    fed.handler = handler;
    fed.arg = arg;
    fed.is_clogged = false;
}

bool
fed_is_dialling(void)
{
    return fed.dial != NULL && fed.dial->fn != NULL;
}

void
fed_dialled(int err)
{
    struct ds_dial_result result = {.err = err, .fd = -1, .detail = "nobody is there"};
    ds_dial_fn fn = fed.dial->fn;
    if (ds_addr_parse(&result.remote, "127.0.0.1:443", 0) < 0)
        abort();
    fed.dial->fn = NULL;
    fn(fed.dial->arg, &result);
}

bool
fed_has_leg(void)
{
    return fed.leg != NULL && !fed.leg->is_lost;
}

void
fed_clog(bool is_clogged)
{
    fed.is_clogged = is_clogged;
}

void
fed_welcome(void)
{
    static const struct ds_leg_welcome welcome = {.observed = "192.0.2.1:4711", .program = "fed"};
    if (fed.leg->handler != NULL)
        fed.leg->handler->on_welcome(fed.leg->arg, &welcome);
}

bool
fed_record(uint8_t type, const void *payload, size_t len)
{
    static struct ds_leg_input in;
    struct ds_record record;
    uint8_t header[DS_RECORD_HEADER];
    size_t cap;

    in.pos = in.len = 0;
    in.is_welcomed = true;
    in.is_paired = fed.leg->is_paired;
    ds_record_header(header, type, len);
    uint8_t *room = ds_leg_input_room(&in, &cap);
    if (sizeof header + len > cap)
        return false;
    memcpy(room, header, sizeof header);
    if (len > 0)
        memcpy(room + sizeof header, payload, len);
    ds_leg_input_added(&in, sizeof header + len);
    if (ds_leg_input_next(&in, &record) != 1)
        return false;
    bool is_legs_own = type == DS_RECORD_WELCOME || type == DS_RECORD_REFUSED ||
                       type == DS_RECORD_PIPE || type == DS_RECORD_PING || type == DS_RECORD_PONG;
    if (!is_legs_own && fed.leg->handler != NULL)
        fed.leg->handler->on_record(fed.leg->arg, record.type, record.payload, record.len);
    return true;
}

void
fed_lose(int err, int reason, uint32_t retry_ms, const char *text)
{
    struct ds_leg *leg = fed.leg;
    leg->is_lost = true;
    if (leg->is_paired)
        leg->carrier.handler->on_lost(leg->carrier.handler_arg, err);
    else if (leg->handler != NULL)
        leg->handler->on_lost(leg->arg, err, reason, retry_ms, text);
}

/* --- in the place of net/dial --- */

int
ds_dial_start(struct ds_dial **out, struct event_base *base, const char *host, uint16_t port,
        const struct ds_dial_options *options, ds_dial_fn fn, void *arg)
{
    struct ds_dial *dial = calloc(1, sizeof *dial);
    if (dial == NULL)
        return DS_ERR_NOMEM;
    if (fed.dial != NULL)
        abort(); /* two tries at once */
    dial->fn = fn;
    dial->arg = arg;
    fed.dial = dial;
    *out = dial;
    return 0;
}

void
ds_dial_free(struct ds_dial *dial)
{
    if (dial != NULL && fed.dial == dial)
        fed.dial = NULL;
    free(dial);
}

/* --- in the place of net/path/leg.c --- */

static int
carrier_send(struct ds_carrier *carrier, struct evbuffer *bytes)
{
    struct ds_leg *leg = (struct ds_leg *)carrier;
    if (leg->is_paired)
        return evbuffer_drain(bytes, evbuffer_get_length(bytes));
    return evbuffer_add_buffer(leg->early, bytes);
}

static void
carrier_want_writable(struct ds_carrier *carrier)
{
}

static void
carrier_addresses(const struct ds_carrier *carrier, struct ds_addr *local, struct ds_addr *remote)
{
    local->len = remote->len = 0;
}

static const char *
carrier_error_text(const struct ds_carrier *carrier)
{
    return "";
}

static void
carrier_free(struct ds_carrier *carrier)
{
    ds_leg_free((struct ds_leg *)carrier);
}

static const struct ds_carrier_ops carrier_ops = {
        carrier_send, carrier_want_writable, carrier_addresses, carrier_error_text, carrier_free};

int
ds_leg_new(struct ds_leg **out, struct event_base *base, int fd, const struct ds_leg_config *config,
        const struct ds_leg_handler *handler, void *arg)
{
    struct ds_leg *leg = calloc(1, sizeof *leg);
    if (leg == NULL)
        return DS_ERR_NOMEM;
    if (fed.leg != NULL)
        abort(); /* two at once */
    leg->carrier.ops = &carrier_ops;
    leg->handler = handler;
    leg->arg = arg;
    leg->early = evbuffer_new();
    fed.leg = leg;
    *out = leg;
    return 0;
}

void
ds_leg_free(struct ds_leg *leg)
{
    if (leg == NULL)
        return;
    if (fed.leg == leg)
        fed.leg = NULL;
    evbuffer_free(leg->early);
    free(leg);
}

int
ds_leg_send(struct ds_leg *leg, uint8_t type, const void *payload, size_t len)
{
    if (leg->is_lost)
        return DS_ERR_CLOSED;
    if (fed.is_clogged || len > DS_RECORD_MAX)
        return DS_ERR_TOO_BIG;
    fed.handler->on_sent(fed.arg, type, payload, len);
    return 0;
}

struct ds_carrier *
ds_leg_carrier(struct ds_leg *leg)
{
    return &leg->carrier;
}

size_t
ds_leg_take_early(struct ds_leg *leg, uint8_t *out, size_t cap)
{
    int n = evbuffer_remove(leg->early, out, cap);
    return n > 0 ? (size_t)n : 0;
}

void
ds_leg_set_paired(struct ds_leg *leg)
{
    leg->is_paired = true;
}

void
ds_leg_set_handler(struct ds_leg *leg, const struct ds_leg_handler *handler, void *arg)
{
    leg->handler = handler;
    leg->arg = arg;
}

const char *
ds_leg_error_text(const struct ds_leg *leg)
{
    return "fed: lost";
}
