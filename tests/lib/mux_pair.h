/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_MUX_PAIR_H
#define DS_TESTS_LIB_MUX_PAIR_H

#include <glib.h>
#include <stdbool.h>

#include "net/mux/frame.h"
#include "net/mux/mux.h"

/* Two muxes wired together in memory, as the link does it: 0 is the helper's, 1 the helpee's. */
struct mux_end {
    struct ds_mux *mux; /* set it to NULL after ds_mux_free() */
    bool is_kicked;     /* there is something to pull */
    unsigned kicks;
    GByteArray *wire; /* pulled here, not yet eaten by the other side */
    bool (*on_open)(void *arg, struct ds_channel *channel, enum ds_channel_kind kind);
    void (*on_kick)(void *arg); /* may be NULL */
    void *arg;                  /* of both */
};

struct mux_pair {
    struct mux_end end[2];
    GRand *rand;   /* owned; NULL: everything goes in one piece */
    gsize cap_max; /* the largest room for a pull, in bytes */
};

/** Make both muxes. `rand` (taken, may be NULL) cuts what goes between them into random pieces. */
void mux_pair_init(struct mux_pair *pair, GRand *rand);

/** Free both muxes and what was on its way. */
void mux_pair_finish(struct mux_pair *pair);

/** Pull once from an end that was kicked, into its wire. Returns false when there was nothing. */
bool mux_pair_pull(struct mux_pair *pair, int from);

/** Let the other side of `from` eat a piece of the wire. Returns false when there was none. */
bool mux_pair_deliver(struct mux_pair *pair, int from);

/** Pull and deliver until both ends are still. */
void mux_pair_settle(struct mux_pair *pair);

/** Read the frame at `*pos` of `wire` and step over it. Returns false at the end. */
bool mux_frame_next(const GByteArray *wire, gsize *pos, struct ds_mux_frame *frame);

#endif
