/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_MEET_H
#define DS_NET_RELAY_MEET_H

#include "net/relay/conn.h"

/*
 * Meeting again without a code: two who share a session's rendezvous id, one of each role. The
 * handlers are those of struct ds_relay_state_rules.
 */

/** Close the connection that the cookie names; then pair with the other role, or wait for it. */
int ds_relay_on_meet(struct ds_relay_conn *conn, const struct ds_record *record);

/** Who waited is gone. */
void ds_relay_on_meeting_gone(struct ds_relay_conn *conn, enum ds_reason reason);

/** Take the connection out of its meeting, if it has one. */
void ds_relay_meet_leave(struct ds_relay_conn *conn);

#endif
