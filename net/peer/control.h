/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_CONTROL_H
#define DS_NET_PEER_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/peer/name.h"
#include "net/punch/offer.h"

/* Messages on the control channel (net/PROTOCOL.md, 7). */
enum ds_control_type {
    DS_CONTROL_INTRO = 1,
    DS_CONTROL_GRANT = 2,
    DS_CONTROL_OFFER = 3, /* helpee: how it may be reached, for one generation of tries */
    DS_CONTROL_GO = 4,    /* helper: the same of itself, and that the tries begin */
    DS_CONTROL_AGAIN = 5, /* helper: a generation is over, another is wanted */
};

/* What a helper may do. */
enum ds_level { DS_LEVEL_NONE = 0, DS_LEVEL_VIEW = 1, DS_LEVEL_CONTROL = 2 };

/*
 * How the picture may come on the channel that the helpee opens with its first GRANT; each allows
 * those before it, and the smaller of what both sides say counts.
 */
enum ds_picture { DS_PICTURE_NONE = 0, DS_PICTURE_LOSSLESS = 1, DS_PICTURE_JPEG = 2 };

/* Whether a direct path is wanted. */
enum ds_direct { DS_DIRECT_AUTO, DS_DIRECT_NEVER, DS_DIRECT_ONLY };

struct ds_control_message {
    enum ds_control_type type;
    char name[DS_NAME_BYTES];    /* INTRO: cleaned by ds_name_clean(); may be "" */
    char program[DS_NAME_BYTES]; /* INTRO: cleaned likewise */
    enum ds_level level;         /* INTRO: what the helper wants; GRANT: what it gets */
    enum ds_picture picture;     /* INTRO: what this side can do */
    enum ds_direct direct;       /* INTRO: DS_DIRECT_NEVER where it does not say */
    struct ds_offer offer;       /* OFFER, GO; not vetted. AGAIN: its generation alone */
};

enum { DS_CONTROL_BYTES = 4 + 2 * (4 + DS_NAME_BYTES) + 3 * (4 + 1) };

/** Write one message; returns its length. `out` has room for every message that we write. */
int ds_control_write(const struct ds_control_message *message,
        uint8_t out[static DS_CONTROL_BYTES]) DS_MUST_CHECK;

/**
 * Read one message from the start of `len` bytes. Returns the bytes that it takes, 0 when more are
 * needed, DS_ERR_PROTOCOL or DS_ERR_TOO_BIG. A type that this version does not know is stepped over
 * with `message->type` 0.
 */
int ds_control_parse(
        struct ds_control_message *message, const uint8_t *data, size_t len) DS_MUST_CHECK;

#endif
