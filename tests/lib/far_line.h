/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_FAR_LINE_H
#define DS_TESTS_LIB_FAR_LINE_H

#include <glib.h>
#include <stdint.h>

struct event_base;

/*
 * A line between two TCP connections on loopback that holds every byte back as a distance does, at
 * a rate and with a bounded queue in front of it, in the loop of the test. Its ends belong to the
 * test: the line ends where one of them is closed, as a connection does.
 */
struct far_line;

struct far_line_config {
    uint64_t delay_us;  /* one way */
    uint64_t bps;       /* bytes per second */
    size_t queue_bytes; /* what may stand in front of that before nothing more is read */
};

/** Make a line and its two ends, non-blocking and owned by the caller. */
struct far_line *far_line_new(
        struct event_base *base, const struct far_line_config *config, int ends[static 2]);

/** Close both connections; NULL is fine. */
void far_line_free(struct far_line *line);

/** Reset both connections at once, as a NAT does that forgot them; what is under way is lost. */
void far_line_reset(struct far_line *line);

/** Let nothing pass any more, in silence. */
void far_line_freeze(struct far_line *line);

/** Say whether more than a few bytes are under way, in either direction. */
gboolean far_line_is_busy(const struct far_line *line);

/** Return how many bytes of the sender at end 0 or 1 have arrived. */
uint64_t far_line_passed(const struct far_line *line, unsigned from);

#endif
