/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_KNOCK_H
#define DS_NET_RELAY_KNOCK_H

#include <stdbool.h>

#include "net/relay/conn.h"

/*
 * From a nameplate to a pair: the helpee's side (WAIT, and ACCEPT, REJECT, SAY to one of several
 * helpers) and the helper's (KNOCK, SAY). The handlers are those of struct ds_relay_state_rules.
 */

/** Begin to wait: answer WAITING with a nameplate. */
int ds_relay_on_wait(struct ds_relay_conn *conn, const struct ds_record *record);

/** Pair the helpee with one knock and refuse the others. */
int ds_relay_on_accept(struct ds_relay_conn *conn, const struct ds_record *record);

/** Refuse one knock; after a wrong code, all. */
int ds_relay_on_reject(struct ds_relay_conn *conn, const struct ds_record *record);

/** Note why a helpee leaves: who knocks while the nameplate rests is told. */
int ds_relay_on_leave(struct ds_relay_conn *conn, const struct ds_record *record);

/** Carry a helpee's bytes to one helper. */
int ds_relay_on_helpee_say(struct ds_relay_conn *conn, const struct ds_record *record);

/** PIPE of a helpee who is not paired: skipped where its ACCEPT came too late. */
int ds_relay_on_overtaken_pipe(struct ds_relay_conn *conn, const struct ds_record *record);

/** Say whether the helpee has accepted a knock that was over already, so that PIPE may follow. */
bool ds_relay_waiting_has_overtaken(const struct ds_relay_conn *conn);

/** The helpee is gone: refuse all its knocks, free its nameplate. */
void ds_relay_on_waiting_gone(struct ds_relay_conn *conn, enum ds_reason reason);

/** Begin a knock, or refuse it. */
int ds_relay_on_knock(struct ds_relay_conn *conn, const struct ds_record *record);

/** Carry a helper's bytes to the helpee. */
int ds_relay_on_helper_say(struct ds_relay_conn *conn, const struct ds_record *record);

/** The helper is gone: tell the helpee. */
void ds_relay_on_knocking_gone(struct ds_relay_conn *conn, enum ds_reason reason);

/** The time for a knock is over: refuse the helper. */
void ds_relay_on_knocking_time(struct ds_relay_conn *conn);

#endif
