/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_PAIR_H
#define DS_NET_RELAY_PAIR_H

#include "net/relay/conn.h"
#include "net/relay/nameplate.h"

/* Two connections joined: what one sends in PIPE, the other gets. */

/**
 * Join a helpee's and a helper's connection and send both PAIRED with a new cookie. `plate` is the
 * held nameplate under which they met, freed when they part; NULL where they met by id. Without
 * memory or randomness both are refused.
 */
void ds_relay_pair_join(
        struct ds_relay_conn *helpee, struct ds_relay_conn *helper, struct ds_nameplate *plate);

/** Return the other side of a paired connection, borrowed. */
struct ds_relay_conn *ds_relay_pair_partner(const struct ds_relay_conn *conn);

/** Send `len` bytes of PIPE records from `conn` on; `payload` of them are the client's. */
void ds_relay_pair_forward(
        struct ds_relay_conn *conn, const uint8_t *records, size_t len, size_t payload);

/**
 * The client of `conn` lets the other side know its address. When both have said so each is told
 * the other's, once; until then nobody is told anything.
 */
void ds_relay_pair_reveal(struct ds_relay_conn *conn);

/**
 * Close the connection that has `cookie` (DS_COOKIE_BYTES), if there is one, and its partner's when
 * what is on the way to that has left: who comes with the cookie knows that it is dead.
 */
void ds_relay_pair_close_cookie(struct ds_relay *relay, const uint8_t *cookie);

/** One side is gone: log the session, tell the other side and end it. */
void ds_relay_on_paired_gone(struct ds_relay_conn *conn, enum ds_reason reason);

#endif
