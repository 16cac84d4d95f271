/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_SWITCHING_H
#define DS_TESTS_LIB_SWITCHING_H

#include <glib.h>

#include "tests/lib/far_line.h"

/*
 * Two links on real paths, TLS over TCP on far lines, both with more to send than the lines carry.
 * A relay path and direct ones come and go as the dice fall; every byte is checked, and the longest
 * time without one is kept for each kind of change.
 */
enum switching_change {
    SWITCHING_NONE,   /* nothing happened for a while on the relay path, for comparison */
    SWITCHING_ONTO,   /* a direct path came up, and both moved there */
    SWITCHING_DROP,   /* the helper closed the direct path, whatever went by the relay */
    SWITCHING_RESET,  /* the direct path was reset, the relay path being idle */
    SWITCHING_FULL,   /* the same, and what went by the relay before was still under way */
    SWITCHING_SILENT, /* it fell silent */
    SWITCHING_RELAY,  /* the relay path was reset while the direct one was in use */
    SWITCHING_APART,  /* it was the only one: another came 50 ms later */
    SWITCHING_CHANGES,
};

struct switching_plan {
    struct far_line_config relay, direct;
    unsigned switches;      /* moves both ways with load on both paths, at least */
    uint64_t bytes;         /* each way, at least */
    unsigned silent_of_100; /* of the ways back; each takes a second */
    unsigned dwell_ms;      /* on each path, at most */
};

struct switching_report {
    unsigned switches; /* DATA of both streams was seen on both paths */
    uint64_t bytes[2]; /* sent by each side, and received by the other with the same hash */
    uint64_t resent_bytes, dropped_bytes;
    char *hashes[2];
    GArray *gaps_us[SWITCHING_CHANGES]; /* guint64: the longest of each change */
};

/** Do it; ends the program where a byte is wrong or a change takes over 10 s. */
void switching_run(GRand *rand, const struct switching_plan *plan, struct switching_report *report);

/** Free what a report holds. */
void switching_report_clear(struct switching_report *report);

/** Name a change for a table. Static text. */
const char *switching_change_name(enum switching_change change);

/**
 * Run sessions one after the other whose relay and direct path come up at the same time, some with
 * one of them reset in between, with `bytes` each way. Ends the program where one takes over 10 s
 * or a byte is wrong. Returns how many ended on the direct path.
 */
unsigned switching_race(GRand *rand, const struct switching_plan *plan, unsigned sessions);

#endif
