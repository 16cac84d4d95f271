/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_STUN_ANSWER_H
#define DS_NET_RELAY_STUN_ANSWER_H

#include <stdint.h>

#include "net/base/addr.h"
#include "net/wire/stun.h"

/* Where a question came in. */
struct ds_relay_stun_ends {
    struct ds_addr from;   /* who asks */
    struct ds_addr origin; /* the end of ours that answers */
    struct ds_addr other;  /* the end with another address and port; len 0: there is none */
    bool can_change;       /* answers may come from another end, and go to another port */
};

/**
 * Write the answer to `request`, at most 6.2 times as long, into `out`. Returns its length; 0 for
 * an indication, which gets none; DS_ERR_PROTOCOL for an answer, which nobody asked for. Any
 * thread. Source: RFC 8489, 6.3.1 and 12; RFC 5780, 6.1.
 */
int ds_relay_stun_answer(const struct ds_stun *request, const struct ds_relay_stun_ends *ends,
        uint8_t out[static DS_STUN_MAX]) DS_MUST_CHECK;

#endif
