/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/link_world.h"

#include <string.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/link/timer.h"

enum { SIDES = 2 };

struct packet {
    GBytes *bytes;
    uint64_t at_us;
};

struct ds_path {
    unsigned side;
    struct world_way way;
    struct ds_path *other; /* NULL: freed */
    const struct ds_path_handler *handler;
    void *arg;
    gboolean is_kicked, is_stalled, is_lost, is_freed;
    uint64_t busy_until_us; /* what was written has left by then */
    GQueue coming;          /* struct packet, towards this end */
    gboolean is_cut;        /* lost when `coming` is empty */
    uint64_t cut_us;        /* ... and this time has come */
    GByteArray *raw_out, *raw_in;
};

static struct {
    uint64_t now_us;
    GRand *rand;
    GPtrArray *paths;
    struct ds_link_timer *timers[SIDES];
    gboolean is_stopped[SIDES];
    struct world_side sides[SIDES];
    unsigned timer_side; /* whose link is being made */
} world;

/* In place of net/base/clock.c. */

uint64_t
ds_clock_us(void)
{
    return world.now_us;
}

uint64_t
ds_clock_boot_ms(void)
{
    return world.now_us / 1000;
}

struct timeval
ds_clock_timeval(uint64_t ms)
{
    return (struct timeval){.tv_sec = (time_t)(ms / 1000)};
}

/* In place of net/link/timer.c. */

int
ds_link_timer_init(struct ds_link_timer *timer, struct event_base *base,
        void (*on_due)(void *arg, uint64_t due_us), void *arg)
{
    *timer = (struct ds_link_timer){.at_us = UINT64_MAX, .on_due = on_due, .arg = arg};
    g_assert_null(world.timers[world.timer_side]);
    world.timers[world.timer_side] = timer;
    return 0;
}

void
ds_link_timer_set(struct ds_link_timer *timer, uint64_t at_us)
{
    timer->at_us = MIN(timer->at_us, at_us);
}

void
ds_link_timer_finish(struct ds_link_timer *timer)
{
    for (unsigned i = 0; i < SIDES; i++)
        if (world.timers[i] == timer)
            world.timers[i] = NULL;
}

/* In place of net/path/path.c. */

static void
free_packet(gpointer data)
{
    struct packet *packet = data;
    g_bytes_unref(packet->bytes);
    g_free(packet);
}

static void
bury_path(gpointer data)
{
    struct ds_path *path = data;
    g_queue_clear_full(&path->coming, free_packet);
    g_byte_array_unref(path->raw_in);
    g_byte_array_unref(path->raw_out);
    g_free(path);
}

/* Closing sends what is under way, then EOF. The memory stays for callbacks until the next step. */
void
ds_path_free(struct ds_path *path)
{
    if (path == NULL)
        return;
    g_assert_false(path->is_freed);
    path->is_freed = TRUE;
    if (path->other == NULL)
        return;
    path->other->is_cut = TRUE;
    path->other->cut_us = MAX(world.now_us, path->busy_until_us) + path->way.delay_us;
    path->other->other = NULL;
    path->other = NULL;
}

void
ds_path_set_handler(struct ds_path *path, const struct ds_path_handler *handler, void *arg)
{
    path->handler = handler;
    path->arg = arg;
}

void
ds_path_kick(struct ds_path *path)
{
    g_assert_false(path->is_freed);
    path->is_kicked = TRUE;
}

enum ds_path_kind
ds_path_kind(const struct ds_path *path)
{
    return path->way.kind;
}

const char *
ds_path_kind_name(enum ds_path_kind kind)
{
    return "test";
}

const char *
ds_path_error_text(const struct ds_path *path)
{
    return path->is_cut ? "cut" : "";
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

/*
 * The sides. A stream repeats a random text whose length is a prime, so that every byte that comes
 * can be checked: one that is missing, or comes twice, moves all that follow.
 */
enum { TEXT_BYTES = 65521 };

const uint8_t *
world_stream(unsigned side, uint64_t offset)
{
    static uint8_t text[SIDES][TEXT_BYTES + DS_PATH_RECORD_MAX];
    static gboolean is_made;
    if (!is_made) {
        for (unsigned s = 0; s < SIDES; s++)
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

/* The paths. */

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
    struct ds_path *ends[SIDES];
    for (unsigned i = 0; i < SIDES; i++)
        ends[i] = make_end(i, way);
    for (unsigned i = 0; i < SIDES; i++)
        ends[i]->other = ends[1 - i];
    for (unsigned i = 0; i < SIDES; i++)
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

/* Keep the first `keep` of the bytes that are under way to this end. */
static void
cut_end(struct ds_path *path, size_t keep)
{
    for (guint i = 0; i < path->coming.length; i++) {
        struct packet *packet = g_queue_peek_nth(&path->coming, i);
        size_t size = g_bytes_get_size(packet->bytes), n = MIN(size, keep);
        GBytes *part = g_bytes_new_from_bytes(packet->bytes, 0, n);
        g_bytes_unref(packet->bytes);
        packet->bytes = part;
        keep -= n;
    }
    path->is_cut = TRUE;
    path->cut_us = world.now_us;
    path->is_stalled = FALSE;
    path->other = NULL;
}

static size_t
coming_bytes(const struct ds_path *path)
{
    size_t sum = 0;
    for (GList *l = path->coming.head; l != NULL; l = l->next)
        sum += g_bytes_get_size(((struct packet *)l->data)->bytes);
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

/* The events. Each kind says when its next is due, UINT64_MAX for never. */

static uint64_t
deliver_due_us(struct ds_path *path)
{
    struct packet *packet = g_queue_peek_head(&path->coming);
    return packet == NULL || path->is_stalled ? UINT64_MAX : packet->at_us;
}

static uint64_t
lost_due_us(struct ds_path *path)
{
    return path->is_cut && path->coming.length == 0 && !path->is_stalled ? path->cut_us
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
    struct packet *packet = g_queue_peek_head(&path->coming);
    gsize size, n;
    const uint8_t *data = g_bytes_get_data(packet->bytes, &size);
    n = size;
    if (path->way.in_pieces && size > 1)
        n = 1 + world_random(world_random(2) ? (guint32)size : MIN((guint32)size, 32));
    GBytes *part = g_bytes_new(data, n); /* its own memory: the sanitizer sees a read behind it */
    if (n == size) {
        free_packet(g_queue_pop_head(&path->coming));
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

static void
write_record(struct ds_path *path)
{
    uint8_t record[DS_PATH_RECORD_MAX];
    size_t n = path->handler->pull(path->arg, path, record, sizeof record);
    g_assert_cmpuint(n, <=, sizeof record);
    path->is_kicked = n > 0;
    if (n == 0)
        return;
    path->busy_until_us = MAX(path->busy_until_us, world.now_us);
    if (path->way.bps > 0)
        path->busy_until_us += n * 1000000 / path->way.bps;
    if (path->other == NULL)
        return;
    struct packet *packet = g_new0(struct packet, 1);
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
    for (unsigned i = 0; i < SIDES; i++) {
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
    world.paths = g_ptr_array_new_with_free_func(bury_path);
}

void
world_begin_pair(guint32 seed, uint64_t to_send)
{
    world_begin(seed);
    for (unsigned i = 0; i < SIDES; i++) {
        world.sides[i].to_send = to_send;
        world_make_link(i);
    }
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

void
world_end(void)
{
    for (unsigned i = 0; i < SIDES; i++) {
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
