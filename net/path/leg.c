/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/path/leg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/base/reason.h"
#include "net/crypto/relay_tls.h"
#include "net/path/leg_input.h"
#include "net/path/sock.h"
#include "net/wire/tlv.h"

enum { ERROR_TEXT_MAX = 200 };

struct ds_leg {
    struct ds_carrier carrier; /* first: one is cast to the other */
    unsigned refs;             /* the owner's, and one while callbacks run */
    bool is_freed;
    bool is_lost;
    bool is_standing; /* the TLS handshake is done */
    bool is_paired;
    bool wants_writable; /* the path asked for its turn */
    bool is_revealed;    /* the relay may tell the other side our address */

    struct ds_sock *sock;
    struct ds_relay_tls *relay_tls;
    struct ds_tls *tls;      /* of relay_tls */
    struct evbuffer *unsent; /* plaintext records from before TLS stood */
    struct evbuffer *early;  /* what the path sent before the pairing */
    struct evbuffer *piped;  /* empty but for the path's on_bytes() */
    struct ds_leg_input input;

    struct event *timer;
    int later_err; /* told by the timer, since callbacks come from the loop only */
    uint64_t born_us;
    uint64_t sent_us;
    uint64_t heard_us;
    unsigned welcome_ms;
    unsigned ping_ms;
    unsigned idle_ms;

    const struct ds_leg_handler *handler; /* borrowed */
    void *arg;
    char error_text[ERROR_TEXT_MAX];
};

static void
unref(struct ds_leg *leg)
{
    if (--leg->refs > 0)
        return;
    ds_event_free(leg->timer);
    if (leg->unsent != NULL)
        evbuffer_free(leg->unsent);
    if (leg->early != NULL)
        evbuffer_free(leg->early);
    if (leg->piped != NULL)
        evbuffer_free(leg->piped);
    ds_relay_tls_free(leg->relay_tls);
    free(leg);
}

/* --- the end --- */

static void
lose(struct ds_leg *leg, int err, const struct ds_leg_refused *refused, const char *text)
{
    if (leg->is_lost || leg->is_freed)
        return;
    leg->is_lost = true;
    event_del(leg->timer);
    snprintf(leg->error_text, sizeof leg->error_text, "relay: %s", text);
    DS_DEBUG("leg", "lost: %s (%s)", ds_strerror(err), leg->error_text);
    if (leg->is_paired && leg->carrier.handler != NULL)
        leg->carrier.handler->on_lost(leg->carrier.handler_arg, err);
    else if (leg->handler != NULL && refused != NULL)
        leg->handler->on_lost(leg->arg, err, refused->reason, refused->retry_ms, refused->program);
    else if (leg->handler != NULL)
        leg->handler->on_lost(leg->arg, err, DS_REASON_NONE, 0, "");
}

static void
lose_tls(struct ds_leg *leg, int err)
{
    if (err == DS_ERR_CLOSED)
        lose(leg, err, NULL, "the relay closed the connection");
    else
        lose(leg, err, NULL, ds_tls_error_text(leg->tls));
}

/* --- sending --- */

static size_t
waiting_bytes(const struct ds_leg *leg)
{
    return evbuffer_get_length(leg->unsent) + evbuffer_get_length(ds_sock_out(leg->sock));
}

static int
flush(struct ds_leg *leg)
{
    int err = ds_tls_take(leg->tls, ds_sock_out(leg->sock));
    ds_sock_flush(leg->sock);
    return err;
}

/* Send a record that stands, with its header, in `len` bytes at `record`: one TLS record. */
static int
send_raw(struct ds_leg *leg, const uint8_t *record, size_t len)
{
    if (leg->is_lost)
        return DS_ERR_CLOSED;
    if (waiting_bytes(leg) + len > DS_LEG_QUEUE_MAX)
        return DS_ERR_TOO_BIG;
    leg->sent_us = ds_clock_us();
    if (!leg->is_standing)
        return evbuffer_add(leg->unsent, record, len) == 0 ? 0 : DS_ERR_NOMEM;
    int err = ds_tls_write(leg->tls, record, len);
    return err < 0 ? err : flush(leg);
}

int
ds_leg_send(struct ds_leg *leg, uint8_t type, const void *payload, size_t len)
{
    uint8_t record[DS_RECORD_HEADER + DS_RECORD_MAX];
    if (len > DS_RECORD_MAX)
        return DS_ERR_TOO_BIG;
    ds_record_header(record, type, len);
    if (len > 0)
        memcpy(record + DS_RECORD_HEADER, payload, len);
    return send_raw(leg, record, DS_RECORD_HEADER + len);
}

static int
send_hello(struct ds_leg *leg, const char *program)
{
    uint8_t buf[DS_HELLO_MAX];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_number(&w, DS_TAG_VERSION_MIN, DS_PROTOCOL_VERSION_MIN, 2);
    ds_tlv_put_number(&w, DS_TAG_VERSION_MAX, DS_PROTOCOL_VERSION_MAX, 2);
    ds_tlv_put_number(&w, DS_TAG_CAPS, 0, 8);
    ds_tlv_put_text(&w, DS_TAG_PROGRAM, program);
    return w.failed ? DS_ERR_INVALID : ds_leg_send(leg, DS_RECORD_HELLO, buf, w.len);
}

/* What was said before TLS stood leaves with the last flight of the handshake. */
static int
send_unsent(struct ds_leg *leg)
{
    uint8_t piece[DS_TLS_WRITE_MAX];
    int n;
    while ((n = evbuffer_remove(leg->unsent, piece, sizeof piece)) > 0) {
        int err = ds_tls_write(leg->tls, piece, (size_t)n);
        if (err < 0)
            return err;
    }
    return 0;
}

/* Send all of `bytes` as PIPE records: one, for what a path makes at a time. */
static int
send_pipe(struct ds_leg *leg, struct evbuffer *bytes)
{
    uint8_t record[DS_RECORD_HEADER + DS_PIPE_MAX];
    int n;
    while ((n = evbuffer_remove(bytes, record + DS_RECORD_HEADER, DS_PIPE_MAX)) > 0) {
        ds_record_header(record, DS_RECORD_PIPE, (size_t)n);
        int err = send_raw(leg, record, DS_RECORD_HEADER + (size_t)n);
        if (err < 0)
            return err;
    }
    return 0;
}

/* --- time --- */

/* Times in microseconds; a deadline that is near counts as one millisecond away. */
static void
arm_timer(struct ds_leg *leg, uint64_t now_us, uint64_t deadline_us)
{
    uint64_t ms = deadline_us > now_us ? (deadline_us - now_us) / 1000u + 1 : 1;
    if (ds_event_add_ms(leg->timer, ms) < 0)
        lose(leg, DS_ERR_NOMEM, NULL, "no timer");
}

static void
watch(struct ds_leg *leg)
{
    uint64_t now_us = ds_clock_us();
    uint64_t idle_us = leg->heard_us + leg->idle_ms * UINT64_C(1000);
    if (now_us >= idle_us) {
        lose(leg, DS_ERR_TIMEOUT, NULL, "nothing came for too long");
        return;
    }
    if (now_us >= leg->sent_us + leg->ping_ms * UINT64_C(1000)) {
        int err = ds_leg_send(leg, DS_RECORD_PING, NULL, 0);
        if (err < 0 && err != DS_ERR_TOO_BIG) {
            lose(leg, err, NULL, "PING could not be sent");
            return;
        }
        leg->sent_us = now_us; /* with a full queue the next try is not at once either */
    }
    uint64_t ping_us = leg->sent_us + leg->ping_ms * UINT64_C(1000);
    arm_timer(leg, now_us, ping_us < idle_us ? ping_us : idle_us);
}

/* --- receiving --- */

static void
take_welcome(struct ds_leg *leg, const struct ds_record *record)
{
    struct ds_leg_welcome welcome;
    if (ds_leg_welcome_parse(&welcome, record) < 0)
        lose(leg, DS_ERR_PROTOCOL, NULL, "a WELCOME that makes no sense");
    else
        watch(leg);
    if (!leg->is_lost && leg->handler != NULL)
        leg->handler->on_welcome(leg->arg, &welcome);
}

static void
take_refused(struct ds_leg *leg, const struct ds_record *record)
{
    struct ds_leg_refused refused;
    char text[64];
    if (ds_leg_refused_parse(&refused, record) < 0) {
        lose(leg, DS_ERR_PROTOCOL, NULL, "a REFUSED that makes no sense");
        return;
    }
    snprintf(text, sizeof text, "refused: %s", ds_reason_name(refused.reason));
    lose(leg, DS_ERR_CLOSED, &refused, text);
}

/* A flood of PINGs whose answers are not read must not fill memory: those are not answered. */
static void
take_ping(struct ds_leg *leg, const struct ds_record *record)
{
    if (waiting_bytes(leg) > DS_LEG_PONG_BACKLOG)
        return;
    int err = ds_leg_send(leg, DS_RECORD_PONG, record->payload, record->len);
    if (err < 0)
        lose(leg, err, NULL, "PONG could not be sent");
}

static void
take_pipe(struct ds_leg *leg, const struct ds_record *record)
{
    if (leg->carrier.handler == NULL)
        lose(leg, DS_ERR_PROTOCOL, NULL, "PIPE before there is a path");
    else if (evbuffer_add(leg->piped, record->payload, record->len) < 0)
        lose(leg, DS_ERR_NOMEM, NULL, "no memory for PIPE");
    else
        leg->carrier.handler->on_bytes(leg->carrier.handler_arg, leg->piped);
    evbuffer_drain(leg->piped, evbuffer_get_length(leg->piped));
}

static void
take_record(struct ds_leg *leg, const struct ds_record *record)
{
    switch (record->type) {
    case DS_RECORD_WELCOME:
        take_welcome(leg, record);
        break;
    case DS_RECORD_REFUSED:
        take_refused(leg, record);
        break;
    case DS_RECORD_PIPE:
        take_pipe(leg, record);
        break;
    case DS_RECORD_PING:
        take_ping(leg, record);
        break;
    case DS_RECORD_PONG:
        if (leg->handler != NULL && leg->handler->on_pong != NULL)
            leg->handler->on_pong(leg->arg, record->payload, record->len);
        break;
    default:
        if (leg->handler != NULL)
            leg->handler->on_record(leg->arg, record->type, record->payload, record->len);
        break;
    }
}

static void
take_records(struct ds_leg *leg)
{
    struct ds_record record;
    int n = 0;
    while (!leg->is_lost && !leg->is_freed && (n = ds_leg_input_next(&leg->input, &record)) > 0)
        take_record(leg, &record);
    if (n < 0)
        lose(leg, n, NULL, leg->input.error_text);
}

static void
read_plaintext(struct ds_leg *leg)
{
    while (!leg->is_lost && !leg->is_freed) {
        size_t cap;
        uint8_t *room = ds_leg_input_room(&leg->input, &cap);
        int n = ds_tls_read(leg->tls, room, cap);
        if (n < 0)
            lose_tls(leg, n);
        if (n <= 0)
            return;
        ds_leg_input_added(&leg->input, (size_t)n);
        take_records(leg);
    }
}

static void
go_on_with_handshake(struct ds_leg *leg)
{
    int done = ds_tls_handshake(leg->tls);
    if (done == 1) {
        leg->is_standing = true;
        done = send_unsent(leg);
    }
    int err = flush(leg); /* a failed handshake too has something to send: the alert */
    if (done < 0 || err < 0)
        lose_tls(leg, done < 0 ? done : err);
}

static void
on_input(void *arg, struct evbuffer *bytes)
{
    struct ds_leg *leg = arg;
    if (leg->is_lost)
        return;
    leg->refs++;
    leg->heard_us = ds_clock_us();
    int err = ds_tls_put_buffer(leg->tls, bytes);
    if (err < 0)
        lose_tls(leg, err);
    else if (!leg->is_standing)
        go_on_with_handshake(leg);
    if (leg->is_standing)
        read_plaintext(leg);
    if (!leg->is_lost && !leg->is_freed && ds_tls_out(leg->tls) > 0 && (err = flush(leg)) < 0)
        lose_tls(leg, err); /* reading can write: TLS 1.3 answers a key update */
    unref(leg);
}

static void
on_drained(void *arg)
{
    struct ds_leg *leg = arg;
    if (leg->is_lost)
        return;
    if (leg->is_paired)
        leg->carrier.handler->on_writable(leg->carrier.handler_arg);
    else if (!leg->is_standing)
        ds_relay_tls_prepare(leg->relay_tls); /* the ClientHello has left */
}

static void
on_lost(void *arg, int err)
{
    struct ds_leg *leg = arg;
    leg->refs++;
    lose(leg, err, NULL,
            leg->is_standing ? "the connection is gone"
                             : "the connection ended within the TLS handshake");
    unref(leg);
}

static const struct ds_sock_handler sock_handler = {on_input, on_drained, on_lost};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct ds_leg *leg = arg;
    uint64_t welcome_us = leg->born_us + leg->welcome_ms * UINT64_C(1000);
    uint64_t now_us = ds_clock_us();
    leg->refs++;
    if (leg->later_err < 0)
        lose(leg, leg->later_err, NULL, "PIPE could not be sent");
    else if (leg->input.is_welcomed)
        watch(leg);
    else if (now_us < welcome_us)
        arm_timer(leg, now_us, welcome_us);
    else
        lose(leg, DS_ERR_TIMEOUT, NULL,
                leg->is_standing ? "no WELCOME in time" : "no TLS handshake in time");
    unref(leg);
}

/* --- the carrier --- */

static int
leg_carrier_send(struct ds_carrier *carrier, struct evbuffer *bytes)
{
    struct ds_leg *leg = (struct ds_leg *)carrier;
    if (leg->is_paired)
        return send_pipe(leg, bytes);
    if (evbuffer_get_length(leg->early) + evbuffer_get_length(bytes) > DS_LEG_EARLY_MAX)
        return DS_ERR_TOO_BIG;
    return evbuffer_add_buffer(leg->early, bytes) == 0 ? 0 : DS_ERR_NOMEM;
}

static void
leg_carrier_want_writable(struct ds_carrier *carrier)
{
    struct ds_leg *leg = (struct ds_leg *)carrier;
    leg->wants_writable = true;
    if (leg->is_paired)
        ds_sock_want_drained(leg->sock);
}

static void
leg_carrier_addresses(
        const struct ds_carrier *carrier, struct ds_addr *local, struct ds_addr *remote)
{
    ds_sock_addresses(((const struct ds_leg *)carrier)->sock, local, remote);
}

static const char *
leg_carrier_error_text(const struct ds_carrier *carrier)
{
    return ((const struct ds_leg *)carrier)->error_text;
}

static void
leg_carrier_free(struct ds_carrier *carrier)
{
    ds_leg_free((struct ds_leg *)carrier);
}

static const struct ds_carrier_ops carrier_ops = {leg_carrier_send, leg_carrier_want_writable,
        leg_carrier_addresses, leg_carrier_error_text, leg_carrier_free};

struct ds_carrier *
ds_leg_carrier(struct ds_leg *leg)
{
    return &leg->carrier;
}

struct ds_leg *
ds_leg_of(struct ds_carrier *carrier)
{
    return carrier->ops == &carrier_ops ? (struct ds_leg *)carrier : NULL;
}

int
ds_leg_reveal(struct ds_leg *leg)
{
    uint8_t buf[8];
    struct ds_writer w;
    if (leg->is_revealed)
        return 0;
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_number(&w, DS_TAG_NOTE, DS_NOTE_REVEAL, 1);
    int err = ds_leg_send(leg, DS_RECORD_NOTE, buf, w.len);
    leg->is_revealed = err == 0;
    return err;
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
    leg->input.is_paired = true;
    leg->later_err = send_pipe(leg, leg->early);
    if (leg->later_err < 0)
        event_active(leg->timer, EV_TIMEOUT, 0);
    if (leg->wants_writable)
        ds_sock_want_drained(leg->sock);
}

/* --- life --- */

static int
start_tls(struct ds_leg *leg, const struct ds_leg_config *config)
{
    enum ds_relay_trust trust =
            config->may_be_unchecked ? DS_RELAY_TRUST_UNCHECKED : DS_RELAY_TRUST_STORE;
    int err =
            ds_relay_tls_client_new(&leg->relay_tls, config->tls, config->host, trust, config->pin);
    if (err < 0)
        return err;
    leg->tls = ds_relay_tls_endpoint(leg->relay_tls);
    err = ds_tls_handshake(leg->tls);
    ds_sock_want_drained(leg->sock);
    return err < 0 ? err : flush(leg);
}

static int
start(struct ds_leg *leg, struct event_base *base, const struct ds_leg_config *config)
{
    leg->unsent = evbuffer_new();
    leg->early = evbuffer_new();
    leg->piped = evbuffer_new();
    leg->timer = event_new(base, -1, 0, on_timer, leg);
    if (leg->unsent == NULL || leg->early == NULL || leg->piped == NULL || leg->timer == NULL)
        return DS_ERR_NOMEM;
    if (ds_event_add_ms(leg->timer, leg->welcome_ms) < 0)
        return DS_ERR_NOMEM;
    int err = start_tls(leg, config);
    return err < 0 ? err : send_hello(leg, config->program);
}

int
ds_leg_new(struct ds_leg **out, struct event_base *base, int fd, const struct ds_leg_config *config,
        const struct ds_leg_handler *handler, void *arg)
{
    struct ds_leg *leg = calloc(1, sizeof *leg);
    struct ds_sock *sock = NULL;
    *out = NULL;
    int err = ds_sock_new(&sock, base, fd, &sock_handler, leg);
    if (err < 0 || leg == NULL) {
        ds_sock_free(sock);
        free(leg);
        return DS_ERR_NOMEM;
    }
    leg->refs = 1;
    leg->carrier.ops = &carrier_ops;
    leg->sock = sock;
    leg->handler = handler;
    leg->arg = arg;
    leg->born_us = ds_clock_us();
    leg->welcome_ms = config->welcome_ms > 0 ? config->welcome_ms : DS_LEG_WELCOME_MS;
    leg->ping_ms = config->ping_ms > 0 ? config->ping_ms : DS_WAIT_PING_MS;
    leg->idle_ms = config->idle_ms > 0 ? config->idle_ms : DS_LEG_IDLE_MS;
    err = start(leg, base, config);
    if (err < 0) {
        ds_leg_free(leg);
        return err;
    }
    *out = leg;
    return 0;
}

void
ds_leg_free(struct ds_leg *leg)
{
    if (leg == NULL)
        return;
    leg->is_freed = true;
    if (leg->tls != NULL) {
        ds_tls_close(leg->tls);
        if (ds_tls_take(leg->tls, ds_sock_out(leg->sock)) < 0)
            DS_DEBUG("leg", "no memory for the last bytes");
    }
    if (leg->timer != NULL)
        event_del(leg->timer);
    ds_sock_free(leg->sock);
    unref(leg);
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
    return leg->error_text;
}
