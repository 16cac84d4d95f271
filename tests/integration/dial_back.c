/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A relay that dials its clients: whom, from where, how often, and how it is not misused. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>

#include "tests/integration/dial_back_scene.h"

/* --- what it is for --- */

static void
test_connected(gconstpointer data)
{
    bool is_other = GPOINTER_TO_INT(data);
    struct dial_back_scene scene;
    struct dial_back_client client;
    struct ds_addr from, local = dial_back_address(is_other ? DIAL_BACK_OTHER : DIAL_BACK_RELAY, 0);
    uint16_t port;
    unsigned ms;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, 1000, DIAL_BACK_OTHER);
    dial_back_open_checking(&client, &scene, DIAL_BACK_CLIENT);
    int listener = dial_back_listen(DIAL_BACK_CLIENT, 8, &port);
    dial_back_dial(&client, is_other ? DS_DIAL_FROM_OTHER_ADDRESS : DS_DIAL_FROM_OTHER_PORT, port);
    g_assert_cmpint(dial_back_take_dialled(&client, &ms), ==, DS_DIALLED_CONNECTED);
    g_assert_cmpuint(ms, <, DS_CHECK_DIAL_MS);
    dial_back_take_visit(listener, &from);
    g_assert_false(dial_back_has_visit(listener));
    g_assert_true(ds_addr_is_same_host(&from, &local));
    g_assert_cmpuint(ds_addr_port(&from), !=, ds_addr_port(&scene.addr));
    close(listener);
    dial_back_dial(&client, is_other ? DS_DIAL_FROM_OTHER_ADDRESS : DS_DIAL_FROM_OTHER_PORT, port);
    g_assert_cmpint(dial_back_take_dialled(&client, NULL), ==, DS_DIALLED_REFUSED);
    dial_back_client_close(&client);
    dial_back_scene_close(&scene);
}

/* Who is on the second address is dialled from the first. */
static void
test_other_way_round(void)
{
    struct dial_back_scene scene;
    struct dial_back_client client;
    struct ds_addr from, first = dial_back_address(DIAL_BACK_RELAY, 0);
    uint16_t port;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, 1000, DIAL_BACK_OTHER);
    dial_back_open_checking_at(&client, &scene, DIAL_BACK_CLIENT, DIAL_BACK_OTHER);
    int listener = dial_back_listen(DIAL_BACK_CLIENT, 8, &port);
    dial_back_dial(&client, DS_DIAL_FROM_OTHER_ADDRESS, port);
    g_assert_cmpint(dial_back_take_dialled(&client, NULL), ==, DS_DIALLED_CONNECTED);
    dial_back_take_visit(listener, &from);
    g_assert_false(dial_back_has_visit(listener));
    g_assert_true(ds_addr_is_same_host(&from, &first));
    dial_back_end(&scene, &client, listener);
}

static void
test_silent(void)
{
    struct dial_back_scene scene;
    struct dial_back_client client;
    struct dial_back_deaf deaf;
    unsigned ms;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, 1000, NULL);
    dial_back_open_checking(&client, &scene, DIAL_BACK_CLIENT);
    dial_back_deaf_open(&deaf, DIAL_BACK_CLIENT);
    dial_back_dial(&client, DS_DIAL_FROM_OTHER_PORT, deaf.port);
    g_assert_cmpint(dial_back_take_dialled(&client, &ms), ==, DS_DIALLED_SILENT);
    g_assert_cmpuint(ms, >=, DS_CHECK_DIAL_MS - 100);
    dial_back_deaf_close(&deaf);
    dial_back_client_close(&client);
    dial_back_scene_close(&scene);
}

static void
test_unreachable(void)
{
    struct dial_back_scene scene;
    struct dial_back_client client;
    unsigned ms;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, 1000, NULL);
    dial_back_open_checking(&client, &scene, DIAL_BACK_CLIENT);
    dial_back_dial(&client, DS_DIAL_FROM_OTHER_PORT, (uint16_t)atoi(DIAL_BACK_SHUT));
    g_assert_cmpint(dial_back_take_dialled(&client, &ms), ==, DS_DIALLED_UNREACHABLE);
    g_assert_cmpuint(ms, <, DS_CHECK_DIAL_MS);
    dial_back_client_close(&client);
    dial_back_scene_close(&scene);
}

/* --- whom it is for --- */

static const struct row {
    enum ds_relay_dial_back dial_back;
    const char *from, *to;
    bool is_offered;
} rows[] = {
        {DS_RELAY_DIAL_BACK_WORLD, DIAL_BACK_CLIENT, DIAL_BACK_RELAY, true},
        /* Inside: a balancer's, an overlay's. */
        {DS_RELAY_DIAL_BACK_WORLD, "10.0.0.5", DIAL_BACK_RELAY, false},
        {DS_RELAY_DIAL_BACK_WORLD, "100.64.0.9", DIAL_BACK_RELAY, false},
        /* A proxy on this machine, by whatever address it goes. */
        {DS_RELAY_DIAL_BACK_WORLD, "127.0.0.1", "127.0.0.1", false},
        {DS_RELAY_DIAL_BACK_WORLD, DIAL_BACK_OTHER, DIAL_BACK_RELAY, false},
        {DS_RELAY_DIAL_BACK_WORLD, DIAL_BACK_RELAY, DIAL_BACK_RELAY, false},
        {DS_RELAY_DIAL_BACK_WORLD, "[2001:db8::7]", "[2001:db8::1]", true},
        {DS_RELAY_DIAL_BACK_WORLD, "[fd00::7]", "[2001:db8::1]", false},
        {DS_RELAY_DIAL_BACK_WORLD, "[::1]", "[::1]", false},
        {DS_RELAY_DIAL_BACK_LAN, "10.0.0.5", DIAL_BACK_RELAY, true},
        {DS_RELAY_DIAL_BACK_LAN, "127.0.0.1", "127.0.0.1", true},
        {DS_RELAY_DIAL_BACK_LAN, DIAL_BACK_CLIENT, DIAL_BACK_RELAY, true},
        {DS_RELAY_DIAL_BACK_LAN, "[fd00::7]", "[2001:db8::1]", true},
        {DS_RELAY_DIAL_BACK_NO, DIAL_BACK_CLIENT, DIAL_BACK_RELAY, false},
        {DS_RELAY_DIAL_BACK_NO, "127.0.0.1", "127.0.0.1", false},
};

static void
test_whom(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *row = &rows[i];
        struct dial_back_scene scene;
        struct dial_back_client client;
        struct ds_addr from;
        uint16_t port;
        g_test_message("%d from %s", row->dial_back, row->from);
        dial_back_scene_open(&scene, row->dial_back, 1000, NULL);
        dial_back_open_checking_at(&client, &scene, row->from, row->to);
        int listener = dial_back_listen(row->from, 8, &port);
        dial_back_dial(&client, DS_DIAL_FROM_OTHER_PORT, port);
        g_assert_cmpint(dial_back_take_dialled(&client, NULL), ==,
                row->is_offered ? DS_DIALLED_CONNECTED : DS_DIALLED_NOT_OFFERED);
        if (row->is_offered)
            dial_back_take_visit(listener, &from);
        g_assert_false(dial_back_has_visit(listener));
        dial_back_end(&scene, &client, listener);
    }
}

/* Without a second address, or one of another kind, it is not from another address. */
static void
test_no_other(void)
{
    struct dial_back_scene scene;
    struct dial_back_client client;
    uint16_t port;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_LAN, 1000, NULL);
    dial_back_open_checking(&client, &scene, DIAL_BACK_CLIENT);
    int listener = dial_back_listen(DIAL_BACK_CLIENT, 8, &port);
    dial_back_dial(&client, DS_DIAL_FROM_OTHER_ADDRESS, port);
    g_assert_cmpint(dial_back_take_dialled(&client, NULL), ==, DS_DIALLED_NOT_OFFERED);
    g_assert_false(dial_back_has_visit(listener));
    dial_back_end(&scene, &client, listener);

    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_LAN, 1000, DIAL_BACK_OTHER);
    dial_back_open_checking_at(&client, &scene, "[2001:db8::7]", "[2001:db8::1]");
    dial_back_dial(&client, DS_DIAL_FROM_OTHER_ADDRESS, 4096);
    g_assert_cmpint(dial_back_take_dialled(&client, NULL), ==, DS_DIALLED_NOT_OFFERED);
    dial_back_client_close(&client);
    dial_back_scene_close(&scene);
}

/* --- how it is not misused --- */

/* In one breath: the second comes while the first is under way, and nobody else is dialled. */
static void
test_thousand(void)
{
    struct dial_back_scene scene;
    struct dial_back_client client;
    uint16_t port;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, 1000, NULL);
    dial_back_open_checking(&client, &scene, DIAL_BACK_CLIENT);
    int listener = dial_back_listen(DIAL_BACK_CLIENT, 2000, &port);
    dial_back_dial_often(&client, 1000, DS_DIAL_FROM_OTHER_PORT, port);
    dial_back_expect_refused(&client);
    g_assert_cmpuint(scene.relay->dialback_count, ==, 0);
    if (dial_back_has_visit(listener)) /* one SYN was out already */
        close(accept(listener, NULL, NULL));
    g_assert_false(dial_back_has_visit(listener));
    dial_back_end(&scene, &client, listener);
}

static void
test_early(void)
{
    struct dial_back_scene scene;
    struct dial_back_client client;
    uint16_t port;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_LAN, 1000, NULL);
    dial_back_client_open(&client, &scene, DIAL_BACK_CLIENT, DIAL_BACK_RELAY);
    int listener = dial_back_listen(DIAL_BACK_CLIENT, 8, &port);
    dial_back_dial(&client, DS_DIAL_FROM_OTHER_PORT, port);
    dial_back_expect_refused(&client);
    g_assert_false(dial_back_has_visit(listener));
    dial_back_end(&scene, &client, listener);
}

/* The ports of services, on a machine where one listens. */
static void
test_services(void)
{
    static const uint16_t ports[] = {0, 22, 80, 1023};
    int listener = dial_back_listen_on(DIAL_BACK_CLIENT, 22, 8); /* root, in its own network */
    for (gsize i = 0; i < G_N_ELEMENTS(ports); i++) {
        struct dial_back_scene scene;
        struct dial_back_client client;
        dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_LAN, 1000, NULL);
        dial_back_open_checking(&client, &scene, DIAL_BACK_CLIENT);
        dial_back_dial(&client, DS_DIAL_FROM_OTHER_PORT, ports[i]);
        dial_back_expect_refused(&client);
        dial_back_client_close(&client);
        dial_back_scene_close(&scene);
    }
    g_assert_false(dial_back_has_visit(listener));
    close(listener);
}

/* So many of one subscriber, over however many connections; others are served all the same. */
static void
test_budget(void)
{
    struct dial_back_scene scene;
    struct dial_back_client clients[DS_RELAY_DIAL_OTHER_BURST + 2];
    struct ds_addr from;
    uint16_t port, other_port;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, 1000, NULL);
    int listener = dial_back_listen(DIAL_BACK_CLIENT, 64, &port);
    for (int i = 0; i <= DS_RELAY_DIAL_OTHER_BURST; i++) {
        dial_back_open_checking(&clients[i], &scene, DIAL_BACK_CLIENT);
        dial_back_dial(&clients[i], DS_DIAL_FROM_OTHER_PORT, port);
        g_assert_cmpint(dial_back_take_dialled(&clients[i], NULL), ==,
                i < DS_RELAY_DIAL_OTHER_BURST ? DS_DIALLED_CONNECTED : DS_DIALLED_NOT_OFFERED);
    }
    for (int i = 0; i < DS_RELAY_DIAL_OTHER_BURST; i++)
        dial_back_take_visit(listener, &from);
    g_assert_false(dial_back_has_visit(listener));
    struct dial_back_client *other = &clients[DS_RELAY_DIAL_OTHER_BURST + 1];
    dial_back_open_checking(other, &scene, "198.51.100.8");
    int other_listener = dial_back_listen("198.51.100.8", 8, &other_port);
    dial_back_dial(other, DS_DIAL_FROM_OTHER_PORT, other_port);
    g_assert_cmpint(dial_back_take_dialled(other, NULL), ==, DS_DIALLED_CONNECTED);
    for (gsize i = 0; i < G_N_ELEMENTS(clients); i++)
        dial_back_client_close(&clients[i]);
    close(other_listener);
    close(listener);
    dial_back_scene_close(&scene);
}

static void
expect_dialled(struct dial_back_client *client, uint16_t port, enum ds_dialled result)
{
    dial_back_dial(client, DS_DIAL_FROM_OTHER_ADDRESS, port);
    g_assert_cmpint(dial_back_take_dialled(client, NULL), ==, result);
}

/*
 * A neighbour's port, also where the relay knows that one, is a port like any other: dialled, and
 * not for long. The own one goes on, and what is next to it is not among it.
 */
static void
test_neighbour(void)
{
    struct dial_back_scene scene;
    struct dial_back_client neighbour, nosy, honest[3];
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, 1000, DIAL_BACK_OTHER);
    dial_back_open_checking(&neighbour, &scene, DIAL_BACK_CLIENT);
    dial_back_open_checking(&nosy, &scene, DIAL_BACK_CLIENT);
    for (int i = 0; i < DS_RELAY_DIAL_OTHER_BURST; i++)
        expect_dialled(&nosy, dial_back_port(&neighbour), DS_DIALLED_REFUSED);
    expect_dialled(&nosy, dial_back_port(&neighbour), DS_DIALLED_NOT_OFFERED);
    for (gsize i = 0; i < G_N_ELEMENTS(honest); i++) {
        dial_back_open_checking(&honest[i], &scene, DIAL_BACK_CLIENT);
        uint16_t port = dial_back_port(&honest[i]);
        expect_dialled(&honest[i], port + 1, DS_DIALLED_NOT_OFFERED);
        expect_dialled(&honest[i], port - 1, DS_DIALLED_NOT_OFFERED);
        for (int dials = 2; dials < DS_CHECK_DIALS_MAX; dials++)
            expect_dialled(&honest[i], port, DS_DIALLED_REFUSED);
        dial_back_client_close(&honest[i]);
    }
    dial_back_client_close(&nosy);
    dial_back_client_close(&neighbour);
    dial_back_scene_close(&scene);
}

/* So many at a time of all; who goes makes room. */
static void
test_bound(void)
{
    enum { BOUND = 2 };
    struct dial_back_scene scene;
    struct dial_back_client clients[BOUND + 1];
    struct dial_back_deaf deaf;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, BOUND * 16, NULL);
    dial_back_deaf_open(&deaf, DIAL_BACK_CLIENT);
    for (int i = 0; i < BOUND; i++) {
        dial_back_open_checking(&clients[i], &scene, DIAL_BACK_CLIENT);
        dial_back_dial(&clients[i], DS_DIAL_FROM_OTHER_PORT, deaf.port);
    }
    dial_back_open_checking(&clients[BOUND], &scene, DIAL_BACK_CLIENT);
    g_assert_cmpuint(scene.relay->dialback_count, ==, BOUND);
    dial_back_dial(&clients[BOUND], DS_DIAL_FROM_OTHER_PORT, deaf.port);
    g_assert_cmpint(dial_back_take_dialled(&clients[BOUND], NULL), ==, DS_DIALLED_NOT_OFFERED);
    dial_back_client_close(&clients[0]);
    g_assert_cmpuint(scene.relay->dialback_count, ==, BOUND - 1);
    dial_back_deaf_close(&deaf); /* refused from now on */
    dial_back_dial(&clients[BOUND], DS_DIAL_FROM_OTHER_PORT, deaf.port);
    g_assert_cmpint(dial_back_take_dialled(&clients[BOUND], NULL), ==, DS_DIALLED_REFUSED);
    dial_back_client_close(&clients[BOUND]);
    dial_back_scene_close(&scene); /* with one under way */
    dial_back_client_close(&clients[1]);
}

static void
on_stopped(void *arg)
{
    *(bool *)arg = true;
}

/* A relay that stops waits for nobody whom it dials. */
static void
test_stop(void)
{
    struct dial_back_scene scene;
    struct dial_back_client client;
    struct dial_back_deaf deaf;
    bool is_stopped = false;
    dial_back_scene_open(&scene, DS_RELAY_DIAL_BACK_WORLD, 1000, NULL);
    dial_back_open_checking(&client, &scene, DIAL_BACK_CLIENT);
    dial_back_deaf_open(&deaf, DIAL_BACK_CLIENT);
    dial_back_dial(&client, DS_DIAL_FROM_OTHER_PORT, deaf.port);
    dial_back_settle(&scene);
    g_assert_cmpuint(scene.relay->dialback_count, ==, 1);
    ds_relay_stop(scene.relay, on_stopped, &is_stopped);
    g_assert_cmpuint(scene.relay->dialback_count, ==, 0);
    dial_back_expect(&client, DS_RECORD_NOTE);
    dial_back_expect(&client, -1);
    dial_back_client_close(&client);
    while (!is_stopped)
        event_base_loop(scene.base, EVLOOP_ONCE);
    dial_back_deaf_close(&deaf);
    dial_back_scene_close(&scene);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!dial_back_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had here\n");
        return 0;
    }
    g_test_add_data_func("/dial back/connected", GINT_TO_POINTER(0), test_connected);
    g_test_add_data_func("/dial back/connected from elsewhere", GINT_TO_POINTER(1), test_connected);
    g_test_add_func("/dial back/other way round", test_other_way_round);
    g_test_add_func("/dial back/silent", test_silent);
    g_test_add_func("/dial back/unreachable", test_unreachable);
    g_test_add_func("/dial back/whom", test_whom);
    g_test_add_func("/dial back/no other", test_no_other);
    g_test_add_func("/dial back/thousand", test_thousand);
    g_test_add_func("/dial back/early", test_early);
    g_test_add_func("/dial back/services", test_services);
    g_test_add_func("/dial back/budget", test_budget);
    g_test_add_func("/dial back/neighbour", test_neighbour);
    g_test_add_func("/dial back/bound", test_bound);
    g_test_add_func("/dial back/stop", test_stop);
    return g_test_run();
}
