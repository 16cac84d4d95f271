/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/behaviour.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/base/log.h"
#include "net/netcheck/hairpin.h"
#include "net/peer/stun_servers.h"
#include "net/punch/gather.h"
#include "net/punch/probes.h"

struct ds_behaviour {
    struct ds_behaviour_config config;
    ds_behaviour_fn fn;
    void *arg;
    struct ds_local_port *ports[DS_PUNCH_SETS];
    struct ds_gather *gather;
    struct ds_probes *probes;
    struct ds_hairpin *hairpin;
    bool is_gathered;
    struct ds_behaviour_result result;
};

static void
finish(struct ds_behaviour *behaviour)
{
    behaviour->fn(behaviour->arg); /* may free the behaviour */
}

/* ---- the way round ---- */

/* How others see the port of a set; len 0: not known. */
static struct ds_addr
seen_of(const struct ds_offer *offer, int set)
{
    for (size_t i = 0; i < offer->count; i++) {
        const struct ds_candidate *candidate = &offer->candidates[i];
        if (candidate->type == DS_CANDIDATE_REFLEXIVE && candidate->set == set &&
                candidate->addr.ss.ss_family == AF_INET)
            return candidate->addr;
    }
    return (struct ds_addr){0};
}

static void
on_hairpin(void *arg, bool is_turned)
{
    struct ds_behaviour *behaviour = arg;

    behaviour->result.hairpins = is_turned ? DS_ANSWER_YES : DS_ANSWER_NO;
    finish(behaviour);
}

/* Only where the outside ports are the same for all: else nobody knows which to dial. */
static void
turn(struct ds_behaviour *behaviour)
{
    const struct ds_offer *offer = ds_gather_offer(behaviour->gather);
    struct ds_hairpin_end ends[DS_HAIRPIN_ENDS];
    bool is_known = behaviour->result.mapping == DS_MAPPING_INDEPENDENT;

    for (int i = 0; i < DS_HAIRPIN_ENDS; i++) {
        ends[i] = (struct ds_hairpin_end){behaviour->ports[i], seen_of(offer, i)};
        is_known &= ends[i].outside.len != 0;
    }
    if (!is_known || ds_hairpin_new(&behaviour->hairpin, behaviour->config.base, ends, on_hairpin,
                             behaviour) < 0)
        finish(behaviour);
}

/* ---- the ports that are dealt ---- */

static void
on_probed(void *arg, const struct ds_deal *deals, size_t count)
{
    struct ds_behaviour *behaviour = arg;
    struct ds_allocation *allocation = &behaviour->result.allocation;

    *allocation = ds_allocation_of(deals, count);
    DS_DEBUG("netcheck", "%zu ports are dealt %s, step %d, base %u, size %u", count,
            ds_allocation_name(allocation->kind), allocation->step, allocation->base,
            allocation->size);
    ds_probes_free(behaviour->probes);
    behaviour->probes = NULL;
    turn(behaviour);
}

static void
probe(struct ds_behaviour *behaviour)
{
    struct ds_deal last;
    const struct ds_addr *server = ds_gather_last(behaviour->gather, &last);

    if (server == NULL || behaviour->result.mapping == DS_MAPPING_NO_NAT ||
            ds_probes_new(
                    &behaviour->probes, behaviour->config.base, server, on_probed, behaviour) < 0)
        turn(behaviour);
}

/* ---- the mapping ---- */

static struct ds_addr
observed(const struct ds_behaviour *behaviour, const struct ds_offer *offer)
{
    const struct ds_foothold *foothold = behaviour->config.foothold;
    bool is_told = foothold != NULL && foothold->observed.ss.ss_family == AF_INET;
    struct ds_addr seen = seen_of(offer, 0);

    if (is_told)
        return foothold->observed;
    for (size_t i = 0; i < offer->count && seen.len == 0; i++)
        if (offer->mapping == DS_MAPPING_NO_NAT && offer->candidates[i].set == 0 &&
                offer->candidates[i].addr.ss.ss_family == AF_INET)
            seen = offer->candidates[i].addr;
    return seen;
}

static void
on_gathered(void *arg, const struct ds_offer *offer, bool is_done)
{
    struct ds_behaviour *behaviour = arg;
    struct ds_behaviour_result *result = &behaviour->result;

    if (behaviour->is_gathered)
        return;
    result->observed = observed(behaviour, offer);
    result->mapping = offer->mapping;
    if (!is_done)
        return;
    behaviour->is_gathered = true;
    result->is_blocked = (offer->network & DS_NETWORK_BLOCKED) != 0;
    probe(behaviour);
}

/* ---- its life ---- */

static int
gather(struct ds_behaviour *behaviour)
{
    static const struct ds_foothold nowhere;
    const struct ds_foothold *foothold =
            behaviour->config.foothold != NULL ? behaviour->config.foothold : &nowhere;
    struct ds_gather_config config = {
            .base = behaviour->config.base, .generation = 1, .relay = foothold->relay};

    memcpy(config.ports, behaviour->ports, sizeof config.ports);
    if (behaviour->ports[0] == foothold->port)
        config.observed = foothold->observed;
    config.stun_count =
            ds_stun_servers(config.stun, DS_GATHER_STUN_MAX, foothold, behaviour->config.stun);
    return ds_gather_new(&behaviour->gather, &config, on_gathered, behaviour);
}

static int
begin(struct ds_behaviour *behaviour)
{
    const struct ds_foothold *foothold = behaviour->config.foothold;
    int err = 0;

    if (foothold != NULL && foothold->port != NULL)
        behaviour->ports[0] = ds_local_port_ref(foothold->port);
    for (size_t i = 0; i < DS_PUNCH_SETS && err == 0; i++)
        if (behaviour->ports[i] == NULL)
            err = ds_local_port_claim(&behaviour->ports[i]);
    return err < 0 ? err : gather(behaviour);
}

int
ds_behaviour_new(struct ds_behaviour **out, const struct ds_behaviour_config *config,
        ds_behaviour_fn fn, void *arg)
{
    struct ds_behaviour *behaviour = calloc(1, sizeof *behaviour);
    if (behaviour == NULL)
        return DS_ERR_NOMEM;
    behaviour->config = *config;
    behaviour->fn = fn;
    behaviour->arg = arg;
    int err = begin(behaviour);
    if (err < 0) {
        ds_behaviour_free(behaviour);
        return err;
    }
    *out = behaviour;
    return 0;
}

const struct ds_behaviour_result *
ds_behaviour_look(const struct ds_behaviour *behaviour)
{
    return &behaviour->result;
}

void
ds_behaviour_free(struct ds_behaviour *behaviour)
{
    if (behaviour == NULL)
        return;
    ds_hairpin_free(behaviour->hairpin);
    ds_probes_free(behaviour->probes);
    ds_gather_free(behaviour->gather);
    for (size_t i = 0; i < DS_PUNCH_SETS; i++)
        ds_local_port_unref(behaviour->ports[i]);
    free(behaviour);
}
