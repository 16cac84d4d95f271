/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/allocation.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
    LEAST_PORT = 1024,
    MOST_PORT = 65535,
    PORTS = MOST_PORT - LEAST_PORT + 1,
    PARITY_DEALS = 8, /* by chance, so many keep their parity once in 256 times */
    GAP_MAX = 4096,   /* steps from one burst to the next; more may be a turn of the whole range */
};

/* That so many ports at random lie so close together happens more rarely than that. */
static const double chance_max = 0.001;

/* From one deal to the next, the shorter way round the 65,536 numbers. */
static int
distance(const struct ds_deal *from, const struct ds_deal *to)
{
    return (int16_t)(uint16_t)(to->external - from->external);
}

static bool
is_burst(const struct ds_deal *from, const struct ds_deal *to)
{
    return to->at_us - from->at_us <= DS_DEAL_BURST_US;
}

/* ---- one after the other ---- */

/* How the distances within bursts fit a step. */
struct fit {
    unsigned all, exact, multiples;
};

static struct fit
fit_of(const struct ds_deal *deals, size_t count, int step)
{
    struct fit fit = {0};

    for (size_t i = 1; i < count; i++) {
        if (!is_burst(&deals[i - 1], &deals[i]))
            continue;
        int steps = distance(&deals[i - 1], &deals[i]) / step;
        bool is_whole = distance(&deals[i - 1], &deals[i]) == steps * step;
        fit.all++;
        fit.exact += is_whole && steps == 1;
        fit.multiples += is_whole && steps > 1 && steps <= DS_DEAL_STEP_MAX;
    }
    return fit;
}

/*
 * Half of the distances have to be the step, the others what is left when somebody else came in
 * between; but one, where the range begins anew or two SYNs overtook each other.
 */
static bool
is_step(const struct fit *fit)
{
    return fit->all + 1 >= DS_DEALS_LEAST && 2 * fit->exact >= fit->all && fit->exact >= 2 &&
           fit->exact + fit->multiples + 1 >= fit->all;
}

/* Returns 0 where there is none. */
static int
find_step(const struct ds_deal *deals, size_t count)
{
    unsigned most = 0;
    int found = 0;

    for (int step = -DS_DEAL_STEP_MAX; step <= DS_DEAL_STEP_MAX; step++) {
        if (step == 0)
            continue;
        struct fit fit = fit_of(deals, count, step);
        if (is_step(&fit) && fit.exact > most) {
            most = fit.exact;
            found = step;
        }
    }
    return found;
}

/* The range begins anew in between: how far that is depends on the router. */
static bool
is_turn(const struct ds_deal *from, const struct ds_deal *to, int step)
{
    return step > 0 ? to->external < from->external : to->external > from->external;
}

static double
find_others(const struct ds_deal *deals, size_t count, int step)
{
    uint64_t span_us = 0;
    int others = 0;

    for (size_t i = 1; i < count; i++) {
        int steps = distance(&deals[i - 1], &deals[i]) / step;
        if (steps < 1 || steps > GAP_MAX || is_turn(&deals[i - 1], &deals[i], step))
            continue;
        others += steps - 1;
        span_us += deals[i].at_us - deals[i - 1].at_us;
    }
    return span_us > DS_DEAL_BURST_US ? others * 1e6 / (double)span_us : 0;
}

static bool
judge_sequential(struct ds_allocation *allocation, const struct ds_deal *deals, size_t count)
{
    int step = find_step(deals, count);

    if (step == 0)
        return false;
    allocation->kind = DS_ALLOCATION_SEQUENTIAL;
    allocation->step = step;
    allocation->last = deals[count - 1].external;
    allocation->others_per_s = find_others(deals, count, step);
    return true;
}

/* ---- by the local port ---- */

static bool
judge_shifted(struct ds_allocation *allocation, const struct ds_deal *deals, size_t count)
{
    int shift = deals[0].external - deals[0].local;

    for (size_t i = 1; i < count; i++)
        if (deals[i].external - deals[i].local != shift)
            return false;
    allocation->kind = shift == 0 ? DS_ALLOCATION_EQUAL : DS_ALLOCATION_PRESERVING;
    allocation->step = shift;
    return true;
}

static bool
judge_parity(struct ds_allocation *allocation, const struct ds_deal *deals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((deals[i].external ^ deals[i].local) & 1)
            return false;
    if (count < PARITY_DEALS)
        return false;
    allocation->kind = DS_ALLOCATION_PARITY;
    return true;
}

/* ---- at random ---- */

static double
chance_of_spread(int spread, size_t count)
{
    double chance = (double)count;

    for (size_t i = 1; i < count; i++)
        chance *= (double)spread / PORTS;
    return chance;
}

/*
 * Among `count` ports that were drawn the outermost are rarely the ends of the band: a quarter of
 * their spread is added on either side.
 */
static bool
judge_band(struct ds_allocation *allocation, const struct ds_deal *deals, size_t count)
{
    int least = MOST_PORT, most = 0;

    for (size_t i = 0; i < count; i++) {
        least = deals[i].external < least ? deals[i].external : least;
        most = deals[i].external > most ? deals[i].external : most;
    }
    int spread = most - least + 1;
    if (chance_of_spread(spread, count) > chance_max)
        return false;
    int base = least - spread / 4, end = most + spread / 4;
    base = base > LEAST_PORT ? base : LEAST_PORT;
    end = end < MOST_PORT ? end : MOST_PORT;
    if (end < base)
        return false; /* below all ports that are dealt */
    allocation->kind = DS_ALLOCATION_BAND;
    allocation->base = (uint16_t)base;
    allocation->size = (uint16_t)(end - base + 1);
    return true;
}

/* ---- all ---- */

struct ds_allocation
ds_allocation_of(const struct ds_deal *deals, size_t count)
{
    struct ds_allocation allocation = {.kind = DS_ALLOCATION_UNKNOWN};

    if (count < DS_DEALS_LEAST)
        return allocation;
    if (!judge_shifted(&allocation, deals, count) && !judge_sequential(&allocation, deals, count) &&
            !judge_parity(&allocation, deals, count) && !judge_band(&allocation, deals, count))
        allocation.kind = DS_ALLOCATION_RANDOM;
    return allocation;
}

const char *
ds_allocation_name(enum ds_allocation_kind kind)
{
    static const char *const names[] = {[DS_ALLOCATION_UNKNOWN] = "unknown",
            [DS_ALLOCATION_EQUAL] = "equal",
            [DS_ALLOCATION_PRESERVING] = "preserving",
            [DS_ALLOCATION_SEQUENTIAL] = "sequential",
            [DS_ALLOCATION_PARITY] = "parity",
            [DS_ALLOCATION_BAND] = "band",
            [DS_ALLOCATION_RANDOM] = "random"};
    return names[kind];
}

uint16_t
ds_allocation_ahead(const struct ds_allocation *allocation, unsigned ahead)
{
    if (allocation->kind != DS_ALLOCATION_SEQUENTIAL || ahead > GAP_MAX)
        return 0;
    int port = allocation->last + (int)ahead * allocation->step;
    return port >= LEAST_PORT && port <= MOST_PORT ? (uint16_t)port : 0;
}

uint16_t
ds_allocation_aim(const struct ds_allocation *allocation, uint64_t span_us, unsigned window)
{
    double others = allocation->others_per_s * (double)span_us / 1e6;
    if (others > GAP_MAX)
        return 0;
    unsigned most = window * 5 / 8 + (unsigned)others, least = window / 4 + (unsigned)others;
    while (most > least && ds_allocation_ahead(allocation, most) == 0)
        most--;
    return ds_allocation_ahead(allocation, most);
}
