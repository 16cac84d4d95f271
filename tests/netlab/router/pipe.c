/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/pipe.h"

enum { MILLION = 1000000 };

enum nl_pipe_fate
nl_pipe_enter(struct nl_pipe *pipe, size_t len, struct nl_random *random, uint64_t now_us,
        uint64_t *due_us)
{
    if (pipe->loss_ppm > 0 && nl_random_below(random, MILLION) < pipe->loss_ppm)
        return NL_PIPE_LOST;
    uint64_t sent_us = now_us;
    if (pipe->rate_bps > 0) {
        uint64_t begin_us = pipe->free_us > now_us ? pipe->free_us : now_us;
        uint64_t waiting = (begin_us - now_us) * pipe->rate_bps / 8 / MILLION;
        if (pipe->queue_bytes > 0 && waiting + len > pipe->queue_bytes)
            return NL_PIPE_OVERFLOW;
        pipe->free_us = sent_us = begin_us + len * 8 * MILLION / pipe->rate_bps;
    }
    *due_us = sent_us + pipe->delay_us;
    if (*due_us < pipe->last_us)
        *due_us = pipe->last_us; /* the delay was made shorter */
    pipe->last_us = *due_us;
    return NL_PIPE_PASS;
}
