/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A viewer whose opening is played here, on a server without a screen. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "app/share/rfb/viewer.h"
#include "net/wire/reader.h"

enum { WIDTH = 40, HEIGHT = 30, UPDATE = 0, BYTES_MAX = 64 * 1024 };
enum { EXT_DESKTOP_SIZE = -308 };
enum { NOW_US = 1000000, LATER_US = 1100000 };

static const struct ds_server_wish now = {.now_us = NOW_US};

struct rig {
    uint32_t pixels[2 * WIDTH * HEIGHT];
    struct ds_server *server;
    struct ds_viewer *viewer;
    int fd; /* the helper's end */
    unsigned touches;
    uint64_t again_us; /* what is said to keys */
};

static uint64_t
on_key(void *arg, struct ds_viewer *viewer, uint32_t keysym, bool down)
{
    struct rig *rig = arg;
    rig->touches += rig->again_us == 0;
    return rig->again_us;
}

static void
on_pointer(void *arg, struct ds_viewer *viewer, uint8_t buttons, int x, int y)
{
    struct rig *rig = arg;
    rig->touches++;
}

static void
rig_init(struct rig *rig, enum ds_picture picture)
{
    const struct ds_viewer_input input = {on_key, on_pointer, rig};
    int pair[2];
    memset(rig, 0, sizeof *rig);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    rig->fd = pair[1];
    rig->server = ds_server_new(rig->pixels, WIDTH, HEIGHT, "desk");
    rig->viewer = ds_viewer_new(rig->server, pair[0], picture, NOW_US, &input);
    g_assert_cmpuint(rig->touches, ==, 0);
}

static void
rig_finish(struct rig *rig)
{
    ds_viewer_free(rig->viewer);
    ds_server_free(rig->server);
    close(rig->fd);
}

static void
rig_hear(struct rig *rig, const void *bytes, size_t len)
{
    const struct ds_viewer_input input = {on_key, on_pointer, rig};
    g_assert_cmpint(send(rig->fd, bytes, len, MSG_NOSIGNAL), ==, len);
    ds_viewer_read(rig->viewer, LATER_US, &input);
}

/* Return how much came for the helper since the last call. */
static size_t
rig_take(struct rig *rig, uint8_t out[static BYTES_MAX])
{
    ssize_t n = recv(rig->fd, out, BYTES_MAX, 0);
    return n > 0 ? (size_t)n : 0;
}

static void
expect_size(struct rig *rig)
{
    uint8_t bytes[BYTES_MAX];
    static const uint8_t size[] = {0, WIDTH, 0, HEIGHT};
    size_t n = rig_take(rig, bytes);
    g_assert_cmpmem(bytes, n, size, sizeof size);
}

/* The size comes at once, the picture with the first update, and no more before it is decoded. */
static void
test_begins(gconstpointer data)
{
    static const uint8_t request[] = {3, 1, 0, 0, 0, 0, 0, WIDTH, 0, HEIGHT};
    uint8_t bytes[BYTES_MAX];
    uint64_t next_us;
    struct rig rig;

    rig_init(&rig, (enum ds_picture)GPOINTER_TO_INT(data));
    expect_size(&rig);
    g_assert_true(rig.viewer->is_urgent);
    g_assert_true(ds_viewer_is_pending(rig.viewer));
    g_assert_true(ds_viewer_is_ready(rig.viewer, NOW_US, &next_us));
    ds_viewer_update(rig.viewer, &now);
    g_assert_cmpuint(rig_take(&rig, bytes), >, 4);
    g_assert_cmpuint(bytes[0], ==, UPDATE);

    ds_server_mark(rig.server, 0, 0, 1, 1);
    g_assert_true(ds_viewer_is_pending(rig.viewer));
    g_assert_false(ds_viewer_is_ready(rig.viewer, LATER_US, &next_us));
    rig_hear(&rig, request, sizeof request); /* acknowledges it; 0.1 s is the round trip */
    g_assert_cmpuint(ds_pacer_min_rtt(&rig.viewer->pacer), >, 0);
    g_assert_cmpuint(ds_pacer_min_rtt(&rig.viewer->pacer), <=, LATER_US - NOW_US);
    g_assert_true(ds_viewer_is_ready(rig.viewer, LATER_US, &next_us));
    g_assert_false(rig.viewer->is_gone);
    rig_finish(&rig);
}

/* What came with loss comes again when it has rested, once; without JPEG nothing does. */
static void
test_refines(gconstpointer data)
{
    const bool is_lossy = GPOINTER_TO_INT(data) == DS_PICTURE_JPEG;
    uint8_t bytes[BYTES_MAX];
    struct rig rig;

    rig_init(&rig, (enum ds_picture)GPOINTER_TO_INT(data));
    expect_size(&rig);
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
        rig.pixels[i] = i * 2654435761u >> 8;
    ds_viewer_update(rig.viewer, &now);
    g_assert_cmpuint(rig_take(&rig, bytes), >, 4);
    uint64_t refine_us = ds_viewer_refine_us(rig.viewer);
    g_assert_cmpint(refine_us < UINT64_MAX, ==, is_lossy);
    if (is_lossy) {
        ds_viewer_update(rig.viewer, &(struct ds_server_wish){.now_us = refine_us - 1});
        g_assert_cmpuint(rig_take(&rig, bytes), ==, 0);
        ds_viewer_update(rig.viewer, &(struct ds_server_wish){.now_us = refine_us});
        g_assert_cmpuint(rig_take(&rig, bytes), >, WIDTH * HEIGHT);
    }
    g_assert_cmpuint(ds_viewer_refine_us(rig.viewer), ==, UINT64_MAX);
    g_assert_false(ds_viewer_is_pending(rig.viewer));
    rig_finish(&rig);
}

/* The screen changes its size between the first word and the first picture. */
static void
test_resized(void)
{
    uint8_t bytes[BYTES_MAX];
    struct ds_reader r;
    struct rig rig;

    rig_init(&rig, DS_PICTURE_LOSSLESS);
    expect_size(&rig);
    ds_server_resize(rig.server, rig.pixels, 2 * WIDTH, HEIGHT);
    ds_viewer_update(rig.viewer, &now);
    ds_reader_init(&r, bytes, rig_take(&rig, bytes));
    g_assert_cmpuint(ds_reader_u16(&r), ==, UPDATE);
    g_assert_cmpuint(ds_reader_u16(&r), >=, 1);
    ds_reader_u32(&r); /* why, and the result */
    g_assert_cmpuint(ds_reader_u16(&r), ==, 2 * WIDTH);
    g_assert_cmpuint(ds_reader_u16(&r), ==, HEIGHT);
    g_assert_cmpint((int32_t)ds_reader_u32(&r), ==, EXT_DESKTOP_SIZE);
    rig_finish(&rig);
}

/* It stands where a viewer stands behind the opening: in front of the same filter. */
static void
test_filtered(void)
{
    static const uint8_t key[] = {4, 1, 0, 0, 0, 0, 0, 'a'};
    static const uint8_t version[] = "RFB 003.008\n";
    struct rig rig;

    rig_init(&rig, DS_PICTURE_JPEG);
    rig_hear(&rig, key, sizeof key);
    g_assert_cmpuint(rig.touches, ==, 1);
    g_assert_false(rig.viewer->is_gone);
    rig_hear(&rig, version, sizeof version - 1); /* no message has this type */
    g_assert_true(rig.viewer->is_gone);
    g_assert_nonnull(rig.viewer->error);
    shutdown(rig.fd, SHUT_RDWR); /* that it went then is no reason */
    ds_viewer_update(rig.viewer, &now);
    g_assert_nonnull(rig.viewer->error);
    rig_finish(&rig);
}

/* While an update is encoded the keys are heard, up to what would touch the encoders. */
static void
test_meanwhile(void)
{
    static const uint8_t key[] = {4, 1, 0, 0, 0, 0, 0, 'a'};
    static const uint8_t words[] = {3, 1, 0, 0, 0, 0, 0, WIDTH, 0, HEIGHT, /* acknowledges */
            4, 1, 0, 0, 0, 0, 0, 'b',                                      /* */
            3, 0, 0, 0, 0, 0, 0, WIDTH, 0, HEIGHT,                         /* all anew */
            4, 0, 0, 0, 0, 0, 0, 'b', 4, 0};
    struct rig rig;
    const struct ds_viewer_input input = {on_key, on_pointer, &rig};

    rig_init(&rig, DS_PICTURE_JPEG);
    ds_viewer_update(rig.viewer, &now);
    g_assert_false(ds_viewer_is_pending(rig.viewer));
    g_assert_cmpint(send(rig.fd, words, sizeof words, MSG_NOSIGNAL), ==, sizeof words);
    ds_viewer_read_input(rig.viewer, LATER_US, &input);
    g_assert_cmpuint(rig.touches, ==, 1);
    g_assert_false(ds_viewer_is_pending(rig.viewer));
    g_assert_cmpint(send(rig.fd, key + 2, sizeof key - 2, MSG_NOSIGNAL), ==, sizeof key - 2);
    ds_viewer_read_input(rig.viewer, LATER_US, &input);
    g_assert_cmpuint(rig.touches, ==, 1);
    ds_viewer_catch_up(rig.viewer, LATER_US, &input);
    g_assert_cmpuint(rig.touches, ==, 2);
    g_assert_true(ds_viewer_is_pending(rig.viewer));
    ds_viewer_read(rig.viewer, LATER_US, &input);
    g_assert_cmpuint(rig.touches, ==, 3);
    g_assert_false(rig.viewer->is_gone);
    rig_finish(&rig);
}

/* Who asks for picture after picture is heard a few times a second, and then nothing is lost. */
static void
test_flood(void)
{
    static const uint8_t round[] = {3, 0, 0, 0, 0, 0, 255, 255, 255, 255, /* all anew */
            4, 1, 0, 0, 0, 0, 0, 'a'};
    enum { ROUNDS = 100, AT_ONCE = 11, LATER = 90 };
    uint8_t words[ROUNDS * sizeof round];
    struct rig rig;
    const struct ds_viewer_input input = {on_key, on_pointer, &rig};

    for (size_t i = 0; i < ROUNDS; i++)
        memcpy(words + i * sizeof round, round, sizeof round);
    rig_init(&rig, DS_PICTURE_JPEG);
    g_assert_cmpuint(ds_viewer_rests_until_us(rig.viewer), ==, 0);
    rig_hear(&rig, words, sizeof words);
    g_assert_cmpuint(rig.touches, <=, AT_ONCE);
    g_assert_cmpuint(ds_viewer_rests_until_us(rig.viewer), >, LATER_US);
    ds_viewer_catch_up(rig.viewer, LATER_US, &input);
    g_assert_cmpuint(rig.touches, <=, AT_ONCE);
    unsigned rests = 0;
    for (uint64_t now_us; (now_us = ds_viewer_rests_until_us(rig.viewer)) > 0; rests++)
        ds_viewer_catch_up(rig.viewer, now_us, &input);
    g_assert_cmpuint(rests, >=, LATER);
    g_assert_cmpuint(rig.touches, ==, ROUNDS);
    g_assert_false(rig.viewer->is_gone);
    rig_finish(&rig);
}

/* Nobody waits for the rest of one who has gone. */
static void
test_flood_and_gone(void)
{
    static const uint8_t request[] = {3, 0, 0, 0, 0, 0, 255, 255, 255, 255};
    struct rig rig;
    const struct ds_viewer_input input = {on_key, on_pointer, &rig};

    rig_init(&rig, DS_PICTURE_JPEG);
    while (ds_viewer_rests_until_us(rig.viewer) == 0)
        rig_hear(&rig, request, sizeof request);
    ds_viewer_read(rig.viewer, LATER_US, &input);
    g_assert_true(rig.viewer->is_gone);
    g_assert_null(rig.viewer->error);
    rig_finish(&rig);
}

/* A key that cannot be pressed yet keeps back what comes behind it, and nothing is lost. */
static void
test_later(void)
{
    static const uint8_t words[] = {4, 1, 0, 0, 0, 0, 0, 'a', /* */
            5, 1, 0, 1, 0, 1, 4, 0, 0, 0, 0, 0, 0, 'a'};
    enum { SOON_US = LATER_US + 10, THEN_US = LATER_US + 20 };
    struct rig rig;
    const struct ds_viewer_input input = {on_key, on_pointer, &rig};

    rig_init(&rig, DS_PICTURE_JPEG);
    rig.again_us = SOON_US;
    rig_hear(&rig, words, sizeof words);
    g_assert_cmpuint(rig.touches, ==, 0);
    g_assert_cmpuint(ds_viewer_rests_until_us(rig.viewer), ==, SOON_US);
    rig.again_us = 0;
    ds_viewer_catch_up(rig.viewer, SOON_US - 1, &input);
    g_assert_cmpuint(rig.touches, ==, 0);
    rig.again_us = THEN_US;
    ds_viewer_catch_up(rig.viewer, SOON_US, &input);
    g_assert_cmpuint(rig.touches, ==, 0);
    g_assert_cmpuint(ds_viewer_rests_until_us(rig.viewer), ==, THEN_US);
    rig.again_us = 0;
    ds_viewer_catch_up(rig.viewer, THEN_US, &input);
    g_assert_cmpuint(rig.touches, ==, 3);
    g_assert_cmpuint(ds_viewer_rests_until_us(rig.viewer), ==, 0);
    g_assert_false(rig.viewer->is_gone);
    rig_finish(&rig);
}

/* While a key waits the picture goes on, and what the hands do comes behind the key, all of it. */
static void
test_picture_goes_on(void)
{
    static const uint8_t request[] = {3, 1, 0, 0, 0, 0, 0, WIDTH, 0, HEIGHT};
    static const uint8_t key[] = {4, 1, 0, 0, 0, 0, 0, 'a'};
    enum { SOON_US = LATER_US + 10, KEYS = 4 * DS_BACKLOG_MAX };
    uint8_t keys[KEYS * sizeof key];
    struct rig rig;
    const struct ds_viewer_input input = {on_key, on_pointer, &rig};
    uint64_t next_us;

    rig_init(&rig, DS_PICTURE_JPEG);
    ds_viewer_update(rig.viewer, &now);
    ds_server_mark(rig.server, 0, 0, 1, 1);
    g_assert_false(ds_viewer_is_ready(rig.viewer, LATER_US, &next_us));
    rig.again_us = SOON_US;
    rig_hear(&rig, key, sizeof key);
    g_assert_true(ds_viewer_is_heard(rig.viewer));
    rig_hear(&rig, request, sizeof request);
    g_assert_true(ds_viewer_is_ready(rig.viewer, LATER_US, &next_us));
    for (size_t i = 0; i < KEYS; i++)
        memcpy(keys + i * sizeof key, key, sizeof key);
    rig_hear(&rig, keys, sizeof keys);
    g_assert_false(ds_viewer_is_heard(rig.viewer));
    g_assert_cmpuint(rig.touches, ==, 0);
    rig.again_us = 0;
    ds_viewer_catch_up(rig.viewer, SOON_US, &input);
    g_assert_true(ds_viewer_is_heard(rig.viewer));
    g_assert_cmpuint(rig.touches, ==, 1 + KEYS);
    rig_finish(&rig);
}

/* Who only says what it has decoded may say it as often as before: it has its allowance. */
static void
test_acknowledgement_flood(void)
{
    static const uint8_t request[] = {3, 1, 0, 0, 0, 0, 0, WIDTH, 0, HEIGHT};
    static const uint8_t key[] = {4, 1, 0, 0, 0, 0, 0, 'a'};
    enum { SOON_US = LATER_US + 10, AT_ONCE = 500, MANY = 200 };
    uint8_t requests[AT_ONCE * sizeof request];
    struct rig rig;

    for (size_t i = 0; i < AT_ONCE; i++)
        memcpy(requests + i * sizeof request, request, sizeof request);

    rig_init(&rig, DS_PICTURE_JPEG);
    rig.again_us = SOON_US;
    rig_hear(&rig, key, sizeof key);
    unsigned heard = 0;
    while (ds_viewer_is_heard(rig.viewer) && heard++ < MANY)
        rig_hear(&rig, requests, sizeof requests);
    g_assert_cmpuint(heard, >, 2);
    g_assert_cmpuint(heard, <, MANY);
    g_assert_false(rig.viewer->is_gone);
    rig_finish(&rig);
}

/* Without a picture nothing is played: it is greeted, and has no client before its version. */
static void
test_whole(void)
{
    uint8_t bytes[BYTES_MAX];
    struct rig rig;

    rig_init(&rig, DS_PICTURE_NONE);
    size_t n = rig_take(&rig, bytes);
    g_assert_cmpmem(bytes, n, "RFB 003.008\n", 12);
    g_assert_null(rig.viewer->client);
    rig_finish(&rig);
}

/* The other end is gone before the first word. */
static void
test_gone(void)
{
    struct rig rig = {0};
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    close(pair[1]);
    rig.fd = -1;
    rig.server = ds_server_new(rig.pixels, WIDTH, HEIGHT, "desk");
    rig.viewer = ds_viewer_new(rig.server, pair[0], DS_PICTURE_JPEG, NOW_US, NULL);
    g_assert_true(rig.viewer->is_gone);
    rig_finish(&rig);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func(
            "/share/viewer/begins-lossless", GINT_TO_POINTER(DS_PICTURE_LOSSLESS), test_begins);
    g_test_add_data_func(
            "/share/viewer/begins-jpeg", GINT_TO_POINTER(DS_PICTURE_JPEG), test_begins);
    g_test_add_data_func(
            "/share/viewer/refines-lossless", GINT_TO_POINTER(DS_PICTURE_LOSSLESS), test_refines);
    g_test_add_data_func(
            "/share/viewer/refines-jpeg", GINT_TO_POINTER(DS_PICTURE_JPEG), test_refines);
    g_test_add_func("/share/viewer/resized", test_resized);
    g_test_add_func("/share/viewer/filtered", test_filtered);
    g_test_add_func("/share/viewer/meanwhile", test_meanwhile);
    g_test_add_func("/share/viewer/flood", test_flood);
    g_test_add_func("/share/viewer/flood-and-gone", test_flood_and_gone);
    g_test_add_func("/share/viewer/later", test_later);
    g_test_add_func("/share/viewer/picture-goes-on", test_picture_goes_on);
    g_test_add_func("/share/viewer/acknowledgement-flood", test_acknowledgement_flood);
    g_test_add_func("/share/viewer/whole", test_whole);
    g_test_add_func("/share/viewer/gone", test_gone);
    return g_test_run();
}
