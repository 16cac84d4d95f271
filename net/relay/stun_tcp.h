/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_STUN_TCP_H
#define DS_NET_RELAY_STUN_TCP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/relay/table.h"

/*
 * Connections on which STUN is asked. One stays as long as its client keeps it, since it holds the
 * mapping of the client's NAT; who asks nothing for a while is closed. A client that does not read
 * its answers is not read either. Relay thread.
 */
struct event_base;
struct ds_relay_stun_conn;

struct ds_relay_stun_tcp {
    struct event_base *base; /* borrowed */
    TAILQ_HEAD(, ds_relay_stun_conn) conns;
    size_t count, max;
    size_t per_subscriber_max;
    uint32_t first_ms; /* from the connection to its first question */
    uint32_t idle_ms;  /* from one question to the next */
    struct ds_relay_table subscribers;
};

/** Begin with no connections; the caps and times are set already. Returns 0 or DS_ERR_SYSTEM. */
int ds_relay_stun_tcp_init(struct ds_relay_stun_tcp *tcp) DS_MUST_CHECK;

/** Close all connections and free what is held. */
void ds_relay_stun_tcp_finish(struct ds_relay_stun_tcp *tcp);

/**
 * Serve `fd` (taken; connected, non-blocking), which came from `from`. `other` is what it is told
 * of in OTHER-ADDRESS (copied), or NULL. Over a cap it is closed.
 */
void ds_relay_stun_tcp_adopt(struct ds_relay_stun_tcp *tcp, int fd, const struct ds_addr *from,
        const struct ds_addr *other);

#endif
