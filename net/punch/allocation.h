/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_ALLOCATION_H
#define DS_NET_PUNCH_ALLOCATION_H

#include <stddef.h>
#include <stdint.h>

/*
 * How a NAT deals the ports of its mappings, judged by some that it dealt a moment ago, and which
 * one it deals next. Pure: no sockets, no clock. Any thread.
 */
enum ds_allocation_kind {
    DS_ALLOCATION_UNKNOWN,    /* too few deals to say */
    DS_ALLOCATION_EQUAL,      /* the local port itself */
    DS_ALLOCATION_PRESERVING, /* the local port, shifted by `step` */
    DS_ALLOCATION_SEQUENTIAL, /* one after the other, `step` apart, up or down */
    DS_ALLOCATION_PARITY,     /* even for even, odd for odd, else at random */
    DS_ALLOCATION_BAND,       /* at random among `size` ports from `base` on, as far as it shows */
    DS_ALLOCATION_RANDOM,     /* any */
};

/* One mapping of a fresh local port. */
struct ds_deal {
    uint16_t local;
    uint16_t external;
    uint64_t at_us; /* when it was asked for, by any one clock */
};

struct ds_allocation {
    enum ds_allocation_kind kind;
    int step;            /* of SEQUENTIAL, never 0; of PRESERVING: external minus local */
    uint16_t base;       /* of BAND: the first port, and ... */
    uint16_t size;       /* ... how many there are */
    uint16_t last;       /* of SEQUENTIAL: what was dealt last */
    double others_per_s; /* of SEQUENTIAL: the ports that others are dealt, 0 where unknown */
};

enum {
    DS_DEALS_LEAST = 3,    /* fewer say nothing */
    DS_DEAL_STEP_MAX = 16, /* greater distances are taken for chance */
    DS_DEAL_BURST_US =
            20000, /* so close to each other, nobody else comes in between but by chance */
};

/**
 * Judge by `count` deals, in the order in which they were asked for. Those within one burst tell
 * the step; from burst to burst others are dealt ports too, which tells how many they are. It is a
 * guess, and good for the next moments only.
 */
struct ds_allocation ds_allocation_of(const struct ds_deal *deals, size_t count);

/** Name it for the log ("sequential"). Static text. */
const char *ds_allocation_name(enum ds_allocation_kind kind);

/**
 * Return the port that a SEQUENTIAL one deals as the `ahead`th after the last that is known (from 1
 * on), nobody else being dealt one meanwhile; 0 for other kinds, and where that is no port from
 * 1,024 on.
 */
uint16_t ds_allocation_ahead(const struct ds_allocation *allocation, unsigned ahead);

/**
 * Return at which port a window of so many sockets is to be met that opens `span_us` after the last
 * deal; 0 where ds_allocation_ahead() is. Near the end of all ports, above or below, it is met
 * earlier, down to a quarter of the window. How many ports others, and plain SYNs of one's own, are
 * dealt until then is a guess: up to 3/8 of the window fewer and 5/8 more do no harm, since a
 * window is late more often than early.
 */
uint16_t ds_allocation_aim(
        const struct ds_allocation *allocation, uint64_t span_us, unsigned window);

#endif
