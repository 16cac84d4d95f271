/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_LINK_WORLD_STATE_H
#define DS_TESTS_LIB_LINK_WORLD_STATE_H

/* What the files of the simulated world share. Tests do not include it. */

#include "net/link/timer.h"
#include "tests/lib/link_world.h"

enum { WORLD_SIDES = 2, WORLD_LINES = 2 };

struct world_packet {
    GBytes *bytes;
    uint64_t at_us;
};

struct ds_path {
    unsigned side;
    struct world_way way;
    struct ds_path *other; /* NULL: freed */
    const struct ds_path_handler *handler;
    void *arg;
    gboolean is_kicked, is_stalled, is_deaf, is_lost, is_freed;
    uint64_t busy_until_us; /* what was written has left by then */
    GQueue coming;          /* struct world_packet, towards this end */
    gboolean is_cut;        /* lost when `coming` is empty */
    uint64_t cut_us;        /* ... and this time has come */
    GByteArray *raw_out, *raw_in;
};

struct world_state {
    uint64_t now_us;
    GRand *rand;
    GPtrArray *paths;
    struct ds_link_timer *timers[WORLD_SIDES];
    gboolean is_stopped[WORLD_SIDES];
    struct world_side sides[WORLD_SIDES];
    uint64_t lines_busy_us[WORLD_LINES][WORLD_SIDES]; /* what was written has left by then */
    unsigned timer_side;                              /* whose link is being made */
};

extern struct world_state world;

/** Free a world_packet. */
void world_free_packet(gpointer packet);

/** Free an end of a pair, of which nobody is told any more. */
void world_bury_path(gpointer path);

#endif
