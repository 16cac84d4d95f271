/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_STUN_CLIENT_H
#define DS_NET_PUNCH_STUN_CLIENT_H

#include "net/base/addr.h"
#include "net/dial/local_port.h"

/*
 * One question over TCP to one STUN server (RFC 8489, 6.2.2): how does it see a port of ours? The
 * connection stays open after the answer, since it holds the NAT's mapping. Net thread.
 */
struct ds_stun_client;
struct event_base;

/**
 * Called once from the loop. `err` is 0, with how the server sees the port in `seen` (borrowed), or
 *   DS_ERR_UNREACHABLE  there is no way to it, or it refused
 *   DS_ERR_TIMEOUT      no answer came in time
 *   DS_ERR_CLOSED       it closed the connection instead
 *   DS_ERR_PROTOCOL     what came is no answer to the question
 *   DS_ERR_NOMEM, DS_ERR_SYSTEM
 * with `seen` NULL. The client may be freed in the call.
 */
typedef void (*ds_stun_client_fn)(void *arg, int err, const struct ds_addr *seen);

/**
 * Ask `server` (copied) from `port`, of which a reference is taken, for at most `timeout_ms`.
 * Returns 0 with `*out` (owned), DS_ERR_SYSTEM with errno where no connection can be begun, such as
 * EADDRNOTAVAIL where there is one already from this port to this server, or DS_ERR_NOMEM.
 */
int ds_stun_client_new(struct ds_stun_client **out, struct event_base *base,
        struct ds_local_port *port, const struct ds_addr *server, unsigned timeout_ms,
        ds_stun_client_fn fn, void *arg) DS_MUST_CHECK;

/** Close the connection and free; no call follows. NULL is fine. */
void ds_stun_client_free(struct ds_stun_client *client);

#endif
