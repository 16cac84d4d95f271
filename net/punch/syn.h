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
 * Read how a connect() that was under way has ended. Returns 0 where the connection stands, which
 * takes no notice of ICMP from then on; or errno, with `*by_icmp` saying whether ICMP ended it (it
 * stays false for a RST, and before Linux 5.13).
 */
int ds_syn_answer(int fd, bool *by_icmp);

#endif
