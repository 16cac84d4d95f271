/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_OPENING_H
#define DS_APP_SHARE_OPENING_H

#include <stddef.h>
#include <stdint.h>

#include "net/peer/control.h"

/*
 * What a helper's viewer would say until it waits for its first picture (RFC 6143): on the channel
 * that the helpee opens, both sides know it beforehand, so it is said here (net/PROTOCOL.md, 7).
 * Pure. Any one thread.
 */

/* "RFB 003.008\n", the login "None", and that the desktop is shared. */
enum { DS_OPENING_HELLO_BYTES = 12 + 1 + 1 };

/* A pixel format, a list of encodings, a request. */
enum {
    DS_OPENING_ENCODINGS = 11,
    DS_OPENING_WISHES_MAX = 20 + (4 + 4 * DS_OPENING_ENCODINGS) + 10
};

/** Write the part of the handshake, up to where the server says its size. */
void ds_opening_hello(uint8_t out[static DS_OPENING_HELLO_BYTES]);

/**
 * Write what comes after it: our pixel format, the encodings for `picture` (not DS_PICTURE_NONE),
 * the best first, and a request for the whole desktop of `width` x `height` pixels. Returns the
 * length.
 */
size_t ds_opening_wishes(uint8_t out[static DS_OPENING_WISHES_MAX], enum ds_picture picture,
        uint16_t width, uint16_t height);

#endif
