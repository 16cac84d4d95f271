/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/salvo.h"

#include <assert.h>

#include "net/base/limits.h"
#include "net/base/minmax.h"

enum { LEAST_PORT = 1024, MOST_PORT = 65535, PORTS = MOST_PORT - LEAST_PORT + 1 };

bool
ds_salvo_is_opened(const struct ds_salvo *salvo)
{
    return salvo->base != 0 && salvo->sockets != 0;
}

bool
ds_salvo_is_sound(const struct ds_salvo *salvo)
{
    if (salvo->base == 0)
        return salvo->size == 0;
    return salvo->base >= LEAST_PORT && salvo->size > 0 &&
           salvo->base + salvo->size - 1 <= MOST_PORT;
}

unsigned
ds_salvo_most(unsigned wanted, unsigned spare)
{
    unsigned left = spare > DS_SALVO_RESERVE ? spare - DS_SALVO_RESERVE : 0;

    return MIN(left, MIN(wanted, DS_SALVO_MAX));
}

unsigned
ds_salvo_sockets(unsigned size, unsigned most)
{
    unsigned count = 0;

    while (count < most && count * count < DS_SALVO_PAIRS * size)
        count++;
    return MIN(count, size);
}

unsigned
ds_salvo_sockets_both(unsigned size, unsigned most)
{
    return MIN(size / 2, most);
}

struct ds_salvo
ds_salvo_of(const struct ds_allocation *allocation, unsigned most)
{
    struct ds_salvo salvo = {0};

    switch (allocation->kind) {
    case DS_ALLOCATION_BAND:
        salvo.base = allocation->base;
        salvo.size = allocation->size;
        break;
    case DS_ALLOCATION_RANDOM:
    case DS_ALLOCATION_PARITY: /* half of the ports, and which half is as good as at random */
        salvo.base = LEAST_PORT;
        salvo.size = PORTS;
        break;
    case DS_ALLOCATION_UNKNOWN:
    case DS_ALLOCATION_EQUAL:
    case DS_ALLOCATION_PRESERVING:
    case DS_ALLOCATION_SEQUENTIAL:
        return salvo;
    }
    salvo.sockets = (uint16_t)ds_salvo_sockets(salvo.size, most);
    return salvo;
}

/* Floyd's: what was drawn already is replaced by the newest that may be drawn. */
void
ds_salvo_draw(const struct ds_salvo *salvo, const uint32_t *random, uint16_t *ports, size_t count)
{
    uint8_t is_drawn[(PORTS + 7) / 8] = {0};

    assert(count <= salvo->size && salvo->size <= PORTS);
    for (size_t i = 0; i < count; i++) {
        uint32_t newest = (uint32_t)(salvo->size - count + i);
        uint32_t drawn = (uint32_t)((uint64_t)random[i] * (newest + 1) >> 32);
        if (is_drawn[drawn / 8] >> drawn % 8 & 1)
            drawn = newest;
        is_drawn[drawn / 8] |= (uint8_t)(1 << drawn % 8);
        ports[i] = (uint16_t)(salvo->base + drawn);
    }
}
