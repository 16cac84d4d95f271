/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Viewers that are told to move pixels, at different speeds: what they see is what is there. */
#include <string.h>

#include "app/share/capture/motion.h"
#include "app/share/rfb/server.h"
#include "net/wire/reader.h"
#include "net/wire/writer.h"
#include "tests/lib/scenery.h"
#include "tests/lib/seed.h"

enum { SIDE_MAX = 400, WIDTH = 320, HEIGHT = 240, KINDS = 4, CLIENTS = 6 };
enum { RAW = 0, COPY_RECT = 1, LAST_RECT = -224, NEW_SIZE = -223, CURSOR = -239 };

static const int32_t encodings[KINDS][5] = {
        {RAW, COPY_RECT, CURSOR, NEW_SIZE, LAST_RECT}, {RAW, COPY_RECT, CURSOR, NEW_SIZE, NEW_SIZE},
        {RAW, CURSOR, NEW_SIZE, LAST_RECT, RAW},
        {RAW, COPY_RECT, NEW_SIZE, RAW, RAW}, /* it would get the pointer in its pixels */
};

struct client {
    struct ds_server_client *server_side;
    struct ds_canvas picture;
    int kind;
    unsigned copies, bytes; /* of the last update */
};

struct rig {
    struct ds_server *server;
    struct ds_canvas screen;
    struct client clients[CLIENTS];
};

static void
say(struct client *client, const void *bytes, size_t len)
{
    g_autoptr(GByteArray) answer = g_byte_array_new();
    g_assert_cmpint(ds_server_client_input(client->server_side, bytes, len, answer), ==, 0);
}

static void
choose_encodings(struct client *client, int kind)
{
    uint8_t message[4 + 4 * G_N_ELEMENTS(encodings[0])];
    struct ds_writer w;
    ds_writer_init(&w, message, sizeof message);
    ds_writer_u16(&w, 2 << 8);
    ds_writer_u16(&w, G_N_ELEMENTS(encodings[0]));
    for (size_t i = 0; i < G_N_ELEMENTS(encodings[0]); i++)
        ds_writer_u32(&w, (uint32_t)encodings[kind][i]);
    say(client, message, sizeof message);
    client->kind = kind;
}

static void
client_init(struct client *client, struct ds_server *server, int kind)
{
    static const uint8_t version[] = "RFB 003.008\n";
    memset(client, 0, sizeof *client);
    client->picture = (struct ds_canvas){g_new0(uint32_t, SIDE_MAX * SIDE_MAX), WIDTH, HEIGHT};
    client->server_side = ds_server_client_new(server, version);
    g_assert_nonnull(client->server_side);
    say(client, version, sizeof version - 1);
    say(client, "\1", 1);
    say(client, "\1", 1);
    choose_encodings(client, kind);
}

static void
rig_init(struct rig *rig)
{
    rig->screen = (struct ds_canvas){g_new0(uint32_t, SIDE_MAX * SIDE_MAX), WIDTH, HEIGHT};
    rig->server = ds_server_new(rig->screen.pixels, WIDTH, HEIGHT, "desk");
    for (int i = 0; i < CLIENTS; i++)
        client_init(&rig->clients[i], rig->server, i % KINDS);
}

static void
rig_finish(struct rig *rig)
{
    for (int i = 0; i < CLIENTS; i++) {
        ds_server_client_free(rig->clients[i].server_side);
        g_free(rig->clients[i].picture.pixels);
    }
    ds_server_free(rig->server);
    g_free(rig->screen.pixels);
}

static void
read_raw(struct client *client, struct ds_reader *r, const struct scenery_rect *rect)
{
    for (int y = rect->y; y < rect->y + rect->height; y++) {
        size_t bytes = (size_t)rect->width * sizeof(uint32_t);
        const uint8_t *row = ds_reader_bytes(r, bytes);
        g_assert_nonnull(row);
        memcpy(ds_canvas_at(&client->picture, rect->x, y), row, bytes);
    }
}

static void
read_copy(struct client *client, struct ds_reader *r, const struct scenery_rect *rect)
{
    int from_x = ds_reader_u16(r), from_y = ds_reader_u16(r);
    const struct ds_move move = {
            rect->x, rect->y, rect->width, rect->height, rect->x - from_x, rect->y - from_y};
    g_assert_cmpint(client->kind, <, 2); /* it said that it takes them */
    g_assert_cmpint(from_x + rect->width, <=, client->picture.width);
    g_assert_cmpint(from_y + rect->height, <=, client->picture.height);
    ds_motion_move(&client->picture, &move);
    client->copies++;
}

/* Returns false at the last one. */
static bool
read_rect(struct client *client, struct ds_reader *r)
{
    struct scenery_rect rect = {
            ds_reader_u16(r), ds_reader_u16(r), ds_reader_u16(r), ds_reader_u16(r)};
    int32_t encoding = (int32_t)ds_reader_u32(r);
    if (encoding == LAST_RECT)
        return false;
    if (encoding == NEW_SIZE) {
        client->picture.width = rect.width;
        client->picture.height = rect.height;
        return true;
    }
    if (encoding == CURSOR) {
        ds_reader_bytes(r, (size_t)(rect.width * 4 + (rect.width + 7) / 8) * (size_t)rect.height);
        return true;
    }
    g_assert_cmpint(rect.x + rect.width, <=, client->picture.width);
    g_assert_cmpint(rect.y + rect.height, <=, client->picture.height);
    if (encoding == COPY_RECT)
        read_copy(client, r, &rect);
    else
        read_raw(client, r, &rect);
    return true;
}

/* One update as it comes over the wire. */
static void
client_update(struct client *client)
{
    static uint64_t now_us = 1000000;
    const struct ds_server_wish wish = {.now_us = now_us += 1000};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    struct ds_reader r;

    client->copies = 0;
    g_assert_cmpint(ds_server_client_update(client->server_side, &wish, bytes), ==, 0);
    client->bytes = bytes->len;
    if (bytes->len == 0)
        return;
    ds_reader_init(&r, bytes->data, bytes->len);
    g_assert_cmpuint(ds_reader_u8(&r), ==, 0);
    ds_reader_u8(&r); /* padding */
    for (int left = ds_reader_u16(&r); left > 0 && read_rect(client, &r); left--)
        ;
    g_assert_true(ds_reader_is_done(&r));
}

/* Bring a viewer up to date, and compare all of it. */
static void
client_check(struct client *client, const struct ds_canvas *screen)
{
    while (ds_server_client_is_pending(client->server_side))
        client_update(client);
    g_assert_cmpint(client->picture.width, ==, screen->width);
    g_assert_cmpint(client->picture.height, ==, screen->height);
    size_t bytes = (size_t)(screen->width * screen->height) * sizeof(uint32_t);
    g_assert_cmpmem(client->picture.pixels, bytes, screen->pixels, bytes);
}

static void
rig_check(struct rig *rig)
{
    for (int i = 0; i < CLIENTS; i++)
        client_check(&rig->clients[i], &rig->screen);
}

static void
draw(struct rig *rig, const struct scenery_rect *rect, enum scenery kind, int from)
{
    scenery_paint(&rig->screen, rect, kind, from, from);
    ds_server_mark(rig->server, rect->x, rect->y, rect->width, rect->height);
}

static void
move(struct rig *rig, int x, int y, int width, int height, int dx, int dy)
{
    const struct ds_move one = {x, y, width, height, dx, dy};
    ds_motion_move(&rig->screen, &one);
    ds_server_copy(rig->server, &one);
}

static const struct scenery_rect whole = {0, 0, WIDTH, HEIGHT};

static void
test_move(void)
{
    static const int ways[][2] = {
            {0, -13}, {0, 13}, {-20, 0}, {20, 0}, {-7, 9}, {7, -9}, {30, 30}, {-30, -30}};
    struct rig rig;
    rig_init(&rig);
    draw(&rig, &whole, SCENERY_PAGE, 5);
    rig_check(&rig);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        move(&rig, 50, 50, 200, 150, ways[i][0], ways[i][1]);
        for (int j = 0; j < CLIENTS; j++) {
            client_update(&rig.clients[j]);
            g_assert_cmpuint(rig.clients[j].copies, ==, rig.clients[j].kind < 2);
            if (rig.clients[j].kind < 2)
                g_assert_cmpuint(rig.clients[j].bytes, ==, 20);
        }
        rig_check(&rig);
    }
    rig_finish(&rig);
}

/* A slow viewer is told of many moves in one where they go on from each other. */
static void
test_many_in_one(void)
{
    struct rig rig;
    struct client *slow = &rig.clients[0];
    rig_init(&rig);
    draw(&rig, &whole, SCENERY_PAGE, 5);
    rig_check(&rig);
    for (int i = 0; i < 4; i++)
        move(&rig, 50, 50, 200, 150, 0, -8);
    client_update(slow);
    g_assert_cmpuint(slow->copies, ==, 1);
    g_assert_cmpuint(slow->bytes, <, 200 * 3 * 8 * 4 + 100); /* where it was 1 to 3 steps before */
    rig_check(&rig);
    move(&rig, 50, 50, 200, 150, 0, -8);
    move(&rig, 60, 20, 200, 150, 17, 0);
    move(&rig, 5, 5, 40, 40, 5, 5); /* of another way, and smaller: it is sent */
    client_update(slow);
    g_assert_cmpuint(slow->copies, >=, 1);
    rig_check(&rig);
    rig_finish(&rig);
}

/* What a viewer has not been sent yet, or has lost, it cannot copy. */
static void
test_lacking(void)
{
    struct rig rig;
    rig_init(&rig);
    move(&rig, 20, 20, 100, 100, 10, 10); /* before the first picture */
    rig_check(&rig);
    draw(&rig, &(struct scenery_rect){30, 30, 50, 50}, SCENERY_PHOTO, 5);
    move(&rig, 40, 40, 100, 100, 20, 3);
    rig_check(&rig);
    draw(&rig, &whole, SCENERY_PAGE, 9);
    rig_check(&rig);
    move(&rig, 40, 40, 100, 100, 20, 3);
    memset(rig.clients[0].picture.pixels, 0x55, SIDE_MAX * 100 * sizeof(uint32_t));
    ds_server_client_want(rig.clients[0].server_side, 0, 0, WIDTH, 30 + 100);
    client_check(&rig.clients[1], &rig.screen);
    while (ds_server_client_is_pending(rig.clients[0].server_side))
        client_update(&rig.clients[0]);
    for (int y = 0; y < 130; y++)
        g_assert_cmpmem(ds_canvas_at(&rig.clients[0].picture, 0, y), WIDTH * sizeof(uint32_t),
                ds_canvas_at(&rig.screen, 0, y), WIDTH * sizeof(uint32_t));
    rig_finish(&rig);
}

/* The library has no room for thousands of rectangles to copy: then there are none. */
static void
test_crumbs(void)
{
    struct rig rig;
    rig_init(&rig);
    draw(&rig, &whole, SCENERY_PAGE, 9);
    rig_check(&rig);
    move(&rig, 20, 20, 250, 200, 7, 3);
    for (int y = 20; y < 220; y += 4)
        for (int x = 20; x < 270; x += 5)
            draw(&rig, &(struct scenery_rect){x, y, 1, 1}, SCENERY_PLAIN, 0);
    client_update(&rig.clients[0]);
    g_assert_cmpuint(rig.clients[0].copies, ==, 0);
    rig_check(&rig);
    rig_finish(&rig);
}

/* Between the move and the update: another size, and another list of encodings. */
static void
test_between(void)
{
    struct rig rig;
    uint32_t *pixels = g_new0(uint32_t, SIDE_MAX * SIDE_MAX);
    rig_init(&rig);
    draw(&rig, &whole, SCENERY_PAGE, 9);
    rig_check(&rig);
    move(&rig, 100, 100, 200, 100, 7, 3);
    choose_encodings(&rig.clients[0], 2);
    client_update(&rig.clients[0]);
    g_assert_cmpuint(rig.clients[0].copies, ==, 0);
    choose_encodings(&rig.clients[0], 0);
    rig_check(&rig);
    move(&rig, 100, 100, 200, 100, 7, 3);
    g_free(rig.screen.pixels);
    rig.screen = (struct ds_canvas){pixels, 200, 300};
    ds_server_resize(rig.server, pixels, 200, 300);
    move(&rig, 20, 220, 100, 50, 7, 3);
    rig_check(&rig);
    rig_finish(&rig);
}

static int
upto(GRand *rand, int end)
{
    return g_rand_int_range(rand, 0, end);
}

/* Something is drawn, or moved from where it fits. */
static void
do_something(struct rig *rig, GRand *rand)
{
    int width = 1 + upto(rand, WIDTH), height = 1 + upto(rand, HEIGHT);
    int x = upto(rand, WIDTH - width + 1), y = upto(rand, HEIGHT - height + 1);
    if (upto(rand, 3) == 0)
        draw(rig, &(struct scenery_rect){x, y, width / 2 + 1, height / 3 + 1}, SCENERY_PHOTO,
                upto(rand, 999));
    else if (upto(rand, 2) == 0) /* a step of the usual sizes */
        move(rig, 40, 40, 200, 150, 0, 13 * (upto(rand, 5) - 2));
    else
        move(rig, x, y, width, height, x - upto(rand, WIDTH - width + 1),
                y - upto(rand, HEIGHT - height + 1));
}

static void
test_random(void)
{
    g_autoptr(GRand) rand = test_seed();
    struct rig rig;
    unsigned copies = 0;
    rig_init(&rig);
    for (int round = 0; round < 400; round++) {
        do_something(&rig, rand);
        for (int i = 0; i < CLIENTS; i++) {
            if (upto(rand, 1 + 2 * i) > 0)
                continue;
            client_update(&rig.clients[i]);
            copies += rig.clients[i].copies;
        }
        if (round % 20 == 19)
            client_check(&rig.clients[round / 20 % CLIENTS], &rig.screen);
    }
    rig_check(&rig);
    g_test_message("%u copies", copies);
    g_assert_cmpuint(copies, >, 100);
    rig_finish(&rig);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/copy/move", test_move);
    g_test_add_func("/copy/many-in-one", test_many_in_one);
    g_test_add_func("/copy/lacking", test_lacking);
    g_test_add_func("/copy/crumbs", test_crumbs);
    g_test_add_func("/copy/between", test_between);
    g_test_add_func("/copy/random", test_random);
    return g_test_run();
}
