/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_BACKLOG_H
#define DS_APP_SHARE_BACKLOG_H

#include <stdbool.h>

#include "app/share/rfb/filter.h"

/*
 * What a viewer said that waits to be handled, in its order: any one message, or what its hands did
 * behind a key that has no place yet. All zero is empty. Pure. Any one thread.
 */
enum { DS_BACKLOG_MAX = 128 };

struct ds_backlog {
    struct ds_filter_message messages[DS_BACKLOG_MAX]; /* a ring */
    unsigned first, count;
};

/** Return the oldest (borrowed until it is dropped), NULL where nothing waits. */
const struct ds_filter_message *ds_backlog_first(const struct ds_backlog *backlog);

/**
 * Say whether another one may be put: behind keys and the pointer alone, whose messages do not
 * borrow the filter's bytes.
 */
bool ds_backlog_has_room(const struct ds_backlog *backlog);

/** Put a message behind the others (copied), or a move in the place of one; there has to be room.
 */
void ds_backlog_put(struct ds_backlog *backlog, const struct ds_filter_message *message);

/** Drop the oldest; there has to be one. */
void ds_backlog_drop(struct ds_backlog *backlog);

#endif
