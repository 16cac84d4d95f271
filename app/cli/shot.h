/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_SHOT_H
#define DS_APP_CLI_SHOT_H

#include "app/cli/options.h"
#include "net/peer/peer.h"

/* connect --screenshot: decode the first full picture, save it. */
struct ds_shot;

/**
 * Called once: DS_REASON_STOPPED when the picture is saved, else why there is none and a sentence
 * about it (borrowed, may be "").
 */
typedef void (*ds_shot_fn)(void *arg, enum ds_reason reason, const char *text);

/** Read the password file, if any. Returns NULL with a GFileError. `options` is borrowed. */
struct ds_shot *ds_shot_new(
        const struct ds_cli_options *options, ds_shot_fn fn, void *arg, GError **error);

/** Start the decoder, before the session stands: it is there when the picture comes. Net thread. */
void ds_shot_prepare(struct ds_shot *shot, struct event_base *base);

/** The session stands on `peer` (borrowed): wait for the picture's channel, or open one. */
void ds_shot_begin(struct ds_shot *shot, struct ds_peer *peer);

/** Take a channel that the helpee just opened, if it is the picture's; else return false. */
bool ds_shot_open(struct ds_shot *shot, struct ds_channel *channel, enum ds_channel_kind kind);

/** Stop the decoder, wipe, free; NULL is fine. Before the peer is freed. */
void ds_shot_free(struct ds_shot *shot);

#endif
