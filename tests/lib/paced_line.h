/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TEST_PACED_LINE_H
#define DS_TEST_PACED_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/share/rfb/pacer.h"

/*
 * Sharers' pacers on a line that exists in numbers only: one queue of any depth with a rate, and a
 * round trip behind it, of which an update and its acknowledgement take half each. Its values may
 * change at any time between two calls. Time goes in steps of half a millisecond.
 */
enum { PACED_VIEWERS_MAX = 4, PACED_FLIGHT_MAX = 256, PACED_PROBE_BYTES = 20 };

enum { MS = 1000, SECOND = 1000 * MS };

/* When a viewer acknowledges. */
enum paced_manner {
    PACED_EACH,    /* an update that it has decoded */
    PACED_AT_HEAD, /* an update of which the first bytes came, as TigerVNC's viewer does */
    PACED_BUNCHED, /* what it has decoded, every 100 ms */
    PACED_MERGED,  /* with one request everything that it has decoded in 30 ms */
    PACED_NEVER,
};

struct paced_update {
    uint64_t painted_us;
    uint64_t bytes;
    uint64_t left; /* of them, in the queue */
    uint64_t arrived_us;
    uint64_t acked_us; /* when its acknowledgement is back; UINT64_MAX: not known yet */
    size_t viewer;
    bool is_probe;
};

/* Of the time since paced_count(). Times in microseconds, from the painting to the arrival. */
struct paced_result {
    size_t updates;
    uint64_t delay_sum_us, delay_max_us;
    uint64_t gap_max_us; /* between two arrivals */
};

struct paced_viewer {
    struct ds_pacer pacer;
    enum paced_manner manner;
    unsigned fps; /* of what is painted; 0: nothing is */
    uint64_t bytes;
    uint64_t limit_us; /* that the line may take for an update, as the sharer has it; 0: any time */
    uint64_t encode_us, decode_us; /* that an update takes on the computers at the ends */
    uint64_t busy_us; /* every third answer may be late by up to that: its computer is busy */
    uint64_t next_paint_us;
    uint64_t painted_us;  /* what was not sent yet, 0: nothing */
    uint64_t captured_us; /* what is being encoded */
    bool is_probed;       /* and goes behind a probe */
    uint64_t encoded_us;  /* when the update that is being encoded is there, 0: none is */
    uint64_t arrived_us;  /* the last update */
    uint64_t answer_us;   /* when its last answer is back */
    uint64_t reply_us;    /* MERGED: and which was counted */
    struct paced_result result;
};

struct paced_line {
    uint64_t now_us;
    uint64_t rate; /* bytes per second */
    uint64_t rtt_us;
    bool is_stalled;                              /* nothing arrives, neither way */
    struct paced_update flight[PACED_FLIGHT_MAX]; /* of all viewers, in the order of sending */
    size_t flying;
    struct paced_viewer viewers[PACED_VIEWERS_MAX];
    size_t viewer_count;
    uint32_t random;      /* the last number */
    struct ds_line known; /* what viewers that share it know of it */
};

/** Begin with a rate in bits per second and a round trip in milliseconds, and nobody there. */
void paced_init(struct paced_line *line, uint64_t bits_per_s, unsigned rtt_ms);

/** Change them. */
void paced_set(struct paced_line *line, uint64_t bits_per_s, unsigned rtt_ms);

/**
 * Add a viewer for whom `fps` pictures of `bytes` are painted every second. It asks for the first.
 */
struct paced_viewer *paced_add(
        struct paced_line *line, enum paced_manner manner, unsigned fps, uint64_t bytes);

/** Have all viewers know that they share the line; before anything is sent. */
void paced_share(struct paced_line *line);

/** Let so many milliseconds go by. */
void paced_play(struct paced_line *line, unsigned ms);

/** Let so many milliseconds go by, and look at them alone: the results begin anew. */
void paced_watch(struct paced_line *line, unsigned ms);

/** Return the updates that arrived per second, while `ms` were watched. */
double paced_fps(const struct paced_viewer *viewer, unsigned ms);

/** Return the mean time from the painting to the arrival, in milliseconds. */
double paced_delay_ms(const struct paced_viewer *viewer);

/** Return how long the queue works on what it holds, in microseconds. */
uint64_t paced_queue_us(const struct paced_line *line);

#endif
