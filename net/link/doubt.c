/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A path on which nothing came for a while may be dead, and nobody knows: the first bytes that go
 * out then go on a second path too, so that a key that is pressed does not wait for the verdict.
 */
#include "net/base/clock.h"
#include "net/base/minmax.h"
#include "net/link/state.h"

static bool
is_silent(const struct link_path *p)
{
    return ds_clock_us() - p->heard_us >= ds_link_ms(DS_LINK_DOUBT_MS);
}

/* The answer to a copy may come on the other path, and then nothing is due on this one. */
static void
ask(struct link_path *p)
{
    if (p->ping == 0 && !p->wants_ping)
        ds_link_ping(p);
}

void
ds_link_doubt(struct ds_link *link)
{
    struct link_path *standby = is_silent(link->active) ? ds_link_standby(link) : NULL;
    if (standby == NULL)
        return;
    standby->wants_copy = true;
    ds_path_kick(standby->path);
    ask(link->active);
}

void
ds_link_doubted(struct link_path *p)
{
    struct link_path *active = p->link->active;
    if (p == active || active == NULL)
        return;
    if (is_silent(active))
        ask(active);
    ds_link_suspect_if_overdue(active);
}

void
ds_link_put_copy(struct link_path *p, struct ds_writer *w)
{
    struct ds_link *link = p->link;
    uint64_t from = MAX(link->replay.start, p->copied);
    uint64_t until = MIN(link->replay.end, link->replay.start + DS_LINK_DOUBT_BYTES);
    bool is_wanted = p->wants_copy && p != link->active && from < until;
    p->wants_copy = false;
    if (!is_wanted)
        return;
    /* What was copied before came before this on the same path: there is no gap. */
    p->copied = from + ds_link_put_kept(link, w, from, (size_t)(until - from));
}
