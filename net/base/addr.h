/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_ADDR_H
#define DS_NET_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/base/err.h"

/* An IPv4 or IPv6 address with a port. */
struct ds_addr {
    struct sockaddr_storage ss;
    socklen_t len;
};

enum { DS_ADDR_TEXT_MAX = 64, DS_HOST_MAX = 256 };

/**
 * Split "host", "host:port", "[v6]:port" or a bare IPv6 address. `host` has room for DS_HOST_MAX
 * bytes and gets no brackets; `port` gets `default_port` where the text names none (0 = it must).
 * Returns 0 or DS_ERR_INVALID. Does not resolve. Any thread.
 */
int ds_addr_split(const char *text, uint16_t default_port, char host[static DS_HOST_MAX],
        uint16_t *port) DS_MUST_CHECK;

/** Read a numeric address in the forms of ds_addr_split(). Returns 0 or DS_ERR_INVALID. */
int ds_addr_parse(struct ds_addr *addr, const char *text, uint16_t default_port) DS_MUST_CHECK;

/** Make an address of a socket address (borrowed, `len` bytes). Other families: DS_ERR_INVALID. */
int ds_addr_from_sockaddr(struct ds_addr *addr, const struct sockaddr *sa, socklen_t len);

/** Write "192.0.2.1:443" or "[2001:db8::1]:443" into `text` and return it. */
const char *ds_addr_format(const struct ds_addr *addr, char text[static DS_ADDR_TEXT_MAX]);

/** Write the address without its port into `text` and return it. */
const char *ds_addr_format_host(const struct ds_addr *addr, char text[static DS_ADDR_TEXT_MAX]);

/** Return the port in host byte order. */
uint16_t ds_addr_port(const struct ds_addr *addr);

/** Change the port, given in host byte order; of no address nothing changes. */
void ds_addr_set_port(struct ds_addr *addr, uint16_t port);

/** Say whether both host and port are the same; a v4-mapped IPv6 address equals its IPv4 form. */
bool ds_addr_equal(const struct ds_addr *a, const struct ds_addr *b);

/** Say whether the hosts are the same, whatever the ports; otherwise as ds_addr_equal(). */
bool ds_addr_is_same_host(const struct ds_addr *a, const struct ds_addr *b);

/** Say whether the address stands for any: 0.0.0.0 or ::. */
bool ds_addr_is_unspecified(const struct ds_addr *addr);

/** Say whether the address is of a private, link-local, unique-local or loopback range. */
bool ds_addr_is_private(const struct ds_addr *addr);

/**
 * Say whether the address means something inside a network only: private, or of the range in which
 * carriers translate and overlays have their machines (RFC 6598, 100.64.0.0/10).
 */
bool ds_addr_is_inside(const struct ds_addr *addr);

/** Say whether the address is one of this machine alone: 127.0.0.0/8 or ::1. */
bool ds_addr_is_loopback(const struct ds_addr *addr);

/**
 * Write what one subscriber holds, for counting by address: the 4 bytes of an IPv4 address, or the
 * /64 of an IPv6 one; the rest of `key` is zero. Source: RFC 6177 (end sites hold at least a /64).
 */
void ds_addr_subscriber(const struct ds_addr *addr, uint8_t key[static 16]);

#endif
