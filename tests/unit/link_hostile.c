/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A peer that breaks the protocol, each time beside its twin that does not. */
#include <glib.h>
#include <string.h>

#include "net/base/limits.h"
#include "net/link/frame.h"
#include "tests/lib/link_world.h"

#define MS 1000ull
#define S 1000000ull

static const struct world_way way = {.kind = DS_PATH_RELAY, .delay_us = 5 * MS, .in_pieces = TRUE};

static struct ds_path *raw;       /* the end of the hostile side */
static struct world_side *victim; /* sends 100 bytes, all of them before anything comes */
static uint8_t buf[65536];
static struct ds_writer w;

static void
begin(unsigned victim_side)
{
    world_begin(7);
    victim = world_side(victim_side);
    victim->to_send = 100;
    world_make_link(victim_side);
    struct ds_path *path = world_connect(&way);
    raw = victim_side == 1 ? path : world_other(path);
    world_run(20 * MS);
    ds_writer_init(&w, buf, sizeof buf);
}

static void
put_data(uint64_t offset, size_t len)
{
    ds_frame_put_data_head(&w, offset, len);
    ds_writer_bytes(&w, world_stream(victim == world_side(1) ? 0 : 1, offset), len);
}

static void
send_all(void)
{
    g_assert_false(w.failed);
    world_write(raw, buf, w.len);
    w.len = 0;
    world_run(100 * MS);
}

static void
put_nothing(void)
{
}
static void
put_hello(void)
{
    ds_frame_put_hello(&w, 0);
}
static void
put_hello_sent(void)
{
    ds_frame_put_hello(&w, 100);
}
static void
put_hello_unsent(void)
{
    ds_frame_put_hello(&w, 101);
}
static void
put_ack_sent(void)
{
    ds_frame_put_number(&w, DS_FRAME_ACK, 100);
}
static void
put_ack_unsent(void)
{
    ds_frame_put_number(&w, DS_FRAME_ACK, 101);
}
static void
put_ack_huge(void)
{
    ds_frame_put_number(&w, DS_FRAME_ACK, UINT64_MAX);
}
static void
put_ack_old(void)
{
    put_ack_sent(), ds_frame_put_number(&w, DS_FRAME_ACK, 5);
}
static void
put_ping(void)
{
    ds_frame_put_number(&w, DS_FRAME_PING, 5);
}
static void
put_strange_pong(void)
{
    ds_frame_put_number(&w, DS_FRAME_PONG, 5);
}
static void
put_data_next(void)
{
    put_data(0, 10), put_data(10, 10);
}
static void
put_data_again(void)
{
    put_data(0, 10), put_data(0, 20), put_data(5, 1);
}
static void
put_data_gap(void)
{
    put_data(0, 10), put_data(11, 10);
}
static void
put_data_far(void)
{
    ds_frame_put_data_head(&w, UINT64_MAX, 1), ds_writer_u8(&w, 0);
}
static void
put_data_empty(void)
{
    ds_frame_put_data_head(&w, 0, 0);
}
static void
put_data_big(void)
{
    ds_frame_put_data_head(&w, 0, DS_FRAME_DATA_MAX + 1);
}
static void
put_data_full(void)
{
    put_data(0, DS_FRAME_DATA_MAX);
}
static void
put_nominate(void)
{
    ds_frame_put_number(&w, DS_FRAME_NOMINATE, 1);
}
static void
put_close_ack(void)
{
    ds_frame_put_close_ack(&w);
}
static void
put_close_early(void)
{
    put_data(0, 10), ds_frame_put_close(&w, 20, 1);
}
static void
put_close_back(void)
{
    put_data(0, 10), ds_frame_put_close(&w, 9, 1);
}
static void
put_close_twice(void)
{
    ds_frame_put_close(&w, 20, 1), ds_frame_put_close(&w, 20, 1);
}
static void
put_close_other(void)
{
    ds_frame_put_close(&w, 20, 1), ds_frame_put_close(&w, 21, 1);
}
static void
put_data_in_close(void)
{
    ds_frame_put_close(&w, 20, 1), put_data(0, 19);
}
static void
put_data_past_close(void)
{
    ds_frame_put_close(&w, 20, 1), put_data(0, 21);
}
static void
put_unknown(void)
{
    ds_writer_bytes(&w, "\x63\x00\x00\x03xyz", 7);
}
static void
put_zero_type(void)
{
    ds_writer_bytes(&w, "\x00\x00\x00\x01x", 5);
}
static void
put_unknown_big(void)
{
    ds_writer_bytes(&w, "\x63\x00\x3f\xe3", 4);
}
static void
put_ack_long(void)
{
    ds_writer_bytes(&w, "\x03\x00\x00\x09", 4);
}

/* `bad` after `before` ends the session with a text that holds `says`; `good` does not. */
static const struct {
    const char *name, *says;
    void (*before)(void), (*bad)(void), (*good)(void);
    unsigned side; /* the victim */
} cases[] = {
        {"frame-before-hello", "before HELLO", put_nothing, put_ping, put_hello, 1},
        {"unknown-before-hello", "before HELLO", put_nothing, put_unknown, put_hello, 1},
        {"second-hello", "second HELLO", put_hello, put_hello, put_ping, 1},
        {"hello-unsent", "HELLO of byte 101", put_nothing, put_hello_unsent, put_hello_sent, 1},
        {"ack-unsent", "ACK of byte 101", put_hello, put_ack_unsent, put_ack_sent, 1},
        {"ack-huge", "ACK of byte", put_hello, put_ack_huge, put_ack_old, 1},
        {"ack-long", "type 3 with 9", put_hello, put_ack_long, put_strange_pong, 1},
        {"data-gap", "DATA from byte 11, and 10", put_hello, put_data_gap, put_data_next, 1},
        {"data-far", "DATA from byte 1844", put_hello, put_data_far, put_data_again, 1},
        {"data-empty", "type 2 with 8", put_hello, put_data_empty, put_data_next, 1},
        {"data-big", "type 2 with 16355", put_hello, put_data_big, put_data_full, 1},
        {"unknown-big", "type 99 with 16355", put_hello, put_unknown_big, put_unknown, 1},
        {"nominate-by-helpee", "NOMINATE from the helpee", put_hello, put_nominate, put_zero_type,
                1},
        {"nominate-by-helper", "second HELLO", put_hello, put_hello, put_nominate, 0},
        {"close-ack", "CLOSE_ACK, and no", put_hello, put_close_ack, put_ping, 1},
        {"close-back", "CLOSE at byte 9, and 10", put_hello, put_close_back, put_close_early, 1},
        {"close-other", "CLOSE at byte 21", put_hello, put_close_other, put_close_twice, 1},
        {"past-close", "beyond the final byte 20", put_hello, put_data_past_close,
                put_data_in_close, 1},
};

static void
test_broken(gconstpointer data)
{
    size_t i = GPOINTER_TO_SIZE(data);
    for (unsigned is_bad = 0; is_bad < 2; is_bad++) {
        begin(cases[i].side);
        cases[i].before();
        (is_bad ? cases[i].bad : cases[i].good)();
        send_all();
        g_byte_array_set_size(world_read(raw), 0);
        if (!is_bad) {
            g_assert_cmpuint(victim->closed, ==, 0);
            g_assert_cmpuint(victim->lost_paths, ==, 0);
        } else {
            world_run(2 * S);
            g_assert_cmpuint(victim->closed, ==, 1);
            g_assert_cmpint(victim->reason, ==, DS_REASON_PROTOCOL);
            g_assert_false(victim->by_peer);
            g_assert_nonnull(strstr(victim->text, cases[i].says));
        }
        world_end();
    }
}

/* Count the frames of a type that came to the hostile side. */
static unsigned
count_frames(uint8_t type, struct ds_frame *last)
{
    struct ds_frame_reader *reader = g_new0(struct ds_frame_reader, 1);
    const uint8_t *data = world_read(raw)->data;
    size_t len = world_read(raw)->len;
    struct ds_frame frame;
    unsigned n = 0;
    while (ds_frame_next(reader, &data, &len, &frame) > 0)
        if (frame.type == type) {
            n++;
            *last = frame;
        }
    g_assert_cmpuint(reader->len, ==, 0);
    g_free(reader);
    return n;
}

/* The other side is told what it is taken for, so that it does not come again for ten minutes. */
static void
test_told(void)
{
    struct ds_frame frame = {.type = 0};
    begin(1);
    put_hello();
    put_data_gap();
    send_all();
    g_assert_cmpuint(count_frames(DS_FRAME_CLOSE, &frame), ==, 1);
    g_assert_cmpuint(frame.reason, ==, DS_REASON_PROTOCOL);
    g_assert_cmpuint(frame.value, ==, 100);
    g_assert_cmpuint(victim->received, ==, 10); /* what came before the mistake */
    world_end();
}

/* A closer that has its answer and does not leave is not waited for. */
static void
test_closer_stays(void)
{
    struct ds_frame frame = {.type = 0};
    begin(1);
    put_hello();
    put_data(0, 20);
    ds_frame_put_close(&w, 20, DS_REASON_DECLINED);
    send_all();
    g_assert_cmpuint(count_frames(DS_FRAME_CLOSE_ACK, &frame), ==, 1);
    world_run(800 * MS);
    g_assert_cmpuint(victim->closed, ==, 0);
    world_run(300 * MS);
    g_assert_cmpuint(victim->closed, ==, 1);
    g_assert_true(victim->by_peer);
    g_assert_cmpint(victim->reason, ==, DS_REASON_DECLINED);
    world_end();
}

/* Both close: who has the answer to its own CLOSE does not leave before its own answer has. */
static void
test_answer_leaves(void)
{
    struct ds_frame frame = {.type = 0};
    struct world_way slow = {.kind = DS_PATH_RELAY, .bps = 10};
    begin(1);
    put_hello();
    send_all();
    ds_link_close(victim->link, DS_REASON_STOPPED);
    world_run(100 * MS);
    g_assert_cmpuint(count_frames(DS_FRAME_CLOSE, &frame), ==, 1);
    world_set_way(world_other(raw), &slow);
    put_ping(); /* PONG takes the path for more than a second */
    send_all();
    put_close_ack();
    ds_frame_put_close(&w, 0, DS_REASON_STOPPED);
    send_all();
    g_assert_cmpuint(victim->closed, ==, 0);
    world_run(4 * S);
    g_assert_cmpuint(count_frames(DS_FRAME_CLOSE_ACK, &frame), ==, 1);
    g_assert_cmpuint(victim->closed, ==, 1);
    g_assert_false(victim->by_peer);
    world_end();
}

/* A few bytes are acknowledged after a while, many at once. */
static void
test_ack_timing(void)
{
    struct ds_frame frame = {.type = 0};
    begin(1);
    put_hello();
    put_ack_sent();
    send_all();
    world_run(2 * S); /* its first PINGs are over */
    put_data(0, 10);
    world_write(raw, buf, w.len);
    w.len = 0;
    world_run((DS_LINK_ACK_MS + 9) * MS); /* 5 there, 5 back */
    g_assert_cmpuint(count_frames(DS_FRAME_ACK, &frame), ==, 0);
    world_run(3 * MS);
    g_assert_cmpuint(count_frames(DS_FRAME_ACK, &frame), ==, 1);
    g_assert_cmpuint(frame.value, ==, 10);
    put_data(10, 15000);
    put_data(15010, 15000);
    world_write(raw, buf, w.len);
    w.len = 0;
    world_run(11 * MS);
    g_assert_cmpuint(count_frames(DS_FRAME_ACK, &frame), ==, 2);
    g_assert_cmpuint(frame.value, ==, 30010);
    world_end();
}

/* HELLO that comes byte by byte keeps the path from being silent, but not for ever. */
static void
test_dripping_hello(void)
{
    static const uint8_t hello[DS_LINK_HELLO_BYTES] = {DS_FRAME_HELLO, 0, 0x0b, 0xb4};
    begin(1);
    for (unsigned i = 0; i < 9; i++) {
        world_write(raw, hello + i, 1);
        world_run(S);
    }
    g_assert_cmpuint(victim->lost_paths, ==, 0);
    world_run(2 * S);
    g_assert_cmpuint(victim->lost_paths, ==, 1);
    g_assert_cmpint(victim->lost_err, ==, DS_ERR_TIMEOUT);
    world_end();
}

/* While our side cannot write, a million PINGs are one PONG: nothing grows. */
static void
test_ping_flood(void)
{
    struct ds_frame frame = {.type = 0};
    struct world_way slow = {.kind = DS_PATH_RELAY, .bps = 10000};
    begin(1);
    put_hello();
    send_all();
    world_set_way(world_other(raw), &slow);
    g_byte_array_set_size(world_read(raw), 0);
    for (unsigned i = 1; i <= 20; i++) {
        for (unsigned k = 0; k < 1000; k++)
            ds_frame_put_number(&w, DS_FRAME_PING, i * 1000 + k);
        world_write(raw, buf, w.len);
        w.len = 0;
    }
    world_run(30 * S);
    g_assert_cmpuint(count_frames(DS_FRAME_PONG, &frame), <, 100);
    g_assert_cmpuint(frame.value, ==, 20999);
    g_assert_cmpuint(victim->closed, ==, 0);
    world_end();
}

/* What comes is handed on at once, however much it is. */
static void
test_data_flood(void)
{
    begin(1);
    put_hello();
    send_all();
    uint64_t offset = 0;
    for (unsigned i = 0; i < 500; i++) {
        put_data(offset, DS_FRAME_DATA_MAX);
        offset += DS_FRAME_DATA_MAX;
        send_all();
        g_assert_cmpuint(victim->received, ==, offset);
        g_byte_array_set_size(world_read(raw), 0);
    }
    world_end();
}

/* A peer that never acknowledges gets one window; its twin gets all. */
static void
test_no_ack(void)
{
    for (unsigned is_acking = 0; is_acking < 2; is_acking++) {
        struct ds_frame frame = {.type = 0};
        begin(1);
        victim->to_send = 10000000;
        put_hello();
        send_all();
        for (unsigned i = 0; i < 300; i++) {
            if (is_acking && count_frames(DS_FRAME_DATA, &frame) > 0)
                ds_frame_put_number(&w, DS_FRAME_ACK, frame.value + frame.len);
            else
                put_ping();
            g_byte_array_set_size(world_read(raw), 0);
            ds_link_kick(victim->link);
            send_all();
        }
        struct ds_link_stats stats = world_stats(1);
        if (is_acking)
            g_assert_cmpuint(victim->handed_out, ==, victim->to_send);
        else
            g_assert_cmpuint(victim->handed_out, <=, 100 + DS_LINK_WINDOW_BASE);
        g_assert_cmpuint(stats.in_flight_bytes, <=, DS_LINK_REPLAY_MAX);
        world_end();
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *path = g_strdup_printf("/link-hostile/%s", cases[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_broken);
        g_free(path);
    }
    g_test_add_func("/link-hostile/told", test_told);
    g_test_add_func("/link-hostile/closer-stays", test_closer_stays);
    g_test_add_func("/link-hostile/answer-leaves", test_answer_leaves);
    g_test_add_func("/link-hostile/ack-timing", test_ack_timing);
    g_test_add_func("/link-hostile/dripping-hello", test_dripping_hello);
    g_test_add_func("/link-hostile/ping-flood", test_ping_flood);
    g_test_add_func("/link-hostile/data-flood", test_data_flood);
    g_test_add_func("/link-hostile/no-ack", test_no_ack);
    return g_test_run();
}
