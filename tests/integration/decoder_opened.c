/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decoder where both sides agreed on RFB's opening beforehand: net/PROTOCOL.md, 7. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "app/view/decoder_child.h"
#include "tests/integration/decoder_run.h"

enum { PATIENCE_MS = 10000 };

/* Wait until the decoder has said these bytes to its server. */
static void
expect_said(struct run *run, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct pollfd said = {.fd = run->fd, .events = POLLIN};
        uint8_t byte;
        g_assert_cmpint(poll(&said, 1, PATIENCE_MS), ==, 1);
        g_assert_cmpint(recv(run->fd, &byte, 1, MSG_DONTWAIT), ==, 1);
        g_assert_cmpuint(byte, ==, bytes[i]);
    }
}

/* The size, and one full frame. */
static GByteArray *
opened_session(unsigned width, unsigned height)
{
    GByteArray *bytes = g_byte_array_new();

    put_u16(bytes, width);
    put_u16(bytes, height);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, width, height, 0x123450);
    return bytes;
}

/* Cut behind each byte. The first word to the server is the request that acknowledges the frame. */
static void
test_opened(void)
{
    GByteArray *whole = opened_session(2, 2);

    for (guint cut = 0; cut < whole->len; cut++) {
        static const uint8_t request[] = {3, 1, 0, 0, 0, 0, 0, 2, 0, 2};
        uint8_t byte;
        struct run run;
        GByteArray *first = g_byte_array_new(), *rest = g_byte_array_new();
        g_byte_array_append(first, whole->data, cut);
        g_byte_array_append(rest, whole->data + cut, whole->len - cut);
        run_start_opened(&run);
        run_send(&run, first);
        if (cut >= 4)
            run_until(&run, &run.readies, 1);
        g_assert_cmpint(recv(run.fd, &byte, 1, MSG_DONTWAIT), ==, -1);
        run_send(&run, rest);
        run_until(&run, &run.frames, 1);
        g_assert_cmpuint(run.width, ==, 2);
        g_assert_cmpuint(run.height, ==, 2);
        g_assert_cmphex(run_pixel(&run, 1, 1), ==, 0x123453);
        expect_said(&run, request, sizeof request);
        run_finish(&run);
    }
    g_byte_array_unref(whole);
}

static void
test_opened_closes_at_every_byte(void)
{
    GByteArray *whole = opened_session(2, 2);

    for (guint len = 0; len <= whole->len; len++) {
        struct run run;
        GByteArray *part = g_byte_array_new();
        g_byte_array_append(part, whole->data, len);
        run_start_opened(&run);
        run_send(&run, part);
        run_end_stream(&run);
        run_expect_error(&run, DS_DECODER_FAILURE_CLOSED);
        g_assert_cmpuint(run.frames, ==, len == whole->len);
        run_finish(&run);
    }
    g_byte_array_unref(whole);
}

static void
test_opened_size(void)
{
    static const unsigned sizes[][2] = {
            {0, 0}, {0, 1}, {1, 0}, {16385, 1}, {1, 16385}, {16384, 4097}, {65535, 65535}};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct run run;
        GByteArray *bytes = g_byte_array_new();
        put_u16(bytes, sizes[i][0]);
        put_u16(bytes, sizes[i][1]);
        run_start_opened(&run);
        run_send(&run, bytes);
        run_expect_error(&run, DS_DECODER_FAILURE_SIZE);
        g_assert_cmpuint(run.readies, ==, 0);
        run_finish(&run);
    }
}

static void
stop_turning(evutil_socket_t fd, short what, void *arg)
{
    event_base_loopbreak(arg);
}

/* Before it may begin no time runs, however long the helpee thinks; then it does. */
static void
test_waits_to_begin(void)
{
    const struct ds_decoder_config config = {.silence_ms = 1};
    const struct timeval later = {.tv_usec = 50000};
    struct run run;

    run_start_idle(&run, &config);
    g_assert_cmpint(
            event_base_once(run.base, -1, EV_TIMEOUT, stop_turning, run.base, &later), ==, 0);
    event_base_dispatch(run.base);
    g_assert_cmpuint(run.errors, ==, 0);
    run_begin(&run, true);
    run_expect_error(&run, DS_DECODER_FAILURE_SILENT);
    run_begin(&run, true); /* too late: nothing happens */
    g_assert_cmpuint(run.errors, ==, 1);
    run_finish(&run);
}

static void
test_dies_before(void)
{
    const struct ds_decoder_config config = {0};
    struct run run;

    run_start_idle(&run, &config);
    kill(run_child(), SIGKILL);
    run_expect_error(&run, DS_DECODER_FAILURE_CRASHED);
    run_finish(&run);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decoder/opened/first-frame", test_opened);
    g_test_add_func("/decoder/opened/closes-at-every-byte", test_opened_closes_at_every_byte);
    g_test_add_func("/decoder/opened/sizes", test_opened_size);
    g_test_add_func("/decoder/opened/waits-to-begin", test_waits_to_begin);
    g_test_add_func("/decoder/opened/dies-before", test_dies_before);
    return g_test_run();
}
