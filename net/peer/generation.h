/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_GENERATION_H
#define DS_NET_PEER_GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/dial/interfaces.h"
#include "net/peer/birthday.h"
#include "net/peer/budget.h"
#include "net/peer/foothold.h"
#include "net/peer/openings.h"
#include "net/punch/attempt.h"
#include "net/punch/gather.h"
#include "net/punch/probes.h"

/*
 * What one generation of tries has at a time: two ports of its own, what is known of how they can
 * be reached, and the tries themselves. When one begins is not known here: see punching.h. Net
 * thread.
 */
struct ds_generation_config {
    struct event_base *base; /* borrowed for its life, like all pointers here */
    enum ds_role role;
    const uint8_t *session_key; /* 32 bytes; read by ds_generation_try() */
    const char *stun;           /* as ds_peer_config has it ... */
    uint32_t map_lease_s;       /* ... likewise */
    ds_gather_fn on_gathered;
    void (*on_told)(void *arg); /* the offer has an aim now, or a salvo */
    const struct ds_attempt_handler *attempt_handler;
    ds_portmap_fn on_mapping; /* what came of asking the router; the candidate is added already */
    void *arg;                /* of all four */
};

/*
 * The path that is in use may be of the generation before the newest. What is older is not waited
 * for: each mapping has a worker of DS_PORTMAP_WORKERS_MAX.
 */
enum { DS_GENERATIONS_KEPT = 2 };

/* Start with all zero but the config, what `windows` may be and ds_birthday_init(). */
struct ds_generation {
    struct ds_generation_config config;
    struct ds_foothold foothold;
    bool is_port_used; /* the foothold's port has served a generation */
    struct ds_local_port *ports[DS_PUNCH_SETS];
    struct ds_gather *gather;           /* NULL: nothing is prepared */
    struct ds_probes *probes;           /* NULL: none under way */
    uint64_t probed_us, probes_took_us; /* when they began; 0: they did not */
    struct ds_allocation allocation;    /* what they told */
    struct ds_offer remote;             /* whom the tries are for */
    struct ds_addr revealed;            /* where the relay sees that side; len 0: not known */
    unsigned rtt_ms;
    uint64_t tried_us;        /* when the tries began */
    struct ds_budget windows; /* each costs our NAT many mappings */
    uint16_t aim;             /* the port where the other side meets our window; 0: none */
    struct ds_birthday birthday;
    struct ds_listeners listeners; /* before there are tries */
    struct ds_attempt *attempt;
    struct ds_strategy strategy;   /* of the last tries */
    struct ds_outcome last;        /* what came of the generations before */
    struct ds_openings openings;   /* for the port of set 0 */
    struct ds_portmap_news opened; /* of them in IPv4, what is told of it last */
    bool is_mapped;                /* others come by it */

    /* Of older ones, whose paths came in by them; the newest first. */
    struct ds_openings kept[DS_GENERATIONS_KEPT];
};

/* Our addresses, of each interface with both ports, and the candidates. */
enum { DS_GENERATION_OWN_MAX = DS_INTERFACES_MAX * DS_PUNCH_SETS + DS_CANDIDATES_MAX };

/** From the next ds_generation_prepare() on start from this connection to a relay (copied). */
void ds_generation_stand(struct ds_generation *generation, const struct ds_foothold *foothold);

/**
 * Give up what there is, and find out how this side can be reached in generation `number`: the
 * first one on a foothold has its port. Without ports nothing is prepared.
 */
void ds_generation_prepare(struct ds_generation *generation, uint32_t number);

/** Say whether it is, and what is known of it may be asked for. */
bool ds_generation_is_prepared(const struct ds_generation *generation);

/** Say whether it is, and an answer may still come that says more of how it is reached. */
bool ds_generation_is_gathering(const struct ds_generation *generation);

/** Return what is known by now; without candidates where nothing is prepared. */
struct ds_offer ds_generation_offer(const struct ds_generation *generation, uint32_t number);

/**
 * Where this side's NAT is known to deal a new port for each connection, find out which ones it
 * deals now; once for what is prepared. When the tries have begun and it can be told where a window
 * of theirs is met, or that a salvo is opened, on_told follows. Call it whenever more is known.
 */
void ds_generation_probe(struct ds_generation *generation);

/** The offer was told to the other side: its port is no other generation's any more. */
void ds_generation_spend(struct ds_generation *generation);

/**
 * Have the kernel answer whoever comes to its ports from now on, before the other side is told of
 * them: it may come before its word does, and a refusal would end the mapping in some routers. The
 * tries take who waits. It may fail in silence: then they listen themselves.
 */
void ds_generation_listen(struct ds_generation *generation);

/**
 * Write what must not be dialled, since a socket would connect to itself: the offer's candidates,
 * and the addresses of the machine's `interfaces` with the ports. Returns the count.
 */
size_t ds_generation_own(const struct ds_generation *generation,
        const struct ds_interface *interfaces, size_t count,
        struct ds_addr out[static DS_GENERATION_OWN_MAX]);

/**
 * Begin to try the candidates of `remote`, an offer that was vetted. `rtt_ms` is the round trip
 * over the relay, 0 where it is not known. Returns 0, DS_ERR_STATE where nothing is prepared, or
 * what ds_attempt_new() does.
 */
int ds_generation_try(struct ds_generation *generation, const struct ds_offer *remote,
        unsigned rtt_ms) DS_MUST_CHECK;

/**
 * A path came in through what the router opened: that stays open beyond this generation, until
 * ds_generation_let_close() or until DS_GENERATIONS_KEPT later ones have kept theirs.
 */
void ds_generation_keep_open(struct ds_generation *generation);

/** No direct path is left: the router may close what was kept open. */
void ds_generation_let_close(struct ds_generation *generation);

/** The other side knows more of itself now: `remote`, vetted. No tries: nothing happens. */
void ds_generation_add(struct ds_generation *generation, const struct ds_offer *remote);

/** Say whether the tries of the next generation, after `number`, go about it in a way of their own.
 */
bool ds_generation_has_another_way(const struct ds_generation *generation, uint32_t number);

/** Forget what came of the generations before: the network is another one. */
void ds_generation_forget(struct ds_generation *generation);

/** Give up ports, questions and tries, but not the foothold. Paths that were given out live on. */
void ds_generation_clear(struct ds_generation *generation);

/** Give up the foothold, too. */
void ds_generation_finish(struct ds_generation *generation);

#endif
