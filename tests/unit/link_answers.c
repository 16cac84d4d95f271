/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a link answers on which path, and what it takes for an answer: its peer is raw bytes. */
#include <glib.h>

#include "net/base/limits.h"
#include "net/link/frame.h"
#include "tests/lib/link_world.h"

#define MS 1000ull
#define S 1000000ull

enum { DELAY_MS = 5 };

static const struct world_way relay_way = {.kind = DS_PATH_RELAY, .delay_us = DELAY_MS * MS};
static const struct world_way direct_way = {.kind = DS_PATH_LAN, .delay_us = DELAY_MS * MS};

static struct ds_path *
connect_raw(const struct world_way *way)
{
    uint8_t buf[DS_LINK_HELLO_BYTES];
    struct ds_path *raw = world_connect(way);
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_frame_put_hello(&w, 0);
    world_write(raw, buf, w.len);
    return raw;
}

/* The link is the helper's; the other side says HELLO on each path that it makes. */
static void
begin(void)
{
    world_begin_pair(1, 0);
    world_free_link(0);
}

static void
send_number(struct ds_path *raw, enum ds_frame_type type, uint64_t number)
{
    uint8_t buf[DS_FRAME_CONTROL_MAX];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_frame_put_number(&w, type, number);
    world_write(raw, buf, w.len);
}

/* DATA of 10 bytes of the stream, which the link has room to take. */
static void
send_data(struct ds_path *raw, uint64_t offset)
{
    uint8_t buf[DS_FRAME_NUMBER_BYTES + 10];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_frame_put_data_head(&w, offset, 10);
    ds_writer_bytes(&w, world_stream(0, offset), 10);
    world_write(raw, buf, w.len);
}

/* How many frames of a type came since the last call, and the last one's number. */
static unsigned
take_frames(struct ds_path *raw, enum ds_frame_type type, uint64_t *number)
{
    struct ds_frame_reader reader = {.len = 0};
    struct ds_frame frame;
    GByteArray *bytes = world_read(raw);
    const uint8_t *data = bytes->data;
    size_t len = bytes->len;
    unsigned n = 0;
    while (ds_frame_next(&reader, &data, &len, &frame) == 1)
        if (frame.type == type) {
            *number = frame.value;
            n++;
        }
    g_byte_array_set_size(bytes, 0);
    return n;
}

static gboolean
is_suspect(const struct ds_path *raw)
{
    struct ds_link_path_state states[DS_LINK_PATHS_MAX];
    size_t n = ds_link_get_paths(world_side(1)->link, states);
    for (size_t i = 0; i < n; i++)
        if (states[i].path == world_other((struct ds_path *)raw))
            return states[i].is_suspect;
    return FALSE;
}

/* DATA on another path than before, or than this side sends on, is acknowledged at once. */
static void
test_moved(void)
{
    uint64_t number = 0;
    begin();
    struct ds_path *direct = connect_raw(&direct_way);
    struct ds_path *relay = connect_raw(&relay_way);
    world_run(100 * MS);
    send_number(direct, DS_FRAME_PONG, 1); /* of the first PING: it is sent on */
    world_run(2 * S);
    take_frames(direct, DS_FRAME_ACK, &number);
    take_frames(relay, DS_FRAME_ACK, &number);
    send_data(direct, 0);
    world_run(2 * DELAY_MS * MS + MS);
    g_assert_cmpuint(take_frames(direct, DS_FRAME_ACK, &number), ==, 0); /* the twin: it waits */
    world_run(DS_LINK_ACK_MS * MS + MS);
    g_assert_cmpuint(take_frames(direct, DS_FRAME_ACK, &number), ==, 1);
    g_assert_cmpuint(take_frames(relay, DS_FRAME_ACK, &number), ==, 0);
    send_data(relay, 10);
    world_run(2 * DELAY_MS * MS + MS);
    g_assert_cmpuint(take_frames(relay, DS_FRAME_ACK, &number), ==, 1);
    g_assert_cmpuint(number, ==, 20);
    g_assert_cmpuint(take_frames(direct, DS_FRAME_ACK, &number), ==, 1); /* sent on: both */
    send_data(direct, 20);
    world_run(2 * DELAY_MS * MS + MS);
    g_assert_cmpuint(take_frames(direct, DS_FRAME_ACK, &number), ==, 1);
    g_assert_cmpuint(number, ==, 30);
    g_assert_cmpuint(take_frames(relay, DS_FRAME_ACK, &number), ==, 0);
    world_end();
}

/* A path is lost: what came is said on the other one, though nobody asked there. */
static void
test_lost(void)
{
    uint64_t number = 0;
    begin();
    struct ds_path *relay = connect_raw(&relay_way);
    struct ds_path *direct = connect_raw(&direct_way);
    send_data(direct, 0);
    world_run(S);
    take_frames(relay, DS_FRAME_ACK, &number);
    world_cut(direct);
    world_run(DELAY_MS * MS + MS);
    g_assert_cmpuint(take_frames(relay, DS_FRAME_ACK, &number), ==, 1);
    g_assert_cmpuint(number, ==, 10);
    world_end();
}

/* A suspect path on which bytes come is trusted when its PINGs are answered, and never else. */
static void
test_trust(void)
{
    for (unsigned is_answering = 0; is_answering < 2; is_answering++) {
        uint64_t number = 0;
        begin();
        struct ds_path *raw = connect_raw(&relay_way);
        world_run(1500 * MS);
        g_assert_true(is_suspect(raw));
        for (unsigned i = 0; i < 16; i++) {
            unsigned pings = take_frames(raw, DS_FRAME_PING, &number);
            if (is_answering && (pings > 0 || i == 0))
                send_number(raw, DS_FRAME_PONG, number);
            send_number(raw, DS_FRAME_PING, i);
            world_run(500 * MS);
            g_assert_true(i > 8 || is_suspect(raw));
        }
        g_assert_cmpint(is_suspect(raw), ==, !is_answering);
        g_assert_cmpuint(world_side(1)->lost_paths, ==, 0); /* bytes come: it is not dead */
        world_end();
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link-answers/moved", test_moved);
    g_test_add_func("/link-answers/lost", test_lost);
    g_test_add_func("/link-answers/trust", test_trust);
    return g_test_run();
}
