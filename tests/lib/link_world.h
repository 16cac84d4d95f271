/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_LINK_WORLD_H
#define DS_TESTS_LIB_LINK_WORLD_H

#include <glib.h>

#include "net/link/link.h"

/*
 * A world for links without sockets, threads or waiting. It defines ds_path_*, ds_clock_* and
 * ds_link_timer_* in place of the real ones: a clock that stands still between events, and pairs of
 * paths with a delay, a rate and a queue, alone or on one line, which can be stalled and cut at any
 * byte. Two sides live in it; one of them may be raw bytes of a test. All is drawn from one seed.
 */
struct world_way {
    enum ds_path_kind kind;
    uint64_t delay_us;  /* one way */
    uint64_t bps;       /* bytes per second, 0: no limit */
    uint64_t queue_us;  /* what may stand in front of the limit before the path is not writable */
    unsigned line;      /* paths of one line share its rate, in order of writing; 0: their own */
    gboolean in_pieces; /* each record arrives in pieces of random sizes */
};

/* What one side's link told, and the stream that it sends and expects. */
struct world_side {
    struct ds_link *link;
    uint64_t to_send;      /* the stream ends there */
    uint64_t handed_out;   /* by pull() */
    uint64_t received;     /* all of them were the right ones */
    uint64_t received_us;  /* when the last of them came, 0: none did */
    uint64_t gap_us;       /* the longest time between two that came; a test may begin anew at 0 */
    gboolean is_unchecked; /* ... or any, from a fuzzer */
    int add_err;           /* what ds_link_add_path() said last */
    unsigned on_paths;     /* calls of on_path */
    unsigned lost_paths;   /* calls of on_path_lost */
    int lost_err;          /* the last one's */
    struct ds_path *path;  /* the last one's of on_path */
    unsigned closed;       /* calls of on_closed */
    int reason;
    gboolean by_peer;
    char *text;
    void (*on_event)(struct world_side *side, const char *name); /* inside each callback, or NULL */
};

/** Begin anew at a time of some hours; both sides have no link. Frees what there was. */
void world_begin(guint32 seed);

/** Begin anew with both links, each to send a stream of `to_send` bytes. */
void world_begin_pair(guint32 seed, uint64_t to_send);

/** Free all, links too. */
void world_end(void);

/** Return side 0 (the helpee) or 1 (the helper). */
struct world_side *world_side(unsigned side);

/** Return the bytes of a side's stream from `offset` on; at least a record of them. */
const uint8_t *world_stream(unsigned side, uint64_t offset);

/** Make the link of a side. */
void world_make_link(unsigned side);

/** Say whether both sides have all that the other sends. */
gboolean world_is_delivered(void);

/** Say whether both sides were told that it is over. */
gboolean world_is_closed(void);

/** Read the counters of a side's link. */
struct ds_link_stats world_stats(unsigned side);

/** Free the link of a side. */
void world_free_link(unsigned side);

/**
 * Make a pair of proven paths and give each to its side's link, which may refuse it. Returns side
 * 0's end; a side without a link gets none, and its end is for world_write() and world_read().
 */
struct ds_path *world_connect(const struct world_way *way);

/** Return side 0's end of a random pair that is open at both ends, or NULL. */
struct ds_path *world_any_path(void);

/** Return the other end of a path. */
struct ds_path *world_other(struct ds_path *path);

/** Let what this end sends from now on go another way; what is under way comes when it would. */
void world_set_way(struct ds_path *path, const struct world_way *way);

/** Deliver nothing in either direction from now on, or go on. */
void world_stall(struct ds_path *path, gboolean is_stalled);

/**
 * Deliver nothing to this end from now on, or go on; what it writes is delivered, and what the
 * other end writes is under way.
 */
void world_deafen(struct ds_path *path, gboolean is_deaf);

/**
 * Cut a pair now: of what is under way a random count of bytes arrives each way, then both ends are
 * lost.
 */
void world_cut(struct ds_path *path);

/** Let a side not run at all, as SIGSTOP does; going on, bytes come before timers. */
void world_stop(unsigned side, gboolean is_stopped);

/** Send bytes from the end of a side that has no link. */
void world_write(struct ds_path *path, const void *data, size_t len);

/** Return all that came to the end of a side that has no link; cleared by the caller. */
GByteArray *world_read(struct ds_path *path);

/** Let `us` microseconds pass. */
void world_run(uint64_t us);

/** Let time pass until `is_done`, at most `us`; returns whether it is. */
gboolean world_run_until(gboolean (*is_done)(void), uint64_t us);

/** Return the time. */
uint64_t world_now(void);

/** Return how many paths are open, both ends counted. */
unsigned world_paths(void);

/** Draw a number from [0, below). */
guint32 world_random(guint32 below);

#endif
