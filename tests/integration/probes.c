/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A burst of questions from fresh ports. */
#include <event2/event.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/punch/probes.h"
#include "tests/integration/fake_stun.h"

enum { DEADLINE_MS = 20000 };

struct world {
    struct event_base *base;
    struct fake_stun server;
    struct ds_probes *probes;
    gboolean frees; /* in the call */
    guint calls;
    struct ds_deal deals[DS_PUNCH_PROBES];
    gsize count;
};

static void
on_deals(void *arg, const struct ds_deal *deals, size_t count)
{
    struct world *world = arg;
    world->calls++;
    world->count = count;
    for (gsize i = 0; i < count; i++)
        world->deals[i] = deals[i];
    if (world->frees)
        g_clear_pointer(&world->probes, ds_probes_free);
}

static void
world_open(struct world *world, enum fake_stun_manner manner)
{
    *world = (struct world){.base = event_base_new()};
    fake_stun_begin(&world->server, world->base, "127.0.0.1:0");
    world->server.manner = manner;
}

static void
begin(struct world *world)
{
    g_assert_cmpint(
            ds_probes_new(&world->probes, world->base, &world->server.addr, on_deals, world), ==,
            0);
    g_assert_cmpuint(world->calls, ==, 0);
}

static void
run(struct world *world)
{
    uint64_t end_us = ds_clock_us() + DEADLINE_MS * 1000ULL;
    while (world->calls == 0 && ds_clock_us() < end_us)
        event_base_loop(world->base, EVLOOP_ONCE);
    g_assert_cmpuint(world->calls, ==, 1);
}

/* Let the loop do what is to be done still. */
static void
settle(struct world *world)
{
    struct timeval soon = ds_clock_timeval(50);
    event_base_loopexit(world->base, &soon);
    event_base_dispatch(world->base);
}

static void
world_close(struct world *world)
{
    settle(world);
    g_assert_cmpuint(world->server.open, ==, 0); /* none is kept open for long */
    g_assert_cmpuint(world->calls, <=, 1);
    ds_probes_free(world->probes);
    fake_stun_end(&world->server);
    event_base_free(world->base);
}

/* Each is from a port of its own, which nothing translates here. */
static void
test_answered(gconstpointer frees)
{
    struct world world;
    world_open(&world, FAKE_STUN_HONEST);
    world.frees = GPOINTER_TO_INT(frees);
    begin(&world);
    run(&world);
    g_assert_cmpuint(world.count, ==, DS_PUNCH_PROBES);
    g_assert_cmpuint(world.server.questions, ==, DS_PUNCH_PROBES);
    for (gsize i = 0; i < world.count; i++) {
        g_assert_cmpuint(world.deals[i].external, ==, world.deals[i].local);
        for (gsize j = 0; j < i; j++) {
            g_assert_cmpuint(world.deals[j].local, !=, world.deals[i].local);
            g_assert_cmpuint(world.deals[j].at_us, <=, world.deals[i].at_us);
        }
    }
    world_close(&world);
}

/* Most are enough, if the rest does not come as soon; fewer are waited for. */
static void
test_some_answered(gconstpointer data)
{
    const guint answers = GPOINTER_TO_UINT(data);
    gboolean is_most = answers > DS_PUNCH_PROBES / 2;
    struct world world;
    world_open(&world, FAKE_STUN_HONEST);
    world.server.answers = answers;
    gint64 start = g_get_monotonic_time();
    begin(&world);
    run(&world);
    gint64 took_us = g_get_monotonic_time() - start;
    g_assert_cmpuint(world.count, ==, answers);
    g_assert_true(is_most ? took_us < DS_PUNCH_PROBE_MS * 900 : took_us >= DS_PUNCH_PROBE_MS * 900);
    world_close(&world);
}

/* Nobody waits longer than for a second, and what is no answer tells nothing. */
static void
test_not_answered(gconstpointer manner)
{
    struct world world;
    world_open(&world, GPOINTER_TO_INT(manner));
    begin(&world);
    run(&world);
    g_assert_cmpuint(world.count, ==, 0);
    world_close(&world);
}

static void
test_nobody(void)
{
    struct world world;
    struct ds_addr server;
    world_open(&world, FAKE_STUN_HONEST);
    server = world.server.addr;
    fake_stun_end(&world.server);
    g_assert_cmpint(ds_probes_new(&world.probes, world.base, &server, on_deals, &world), ==, 0);
    run(&world);
    g_assert_cmpuint(world.count, ==, 0);
    world_close(&world);
}

static void
test_freed(void)
{
    struct world world;
    world_open(&world, FAKE_STUN_HONEST);
    begin(&world);
    g_clear_pointer(&world.probes, ds_probes_free);
    settle(&world);
    g_assert_cmpuint(world.calls, ==, 0);
    world_close(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/probes/answered", GINT_TO_POINTER(FALSE), test_answered);
    g_test_add_data_func("/probes/answered/freed", GINT_TO_POINTER(TRUE), test_answered);
    g_test_add_data_func("/probes/most-answered", GUINT_TO_POINTER(6), test_some_answered);
    g_test_add_data_func("/probes/few-answered", GUINT_TO_POINTER(4), test_some_answered);
    g_test_add_data_func("/probes/silent", GINT_TO_POINTER(FAKE_STUN_SILENT), test_not_answered);
    g_test_add_data_func("/probes/closes", GINT_TO_POINTER(FAKE_STUN_CLOSES), test_not_answered);
    g_test_add_data_func("/probes/garbage", GINT_TO_POINTER(FAKE_STUN_GARBAGE), test_not_answered);
    g_test_add_func("/probes/nobody", test_nobody);
    g_test_add_func("/probes/freed", test_freed);
    return g_test_run();
}
