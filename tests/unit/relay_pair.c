/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meeting by id, and what goes on between two who are paired. */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/base/reason.h"
#include "net/relay/state.h"
#include "tests/lib/relay_rig.h"
#include "tests/lib/seed.h"

struct scene {
    struct relay_rig rig;
    struct ds_relay_times times;
    struct rig_client *helpee, *helper;
    uint8_t cookies[2][DS_COOKIE_BYTES];
};

static void
take_cookie(struct rig_client *client, uint8_t cookie[static DS_COOKIE_BYTES])
{
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_PAIRED);
    g_assert_cmpuint(client->payload_len, ==, DS_COOKIE_BYTES);
    memcpy(cookie, client->payload, DS_COOKIE_BYTES);
}

static void
open_scene(struct scene *scene)
{
    *scene = (struct scene){.times = ds_relay_times_default};
    relay_rig_open(&scene->rig, &scene->times, 1000, 8);
}

/* Opens a scene with two who have met by id 7. */
static void
open_pair(struct scene *scene)
{
    open_scene(scene);
    scene->helpee = rig_greet(&scene->rig, "192.0.2.1:1");
    scene->helper = rig_greet(&scene->rig, "192.0.2.2:1");
    rig_meet(scene->helpee, 7, DS_ROLE_HELPEE, NULL);
    rig_meet(scene->helper, 7, DS_ROLE_HELPER, NULL);
    take_cookie(scene->helpee, scene->cookies[0]);
    take_cookie(scene->helper, scene->cookies[1]);
}

static void
close_scene(struct scene *scene)
{
    if (scene->helpee != NULL)
        relay_rig_hang_up(scene->helpee);
    if (scene->helper != NULL)
        relay_rig_hang_up(scene->helper);
    relay_rig_settle(&scene->rig);
    g_assert_cmpuint(ds_relay_connections(scene->rig.relay), ==, 0);
    g_assert_cmpuint(scene->rig.relay->meetings.count, ==, 0);
    g_assert_cmpuint(scene->rig.relay->cookies.count, ==, 0);
    g_assert_cmpuint(scene->rig.relay->subscribers.count, ==, 0);
    relay_rig_close(&scene->rig);
}

/* The other side is gone: a NOTE says so, then the stream ends. */
static void
expect_parted(struct rig_client *client)
{
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_NOTE);
    g_assert_cmpint(rig_field(client, DS_TAG_NOTE), ==, DS_NOTE_PEER_GONE);
    g_assert_cmpint(rig_receive(client), ==, -1);
}

/* ---- meeting ---- */

static void
test_meet(void)
{
    struct scene scene;
    open_pair(&scene);
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
    close_scene(&scene);
}

static void
test_replaced_while_waiting(void)
{
    struct scene scene;
    open_scene(&scene);
    struct rig_client *old = rig_greet(&scene.rig, "192.0.2.1:1");
    rig_meet(old, 7, DS_ROLE_HELPEE, NULL);
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:2");
    rig_meet(scene.helpee, 7, DS_ROLE_HELPEE, NULL);
    g_assert_cmpint(rig_refused(old), ==, DS_REASON_REPLACED);
    relay_rig_hang_up(old);
    scene.helper = rig_greet(&scene.rig, "192.0.2.2:1");
    rig_meet(scene.helper, 7, DS_ROLE_HELPER, NULL);
    take_cookie(scene.helpee, scene.cookies[0]);
    take_cookie(scene.helper, scene.cookies[1]);
    close_scene(&scene);
}

/* A side that comes again ends the pair that the relay still holds: the other side comes too. */
static void
test_replaced_while_paired(void)
{
    struct scene scene;
    open_pair(&scene);
    struct rig_client *again = rig_greet(&scene.rig, "192.0.2.9:1");
    rig_meet(again, 7, DS_ROLE_HELPER, NULL);
    g_assert_cmpint(rig_refused(scene.helper), ==, DS_REASON_REPLACED);
    expect_parted(scene.helpee);
    relay_rig_hang_up(scene.helper);
    scene.helper = again;
    relay_rig_hang_up(scene.helpee);
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:2");
    rig_meet(scene.helpee, 7, DS_ROLE_HELPEE, scene.cookies[0]); /* of a pair that is gone */
    take_cookie(scene.helpee, scene.cookies[0]);
    take_cookie(scene.helper, scene.cookies[1]);
    close_scene(&scene);
}

/* Who met by a code is not known by id: there the cookie names the old connection. */
static void
test_cookie(void)
{
    char nameplate[16];
    struct scene scene;
    open_scene(&scene);
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
    expect_parted(scene.helpee);
    g_assert_cmpint(rig_receive(scene.helper), ==, -1);
    g_assert_true(rig_is_silent(again));
    relay_rig_hang_up(again);
    close_scene(&scene);
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
    struct scene scene;
    struct stream streams[2];
    struct rig_client *ends[2];
    open_pair(&scene);
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
    close_scene(&scene);
}

/* A reader who stops holds up what is sent to it, no more than the limit, and nothing else. */
static void
test_back_pressure(gconstpointer data)
{
    enum { SOCKETS = 4 * 32 * 1024 }; /* what the two socketpairs may hold */
    bool is_from_helper = GPOINTER_TO_INT(data);
    g_autoptr(GRand) rand = test_seed();
    struct scene scene;
    open_pair(&scene);
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
    close_scene(&scene);
}

/* What was sent before an EOF still arrives, also through a reader who was slow. */
static void
test_drain(void)
{
    g_autoptr(GRand) rand = test_seed();
    struct scene scene;
    open_pair(&scene);
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
    expect_parted(scene.helper);
    g_assert_cmpint(rig_receive(scene.helpee), ==, -1);
    g_byte_array_unref(stream.bytes);
    close_scene(&scene);
}

/* A reader who never reads does not hold what is left for ever. */
static void
test_drain_ends(void)
{
    g_autoptr(GRand) rand = test_seed();
    struct scene scene;
    open_pair(&scene);
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
    close_scene(&scene);
}

/* ---- time ---- */

static void
test_prepair_time(void)
{
    struct scene scene;
    open_scene(&scene);
    scene.times.prepair_ms = 20;
    scene.helpee = relay_rig_connect(&scene.rig, "192.0.2.1:1"); /* says nothing */
    scene.helper = rig_greet(&scene.rig, "192.0.2.2:1");         /* says HELLO alone */
    rig_send_bytes(scene.helpee, "\1", 1);
    g_assert_cmpint(rig_receive(scene.helpee), ==, -1);
    g_assert_cmpint(rig_receive(scene.helper), ==, -1);
    close_scene(&scene);
}

static void
test_idle(void)
{
    enum { IDLE_MS = 10, STEP_MS = 7 };
    struct scene scene;
    open_scene(&scene);
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
    close_scene(&scene);
}

/* One side of a pair is silent: both are closed. */
static void
test_idle_pair(void)
{
    enum { IDLE_MS = 10 };
    struct scene scene;
    open_scene(&scene);
    scene.times.idle_ms = IDLE_MS;
    scene.helpee = rig_greet(&scene.rig, "192.0.2.1:1");
    scene.helper = rig_greet(&scene.rig, "192.0.2.2:1");
    rig_meet(scene.helpee, 7, DS_ROLE_HELPEE, NULL);
    rig_meet(scene.helper, 7, DS_ROLE_HELPER, NULL);
    take_cookie(scene.helpee, scene.cookies[0]);
    take_cookie(scene.helper, scene.cookies[1]);
    relay_rig_skip(IDLE_MS - 1);
    rig_send(scene.helper, DS_RECORD_PING, NULL, 0);
    g_assert_cmpint(rig_receive(scene.helper), ==, DS_RECORD_PONG);
    relay_rig_run(&scene.rig, IDLE_MS + 5);
    g_assert_true(rig_is_silent(scene.helpee));
    relay_rig_skip(1);
    expect_parted(scene.helper);
    g_assert_cmpint(rig_receive(scene.helpee), ==, -1);
    close_scene(&scene);
}

/* A side whose other side is slow cannot be heard: that is no silence of its own. */
static void
test_paused_is_not_idle(void)
{
    enum { IDLE_MS = 10 };
    g_autoptr(GRand) rand = test_seed();
    struct scene scene;
    open_scene(&scene);
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
    take_cookie(scene.helper, scene.cookies[1]);
    g_assert_cmpint(rig_receive(scene.helper), ==, DS_RECORD_PIPE);
    g_byte_array_unref(stream.bytes);
    close_scene(&scene);
}

/* ---- room ---- */

static void
test_subscribers(void)
{
    enum { OWN = 8 }; /* see open_scene() */
    struct rig_client *clients[2 * OWN];
    struct scene scene;
    open_scene(&scene);
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
    close_scene(&scene);
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
    struct scene scene;
    open_pair(&scene);
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
    close_scene(&scene);
}

/* Nobody leaves: the relay does, when its time is over. */
static void
test_stop_in_time(void)
{
    bool is_stopped = false;
    struct scene scene;
    open_pair(&scene);
    scene.times.stop_ms = 20;
    gint64 end_us = g_get_monotonic_time() + ds_relay_times_default.drain_ms * 500;
    ds_relay_stop(scene.rig.relay, on_stopped, &is_stopped);
    while (!is_stopped && g_get_monotonic_time() < end_us)
        relay_rig_run(&scene.rig, 5);
    g_assert_true(is_stopped);
    g_assert_cmpuint(ds_relay_connections(scene.rig.relay), ==, 0);
    close_scene(&scene);
}

/* A connection that is not paired moves to another loop with half a record, its timer, its queue.
 */
static void
test_move(void)
{
    struct scene scene;
    struct ds_relay_loop other;
    struct event_base *base = event_base_new();
    open_scene(&scene);
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
    close_scene(&scene);
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
    g_test_add_func("/relay/pair/prepair-time", test_prepair_time);
    g_test_add_func("/relay/pair/idle", test_idle);
    g_test_add_func("/relay/pair/idle-pair", test_idle_pair);
    g_test_add_func("/relay/pair/paused-is-not-idle", test_paused_is_not_idle);
    g_test_add_func("/relay/pair/subscribers", test_subscribers);
    g_test_add_func("/relay/pair/full", test_full);
    g_test_add_func("/relay/pair/stop", test_stop);
    g_test_add_func("/relay/pair/stop-in-time", test_stop_in_time);
    g_test_add_func("/relay/pair/move", test_move);
    return g_test_run();
}
