/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/pair.h"

#include <inttypes.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "net/base/limits.h"
#include "net/relay/meet.h"
#include "net/relay/state.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"

struct ds_relay_side {
    struct ds_relay_node node;  /* in relay->cookies */
    struct ds_relay_conn *conn; /* borrowed */
    uint8_t cookie[DS_COOKIE_BYTES];
    uint64_t payload_bytes; /* that it sent */
    bool may_be_revealed;   /* it said so */
};

enum { HELPEE, HELPER };

struct ds_relay_pair {
    struct ds_relay_side sides[2];
    struct ds_nameplate *plate; /* held, or NULL */
    uint64_t started_ms;
};

static struct ds_relay_side *
side_of(const struct ds_relay_conn *conn)
{
    return &conn->pair->sides[conn->role == DS_ROLE_HELPER ? HELPER : HELPEE];
}

struct ds_relay_conn *
ds_relay_pair_partner(const struct ds_relay_conn *conn)
{
    return conn->pair->sides[conn->role == DS_ROLE_HELPER ? HELPEE : HELPER].conn;
}

/* Begin one side: make its cookie and list it. */
static int
add_side(struct ds_relay *relay, struct ds_relay_side *side, struct ds_relay_conn *conn)
{
    side->conn = conn;
    if (RAND_bytes(side->cookie, sizeof side->cookie) != 1)
        return DS_ERR_SYSTEM;
    return ds_relay_table_add(&relay->cookies, &side->node, side->cookie);
}

/* Returns the pair, listed under its two cookies, or NULL. */
static struct ds_relay_pair *
make_pair(struct ds_relay_conn *helpee, struct ds_relay_conn *helper)
{
    struct ds_relay *relay = helpee->relay;
    struct ds_relay_pair *pair = calloc(1, sizeof *pair);
    if (pair == NULL || add_side(relay, &pair->sides[HELPEE], helpee) != 0) {
        free(pair);
        return NULL;
    }
    if (add_side(relay, &pair->sides[HELPER], helper) != 0) {
        ds_relay_table_remove(&relay->cookies, &pair->sides[HELPEE].node);
        free(pair);
        return NULL;
    }
    pair->started_ms = ds_relay_now_ms();
    return pair;
}

static void
release(struct ds_relay *relay, struct ds_nameplate *plate)
{
    if (plate != NULL)
        ds_nameplates_release(&relay->nameplates, plate, ds_relay_now_ms());
}

static void
enter_side(struct ds_relay_side *side)
{
    ds_relay_conn_enter(side->conn, DS_RELAY_PAIRED, side->conn->relay->config.times->idle_ms);
    ds_relay_conn_send(side->conn, DS_RECORD_PAIRED, side->cookie, sizeof side->cookie);
}

void
ds_relay_pair_join(
        struct ds_relay_conn *helpee, struct ds_relay_conn *helper, struct ds_nameplate *plate)
{
    struct ds_relay_pair *pair = make_pair(helpee, helper);
    if (pair == NULL) {
        release(helpee->relay, plate);
        ds_relay_conn_refuse(helpee, DS_REASON_RELAY_FULL, 0);
        ds_relay_conn_refuse(helper, DS_REASON_RELAY_FULL, 0);
        return;
    }
    pair->plate = plate;
    helpee->role = DS_ROLE_HELPEE;
    helper->role = DS_ROLE_HELPER;
    helpee->pair = helper->pair = pair;
    enter_side(&pair->sides[HELPEE]);
    enter_side(&pair->sides[HELPER]);
}

void
ds_relay_pair_forward(
        struct ds_relay_conn *conn, const uint8_t *records, size_t len, size_t payload)
{
    side_of(conn)->payload_bytes += payload;
    ds_relay_conn_forward(ds_relay_pair_partner(conn), records, len);
}

/* Tell one where the other is seen: where the connection comes from, and no more is known. */
static void
send_address(struct ds_relay_conn *conn, const struct ds_addr *addr)
{
    uint8_t data[16 + DS_ADDR_TEXT_MAX];
    char text[DS_ADDR_TEXT_MAX];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_number(&w, DS_TAG_NOTE, DS_NOTE_REVEAL, 1);
    ds_tlv_put_text(&w, DS_TAG_OBSERVED, ds_addr_format(addr, text));
    ds_relay_conn_send(conn, DS_RECORD_NOTE, w.data, w.len);
}

void
ds_relay_pair_reveal(struct ds_relay_conn *conn)
{
    struct ds_relay_conn *partner = ds_relay_pair_partner(conn);
    if (side_of(conn)->may_be_revealed)
        return;
    side_of(conn)->may_be_revealed = true;
    if (!side_of(partner)->may_be_revealed)
        return;
    send_address(conn, &partner->addr);
    send_address(partner, &conn->addr);
}

void
ds_relay_pair_close_cookie(struct ds_relay *relay, const uint8_t *cookie)
{
    struct ds_relay_side *side = DS_RELAY_NODE_OWNER(
            ds_relay_table_find(&relay->cookies, cookie), struct ds_relay_side, node);
    if (side != NULL)
        ds_relay_conn_drop(side->conn, DS_REASON_REPLACED);
}

static void
log_end(const struct ds_relay_pair *pair, const struct ds_relay_conn *gone, enum ds_reason reason)
{
    char helpee[DS_ADDR_TEXT_MAX], helper[DS_ADDR_TEXT_MAX];
    uint64_t ms = ds_relay_now_ms() - pair->started_ms;
    DS_INFO("relay",
            "session ended: %s (%s), helpee %s, helper %s, %" PRIu64 " bytes to helper, %" PRIu64
            " bytes to helpee, %" PRIu64 ".%03u s",
            ds_reason_name((int)reason), gone->role == DS_ROLE_HELPER ? "helper" : "helpee",
            ds_addr_format(&pair->sides[HELPEE].conn->addr, helpee),
            ds_addr_format(&pair->sides[HELPER].conn->addr, helper),
            pair->sides[HELPEE].payload_bytes, pair->sides[HELPER].payload_bytes, ms / 1000,
            (unsigned)(ms % 1000));
}

static void
send_peer_gone(struct ds_relay_conn *conn)
{
    uint8_t data[8];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_number(&w, DS_TAG_NOTE, DS_NOTE_PEER_GONE, 1);
    ds_relay_conn_send(conn, DS_RECORD_NOTE, w.data, w.len);
}

void
ds_relay_on_paired_gone(struct ds_relay_conn *conn, enum ds_reason reason)
{
    struct ds_relay *relay = conn->relay;
    struct ds_relay_pair *pair = conn->pair;

    ds_relay_meet_leave(conn);
    if (pair == NULL)
        return; /* the partner went first, see below */
    struct ds_relay_conn *partner = ds_relay_pair_partner(conn);
    log_end(pair, conn, reason);
    conn->pair = partner->pair = NULL;
    if (reason != DS_REASON_DRAIN)
        send_peer_gone(partner);
    ds_relay_conn_end(partner, reason, relay->config.times->drain_ms);
    for (int i = 0; i < 2; i++)
        ds_relay_table_remove(&relay->cookies, &pair->sides[i].node);
    release(relay, pair->plate);
    free(pair);
}
