/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_SALVO_H
#define DS_NET_PUNCH_SALVO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/punch/allocation.h"

/*
 * The birthday salvo: where a NAT deals its ports at random, many sockets behind it aim at one port
 * of the other side, which aims from there at many of those that the NAT may have dealt; that two
 * meet is as likely as one birthday among two crowds (net/PROTOCOL.md, 9). How many sockets, and
 * which ports. Pure: no sockets, no clock. Any thread.
 */
struct ds_salvo {
    uint16_t base;    /* the first port that this side's NAT deals; 0: it opens no salvo, but ... */
    uint16_t size;    /* how many there are */
    uint16_t sockets; /* ... it can take part in one with so many; 0: not at all */
};

/** Say whether it is opened, and not only possible. */
bool ds_salvo_is_opened(const struct ds_salvo *salvo);

/** Say whether it is one that makes sense: all or nothing of base and size, and ports that exist.
 */
bool ds_salvo_is_sound(const struct ds_salvo *salvo);

/**
 * Return how many sockets a process may have in one that has `spare` descriptors left: `wanted`, or
 * what is there over a reserve, which all else needs.
 */
unsigned ds_salvo_most(unsigned wanted, unsigned spare);

/**
 * Return how many sockets either side has where one deals `size` ports at random and the other
 * keeps its own: so many that DS_SALVO_PAIRS of them may be expected to meet, but `most`.
 */
unsigned ds_salvo_sockets(unsigned size, unsigned most);

/**
 * Return how many a side has where both deal at random, it among `size` ports: half of these at
 * most, since they may be all that a carrier leaves its customer.
 */
unsigned ds_salvo_sockets_both(unsigned size, unsigned most);

/**
 * Tell which ports a NAT deals that is known by `allocation`, and with how many sockets a salvo is
 * opened against a side that keeps its ports, `most` of them. Without `base` where its ports are
 * not at random, or nothing is known.
 */
struct ds_salvo ds_salvo_of(const struct ds_allocation *allocation, unsigned most);

/**
 * Draw `count` different ones of the salvo's ports, at most its size, by as many `random` numbers
 * (evenly distributed). Every set of ports is as likely as any other.
 */
void ds_salvo_draw(
        const struct ds_salvo *salvo, const uint32_t *random, uint16_t *ports, size_t count);

#endif
