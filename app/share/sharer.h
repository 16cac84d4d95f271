/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_SHARER_H
#define DS_APP_SHARE_SHARER_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "app/share/display.h"
#include "net/peer/peer.h"

/*
 * Shares an X11 desktop: the handle on the engine, which does its work on a thread of its own (see
 * screen.h). All functions and callbacks are the thread's of the event loop.
 */
struct ds_sharer;
struct event_base;

/* What happens. Neither may free the sharer. */
struct ds_sharer_callbacks {
    /**
     * A viewer has gone: its stream ended (`text` NULL), or was ended since it said what it may
     * not, or could not be served: then `text` says so in one sentence, to be translated (static).
     */
    void (*on_viewer_gone)(void *arg, const char *text);
    /** It is over, the display is gone: one sentence, to be translated (static). The last. */
    void (*on_failed)(void *arg, const char *text);
};

/**
 * Share the display `name` (":1"; NULL: this session's own) on `base`; `base`, `callbacks` and
 * `arg` are borrowed. Nobody sees anything before ds_sharer_add_viewer(). The level is
 * DS_LEVEL_VIEW. Returns NULL with `error` set: a sentence for the person, of DS_SHARE_ERROR.
 */
struct ds_sharer *ds_sharer_new(struct event_base *base, const char *name,
        const struct ds_sharer_callbacks *callbacks, void *arg, GError **error);

/** Stop the thread, let go of all keys and buttons, end all viewers, free; NULL is fine. */
void ds_sharer_free(struct ds_sharer *sharer);

/**
 * Serve one more viewer; with a `picture` that both sides agreed on, its stream begins behind RFB's
 * opening (net/PROTOCOL.md, 7), with DS_PICTURE_NONE before it. Returns the other end of its RFB
 * stream: a non-blocking socket, owned by the caller, to be joined with the channel; closing it
 * ends the viewer. -1 with errno set when descriptors are out, or EUSERS when DS_SHARE_VIEWERS_MAX
 * are there.
 */
int ds_sharer_add_viewer(struct ds_sharer *sharer, enum ds_picture picture);

/**
 * Serve one more viewer, from RFB's opening on, at `fd`: a stream socket (taken, also on failure).
 * 0, or -1 as above.
 */
int ds_sharer_take_viewer(struct ds_sharer *sharer, int fd);

/**
 * Say what the viewers may do. Below DS_LEVEL_CONTROL no input of theirs reaches the desktop, and
 * the keys and buttons that they hold are released.
 */
void ds_sharer_set_level(struct ds_sharer *sharer, enum ds_level level);

/**
 * Say what carries the session now (borrowed), when the peer tells: the viewers of
 * ds_sharer_add_viewer() are paced anew. Without a path the keys and buttons that viewers hold are
 * released: nobody knows when another one will bring the releases.
 */
void ds_sharer_path(struct ds_sharer *sharer, const struct ds_peer_path *path);

/**
 * Drop the viewers' clicks and keys on windows of one X11 client, so that a helper cannot answer
 * our own questions: `base` and `mask` are its connection's resource ids (xcb_setup_t). Mask 0:
 * none.
 */
void ds_sharer_guard(struct ds_sharer *sharer, uint32_t base, uint32_t mask);

#endif
