/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_RESOLVE_H
#define DS_NET_DIAL_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "net/dial/result.h"

/*
 * One look-up of a name by getaddrinfo() in a worker thread. The system's resolver follows
 * /etc/resolv.conf, nsswitch and mDNS after roaming; libevent's own keeps what it read at first.
 * It cannot be interrupted, so a cancelled look-up goes on without us, and at most
 * DS_RESOLVE_WORKERS_MAX threads can be held by a name server that does not answer.
 */
struct ds_resolve;
struct event_base;

struct ds_resolve_answer {
    int err;                         /* 0, DS_ERR_RESOLVE or DS_ERR_SYSTEM */
    char detail[DS_DIAL_DETAIL_MAX]; /* err < 0: what happened, in one English sentence */
    size_t count;                    /* err == 0: at least 1 */
    struct ds_addr addresses[DS_DIAL_ADDRESSES_MAX]; /* the best first, as RFC 6724 sorts them */
};

/** Receives the answer (borrowed) on the loop's thread; it may free its ds_resolve. */
typedef void (*ds_resolve_fn)(void *arg, const struct ds_resolve_answer *answer);

/**
 * Begin to look `host` up; every address gets `port`. `host` is one that ds_host_is_valid() takes.
 * A numeric address needs no thread. `fn` is called with `arg` once, never from within this call.
 * `*out` is owned by the caller. Loop's thread. Returns 0, DS_ERR_NOMEM, DS_ERR_SYSTEM, or
 * DS_ERR_RESOLVE when too many look-ups are under way.
 */
int ds_resolve_start(struct ds_resolve **out, struct event_base *base, const char *host,
        uint16_t port, ds_resolve_fn fn, void *arg) DS_MUST_CHECK;

/** Make the failure of a look-up of `host` that is given up: the name server does not answer. */
struct ds_dial_result ds_resolve_timeout(const char *host);

/** Free the look-up; its callback never comes after. NULL is fine. Loop's thread. */
void ds_resolve_free(struct ds_resolve *resolve);

#endif
