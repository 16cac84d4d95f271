/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <netinet/in.h>

#include "net/base/clock.h"
#include "net/base/log.h"
#include "net/portmap/errand.h"
#include "net/portmap/natpmp.h"

/* A question and its answer. */
struct talk {
    uint8_t opcode;
    uint16_t port;
    struct ds_natpmp_answer answer;
};

static int
take(void *arg, const uint8_t *data, size_t len)
{
    struct talk *talk = arg;
    return ds_natpmp_read(&talk->answer, talk->opcode, talk->port, data, len) == 0;
}

static int
ask_address(const struct ds_errand *errand, struct talk *talk)
{
    uint8_t bytes[DS_NATPMP_REQUEST_MAX];
    size_t len = ds_natpmp_write_address(bytes);

    *talk = (struct talk){.opcode = DS_NATPMP_ADDRESS};
    return ds_errand_ask(errand, bytes, len, take, talk);
}

/* An end is asked for with the outside port 0 (3.4). */
static int
ask_port(const struct ds_errand *errand, struct talk *talk, uint32_t lifetime_s)
{
    const struct ds_addr *like = errand->external.len != 0 ? &errand->external : &errand->client;
    uint8_t bytes[DS_NATPMP_REQUEST_MAX];
    uint16_t port = ds_addr_port(&errand->client);
    size_t len =
            ds_natpmp_write_map(bytes, port, lifetime_s != 0 ? ds_addr_port(like) : 0, lifetime_s);

    *talk = (struct talk){.opcode = DS_NATPMP_MAP_TCP, .port = port};
    return ds_errand_ask(errand, bytes, len, take, talk);
}

/* "Network failure": it has no address in the world, where this machine is by way of it. */
static enum ds_portmap_state
refused(const struct talk *talk)
{
    if (talk->answer.result == DS_NATPMP_NETWORK_FAILURE)
        return DS_PORTMAP_BEHIND;
    DS_INFO("portmap", "the router refuses by NAT-PMP: result %u", talk->answer.result);
    return DS_PORTMAP_REFUSED;
}

static enum ds_portmap_state
map(struct ds_errand *errand)
{
    struct talk address, port;

    if (errand->gateway.ss.ss_family != AF_INET || ask_address(errand, &address) < 0)
        return DS_PORTMAP_SILENT;
    if (address.answer.result != 0)
        return refused(&address);
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_addr.s_addr = address.answer.address};
    struct ds_addr external;
    ds_addr_from_sockaddr(&external, (const struct sockaddr *)&in4, sizeof in4);
    if (!ds_errand_is_outside(errand, &external) && !ds_errand_is_between(errand, &external))
        return DS_PORTMAP_BEHIND;
    if (ask_port(errand, &port, errand->lease_s) < 0)
        return DS_PORTMAP_SILENT;
    if (port.answer.result != 0 || port.answer.lifetime_s == 0)
        return refused(&port);
    if (!ds_pcp_epoch_take(&errand->epoch, port.answer.epoch_s, ds_clock_boot_ms() / 1000))
        DS_INFO("portmap", "the router has forgotten its mappings, and has ours anew");
    ds_addr_set_port(&external, port.answer.port);
    errand->external = external;
    errand->granted_s = port.answer.lifetime_s;
    return DS_PORTMAP_MAPPED;
}

static void
unmap(struct ds_errand *errand)
{
    struct talk talk;
    int err = errand->gateway.ss.ss_family == AF_INET ? ask_port(errand, &talk, 0) : 0;
    if (err < 0)
        DS_DEBUG("portmap", "NAT-PMP does not confirm the end: %s", ds_strerror(err));
}

const struct ds_portmap_way ds_portmap_natpmp = {
        .method = DS_PORTMAP_NAT_PMP, .map = map, .unmap = unmap};
