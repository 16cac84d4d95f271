/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of the world, and the order of its events. */
#include <string.h>

#include "net/base/limits.h"
#include "tests/lib/link_world_state.h"

struct world_state world;

/* The events. Each kind says when its next is due, UINT64_MAX for never. */

static uint64_t
deliver_due_us(struct ds_path *path)
{
    struct world_packet *packet = g_queue_peek_head(&path->coming);
    return packet == NULL || path->is_stalled || path->is_deaf ? UINT64_MAX : packet->at_us;
}

static uint64_t
lost_due_us(struct ds_path *path)
{
    return path->is_cut && path->coming.length == 0 && !path->is_stalled && !path->is_deaf
                   ? path->cut_us
                   : UINT64_MAX;
}

static uint64_t
write_due_us(struct ds_path *path)
{
    if (!path->is_kicked || path->is_cut || path->is_stalled)
        return UINT64_MAX;
    return path->busy_until_us > path->way.queue_us ? path->busy_until_us - path->way.queue_us : 0;
}

static void
deliver(struct ds_path *path)
{
    struct world_packet *packet = g_queue_peek_head(&path->coming);
    gsize size, n;
    const uint8_t *data = g_bytes_get_data(packet->bytes, &size);
    n = size;
    if (path->way.in_pieces && size > 1)
        n = 1 + world_random(world_random(2) ? (guint32)size : MIN((guint32)size, 32));
    GBytes *part = g_bytes_new(data, n); /* its own memory: the sanitizer sees a read behind it */
    if (n == size) {
        world_free_packet(g_queue_pop_head(&path->coming));
    } else {
        GBytes *rest = g_bytes_new_from_bytes(packet->bytes, n, size - n);
        g_bytes_unref(packet->bytes);
        packet->bytes = rest;
    }
    if (n > 0)
        path->handler->on_data(path->arg, path, g_bytes_get_data(part, NULL), n);
    g_bytes_unref(part);
}

static void
lose(struct ds_path *path)
{
    path->is_lost = TRUE;
    path->handler->on_lost(path->arg, path, DS_ERR_CLOSED);
}

/* A record waits for all that stands before it: where a line is shared, the other paths' too. */
static void
occupy(struct ds_path *path, size_t n)
{
    unsigned line = path->way.line;
    uint64_t *until_us = line > 0 ? &world.lines_busy_us[line][path->side] : &path->busy_until_us;
    g_assert_cmpuint(line, <, WORLD_LINES);
    *until_us = MAX(*until_us, world.now_us);
    if (path->way.bps > 0)
        *until_us += n * 1000000 / path->way.bps;
    path->busy_until_us = *until_us;
}

static void
write_record(struct ds_path *path)
{
    uint8_t record[DS_PATH_RECORD_MAX];
    size_t n = path->handler->pull(path->arg, path, record, sizeof record);
    g_assert_cmpuint(n, <=, sizeof record);
    path->is_kicked = n > 0;
    if (n == 0)
        return;
    occupy(path, n);
    if (path->other == NULL)
        return;
    struct world_packet *packet = g_new0(struct world_packet, 1);
    packet->bytes = g_bytes_new(record, n);
    packet->at_us = path->busy_until_us + path->way.delay_us;
    g_queue_push_tail(&path->other->coming, packet);
}

static const struct {
    uint64_t (*due_us)(struct ds_path *path);
    void (*act)(struct ds_path *path);
} path_events[] = {{deliver_due_us, deliver}, {lost_due_us, lose}, {write_due_us, write_record}};

static void
fire(struct ds_link_timer *timer)
{
    uint64_t due_us = timer->at_us;
    timer->at_us = UINT64_MAX;
    timer->on_due(timer->arg, due_us);
}

static void
bury_freed(void)
{
    for (guint i = world.paths->len; i-- > 0;)
        if (((struct ds_path *)world.paths->pdata[i])->is_freed)
            g_ptr_array_remove_index(world.paths, i);
}

/* Do the event that is due first, if that is not after `until_us`; bytes come before timers. */
static gboolean
step(uint64_t until_us)
{
    uint64_t first_us = UINT64_MAX;
    struct ds_path *path = NULL;
    struct ds_link_timer *timer = NULL;
    void (*act)(struct ds_path * path) = NULL;

    for (guint i = 0; i < world.paths->len; i++) {
        struct ds_path *p = world.paths->pdata[i];
        if (p->is_lost || world.is_stopped[p->side])
            continue;
        for (guint e = 0; e < G_N_ELEMENTS(path_events); e++) {
            uint64_t due_us = MAX(path_events[e].due_us(p), world.now_us);
            if (due_us < first_us) {
                first_us = due_us;
                path = p;
                act = path_events[e].act;
            }
        }
    }
    for (unsigned i = 0; i < WORLD_SIDES; i++) {
        if (world.timers[i] == NULL || world.is_stopped[i])
            continue;
        uint64_t due_us = MAX(world.timers[i]->at_us, world.now_us);
        if (due_us < first_us) {
            first_us = due_us;
            timer = world.timers[i];
        }
    }
    if (first_us > until_us)
        return FALSE;
    world.now_us = first_us;
    if (timer != NULL)
        fire(timer);
    else if (act != NULL)
        act(path);
    bury_freed();
    return TRUE;
}

void
world_run(uint64_t us)
{
    uint64_t until_us = world.now_us + us;
    while (step(until_us))
        ;
    world.now_us = until_us;
}

gboolean
world_run_until(gboolean (*is_done)(void), uint64_t us)
{
    uint64_t until_us = world.now_us + us;
    while (!is_done())
        if (!step(until_us))
            return FALSE;
    return TRUE;
}

uint64_t
world_now(void)
{
    return world.now_us;
}

unsigned
world_paths(void)
{
    bury_freed();
    return world.paths->len;
}

guint32
world_random(guint32 below)
{
    return below > 0 ? g_rand_int(world.rand) % below : 0;
}

void
world_begin(guint32 seed)
{
    world_end();
    world.now_us = 10000000000u;
    world.rand = g_rand_new_with_seed(seed);
    world.paths = g_ptr_array_new_with_free_func(world_bury_path);
}

void
world_begin_pair(guint32 seed, uint64_t to_send)
{
    world_begin(seed);
    for (unsigned i = 0; i < WORLD_SIDES; i++) {
        world.sides[i].to_send = to_send;
        world_make_link(i);
    }
}

void
world_end(void)
{
    for (unsigned i = 0; i < WORLD_SIDES; i++) {
        world_free_link(i);
        g_assert_null(world.timers[i]);
        g_free(world.sides[i].text);
    }
    if (world.paths != NULL)
        g_ptr_array_unref(world.paths);
    if (world.rand != NULL)
        g_rand_free(world.rand);
    memset(&world, 0, sizeof world);
}
