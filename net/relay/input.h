/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_INPUT_H
#define DS_NET_RELAY_INPUT_H

#include "net/relay/conn.h"

/**
 * Handle the whole records at the start of `len` bytes from the client of `conn`; what is left, the
 * start of one record, is moved to `data`. Returns how much that is. The connection may be ending
 * or dead afterwards. `data` may be all that a record takes, and then at least one is whole.
 */
size_t ds_relay_input_take(struct ds_relay_conn *conn, uint8_t *data, size_t len);

#endif
