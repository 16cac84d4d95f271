/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_HAIRPIN_H
#define DS_NET_NETCHECK_HAIRPIN_H

#include <stdbool.h>

#include "net/base/addr.h"
#include "net/dial/local_port.h"

/*
 * Do two machines behind this NAT reach each other by their outside addresses (RFC 4787, 6)? Two
 * ports of this one try it: each dials the other's outside address, both at once, since a filter
 * lets in only whom it has seen going out. Net thread.
 */
struct ds_hairpin;
struct event_base;

enum { DS_HAIRPIN_ENDS = 2 };

/* One end: a port, and how others see it. */
struct ds_hairpin_end {
    struct ds_local_port *port; /* a reference is taken */
    struct ds_addr outside;     /* IPv4 */
};

/** It is known, called once from the loop. The hairpin may be freed in it. */
typedef void (*ds_hairpin_fn)(void *arg, bool is_turned);

/**
 * Begin; it takes DS_NETCHECK_HAIRPIN_MS at most. `fn` is never called from within. Returns 0 with
 * `*out` (owned), DS_ERR_SYSTEM with errno where there are no sockets, or DS_ERR_NOMEM.
 */
int ds_hairpin_new(struct ds_hairpin **out, struct event_base *base,
        const struct ds_hairpin_end ends[static DS_HAIRPIN_ENDS], ds_hairpin_fn fn,
        void *arg) DS_MUST_CHECK;

/** Close and free; NULL is fine. No callback follows. */
void ds_hairpin_free(struct ds_hairpin *hairpin);

#endif
