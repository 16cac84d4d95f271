/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_NAT_H
#define DS_TESTS_NETLAB_ROUTER_NAT_H

#include <stdint.h>
#include <stdio.h>

#include "tests/netlab/router/kind.h"
#include "tests/netlab/router/packet.h"
#include "tests/netlab/router/random.h"

/*
 * The mappings and sessions of one router: a mapping is an inside end's outside end, a session one
 * remote end that it speaks with. Without translation, and in IPv6, the outside end is the inside
 * one, and what is left is a stateful firewall. Clocks are monotonic microseconds, from the caller.
 */
struct nl_nat;

/* What becomes of a packet. */
enum nl_fate {
    NL_FATE_PASS,        /* its headers are those of the other side now */
    NL_FATE_UNSOLICITED, /* nobody inside asked for it */
    NL_FATE_UNKNOWN,     /* from the midst of a connection that is not known */
    NL_FATE_FULL,        /* no port is left, or no place for a mapping */
    NL_FATE_FOREIGN,     /* not what a router translates */
};

/** Return a new router's, owned. `kind` and `random` are borrowed; `outside` is its IPv4 address.
 */
struct nl_nat *nl_nat_new(const struct nl_kind *kind, const struct nl_ip *outside,
        struct nl_random *random, uint64_t now_us);

/** Free it. NULL is fine. */
void nl_nat_free(struct nl_nat *nat);

/** Forget everything, as at a reboot; ports are dealt from another one on. */
void nl_nat_reboot(struct nl_nat *nat, uint64_t now_us);

/** Take another outside address, as after a new dial-in, and forget everything. */
void nl_nat_readdress(struct nl_nat *nat, const struct nl_ip *outside, uint64_t now_us);

/** Translate a packet from inside to outside. */
enum nl_fate nl_nat_out(struct nl_nat *nat, struct nl_packet *packet, uint64_t now_us);

/** Translate a packet from outside to inside. */
enum nl_fate nl_nat_in(struct nl_nat *nat, struct nl_packet *packet, uint64_t now_us);

/**
 * Say whether the 4-tuple that an unsolicited packet came by was opened from inside meanwhile: a
 * late answer to it is not sent then (RFC 5382, REQ-4).
 */
bool nl_nat_is_open(struct nl_nat *nat, const struct nl_packet *packet, uint64_t now_us);

/** Remember that a packet was refused: with refused_holds_ms, its 4-tuple is held. */
void nl_nat_refused(struct nl_nat *nat, const struct nl_packet *packet, uint64_t now_us);

/** Write a line for each mapping that lives: `tcp INSIDE OUTSIDE SESSIONS`. */
void nl_nat_dump(struct nl_nat *nat, FILE *out, uint64_t now_us);

#endif
