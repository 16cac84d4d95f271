/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two sides: what they send, what they were told. */
#include <string.h>

#include "net/base/limits.h"
#include "tests/lib/link_world_state.h"

/*
 * The sides. A stream repeats a random text whose length is a prime, so that every byte that comes
 * can be checked: one that is missing, or comes twice, moves all that follow.
 */
enum { TEXT_BYTES = 65521 };

const uint8_t *
world_stream(unsigned side, uint64_t offset)
{
    static uint8_t text[WORLD_SIDES][TEXT_BYTES + DS_PATH_RECORD_MAX];
    static gboolean is_made;
    if (!is_made) {
        for (unsigned s = 0; s < WORLD_SIDES; s++)
            for (size_t i = 0; i < sizeof text[s]; i++)
                text[s][i] =
                        (uint8_t)(((i % TEXT_BYTES + 1) * (s + 1) * 0x9e3779b97f4a7c15u) >> 56);
        is_made = TRUE;
    }
    return text[side] + offset % TEXT_BYTES;
}

static void
tell(struct world_side *side, const char *name)
{
    if (side->on_event != NULL)
        side->on_event(side, name);
}

static void
on_data(void *arg, const uint8_t *data, size_t len)
{
    struct world_side *side = arg;
    unsigned from = side == &world.sides[0];
    g_assert_cmpuint(len, >, 0);
    if (!side->is_unchecked)
        g_assert_cmpmem(data, len, world_stream(from, side->received), len);
    side->received += len;
    if (side->received_us != 0)
        side->gap_us = MAX(side->gap_us, world.now_us - side->received_us);
    side->received_us = world.now_us;
    tell(side, "data");
}

static size_t
on_pull(void *arg, uint8_t *buf, size_t cap)
{
    struct world_side *side = arg;
    uint64_t n = MIN(side->to_send - side->handed_out, cap);
    g_assert_cmpuint(cap, >=, DS_LINK_PULL_MIN);
    memcpy(buf, world_stream(side == &world.sides[1], side->handed_out), n);
    side->handed_out += n;
    tell(side, "pull");
    return n;
}

static void
on_path(void *arg, struct ds_path *path)
{
    struct world_side *side = arg;
    side->on_paths++;
    side->path = path;
    tell(side, "path");
}

static void
on_path_lost(void *arg, struct ds_path *path, int err, const char *text)
{
    struct world_side *side = arg;
    g_assert_false(path->is_freed);
    g_assert_nonnull(text);
    side->lost_paths++;
    side->lost_err = err;
    tell(side, "lost");
}

static void
on_closed(void *arg, int reason, bool by_peer, const char *text)
{
    struct world_side *side = arg;
    side->closed++;
    side->reason = reason;
    side->by_peer = by_peer;
    g_free(side->text);
    side->text = g_strdup(text);
    tell(side, "closed");
}

static const struct ds_link_handler side_handler = {
        .on_data = on_data,
        .pull = on_pull,
        .on_path = on_path,
        .on_path_lost = on_path_lost,
        .on_closed = on_closed,
};

struct world_side *
world_side(unsigned side)
{
    return &world.sides[side];
}

void
world_make_link(unsigned side)
{
    world.timer_side = side;
    g_assert_cmpint(
            ds_link_new(&world.sides[side].link, NULL, side == 0 ? DS_ROLE_HELPEE : DS_ROLE_HELPER,
                    &side_handler, &world.sides[side]),
            ==, 0);
}

void
world_free_link(unsigned side)
{
    ds_link_free(world.sides[side].link);
    world.sides[side].link = NULL;
}

gboolean
world_is_delivered(void)
{
    return world.sides[0].received == world.sides[1].to_send &&
           world.sides[1].received == world.sides[0].to_send;
}

gboolean
world_is_closed(void)
{
    return world.sides[0].closed > 0 && world.sides[1].closed > 0;
}

struct ds_link_stats
world_stats(unsigned side)
{
    struct ds_link_stats stats;
    ds_link_get_stats(world.sides[side].link, &stats);
    return stats;
}
