/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_PORTMAP_H
#define DS_NET_PORTMAP_PORTMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"

/*
 * One TCP port of this machine that the router of the default route is asked to open to others, by
 * PCP (RFC 6887), else NAT-PMP (RFC 6886), else UPnP IGD; in IPv6, where nothing is translated, by
 * PCP alone. It is held for as long as the handle lives, in leases, and taken back when it ends; if
 * the program is killed it ends with the lease. Only that router's answers are read, though a
 * search by UPnP is heard by the whole network; what it says is believed only where it fits what
 * others see of this machine.
 *
 * Each has a worker thread, which blocks; the handle is the net thread's.
 */
struct ds_portmap;
struct event_base;

/* Of two that are none of the first two, the later one says more of why not. */
enum ds_portmap_state {
    DS_PORTMAP_ASKING, /* never told */
    DS_PORTMAP_MAPPED,
    DS_PORTMAP_NO_GATEWAY, /* the default route leads to no router, or this system is in the way */
    DS_PORTMAP_SILENT,     /* the router speaks none of the protocols */
    DS_PORTMAP_LOST,       /* it was mapped, and could not be renewed in time */
    DS_PORTMAP_REFUSED,    /* the router will not, or gives a port that nobody dials */
    DS_PORTMAP_BEHIND,     /* the router is behind another NAT itself; it may have mapped all the
                              same, for those who are there, too: then there is an `external` */
};

enum ds_portmap_method {
    DS_PORTMAP_NONE,
    DS_PORTMAP_PCP,
    DS_PORTMAP_NAT_PMP,
    DS_PORTMAP_UPNP,
};

struct ds_portmap_news {
    enum ds_portmap_state state;
    enum ds_portmap_method method; /* of DS_PORTMAP_MAPPED, and where there is an `external` */
    struct ds_addr external;       /* where others reach the port; len 0: nowhere */
};

struct ds_portmap_config {
    struct event_base *base; /* borrowed for the handle's life */
    int family;              /* AF_INET or AF_INET6 */
    uint16_t port;           /* which has a listener, or will have one */
    uint32_t lease_s;        /* a router may grant less, and few grant less than a minute */
    struct ds_addr observed; /* our address as others see it; of AF_INET6 nothing (len 0) */
    struct ds_addr gateway;  /* who is asked; len 0: whom the default route leads to */
};

/**
 * Called from the loop when there is an answer, and later when it changes; without an `external`
 * it is the end of it. `news` is borrowed. The handle may be freed in the call.
 */
typedef void (*ds_portmap_fn)(void *arg, const struct ds_portmap_news *news);

/**
 * Begin to ask. `fn` never comes from within. Returns 0 with `*out` (owned), DS_ERR_AGAIN where
 * DS_PORTMAP_WORKERS_MAX are at it, DS_ERR_SYSTEM with errno, or DS_ERR_NOMEM. Net thread.
 */
int ds_portmap_new(struct ds_portmap **out, const struct ds_portmap_config *config,
        ds_portmap_fn fn, void *arg) DS_MUST_CHECK;

/** Call `fn` no more; the port stays open. NULL is fine. Net thread. */
void ds_portmap_hush(struct ds_portmap *portmap);

/**
 * Free; NULL is fine. The mapping is taken back by the worker, which lives a little longer; no
 * callback follows. Net thread.
 */
void ds_portmap_free(struct ds_portmap *portmap);

/**
 * Wait, for `ms` milliseconds at most, until all workers whose handles were freed are done: before
 * the program ends. Blocks; any thread. Returns whether they are.
 */
bool ds_portmap_settle(unsigned ms);

/** Name it as --json does ("mapped", "double-nat"). Static. Any thread. */
const char *ds_portmap_state_name(enum ds_portmap_state state);

/** Name it as people do ("PCP", "" for none). Static. Any thread. */
const char *ds_portmap_method_name(enum ds_portmap_method method);

#endif
