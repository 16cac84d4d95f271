/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_STUN_H
#define DS_NET_RELAY_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"

/*
 * The relay's STUN service: where a client learns under which address others see it, and how its
 * NAT behaves (RFC 8489, RFC 5780). net/PROTOCOL.md, 9. Relay thread.
 */
struct ds_relay_stun;
struct event_base;

/* One end, or two that differ in both address and port: then all four combinations are served. */
enum { DS_RELAY_STUN_ADDRS_MAX = 2 };
enum { DS_RELAY_STUN_NAMES_MAX = DS_RELAY_STUN_ADDRS_MAX * DS_ADDR_TEXT_MAX };

struct ds_relay_stun_config {
    struct event_base *base;   /* borrowed */
    size_t connections_max;    /* in all */
    size_t per_subscriber_max; /* of one subscriber's */
    uint32_t first_ms;         /* from a connection to its first question */
    uint32_t idle_ms;          /* from one question to the next */
};

/** Make a service without an end of its own. Returns 0 and it in `*out` (owned), or an error. */
int ds_relay_stun_new(
        struct ds_relay_stun **out, const struct ds_relay_stun_config *config) DS_MUST_CHECK;

/** Close all at once and free. NULL is fine. */
void ds_relay_stun_free(struct ds_relay_stun *stun);

/**
 * Say whether `count` addresses may be served: one, or two of one family that differ in address and
 * port and of which none is unspecified.
 */
bool ds_relay_stun_is_served(const struct ds_addr *addrs, size_t count);

/**
 * Open the ends that ds_relay_stun_is_served() allows, over TCP and UDP. Once. Returns 0, or
 * DS_ERR_SYSTEM with errno set, or DS_ERR_NOMEM; `failed` then gets which one could not be opened.
 */
int ds_relay_stun_listen(struct ds_relay_stun *stun, const struct ds_addr *addrs, size_t count,
        struct ds_addr *failed) DS_MUST_CHECK;

/** Close the ends; who is connected stays. */
void ds_relay_stun_stop_listening(struct ds_relay_stun *stun);

/** Return what was listened on, "192.0.2.1:3478,192.0.2.2:3479", or "". Borrowed. */
const char *ds_relay_stun_names(const struct ds_relay_stun *stun);

/**
 * Return an address of ours, of those that STUN is answered at, which is not `local`, with a port
 * that means nothing; len 0: there is none.
 */
struct ds_addr ds_relay_stun_other(const struct ds_relay_stun *stun, const struct ds_addr *local);

/** Serve `fd` (taken; connected, non-blocking), whose first byte is of STUN, from `from`. */
void ds_relay_stun_adopt(struct ds_relay_stun *stun, int fd, const struct ds_addr *from);

/** Return how many connections there are. */
size_t ds_relay_stun_connections(const struct ds_relay_stun *stun);

#endif
