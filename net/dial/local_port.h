/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_LOCAL_PORT_H
#define DS_NET_DIAL_LOCAL_PORT_H

#include <stdint.h>

#include "net/base/err.h"

/*
 * One local TCP port, the same number in IPv4 and IPv6, that is this program's alone while it is
 * held: a connection to the relay, those to STUN servers, those that are punched and a listener
 * share it, so that a NAT gives them all one mapping. Net thread.
 *
 * It is claimed by a plain bind outside the range from which the kernel deals ports, and
 * SO_REUSEPORT is set after that: two programs on one port would take each other's connections. A
 * number whose last connections are in TIME_WAIT still is not dealt again: the NATs on the way may
 * remember them too.
 */
struct ds_local_port;

/**
 * Claim a random free port from DS_PUNCH_PORT_MIN to DS_PUNCH_PORT_MAX. Returns 0 with `*out` (one
 * reference), DS_ERR_SYSTEM with errno where none is free, or DS_ERR_NOMEM. Where the machine has
 * no IPv6 it is of IPv4 alone, and the other way round.
 */
int ds_local_port_claim(struct ds_local_port **out) DS_MUST_CHECK;

/** ds_local_port_claim() with other ends of the range, both within it: 1 <= `least` <= `most`. */
int ds_local_port_claim_between(
        struct ds_local_port **out, uint16_t least, uint16_t most) DS_MUST_CHECK;

/** Take one more reference; returns `port`. */
struct ds_local_port *ds_local_port_ref(struct ds_local_port *port);

/** Give a reference back; the last one frees the port. NULL is fine. */
void ds_local_port_unref(struct ds_local_port *port);

/** Return its number, in host byte order. */
uint16_t ds_local_port_number(const struct ds_local_port *port);

/**
 * Bind `fd`, a fresh TCP socket of `family` (AF_INET or AF_INET6), to the port, beside whatever
 * else is bound there. `arg` is the struct ds_local_port: it fits ds_dial_options' prepare. Returns
 * 0 or DS_ERR_SYSTEM with errno.
 */
int ds_local_port_bind(int fd, int family, void *arg) DS_MUST_CHECK;

/**
 * Listen on the port in `family`: returns a non-blocking, close-on-exec socket (owned), or
 * DS_ERR_SYSTEM with errno. More than one listener at a time would share what comes.
 */
int ds_local_port_listen(struct ds_local_port *port, int family) DS_MUST_CHECK;

#endif
