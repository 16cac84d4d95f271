/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_MUX_CHANNEL_H
#define DS_NET_MUX_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "net/mux/frame.h"
#include "net/mux/mux.h"
#include "net/mux/schedule.h"

/* What the files of this folder share; nobody else includes it. */

enum ds_channel_state {
    DS_CHANNEL_LIVE,  /* its owner knows it */
    DS_CHANNEL_DYING, /* reset here: its RESET waits, frames that come are dropped */
    DS_CHANNEL_DEAD,  /* buried: freed when the outermost call into the mux returns */
};

/* Frames about the channel that wait to go out. */
enum {
    DS_PENDING_OPEN = 1 << 0,
    DS_PENDING_CREDIT = 1 << 1,
    DS_PENDING_RESET = 1 << 2,
};

struct ds_channel {
    struct ds_mux *mux;
    const struct ds_channel_handler *handler; /* borrowed, may be NULL */
    void *arg;
    uint32_t id;
    enum ds_channel_kind kind;
    enum ds_channel_state state;
    unsigned pending; /* DS_PENDING_... */
    uint8_t reset_reason;

    /* Outwards. The queue never holds more than the credit: what is queued can always go. */
    struct evbuffer *out;
    uint32_t out_credit;
    bool is_full;    /* there was no room: on_writable is due when there is */
    bool is_due;     /* its owner is about to be told of that, or of the end */
    bool eof_wanted; /* EOF follows the queue */
    bool eof_sent;
    bool is_block_told; /* BLOCKED went out, and no CREDIT came since */

    /* Inwards. in_credit + in_held + in_owed is the window, as long as no EOF came. */
    uint32_t in_credit; /* may still come */
    uint32_t in_held;   /* came, not yet consumed */
    uint32_t in_owed;   /* consumed, not yet given back by CREDIT */
    uint32_t in_window; /* DS_MUX_WINDOW, and what it grew by */
    uint32_t in_since;  /* came since it last grew, about DS_MUX_WINDOW_MAX at most */
    bool eof_in;

    struct ds_schedule_entry entry;
    TAILQ_ENTRY(ds_channel) link; /* in `channels` or `graves` */
};

struct ds_mux {
    const struct ds_mux_handler *handler;
    void *arg;
    struct ds_channel *control;
    struct ds_channel_queue channels; /* live and dying, control too */
    struct ds_channel_queue graves;
    uint32_t grown;         /* by so much all windows together are above DS_MUX_WINDOW each */
    unsigned channel_count; /* of `channels`, without control */
    uint32_t next_id;       /* that we open; of our parity */
    uint32_t highest_id;    /* that the other side opened; of its parity */
    struct ds_schedule schedule;
    bool is_awake; /* on_kick was called and pull has not emptied the mux since */
    bool is_dead;  /* ds_mux_free() was called from a callback */
    unsigned depth;

    bool is_reading;
    uint8_t header[DS_MUX_HEADER_BYTES];
    size_t header_len;
    struct ds_mux_frame frame; /* valid once header_len is complete */
    uint8_t small[DS_MUX_SMALL_MAX];
    uint32_t payload_len; /* of the frame, read so far */
    char error_text[128];
};

/** Enter the mux: nothing is freed until the last ds_mux_leave(). */
void ds_mux_enter(struct ds_mux *mux);

/** Leave the mux; the last one frees the dead channels, and the mux if it was freed meanwhile. */
void ds_mux_leave(struct ds_mux *mux);

/** Call on_kick if there is something to pull and it was not called for it yet. */
void ds_mux_wake(struct ds_mux *mux);

/** Return the channel, live or dying, or NULL. */
struct ds_channel *ds_mux_find(const struct ds_mux *mux, uint32_t id);

/** Make a live channel that is in the table and knows its first credits; NULL without memory. */
struct ds_channel *ds_channel_new(
        struct ds_mux *mux, uint32_t id, enum ds_channel_kind kind, uint32_t out_credit);

/** Take the channel from the table without a word; it is freed later. */
void ds_channel_bury(struct ds_channel *channel);

/** Bury a live channel and call its on_gone; a dying one, whose owner knows, is only buried. */
void ds_channel_end(struct ds_channel *channel, int reason);

/** Call on_writable, once for each time that there was no room. */
void ds_channel_tell_writable(struct ds_channel *channel);

/** Say whether both directions are over and all that came was consumed. */
bool ds_channel_is_over(const struct ds_channel *channel);

/* window.c */

/** Count `n` bytes as consumed and ask for CREDIT when enough of them are owed. */
void ds_channel_owe(struct ds_channel *channel, size_t n);

/**
 * Double the window, up to DS_MUX_WINDOW_MAX and DS_MUX_GROWTH_MAX of all channels: the other side
 * says that it is what stops it. Not before a whole window came, nor for an owner that holds much.
 */
void ds_channel_grow(struct ds_channel *channel);

/** Give back what the window of a channel that is buried grew by. */
void ds_channel_shrink(struct ds_channel *channel);

/** Say whether there is more to send, no credit is left, and the other side was not told. */
bool ds_channel_is_blocked(const struct ds_channel *channel);

#endif
