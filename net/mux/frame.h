/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_MUX_FRAME_H
#define DS_NET_MUX_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/wire/writer.h"

/* The frames of the mux as bytes (net/PROTOCOL.md, 6): u8 type, u24 length, u32 channel, payload.
 */
enum ds_mux_type {
    DS_MUX_OPEN = 1,    /* u8 kind, u32 credit */
    DS_MUX_DATA = 2,    /* bytes */
    DS_MUX_CREDIT = 3,  /* u32 */
    DS_MUX_EOF = 4,     /* empty */
    DS_MUX_RESET = 5,   /* u8 reason */
    DS_MUX_BLOCKED = 6, /* empty */
};

enum {
    DS_MUX_HEADER_BYTES = 8,
    DS_MUX_SMALL_MAX = 5,                                      /* payload of all but DATA */
    DS_MUX_FRAME_MIN = DS_MUX_HEADER_BYTES + DS_MUX_SMALL_MAX, /* room that any of them fits in */
};

struct ds_mux_frame {
    uint8_t type;
    uint32_t len; /* of the payload, in bytes */
    uint32_t channel;
};

/** Read a header. Any 8 bytes make a frame; ds_mux_frame_is_sound() judges it. Any thread. */
void ds_mux_frame_read(
        struct ds_mux_frame *frame, const uint8_t header[static DS_MUX_HEADER_BYTES]);

/** Say whether the length is one that the type can have; unknown types have DATA's maximum. */
bool ds_mux_frame_is_sound(const struct ds_mux_frame *frame);

/** Say whether this version knows the type. The payload of others is skipped. */
bool ds_mux_frame_is_known(const struct ds_mux_frame *frame);

/** Name a type ("DATA") for error texts; static text. */
const char *ds_mux_frame_name(uint8_t type);

/** Append a header for `len` bytes of payload, at most DS_MUX_DATA_MAX. */
void ds_mux_frame_put_header(
        struct ds_writer *w, enum ds_mux_type type, uint32_t channel, size_t len);

/** Append OPEN: `kind` as on the wire, `credit` in bytes. */
void ds_mux_frame_put_open(struct ds_writer *w, uint32_t channel, uint8_t kind, uint32_t credit);

/** Append CREDIT of `credit` more bytes. */
void ds_mux_frame_put_credit(struct ds_writer *w, uint32_t channel, uint32_t credit);

/** Append RESET with an enum ds_reason. */
void ds_mux_frame_put_reset(struct ds_writer *w, uint32_t channel, uint8_t reason);

#endif
