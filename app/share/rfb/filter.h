/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_FILTER_H
#define DS_APP_SHARE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/base/limits.h"

/*
 * What a viewer may say (RFC 6143). Its bytes are a stranger's: they are cut into whole messages
 * here, and libvncserver never sees one that is not on the list, not whole, or not in its state.
 * Pure: no clock, no descriptor. Any one thread.
 */
enum ds_filter_kind {
    DS_FILTER_VERSION = 1,      /* 7.1.1: bytes are "RFB 003.008\n" */
    DS_FILTER_SECURITY = 2,     /* 7.1.2: one byte, "None" */
    DS_FILTER_INIT = 3,         /* 7.3.1: one byte */
    DS_FILTER_PIXEL_FORMAT = 4, /* 7.5.1: true colour, shifts and maxima that make sense */
    DS_FILTER_ENCODINGS = 5,    /* 7.5.2: only those that we serve */
    DS_FILTER_REQUEST = 6,      /* 7.5.3 */
    DS_FILTER_KEY = 7,          /* 7.5.4 */
    DS_FILTER_POINTER = 8,      /* 7.5.5 */
    DS_FILTER_CUT_TEXT = 9,     /* 7.5.6: nothing to be done */
};

/* One whole message. */
struct ds_filter_message {
    enum ds_filter_kind kind;
    const uint8_t *bytes; /* as libvncserver may see it; borrowed until the next call */
    size_t len;
    bool incremental;             /* REQUEST */
    uint16_t x, y, width, height; /* REQUEST: pixels, unchecked; POINTER: x and y, unchecked */
    uint8_t buttons;              /* POINTER: bit n is button n + 1 */
    bool down;                    /* KEY */
    uint32_t keysym;              /* KEY: X11's, unchecked */
    uint32_t text_bytes;          /* CUT_TEXT: that follow, and are dropped */
};

#define DS_FILTER_BYTES_MAX (4 + 4 * DS_SHARE_ENCODINGS_MAX)

struct ds_filter {
    int state;
    uint8_t bytes[DS_FILTER_BYTES_MAX]; /* the message that is coming */
    size_t len;
    uint32_t skip; /* bytes of a clipboard text that are still to be dropped */
    const char *error;
};

/** Begin before the viewer's first byte. */
void ds_filter_init(struct ds_filter *filter);

/**
 * Eat bytes of the `len` at `data` until a message is whole. Returns how many were eaten: then
 * `message->kind` is 0 when more are needed, and else that message is to be handled before the next
 * call. DS_ERR_PROTOCOL, for ever after, when the viewer says what it may not: see
 * ds_filter_error(). Of clipboard text only the head is told, since it has a channel of its own.
 */
int ds_filter_next(struct ds_filter *filter, const uint8_t *data, size_t len,
        struct ds_filter_message *message) DS_MUST_CHECK;

/** Say in one English sentence what the viewer did; NULL when nothing is wrong. Static. */
const char *ds_filter_error(const struct ds_filter *filter);

#endif
