/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/backlog.h"

#include <stddef.h>

#include <glib.h>

const struct ds_filter_message *
ds_backlog_first(const struct ds_backlog *backlog)
{
    return backlog->count > 0 ? &backlog->messages[backlog->first] : NULL;
}

/* Where the n-th newest is. */
static unsigned
place(const struct ds_backlog *backlog, unsigned n)
{
    return (backlog->first + backlog->count - 1 - n) % DS_BACKLOG_MAX;
}

bool
ds_backlog_has_room(const struct ds_backlog *backlog)
{
    if (backlog->count == 0 || backlog->count == DS_BACKLOG_MAX)
        return backlog->count == 0;
    enum ds_filter_kind kind = backlog->messages[place(backlog, 0)].kind;
    return kind == DS_FILTER_KEY || kind == DS_FILTER_POINTER;
}

/* Is the n-th newest the pointer, with the same buttons? */
static bool
is_alike(const struct ds_backlog *backlog, unsigned n, const struct ds_filter_message *message)
{
    const struct ds_filter_message *other = &backlog->messages[place(backlog, n)];
    return n < backlog->count && message->kind == DS_FILTER_POINTER &&
           other->kind == DS_FILTER_POINTER && other->buttons == message->buttons;
}

void
ds_backlog_put(struct ds_backlog *backlog, const struct ds_filter_message *message)
{
    g_assert(backlog->count < DS_BACKLOG_MAX);
    bool is_newer_move = is_alike(backlog, 0, message) && is_alike(backlog, 1, message);
    if (!is_newer_move)
        backlog->count++;
    backlog->messages[place(backlog, 0)] = *message;
}

void
ds_backlog_drop(struct ds_backlog *backlog)
{
    g_assert(backlog->count > 0);
    backlog->first = (backlog->first + 1) % DS_BACKLOG_MAX;
    backlog->count--;
}
