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
 * and fuzzed alone.
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
    /** Something can be pulled now that could not before. */
    void (*on_kick)(void *arg);
    /**
     * The other side opened `channel`. Set its handler and return true, or return false: it is
     * reset with DS_REASON_DECLINED.
     */
    bool (*on_open)(void *arg, struct ds_channel *channel, enum ds_channel_kind kind);
};

struct ds_channel_handler {
    /**
     * `len` bytes came (borrowed). They count against the credit until ds_channel_consumed(). May
     * reset the channel.
     */
    void (*on_data)(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len);
    /** There is room to write again, after a write that took less than it was given. */
    void (*on_writable)(void *arg, struct ds_channel *channel);
    /** The other side will send no more. */
    void (*on_eof)(void *arg, struct ds_channel *channel);
    /**
     * The channel is gone: reset by the other side, finished (EOF both ways: DS_REASON_NONE), or
     * the mux was freed. Called once; the channel is freed after it.
     */
    void (*on_gone)(void *arg, struct ds_channel *channel, int reason);
};

/** Make a mux with its control channel. `handler` and `arg` are borrowed. Net thread. */
int ds_mux_new(struct ds_mux **out, enum ds_role role, const struct ds_mux_handler *handler,
        void *arg) DS_MUST_CHECK;

/** Free the mux; every channel's on_gone is called. NULL is fine. */
void ds_mux_free(struct ds_mux *mux);

/** Eat the next bytes of the link. Returns 0, or DS_ERR_PROTOCOL: the session is over. */
int ds_mux_input(struct ds_mux *mux, const uint8_t *data, size_t len) DS_MUST_CHECK;

/** Describe the last protocol error, or "". */
const char *ds_mux_error_text(const struct ds_mux *mux);

/** Write up to `cap` (at least 64) bytes for the link into `buf`; whole frames, the most urgent. */
size_t ds_mux_pull(struct ds_mux *mux, uint8_t *buf, size_t cap);

/** Say whether nothing waits to be sent: no frame, no byte of any channel. */
bool ds_mux_is_idle(const struct ds_mux *mux);

/** Return the control channel, borrowed; its handler is to be set before the first input. */
struct ds_channel *ds_mux_control(struct ds_mux *mux);

/** Open a channel. It is usable at once. Borrowed until its on_gone. */
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

/** Say that `n` bytes which came are done with: the other side gets that much credit again. */
void ds_channel_consumed(struct ds_channel *channel, size_t n);

/** Send no more after what is queued. */
void ds_channel_eof(struct ds_channel *channel);

/** Give the channel up in both directions. No callback follows; the channel is freed. */
void ds_channel_reset(struct ds_channel *channel, enum ds_reason reason);

/** Return the channel's kind. */
enum ds_channel_kind ds_channel_kind(const struct ds_channel *channel);

#endif
