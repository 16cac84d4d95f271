/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_DIRECT_WORLD_H
#define DS_TESTS_INTEGRATION_DIRECT_WORLD_H

#include "tests/integration/hostile_relay.h"
#include "tests/integration/pairing.h"

/*
 * Two peers and a relay in a network of the test's own, where the peers find a direct path, and
 * what can befall them there. A wait that takes 20 s fails the test.
 */
#define ADDRESS "10.9.0.1" /* of `near`, the interface by which they reach each other */
#define OTHER_ADDRESS "10.9.0.2"
#define RELAY_ADDRESS "10.9.5.1"

enum { FDS_MOST = 4096, QUICK_MS = 100 };

struct direct_world {
    struct event_base *base;
    struct hostile_relay *relay; /* NULL once a test has freed it */
    struct ds_peer_times times;
    struct pairing pairing;
    enum ds_path_kind kinds[64]; /* that the helper was told, in order */
    gsize kind_count;
    enum ds_why whys[64]; /* with each */
    unsigned doubts;      /* lines of a log that a test has counted */
    uint64_t paced_us;    /* when direct_world_wait_ms() returns */
};

/** Both sides as they are by default. */
extern const enum ds_direct direct_world_both[2];

/** Go on in a network with `near` and ADDRESS. FALSE where none can be had. Once, at first. */
gboolean direct_world_enter(void);

/** Begin a session whose helpee and helper want this; returns it (owned). */
struct direct_world *direct_world_new(const enum ds_direct direct[static 2]);

/** The same, with the relay at an address that is not always there; NULL: on loopback. */
struct direct_world *direct_world_new_at(const enum ds_direct direct[static 2], const char *relay);

/** Free both sides without a word, and the relay. */
void direct_world_free(struct direct_world *world);

/** Run the loop until `is_done` says so. */
void direct_world_run_until(
        struct direct_world *world, bool (*is_done)(const struct direct_world *world));

/** Run the loop for so long. */
void direct_world_wait_ms(struct direct_world *world, guint ms);

bool direct_world_is_direct(const struct direct_world *world);  /**< Both say so. */
bool direct_world_is_relayed(const struct direct_world *world); /**< Both say so. */
bool direct_world_is_served(const struct direct_world *world);  /**< All bytes came. */
bool direct_world_is_over(const struct direct_world *world);    /**< Both are closed. */

/** Return the helper's end of the path that carries the session, a descriptor; -1: none. */
int direct_world_socket(const struct direct_world *world);

/** End that connection by RST, as a NAT that has forgotten it does. */
void direct_world_reset(const struct direct_world *world);

/** Return the session as the relay has it. */
struct hostile_session *direct_world_session(const struct direct_world *world);

/** Stop, and assert that all bytes came and nothing was told that should not have been. */
void direct_world_end_well(struct direct_world *world);

#endif
