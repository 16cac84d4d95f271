/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long one may stay at the relay, how many may come, and how it ends or moves elsewhere. */
#include <event2/event.h>
#include <glib.h>

#include "net/base/reason.h"
#include "net/relay/state.h"
#include "tests/lib/relay_scene.h"

/* ---- time ---- */

static void
test_prepair_time(void)
{
    struct relay_scene scene;
    relay_scene_open(&scene);
    scene.times.prepair_ms = 20;
    scene.helpee = relay_rig_connect(&scene.rig, "192.0.2.1:1"); /* says nothing */
    scene.helper = rig_greet(&scene.rig, "192.0.2.2:1");         /* says HELLO alone */
    rig_send_bytes(scene.helpee, "\1", 1);
    g_assert_cmpint(rig_receive(scene.helpee), ==, -1);
    g_assert_cmpint(rig_receive(scene.helper), ==, -1);
    relay_scene_close(&scene);
}

static void
test_idle(void)
{
    enum { IDLE_MS = 10, STEP_MS = 7 };
    struct relay_scene scene;
    relay_scene_open(&scene);
    scene.times.idle_ms = IDLE_MS;
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:1");
    rig_meet(scene.helpee, 7, DS_ROLE_HELPEE, NULL);
    for (int i = 0; i < 4; i++) { /* who pings stays */
        relay_rig_skip(STEP_MS);
        rig_send(scene.helpee, DS_RECORD_PING, NULL, 0);
        g_assert_cmpint(rig_receive(scene.helpee), ==, DS_RECORD_PONG);
        relay_rig_run(&scene.rig, IDLE_MS + 1);
    }
    relay_rig_skip(IDLE_MS);
    g_assert_cmpint(rig_receive(scene.helpee), ==, -1);
    relay_scene_close(&scene);
}

/* ---- room ---- */

static void
test_subscribers(void)
{
    enum { OWN = RELAY_SCENE_SUBSCRIBER_MAX };
    struct rig_client *clients[2 * OWN];
    struct relay_scene scene;
    relay_scene_open(&scene);
    for (int i = 0; i < 2 * OWN; i++) {
        clients[i] = relay_rig_connect(&scene.rig, "192.0.2.1:1");
        rig_hello(clients[i], 1, 1);
    }
    struct rig_client *beyond = relay_rig_connect(&scene.rig, "192.0.2.1:2");
    g_assert_cmpint(rig_receive(beyond), ==, -1); /* not even heard */
    relay_rig_hang_up(beyond);
    struct rig_client *neighbour = rig_greet(&scene.rig, "192.0.2.2:1");
    relay_rig_hang_up(neighbour);
    for (int i = 0; i < OWN; i++)
        g_assert_cmpint(rig_receive(clients[i]), ==, DS_RECORD_WELCOME);
    for (int i = OWN; i < 2 * OWN; i++) {
        g_assert_cmpint(rig_receive(clients[i]), ==, DS_RECORD_REFUSED);
        g_assert_cmpint(rig_field(clients[i], DS_TAG_REASON), ==, DS_REASON_RELAY_FULL);
        g_assert_cmpint(rig_field(clients[i], DS_TAG_RETRY_MS), >, 0);
        relay_rig_hang_up(clients[i]);
    }
    /* Who is paired does not count any more. */
    rig_meet(clients[0], 7, DS_ROLE_HELPEE, NULL);
    rig_meet(clients[1], 7, DS_ROLE_HELPER, NULL);
    g_assert_cmpint(rig_receive(clients[0]), ==, DS_RECORD_PAIRED);
    struct rig_client *more[2] = {
            rig_greet(&scene.rig, "192.0.2.1:3"), rig_greet(&scene.rig, "192.0.2.1:4")};
    for (int i = 0; i < OWN; i++)
        relay_rig_hang_up(clients[i]);
    relay_rig_hang_up(more[0]);
    relay_rig_hang_up(more[1]);
    relay_scene_close(&scene);
}

static void
test_full(void)
{
    enum { MOST = 20 };
    struct ds_relay_times times = ds_relay_times_default;
    struct rig_client *clients[MOST];
    struct relay_rig rig;
    relay_rig_open(&rig, &times, MOST, 1000);
    for (int i = 0; i < MOST; i++) {
        clients[i] = relay_rig_connect(&rig, "192.0.2.1:1");
        rig_hello(clients[i], 1, 1);
    }
    struct rig_client *beyond = relay_rig_connect(&rig, "192.0.2.1:1");
    g_assert_cmpint(rig_receive(beyond), ==, -1);
    relay_rig_hang_up(beyond);
    for (int i = 0; i < MOST; i++) {
        if (i < MOST - MOST / 10)
            g_assert_cmpint(rig_receive(clients[i]), ==, DS_RECORD_WELCOME);
        else
            g_assert_cmpint(rig_refused(clients[i]), ==, DS_REASON_RELAY_FULL);
        relay_rig_hang_up(clients[i]);
    }
    relay_rig_close(&rig);
}

/* ---- the end, and moving ---- */

static void
on_stopped(void *arg)
{
    *(bool *)arg = true;
}

static void
test_stop(void)
{
    bool is_stopped = false;
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    struct rig_client *waiting = rig_greet(&scene.rig, "192.0.2.3:1");
    rig_wait(waiting, NULL, NULL);
    g_assert_cmpint(rig_receive(waiting), ==, DS_RECORD_WAITING);
    struct rig_client *mute = relay_rig_connect(&scene.rig, "192.0.2.4:1");
    rig_send(scene.helpee, DS_RECORD_PIPE, "last words", 10);
    ds_relay_stop(scene.rig.relay, on_stopped, &is_stopped);
    g_assert_cmpint(rig_receive(scene.helper), ==, DS_RECORD_PIPE);
    struct rig_client *told[] = {scene.helper, scene.helpee, waiting};
    for (int i = 0; i < 3; i++) {
        g_assert_cmpint(rig_receive(told[i]), ==, DS_RECORD_NOTE);
        g_assert_cmpint(rig_field(told[i], DS_TAG_NOTE), ==, DS_NOTE_DRAIN);
        g_assert_cmpint(rig_receive(told[i]), ==, -1);
    }
    g_assert_cmpint(rig_receive(mute), ==, -1);
    g_assert_false(is_stopped); /* somebody might still read */
    relay_rig_hang_up(waiting);
    relay_rig_hang_up(mute);
    relay_rig_hang_up(scene.helpee);
    relay_rig_hang_up(scene.helper);
    scene.helpee = scene.helper = NULL;
    relay_rig_settle(&scene.rig);
    g_assert_true(is_stopped);
    relay_scene_close(&scene);
}

/* Nobody leaves: the relay does, when its time is over. */
static void
test_stop_in_time(void)
{
    bool is_stopped = false;
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    scene.times.stop_ms = 20;
    gint64 end_us = g_get_monotonic_time() + ds_relay_times_default.drain_ms * 500;
    ds_relay_stop(scene.rig.relay, on_stopped, &is_stopped);
    while (!is_stopped && g_get_monotonic_time() < end_us)
        relay_rig_run(&scene.rig, 5);
    g_assert_true(is_stopped);
    g_assert_cmpuint(ds_relay_connections(scene.rig.relay), ==, 0);
    relay_scene_close(&scene);
}

/* A connection that is not paired moves to another loop with half a record, its timer, its queue.
 */
static void
test_move(void)
{
    struct relay_scene scene;
    struct ds_relay_loop other;
    struct event_base *base = event_base_new();
    relay_scene_open(&scene);
    ds_relay_loop_init(&other, base);
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:1");
    rig_send_bytes(scene.helpee,
            "\x12\0\0\x08"
            "1234",
            8);

    struct ds_relay_conn *conn = TAILQ_FIRST(&scene.rig.relay->conns);
    ds_relay_conn_detach(conn);
    rig_send_bytes(scene.helpee, "5678", 4);
    g_assert_true(rig_is_silent(scene.helpee)); /* in no loop */
    g_assert_cmpint(ds_relay_conn_attach(conn, &other), ==, 0);
    g_assert_true(rig_is_silent(scene.helpee)); /* not in the old one */
    event_base_loop(base, EVLOOP_ONCE);
    g_assert_cmpint(rig_receive(scene.helpee), ==, DS_RECORD_PONG);
    g_assert_cmpstr((char *)scene.helpee->payload, ==, "12345678");

    ds_relay_conn_detach(conn);
    g_assert_cmpint(ds_relay_conn_attach(conn, &scene.rig.relay->loop), ==, 0);
    ds_relay_loop_finish(&other);
    event_base_free(base);
    relay_scene_close(&scene);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay/stay/prepair-time", test_prepair_time);
    g_test_add_func("/relay/stay/idle", test_idle);
    g_test_add_func("/relay/stay/subscribers", test_subscribers);
    g_test_add_func("/relay/stay/full", test_full);
    g_test_add_func("/relay/stay/stop", test_stop);
    g_test_add_func("/relay/stay/stop-in-time", test_stop_in_time);
    g_test_add_func("/relay/stay/move", test_move);
    return g_test_run();
}
