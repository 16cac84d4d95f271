/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_PORT_WISH_H
#define DS_TESTS_INTEGRATION_PORT_WISH_H

#include <event2/event.h>
#include <glib.h>

#include "net/portmap/portmap.h"

/* A port that a router at 127.0.0.1 is asked for, and what comes of it. */
enum { PORT_WISH_PORT = 23100, PORT_WISH_LEASE_S = 120, PORT_WISH_DEADLINE_MS = 20000 };

/* Start with all zero but the base. */
struct port_wish {
    struct event_base *base;
    struct ds_portmap *portmap;
    unsigned told;
    struct ds_portmap_news news; /* the last */
};

/** Ask, from an address that others see as 192.0.2.9; nothing is told yet. */
void port_wish_ask(struct port_wish *wish, guint32 lease_s);

/** The ds_portmap_fn that notes what is told; `arg` is the wish. */
void port_wish_on_news(void *arg, const struct ds_portmap_news *news);

/** Let the loop run for a moment. */
void port_wish_turn(const struct port_wish *wish);

/** Let it run until a counter has so much, which it has to within the deadline, and no more. */
void port_wish_until(const struct port_wish *wish, const unsigned *counter, unsigned wanted);

#endif
