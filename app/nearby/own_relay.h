/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_NEARBY_OWN_RELAY_H
#define DS_APP_NEARBY_OWN_RELAY_H

#include <glib.h>

#include "net/crypto/code_link.h"
#include "net/peer/reach.h"

/*
 * The relay inside the program of somebody who shares while no relay is set: on the same machine it
 * is found by the code alone (notice.h), on the network by the machine's address before the code,
 * elsewhere not at all. It listens on all addresses from ds_own_relay_new() to ds_own_relay_stop(),
 * and only this machine can share over it. Its key lives as long as it does. Net thread.
 */
struct ds_own_relay;
struct event_base;

/* How far a code reaches. */
enum ds_own_relay_range {
    DS_OWN_RELAY_NETWORK, /* the address and the digits can be read out, the link sent */
    DS_OWN_RELAY_LINK, /* elsewhere only the link works: it brings the key for a public address */
    DS_OWN_RELAY_MACHINE, /* there is no network */
};

/**
 * Read out the code in `form` (borrowed), with the place where it is good now, for another
 * `left_ms`. From the loop, or from within ds_own_relay_show().
 */
typedef void (*ds_own_relay_fn)(void *arg, const struct ds_link_form *form, uint64_t left_ms);

/**
 * Begin to listen at `port` of all addresses, or at any other where that is taken. `fn` gets `arg`
 * (borrowed). Returns 0 and the relay in `*out` (owned), or DS_ERR_SYSTEM, DS_ERR_TLS or
 * DS_ERR_NOMEM with a log line.
 */
int ds_own_relay_new(struct ds_own_relay **out, struct event_base *base, uint16_t port,
        ds_own_relay_fn fn, void *arg) DS_MUST_CHECK;

/** Close everything at once and free; NULL is fine. */
void ds_own_relay_free(struct ds_own_relay *own);

/** Return where this program itself waits: 127.0.0.1, the real port, the key. Borrowed. */
const struct ds_relay_addr *ds_own_relay_addr(const struct ds_own_relay *own);

/**
 * A code is live for `left_ms`: post its nameplate for the same machine, and call `fn`, now and
 * again whenever this machine's address changes, until the code is used or replaced.
 */
void ds_own_relay_show(struct ds_own_relay *own, const struct ds_code *code, uint64_t left_ms);

/** The code is used: forget it. */
void ds_own_relay_hide(struct ds_own_relay *own);

/**
 * Listen no more and let what is on its way leave, within a second; then call `on_stopped` with
 * `arg` once, from the loop, which may free the relay.
 */
void ds_own_relay_stop(struct ds_own_relay *own, void (*on_stopped)(void *arg), void *arg);

/**
 * Say how far a code reaches that `fn` was called with. With
 * DS_OWN_RELAY_NETWORK `place` gets what stands before the digits, else "". Any thread.
 */
enum ds_own_relay_range ds_own_relay_range(
        const struct ds_link_form *form, char place[static DS_PLACE_TEXT_MAX]);

#endif
