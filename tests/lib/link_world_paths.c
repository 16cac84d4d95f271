/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pairs of paths, and the ends of them that have no link. */
#include <string.h>

#include "tests/lib/link_world_state.h"

void
world_free_packet(gpointer data)
{
    struct world_packet *packet = data;
    g_bytes_unref(packet->bytes);
    g_free(packet);
}

void
world_bury_path(gpointer data)
{
    struct ds_path *path = data;
    g_queue_clear_full(&path->coming, world_free_packet);
    g_byte_array_unref(path->raw_in);
    g_byte_array_unref(path->raw_out);
    g_free(path);
}

/* An end without a link keeps what comes and sends what the test wrote. */

static void
raw_on_data(void *arg, struct ds_path *path, const uint8_t *data, size_t len)
{
    g_byte_array_append(path->raw_in, data, (guint)len);
}

static size_t
raw_pull(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    size_t n = MIN(cap, path->raw_out->len);
    if (n == 0)
        return 0;
    memcpy(buf, path->raw_out->data, n);
    g_byte_array_remove_range(path->raw_out, 0, (guint)n);
    return n;
}

static void
raw_on_lost(void *arg, struct ds_path *path, int err)
{
}

static const struct ds_path_handler raw_handler = {
        .on_data = raw_on_data, .pull = raw_pull, .on_lost = raw_on_lost};

void
world_write(struct ds_path *path, const void *data, size_t len)
{
    g_byte_array_append(path->raw_out, data, (guint)len);
    ds_path_kick(path);
}

GByteArray *
world_read(struct ds_path *path)
{
    return path->raw_in;
}

static struct ds_path *
make_end(unsigned side, const struct world_way *way)
{
    struct ds_path *path = g_new0(struct ds_path, 1);
    path->side = side;
    path->way = *way;
    path->raw_in = g_byte_array_new();
    path->raw_out = g_byte_array_new();
    path->handler = &raw_handler;
    g_queue_init(&path->coming);
    g_ptr_array_add(world.paths, path);
    return path;
}

struct ds_path *
world_connect(const struct world_way *way)
{
    struct ds_path *ends[WORLD_SIDES];
    for (unsigned i = 0; i < WORLD_SIDES; i++)
        ends[i] = make_end(i, way);
    for (unsigned i = 0; i < WORLD_SIDES; i++)
        ends[i]->other = ends[1 - i];
    for (unsigned i = 0; i < WORLD_SIDES; i++)
        if (world.sides[i].link != NULL)
            world.sides[i].add_err = ds_link_add_path(world.sides[i].link, ends[i]);
    return ends[0];
}

struct ds_path *
world_any_path(void)
{
    guint first = world_random(world.paths->len);
    for (guint i = 0; i < world.paths->len; i++) {
        struct ds_path *path = world.paths->pdata[(first + i) % world.paths->len];
        if (path->side == 0 && path->other != NULL && !path->is_lost)
            return path;
    }
    return NULL;
}

struct ds_path *
world_other(struct ds_path *path)
{
    return path->other;
}

void
world_set_way(struct ds_path *path, const struct world_way *way)
{
    path->way = *way;
}

void
world_stall(struct ds_path *path, gboolean is_stalled)
{
    path->is_stalled = is_stalled;
    if (path->other != NULL)
        path->other->is_stalled = is_stalled;
}

void
world_deafen(struct ds_path *path, gboolean is_deaf)
{
    path->is_deaf = is_deaf;
}

/* Keep the first `keep` of the bytes that are under way to this end. */
static void
cut_end(struct ds_path *path, size_t keep)
{
    for (guint i = 0; i < path->coming.length; i++) {
        struct world_packet *packet = g_queue_peek_nth(&path->coming, i);
        size_t size = g_bytes_get_size(packet->bytes), n = MIN(size, keep);
        GBytes *part = g_bytes_new_from_bytes(packet->bytes, 0, n);
        g_bytes_unref(packet->bytes);
        packet->bytes = part;
        keep -= n;
    }
    path->is_cut = TRUE;
    path->cut_us = world.now_us;
    path->is_stalled = path->is_deaf = FALSE;
    path->other = NULL;
}

static size_t
coming_bytes(const struct ds_path *path)
{
    size_t sum = 0;
    for (GList *l = path->coming.head; l != NULL; l = l->next)
        sum += g_bytes_get_size(((struct world_packet *)l->data)->bytes);
    return sum;
}

void
world_cut(struct ds_path *path)
{
    struct ds_path *other = path->other;
    cut_end(path, world_random((guint32)coming_bytes(path) + 1));
    if (other != NULL)
        cut_end(other, world_random((guint32)coming_bytes(other) + 1));
}

void
world_stop(unsigned side, gboolean is_stopped)
{
    world.is_stopped[side] = is_stopped;
}
