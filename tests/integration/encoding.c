/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a real decoder makes of what the RFB server sends: exact where it is text, and at rest. */
#include <math.h>
#include <string.h>

#include "app/share/capture/motion.h"
#include "tests/integration/rfb_eye.h"

enum { WIDTH = 700, HEIGHT = 500, PIXELS = WIDTH * HEIGHT };
enum {
    TIGHT = 7,
    ZRLE = 16,
    HEXTILE = 5,
    COPY = 1,
    QUALITY_9 = -23,
    QUALITY_1 = -31,
    LAST_RECT = -224,
    CURSOR = -239,
    POINTER = -232,
    SIZE = -223,
};
enum { FAST = 100000000, SLOW = 250000, SLOWER = 125000, FRAME_US = 33000 };

static const int32_t with_jpeg[] = {TIGHT, COPY, QUALITY_9, LAST_RECT, CURSOR, POINTER, SIZE, 0};
static const int32_t with_zrle[] = {TIGHT, ZRLE, COPY, QUALITY_9, LAST_RECT, CURSOR, SIZE, 0};
static const int32_t without_last_rect[] = {TIGHT, QUALITY_9, CURSOR, SIZE, 0};
static const int32_t without_jpeg[] = {TIGHT, COPY, LAST_RECT, CURSOR, SIZE, 0};
static const int32_t without_cursor[] = {TIGHT, COPY, QUALITY_1, LAST_RECT, SIZE, 0};
static const int32_t only_zrle[] = {ZRLE, QUALITY_9, LAST_RECT, CURSOR, SIZE, 0};
static const int32_t only_hextile[] = {HEXTILE, QUALITY_9, 0};
static const int32_t nothing[] = {0};

struct world {
    uint32_t pixels[4 * PIXELS];
    struct ds_server *server;
    struct eye eye;
    GRand *rand;
};

static void
world_init(struct world *world, unsigned bits, const int32_t *encodings)
{
    memset(world, 0, sizeof *world);
    world->rand = g_rand_new_with_seed(7);
    world->server = ds_server_new(world->pixels, WIDTH, HEIGHT, "desk");
    eye_open(&world->eye, world->server, bits, encodings);
    world->eye.rate = FAST;
}

static void
world_finish(struct world *world)
{
    eye_close(&world->eye);
    ds_server_free(world->server);
    g_rand_free(world->rand);
}

/* Waves and noise: no two neighbours are alike. */
static void
paint_photo(struct world *world, int left, int top, int width, int height)
{
    double phase = g_rand_double_range(world->rand, 0, 7);
    for (int y = top; y < top + height; y++)
        for (int x = left; x < left + width; x++) {
            double wave = 100 + 50 * sin(x / 37.0 + phase) + 50 * cos(y / 23.0 - phase);
            uint32_t noise = g_rand_int(world->rand);
            uint32_t red = (uint32_t)wave + (noise & 15);
            uint32_t green = (uint32_t)(wave / 2) + (noise >> 8 & 15);
            uint32_t blue = (uint32_t)(230 - wave) + (noise >> 16 & 15);
            world->pixels[y * WIDTH + x] = red << 16 | green << 8 | blue;
        }
    ds_server_mark(world->server, left, top, width, height);
}

/* Strokes with soft edges on white. */
static void
paint_text(struct world *world, int left, int top, int width, int height)
{
    for (int y = top; y < top + height; y++)
        for (int x = left; x < left + width; x++) {
            uint32_t bits = (uint32_t)(x / 2 * 7919 + y / 2 * 104729) * 2654435761u >> 24;
            uint32_t grey = y % 14 > 9 || x % 9 > 6 ? 255 : bits > 170 ? 0 : bits | 0xcf;
            world->pixels[y * WIDTH + x] = grey << 16 | grey << 8 | grey;
        }
    ds_server_mark(world->server, left, top, width, height);
}

static unsigned
differs(struct world *world)
{
    return eye_differs(&world->eye, world->pixels, NULL);
}

/* Text never has loss, whatever the viewer allows. */
static void
test_text(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    paint_text(world, 0, 0, WIDTH, HEIGHT);
    g_assert_cmpuint(eye_look(&world->eye), >, 0);
    g_assert_cmpuint(differs(world), ==, 0);
    g_assert_cmpuint(ds_server_client_next_us(world->eye.client), ==, UINT64_MAX);
    g_assert_cmpuint(eye_look(&world->eye), ==, 0);
    world_finish(world);
}

/* A photo comes with loss, and is exact a moment later; text around it is at once. */
static void
test_photo(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    paint_text(world, 0, 0, WIDTH, HEIGHT);
    paint_photo(world, 64, 64, 512, 384);
    size_t first = eye_look(&world->eye);
    g_assert_cmpuint(differs(world), >, 1000);
    g_assert_false(ds_server_client_is_pending(world->eye.client));
    uint64_t next_us = ds_server_client_next_us(world->eye.client);
    g_assert_cmpuint(next_us, ==, world->eye.now_us + 150000);
    g_assert_cmpuint(eye_look(&world->eye), ==, 0); /* not yet */
    uint64_t began_us = world->eye.now_us;
    eye_rest(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    g_assert_cmpuint(world->eye.now_us, <, began_us + 300000);
    g_assert_cmpuint(world->eye.bytes, >, 3 * first);
    g_assert_cmpuint(eye_look(&world->eye), ==, 0); /* nor ever again */
    world_finish(world);
}

/* What is exact at once does not depend on how the viewer takes it. */
static void
test_exact(gconstpointer encodings)
{
    g_autofree struct world *world = g_new(struct world, 1);
    for (unsigned bits = 8; bits <= 32; bits *= 2) {
        world_init(world, bits, encodings);
        paint_text(world, 0, 0, WIDTH, HEIGHT);
        paint_photo(world, 0, 0, 300, 300);
        eye_look(&world->eye);
        g_assert_cmpuint(differs(world), ==, 0);
        g_assert_cmpuint(ds_server_client_next_us(world->eye.client), ==, UINT64_MAX);
        world_finish(world);
    }
}

/* Formats and limits of the viewer: in the end all of them see the same. */
static void
test_refined(gconstpointer encodings)
{
    g_autofree struct world *world = g_new(struct world, 1);
    for (unsigned bits = 8; bits <= 32; bits *= 2) {
        world_init(world, bits, encodings);
        paint_photo(world, 13, 17, 611, 431);
        eye_look(&world->eye);
        paint_photo(world, 100, 100, 3, 5);
        paint_text(world, 300, 200, 99, 77);
        eye_rest(&world->eye);
        g_assert_cmpuint(differs(world), ==, 0);
        world_finish(world);
    }
}

/* A film is left alone as long as it plays, and its last picture becomes exact. */
static void
test_film(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    size_t frame = 0;
    for (unsigned i = 0; i < 30; i++) {
        paint_photo(world, 128, 128, 320, 240);
        size_t now = eye_look(&world->eye);
        g_assert_cmpuint(now, >, 0);
        if (i > 0)
            g_assert_cmpuint(now, <, frame + frame / 4);
        frame = now;
        world->eye.now_us += FRAME_US;
        g_assert_cmpuint(ds_server_client_next_us(world->eye.client), >, world->eye.now_us);
    }
    uint64_t ended_us = world->eye.now_us;
    eye_rest(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    g_assert_cmpuint(world->eye.now_us, <, ended_us + 1000000);
    world_finish(world);
}

/* A slow path gets a film in updates that it carries in about 40 ms. */
static void
test_budget(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    size_t bytes = 0, fast = 0;
    for (unsigned i = 0; i < 20; i++) {
        world->eye.rate = i < 4 ? FAST : SLOW;
        paint_photo(world, 128, 128, 320, 192);
        bytes = eye_look(&world->eye);
        fast = i < 4 ? bytes : fast;
        world->eye.now_us += FRAME_US;
    }
    g_assert_cmpuint(bytes, <, (SLOW / 1000) * 48);
    g_assert_cmpuint(bytes, >, (SLOW / 1000) * 10);
    g_assert_cmpuint(fast, >, 2 * bytes);
    world_finish(world);
}

/* A slow path gets text in fewer bytes, where the viewer can take them. */
static void
test_compact(void)
{
    static const int32_t *const lists[] = {with_jpeg, with_zrle, with_zrle};
    static const uint64_t rates[] = {SLOW, SLOW, FAST};
    g_autofree struct world *world = g_new(struct world, 1);
    size_t bytes[G_N_ELEMENTS(lists)];
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
        world_init(world, 32, lists[i]);
        world->eye.rate = rates[i];
        paint_text(world, 0, 0, WIDTH, HEIGHT);
        eye_rest(&world->eye);
        g_assert_cmpuint(differs(world), ==, 0);
        bytes[i] = world->eye.bytes;
        world_finish(world);
    }
    g_assert_cmpuint(bytes[1], <, bytes[0]);
    g_assert_cmpuint(bytes[2] * 10, >, bytes[0] * 9);
}

/* The last row of a film is a part of it, also when it lies in a tile full of text. */
static void
test_sliver(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    paint_text(world, 0, 0, WIDTH, HEIGHT);
    eye_look(&world->eye);
    paint_photo(world, 64, 128, 512, 6);
    size_t bytes = eye_look(&world->eye);
    g_assert_cmpuint(bytes, <, 512 * 6 * 3 / 2);
    g_assert_cmpuint(differs(world), >, 1000);
    paint_text(world, 64, 128, 512, 6); /* where it was, text is text */
    eye_look(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    world_finish(world);
}

/* A photo is sent in as few pictures as Tight can have, of whole blocks. */
static void
test_pictures(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    eye_look(&world->eye);
    paint_photo(world, 7, 3, 640, 480);
    eye_look(&world->eye);
    g_assert_cmpuint(world->eye.slices, ==, 5); /* 96 rows each */
    world_finish(world);
}

/* What an ended update has left comes later, behind what is fresh. */
static void
test_ended(void)
{
    static const struct eye_part corner = {640, 448, WIDTH - 640, HEIGHT - 448};
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    eye_look(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    paint_photo(world, 0, 0, WIDTH, HEIGHT);
    world->eye.slices_max = 3;
    eye_look(&world->eye);
    g_assert_cmpuint(world->eye.slices, ==, 3);
    g_assert_true(ds_server_client_is_pending(world->eye.client));
    paint_text(world, 640, 448, WIDTH - 640, HEIGHT - 448);
    world->eye.slices_max = 1;
    eye_look(&world->eye);
    g_assert_cmpuint(eye_differs(&world->eye, world->pixels, &corner), ==, 0);
    g_assert_cmpuint(differs(world), >, 0);
    world->eye.slices_max = 0;
    eye_rest(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    world_finish(world);
}

/* The viewer chooses anew while it holds things with loss. */
static void
test_chooses(void)
{
    static const int32_t *const choices[] = {with_jpeg, only_zrle, with_zrle, without_jpeg,
            with_zrle, only_hextile, without_last_rect, nothing, with_jpeg, without_cursor};
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    for (unsigned i = 0; i < 4 * G_N_ELEMENTS(choices); i++) {
        paint_photo(world, g_rand_int_range(world->rand, 0, 200),
                g_rand_int_range(world->rand, 0, 200), 300, 200);
        paint_text(world, 0, 450, 600, 50);
        world->eye.rate = i % 3 ? SLOW : FAST;
        world->eye.slices_max = (unsigned)g_rand_int_range(world->rand, 0, 3);
        eye_look(&world->eye);
        world->eye.now_us += FRAME_US * (unsigned)g_rand_int_range(world->rand, 0, 5);
        eye_choose(&world->eye, choices[i % G_N_ELEMENTS(choices)]);
    }
    world->eye.slices_max = 0;
    eye_rest(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    world_finish(world);
}

/* A screen of another size, while some of the old one is held with loss and some is not sent. */
static void
test_resized(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    paint_photo(world, 0, 0, WIDTH, HEIGHT);
    world->eye.slices_max = 2;
    eye_look(&world->eye);
    for (unsigned i = 1; i <= 4; i++) {
        unsigned width = i % 2 ? WIDTH * 2 / 3 : 2 * WIDTH;
        unsigned height = i % 2 ? HEIGHT * 2 / 3 : 2 * HEIGHT;
        ds_server_resize(world->server, world->pixels, width, height);
        eye_look(&world->eye); /* the size */
        eye_look(&world->eye);
        g_assert_cmpint(world->eye.slices, ==, 2);
    }
    world->eye.slices_max = 0;
    eye_rest(&world->eye);
    g_assert_cmpuint(eye_differs(&world->eye, world->pixels, NULL), ==, 0);
    world_finish(world);
}

/* A photo that is scrolled while it is held with loss becomes exact where it gets to. */
static void
test_scrolled(void)
{
    static const struct ds_move move = {20, 30, 500, 400, 0, -17};
    g_autofree struct world *world = g_new(struct world, 1);
    const struct ds_canvas canvas = {world->pixels, WIDTH, HEIGHT};
    world_init(world, 32, with_jpeg);
    paint_text(world, 0, 0, WIDTH, HEIGHT);
    paint_photo(world, 100, 200, 300, 200);
    eye_look(&world->eye);
    g_assert_cmpuint(differs(world), >, 1000);
    for (unsigned i = 0; i < 8; i++) {
        ds_motion_move(&canvas, &move);
        ds_server_copy(world->server, &move);
        world->eye.now_us += FRAME_US;
        g_assert_cmpuint(eye_look(&world->eye), <, 100);
    }
    g_assert_cmpuint(differs(world), >, 1000);
    eye_rest(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    world_finish(world);
}

/* However slow the path was, or a viewer that slept: there is always a next part of the picture. */
static void
test_crawls(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_jpeg);
    world->eye.rate = 1;
    paint_text(world, 0, 0, WIDTH, HEIGHT);
    paint_photo(world, 100, 200, 300, 200);
    for (unsigned i = 0; i < 200 && ds_server_client_is_pending(world->eye.client); i++)
        g_assert_cmpuint(eye_look(&world->eye), >, 0);
    g_assert_false(ds_server_client_is_pending(world->eye.client));
    world_finish(world);
}

/* A viewer asks for one pixel here and one there, as many as there are. */
static void
test_crumbs(void)
{
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, without_last_rect);
    paint_text(world, 0, 0, WIDTH, HEIGHT);
    eye_rest(&world->eye);
    for (int y = 0; y < HEIGHT; y += 2)
        for (int x = 0; x < WIDTH; x += 2)
            ds_server_client_want(world->eye.client, x, y, 1, 1);
    eye_rest(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    world_finish(world);
}

/* On a slow path that a film fills: the next update of it, as soon as the path has room. */
static size_t
film_goes_on(struct world *world)
{
    paint_photo(world, 0, 0, WIDTH, 384);
    size_t bytes = eye_look(&world->eye);
    world->eye.now_us += MAX(FRAME_US, bytes * 1000000 / SLOWER);
    return bytes;
}

static void
begin_film(struct world *world)
{
    world_init(world, 32, with_zrle);
    world->eye.rate = SLOWER;
    for (unsigned i = 0; i < 12; i++)
        film_goes_on(world);
    g_assert_cmpuint(film_goes_on(world), >, SLOWER / 1000 * 40);
}

/* Text is there at once, and a photo becomes exact within a second, while a film fills the path. */
static void
test_filled(void)
{
    static const struct eye_part text = {0, 448, 512, 26}, photo = {576, 384, 124, 64};
    g_autofree struct world *world = g_new(struct world, 1);
    uint64_t text_us = 0, photo_us = 0;
    unsigned pictures = 0;

    begin_film(world);
    paint_text(world, text.x, text.y, text.width, text.height);
    paint_photo(world, photo.x, photo.y, photo.width, photo.height);
    const uint64_t began_us = world->eye.now_us;
    for (; photo_us == 0 && world->eye.now_us < began_us + 5000000; pictures++) {
        film_goes_on(world);
        if (text_us == 0 && eye_differs(&world->eye, world->pixels, &text) == 0)
            text_us = world->eye.now_us - began_us;
        if (eye_differs(&world->eye, world->pixels, &photo) == 0)
            photo_us = world->eye.now_us - began_us;
    }
    g_test_message("text %u ms, photo %u ms, %u updates", (unsigned)(text_us / 1000),
            (unsigned)(photo_us / 1000), pictures);
    g_assert_cmpuint(text_us, >, 0);
    g_assert_cmpuint(text_us, <, 300000);
    g_assert_cmpuint(photo_us, >, 0);
    g_assert_cmpuint(photo_us, <, 1000000);
    g_assert_cmpuint(photo_us / pictures, <, 140000); /* and no update of it takes too long */
    eye_rest(&world->eye);
    g_assert_cmpuint(differs(world), ==, 0);
    world_finish(world);
}

/* Who waits for a letter does not wait for a film's picture that comes with it. */
static void
test_answer(void)
{
    static const struct eye_part letter = {0, 448, 40, 16};
    g_autofree struct world *world = g_new(struct world, 1);
    begin_film(world);
    world->eye.limit_us = 20000;
    for (unsigned i = 0; i < 10; i++) {
        paint_text(world, letter.x + 40 * (int)i, letter.y, letter.width, letter.height);
        size_t bytes = film_goes_on(world);
        g_assert_cmpuint(bytes, <, SLOWER / 1000 * 40); /* and the slice that went over it */
    }
    const struct eye_part all = {0, 448, 400, 16};
    g_assert_cmpuint(eye_differs(&world->eye, world->pixels, &all), ==, 0);
    world_finish(world);
}

/* Nor does a photo wait for ever behind text that never rests. */
static void
test_scrolls(void)
{
    static const struct eye_part photo = {576, 384, 124, 116};
    g_autofree struct world *world = g_new(struct world, 1);
    world_init(world, 32, with_zrle);
    world->eye.rate = SLOW / 8;
    eye_rest(&world->eye);
    paint_photo(world, photo.x, photo.y, photo.width, photo.height);
    unsigned looks = 0;
    for (; looks < 40 && eye_differs(&world->eye, world->pixels, &photo) > 0; looks++) {
        paint_text(world, (int)looks % 3, 0, 500, 384);
        size_t bytes = eye_look(&world->eye);
        world->eye.now_us += MAX(FRAME_US, bytes * 1000000 / world->eye.rate);
    }
    g_test_message("%u looks", looks);
    g_assert_cmpuint(looks, <, 40);
    world_finish(world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encoding/text", test_text);
    g_test_add_func("/encoding/photo", test_photo);
    g_test_add_data_func("/encoding/exact/no-jpeg", without_jpeg, test_exact);
    g_test_add_data_func("/encoding/exact/no-cursor", without_cursor, test_exact);
    g_test_add_data_func("/encoding/exact/zrle", only_zrle, test_exact);
    g_test_add_data_func("/encoding/exact/hextile", only_hextile, test_exact);
    g_test_add_data_func("/encoding/exact/raw", nothing, test_exact);
    g_test_add_data_func("/encoding/refined/jpeg", with_jpeg, test_refined);
    g_test_add_data_func("/encoding/refined/no-last-rect", without_last_rect, test_refined);
    g_test_add_data_func("/encoding/refined/zrle", with_zrle, test_refined);
    g_test_add_func("/encoding/film", test_film);
    g_test_add_func("/encoding/budget", test_budget);
    g_test_add_func("/encoding/compact", test_compact);
    g_test_add_func("/encoding/sliver", test_sliver);
    g_test_add_func("/encoding/pictures", test_pictures);
    g_test_add_func("/encoding/ended", test_ended);
    g_test_add_func("/encoding/chooses", test_chooses);
    g_test_add_func("/encoding/resized", test_resized);
    g_test_add_func("/encoding/scrolled", test_scrolled);
    g_test_add_func("/encoding/crawls", test_crawls);
    g_test_add_func("/encoding/crumbs", test_crumbs);
    g_test_add_func("/encoding/slow/filled", test_filled);
    g_test_add_func("/encoding/slow/answer", test_answer);
    g_test_add_func("/encoding/slow/scrolls", test_scrolls);
    return g_test_run();
}
