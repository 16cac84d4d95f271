/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decoder and servers of every kind: good, silent, broken, hostile. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/view/decoder_child.h"
#include "tests/integration/decoder_run.h"
#include "tests/lib/seed.h"

/* ---- good servers ---- */

/* Everything in one write: what libvncclient has read ahead is not forgotten. */
static void
test_first_frame(void)
{
    struct run run;
    GByteArray *bytes = rfb_greeting(4, 2);

    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 4, 1, 0x123450);
    put_update(bytes, 1);
    put_raw(bytes, 0, 1, 3, 1, 0xabcde0);
    run_start(&run);
    g_assert_null(ds_decoder_pixels(run.decoder)->pixels);
    run_send(&run, bytes);
    run_until(&run, &run.updates, 2);
    g_assert_cmpuint(run.readies, ==, 1);
    g_assert_cmpuint(run.frames, ==, 0); /* one pixel is missing */
    bytes = g_byte_array_new();
    put_update(bytes, 1);
    put_raw(bytes, 3, 1, 1, 1, 0xffffff);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 4, 2, 1);
    run_send(&run, bytes);
    run_until(&run, &run.updates, 4);
    g_assert_cmpuint(run.frames, ==, 1);
    g_assert_cmpuint(run.rects, ==, 4);
    g_assert_cmphex(run_pixel(&run, 0, 0), ==, 1);
    g_assert_cmphex(run_pixel(&run, 3, 1), ==, 8);
    run_finish(&run);
}

/* More rectangles in one update than anybody tells one by one. */
static void
test_many_rectangles(void)
{
    enum { WIDTH = 3 * DS_DECODER_RECTS_MAX + 1 };
    struct run run;
    GByteArray *bytes = rfb_greeting(WIDTH, 1);

    put_update(bytes, WIDTH);
    for (unsigned x = 0; x < WIDTH; x++)
        put_raw(bytes, x, 0, 1, 1, x);
    run_start(&run);
    run_send(&run, bytes);
    run_until(&run, &run.frames, 1);
    for (unsigned x = 0; x < WIDTH; x++)
        g_assert_cmphex(run_pixel(&run, x, 0), ==, x);
    run_finish(&run);
}

static void
test_resize(void)
{
    struct run run;
    GByteArray *bytes = rfb_greeting(4, 2);

    /* Half of a frame, and the size is another one: the frame begins again. */
    put_update(bytes, 3);
    put_raw(bytes, 0, 0, 4, 1, 1);
    put_raw(bytes, 3, 1, 1, 1, 1); /* outside of the next one */
    put_rect(bytes, 0, 0, 3, 3, RFB_NEW_SIZE);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 3, 1, 1);
    run_start(&run);
    run_send(&run, bytes);
    run_until(&run, &run.updates, 1);
    g_assert_cmpuint(run.resizes, ==, 1);
    g_assert_cmpuint(run.width, ==, 3);
    g_assert_cmpuint(run.frames, ==, 0);
    g_assert_cmphex(run_pixel(&run, 2, 2), ==, 0);
    bytes = g_byte_array_new();
    put_update(bytes, 1);
    put_raw(bytes, 0, 1, 3, 2, 0x100);
    put_update(bytes, 1);
    put_rect(bytes, 0, 0, 200, 100, RFB_NEW_SIZE);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 200, 100, 0x5000);
    run_send(&run, bytes);
    run_until(&run, &run.updates, 3);
    g_assert_cmpuint(run.readies, ==, 1);
    g_assert_cmpuint(run.resizes, ==, 2);
    g_assert_cmpuint(run.frames, ==, 1);
    g_assert_cmphex(run_pixel(&run, 199, 99), ==, 0x5000 + 19999);
    run_finish(&run);
}

/* Shapes that nobody could use are left out, and the stream stays in step. */
static void
test_cursor(void)
{
    struct run run;
    GByteArray *bytes = rfb_greeting(1, 1);

    put_cursor(bytes, DS_CURSOR_SIDE_MAX + 1, 0, 0);
    put_cursor(bytes, 2, 2, 0); /* points outside of itself */
    put_cursor(bytes, 2, 0, 2);
    put_cursor(bytes, 2, 1, 1);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 1, 1, 7);
    run_start(&run);
    run_send(&run, bytes);
    run_until(&run, &run.frames, 1);
    g_assert_cmpuint(run.cursors, ==, 1);
    g_assert_cmpuint(run.cursor.width, ==, 2);
    g_assert_cmpuint(run.cursor.height, ==, 2);
    g_assert_cmpuint(run.cursor.hot_x, ==, 1);
    g_assert_cmpuint(run.cursor.hot_y, ==, 1);
    g_assert_cmphex(run.cursor_pixels[0], ==, 0xff123400);
    g_assert_cmphex(run.cursor_pixels[1], ==, 0);
    g_assert_cmphex(run.cursor_pixels[2], ==, 0);
    g_assert_cmphex(run.cursor_pixels[3], ==, 0xff123403);
    run_finish(&run);
}

/* The largest shape that we take fits one message of the sockets. */
static void
test_largest_cursor(void)
{
    struct run run;
    GByteArray *bytes = rfb_greeting(1, 1);

    put_cursor(bytes, DS_CURSOR_SIDE_MAX, 0, 0);
    run_start(&run);
    run_send(&run, bytes);
    run_until(&run, &run.cursors, 1);
    g_assert_cmpuint(run.cursor.width, ==, DS_CURSOR_SIDE_MAX);
    run_finish(&run);
}

/* Say whether the client asks for an encoding between these two. */
static bool
asks_for(struct run *run, int32_t least, int32_t most)
{
    uint8_t bytes[512];
    ssize_t n = recv(run->fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK);

    /* Version, login, ClientInit, SetPixelFormat, the head of SetEncodings. */
    for (ssize_t at = 12 + 1 + 1 + 20 + 4; at + 4 <= n; at += 4) {
        int32_t encoding = (int32_t)((uint32_t)bytes[at] << 24 | bytes[at + 1] << 16 |
                                     bytes[at + 2] << 8 | bytes[at + 3]);
        if (encoding >= least && encoding <= most)
            return true;
    }
    return false;
}

static void
test_encodings(void)
{
    static const int32_t wanted[] = {
            7, 16, 1, RFB_CURSOR, RFB_NEW_SIZE}; /* Tight, ZRLE, CopyRect */

    for (int lossless = 0; lossless <= 1; lossless++) {
        struct run run;
        run_start_with(&run, NULL, lossless, 0);
        run_send(&run, rfb_whole_session());
        run_until(&run, &run.frames, 1);
        for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
            g_assert_true(asks_for(&run, wanted[i], wanted[i]));
        /* A quality level is what allows JPEG. */
        g_assert_true(asks_for(&run, -32, -23) == !lossless);
        run_finish(&run);
    }
}

/* libvncclient aborts on a descriptor of 1,024 or more: the child's are low whatever ours are. */
static void
test_many_descriptors(void)
{
    enum { MANY = 1100 };
    struct rlimit before, more;
    struct run run;
    GByteArray *bytes = rfb_greeting(1, 1);

    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &before), ==, 0);
    more = before;
    more.rlim_cur = MAX(more.rlim_cur, 2 * MANY);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &more), ==, 0);
    int first = fcntl(0, F_DUPFD, 0), last = first;
    while (last < MANY)
        last = fcntl(0, F_DUPFD, 0);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 1, 1, 0);
    run_start(&run);
    g_assert_cmpint(run.fd, >, 1023);
    run_send(&run, bytes);
    run_until(&run, &run.frames, 1);
    run_finish(&run);
    while (last >= first)
        close(last--);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &before), ==, 0);
}

/* ---- bad servers ---- */

/* The stream ends behind each of its bytes. */
static void
test_closes_at_every_byte(void)
{
    GByteArray *whole = rfb_whole_session();

    for (guint len = 0; len <= whole->len; len++) {
        struct run run;
        GByteArray *part = g_byte_array_new();
        g_byte_array_append(part, whole->data, len);
        run_start(&run);
        if (len > 0)
            run_send(&run, part);
        else
            g_byte_array_unref(part);
        run_end_stream(&run);
        run_expect_error(&run, DS_DECODER_FAILURE_CLOSED);
        g_assert_cmpuint(run.frames, ==, len == whole->len);
        run_finish(&run);
    }
    g_byte_array_unref(whole);
}

/* Wait until the client asks for the next update: then it has nothing more to say. */
static void
wait_for_request(struct run *run)
{
    uint8_t bytes[512] = {0};
    ssize_t n = 0;

    while (n < 10 || bytes[n - 10] != 3 || bytes[n - 9] != 1)
        n = recv(run->fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK);
}

/* The socket breaks while bytes of the client's wait in it, as when a session dies. */
static void
test_broken_socket(void)
{
    struct run run;

    run_start(&run);
    run_send(&run, rfb_whole_session());
    run_until(&run, &run.frames, 1);
    wait_for_request(&run);
    close(run.fd);
    run.fd = -1;
    run_expect_error(&run, DS_DECODER_FAILURE_CLOSED);
    run_finish(&run);
}

static void
test_not_rfb(void)
{
    GByteArray *bytes = g_byte_array_new();

    put_text(bytes, "SSH-2.0-OpenSSH_9.2p1\r\n");
    run_refused(bytes, DS_DECODER_FAILURE_NOT_RFB);
    bytes = rfb_greeting(4, 4); /* then a message of an unknown type */
    for (int i = 0; i < 257; i++)
        put_u8(bytes, 0xc8);
    run_refused(bytes, DS_DECODER_FAILURE_NOT_RFB);
    bytes = rfb_greeting(4, 4); /* a rectangle outside of the picture */
    put_update(bytes, 1);
    put_raw(bytes, 2, 0, 4, 1, 0);
    run_refused(bytes, DS_DECODER_FAILURE_NOT_RFB);
    bytes = rfb_greeting(4, 4); /* an unknown encoding */
    put_update(bytes, 1);
    put_rect(bytes, 0, 0, 1, 1, 0x7fffffff);
    run_refused(bytes, DS_DECODER_FAILURE_NOT_RFB);
}

static void
test_logins(void)
{
    GByteArray *bytes = g_byte_array_new();

    put_text(bytes, "RFB 003.008\n");
    put_u8(bytes, 2);
    put_u8(bytes, 18); /* TLS */
    put_u8(bytes, 19); /* VeNCrypt */
    run_refused(bytes, DS_DECODER_FAILURE_LOGIN);
    bytes = g_byte_array_new();
    put_text(bytes, "RFB 003.008\n");
    put_u8(bytes, 0);
    put_u32(bytes, 7);
    put_text(bytes, "go away");
    run_refused(bytes, DS_DECODER_FAILURE_REFUSED);
    bytes = g_byte_array_new();
    put_text(bytes, "RFB 003.008\n");
    put_u8(bytes, 1);
    put_u8(bytes, 2); /* a VNC password */
    put_text(bytes, "0123456789abcdef");
    run_refused(bytes, DS_DECODER_FAILURE_NO_PASSWORD);
}

static void
test_wrong_password(void)
{
    struct run run;
    GByteArray *bytes = g_byte_array_new();

    put_text(bytes, "RFB 003.008\n");
    put_u8(bytes, 1);
    put_u8(bytes, 2);
    put_text(bytes, "0123456789abcdef");
    put_u32(bytes, 1);
    put_u32(bytes, 2);
    put_text(bytes, "no");
    run_start_with(&run, "secret", true, 0);
    run_send(&run, bytes);
    run_expect_error(&run, DS_DECODER_FAILURE_WRONG_PASSWORD);
    run_finish(&run);
}

static void
test_sizes(void)
{
    GByteArray *bytes;

    run_refused(rfb_greeting(65535, 65535), DS_DECODER_FAILURE_SIZE);
    run_refused(rfb_greeting(0, 0), DS_DECODER_FAILURE_SIZE);
    run_refused(rfb_greeting(1, DS_SCREEN_SIDE_MAX + 1), DS_DECODER_FAILURE_SIZE);
    bytes = rfb_whole_session();
    put_update(bytes, 1);
    put_rect(bytes, 0, 0, 65535, 65535, RFB_NEW_SIZE);
    run_refused(bytes, DS_DECODER_FAILURE_SIZE);
}

/* While the picture is read it stays as it is, however much comes; and then all of it follows. */
static void
test_read_in_peace(void)
{
    struct run run;

    run_start(&run);
    run.is_reading = true;
    GByteArray *bytes = rfb_greeting(4, 2);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 4, 2, 0x100);
    for (uint32_t colour = 0x200; colour <= 0x300; colour += 0x100) {
        put_update(bytes, 1);
        put_raw(bytes, 0, 0, 4, 1, colour);
    }
    run_send(&run, bytes);
    for (unsigned i = 1; i <= 3; i++) {
        run_until(&run, &run.updates, i);
        ds_decoder_ask_figures(run.decoder); /* is answered meanwhile */
        run_until(&run, &run.answers, i);
        g_assert_cmpuint(run.updates, ==, i);
        g_assert_cmphex(run_pixel(&run, 3, 0), ==, 0x100 * i + 3);
        g_assert_cmphex(run_pixel(&run, 3, 1), ==, 0x107);
        ds_decoder_shown(run.decoder);
        ds_decoder_shown(run.decoder); /* is not owed */
    }
    run_finish(&run);
}

/* What came exactly is told from what was moved. */
static void
test_figures(void)
{
    struct run run;
    GByteArray *bytes = rfb_greeting(4, 2);

    run_start(&run);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 4, 2, 0x100);
    put_update(bytes, 2);
    put_raw(bytes, 0, 0, 1, 1, 0x200);
    put_rect(bytes, 1, 1, 3, 1, RFB_COPY);
    put_u16(bytes, 0);
    put_u16(bytes, 0);
    put_cursor(bytes, 2, 0, 0);
    ds_decoder_ask_figures(run.decoder); /* nothing was decoded yet, so nobody answers */
    run_send(&run, bytes);
    run_until(&run, &run.cursors, 1);
    ds_decoder_ask_figures(run.decoder);
    run_until(&run, &run.answers, 1);
    g_assert_cmpuint(run.decoded.exact, ==, 9);
    g_assert_cmpuint(run.decoded.moved, ==, 3);
    g_assert_cmpuint(run.decoded.photo, ==, 0);
    g_assert_cmpuint(run.decoded.updates, >=, 2);
    g_assert_cmpuint(run.decoded.cpu_us, >, 0);
    g_assert_cmphex(run_pixel(&run, 3, 1), ==, 0x102);
    run_finish(&run);
}

/* The largest picture: the child's memory is enough for it. */
static void
test_largest_size(void)
{
    struct run run;
    GByteArray *bytes = rfb_greeting(16384, 4096);

    put_update(bytes, 1);
    put_raw(bytes, 16380, 4095, 4, 1, 0x111);
    run_start(&run);
    run_send(&run, bytes);
    run_until(&run, &run.updates, 1);
    g_assert_cmphex(run_pixel(&run, 16383, 4095), ==, 0x114);
    run_finish(&run);
}

/* Whatever comes: one error, and never a picture outside of its bounds or a hang. */
static void
test_garbage(void)
{
    g_autoptr(GRand) numbers = test_seed();

    for (int round = 0; round < 40; round++) {
        struct run run;
        GByteArray *bytes = round % 4 == 0 ? g_byte_array_new() : rfb_greeting(64, 64);
        if (round % 4 == 2) /* rectangles, at least */
            put_update(bytes, 500);
        for (int i = 0; i < 3000; i++) {
            if (round % 4 == 3 && i % 100 == 0) { /* and encodings that there are */
                put_update(bytes, 1);
                put_rect(bytes, 0, 0, 64, 64, g_rand_int_range(numbers, 0, 17));
            }
            put_u8(bytes, g_rand_int(numbers));
        }
        run_start(&run);
        run_send(&run, bytes);
        run_end_stream(&run);
        run_until(&run, &run.errors, 1);
        g_assert_cmpint(run.failure, !=, DS_DECODER_FAILURE_SILENT);
        g_assert_cmpint(run.failure, !=, DS_DECODER_FAILURE_NONSENSE);
        run_finish(&run);
    }
}

static void
test_silent_server(void)
{
    struct run run;

    run_start_with(&run, NULL, true, 100);
    run_expect_error(&run, DS_DECODER_FAILURE_SILENT);
    run_finish(&run);
    /* Up to half of a frame, and no further. */
    GByteArray *bytes = rfb_greeting(4, 2);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 4, 1, 1);
    run_start_with(&run, NULL, true, 1000);
    run_send(&run, bytes);
    run_expect_error(&run, DS_DECODER_FAILURE_SILENT);
    g_assert_cmpuint(run.updates, ==, 1);
    run_finish(&run);
}

/* A pixel now and then, and never the last one: nobody waits for ever. */
static void
test_dripping_server(void)
{
    enum { SILENCE_MS = 200 };
    struct timeval pause = {.tv_usec = 20000};
    struct run run;

    run_start_with(&run, NULL, true, SILENCE_MS);
    run_send(&run, rfb_greeting(4, 2));
    while (run.errors == 0) {
        GByteArray *bytes = g_byte_array_new();
        put_update(bytes, 1);
        put_raw(bytes, 0, 0, 1, 1, 1);
        run_send(&run, bytes);
        event_base_loopexit(run.base, &pause);
        event_base_dispatch(run.base);
    }
    g_assert_cmpint(run.failure, ==, DS_DECODER_FAILURE_SILENT);
    g_assert_cmpuint(run.frames, ==, 0);
    run_finish(&run);
}

/* A desktop where nothing happens after the first frame is no silent one. */
static void
test_quiet_desktop(void)
{
    struct run run;
    GByteArray *bytes = g_byte_array_new();
    struct timeval pause = {.tv_usec = 300000};

    run_start_with(&run, NULL, true, 1000);
    run_send(&run, rfb_whole_session());
    run_until(&run, &run.frames, 1);
    for (int i = 0; i < 4; i++) {
        event_base_loopexit(run.base, &pause);
        event_base_dispatch(run.base);
    }
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 1, 1, 9);
    unsigned updates = run.updates;
    run_send(&run, bytes);
    run_until(&run, &run.updates, updates + 1);
    g_assert_cmpuint(run.errors, ==, 0);
    run_finish(&run);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decoder/first-frame", test_first_frame);
    g_test_add_func("/decoder/many-rectangles", test_many_rectangles);
    g_test_add_func("/decoder/resize", test_resize);
    g_test_add_func("/decoder/read_in_peace", test_read_in_peace);
    g_test_add_func("/decoder/figures", test_figures);
    g_test_add_func("/decoder/cursor", test_cursor);
    g_test_add_func("/decoder/largest-cursor", test_largest_cursor);
    g_test_add_func("/decoder/encodings", test_encodings);
    g_test_add_func("/decoder/many-descriptors", test_many_descriptors);
    g_test_add_func("/decoder/closes-at-every-byte", test_closes_at_every_byte);
    g_test_add_func("/decoder/broken-socket", test_broken_socket);
    g_test_add_func("/decoder/not-rfb", test_not_rfb);
    g_test_add_func("/decoder/logins", test_logins);
    g_test_add_func("/decoder/wrong-password", test_wrong_password);
    g_test_add_func("/decoder/sizes", test_sizes);
    g_test_add_func("/decoder/largest-size", test_largest_size);
    g_test_add_func("/decoder/garbage", test_garbage);
    g_test_add_func("/decoder/silent-server", test_silent_server);
    g_test_add_func("/decoder/dripping-server", test_dripping_server);
    g_test_add_func("/decoder/quiet-desktop", test_quiet_desktop);
    return g_test_run();
}
