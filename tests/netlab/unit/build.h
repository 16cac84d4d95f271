/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_UNIT_BUILD_H
#define DS_TESTS_NETLAB_UNIT_BUILD_H

#include "tests/netlab/router/packet.h"

/** Return an end of "192.0.2.1:443"; a text that is none fails the test. */
struct nl_end build_end(const char *text);

/** Return an address of "192.0.2.1", as build_end(). */
struct nl_ip build_ip(const char *text);

/** Write a TCP packet with these flags and 5 bytes of payload, checksums good, and parse it. */
void build_tcp(struct nl_packet *packet, const char *src, const char *dst, uint8_t flags);

/** Write a UDP packet of 5 bytes, as build_tcp(). */
void build_udp(struct nl_packet *packet, const char *src, const char *dst);

/** Write an ICMP echo request of IPv4 whose identifier is the port of `src`, as build_tcp(). */
void build_echo(struct nl_packet *packet, const char *src, const char *dst);

/** Fail the test unless all checksums of a TCP, UDP or IPv4 ICMP packet are good. */
void build_check_sums(const struct nl_packet *packet);

#endif
