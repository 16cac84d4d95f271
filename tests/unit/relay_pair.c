/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meeting by id, and what goes on between two who are paired. */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/base/reason.h"
#include "net/relay/state.h"
#include "tests/lib/relay_scene.h"
#include "tests/lib/seed.h"

/* ---- meeting ---- */

static void
test_meet(void)
{
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    g_assert_true(memcmp(scene.cookies[0], scene.cookies[1], DS_COOKIE_BYTES) != 0);
    struct rig_client *other = rig_greet(&scene.rig, "192.0.2.3:1");
    rig_meet(other, 8, DS_ROLE_HELPER, NULL); /* another id */
    g_assert_true(rig_is_silent(other));
    rig_send(scene.helpee, DS_RECORD_PIPE, "to the helper", 13);
    rig_send(scene.helper, DS_RECORD_PIPE, "to the helpee", 13);
    g_assert_cmpint(rig_receive(scene.helper), ==, DS_RECORD_PIPE);
    g_assert_cmpstr((char *)scene.helper->payload, ==, "to the helper");
    g_assert_cmpint(rig_receive(scene.helpee), ==, DS_RECORD_PIPE);
    g_assert_cmpstr((char *)scene.helpee->payload, ==, "to the helpee");
    g_assert_true(rig_is_silent(other));
    relay_rig_hang_up(other);
    relay_scene_close(&scene);
}

static void
test_replaced_while_waiting(void)
{
    struct relay_scene scene;
    relay_scene_open(&scene);
    struct rig_client *old = rig_greet(&scene.rig, "192.0.2.1:1");
    rig_meet(old, 7, DS_ROLE_HELPEE, NULL);
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:2");
    rig_meet(scene.helpee, 7, DS_ROLE_HELPEE, NULL);
    g_assert_cmpint(rig_refused(old), ==, DS_REASON_REPLACED);
    relay_rig_hang_up(old);
    scene.helper = rig_greet(&scene.rig, "192.0.2.2:1");
    rig_meet(scene.helper, 7, DS_ROLE_HELPER, NULL);
    relay_scene_take_cookie(scene.helpee, scene.cookies[0]);
    relay_scene_take_cookie(scene.helper, scene.cookies[1]);
    relay_scene_close(&scene);
}

/* A side that comes again ends the pair that the relay still holds: the other side comes too. */
static void
test_replaced_while_paired(void)
{
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    struct rig_client *again = rig_greet(&scene.rig, "192.0.2.9:1");
    rig_meet(again, 7, DS_ROLE_HELPER, NULL);
    g_assert_cmpint(rig_refused(scene.helper), ==, DS_REASON_REPLACED);
    relay_scene_expect_parted(scene.helpee);
    relay_rig_hang_up(scene.helper);
    scene.helper = again;
    relay_rig_hang_up(scene.helpee);
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:2");
    rig_meet(scene.helpee, 7, DS_ROLE_HELPEE, scene.cookies[0]); /* of a pair that is gone */
    relay_scene_take_cookie(scene.helpee, scene.cookies[0]);
    relay_scene_take_cookie(scene.helper, scene.cookies[1]);
    relay_scene_close(&scene);
}

/* Who met by a code is not known by id: there the cookie names the old connection. */
static void
test_cookie(void)
{
    char nameplate[16];
    struct relay_scene scene;
    relay_scene_open(&scene);
    scene.helpee = rig_helpee(&scene.rig, "192.0.2.1:1", nameplate);
    scene.helper = rig_greet(&scene.rig, "192.0.2.2:1");
    rig_pair(scene.helpee, scene.helper, nameplate);
    memcpy(scene.cookies[1], scene.helper->payload, DS_COOKIE_BYTES);

    struct rig_client *again = rig_greet(&scene.rig, "192.0.2.9:1");
    scene.cookies[1][0] ^= 1; /* not quite */
    rig_meet(again, 7, DS_ROLE_HELPER, scene.cookies[1]);
    g_assert_true(rig_is_silent(scene.helpee));
    relay_rig_hang_up(again);

    again = rig_greet(&scene.rig, "192.0.2.9:2");
    scene.cookies[1][0] ^= 1;
    rig_meet(again, 7, DS_ROLE_HELPER, scene.cookies[1]);
    relay_scene_expect_parted(scene.helpee);
    g_assert_cmpint(rig_receive(scene.helper), ==, -1);
    g_assert_true(rig_is_silent(again));
    relay_rig_hang_up(again);
    relay_scene_close(&scene);
}

/* ---- forwarding ---- */

/* A stream of records with known bytes, of which `sent` are in the socket. */
struct stream {
    GByteArray *bytes;
    size_t sent, received;
};

static void
add_pipe(struct stream *stream, GRand *rand, size_t len)
{
    uint8_t header[DS_RECORD_HEADER];
    ds_record_header(header, DS_RECORD_PIPE, len);
    g_byte_array_append(stream->bytes, header, sizeof header);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)g_rand_int(rand);
        g_byte_array_append(stream->bytes, &byte, 1);
    }
}

static size_t
push_stream(struct rig_client *client, struct stream *stream, size_t most)
{
    size_t n = rig_push(client, stream->bytes->data + stream->sent,
            MIN(most, stream->bytes->len - stream->sent));
    stream->sent += n;
    return n;
}

/* Reads raw bytes, and compares: the records arrive as they were sent. */
static size_t
pull_stream(struct rig_client *client, struct stream *stream, size_t most)
{
    uint8_t buffer[65536];
    relay_rig_settle(client->rig);
    ssize_t n = recv(client->fd, buffer, MIN(most, sizeof buffer), 0);
    if (n <= 0)
        return 0;
    g_assert_cmpuint(stream->received + (size_t)n, <=, stream->bytes->len);
    g_assert_true(memcmp(buffer, stream->bytes->data + stream->received, (size_t)n) == 0);
    stream->received += (size_t)n;
    return (size_t)n;
}

/* Both ways at once, in records and pieces of all sizes. */
static void
test_both_ways(void)
{
    g_autoptr(GRand) rand = test_seed();
    struct relay_scene scene;
    struct stream streams[2];
    struct rig_client *ends[2];
    relay_scene_open_pair(&scene);
    ends[0] = scene.helpee;
    ends[1] = scene.helper;
    for (int i = 0; i < 2; i++) {
        streams[i] = (struct stream){.bytes = g_byte_array_new()};
        for (int k = 0; k < 60; k++)
            add_pipe(&streams[i], rand,
                    g_rand_boolean(rand) ? DS_PIPE_MAX
                                         : (size_t)g_rand_int_range(rand, 0, DS_PIPE_MAX));
        for (int k = 0; k < 500; k++)
            add_pipe(&streams[i], rand, (size_t)g_rand_int_range(rand, 0, 30));
    }
    while (streams[0].received < streams[0].bytes->len ||
            streams[1].received < streams[1].bytes->len) {
        int i = g_rand_boolean(rand);
        push_stream(ends[i], &streams[i], (size_t)g_rand_int_range(rand, 1, 40000));
        pull_stream(ends[!i], &streams[i], (size_t)g_rand_int_range(rand, 1, 40000));
    }
    for (int i = 0; i < 2; i++)
        g_byte_array_unref(streams[i].bytes);
    relay_scene_close(&scene);
}

/* A reader who stops holds up what is sent to it, no more than the limit, and nothing else. */
static void
test_back_pressure(gconstpointer data)
{
    enum { SOCKETS = 4 * 32 * 1024 }; /* what the two socketpairs may hold */
    bool is_from_helper = GPOINTER_TO_INT(data);
    g_autoptr(GRand) rand = test_seed();
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    struct rig_client *from = is_from_helper ? scene.helper : scene.helpee;
    struct rig_client *to = is_from_helper ? scene.helpee : scene.helper;
    struct stream stream = {.bytes = g_byte_array_new()};
    for (int i = 0; i < 40; i++)
        add_pipe(&stream, rand, DS_PIPE_MAX);
    while (push_stream(from, &stream, 65536) > 0)
        ;
    g_test_message("taken: %zu", stream.sent);
    g_assert_cmpuint(stream.sent, >, DS_RELAY_BUFFER / 2);
    g_assert_cmpuint(stream.sent, <, DS_RELAY_BUFFER + 2 * DS_RECORD_MAX + SOCKETS);

    /* The other direction is free, and a flood of PINGs without a reader changes nothing. */
    rig_send(to, DS_RECORD_PIPE, "still here", 10);
    g_assert_cmpint(rig_receive(from), ==, DS_RECORD_PIPE);
    for (int i = 0; i < 5000; i++)
        rig_send(to, DS_RECORD_PING, "12345678", 8);
    rig_send(to, DS_RECORD_PIPE, "still here", 10);
    g_assert_cmpint(rig_receive(from), ==, DS_RECORD_PIPE);

    /* It reads on: all comes, in order, with PONGs behind what had been queued before them. */
    size_t pongs = 0, pipes = 0, at = 0;
    while (at < stream.bytes->len) {
        push_stream(from, &stream, 65536);
        int type = rig_receive(to);
        if (type == DS_RECORD_PONG) {
            pongs++;
            continue;
        }
        g_assert_cmpint(type, ==, DS_RECORD_PIPE);
        g_assert_cmpmem(to->payload, to->payload_len, stream.bytes->data + at + DS_RECORD_HEADER,
                DS_PIPE_MAX);
        at += DS_RECORD_HEADER + DS_PIPE_MAX;
        pipes++;
    }
    g_assert_cmpuint(pipes, ==, 40);
    g_assert_cmpuint(pongs, <, 5000);
    g_byte_array_unref(stream.bytes);
    relay_scene_close(&scene);
}

/* What was sent before an EOF still arrives, also through a reader who was slow. */
static void
test_drain(void)
{
    g_autoptr(GRand) rand = test_seed();
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    struct stream stream = {.bytes = g_byte_array_new()};
    for (int i = 0; i < 4; i++)
        add_pipe(&stream, rand, DS_PIPE_MAX);
    while (stream.sent < stream.bytes->len)
        g_assert_cmpuint(push_stream(scene.helpee, &stream, 65536), >, 0);
    shutdown(scene.helpee->fd, SHUT_WR);
    relay_rig_settle(&scene.rig);
    for (int i = 0; i < 4; i++) {
        g_assert_cmpint(rig_receive(scene.helper), ==, DS_RECORD_PIPE);
        g_assert_cmpmem(scene.helper->payload, scene.helper->payload_len,
                stream.bytes->data + i * (DS_RECORD_HEADER + DS_PIPE_MAX) + DS_RECORD_HEADER,
                DS_PIPE_MAX);
    }
    relay_scene_expect_parted(scene.helper);
    g_assert_cmpint(rig_receive(scene.helpee), ==, -1);
    g_byte_array_unref(stream.bytes);
    relay_scene_close(&scene);
}

/* A reader who never reads does not hold what is left for ever. */
static void
test_drain_ends(void)
{
    g_autoptr(GRand) rand = test_seed();
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    scene.times.drain_ms = 20;
    struct stream stream = {.bytes = g_byte_array_new()};
    for (int i = 0; i < 4; i++)
        add_pipe(&stream, rand, DS_PIPE_MAX);
    while (stream.sent < stream.bytes->len)
        g_assert_cmpuint(push_stream(scene.helpee, &stream, 65536), >, 0);
    relay_rig_hang_up(scene.helpee);
    scene.helpee = NULL;
    g_assert_cmpuint(ds_relay_connections(scene.rig.relay), ==, 1);
    while (ds_relay_connections(scene.rig.relay) > 0)
        relay_rig_run(&scene.rig, 5);
    while (pull_stream(scene.helper, &stream, 65536) > 0)
        ;
    g_assert_cmpuint(stream.received, <, stream.bytes->len);
    g_byte_array_unref(stream.bytes);
    relay_scene_close(&scene);
}

/* ---- time ---- */

/* One side of a pair is silent: both are closed. */
static void
test_idle_pair(void)
{
    enum { IDLE_MS = 10 };
    struct relay_scene scene;
    relay_scene_open(&scene);
    scene.times.idle_ms = IDLE_MS;
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:1");
    scene.helper = rig_greet(&scene.rig, "192.0.2.2:1");
    rig_meet(scene.helpee, 7, DS_ROLE_HELPEE, NULL);
    rig_meet(scene.helper, 7, DS_ROLE_HELPER, NULL);
    relay_scene_take_cookie(scene.helpee, scene.cookies[0]);
    relay_scene_take_cookie(scene.helper, scene.cookies[1]);
    relay_rig_skip(IDLE_MS - 1);
    rig_send(scene.helper, DS_RECORD_PING, NULL, 0);
    g_assert_cmpint(rig_receive(scene.helper), ==, DS_RECORD_PONG);
    relay_rig_run(&scene.rig, IDLE_MS + 5);
    g_assert_true(rig_is_silent(scene.helpee));
    relay_rig_skip(1);
    relay_scene_expect_parted(scene.helper);
    g_assert_cmpint(rig_receive(scene.helpee), ==, -1);
    relay_scene_close(&scene);
}

/* A side whose other side is slow cannot be heard: that is no silence of its own. */
static void
test_paused_is_not_idle(void)
{
    enum { IDLE_MS = 10 };
    g_autoptr(GRand) rand = test_seed();
    struct relay_scene scene;
    relay_scene_open(&scene);
    scene.times.idle_ms = IDLE_MS;
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:1");
    scene.helper = rig_greet(&scene.rig, "192.0.2.2:1");
    rig_meet(scene.helpee, 7, DS_ROLE_HELPEE, NULL);
    rig_meet(scene.helper, 7, DS_ROLE_HELPER, NULL);
    struct stream stream = {.bytes = g_byte_array_new()};
    for (int i = 0; i < 20; i++)
        add_pipe(&stream, rand, DS_PIPE_MAX);
    while (push_stream(scene.helpee, &stream, 65536) > 0)
        ;
    for (int i = 0; i < 4; i++) { /* the helper reads nothing, but lives */
        relay_rig_skip(IDLE_MS - 1);
        rig_send(scene.helper, DS_RECORD_PING, NULL, 0);
        relay_rig_run(&scene.rig, IDLE_MS + 5);
    }
    g_assert_cmpuint(ds_relay_connections(scene.rig.relay), ==, 2);
    relay_scene_take_cookie(scene.helper, scene.cookies[1]);
    g_assert_cmpint(rig_receive(scene.helper), ==, DS_RECORD_PIPE);
    g_byte_array_unref(stream.bytes);
    relay_scene_close(&scene);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay/pair/meet", test_meet);
    g_test_add_func("/relay/pair/replaced-while-waiting", test_replaced_while_waiting);
    g_test_add_func("/relay/pair/replaced-while-paired", test_replaced_while_paired);
    g_test_add_func("/relay/pair/cookie", test_cookie);
    g_test_add_func("/relay/pair/both-ways", test_both_ways);
    g_test_add_data_func(
            "/relay/pair/back-pressure/helpee", GINT_TO_POINTER(false), test_back_pressure);
    g_test_add_data_func(
            "/relay/pair/back-pressure/helper", GINT_TO_POINTER(true), test_back_pressure);
    g_test_add_func("/relay/pair/drain", test_drain);
    g_test_add_func("/relay/pair/drain-ends", test_drain_ends);
    g_test_add_func("/relay/pair/idle-pair", test_idle_pair);
    g_test_add_func("/relay/pair/paused-is-not-idle", test_paused_is_not_idle);
    return g_test_run();
}
