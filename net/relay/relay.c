/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/relay.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <unistd.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/relay/flow.h"
#include "net/relay/state.h"
#include "net/relay/subscriber.h"
#include "net/wire/tlv.h"

/* Fewer connections than that are not worth giving their memory back. */
enum { TRIM_FROM = 32 };

const struct ds_relay_times ds_relay_times_default = {
        .prepair_ms = DS_PREPAIR_MS,
        .idle_ms = DS_LEG_IDLE_MS,
        .knock_ms = DS_KNOCK_MS,
        .check_ms = DS_CHECK_MS,
        .no_code_min_ms = DS_NO_SUCH_CODE_MIN_MS,
        .no_code_max_ms = DS_NO_SUCH_CODE_MAX_MS,
        .rest_1_ms = DS_CODE_REST_1_MS,
        .rest_2_ms = DS_CODE_REST_2_MS,
        .nameplate_rest_ms = DS_NAMEPLATE_REST_MS,
        .drain_ms = DS_RELAY_DRAIN_MS,
        .linger_ms = DS_RELAY_LINGER_MS,
        .stun_idle_ms = DS_STUN_IDLE_MS,
        .stop_ms = DS_RELAY_STOP_MS,
};

static void
on_stop_time(evutil_socket_t fd, short what, void *arg)
{
    struct ds_relay *relay = arg;
    void (*on_stopped)(void *) = relay->on_stopped;
    struct ds_relay_conn *conn;
    while ((conn = TAILQ_FIRST(&relay->conns)) != NULL)
        ds_relay_conn_drop(conn, DS_REASON_DRAIN);
    ds_relay_loop_settle(&relay->loop);
    relay->on_stopped = NULL;
    if (on_stopped != NULL)
        on_stopped(relay->on_stopped_arg);
}

/* Who asks STUN takes a quarter of the descriptors at most. */
static int
make_stun(struct ds_relay *relay)
{
    const struct ds_relay_config *config = &relay->config;
    size_t share = config->connections_max / 4;
    const struct ds_relay_stun_config stun_config = {
            .base = relay->loop.base,
            .connections_max = share < DS_RELAY_STUN_MAX ? share : DS_RELAY_STUN_MAX,
            .per_subscriber_max = config->per_subscriber_max,
            .first_ms = config->times->prepair_ms,
            .idle_ms = config->times->stun_idle_ms,
    };
    return ds_relay_stun_new(&relay->stun, &stun_config);
}

int
ds_relay_new(struct ds_relay **out, struct event_base *base, const struct ds_relay_config *config)
{
    struct ds_relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL)
        return DS_ERR_NOMEM;
    relay->config = *config;
    ds_relay_loop_init(&relay->loop, base);
    TAILQ_INIT(&relay->conns);
    event_assign(&relay->stop_timer, base, -1, 0, on_stop_time, relay);
    int err = ds_nameplates_init(&relay->nameplates, config->times->nameplate_rest_ms);
    if (err == 0)
        err = ds_relay_table_init(
                &relay->subscribers, sizeof((struct ds_relay_subscriber *)0)->key);
    if (err == 0)
        err = ds_relay_table_init(&relay->meetings, DS_MEETING_BYTES);
    if (err == 0)
        err = ds_relay_table_init(&relay->cookies, DS_COOKIE_BYTES);
    if (err == 0)
        err = ds_relay_rate_init(&relay->own_dials, DS_RELAY_DIAL_OWN_BURST, DS_RELAY_DIAL_OWN_MS);
    if (err == 0)
        err = ds_relay_rate_init(
                &relay->other_dials, DS_RELAY_DIAL_OTHER_BURST, DS_RELAY_DIAL_OTHER_MS);
    if (err == 0)
        err = make_stun(relay);
    if (err != 0) {
        free(relay);
        return err;
    }
    *out = relay;
    return 0;
}

void
ds_relay_free(struct ds_relay *relay)
{
    struct ds_relay_conn *conn;
    if (relay == NULL)
        return;
    event_del(&relay->stop_timer);
    relay->on_stopped = NULL;
    ds_relay_listener_free(relay->listener);
    ds_relay_stun_free(relay->stun);
    while ((conn = TAILQ_FIRST(&relay->conns)) != NULL)
        ds_relay_conn_drop(conn, DS_REASON_DRAIN);
    ds_relay_loop_settle(&relay->loop);
    ds_relay_loop_finish(&relay->loop);
    ds_nameplates_finish(&relay->nameplates);
    ds_relay_table_finish(&relay->subscribers);
    ds_relay_table_finish(&relay->meetings);
    ds_relay_table_finish(&relay->cookies);
    SSL_CTX_free(relay->ctx);
    free(relay);
}

void
ds_relay_set_tls(struct ds_relay *relay, SSL_CTX *ctx)
{
    if (ctx != NULL)
        SSL_CTX_up_ref(ctx);
    SSL_CTX_free(relay->ctx);
    relay->ctx = ctx;
}

size_t
ds_relay_connections(const struct ds_relay *relay)
{
    return relay->conn_count;
}

/*
 * A client without room is told so, which costs a handshake; where that would be too much as well,
 * twice as many as are allowed, or with the last tenth of the descriptors, it is just closed.
 */
static bool
has_room(const struct ds_relay *relay, const struct ds_addr *addr, enum ds_reason *answer)
{
    size_t conns_max = relay->config.connections_max;
    size_t own_max = relay->config.per_subscriber_max;
    size_t own = ds_relay_subscriber_count(&relay->subscribers, addr);
    size_t count =
            relay->conn_count + ds_relay_stun_connections(relay->stun) + relay->dialback_count;
    bool is_full = own >= own_max || count >= conns_max - conns_max / 10;
    *answer = is_full ? DS_REASON_RELAY_FULL : DS_REASON_NONE;
    return own < 2 * own_max && count < conns_max;
}

void
ds_relay_adopt(struct ds_relay *relay, int fd, const struct ds_addr *addr)
{
    enum ds_reason answer;
    char text[DS_ADDR_TEXT_MAX];
    if (has_room(relay, addr, &answer)) {
        if (ds_relay_conn_new(relay, &relay->loop, fd, addr, relay->ctx, answer) != 0)
            ds_log_limited(&relay->refusals, DS_LOG_WARN, "relay", "no memory for %s",
                    ds_addr_format(addr, text));
        return;
    }
    ds_log_limited(&relay->refusals, DS_LOG_INFO, "relay", "closed %s: too many connections",
            ds_addr_format(addr, text));
    close(fd);
}

bool
ds_relay_takes_helpee(const struct ds_relay *relay, const struct ds_addr *addr)
{
    return !relay->config.helpees_are_local || ds_addr_is_loopback(addr);
}

static void
on_accept(void *arg, int fd, const struct ds_addr *addr)
{
    ds_relay_adopt(arg, fd, addr);
}

int
ds_relay_listen(struct ds_relay *relay, const struct ds_addr *addr, struct ds_addr *bound)
{
    return ds_relay_listener_new(&relay->listener, relay->loop.base, addr, bound, on_accept, relay);
}

int
ds_relay_listen_stun(
        struct ds_relay *relay, const struct ds_addr *addrs, size_t count, struct ds_addr *failed)
{
    return ds_relay_stun_listen(relay->stun, addrs, count, failed);
}

void
ds_relay_stop_listening(struct ds_relay *relay)
{
    ds_relay_stun_stop_listening(relay->stun);
    ds_relay_listener_free(relay->listener);
    relay->listener = NULL;
}

static void
stop_now(struct ds_relay *relay)
{
    event_active(&relay->stop_timer, EV_TIMEOUT, 0);
}

/*
 * glibc 2.36 keeps freed memory below whatever is still in use: 100 sessions that had been stalled
 * left 12 MB behind. So when half of the connections have gone, what they had is given back.
 */
static void
trim(struct ds_relay *relay)
{
    if (relay->conn_peak < TRIM_FROM || relay->conn_count > relay->conn_peak / 2)
        return;
    relay->conn_peak = relay->conn_count;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void
ds_relay_connection_new(struct ds_relay *relay)
{
    relay->conn_count++;
    if (relay->conn_peak < relay->conn_count)
        relay->conn_peak = relay->conn_count;
}

void
ds_relay_connection_gone(struct ds_relay *relay)
{
    relay->conn_count--;
    trim(relay);
    if (relay->on_stopped != NULL && relay->conn_count == 0)
        stop_now(relay);
}

static void
send_drain(struct ds_relay_conn *conn)
{
    uint8_t data[8];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_number(&w, DS_TAG_NOTE, DS_NOTE_DRAIN, 1);
    ds_relay_conn_send(conn, DS_RECORD_NOTE, w.data, w.len);
}

/* Tell everybody first: ending one of a pair ends the other. */
void
ds_relay_stop(struct ds_relay *relay, void (*on_stopped)(void *arg), void *arg)
{
    struct ds_relay_conn *conn;

    ds_relay_stop_listening(relay);
    relay->on_stopped = on_stopped;
    relay->on_stopped_arg = arg;
    ds_event_add_ms(&relay->stop_timer, relay->config.times->stop_ms);
    TAILQ_FOREACH(conn, &relay->conns, link)
    if (conn->state != DS_RELAY_HELLO)
        send_drain(conn);
    TAILQ_FOREACH(conn, &relay->conns, link)
    ds_relay_conn_end(conn, DS_REASON_DRAIN, relay->config.times->stop_ms);
    if (relay->conn_count == 0)
        stop_now(relay);
    ds_relay_loop_settle(&relay->loop);
}
