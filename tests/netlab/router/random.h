/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_RANDOM_H
#define DS_TESTS_NETLAB_ROUTER_RANDOM_H

#include <stdint.h>

/* Random numbers that come again with their seed. */
struct nl_random {
    uint64_t state;
};

/** Return the next number, each of 64 bits as likely as not. Source: Vigna's splitmix64. */
static inline uint64_t
nl_random_next(struct nl_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/** Return a number below `end`, which is above 0. */
static inline uint32_t
nl_random_below(struct nl_random *random, uint32_t end)
{
    return (uint32_t)((nl_random_next(random) >> 32) * end >> 32);
}

#endif
