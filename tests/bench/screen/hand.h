/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Presses a key or clicks, again and again, and takes the time until the answer is seen: one at a
 * time, 100 to 300 ms after the last answer, on a thread of its own, since the decoder's sits in
 * the middle of an update for as long as that takes on a slow line.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct hand;

/*
 * Begin on the connection `fd`, which is borrowed until hand_stop(). It clicks at this place of the
 * screen, pixels, or presses a key when `x` is negative; `is_once`: not again. Exits when there is
 * no thread for it.
 */
struct hand *hand_start(int fd, int x, int y, bool is_once);

/* The answer was seen; not before hand_start(). */
void hand_answered(struct hand *hand, uint64_t now_us);

/* End, write the times since hand_start() as a JSON list of milliseconds, and free it. */
void hand_stop(struct hand *hand, FILE *out);
