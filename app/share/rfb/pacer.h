/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_PACER_H
#define DS_APP_SHARE_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/share/rfb/line.h"

/*
 * Says when a viewer may be sent its next update, so that its line (line.h) is never idle and
 * nothing queues up on it. A viewer asks for the next update when it has decoded one: that
 * acknowledges it. Several viewers on one line take turns: together they have no more in flight
 * than one would have.
 *
 * A viewer that does not acknowledge gets what it asks for, one by one. Pure: the clock is given,
 * in microseconds that only rise. Any one thread, the same for all on one line.
 */
enum { DS_PACER_FLIGHT_MAX = 64 };

struct ds_pacer {
    LIST_ENTRY(ds_pacer) on_line;
    struct ds_line own, *line;                         /* `own`, or one that is shared */
    struct ds_line_update flight[DS_PACER_FLIGHT_MAX]; /* not acknowledged, the oldest first */
    size_t flying;
    uint64_t sent_us; /* when an update was sent last, 0: never */
    uint64_t last_ack_us;
    uint64_t late_us; /* how late acknowledgements are, smoothed */
    bool is_driven;   /* the viewer has shown that it acknowledges */
    bool is_pulled;   /* it stopped: until it has caught up it gets what it asks for */
    bool has_asked;   /* for an update that it has not got */
};

/** Begin with nothing known and nothing sent, on a line of its own. Not to be moved from then on.
 */
void ds_pacer_init(struct ds_pacer *pacer);

/** Before anything is sent: its bytes go the way of others. `line` is borrowed. */
void ds_pacer_join(struct ds_pacer *pacer, struct ds_line *line);

/** The viewer has gone. */
void ds_pacer_leave(struct ds_pacer *pacer);

/** Take a round trip that was measured otherwise, in microseconds, at `now_us`. */
void ds_pacer_rtt(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us);

/** The viewer was kept from being heard: when it answers what is in flight tells nothing. */
void ds_pacer_rested(struct ds_pacer *pacer);

/**
 * Another path carries the updates of all viewers on the line from now on; what is in flight is
 * sent again there. `rtt_us` is its round trip in microseconds, 0: not known.
 */
void ds_pacer_path(struct ds_line *line, uint64_t now_us, uint64_t rtt_us);

/** An update of `bytes` was sent. */
void ds_pacer_sent(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes);

/** A probe of `bytes` was sent: a whole update of next to nothing. */
void ds_pacer_sent_probe(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes);

/**
 * The viewer asked for an update. That acknowledges the oldest one in flight, if there is one.
 */
void ds_pacer_asked(struct ds_pacer *pacer, uint64_t now_us);

/**
 * Say whether an update may be sent. If not, `*next_us` is when to ask again, UINT64_MAX: not
 * before a viewer on the line asks.
 */
bool ds_pacer_may_send(const struct ds_pacer *pacer, uint64_t now_us, uint64_t *next_us);

/** Say whether the update that may be sent now should follow a probe. */
bool ds_pacer_wants_probe(const struct ds_pacer *pacer, uint64_t now_us);

/**
 * Return the viewer's part of what the line carries, in bytes per second: measured, or after a
 * change of paths a careful guess; 0: not known.
 */
uint64_t ds_pacer_bandwidth(const struct ds_pacer *pacer, uint64_t now_us);

/** Return the smallest round trip of the last half minute in microseconds, 0: not known yet. */
uint64_t ds_pacer_min_rtt(const struct ds_pacer *pacer);

#endif
