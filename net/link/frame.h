/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_LINK_FRAME_H
#define DS_NET_LINK_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/base/limits.h"
#include "net/wire/writer.h"

/* The link's frames on a path: u8 type, u24 length, payload (net/PROTOCOL.md, 5). */
enum ds_frame_type {
    DS_FRAME_HELLO = 1,
    DS_FRAME_DATA = 2,
    DS_FRAME_ACK = 3,
    DS_FRAME_PING = 4,
    DS_FRAME_PONG = 5,
    DS_FRAME_NOMINATE = 6,
    DS_FRAME_CLOSE = 7,
    DS_FRAME_CLOSE_ACK = 8,
    DS_FRAME_TYPES, /* types from here on are unknown and skipped */
};

enum {
    DS_FRAME_HEADER = 4,
    DS_FRAME_NUMBER_BYTES = DS_FRAME_HEADER + 8,      /* one with a number; DATA before its bytes */
    DS_FRAME_CONTROL_MAX = DS_FRAME_NUMBER_BYTES + 1, /* the longest frame but HELLO and DATA */
    DS_FRAME_DATA_MAX = DS_LINK_FRAME_MAX - 8,        /* stream bytes in one DATA */
};

struct ds_frame {
    uint8_t type;
    uint8_t reason;      /* CLOSE */
    uint64_t value;      /* offset of HELLO, DATA, ACK and CLOSE; number of PING, PONG, NOMINATE */
    const uint8_t *data; /* DATA: its bytes, borrowed until the next call on the reader */
    size_t len;          /* DATA: how many; where the frame is refused: its length */
};

/* Puts the frames of one path together that come in pieces. All zero is a new reader. */
struct ds_frame_reader {
    size_t len; /* kept in `buf`: the start of one frame */
    uint8_t buf[DS_FRAME_HEADER + DS_LINK_FRAME_MAX];
};

/**
 * Take the next frame from the `*len` bytes at `*data`, and step over what was used. Returns 1 with
 * `*frame` set, 0 when all bytes were used and no frame is whole, DS_ERR_PROTOCOL when the length
 * does not fit the type: it is judged before a byte of the payload is kept. After an error the
 * reader is of no more use. Any thread.
 */
int ds_frame_next(struct ds_frame_reader *reader, const uint8_t **data, size_t *len,
        struct ds_frame *frame) DS_MUST_CHECK;

/** Append HELLO, DS_LINK_HELLO_BYTES in all, with the next offset that is expected. */
void ds_frame_put_hello(struct ds_writer *w, uint64_t offset);

/** Append the head of a DATA frame whose `len` bytes of the stream from `offset` on follow. */
void ds_frame_put_data_head(struct ds_writer *w, uint64_t offset, size_t len);

/** Append a frame whose payload is one number: ACK, PING, PONG or NOMINATE. */
void ds_frame_put_number(struct ds_writer *w, enum ds_frame_type type, uint64_t value);

/** Append CLOSE with the final offset of this side and an enum ds_reason. */
void ds_frame_put_close(struct ds_writer *w, uint64_t final, uint8_t reason);

/** Append CLOSE_ACK. */
void ds_frame_put_close_ack(struct ds_writer *w);

#endif
