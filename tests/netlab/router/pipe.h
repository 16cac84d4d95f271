/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_PIPE_H
#define DS_TESTS_NETLAB_ROUTER_PIPE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/netlab/router/random.h"

/* One direction of a line. What enters it leaves it in the same order. */
struct nl_pipe {
    uint64_t delay_us;
    uint64_t rate_bps;    /* bits a second; 0: as fast as it comes */
    uint64_t queue_bytes; /* so much may wait for a rate; 0: without bound */
    uint32_t loss_ppm;    /* packets of a million that are lost */
    uint64_t free_us;     /* when all that waits for the rate has gone */
    uint64_t last_us;     /* when what entered last leaves */
};

enum nl_pipe_fate { NL_PIPE_PASS, NL_PIPE_LOST, NL_PIPE_OVERFLOW };

/** Let a packet of `len` bytes in at `now_us`. With NL_PIPE_PASS, `due_us` is when it comes out. */
enum nl_pipe_fate nl_pipe_enter(struct nl_pipe *pipe, size_t len, struct nl_random *random,
        uint64_t now_us, uint64_t *due_us);

#endif
