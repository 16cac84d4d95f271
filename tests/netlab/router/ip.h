/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_IP_H
#define DS_TESTS_NETLAB_ROUTER_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address: IPv4 stands in it as ::ffff:a.b.c.d, so that one code serves both. */
struct nl_ip {
    uint8_t b[16];
};

/* An address with a port, in host byte order; of an ICMP echo, its identifier. No padding. */
struct nl_end {
    struct nl_ip ip;
    uint16_t port;
};

/* A network: the first `bits` of the 128 that `ip` has. */
struct nl_prefix {
    struct nl_ip ip;
    unsigned bits;
};

enum { NL_IP_TEXT = 48, NL_END_TEXT = 64 };

/** Say whether this is an IPv4 address. */
bool nl_ip_is_v4(const struct nl_ip *ip);

/** Say whether this is no address of one machine: multicast, link-local IPv6 or broadcast. */
bool nl_ip_is_many(const struct nl_ip *ip);

/** Say whether two addresses are the same. */
bool nl_ip_equal(const struct nl_ip *a, const struct nl_ip *b);

/** Say whether address and port of two ends are the same. */
bool nl_end_equal(const struct nl_end *a, const struct nl_end *b);

/** Make an address of the 4 bytes of an IPv4 one. */
struct nl_ip nl_ip_of_v4(const uint8_t bytes[static 4]);

/** Make an address of the 16 bytes of an IPv6 one. */
struct nl_ip nl_ip_of_v6(const uint8_t bytes[static 16]);

/** Read "192.0.2.1" or "2001:db8::1". Returns whether it is an address. */
bool nl_ip_parse(const char *text, struct nl_ip *ip);

/** Read "192.0.2.1:443" or "[2001:db8::1]:443". Returns whether it is one. */
bool nl_end_parse(const char *text, struct nl_end *end);

/** Read "10.0.1.0/24", or an address: a network of one. Returns whether it is one. */
bool nl_prefix_parse(const char *text, struct nl_prefix *prefix);

/** Say whether an address is of a network. */
bool nl_prefix_has(const struct nl_prefix *prefix, const struct nl_ip *ip);

/** Write an address into `text`, which has room for NL_IP_TEXT. Returns its length. */
size_t nl_ip_format(const struct nl_ip *ip, char *text);

/** Write an end as nl_end_parse() reads it into `text`, room NL_END_TEXT. Returns its length. */
size_t nl_end_format(const struct nl_end *end, char *text);

/** Hash `len` bytes (FNV-1a), going on from `seed`: 0, or what another call returned. */
uint32_t nl_hash(const void *bytes, size_t len, uint32_t seed);

#endif
