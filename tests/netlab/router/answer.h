/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_ANSWER_H
#define DS_TESTS_NETLAB_ROUTER_ANSWER_H

#include <stdbool.h>

#include "tests/netlab/router/packet.h"

/* What a router says to a packet that it does not pass on. */
enum nl_answer {
    NL_ANSWER_DROP,
    NL_ANSWER_RST,        /* to TCP; to all else as NL_ANSWER_ICMP_PORT */
    NL_ANSWER_ICMP_PORT,  /* port unreachable */
    NL_ANSWER_ICMP_HOST,  /* host unreachable; in IPv6, address unreachable */
    NL_ANSWER_ICMP_ADMIN, /* administratively prohibited */
    NL_ANSWER_ICMP_TIME,  /* time exceeded: the packet's hops are used up */
};

/**
 * Write into `answer` the packet that says so to the sender of `packet`, from `router`; a RST and a
 * port unreachable come as from the packet's destination. Returns whether there is an answer: never
 * to a RST or to an ICMP error. Source: RFC 9293 section 3.5.2, RFC 792, RFC 4443.
 */
bool nl_answer_make(struct nl_packet *answer, const struct nl_packet *packet, enum nl_answer what,
        const struct nl_ip *router);

/** Write a RST of this source, destination and SEQ into `packet`. */
void nl_answer_reset(struct nl_packet *packet, const struct nl_tuple *tuple, uint32_t seq);

#endif
