/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_LOG_H
#define DS_TESTS_NETLAB_ROUTER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/netlab/router/packet.h"

/* How a packet's way ended. */
enum nl_verdict {
    NL_DELIVERED,
    NL_LOST,        /* by a line's loss */
    NL_OVERFLOW,    /* a line's queue was full */
    NL_CUT,         /* the line, or the flow, is cut */
    NL_UNROUTED,    /* nobody has its destination */
    NL_UNSOLICITED, /* a router let it not in */
    NL_BLOCKED,     /* a router let it not out */
    NL_UNKNOWN,     /* a router does not know its connection */
    NL_EXHAUSTED,   /* a router has no port left */
    NL_FOREIGN,     /* no packet that a router understands */
    NL_EXPIRED,     /* its hops are used up */
    NL_TOO_LONG,    /* longer than a router's mtu */
    NL_UNTAKEN,     /* the host's kernel did not take it */
};

/*
 * The file that has a line for each packet, when its way ended:
 *     TIME SENT SOURCE LAST PROTO SENT_SRC SENT_DST TURN_SRC TURN_DST END_SRC END_DST FLAGS BYTES
 *     VERDICT
 * in one line. Times are CLOCK_MONOTONIC microseconds: when it ended and when it was sent. SOURCE
 * and LAST are the nodes where it began and ended; the three pairs are its ends as sent, where it
 * turned from upwards to downwards ("-" if it came not so far) and as they are at the end. FLAGS
 * are letters of FSRPA or "-", BYTES those of its payload.
 */
struct nl_log;

/** Open a new file. Returns NULL, and errno, if it cannot be. */
struct nl_log *nl_log_open(const char *path);

/** Write what waits and close it. NULL is fine. */
void nl_log_close(struct nl_log *log);

/** Write what waits. */
void nl_log_flush(struct nl_log *log);

/** Write the line of a packet. */
void nl_log_packet(struct nl_log *log, const struct nl_packet *packet, const char *source,
        const char *last, enum nl_verdict verdict, uint64_t now_us);

#endif
