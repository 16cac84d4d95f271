/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_MUX_MUX_H
#define DS_NET_MUX_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/base/reason.h"
#include "net/wire/record.h"

/*
 * Channels on the link, with credits and priorities (net/PROTOCOL.md, 6). The mux knows no link: it
 * eats the bytes of one stream and is asked for the next bytes of the other, so that it is tested
 * and fuzzed alone. Net thread, all of it.
 *
 * Any callback may reset any channel, and free the mux. Memory: what waits to be sent is at most
 * DS_MUX_QUEUE_MAX a channel, what came is handed up at once and never kept here.
 */
struct ds_mux;
struct ds_channel;

enum ds_channel_kind {
    DS_CHANNEL_CONTROL = 0,
    DS_CHANNEL_TCP = 1,
    DS_CHANNEL_RFB = 2,
    DS_CHANNEL_INPUT = 3,
    DS_CHANNEL_FILES = 4,
};

struct ds_mux_handler {
    /**
     * Something can be pulled now that could not before. Called from within the call that brought
     * it; a flag or an event for the loop is the right answer.
     */
    void (*on_kick)(void *arg);
    /**
     * The other side opened `channel` (borrowed until its on_gone). Set its handler and return
     * true, or return false: it is reset with DS_REASON_DECLINED. Kinds that this version does not
     * know are declined without a call.
     */
    bool (*on_open)(void *arg, struct ds_channel *channel, enum ds_channel_kind kind);
};

struct ds_channel_handler {
    /**
     * `len` bytes came (borrowed). They count against the credit until ds_channel_consumed(). Never
     * hold more than half of DS_MUX_WINDOW while waiting for more: it might not come.
     */
    void (*on_data)(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len);
    /** There is room to write again, after there was none. */
    void (*on_writable)(void *arg, struct ds_channel *channel);
    /** The other side will send no more. */
    void (*on_eof)(void *arg, struct ds_channel *channel);
    /**
     * The channel is gone, called once; it is freed after the call. `reason`: the other side's when
     * it reset the channel; DS_REASON_NONE when it finished, which is EOF both ways, all pulled and
     * all consumed; DS_REASON_STOPPED when the mux was freed.
     */
    void (*on_gone)(void *arg, struct ds_channel *channel, int reason);
};

/** Make a mux with its control channel. `handler` and `arg` are borrowed. 0 or DS_ERR_NOMEM. */
int ds_mux_new(struct ds_mux **out, enum ds_role role, const struct ds_mux_handler *handler,
        void *arg) DS_MUST_CHECK;

/** Free the mux; every channel's on_gone is called, control's too. NULL is fine. */
void ds_mux_free(struct ds_mux *mux);

/**
 * Eat the next `len` bytes of the link, cut anywhere. Returns 0; DS_ERR_PROTOCOL (for ever after)
 * or DS_ERR_NOMEM: the session is over; DS_ERR_CLOSED when a callback freed the mux; DS_ERR_STATE
 * when called from a callback of itself.
 */
int ds_mux_input(struct ds_mux *mux, const uint8_t *data, size_t len) DS_MUST_CHECK;

/** Describe the last protocol error, or "". */
const char *ds_mux_error_text(const struct ds_mux *mux);

/**
 * Write up to `cap` (at least 64) bytes for the link into `buf`: whole frames, the most urgent.
 * Returns the count. Call it until 0 comes; after that on_kick says when to call again.
 */
size_t ds_mux_pull(struct ds_mux *mux, uint8_t *buf, size_t cap);

/** Say whether nothing waits to be sent: no frame, no byte of any channel. */
bool ds_mux_is_idle(const struct ds_mux *mux);

/**
 * Return the control channel, borrowed; its handler is to be set before the first input. It has no
 * end of its own, so no eof and no reset, and its bytes count as consumed when on_data returns.
 */
struct ds_channel *ds_mux_control(struct ds_mux *mux);

/**
 * Open a channel, usable at once. `handler` and `arg` are borrowed, so is `*out`, until its
 * on_gone. Returns 0; DS_ERR_TOO_BIG when DS_MUX_CHANNELS_MAX are open; DS_ERR_INVALID for control;
 * DS_ERR_CLOSED when the mux is being freed; DS_ERR_NOMEM.
 */
int ds_mux_open(struct ds_mux *mux, enum ds_channel_kind kind,
        const struct ds_channel_handler *handler, void *arg, struct ds_channel **out) DS_MUST_CHECK;

/** Say who is told of a channel's events; both borrowed. */
void ds_channel_set_handler(
        struct ds_channel *channel, const struct ds_channel_handler *handler, void *arg);

/**
 * Queue up to `len` bytes (copied). Returns how many were taken: what exceeds the credit and the
 * queue's bound is not; on_writable comes when there is room again. 0 after EOF.
 */
size_t ds_channel_write(struct ds_channel *channel, const void *data, size_t len);

/** Return how many bytes ds_channel_write() would take now. */
size_t ds_channel_room(const struct ds_channel *channel);

/**
 * Say that `n` bytes which came are done with (no more than came): the other side gets that much
 * credit again. on_gone comes later, never from within this call.
 */
void ds_channel_consumed(struct ds_channel *channel, size_t n);

/** Send no more after what is queued. on_gone comes later, never from within this call. */
void ds_channel_eof(struct ds_channel *channel);

/**
 * Give the channel up in both directions: what is queued is dropped, no callback follows, the
 * channel is freed. `reason` is told to the other side; DS_REASON_NONE is told as
 * DS_REASON_STOPPED.
 */
void ds_channel_reset(struct ds_channel *channel, enum ds_reason reason);

/** Return the channel's kind. */
enum ds_channel_kind ds_channel_kind(const struct ds_channel *channel);

#endif
