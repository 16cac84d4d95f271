/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a peer at every moment: closed in each callback, closed and freed between any two. */
#include <string.h>

#include <glib.h>

#include "net/base/clock.h"
#include "tests/integration/hostile_relay.h"
#include "tests/integration/pairing.h"

enum { DEADLINE_MS = 20000, BYTES = 30000, TURNS_MOST = 2000 };

struct world {
    struct event_base *base;
    struct hostile_relay *relay;
    struct pairing pairing;
    struct event *deadline;
    bool is_late;
};

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
    ((struct world *)arg)->is_late = true;
}

static struct world *
world_new(unsigned helpers)
{
    struct timeval limit = ds_clock_timeval(DEADLINE_MS);
    struct world *world = g_new0(struct world, 1);
    world->base = event_base_new();
    world->relay = hostile_relay_new(world->base);
    world->deadline = evtimer_new(world->base, on_deadline, world);
    evtimer_add(world->deadline, &limit);
    world->pairing = (struct pairing){.base = world->base,
            .port = hostile_relay_port(world->relay),
            .bytes = BYTES,
            .helpers = helpers};
    pairing_start(&world->pairing);
    return world;
}

static void
world_free(struct world *world)
{
    pairing_finish(&world->pairing);
    /* What the peers left behind may still have something to say to nobody. */
    event_base_loop(world->base, EVLOOP_NONBLOCK);
    hostile_relay_free(world->relay);
    event_free(world->deadline);
    event_base_free(world->base);
    g_free(world);
}

static void
turn(struct world *world)
{
    event_base_loop(world->base, EVLOOP_ONCE);
    g_assert_false(world->is_late);
}

/* --- in a callback --- */

static const enum pairing_moment of_helpee[] = {PAIRING_CODE, PAIRING_REQUEST, PAIRING_PEER,
        PAIRING_PATH, PAIRING_OPEN, PAIRING_DATA, PAIRING_EOF};
static const enum pairing_moment of_helper[] = {
        PAIRING_PEER, PAIRING_PATH, PAIRING_DATA, PAIRING_EOF};

/* Who closes has "stopped"; the other side learns it at once, and not by a time-out. */
static void
close_in(enum ds_role role, enum pairing_moment moment)
{
    struct world *world = world_new(moment == PAIRING_CODE ? 0 : 1);
    struct pairing *pairing = &world->pairing;
    struct pairing_side *closer = role == DS_ROLE_HELPEE ? &pairing->helpee : &pairing->helper;
    struct pairing_side *other = role == DS_ROLE_HELPEE ? &pairing->helper : &pairing->helpee;
    closer->close_at = moment;
    while (!closer->is_closed || (moment != PAIRING_CODE && !other->is_closed))
        turn(world);
    g_assert_cmpint(closer->reason, ==, DS_REASON_STOPPED);
    g_assert_cmpuint(closer->moments[moment], >, 0);
    if (moment != PAIRING_CODE)
        g_assert_cmpint(other->reason, ==, DS_REASON_PEER_STOPPED);
    world_free(world);
}

static void
test_close_in_callbacks(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(of_helpee); i++)
        close_in(DS_ROLE_HELPEE, of_helpee[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(of_helper); i++)
        close_in(DS_ROLE_HELPER, of_helper[i]);
}

static void
test_close_offline(void)
{
    struct world *world = world_new(0);
    struct pairing_side *helpee = &world->pairing.helpee;
    helpee->close_at = PAIRING_OFFLINE;
    while (helpee->moments[PAIRING_CODE] == 0)
        turn(world);
    hostile_relay_cut(
            hostile_relay_find(world->relay, world->pairing.code.nameplate), DS_ROLE_HELPEE);
    while (!helpee->is_closed)
        turn(world);
    g_assert_cmpuint(helpee->moments[PAIRING_OFFLINE], ==, 1);
    g_assert_cmpint(helpee->reason, ==, DS_REASON_STOPPED);
    world_free(world);
}

static void
test_close_at_guess(void)
{
    struct world *world = world_new(0);
    struct pairing *pairing = &world->pairing;
    pairing->helpee.close_at = PAIRING_GUESS;
    while (pairing->helpee.moments[PAIRING_CODE] == 0)
        turn(world);
    struct ds_code wrong = pairing->code;
    wrong.secret[0] = wrong.secret[0] == '9' ? '0' : (char)(wrong.secret[0] + 1);
    pairing->helpers = 1;
    pairing_start_helper(pairing, &wrong);
    while (!pairing_is_over(pairing))
        turn(world);
    g_assert_cmpint(pairing->helpee.reason, ==, DS_REASON_STOPPED);
    g_assert_cmpint(pairing->helper.reason, ==, DS_REASON_WRONG_CODE);
    world_free(world);
}

/* --- between any two turns of the loop --- */

static bool
is_over_after(struct world *world, unsigned turns)
{
    for (unsigned i = 0; i < turns && !pairing_is_over(&world->pairing); i++)
        turn(world);
    return pairing_is_over(&world->pairing);
}

static void
test_free_anywhere(void)
{
    bool is_over = false;
    unsigned turns = 0;
    for (; !is_over && turns < TURNS_MOST; turns++) {
        struct world *world = world_new(1);
        is_over = is_over_after(world, turns);
        world_free(world);
    }
    g_assert_true(is_over);
    g_assert_cmpuint(turns, >, 20); /* else this is no test */
}

/* Each side hears its end once (the harness sees to that), whenever it was asked for. */
static void
close_anywhere(enum ds_role role)
{
    bool is_over = false;
    for (unsigned turns = 0; !is_over; turns++) {
        struct world *world = world_new(1);
        struct pairing *pairing = &world->pairing;
        struct pairing_side *closer = role == DS_ROLE_HELPEE ? &pairing->helpee : &pairing->helper;
        is_over = is_over_after(world, turns);
        bool is_there = closer->peer != NULL;
        if (is_there)
            ds_peer_close(closer->peer, DS_REASON_STOPPED);
        while (closer->peer != NULL)
            turn(world);
        if (is_there)
            g_assert_true(closer->is_closed && closer->reason == DS_REASON_STOPPED);
        world_free(world);
        g_assert_cmpuint(turns, <, TURNS_MOST);
    }
}

static void
test_close_anywhere(void)
{
    close_anywhere(DS_ROLE_HELPEE);
    close_anywhere(DS_ROLE_HELPER);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer/lifetime/close-in-callbacks", test_close_in_callbacks);
    g_test_add_func("/peer/lifetime/close-offline", test_close_offline);
    g_test_add_func("/peer/lifetime/close-at-guess", test_close_at_guess);
    g_test_add_func("/peer/lifetime/free-anywhere", test_free_anywhere);
    g_test_add_func("/peer/lifetime/close-anywhere", test_close_anywhere);
    return g_test_run();
}
