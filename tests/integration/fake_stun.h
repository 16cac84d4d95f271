/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_FAKE_STUN_H
#define DS_TESTS_INTEGRATION_FAKE_STUN_H

#include <glib.h>

#include "net/base/addr.h"
#include "net/wire/stun.h"

struct event_base;
struct evconnlistener;

/* What a STUN server answers over TCP. */
enum fake_stun_manner {
    FAKE_STUN_HONEST,      /* `seen`, or how it sees the connection where that is empty */
    FAKE_STUN_BYTES,       /* the same, a byte at a time */
    FAKE_STUN_MORE,        /* the same, and a lot behind it */
    FAKE_STUN_SILENT,      /* nothing */
    FAKE_STUN_CLOSES,      /* by closing */
    FAKE_STUN_CLOSES_LATE, /* with half of the answer, and closes */
    FAKE_STUN_GARBAGE,     /* bytes of another protocol */
    FAKE_STUN_LONG,        /* a message that announces 60,000 bytes */
    FAKE_STUN_WRONG_ID,    /* to another question */
    FAKE_STUN_ERROR,       /* that it will not */
    FAKE_STUN_ECHO,        /* the question */
    FAKE_STUN_NO_ADDRESS,  /* without saying how it sees us */
    FAKE_STUN_FAMILY,      /* with an address of IPv6 over IPv4 */
    FAKE_STUN_MANNERS
};

struct fake_stun {
    enum fake_stun_manner manner;
    struct ds_addr seen;
    uint16_t seen_port;  /* `seen` is of this port alone, and others are seen as they are; 0: of all
                          */
    struct ds_addr addr; /* where it listens */
    unsigned questions;  /* that were asked, all well formed */
    unsigned answers;    /* so many of them are answered, the others not; 0: all */
    unsigned open;       /* connections that stand */
    GHashTable *connections; /* owned */
    struct ds_addr from;     /* who asked last */
    struct evconnlistener *listener;
    uint8_t rest[DS_STUN_MAX]; /* of FAKE_STUN_BYTES: still to be sent */
    gsize rest_len;
};

/** Serve at `addr` (port 0: any) in `base`, honestly, until fake_stun_end(). */
void fake_stun_begin(struct fake_stun *server, struct event_base *base, const char *addr);

/** Close all; a server that was not begun (all zero) is fine. */
void fake_stun_end(struct fake_stun *server);

#endif
