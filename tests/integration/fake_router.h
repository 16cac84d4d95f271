/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_FAKE_ROUTER_H
#define DS_TESTS_INTEGRATION_FAKE_ROUTER_H

#include <stdint.h>

#include <event2/event.h>
#include <glib.h>

/*
 * A router of PCP and NAT-PMP at 127.0.0.1, in a network of the test's own, that can be told how to
 * answer. It runs on the test's loop.
 */
struct fake_router {
    struct event *event;
    int fd;
    gboolean is_natpmp; /* knows PCP by its version alone */
    gboolean is_pcp_alone;
    gboolean is_silent;
    guint8 result;        /* of PCP, or of NAT-PMP's mappings */
    const char *external; /* the address that it gives out */
    guint16 port;         /* outside; 0: what is suggested */
    guint32 lifetime_s;   /* that it grants; G_MAXUINT32: what is asked for */
    guint32 epoch_s;
    guint8 flip;    /* is mixed into the first byte of PCP's nonce */
    guint32 floods; /* so many answers to somebody else before each of its own */

    unsigned maps, unmaps; /* requests */
    guint32 asked_s;       /* the lifetime of the last one to map */
    guint16 suggested;     /* its outside port */
    guint8 nonces[2][12];  /* of the first and of the last */
};

/** Open it. It answers with what `router` says then: SUCCESS, 192.0.2.9, what is asked for. */
void fake_router_begin(struct fake_router *router, struct event_base *base);

/** Close it. */
void fake_router_end(struct fake_router *router);

#endif
