/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_DECODER_RUN_H
#define DS_TESTS_INTEGRATION_DECODER_RUN_H

#include <glib.h>

#include "app/view/decoder.h"

/* One decoder, what the test sends it as its server, and what it has told so far. */
struct run {
    struct event_base *base;
    struct ds_decoder *decoder;
    int fd;         /* the server's end of the RFB stream, -1 once closed */
    uint64_t given; /* bytes that it was sent */
    unsigned width, height;
    unsigned readies, resizes, updates, rects, frames, cursors, answers, errors;
    struct ds_decoded decoded; /* the last answer */
    enum ds_decoder_failure failure;
    struct ds_cursor cursor; /* the last one; its pixels are in cursor_pixels */
    uint32_t cursor_pixels[16];
    bool is_stopped;
    bool is_reading;         /* what was told: the test says itself when it is shown */
    const unsigned *free_at; /* the counter at whose first step the decoder is freed */
    unsigned fds_before;
};

/** Start a decoder that waits for run_begin(). */
void run_start_idle(struct run *run, const struct ds_decoder_config *config);

/** Let it begin. */
void run_begin(struct run *run, bool opened);

/** Start a decoder; `password` may be NULL, `silence_ms` 0. */
void run_start_with(struct run *run, const char *password, bool lossless, unsigned silence_ms);

/** Start a decoder without password that asks for no JPEG. */
void run_start(struct run *run);

/** Start one whose stream begins behind RFB's opening. */
void run_start_opened(struct run *run);

/** Free all, and fail where a descriptor or a child process is left over. */
void run_finish(struct run *run);

/** Send bytes, freed here, as the server. */
void run_send(struct run *run, GByteArray *bytes);

/**
 * Send as much of the `len` bytes at `bytes` (0: none), said over and over, as the stream takes,
 * and read what the decoder says to its server; `*at` (0 at first) is where it stands. Then turn
 * the loop for a moment.
 */
void run_pump(struct run *run, const uint8_t *bytes, size_t len, size_t *at);

/** End the stream to the decoder, behind what was sent. */
void run_end_stream(struct run *run);

/** Turn the loop until `*counter` is at least `least`. */
void run_until(struct run *run, const unsigned *counter, unsigned least);

/** Turn the loop until there is an error, which has to be this one and the only one. */
void run_expect_error(struct run *run, enum ds_decoder_failure failure);

/** Have a decoder hear these bytes, freed here, and nothing more: it has to end with this error. */
void run_refused(GByteArray *bytes, enum ds_decoder_failure failure);

/** Stop the decoder and turn the loop until it says that it has. */
void run_stop(struct run *run);

/** Return the process id of the only child that this process has. */
pid_t run_child(void);

/** Return one pixel of the picture without its top byte. */
uint32_t run_pixel(const struct run *run, unsigned x, unsigned y);

/** Append numbers in big-endian. */
void put_u8(GByteArray *bytes, unsigned value);
void put_u16(GByteArray *bytes, unsigned value); /**< The same for 16 bits. */
void put_u32(GByteArray *bytes, uint32_t value); /**< The same for 32 bits. */

/** Append text without its NUL. */
void put_text(GByteArray *bytes, const char *text);

/** Return what a server without login says up to and with its ServerInit (RFC 6143, 7.1 to 7.3). */
GByteArray *rfb_greeting(unsigned width, unsigned height);

/** Append the head of an update of `count` rectangles. */
void put_update(GByteArray *bytes, unsigned count);

/** Append the head of a rectangle. */
void put_rect(GByteArray *bytes, unsigned x, unsigned y, unsigned width, unsigned height,
        int32_t encoding);

/** Append a raw rectangle whose pixels are `first`, `first` + 1 ... */
void put_raw(
        GByteArray *bytes, unsigned x, unsigned y, unsigned width, unsigned height, uint32_t first);

enum { RFB_RAW = 0, RFB_COPY = 1, RFB_NEW_SIZE = -223, RFB_CURSOR = -239 };

/** Append the shape of a pointer. */
void put_cursor(GByteArray *bytes, unsigned side, unsigned hot_x, unsigned hot_y);

/** Return all that a server without login says up to and with one full frame of 4 x 2 pixels. */
GByteArray *rfb_whole_session(void);

#endif
