/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_FEED_H
#define DS_APP_VIEW_FEED_H

#include <stdbool.h>

#include "app/view/decoder.h"
#include "net/peer/peer.h"

/*
 * Joins a decoder with the one channel that its picture comes by: the one that the helpee opens
 * where both sides agreed on that, else one of our own. Net thread.
 */
struct ds_feed {
    struct event_base *base; /* borrowed */
    int fd;                  /* the decoder's stream until it is joined; then -1 */
    bool is_awaited;         /* the channel that the helpee opens */
    struct ds_splice *splice;
    void (*on_end)(void *arg, int reason);
    void *arg;
};

/**
 * Begin with `fd`, a decoder's stream (taken; -1: there is none). `base` and `arg` are borrowed.
 * `on_end` (may be NULL) is told why the joined channel ended, as ds_splice_fn has it; the decoder
 * hears the end by itself.
 */
void ds_feed_init(struct ds_feed *feed, struct event_base *base, int fd,
        void (*on_end)(void *arg, int reason), void *arg);

/**
 * The session stands on `peer`: let `decoder` begin, which asks the feed how much it was given as
 * long as it decodes, and open a channel where none is to come.
 * Returns 0; DS_ERR_STATE where there is no stream; or what ds_peer_open() and ds_splice_new() say.
 */
int ds_feed_begin(
        struct ds_feed *feed, struct ds_decoder *decoder, struct ds_peer *peer) DS_MUST_CHECK;

/**
 * Begin once more, on the channel of our own that any viewer gets: the helpee opens its channel
 * only once. `fd` and `decoder` are new, the old ones' stream is closed here. Returns as
 * ds_feed_begin().
 */
int ds_feed_begin_again(struct ds_feed *feed, int fd, struct ds_decoder *decoder,
        struct ds_peer *peer) DS_MUST_CHECK;

/** Take a channel that the helpee opened, if it is the awaited one; else return false. */
bool ds_feed_open(struct ds_feed *feed, struct ds_channel *channel, enum ds_channel_kind kind);

/** End the channel, close the stream. Before the peer is freed. */
void ds_feed_finish(struct ds_feed *feed);

#endif
