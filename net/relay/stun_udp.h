/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_STUN_UDP_H
#define DS_NET_RELAY_STUN_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/base/addr.h"
#include "net/base/err.h"

/* Datagrams that come to one end, and go from the address that they were sent to. Any thread. */

/* A question with PADDING is as long as what a path carries whole (RFC 5780, 7.6). */
enum { DS_RELAY_DATAGRAM_MAX = 2048 };

/* A datagram: who sent it, and to which address of ours, which an end may have many of. */
struct ds_relay_datagram {
    struct ds_addr from;
    struct ds_addr to; /* its port is 0; len 0: not known, the end's own is as good */
    uint8_t data[DS_RELAY_DATAGRAM_MAX];
    size_t len;
    bool is_cut; /* it was longer than `data` */
};

/** Open a non-blocking socket at `addr`; `bound` gets the real address. Returns it, or
 *  DS_ERR_SYSTEM with errno set. */
int ds_relay_stun_udp_open(const struct ds_addr *addr, struct ds_addr *bound) DS_MUST_CHECK;

/** Take a datagram. Returns 0, or DS_ERR_AGAIN where there is none. */
int ds_relay_stun_udp_receive(int fd, struct ds_relay_datagram *datagram) DS_MUST_CHECK;

/** Send `len` bytes to `to`, from the address `from` where its len is not 0. What the socket does
 *  not take is lost, as datagrams may be. */
void ds_relay_stun_udp_send(int fd, const struct ds_addr *to, const struct ds_addr *from,
        const uint8_t *data, size_t len);

#endif
