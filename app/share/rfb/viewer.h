/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_VIEWER_H
#define DS_APP_SHARE_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#include "app/share/rfb/allowance.h"
#include "app/share/rfb/backlog.h"
#include "app/share/rfb/filter.h"
#include "app/share/rfb/pacer.h"
#include "app/share/rfb/server.h"
#include "net/peer/control.h"

/*
 * One viewer: its RFB stream, and when it is sent what. The server drives the updates (pacer.h)
 * once a viewer has shown that it goes on asking; until then it gets what it asks for, as RFC 6143
 * has it. Screen thread.
 */
struct ds_viewer {
    int fd;
    const char *error; /* what it did wrong, in one sentence (static) */
    bool is_gone;
    struct ds_server *server;        /* borrowed */
    struct ds_server_client *client; /* NULL until it said its version */
    struct ds_filter filter;
    struct ds_allowance allowance;
    struct ds_pacer pacer;
    GByteArray *unheard;       /* what was read and not looked at yet */
    struct ds_backlog waiting; /* what stands in front of that */
    uint64_t again_us;         /* when its first is to be handled once more; 0: it was not yet */
    uint64_t rested_us;        /* since when that is a key without a place; 0: it is not */
    GByteArray *output;        /* what the socket has not taken yet */
    guint output_at;
    bool is_urgent;      /* it asked for pixels anew, and waits for them as they are now */
    uint64_t heard_us;   /* when it said something last */
    uint64_t touched_us; /* when a key or the pointer of its did something last, 0: never */
    uint64_t pressed_us; /* when a key or button did, 0: never */
    uint64_t shown_us;   /* when it was sent an update last, 0: never */
    uint8_t buttons;     /* that it holds, as it said last */
    uint64_t greeted_us; /* when the handshake's last answer went out, 0: it was answered */
};

/** What a viewer does with the keyboard and the pointer. */
struct ds_viewer_input {
    /* Returns 0, or when to come again with it: it is not done, and what comes behind it waits. */
    uint64_t (*on_key)(void *arg, struct ds_viewer *viewer, uint32_t keysym, bool down);
    void (*on_pointer)(void *arg, struct ds_viewer *viewer, uint8_t buttons, int x, int y);
    void *arg;
};

/**
 * Begin to serve the viewer at `fd` (taken; a non-blocking stream socket) and greet it. With a
 * `picture` that both sides agreed on, its part of RFB's opening is played here (opening.h): it is
 * told u16 width and height, and what follows is the first update.
 */
struct ds_viewer *ds_viewer_new(struct ds_server *server, int fd, enum ds_picture picture,
        uint64_t now_us, const struct ds_viewer_input *input);

/** Close the socket, free; NULL is fine. */
void ds_viewer_free(struct ds_viewer *viewer);

/**
 * Tell when a message of its that waits, for its allowance or as on_key() said, may be handled; 0
 * when none waits.
 */
uint64_t ds_viewer_rests_until_us(const struct ds_viewer *viewer);

/**
 * Say whether its socket is to be read; if not, that can only say that the viewer has gone. Behind
 * a key without a place it is: what was decoded is acknowledged, so that the picture goes on, and
 * what the hands do waits, as much as there is room for.
 */
bool ds_viewer_is_heard(const struct ds_viewer *viewer);

/** Read what came, and handle it. Sets `is_gone` at the end, and `error` where that is no clean
 * one. */
void ds_viewer_read(struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input);

/**
 * Read what came while an update of any viewer is being encoded: keys, the pointer and
 * acknowledgements are handled. The first message that is none of these waits, with what comes
 * behind it, for ds_viewer_catch_up().
 */
void ds_viewer_read_input(
        struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input);

/** Handle what waited for the end of an update, or until now. */
void ds_viewer_catch_up(
        struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input);

/** Write what waits, as much as the socket takes. */
void ds_viewer_write(struct ds_viewer *viewer);

/** Say whether bytes wait for the socket. */
bool ds_viewer_has_output(const struct ds_viewer *viewer);

/**
 * Say whether it may be sent an update now. If not, `*next_us` is when to ask again, UINT64_MAX:
 * when something has happened.
 */
bool ds_viewer_is_ready(const struct ds_viewer *viewer, uint64_t now_us, uint64_t *next_us);

/** Say whether there is anything to be sent to it. */
bool ds_viewer_is_pending(const struct ds_viewer *viewer);

/** Tell when something that it holds with loss is due to be sent exactly; UINT64_MAX: nothing. */
uint64_t ds_viewer_refine_us(const struct ds_viewer *viewer);

/**
 * Send an update with all that it lacks, if there is anything, as `wish` has it but for the rate
 * and the limit, which the viewer knows.
 */
void ds_viewer_update(struct ds_viewer *viewer, const struct ds_server_wish *wish);

#endif
