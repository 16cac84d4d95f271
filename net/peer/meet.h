/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_MEET_H
#define DS_NET_PEER_MEET_H

#include "net/peer/contact.h"
#include "net/peer/reach.h"

/*
 * Meeting again without a code: both sides come to the same relay with an id that only they know,
 * made of the session key (net/PROTOCOL.md, 1). It walks the relays until it is stopped.
 */
struct ds_meet;

struct ds_meet_config {
    const struct ds_outlet *outlet;
    const struct ds_relay_addr *relays; /* in the order in which both sides try them */
    size_t relay_count;                 /* at least 1 */
    enum ds_role role;
    const uint8_t *key; /* DS_SESSION_KEY_BYTES */
};

struct ds_meet_handler {
    /**
     * The other side is here: make a path on `leg` (taken), then ds_leg_set_paired(). `foothold`
     * says where it stands (borrowed), `cookie` is the new connection's.
     */
    void (*on_leg)(void *arg, struct ds_leg *leg, const struct ds_foothold *foothold,
            const uint8_t cookie[static DS_COOKIE_BYTES]);
    /** A relay turned us away or did not answer; it goes on. For the log (borrowed). */
    void (*on_trouble)(void *arg, enum ds_reason reason, const char *text);
};

/** Make one that stands still. All pointers of `config` are borrowed for its life but `key`. */
int ds_meet_new(struct ds_meet **out, const struct ds_meet_config *config,
        const struct ds_meet_handler *handler, void *arg) DS_MUST_CHECK;

/** Stop, wipe and free; NULL is fine. */
void ds_meet_free(struct ds_meet *meet);

/**
 * Go to the relays until the other side comes: on_leg, after which it stands still again. `cookie`
 * names our connection before, NULL: none. Does nothing where it is on its way already.
 */
void ds_meet_start(struct ds_meet *meet, const uint8_t *cookie);

/** Stand still. */
void ds_meet_stop(struct ds_meet *meet);

/** A path made of the last leg works: the next try comes at once again. */
void ds_meet_succeeded(struct ds_meet *meet);

#endif
