/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_PATIENCE_H
#define DS_TESTS_LIB_PATIENCE_H

#include <stdint.h>

#include <event2/event.h>

/*
 * Waiting in a loop for what has no callback:
 *
 *     patience_begin(&patience, base);
 *     while (!is_done())
 *         patience_turn(&patience);
 *     patience_end(&patience);
 */
struct patience {
    struct event_base *base;
    struct event *tick;
    uint64_t deadline_us;
};

/** Begin to wait, for at most 20 s. The loop wakes every 20 ms, so that one can look again. */
void patience_begin(struct patience *patience, struct event_base *base);

/** Run the loop once. Fails the test when the time is over, or nothing is left to wait for. */
void patience_turn(struct patience *patience);

/** It has come. */
void patience_end(struct patience *patience);

#endif
