/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/generation.h"

#include <string.h>

#include "net/base/log.h"
#include "net/peer/stun_servers.h"

void
ds_generation_stand(struct ds_generation *generation, const struct ds_foothold *foothold)
{
    ds_foothold_copy(&generation->foothold, foothold);
    generation->is_port_used = false;
}

/* --- its preparation --- */

static bool
is_on_foothold(const struct ds_generation *generation)
{
    return generation->ports[0] != NULL && generation->ports[0] == generation->foothold.port;
}

/* The first generation on a relay connection has its port: the NAT's mapping is known, and held. */
static int
claim_ports(struct ds_generation *generation)
{
    int err = 0;

    if (generation->foothold.port != NULL && !generation->is_port_used)
        generation->ports[0] = ds_local_port_ref(generation->foothold.port);
    for (size_t i = 0; i < DS_PUNCH_SETS && err == 0; i++)
        if (generation->ports[i] == NULL)
            err = ds_local_port_claim(&generation->ports[i]);
    return err;
}

static int
start_gather(struct ds_generation *generation, uint32_t number)
{
    const struct ds_foothold *foothold = &generation->foothold;
    struct ds_gather_config config = {.base = generation->config.base,
            .generation = number,
            .relay = foothold->relay,
            .via_proxy = foothold->via_proxy};

    if (is_on_foothold(generation))
        config.observed = foothold->observed;
    memcpy(config.ports, generation->ports, sizeof config.ports);
    config.stun_count =
            ds_stun_servers(config.stun, DS_GATHER_STUN_MAX, foothold, generation->config.stun);
    return ds_gather_new(
            &generation->gather, &config, generation->config.on_gathered, generation->config.arg);
}

static void
on_mapping(void *arg, const struct ds_portmap_news *news)
{
    struct ds_generation *generation = arg;

    generation->is_mapped = news->state == DS_PORTMAP_MAPPED;
    if (generation->gather != NULL)
        ds_gather_set_mapped(generation->gather, &news->external);
    if (generation->is_mapped && generation->attempt != NULL)
        ds_attempt_set_mapped(generation->attempt);
    generation->config.on_mapping(generation->config.arg, news);
}

static void
ask_router(struct ds_generation *generation)
{
    const struct ds_generation_config *config = &generation->config;

    ds_openings_ask(&generation->openings, config->base, config->map_lease_s, &generation->foothold,
            ds_local_port_number(generation->ports[0]), on_mapping, generation);
}

void
ds_generation_prepare(struct ds_generation *generation, uint32_t number)
{
    ds_generation_clear(generation);
    int err = claim_ports(generation);
    if (err == 0)
        err = start_gather(generation, number);
    if (err == 0) {
        ask_router(generation);
        return;
    }
    DS_WARN("punch", "no ports for a direct path: %s", ds_strerror(err));
    ds_generation_clear(generation);
}

/* --- what is known of it --- */

bool
ds_generation_is_prepared(const struct ds_generation *generation)
{
    return generation->gather != NULL;
}

struct ds_offer
ds_generation_offer(const struct ds_generation *generation, uint32_t number)
{
    struct ds_offer offer = {0};

    if (generation->gather != NULL)
        offer = *ds_gather_offer(generation->gather);
    offer.generation = number;
    return offer;
}

void
ds_generation_spend(struct ds_generation *generation)
{
    generation->is_port_used |= is_on_foothold(generation);
}

size_t
ds_generation_own(const struct ds_generation *generation, const struct ds_interface *interfaces,
        size_t count, struct ds_addr out[static DS_GENERATION_OWN_MAX])
{
    struct ds_offer offer = ds_generation_offer(generation, 0);
    size_t own = 0;

    for (size_t i = 0; i < offer.count; i++)
        out[own++] = offer.candidates[i].addr;
    for (size_t i = 0; i < count; i++)
        for (size_t set = 0; set < DS_PUNCH_SETS; set++)
            if (generation->ports[set] != NULL) {
                out[own] = interfaces[i].addr;
                ds_addr_set_port(&out[own++], ds_local_port_number(generation->ports[set]));
            }
    return own;
}

/* --- the tries --- */

int
ds_generation_try(struct ds_generation *generation, const struct ds_offer *remote, unsigned rtt_ms)
{
    const struct ds_generation_config *own = &generation->config;
    struct ds_attempt_config config = {.base = own->base,
            .role = own->role,
            .session_key = own->session_key,
            .rtt_ms = rtt_ms,
            .is_mapped = generation->is_mapped,
            .wait_ms = own->role == DS_ROLE_HELPER ? rtt_ms / 2 : 0};

    if (!ds_generation_is_prepared(generation))
        return DS_ERR_STATE;
    memcpy(config.ports, generation->ports, sizeof config.ports);
    return ds_attempt_new(&generation->attempt, &config, remote, own->attempt_handler, own->arg);
}

/* --- the end --- */

void
ds_generation_keep_open(struct ds_generation *generation)
{
    ds_openings_finish(&generation->kept);
    generation->kept = generation->openings;
    ds_portmap_hush(generation->kept.v4); /* it is no matter of the generation's any more */
    generation->openings = (struct ds_openings){0};
}

void
ds_generation_let_close(struct ds_generation *generation)
{
    ds_openings_finish(&generation->kept);
}

void
ds_generation_clear(struct ds_generation *generation)
{
    ds_attempt_free(generation->attempt);
    generation->attempt = NULL;
    ds_gather_free(generation->gather);
    generation->gather = NULL;
    ds_openings_finish(&generation->openings);
    generation->is_mapped = false;
    for (size_t i = 0; i < DS_PUNCH_SETS; i++) {
        ds_local_port_unref(generation->ports[i]);
        generation->ports[i] = NULL;
    }
}

void
ds_generation_finish(struct ds_generation *generation)
{
    ds_generation_clear(generation);
    ds_generation_let_close(generation);
    ds_foothold_finish(&generation->foothold);
}
