/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "net/link/frame.h"

/* One frame of each type, in order, and what reading them gives. */
static const struct ds_frame samples[] = {
        {.type = DS_FRAME_HELLO, .value = 0x0102030405060708},
        {.type = DS_FRAME_DATA, .value = 7, .data = (const uint8_t *)"abc", .len = 3},
        {.type = DS_FRAME_ACK, .value = UINT64_MAX},
        {.type = DS_FRAME_PING, .value = 1},
        {.type = DS_FRAME_PONG, .value = 2},
        {.type = DS_FRAME_NOMINATE, .value = 3},
        {.type = DS_FRAME_CLOSE, .value = 10, .reason = 255},
        {.type = DS_FRAME_CLOSE_ACK},
};

static void
write_sample(struct ds_writer *w, const struct ds_frame *frame)
{
    switch ((enum ds_frame_type)frame->type) {
    case DS_FRAME_HELLO:
        ds_frame_put_hello(w, frame->value);
        break;
    case DS_FRAME_DATA:
        ds_frame_put_data_head(w, frame->value, frame->len);
        ds_writer_bytes(w, frame->data, frame->len);
        break;
    case DS_FRAME_ACK:
    case DS_FRAME_PING:
    case DS_FRAME_PONG:
    case DS_FRAME_NOMINATE:
        ds_frame_put_number(w, frame->type, frame->value);
        break;
    case DS_FRAME_CLOSE:
        ds_frame_put_close(w, frame->value, frame->reason);
        break;
    case DS_FRAME_CLOSE_ACK:
        ds_frame_put_close_ack(w);
        break;
    case DS_FRAME_TYPES:
        g_assert_not_reached();
    }
}

static size_t
write_samples(uint8_t *buf, size_t cap)
{
    struct ds_writer w;
    ds_writer_init(&w, buf, cap);
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        write_sample(&w, &samples[i]);
    g_assert_false(w.failed);
    return w.len;
}

static void
assert_same(const struct ds_frame *got, const struct ds_frame *want)
{
    g_assert_cmpuint(got->type, ==, want->type);
    g_assert_cmpuint(got->value, ==, want->value);
    g_assert_cmpuint(got->reason, ==, want->reason);
    g_assert_cmpmem(got->data, got->len, want->data, want->len);
}

/* Every size of pieces gives the same frames. */
static void
test_pieces(void)
{
    uint8_t buf[4096];
    size_t len = write_samples(buf, sizeof buf);
    struct ds_frame_reader *reader = g_new0(struct ds_frame_reader, 1);
    for (size_t piece = 1; piece <= len; piece++) {
        size_t seen = 0;
        for (size_t at = 0; at < len; at += piece) {
            const uint8_t *data = buf + at;
            size_t left = MIN(piece, len - at);
            struct ds_frame frame;
            int got;
            while ((got = ds_frame_next(reader, &data, &left, &frame)) > 0)
                assert_same(&frame, &samples[seen++]);
            g_assert_cmpint(got, ==, 0);
            g_assert_cmpuint(left, ==, 0);
        }
        g_assert_cmpuint(seen, ==, G_N_ELEMENTS(samples));
        g_assert_cmpuint(reader->len, ==, 0);
    }
    g_free(reader);
}

static void
test_hello_bytes(void)
{
    uint8_t buf[DS_LINK_HELLO_BYTES + 1];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_frame_put_hello(&w, 5);
    g_assert_cmpuint(w.len, ==, DS_LINK_HELLO_BYTES);
    g_assert_cmpmem(buf, 12, "\x01\x00\x0b\xb4\0\0\0\0\0\0\0\x05", 12);
}

/* Judged by the header alone: nothing of the payload is there yet. */
static void
test_lengths(void)
{
    static const struct {
        uint8_t type;
        size_t len;
        int result;
    } cases[] = {{DS_FRAME_HELLO, 2996, 0}, {DS_FRAME_HELLO, 2995, DS_ERR_PROTOCOL},
            {DS_FRAME_HELLO, 2997, DS_ERR_PROTOCOL}, {DS_FRAME_DATA, 9, 0},
            {DS_FRAME_DATA, 8, DS_ERR_PROTOCOL}, {DS_FRAME_DATA, 16354, 0},
            {DS_FRAME_DATA, 16355, DS_ERR_PROTOCOL}, {DS_FRAME_ACK, 8, 0},
            {DS_FRAME_ACK, 7, DS_ERR_PROTOCOL}, {DS_FRAME_ACK, 9, DS_ERR_PROTOCOL},
            {DS_FRAME_PING, 8, 0}, {DS_FRAME_PING, 0, DS_ERR_PROTOCOL}, {DS_FRAME_PONG, 8, 0},
            {DS_FRAME_PONG, 16, DS_ERR_PROTOCOL}, {DS_FRAME_NOMINATE, 8, 0},
            {DS_FRAME_NOMINATE, 0, DS_ERR_PROTOCOL}, {DS_FRAME_CLOSE, 9, 0},
            {DS_FRAME_CLOSE, 8, DS_ERR_PROTOCOL}, {DS_FRAME_CLOSE_ACK, 0, 1},
            {DS_FRAME_CLOSE_ACK, 2, DS_ERR_PROTOCOL}, {0, 0, 1}, {99, 0, 1}, {99, 16354, 0},
            {99, 16355, DS_ERR_PROTOCOL}, {99, 0xffffff, DS_ERR_PROTOCOL},
            {255, 16355, DS_ERR_PROTOCOL}};
    struct ds_frame_reader *reader = g_new0(struct ds_frame_reader, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const uint8_t header[] = {cases[i].type, (uint8_t)(cases[i].len >> 16),
                (uint8_t)(cases[i].len >> 8), (uint8_t)cases[i].len};
        for (size_t first = 0; first <= sizeof header; first++) {
            struct ds_frame frame;
            const uint8_t *data = header;
            size_t len = first, rest = sizeof header - first;
            *reader = (struct ds_frame_reader){.len = 0};
            int got = ds_frame_next(reader, &data, &len, &frame);
            if (first < sizeof header) {
                g_assert_cmpint(got, ==, 0);
                got = ds_frame_next(reader, &data, &rest, &frame);
            }
            g_assert_cmpint(got, ==, cases[i].result);
            if (got < 0)
                g_assert_cmpuint(frame.len, ==, cases[i].len);
        }
    }
    g_free(reader);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link-frame/pieces", test_pieces);
    g_test_add_func("/link-frame/hello-bytes", test_hello_bytes);
    g_test_add_func("/link-frame/lengths", test_lengths);
    return g_test_run();
}
