/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scrolling and dragging: what is found, and that pixels are right whatever is found. */
#include <stdlib.h>
#include <string.h>

#include "app/share/capture/motion.h"
#include "app/share/capture/tiles.h"
#include "tests/lib/scenery.h"
#include "tests/lib/seed.h"

enum { WIDTH = 640, HEIGHT = 480, BANDS = 4 };

/* The screen, the picture of it, and what a viewer makes of what it is told. */
struct rig {
    uint32_t *pixels[3];
    struct ds_canvas screen, picture, viewer;
    struct ds_motion *motion;
    int moves, dx, dy;  /* of the last update: how many, and the last one's way */
    size_t moved, sent; /* pixels */
};

static void
rig_init(struct rig *rig)
{
    struct ds_canvas *all[] = {&rig->screen, &rig->picture, &rig->viewer};
    memset(rig, 0, sizeof *rig);
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        rig->pixels[i] = g_new0(uint32_t, WIDTH * HEIGHT);
        *all[i] = (struct ds_canvas){rig->pixels[i], WIDTH, HEIGHT};
    }
    rig->motion = ds_motion_new();
}

static void
rig_finish(struct rig *rig)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rig->pixels); i++)
        g_free(rig->pixels[i]);
    ds_motion_free(rig->motion);
}

static void
on_moved(void *arg, const struct ds_move *move)
{
    struct rig *rig = arg;
    g_assert_cmpint(MIN(move->x, move->x - move->dx), >=, 0);
    g_assert_cmpint(MIN(move->y, move->y - move->dy), >=, 0);
    g_assert_cmpint(MAX(move->x, move->x - move->dx) + move->width, <=, WIDTH);
    g_assert_cmpint(MAX(move->y, move->y - move->dy) + move->height, <=, HEIGHT);
    g_assert_cmpint(MIN(move->width, move->height), >, 0);
    ds_motion_move(&rig->viewer, move);
    rig->moves++;
    rig->dx = move->dx;
    rig->dy = move->dy;
    rig->moved += (size_t)(move->width * move->height);
}

static void
on_changed(void *arg, int x, int y, int width, int height)
{
    struct rig *rig = arg;
    for (int row = y; row < y + height; row++)
        memcpy(ds_canvas_at(&rig->viewer, x, row), ds_canvas_at(&rig->picture, x, row),
                (size_t)width * sizeof(uint32_t));
    rig->sent += (size_t)(width * height);
}

/* Fetch a rectangle of the screen, as the X server gives it. */
static struct ds_band
fetch(const struct rig *rig, const struct scenery_rect *rect, uint32_t pad)
{
    uint32_t *fresh = g_new(uint32_t, rect->width * rect->height), *at = fresh;
    for (int y = rect->y; y < rect->y + rect->height; y++)
        for (int x = rect->x; x < rect->x + rect->width; x++)
            *at++ = *ds_canvas_at(&rig->screen, x, y) | pad;
    return (struct ds_band){rect->x, rect->y, rect->width, rect->height, fresh};
}

/* These were damaged, and nothing else: then the picture, and the viewer's, are the screen. */
static void
update(struct rig *rig, const struct scenery_rect *damage, size_t count)
{
    struct ds_band bands[BANDS] = {0};
    const size_t bytes = WIDTH * HEIGHT * sizeof(uint32_t);
    g_assert_cmpuint(count, <=, BANDS);
    rig->moves = rig->dx = rig->dy = 0;
    rig->moved = rig->sent = 0;
    for (size_t i = 0; i < count; i++)
        bands[i] = fetch(rig, &damage[i], i % 2 ? 0xff000000 : 0x12000000);
    ds_motion_apply(rig->motion, &rig->picture, bands, count, on_moved, rig);
    for (size_t i = 0; i < count; i++)
        ds_tiles_update(&rig->picture, &bands[i], on_changed, rig);
    for (size_t i = 0; i < count; i++)
        g_free((void *)bands[i].fresh);
    g_assert_cmpmem(rig->picture.pixels, bytes, rig->screen.pixels, bytes);
    g_assert_cmpmem(rig->viewer.pixels, bytes, rig->screen.pixels, bytes);
}

static void
update_all(struct rig *rig)
{
    update(rig, &(struct scenery_rect){0, 0, WIDTH, HEIGHT}, 1);
}

/* Show all of a pane moved, but for what came into view, which is sent with what tiles add. */
static void
expect(const struct rig *rig, const struct scenery_rect *pane, int dx, int dy)
{
    int kept = (pane->width - abs(dx)) * (pane->height - abs(dy));
    int border = 2 * DS_TILE_SIDE * (pane->width + pane->height);
    g_test_message("%d moves by %d, %d: %zu of %d pixels moved, %zu sent", rig->moves, rig->dx,
            rig->dy, rig->moved, kept, rig->sent);
    g_assert_cmpint(rig->moves, >=, 1);
    g_assert_cmpint(rig->dx, ==, dx);
    g_assert_cmpint(rig->dy, ==, dy);
    g_assert_cmpuint(rig->moved, >=, (size_t)(kept * 9 / 10));
    g_assert_cmpuint(rig->sent, <=, (size_t)(pane->width * pane->height - kept + border));
}

/* A pane on a desktop shows another part of its document. */
static void
scroll(enum scenery kind, const struct scenery_rect *pane, int dx, int dy)
{
    struct rig rig;
    const int from_x = 1000, from_y = 2600;
    rig_init(&rig);
    scenery_paint(&rig.screen, &(struct scenery_rect){0, 0, WIDTH, HEIGHT}, SCENERY_PHOTO, 0, 0);
    scenery_paint(&rig.screen, pane, kind, kind == SCENERY_PHOTO ? from_x : 0, from_y);
    update_all(&rig);
    scenery_paint(&rig.screen, pane, kind, (kind == SCENERY_PHOTO ? from_x : 0) - dx, from_y - dy);
    update(&rig, pane, 1);
    expect(&rig, pane, dx, dy);
    rig_finish(&rig);
}

static void
test_terminal(void)
{
    const struct scenery_rect pane = {37, 51, 484, 316};
    static const int lines[] = {1, 2, 5, 10, -1, -3, -12};
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        scroll(SCENERY_TERMINAL, &pane, 0, -13 * lines[i]);
}

static void
test_page(void)
{
    static const int steps[] = {-1, 1, -3, 7, -16, 53, -120, 200};
    const struct scenery_rect panes[] = {{0, 0, WIDTH, HEIGHT}, {13, 91, 600, 340}};
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        scroll(SCENERY_PAGE, &panes[i % 2], 0, steps[i]);
}

static void
test_sideways(void)
{
    const struct scenery_rect pane = {13, 91, 600, 340};
    static const int steps[] = {-1, 1, -30, 64, -200};
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        scroll(SCENERY_PHOTO, &pane, steps[i], 0);
    scroll(SCENERY_PAGE, &pane, -40, 0);
}

/* The page scrolls, its head and its side do not, and all of it was drawn again. */
static void
test_fixed_parts(void)
{
    struct rig rig;
    const struct scenery_rect pane = {150, 60, WIDTH - 150, HEIGHT - 60};
    rig_init(&rig);
    scenery_paint(&rig.screen, &(struct scenery_rect){0, 0, WIDTH, HEIGHT}, SCENERY_PAGE, 0, 9000);
    scenery_paint(&rig.screen, &pane, SCENERY_PAGE, 0, 100);
    update_all(&rig);
    scenery_paint(&rig.screen, &pane, SCENERY_PAGE, 0, 148);
    update_all(&rig);
    expect(&rig, &pane, 0, -48);
    rig_finish(&rig);
}

/* A window lies over a terminal that scrolls below it. */
static void
test_covered(void)
{
    struct rig rig;
    const struct scenery_rect pane = {20, 20, 600, 440}, cover = {240, 150, 160, 150};
    rig_init(&rig);
    scenery_paint(&rig.screen, &pane, SCENERY_TERMINAL, 0, 0);
    scenery_window(&rig.screen, &cover, SCENERY_PAGE);
    update_all(&rig);
    scenery_paint(&rig.screen, &pane, SCENERY_TERMINAL, 0, 26);
    scenery_window(&rig.screen, &cover, SCENERY_PAGE);
    update_all(&rig);
    g_assert_cmpint(rig.moves, >=, 2); /* beside it, and below */
    g_assert_cmpuint(rig.moved, >, 600 * 440 / 3);
    g_assert_cmpuint(rig.sent, <, 600 * 440 / 5);
    rig_finish(&rig);
}

static void
drag(enum scenery kind, enum scenery desktop, const struct scenery_rect *from, int dx, int dy)
{
    struct rig rig;
    struct scenery_rect to = *from;
    struct scenery_rect damage = {from->x + MIN(dx, 0), from->y + MIN(dy, 0), from->width + abs(dx),
            from->height + abs(dy)};
    rig_init(&rig);
    to.x += dx;
    to.y += dy;
    scenery_paint(&rig.screen, &(struct scenery_rect){0, 0, WIDTH, HEIGHT}, desktop, 0, 0);
    scenery_window(&rig.screen, from, kind);
    update_all(&rig);
    scenery_paint(&rig.screen, &(struct scenery_rect){0, 0, WIDTH, HEIGHT}, desktop, 0, 0);
    scenery_window(&rig.screen, &to, kind);
    update(&rig, &damage, 1);
    g_assert_cmpint(rig.moves, >=, 1);
    g_assert_cmpint(rig.dx, ==, dx);
    g_assert_cmpint(rig.dy, ==, dy);
    g_assert_cmpuint(rig.moved, >=, (size_t)(from->width * from->height * 9 / 10));
    rig_finish(&rig);
}

/* Overlapping moves, in every direction. */
static void
test_drag(void)
{
    static const int steps[] = {-90, -17, -1, 0, 5, 64};
    const struct scenery_rect window = {150, 110, 300, 220};
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(steps); j++)
            if (steps[i] != 0 || steps[j] != 0)
                drag(i % 2 ? SCENERY_TERMINAL : SCENERY_PAGE, j % 2 ? SCENERY_PLAIN : SCENERY_PHOTO,
                        &window, steps[i], steps[j]);
}

/* So far at once that its two places do not meet, and are fetched as two bands. */
static void
test_far(void)
{
    struct rig rig;
    const struct scenery_rect places[] = {{10, 20, 250, 200}, {370, 250, 250, 200}};
    for (size_t to = 0; to < 2; to++) {
        rig_init(&rig);
        scenery_window(&rig.screen, &places[1 - to], SCENERY_TERMINAL);
        update_all(&rig);
        memset(rig.screen.pixels, 0, WIDTH * HEIGHT * sizeof(uint32_t));
        scenery_window(&rig.screen, &places[to], SCENERY_TERMINAL);
        update(&rig, places, 2);
        g_assert_cmpint(rig.moves, ==, 1);
        g_assert_cmpuint(rig.moved, >=, 250 * 200 * 9 / 10);
        g_assert_cmpuint(rig.sent, <, 250 * 200 * 5 / 4); /* where it was, in full tiles */
        rig_finish(&rig);
    }
}

/* It can be half outside of the screen, and what comes in was in no picture. */
static void
test_edge(void)
{
    drag(SCENERY_PAGE, SCENERY_PLAIN, &(struct scenery_rect){0, 0, 300, 220}, 31, 17);
    for (int from = -100; from <= 500; from += 600) {
        struct rig rig;
        rig_init(&rig);
        scenery_window(&rig.screen, &(struct scenery_rect){from, 50, 300, 300}, SCENERY_PAGE);
        update_all(&rig);
        memset(rig.screen.pixels, 0, WIDTH * HEIGHT * sizeof(uint32_t));
        scenery_window(&rig.screen, &(struct scenery_rect){from + 50, 60, 300, 300}, SCENERY_PAGE);
        update_all(&rig);
        g_assert_cmpint(rig.moves, >=, 1);
        g_assert_cmpuint(rig.moved, >, 30000);
        rig_finish(&rig);
    }
}

/* What looks alike everywhere has no one way, and what is new has none at all. */
static void
test_nothing(void)
{
    struct rig rig;
    const struct scenery_rect all = {0, 0, WIDTH, HEIGHT};
    rig_init(&rig);
    scenery_paint(&rig.screen, &all, SCENERY_STRIPES, 0, 0);
    update_all(&rig);
    scenery_paint(&rig.screen, &all, SCENERY_STRIPES, 0, 1);
    update_all(&rig);
    scenery_paint(&rig.screen, &all, SCENERY_BRICKS, 0, 0);
    update_all(&rig);
    scenery_paint(&rig.screen, &all, SCENERY_BRICKS, 5, 3);
    update_all(&rig);
    scenery_paint(&rig.screen, &all, SCENERY_PAGE, 0, 0);
    update_all(&rig);
    g_assert_cmpint(rig.moves, ==, 0);
    scenery_paint(&rig.screen, &all, SCENERY_PHOTO, 5000, 5000);
    update_all(&rig);
    g_assert_cmpint(rig.moves, ==, 0);
    update_all(&rig); /* damage without a change */
    g_assert_cmpint(rig.moves, ==, 0);
    g_assert_cmpuint(rig.sent, ==, 0);
    rig_finish(&rig);
}

/* A line of text that moves on is sent as it is. */
static void
test_small(void)
{
    struct rig rig;
    const struct scenery_rect line = {100, 100, 400, 20};
    rig_init(&rig);
    scenery_paint(&rig.screen, &line, SCENERY_PAGE, 0, 0);
    update_all(&rig);
    scenery_paint(&rig.screen, &line, SCENERY_PAGE, 30, 0);
    update(&rig, &line, 1);
    g_assert_cmpint(rig.moves, ==, 0);
    rig_finish(&rig);
}

static struct scenery_rect
random_rect(GRand *rand, int least)
{
    struct scenery_rect rect;
    rect.x = g_rand_int_range(rand, 0, WIDTH - least);
    rect.y = g_rand_int_range(rand, 0, HEIGHT - least);
    rect.width = g_rand_int_range(rand, least, WIDTH - rect.x + 1);
    rect.height = g_rand_int_range(rand, least, HEIGHT - rect.y + 1);
    return rect;
}

/* Draw something new, or shift what is there. Returns what was damaged. */
static struct scenery_rect
disturb(const struct rig *rig, GRand *rand)
{
    struct scenery_rect rect = random_rect(rand, 40);
    if (g_rand_int_range(rand, 0, 3) == 0) {
        enum scenery kind = (enum scenery)g_rand_int_range(rand, 0, SCENERY_KINDS);
        scenery_paint(&rig->screen, &rect, kind, g_rand_int_range(rand, 0, 999), 7);
        return rect;
    }
    struct scenery_rect from = random_rect(rand, 40);
    int width = MIN(rect.width, from.width), height = MIN(rect.height, from.height);
    const struct ds_move move = {rect.x, rect.y, width, height, rect.x - from.x, rect.y - from.y};
    ds_motion_move(&rig->screen, &move);
    return (struct scenery_rect){rect.x, rect.y, width, height};
}

/* Anything may happen in anything: update() compares. */
static void
test_random(void)
{
    g_autoptr(GRand) rand = test_seed();
    struct rig rig;
    int moves = 0;

    rig_init(&rig);
    for (int round = 0; round < 60; round++) {
        struct scenery_rect damage[BANDS];
        size_t count = (size_t)g_rand_int_range(rand, 1, BANDS + 1);
        for (size_t i = 0; i < count; i++)
            damage[i] = disturb(&rig, rand);
        update(&rig, damage, count);
        moves += rig.moves;
    }
    g_test_message("%d moves", moves);
    g_assert_cmpint(moves, >, 0);
    rig_finish(&rig);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/motion/terminal", test_terminal);
    g_test_add_func("/motion/page", test_page);
    g_test_add_func("/motion/sideways", test_sideways);
    g_test_add_func("/motion/fixed-parts", test_fixed_parts);
    g_test_add_func("/motion/covered", test_covered);
    g_test_add_func("/motion/drag", test_drag);
    g_test_add_func("/motion/far", test_far);
    g_test_add_func("/motion/edge", test_edge);
    g_test_add_func("/motion/nothing", test_nothing);
    g_test_add_func("/motion/small", test_small);
    g_test_add_func("/motion/random", test_random);
    return g_test_run();
}
