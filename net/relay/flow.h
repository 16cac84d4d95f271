/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_FLOW_H
#define DS_NET_RELAY_FLOW_H

#include "net/relay/conn.h"

/*
 * When bytes go in and out of a connection: its socket's two events, back-pressure, and flushing
 * once per turn of the loop. Loop's thread.
 */

/** Watch the socket of `conn`, which is in a loop. Returns 0 or DS_ERR_NOMEM. */
int ds_relay_flow_start(struct ds_relay_conn *conn) DS_MUST_CHECK;

/** Watch it no more; what is queued stays so. */
void ds_relay_flow_stop(struct ds_relay_conn *conn);

/** Something was queued, or the connection began to end: look at it before the loop sleeps. */
void ds_relay_flow_mark(struct ds_relay_conn *conn);

/**
 * The connection cannot take what it must: drop it before the loop sleeps. Not at once, for who
 * sends something may be walking through what the drop would free.
 */
void ds_relay_flow_doom(struct ds_relay_conn *conn);

/** Stop reading, or go on. A second call with the same value does nothing. */
void ds_relay_flow_pause(struct ds_relay_conn *conn, bool is_paused);

#endif
