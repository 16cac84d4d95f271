/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_SYN_H
#define DS_NET_PUNCH_SYN_H

#include <stdbool.h>
#include <stdint.h>

#include "net/dial/local_port.h"

/* The socket of one SYN, and what came of it. It serves one connect() only. Any thread. */

/**
 * Open a socket of `family` (AF_INET or AF_INET6) on `port`, non-blocking and close-on-exec, that
 * remembers an ICMP error. Returns it (owned), or DS_ERR_SYSTEM with errno.
 */
int ds_syn_open(struct ds_local_port *port, int family) DS_MUST_CHECK;

/**
 * ds_syn_open() in IPv4 at the port `*number`, which nobody else may hold. Where it is 0 the kernel
 * chooses one, and it is written there: by that a refused SYN can come again from the same port.
 */
int ds_syn_open_any(uint16_t *number) DS_MUST_CHECK;

/**
 * Let a socket, a listener too, neither send nor be sent segments of more than `mss` bytes; from
 * its next SYN on. 0: as they are.
 */
void ds_syn_limit_segments(int fd, uint16_t mss);

/**
 * Have what this IPv4 socket sends live for `hops` hops only, and go on as if nothing was heard
 * where somebody says by ICMP that they are used up. Source: ip(7), IP_TTL and IP_MINTTL; the
 * latter holds for the packet that ICMP quotes, too, and that was at its last hop.
 */
void ds_syn_keep_near(int fd, uint8_t hops);

/** Let live what it sends from now on as long as usual. */
void ds_syn_let_go(int fd);

/**
 * Read how a connect() that was under way has ended. Returns 0 where the connection stands, which
 * takes no notice of ICMP from then on; or errno, with `*by_icmp` saying whether ICMP ended it (it
 * stays false for a RST, and before Linux 5.13).
 */
int ds_syn_answer(int fd, bool *by_icmp);

#endif
