/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_STATE_H
#define DS_NET_RELAY_STATE_H

#include <event2/event_struct.h>

#include "net/base/log.h"
#include "net/relay/conn.h"
#include "net/relay/listener.h"
#include "net/relay/nameplate.h"
#include "net/relay/rate.h"
#include "net/relay/relay.h"
#include "net/relay/stun.h"
#include "net/relay/table.h"

/* All that a relay knows; for the files of this folder alone. */
struct ds_relay {
    struct ds_relay_config config;
    struct ds_relay_loop loop;
    struct ds_relay_listener *listener; /* owned; NULL when not listening */
    struct ds_relay_stun *stun;         /* owned */
    SSL_CTX *ctx;                       /* a reference */
    struct ds_relay_conns conns;        /* owned */
    size_t conn_count, conn_peak;       /* the peak is since memory was given back last */
    struct ds_relay_table subscribers;  /* struct ds_relay_subscriber by key */
    struct ds_nameplates nameplates;
    struct ds_relay_table meetings;   /* struct ds_relay_meeting by id */
    struct ds_relay_table cookies;    /* struct ds_relay_side by cookie */
    struct ds_log_limit refusals;     /* lines about clients that were sent away */
    struct ds_relay_rate own_dials;   /* to the ports that clients speak from */
    struct ds_relay_rate other_dials; /* to all others of theirs */
    size_t dialback_count;            /* under way */
    struct ds_log_limit dials;        /* lines about them */
    struct event stop_timer;
    void (*on_stopped)(void *arg); /* not NULL: stopping */
    void *on_stopped_arg;
};

/** Say whether the client at `addr` may be a helpee here. */
bool ds_relay_takes_helpee(const struct ds_relay *relay, const struct ds_addr *addr);

/** Count one connection more. */
void ds_relay_connection_new(struct ds_relay *relay);

/** One connection less: a relay that is stopping looks whether that was the last. */
void ds_relay_connection_gone(struct ds_relay *relay);

#endif
