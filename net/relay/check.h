/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_CHECK_H
#define DS_NET_RELAY_CHECK_H

#include "net/relay/conn.h"

/*
 * Clients who want to know how their network looks from outside: the relay dials the address that
 * their connection comes from, and none else (net/PROTOCOL.md, 1, "Dialling back"). The handlers
 * are those of struct ds_relay_state_rules.
 */

/** Begin: answer CHECKED. */
int ds_relay_on_check(struct ds_relay_conn *conn, const struct ds_record *record);

/** Dial once, or say that this is not offered; DIALLED follows. */
int ds_relay_on_dial(struct ds_relay_conn *conn, const struct ds_record *record);

/** The client is gone: give up what is under way. */
void ds_relay_on_checking_gone(struct ds_relay_conn *conn, enum ds_reason reason);

#endif
