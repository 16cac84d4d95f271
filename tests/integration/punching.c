/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/punching.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/clock.h"

enum { TEST_MS = 20000 };

const char punching_key[] = "thirty-two bytes of a shared key";
static const char word[] = "a word";

/* --- paths --- */

static void
on_data(void *arg, struct ds_path *path, const uint8_t *data, size_t len)
{
    struct said *said = arg;
    g_assert_cmpmem(data, len, word, sizeof word);
    said->has_heard = TRUE;
}

static size_t
pull(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    struct said *said = arg;
    if (said->has_spoken)
        return 0;
    said->has_spoken = TRUE;
    memcpy(buf, word, sizeof word);
    return sizeof word;
}

static void
on_lost(void *arg, struct ds_path *path, int err)
{
    struct said *said = arg;
    ds_path_free(path);
    said->path = NULL;
}

static const struct ds_path_handler path_handler = {.on_data = on_data, pull, on_lost};

/* --- the attempt --- */

static void
on_path(void *arg, struct ds_path *path, const char *technique)
{
    struct punching_side *side = arg;
    g_assert_cmpuint(side->proven, <, PATHS_MAX);
    struct said *said = &side->paths[side->proven++];
    *said = (struct said){.side = side, .path = path, .technique = technique};
    ds_path_set_handler(path, &path_handler, said);
    ds_path_kick(path);
    if (side->free_at_path == side->proven)
        g_clear_pointer(&side->attempt, ds_attempt_free);
    else if (side->settles)
        ds_attempt_settle(side->attempt);
}

static void
on_over(void *arg, const struct ds_attempt_counts *counts)
{
    struct punching_side *side = arg;
    side->over++;
    side->over_at = g_get_monotonic_time();
    side->counts = *counts;
    if (side->free_at_over)
        g_clear_pointer(&side->attempt, ds_attempt_free);
}

static void
on_quiet(void *arg)
{
    struct punching_side *side = arg;
    side->quiet++;
}

static const struct ds_attempt_handler attempt_handler = {on_path, on_over, on_quiet};

struct ds_addr
punching_addr(const char *text, guint16 port)
{
    struct ds_addr addr;
    g_assert_cmpint(ds_addr_parse(&addr, text, port), ==, 0);
    return addr;
}

void
punching_aim(struct punching_side *side, enum ds_candidate_type type, guint8 set, const char *text,
        guint16 port)
{
    struct ds_addr addr = punching_addr(text, port);
    ds_offer_add(&side->remote, type, set, &addr);
}

void
punching_aim_both(struct punching *world, enum ds_candidate_type type, guint8 set, const char *text)
{
    for (int i = 0; i < SIDES; i++)
        punching_aim(&world->side[i], type, set, text, punching_port(world, 1 - i, set));
}

guint16
punching_port(const struct punching *world, int side, guint8 set)
{
    return ds_local_port_number(world->side[side].config.ports[set]);
}

void
punching_init(struct punching *world)
{
    *world = (struct punching){.base = event_base_new()};
    for (int i = 0; i < SIDES; i++) {
        struct punching_side *side = &world->side[i];
        side->world = world;
        side->settles = TRUE;
        side->remote.generation = PUNCHING_GENERATION;
        side->config = (struct ds_attempt_config){.base = world->base,
                .role = i == HELPER ? DS_ROLE_HELPER : DS_ROLE_HELPEE,
                .session_key = (const uint8_t *)punching_key};
        for (guint set = 0; set < DS_PUNCH_SETS; set++)
            g_assert_cmpint(ds_local_port_claim(&side->config.ports[set]), ==, 0);
    }
    punching_aim_both(world, DS_CANDIDATE_HOST, 0, "127.0.0.1");
}

void
punching_start(struct punching *world, int i)
{
    struct punching_side *side = &world->side[i];
    g_assert_cmpint(
            ds_attempt_new(&side->attempt, &side->config, &side->remote, &attempt_handler, side),
            ==, 0);
}

void
punching_start_both(struct punching *world)
{
    punching_start(world, HELPER);
    punching_start(world, HELPEE);
}

/* --- the loop --- */

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
    g_error("the test takes too long");
}

void
punching_run(struct punching *world, gboolean (*is_done)(const struct punching *world))
{
    struct timeval limit = ds_clock_timeval(TEST_MS);
    struct event *deadline = event_new(world->base, -1, 0, on_deadline, NULL);
    event_add(deadline, &limit);
    while (!is_done(world))
        event_base_loop(world->base, EVLOOP_ONCE);
    event_free(deadline);
}

void
punching_run_ms(struct punching *world, guint ms)
{
    struct timeval time = ds_clock_timeval(ms);
    event_base_loopexit(world->base, &time);
    event_base_loop(world->base, 0);
}

void
punching_finish(struct punching *world)
{
    for (int i = 0; i < SIDES; i++) {
        struct punching_side *side = &world->side[i];
        ds_attempt_free(side->attempt);
        for (guint j = 0; j < side->proven; j++)
            ds_path_free(side->paths[j].path);
        for (guint set = 0; set < DS_PUNCH_SETS; set++)
            ds_local_port_unref(side->config.ports[set]);
    }
    event_base_free(world->base);
}

/* --- what came of it --- */

static const struct said *
first_heard(const struct punching_side *side)
{
    for (guint i = 0; i < side->proven; i++)
        if (side->paths[i].has_heard)
            return &side->paths[i];
    return NULL;
}

gboolean
punching_is_through(const struct punching *world)
{
    return first_heard(&world->side[HELPER]) != NULL && first_heard(&world->side[HELPEE]) != NULL;
}

gboolean
punching_is_over(const struct punching *world)
{
    return world->side[HELPER].over > 0 && world->side[HELPEE].over > 0;
}

void
punching_assert_through(const struct punching *world, enum ds_path_kind kind)
{
    for (int i = 0; i < SIDES; i++) {
        const struct said *said = first_heard(&world->side[i]);
        g_assert(said != NULL); /* the one of these macros of which gcc knows that it ends */
        g_assert_nonnull(said->path);
        g_assert_cmpstr(ds_path_kind_name(ds_path_kind(said->path)), ==, ds_path_kind_name(kind));
        g_assert_cmpuint(ds_path_generation(said->path), ==, PUNCHING_GENERATION);
    }
}

guint
punching_descriptors(void)
{
    guint count = 0;
    GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
    while (g_dir_read_name(dir) != NULL)
        count++;
    g_dir_close(dir);
    return count - 1; /* the folder itself */
}

rlim_t
punching_limit_descriptors(rlim_t limit)
{
    struct rlimit old, new;
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &old), ==, 0);
    new = old;
    new.rlim_cur = limit;
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &new), ==, 0);
    return old.rlim_cur;
}

/* --- where nobody answers --- */

int
punching_connect(const char *host, guint16 port)
{
    struct ds_addr addr = punching_addr(host, port);
    int fd = socket(addr.ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int result = connect(fd, (struct sockaddr *)&addr.ss, addr.len);
    g_assert_true(result == 0 || errno == EINPROGRESS || errno == ECONNREFUSED);
    return fd;
}

void
punching_hole_init(struct punching_hole *hole, const char *host)
{
    struct ds_addr addr = punching_addr(host, 1);
    ds_addr_set_port(&addr, 0);
    hole->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(hole->fd, (struct sockaddr *)&addr.ss, addr.len), ==, 0);
    g_assert_cmpint(listen(hole->fd, 0), ==, 0);
    g_assert_cmpint(getsockname(hole->fd, (struct sockaddr *)&addr.ss, &addr.len), ==, 0);
    hole->port = ds_addr_port(&addr);
    for (gsize i = 0; i < G_N_ELEMENTS(hole->filler); i++)
        hole->filler[i] = punching_connect(host, hole->port);
}

void
punching_hole_finish(struct punching_hole *hole)
{
    for (gsize i = 0; i < G_N_ELEMENTS(hole->filler); i++)
        close(hole->filler[i]);
    close(hole->fd);
}
