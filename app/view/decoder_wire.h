/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DECODER_WIRE_H
#define DS_APP_VIEW_DECODER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/view/decoder_failure.h"
#include "app/view/hand_queue.h"
#include "app/view/quality.h"
#include "net/base/err.h"
#include "net/base/limits.h"
#include "net/wire/writer.h"

/*
 * What the decoder child and its parent say to each other. One message is one datagram on a
 * SOCK_SEQPACKET socketpair: u8 type, then fixed fields in big-endian. Both ends are the same
 * build, so there are no versions; but the child eats a stranger's bytes, so its parent believes
 * nothing that ds_decoder_wire_parse() has not checked.
 */
enum ds_decoder_message_type {
    /* From the parent. */
    DS_DECODER_START = 1,    /* u8 quality, u8 opened; the first message, once */
    DS_DECODER_PASSWORD = 2, /* 0 to 8 bytes; the answer to ASK_PASSWORD, none = there is none */
    DS_DECODER_SURFACE = 3,  /* u16 width, u16 height; the answer to SIZE, with a memfd */
    /* Unasked, at any time after the first SURFACE. */
    DS_DECODER_KEY = 4,     /* u32 keysym, u8 pressed */
    DS_DECODER_POINTER = 5, /* u16 x, u16 y, u8 buttons */
    DS_DECODER_SHOWN = 6,   /* what UPDATE said has been read: the surface may be written again */
    DS_DECODER_QUALITY = 7, /* u8 quality */
    DS_DECODER_ASK_FIGURES = 8,
    /* From the child. */
    DS_DECODER_ASK_PASSWORD = 16,
    DS_DECODER_SIZE = 17,    /* u16 width, u16 height; the picture has this size from here on */
    DS_DECODER_UPDATE = 18,  /* u16 n, n times u16 x, y, width, height; these pixels are new, and
                                the surface stays as it is until SHOWN; then the next may come */
    DS_DECODER_FRAME = 19,   /* with the next UPDATE every pixel of this size has been written */
    DS_DECODER_CURSOR = 20,  /* u16 hot x, hot y, width, height; pixels: u32 ARGB, native order */
    DS_DECODER_FIGURES = 22, /* u64 updates, cpu_us, exact, photo, moved; answers ASK_FIGURES */
    DS_DECODER_FAILED = 21,  /* u8 enum ds_decoder_failure; the last message */
};

/* A rectangle of the picture in pixels, from the top left corner. */
struct ds_rect {
    uint16_t x, y, width, height;
};

/* What was decoded since the beginning. */
struct ds_decoded {
    uint64_t updates;             /* whole ones */
    uint64_t cpu_us;              /* that the process has used */
    uint64_t exact, photo, moved; /* pixels, by how they came: without loss, as JPEG, copied */
};

/* One message, unpacked. Which fields count depends on the type. */
struct ds_decoder_message {
    enum ds_decoder_message_type type;
    enum ds_quality quality;                    /* START, QUALITY */
    bool opened;                                /* START: behind RFB's opening */
    enum ds_decoder_failure failure;            /* FAILED */
    struct ds_decoded figures;                  /* FIGURES */
    struct ds_hand_event hand;                  /* KEY, POINTER: as is_key says */
    uint16_t width, height;                     /* SURFACE, SIZE, CURSOR */
    uint16_t hot_x, hot_y;                      /* CURSOR */
    size_t count;                               /* UPDATE: rectangles; PASSWORD: bytes */
    struct ds_rect rects[DS_DECODER_RECTS_MAX]; /* UPDATE */
    const uint8_t *bytes;                       /* PASSWORD, CURSOR: borrowed */
};

/* The longest message: a cursor of the largest size. */
#define DS_DECODER_MESSAGE_MAX (9 + 4 * DS_CURSOR_SIDE_MAX * DS_CURSOR_SIDE_MAX)

/** Say whether a picture of this size, in pixels, is within our limits and not empty. Any thread.
 */
bool ds_decoder_size_is_allowed(unsigned width, unsigned height);

/**
 * Unpack the datagram of `len` bytes at `data` (borrowed as long as `m->bytes` is used). Sizes are
 * within the limits, counts fit the bytes, and nothing is left over; where a rectangle lies is not
 * checked. Returns 0 or DS_ERR_PROTOCOL. Any thread.
 */
int ds_decoder_wire_parse(struct ds_decoder_message *m, const void *data, size_t len) DS_MUST_CHECK;

/**
 * Append `m` to `w`. A message whose counts are over their limits, or that does not fit, sets
 * w->failed. Any thread.
 */
void ds_decoder_wire_write(struct ds_writer *w, const struct ds_decoder_message *m);

#endif
