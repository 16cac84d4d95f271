/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_NATPMP_H
#define DS_NET_PORTMAP_NATPMP_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

/*
 * The bytes of NAT-PMP (RFC 6886, 3.2 and 3.3) for TCP. No sockets. Any thread. libnatpmp is not
 * used: 20150609 takes 16 bytes from what came, however short it was, and its socket would live on
 * in the programs that we start.
 */

enum { DS_NATPMP_ADDRESS = 0, DS_NATPMP_MAP_TCP = 2, DS_NATPMP_REQUEST_MAX = 12 };

enum { DS_NATPMP_NETWORK_FAILURE = 3 }; /* 3.5 */

struct ds_natpmp_answer {
    uint16_t result; /* 0: success; 3.5 */
    uint32_t epoch_s;
    uint32_t address; /* of DS_NATPMP_ADDRESS: IPv4, in network byte order */
    uint16_t port;    /* of DS_NATPMP_MAP_TCP: outside */
    uint32_t lifetime_s;
};

/** Write the question for the outside address; returns its length. */
size_t ds_natpmp_write_address(uint8_t out[static DS_NATPMP_REQUEST_MAX]);

/** Write the question for a mapping of `port` to `outside`; `lifetime_s` 0 ends it. */
size_t ds_natpmp_write_map(uint8_t out[static DS_NATPMP_REQUEST_MAX], uint16_t port,
        uint16_t outside, uint32_t lifetime_s);

/**
 * Read `len` bytes as the answer to a question of `opcode`, of DS_NATPMP_MAP_TCP for `port`.
 * Returns 0, or DS_ERR_PROTOCOL for what is no answer to it.
 */
int ds_natpmp_read(struct ds_natpmp_answer *answer, uint8_t opcode, uint16_t port,
        const uint8_t *data, size_t len) DS_MUST_CHECK;

#endif
