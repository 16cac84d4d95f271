/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_FLOW_H
#define DS_TESTS_NETLAB_ROUTER_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/netlab/router/packet.h"

/*
 * The TCP connections, by the ends that they have where their packets turn from upwards to
 * downwards: between two routers these are the outside ends. Here they can be cut.
 */
struct nl_flows;

/** Return a table without flows, owned. */
struct nl_flows *nl_flows_new(void);

/** Free it. NULL is fine. */
void nl_flows_free(struct nl_flows *flows);

/** See a packet at its turn. Returns whether its flow is whole: else the packet is lost. */
bool nl_flows_see(struct nl_flows *flows, const struct nl_packet *packet);

/** Cut the flow of these ends in silence, both ways, or let it through again. */
void nl_flows_cut(struct nl_flows *flows, const struct nl_tuple *tuple, bool is_cut);

/**
 * Say which SEQ a RST from `tuple`'s source needs, so that who gets it after all that was sent
 * before obeys it (RFC 5961). Returns whether such a flow was seen.
 */
bool nl_flows_seq(const struct nl_flows *flows, const struct nl_tuple *tuple, uint32_t *seq);

/** Cut in silence all that goes between two addresses, or let it through again. */
void nl_flows_part(
        struct nl_flows *flows, const struct nl_ip *a, const struct nl_ip *b, bool is_cut);

/** From now on, let what goes from one address to another come later by `us`; not what goes back.
 */
void nl_flows_delay(
        struct nl_flows *flows, const struct nl_ip *from, const struct nl_ip *to, uint64_t us);

/** Return by how much later what goes from `tuple`'s source to its destination comes. */
uint64_t nl_flows_delay_us(const struct nl_flows *flows, const struct nl_tuple *tuple);

#endif
