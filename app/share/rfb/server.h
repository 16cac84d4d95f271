/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_SERVER_H
#define DS_APP_SHARE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "app/share/move.h"
#include "net/base/err.h"

/*
 * The RFB server's encoders: everything that knows libvncserver. It reads and writes no network:
 * each client's "socket" is a file in memory, so that nothing in the library can ever block. What a
 * client said is given to it as whole, filtered messages (filter.h), and what it wants to say comes
 * back as bytes. One thread, the same for all calls of one server.
 */
struct ds_server;
struct ds_server_client;

/*
 * How an update is to be made. How large it may become follows from `bytes_per_s`: pictures that
 * move are sent with so much loss that the path carries them in about 40 ms, and what rests is sent
 * again, exactly: a third of the path is kept for that where a film could fill it. The rest is the
 * viewer's choice, by its list of encodings:
 *  - no quality level (-32 to -23, nor a fine one): nothing is ever sent with loss;
 *  - a quality level: the best that it wants to see of what moves. A path that is fast enough gets
 *    that, up to level 8 (JPEG 92, all colours but a film's in full size): more would cost four
 *    times the bytes, and what rests becomes exact in any case. So 8 or 9 let the path decide, and
 * a low one saves bytes;
 *  - another encoding than Tight first, or no cursor shapes (-239): it gets what the library makes
 *    of its first encoding, without loss and in one piece;
 *  - ZRLE beside Tight: its text comes in fewer bytes on a slow path.
 */
struct ds_server_wish {
    uint64_t now_us;
    uint64_t bytes_per_s; /* what the path carries; 0: not known, as if it were fast */
    /* Called about every millisecond of work, between two rectangles, with `arg`, from inside of
     * ds_server_client_update(): the server and its clients must not be touched. Returns false to
     * have the update end here: what was not sent stays pending. NULL: it is never interrupted. */
    bool (*go_on)(void *arg);
    void *arg;
    uint32_t limit_us; /* the path may take so long for it, 0: for as much as there is */
};

/* A cursor shape; see ds_server_set_cursor(). */
struct ds_server_cursor {
    unsigned width, height; /* pixels */
    unsigned hot_x, hot_y;  /* pixels, inside the shape */
    const uint32_t *pixels; /* 0xAARRGGBB, premultiplied */
};

/**
 * Make a server of a framebuffer of 0x00RRGGBB pixels (borrowed until it is replaced or freed).
 * `name` is the desktop's, copied. Returns NULL when memory is out.
 */
struct ds_server *ds_server_new(
        uint32_t *pixels, unsigned width, unsigned height, const char *name);

/** Free the server, whose clients must all be freed before; NULL is fine. */
void ds_server_free(struct ds_server *server);

/**
 * Take another framebuffer of another size (borrowed); the clients are told with their next update.
 */
void ds_server_resize(struct ds_server *server, uint32_t *pixels, unsigned width, unsigned height);

/** Say that these pixels changed; inside of the framebuffer. */
void ds_server_mark(struct ds_server *server, int x, int y, int width, int height);

/**
 * Say that pixels of the framebuffer have been moved, from inside of it. Clients that can are told
 * to do the same. What the move left behind is marked, if at all, after it.
 */
void ds_server_copy(struct ds_server *server, const struct ds_move *move);

/** Tell the framebuffer's size in pixels, as the clients know it or are about to. */
void ds_server_size(const struct ds_server *server, uint16_t *width, uint16_t *height);

/** Take the shape of the pointer (copied); NULL: there is none. */
void ds_server_set_cursor(struct ds_server *server, const struct ds_server_cursor *cursor);

/** Say where the pointer is, in pixels; `mover` (may be NULL) knows already, since it moved it. */
void ds_server_set_pointer(
        struct ds_server *server, int x, int y, const struct ds_server_client *mover);

/**
 * Begin to serve a client that said `version` (12 bytes); our own version line was sent to it
 * already. Returns NULL with errno set when descriptors or memory are out.
 */
struct ds_server_client *ds_server_client_new(struct ds_server *server, const uint8_t *version);

/** Free the client; NULL is fine. */
void ds_server_client_free(struct ds_server_client *client);

/**
 * Handle one whole message of the handshake, or a pixel format, or a list of encodings. What is to
 * be answered is appended to `output`. Returns 0; DS_ERR_PROTOCOL when the library gave the client
 * up; DS_ERR_SYSTEM with errno set.
 */
int ds_server_client_input(struct ds_server_client *client, const uint8_t *bytes, size_t len,
        GByteArray *output) DS_MUST_CHECK;

/**
 * Say that the client has lost these pixels (each number 0 to 65535), and wants them again. It gets
 * whole tiles, cut to the framebuffer.
 */
void ds_server_client_want(struct ds_server_client *client, int x, int y, int width, int height);

/** Say whether the client has something to be told at once: pixels, a size, a cursor. */
bool ds_server_client_is_pending(const struct ds_server_client *client);

/**
 * Tell when something that the client holds with loss will have rested for long enough to be sent
 * again, exactly, with ds_server_client_update(); UINT64_MAX when all that it holds is exact.
 */
uint64_t ds_server_client_next_us(const struct ds_server_client *client);

/**
 * Append to `output` one update (one FramebufferUpdate message, which is acknowledged once) with
 * what the client lacks, maybe none: first what is fresh, then, as far as that leaves room, what is
 * due to become exact. As ds_server_client_input(); DS_ERR_INVALID when the screen has another size
 * now, and the client did not say that it can follow.
 */
int ds_server_client_update(struct ds_server_client *client, const struct ds_server_wish *wish,
        GByteArray *output) DS_MUST_CHECK;

#endif
