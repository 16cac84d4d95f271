/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_PACKET_H
#define DS_TESTS_NETLAB_ROUTER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/netlab/router/ip.h"

enum { NL_PACKET_MAX = 2048, NL_MTU = 1500 };

enum { NL_ICMP = 1, NL_TCP = 6, NL_UDP = 17, NL_ICMP6 = 58 };

enum { NL_FIN = 1, NL_SYN = 2, NL_RST = 4, NL_PSH = 8, NL_ACK = 16 };

struct nl_node;

/* Both ends of a packet, as its headers name them at one place of its way. */
struct nl_tuple {
    struct nl_end src, dst;
};

/*
 * A packet on its way. `bytes` begin at the IP header; what follows them here was read from there
 * by nl_packet_parse() and is kept true by nl_packet_set_src() and nl_packet_set_dst().
 */
struct nl_packet {
    uint8_t bytes[NL_PACKET_MAX];
    size_t len;
    size_t l4;        /* where the header behind the IP header begins */
    uint8_t proto;    /* NL_ICMP for ICMPv6 too */
    uint8_t flags;    /* of TCP */
    bool is_error;    /* an ICMP error: `quoted` is the packet that it is about */
    uint32_t payload; /* bytes behind the TCP or UDP header */
    struct nl_tuple now;
    struct nl_tuple quoted;
    uint8_t quoted_proto;

    /* What the log tells of it. */
    uint64_t sent_us;
    const struct nl_node *source; /* who sent it */
    struct nl_tuple sent, turn;   /* as sent; where it turned from upwards to downwards */
    bool has_turned;

    /* What the loop does with it next, and when. */
    uint64_t due_us, order;
    struct nl_node *node;
    uint8_t step;
};

/**
 * Read the headers of `bytes` and `len`. Returns whether it is a whole IPv4 or IPv6 packet; of
 * other transports than TCP, UDP and ICMP, and of IPv6 extension headers, the ports stay 0.
 */
bool nl_packet_parse(struct nl_packet *packet);

/** Say whether the packet is an ICMP echo request or its answer. */
bool nl_packet_is_echo(const struct nl_packet *packet);

/** Say whether the packet opens a TCP connection: SYN without ACK. */
bool nl_packet_is_syn(const struct nl_packet *packet);

/** Return the number in the header of a TCP packet at this offset: 4 is SEQ, 8 is ACK. */
uint32_t nl_packet_tcp_number(const struct nl_packet *packet, size_t offset);

/** Put another source into the headers and mend their checksums: a wrong one stays wrong. */
void nl_packet_set_src(struct nl_packet *packet, const struct nl_end *src);

/** Put another destination into the headers, as nl_packet_set_src(). */
void nl_packet_set_dst(struct nl_packet *packet, const struct nl_end *dst);

/** Put another source into what an ICMP error (is_error) quotes, and mend the checksums. */
void nl_packet_set_quoted_src(struct nl_packet *packet, const struct nl_end *src);

/** Put another destination into what an ICMP error quotes. */
void nl_packet_set_quoted_dst(struct nl_packet *packet, const struct nl_end *dst);

/** Count one hop. Returns whether the packet may go on. */
bool nl_packet_hop(struct nl_packet *packet);

/** Return the checksum of `len` bytes, going on from the sum `start`. Source: RFC 1071. */
uint16_t nl_checksum(const uint8_t *bytes, size_t len, uint32_t start);

/** Return the sum over the pseudo header of the packet's `len` bytes behind its IP header. */
uint32_t nl_pseudo_sum(const struct nl_packet *packet, uint8_t proto, size_t len);

#endif
