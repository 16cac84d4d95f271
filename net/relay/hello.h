/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_HELLO_H
#define DS_NET_RELAY_HELLO_H

#include "net/relay/conn.h"

/** Choose a version and answer WELCOME, or REFUSED where there is none, or no room. */
int ds_relay_on_hello(struct ds_relay_conn *conn, const struct ds_record *record);

#endif
