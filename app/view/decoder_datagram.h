/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DECODER_DATAGRAM_H
#define DS_APP_VIEW_DECODER_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "app/view/decoder_wire.h"

/*
 * What the program tells the decoder child: short messages, one a datagram, of which one brings a
 * descriptor. What the child tells has none, and up to DS_DECODER_MESSAGE_MAX bytes.
 */

enum { DS_DECODER_DATAGRAM_MAX = 64 };

/**
 * Send `m` on the socket, with a descriptor where `fd` is one (borrowed). Returns whether it went
 * or the other end is gone, which is told elsewhere: false where there is no room for it now, or
 * `m` is too long. Never waits; of a password nothing stays in memory. Any thread.
 */
bool ds_decoder_datagram_send(int socket, const struct ds_decoder_message *m, int fd) DS_MUST_CHECK;

/**
 * Read the next message into `m`, whose bytes lie in `datagram`, and its descriptor into `*fd`
 * (owned; -1: it has none), unless that is NULL. `flags` are recvmsg()'s. Returns 0, DS_ERR_AGAIN
 * where there is none and it is not to wait, DS_ERR_CLOSED at the end, or DS_ERR_PROTOCOL. Any
 * thread.
 */
int ds_decoder_datagram_receive(struct ds_decoder_message *m, int socket,
        uint8_t datagram[static DS_DECODER_DATAGRAM_MAX], int *fd, int flags) DS_MUST_CHECK;

#endif
