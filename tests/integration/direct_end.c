/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a session ends while it looks for its direct path, has one, or is on its way to it. */
#include "net/base/clock.h"
#include "net/base/limits.h"
#include "tests/integration/direct_world.h"
#include "tests/lib/listening.h"

/* --- at any moment --- */

/* Returns whether there was still something to come. */
static bool
turn(struct direct_world *world, unsigned turns)
{
    for (unsigned i = 0;
            i < turns && !(direct_world_is_direct(world) && direct_world_is_served(world)); i++)
        g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
    return !(direct_world_is_direct(world) && direct_world_is_served(world));
}

/* The search is under way in all its parts when both are freed without a word. */
static void
test_freed(void)
{
    bool is_early = true;
    for (unsigned turns = 1; is_early; turns += 3) {
        struct direct_world *world = direct_world_new(direct_world_both);
        is_early = turn(world, turns);
        direct_world_free(world);
    }
}

/* One side stops, and both hear of it, whatever path they are on or on their way to. */
static void
test_closed(void)
{
    bool is_early = true;
    for (unsigned turns = 1; is_early; turns += 5) {
        struct direct_world *world = direct_world_new(direct_world_both);
        is_early = turn(world, turns);
        struct pairing_side *closer = turns % 2 ? &world->pairing.helpee : &world->pairing.helper;
        if (closer->peer != NULL && world->pairing.helper.moments[PAIRING_PEER] > 0) {
            ds_peer_close(closer->peer, DS_REASON_STOPPED);
            direct_world_run_until(world, direct_world_is_over);
            g_assert_cmpint(closer->reason, ==, DS_REASON_STOPPED);
        }
        direct_world_free(world);
    }
}

/* --- while the other side does not hear of it --- */

static unsigned
count_listeners(void)
{
    uint16_t ports[LISTENING_MAX];
    return listening_ports(ports);
}

static bool
is_listening(const struct direct_world *world)
{
    return count_listeners() > 1;
}

/* More than one side can have. */
static bool
are_both_listening(const struct direct_world *world)
{
    return count_listeners() > 1 + DS_PUNCH_SETS;
}

static bool
is_deaf(const struct direct_world *world)
{
    return count_listeners() == 1; /* the relay's */
}

static void
swallow(struct hostile_session *session, struct hostile_message *message)
{
    message->copies = 0;
}

/* Who stops is no more to be reached, and reaches out to nobody, though the last word takes its
 * time to arrive: here there is nobody to hear it. */
static void
test_stops(gconstpointer data)
{
    bool (*is_time)(const struct direct_world *world) = data;
    struct direct_world *world = direct_world_new(direct_world_both);
    direct_world_run_until(world, is_time);
    direct_world_session(world)->on_message = swallow;
    ds_peer_close(world->pairing.helper.peer, DS_REASON_STOPPED);
    ds_peer_close(world->pairing.helpee.peer, DS_REASON_STOPPED);
    uint64_t began_us = ds_clock_us();
    direct_world_run_until(world, is_deaf);
    g_assert_cmpuint(ds_clock_us() - began_us, <, DS_PUNCH_LINGER_MS * UINT64_C(500));
    g_assert_false(direct_world_is_over(world));
    direct_world_free(world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);

    if (!direct_world_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had here\n");
        return 0;
    }
    g_test_add_func("/direct-end/freed", test_freed);
    g_test_add_func("/direct-end/closed", test_closed);
    g_test_add_data_func("/direct-end/stops/offered", is_listening, test_stops);
    g_test_add_data_func("/direct-end/stops", are_both_listening, test_stops);
    return g_test_run();
}
