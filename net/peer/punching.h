/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_PUNCHING_H
#define DS_NET_PEER_PUNCHING_H

#include <stdbool.h>
#include <stdint.h>

#include "net/peer/control.h"
#include "net/peer/foothold.h"
#include "net/peer/peer.h"
#include "net/portmap/portmap.h"

/*
 * The search of one session for direct paths: generation after generation of gathering, exchanging
 * and trying (net/PROTOCOL.md, 9), until one stands, and again when it is lost. Net thread.
 */
struct ds_punching;
struct event_base;

struct ds_punching_config {
    struct event_base *base; /* borrowed for its life, like all pointers here */
    enum ds_role role;
    const uint8_t *session_key; /* 32 bytes; read from ds_punching_allow() on */
    const struct ds_peer_times *times;
    const char *stun;     /* as ds_peer_config has it ... */
    uint32_t map_lease_s; /* ... likewise */
    unsigned salvo;       /* ... likewise */
};

/* None of them may free the punching, and none comes from within ds_punching_new(). */
struct ds_punching_handler {
    /** Say this on the control channel: OFFER, GO or AGAIN. */
    void (*send)(void *arg, enum ds_control_type type, const struct ds_offer *offer);
    /** Return the smallest round trip to the other side over the relay, 0 where it is not known. */
    unsigned (*relayed_rtt_ms)(void *arg);
    /** A path is proven (owned by the receiver, who sets its handler in the call). */
    void (*on_path)(void *arg, struct ds_path *path);
    /** A generation began, or came to something; borrowed. */
    void (*on_punch)(void *arg, const struct ds_peer_punch *punch);
    /** The router of this network answered, or did not; borrowed. */
    void (*on_mapping)(void *arg, const struct ds_portmap_news *news);
    /** ds_punching_why() has a new answer. */
    void (*on_why)(void *arg);
    /** This machine's addresses, or their order, changed. */
    void (*on_network)(void *arg);
};

/** Make one that waits for a foothold. Returns 0 with `*out` (owned) or DS_ERR_NOMEM. */
int ds_punching_new(struct ds_punching **out, const struct ds_punching_config *config,
        const struct ds_punching_handler *handler, void *arg) DS_MUST_CHECK;

/** Give up all that is under way and free; NULL is fine. Paths that were given out live on. */
void ds_punching_free(struct ds_punching *punching);

/**
 * There is a connection to a relay, the first or a new one: find out from there how this side can
 * be reached. Once allowed, and while no direct path stands, the helpee offers it.
 */
void ds_punching_stand(struct ds_punching *punching, const struct ds_foothold *foothold);

/** The yes was given, and both sides want a direct path: the helpee's first OFFER goes out. */
void ds_punching_allow(struct ds_punching *punching);

/**
 * The relay sees the other side at `remote` (copied; the port is that of its leg), which it tells
 * only where both sides let it. It is the relay's word and no proof. It counts until there is
 * another connection to a relay; before ds_punching_allow() it is not taken.
 */
void ds_punching_reveal(struct ds_punching *punching, const struct ds_addr *remote);

/**
 * Take OFFER, GO or AGAIN. Returns 0, or DS_ERR_PROTOCOL for what the other side may not say now.
 */
int ds_punching_take(
        struct ds_punching *punching, const struct ds_control_message *message) DS_MUST_CHECK;

/** Say whether a direct path is there now. When it is lost the helper looks for the next. */
void ds_punching_set_direct(struct ds_punching *punching, bool is_direct);

/**
 * A path was proven, and what fills a segment does not get through: the next tries have smaller
 * ones, and the helper looks for them at once. Later calls change nothing.
 */
void ds_punching_doubt(struct ds_punching *punching);

/** Say why there is no direct path: DS_WHY_TRYING until the first tries have failed. */
struct ds_why_not ds_punching_why(const struct ds_punching *punching);

/** Say how the newest tries would be judged if they ended now, without a path. */
struct ds_why_not ds_punching_judge(const struct ds_punching *punching);

#endif
