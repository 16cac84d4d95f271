/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_ERRAND_H
#define DS_NET_PORTMAP_ERRAND_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/portmap/igd.h"
#include "net/portmap/pcp.h"
#include "net/portmap/portmap.h"

/*
 * What one mapping's worker knows, and how it waits: it blocks, but for being told to stop. All
 * that is in here is the worker thread's.
 */
struct ds_errand {
    struct ds_addr gateway;  /* port 0: the one machine that is spoken to */
    struct ds_addr client;   /* our address towards it, with the port that is to be mapped */
    struct ds_addr observed; /* our address as the relay sees it; len 0: must be `client` */
    uint32_t lease_s;
    int stop_fd; /* readable: give up; -1: this is the goodbye, which nothing stops */

    int udp; /* connected to the gateway's DS_PCP_PORT */
    uint8_t nonce[DS_PCP_NONCE_BYTES];
    struct ds_pcp_epoch epoch;
    struct ds_igd igd; /* UPnP's; its service NULL: none was found yet */

    struct ds_addr external; /* what was granted last; len 0: nothing */
    uint32_t granted_s;
};

/** Find out `client` and open `udp`. Returns 0 or DS_ERR_SYSTEM with errno. */
int ds_errand_open(struct ds_errand *errand) DS_MUST_CHECK;

/** Close what is open. */
void ds_errand_close(struct ds_errand *errand);

/** Return ds_clock_us() `ms` milliseconds from now. */
uint64_t ds_errand_deadline(unsigned ms);

/**
 * Wait for `events` (poll(2)'s) of `fd` (-1: for time alone) until `deadline_us` by ds_clock_us().
 * Returns 0, DS_ERR_TIMEOUT, DS_ERR_CLOSED when told to stop, or DS_ERR_SYSTEM with errno.
 */
int ds_errand_wait(
        const struct ds_errand *errand, int fd, short events, uint64_t deadline_us) DS_MUST_CHECK;

/**
 * Take a datagram of the gateway (borrowed). Returns 1 when it is the answer, 0 for anything else,
 * which is passed over.
 */
typedef int (*ds_errand_take_fn)(void *arg, const uint8_t *data, size_t len);

/**
 * Send `request` on `udp`, and once more after DS_PORTMAP_REPEAT_MS, until `take` has its answer or
 * DS_PORTMAP_ASK_MS are over. Returns 0, DS_ERR_TIMEOUT, DS_ERR_UNREACHABLE where nobody listens
 * there, DS_ERR_CLOSED or DS_ERR_SYSTEM. Source: RFC 6886, 3.1.
 */
int ds_errand_ask(const struct ds_errand *errand, const void *request, size_t len,
        ds_errand_take_fn take, void *arg) DS_MUST_CHECK;

/**
 * Say whether `external` is where others see this machine: the host that the relay sees, or in IPv6
 * the machine's own. Anything else is behind another NAT, or a lie.
 */
bool ds_errand_is_outside(const struct ds_errand *errand, const struct ds_addr *external);

/**
 * Say whether `external` is of a network between this router and another NAT, and so leads here for
 * those who are in it: a private address or a carrier's, where the relay sees one of the world.
 */
bool ds_errand_is_between(const struct ds_errand *errand, const struct ds_addr *external);

/* One protocol. All are called with an open errand, and again for each renewal. */
struct ds_portmap_way {
    enum ds_portmap_method method;
    /**
     * Ask for the mapping. Returns DS_PORTMAP_MAPPED with `external` and `granted_s`,
     * DS_PORTMAP_SILENT where the gateway does not speak this protocol, DS_PORTMAP_REFUSED, or
     * DS_PORTMAP_BEHIND.
     */
    enum ds_portmap_state (*map)(struct ds_errand *errand);
    /** Take the mapping back, whether or not map() had an answer; nothing is heard of it. */
    void (*unmap)(struct ds_errand *errand);
};

extern const struct ds_portmap_way ds_portmap_pcp;    /**< RFC 6887. */
extern const struct ds_portmap_way ds_portmap_natpmp; /**< RFC 6886. */
extern const struct ds_portmap_way ds_portmap_upnp;   /**< UPnP IGD 1 and 2, IPv4 alone. */

#endif
