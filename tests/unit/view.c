/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <png.h>

#include "app/view/coverage.h"
#include "app/view/decoder_wire.h"
#include "app/view/screenshot.h"
#include "app/view/surface.h"
#include "app/view/wishes.h"
#include "tests/lib/seed.h"

/* Write `m`, check that it takes `len` bytes, that no prefix of them passes, and read it again. */
static void
round_trip(const struct ds_decoder_message *m, struct ds_decoder_message *out, size_t len)
{
    static uint8_t bytes[DS_DECODER_MESSAGE_MAX];
    struct ds_writer w;

    ds_writer_init(&w, bytes, sizeof bytes);
    ds_decoder_wire_write(&w, m);
    g_assert_false(w.failed);
    g_assert_cmpuint(w.len, ==, len);
    for (size_t cut = 0; cut < len; cut++)
        if (m->type != DS_DECODER_PASSWORD || cut == 0) /* whose prefixes are passwords */
            g_assert_cmpint(ds_decoder_wire_parse(out, bytes, cut), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_decoder_wire_parse(out, bytes, len), ==, DS_OK);
    g_assert_cmpint(out->type, ==, m->type);
}

static void
test_wire_messages(void)
{
    struct ds_decoder_message m = {.type = DS_DECODER_START,
                                      .quality = DS_QUALITY_FASTEST,
                                      .opened = true},
                              out;

    round_trip(&m, &out, 3);
    g_assert_cmpint(out.quality, ==, DS_QUALITY_FASTEST);
    g_assert_true(out.opened);
    round_trip(
            &(struct ds_decoder_message){
                    .type = DS_DECODER_PASSWORD, .count = 5, .bytes = (const uint8_t *)"hello"},
            &out, 6);
    g_assert_cmpmem(out.bytes, out.count, "hello", 5);
    round_trip(&(struct ds_decoder_message){.type = DS_DECODER_ASK_PASSWORD}, &out, 1);
    round_trip(&(struct ds_decoder_message){.type = DS_DECODER_FRAME}, &out, 1);
    round_trip(&(struct ds_decoder_message){.type = DS_DECODER_SHOWN}, &out, 1);
    round_trip(&(struct ds_decoder_message){.type = DS_DECODER_ASK_FIGURES}, &out, 1);
    m = (struct ds_decoder_message){
            .type = DS_DECODER_FIGURES, .figures = {1, 2, 3, 4, UINT64_MAX}};
    round_trip(&m, &out, 41);
    g_assert_cmpmem(&out.figures, sizeof out.figures, &m.figures, sizeof m.figures);
    m = (struct ds_decoder_message){.type = DS_DECODER_QUALITY, .quality = DS_QUALITY_SHARPEST};
    round_trip(&m, &out, 2);
    g_assert_cmpint(out.quality, ==, DS_QUALITY_SHARPEST);
    m = (struct ds_decoder_message){.type = DS_DECODER_KEY,
            .hand = {.is_key = true, .keysym = 0x01002603, .pressed = true}};
    round_trip(&m, &out, 6);
    g_assert_true(out.hand.is_key && out.hand.pressed);
    g_assert_cmphex(out.hand.keysym, ==, 0x01002603);
    m = (struct ds_decoder_message){
            .type = DS_DECODER_POINTER, .hand = {.x = 1919, .y = 0xfffe, .buttons = 0x85}};
    round_trip(&m, &out, 6);
    g_assert_false(out.hand.is_key);
    g_assert_cmpuint(out.hand.x, ==, 1919);
    g_assert_cmpuint(out.hand.y, ==, 0xfffe);
    g_assert_cmphex(out.hand.buttons, ==, 0x85);
    m = (struct ds_decoder_message){.type = DS_DECODER_SIZE, .width = 1920, .height = 1080};
    round_trip(&m, &out, 5);
    g_assert_cmpuint(out.width, ==, 1920);
    g_assert_cmpuint(out.height, ==, 1080);
    m = (struct ds_decoder_message){.type = DS_DECODER_FAILED, .failure = DS_DECODER_FAILURE_LOGIN};
    round_trip(&m, &out, 2);
    g_assert_cmpint(out.failure, ==, DS_DECODER_FAILURE_LOGIN);
    m = (struct ds_decoder_message){
            .type = DS_DECODER_UPDATE, .count = 2, .rects = {{1, 2, 3, 4}, {5, 6, 7, 65535}}};
    round_trip(&m, &out, 19);
    g_assert_cmpuint(out.count, ==, 2);
    g_assert_cmpmem(out.rects, 2 * sizeof out.rects[0], m.rects, 2 * sizeof m.rects[0]);
    m = (struct ds_decoder_message){.type = DS_DECODER_CURSOR,
            .hot_x = 1,
            .width = 2,
            .height = 1,
            .bytes = (const uint8_t *)"01234567"};
    round_trip(&m, &out, 17);
    g_assert_cmpuint(out.hot_x, ==, 1);
    g_assert_cmpmem(out.bytes, 8, "01234567", 8);
}

static void
test_wire_refuses(void)
{
    static const struct {
        uint8_t bytes[12];
        size_t len;
    } rows[] = {
            {{0}, 1},                                               /* no type */
            {{99, 0}, 2},                                           /* an unknown one */
            {{DS_DECODER_FRAME, 0}, 2},                             /* a byte too many */
            {{DS_DECODER_START, 0, 0}, 3},                          /* no quality */
            {{DS_DECODER_START, 1, 2}, 3},                          /* no boolean */
            {{DS_DECODER_QUALITY, DS_QUALITY_MAX + 1}, 2},          /* no quality */
            {{DS_DECODER_START, 1}, 2},                             /* cut */
            {{DS_DECODER_PASSWORD, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 10}, /* over 8 bytes */
            {{DS_DECODER_FAILED, 0}, 2},                            /* no failure */
            {{DS_DECODER_FAILED, DS_DECODER_FAILURE_CRASHED}, 2},   /* not the child's to say */
            {{DS_DECODER_KEY, 0, 0, 0, 0x61, 2}, 6},                /* no boolean */
            {{DS_DECODER_POINTER, 0, 1, 0, 1, 0, 0}, 7},            /* a byte too many */
            {{DS_DECODER_SIZE, 0, 0, 0, 1}, 5},                     /* empty */
            {{DS_DECODER_SIZE, 0x40, 1, 0, 1}, 5},                  /* 16,385 wide */
            {{DS_DECODER_SIZE, 0x40, 0, 0x10, 1}, 5},               /* 256 MiB and a row */
            {{DS_DECODER_SIZE, 0xff, 0xff, 0xff, 0xff}, 5},      /* as libvncclient would allow */
            {{DS_DECODER_UPDATE, 0, 0}, 3},                      /* none */
            {{DS_DECODER_UPDATE, 1, 1, 0}, 4},                   /* 257 rectangles */
            {{DS_DECODER_CURSOR, 0, 1, 0, 0, 0, 1, 0, 0}, 9},    /* points outside of itself */
            {{DS_DECODER_CURSOR, 0, 0, 0, 0, 0, 0xc1, 0, 1}, 9}, /* 193 wide */
    };
    struct ds_decoder_message m;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(ds_decoder_wire_parse(&m, rows[i].bytes, rows[i].len), ==, DS_ERR_PROTOCOL);
    g_assert_true(ds_decoder_size_is_allowed(16384, 4096));
    g_assert_false(ds_decoder_size_is_allowed(16384, 4097));
}

static void
test_wire_writes_no_more_than_it_reads(void)
{
    static uint8_t bytes[DS_DECODER_MESSAGE_MAX];
    const struct ds_decoder_message rows[] = {
            {.type = DS_DECODER_PASSWORD, .count = 9, .bytes = bytes},
            {.type = DS_DECODER_UPDATE, .count = DS_DECODER_RECTS_MAX + 1},
            {.type = DS_DECODER_CURSOR, .width = 1, .height = DS_CURSOR_SIDE_MAX + 1},
    };
    struct ds_writer w;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ds_writer_init(&w, bytes, sizeof bytes);
        ds_decoder_wire_write(&w, &rows[i]);
        g_assert_true(w.failed);
    }
}

static void
test_coverage_by_hand(void)
{
    struct ds_coverage c;

    g_assert_cmpint(ds_coverage_init(&c, 20, 3), ==, DS_OK);
    g_assert_false(ds_coverage_add(&c, 0, 0, 20, 2));
    g_assert_false(ds_coverage_add(&c, 0, 2, 7, 1));
    g_assert_false(ds_coverage_add(&c, 8, 2, 500, 500)); /* cut to the picture */
    g_assert_false(ds_coverage_add(&c, 20, 0, 1, 1));
    g_assert_false(ds_coverage_add(&c, 0, 3, 1, 1));
    g_assert_cmpuint(c.missing, ==, 1);
    g_assert_true(ds_coverage_add(&c, 7, 2, 1, 1));
    g_assert_false(ds_coverage_add(&c, 0, 0, 20, 3)); /* once only */
    ds_coverage_finish(&c);
}

/* Random rectangles against one byte a pixel. */
static void
test_coverage_at_random(void)
{
    enum { WIDTH = 37, HEIGHT = 19 };
    g_autoptr(GRand) numbers = test_seed();

    for (int round = 0; round < 50; round++) {
        uint8_t model[HEIGHT][WIDTH] = {{0}};
        struct ds_coverage c;
        bool complete = false;
        g_assert_cmpint(ds_coverage_init(&c, WIDTH, HEIGHT), ==, DS_OK);
        while (!complete) {
            size_t x = (size_t)g_rand_int_range(numbers, 0, WIDTH);
            size_t y = (size_t)g_rand_int_range(numbers, 0, HEIGHT);
            size_t width = (size_t)g_rand_int_range(numbers, 0, WIDTH + 1);
            size_t height = (size_t)g_rand_int_range(numbers, 0, HEIGHT + 1);
            size_t missing = 0;
            complete = ds_coverage_add(&c, x, y, width, height);
            for (size_t row = 0; row < HEIGHT; row++)
                for (size_t column = 0; column < WIDTH; column++) {
                    if (row >= y && row < y + height && column >= x && column < x + width)
                        model[row][column] = 1;
                    missing += !model[row][column];
                }
            g_assert_cmpuint(c.missing, ==, missing);
            g_assert_true(complete == (missing == 0));
        }
        ds_coverage_finish(&c);
    }
}

static void
test_surface(void)
{
    struct ds_surface ours, childs;

    g_assert_cmpint(ds_surface_create(&ours, 64, 32), ==, DS_OK);
    const int fd = ours.memory;
    g_assert_cmpint(ds_surface_map(&childs, 64, 32, fd), ==, DS_OK);
    g_assert_cmphex(ours.pixels[64 * 32 - 1], ==, 0);
    childs.pixels[64 * 32 - 1] = 0x123456;
    g_assert_cmphex(ours.pixels[64 * 32 - 1], ==, 0x123456);
    /* The child cannot take the memory from under us, nor allow itself to. */
    g_assert_cmpint(ftruncate(fd, 0), !=, 0);
    g_assert_cmpint(ftruncate(fd, 1 << 20), !=, 0);
    g_assert_cmpint(fcntl(fd, F_GET_SEALS), ==, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    ds_surface_finish(&childs);
    g_assert_cmpint(fcntl(fd, F_GETFD), >=, 0);
    ds_surface_finish(&ours);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
    g_assert_null(ours.pixels);
    ds_surface_finish(&ours);
}

struct folder {
    char *path, *file;
};

static void
folder_set_up(struct folder *f, gconstpointer data)
{
    f->path = g_dir_make_tmp("view-XXXXXX", NULL);
    f->file = g_build_filename(f->path, "shot.png", NULL);
}

/* Whatever came out, no temporary file stays behind. */
static void
folder_tear_down(struct folder *f, gconstpointer data)
{
    g_unlink(f->file);
    g_assert_cmpint(g_rmdir(f->path), ==, 0);
    g_free(f->file);
    g_free(f->path);
}

enum { SIDE = 6 };

static void
check_move(unsigned from_x, unsigned from_y, const struct ds_rect *to)
{
    uint32_t pixels[SIDE][SIDE], before[SIDE][SIDE];
    struct ds_surface surface = {.pixels = pixels[0], .width = SIDE, .height = SIDE};
    const bool is_inside =
            MAX(from_x, to->x) + to->width <= SIDE && MAX(from_y, to->y) + to->height <= SIDE;

    for (unsigned i = 0; i < SIDE * SIDE; i++)
        pixels[i / SIDE][i % SIDE] = before[i / SIDE][i % SIDE] = i;
    ds_surface_move(&surface, from_x, from_y, to);
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++) {
            const bool is_moved = is_inside && x >= to->x && x - to->x < to->width && y >= to->y &&
                                  y - to->y < to->height;
            g_assert_cmpuint(pixels[y][x], ==,
                    is_moved ? before[from_y + y - to->y][from_x + x - to->x] : before[y][x]);
        }
}

/* All ways that the two places may overlap, and those that are not inside. */
static void
test_surface_move(void)
{
    for (unsigned at = 0; at < SIDE * SIDE * SIDE * SIDE; at++)
        for (uint16_t size = 0; size < 4; size++)
            check_move(at % SIDE, at / SIDE % SIDE,
                    &(struct ds_rect){(uint16_t)(at / SIDE / SIDE % SIDE),
                            (uint16_t)(at / SIDE / SIDE / SIDE), size, 3});
}

static uint32_t some_pixels[] = {
        0xff000000, 0x00ff0000, 0x8000ff00, 0x000000ff, 0x00123456, 0x00ffffff};
static const struct ds_surface some_surface = {.pixels = some_pixels, .width = 3, .height = 2};

static void
test_screenshot(struct folder *f, gconstpointer data)
{
    static const uint8_t wanted[] = {
            0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0x12, 0x34, 0x56, 255, 255, 255};
    g_autoptr(GError) error = NULL;
    png_image image = {.version = PNG_IMAGE_VERSION};
    uint8_t pixels[sizeof wanted];
    struct stat st;

    g_assert_true(g_file_set_contents(f->file, "old", -1, NULL));
    mode_t mask = umask(027);
    g_assert_true(ds_screenshot_save(&some_surface, f->file, &error));
    umask(mask);
    g_assert_no_error(error);
    g_assert_cmpint(stat(f->file, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0640);
    g_assert_true(png_image_begin_read_from_file(&image, f->file));
    g_assert_cmpuint(image.width, ==, 3);
    g_assert_cmpuint(image.height, ==, 2);
    g_assert_cmpuint(image.format, ==, PNG_FORMAT_RGB);
    g_assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    g_assert_cmpmem(pixels, sizeof pixels, wanted, sizeof wanted);
}

/* A full disk stands for every failure behind libpng: here the file may not grow over 16 bytes. */
static void
test_screenshot_disk_full(struct folder *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *contents = NULL;
    struct rlimit before, small;

    g_assert_true(g_file_set_contents(f->file, "old", -1, NULL));
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    small = (struct rlimit){.rlim_cur = 16, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    bool ok = ds_screenshot_save(&some_surface, f->file, &error);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    g_assert_false(ok);
    g_assert_nonnull(strstr(error->message, g_strerror(EFBIG)));
    g_assert_nonnull(strstr(error->message, f->file));
    g_assert_true(g_file_get_contents(f->file, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, "old");
}

static void
test_screenshot_bad_paths(struct folder *f, gconstpointer data)
{
    g_autofree char *nowhere = g_build_filename(f->path, "missing", "shot.png", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_false(ds_screenshot_save(&some_surface, nowhere, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_clear_error(&error);
    g_assert_false(ds_screenshot_save(&some_surface, f->path, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    g_clear_error(&error);
    g_assert_false(ds_screenshot_save(&some_surface, "/dev/null", &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
}

/* What can be said before there is a picture; it leaves no file, and the old one alone. */
static void
test_screenshot_check(struct folder *f, gconstpointer data)
{
    g_autofree char *nowhere = g_build_filename(f->path, "missing", "shot.png", NULL);
    g_autofree char *contents = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(ds_screenshot_check(f->file, &error));
    g_assert_cmpint(g_access(f->file, F_OK), !=, 0);
    g_assert_true(g_file_set_contents(f->file, "old", -1, NULL));
    g_assert_true(ds_screenshot_check(f->file, &error));
    g_assert_true(g_file_get_contents(f->file, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, "old");
    g_assert_no_error(error);
    g_assert_false(ds_screenshot_check(nowhere, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_clear_error(&error);
    g_assert_false(ds_screenshot_check("/dev/full", &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
}

/* What waits is one wish; the newer quality counts, and the reader is woken once. */
static void
test_wishes(void)
{
    struct ds_wishes *wishes = ds_wishes_new();
    struct ds_wishes *other = ds_wishes_ref(wishes);

    g_assert_true(ds_wishes_put(wishes, &(struct ds_wish){.quality = DS_QUALITY_FASTEST}));
    g_assert_false(ds_wishes_put(wishes, &(struct ds_wish){.quality = DS_QUALITY_SHARPEST}));
    g_assert_false(ds_wishes_put(wishes, &(struct ds_wish){.is_shown = true}));
    ds_wishes_unref(wishes);
    struct ds_wish wish = ds_wishes_take(other);
    g_assert_true(wish.is_shown && !wish.asks_figures);
    g_assert_cmpint(wish.quality, ==, DS_QUALITY_SHARPEST);
    wish = ds_wishes_take(other);
    g_assert_true(!wish.is_shown && !wish.asks_figures && wish.quality == 0);
    g_assert_true(ds_wishes_put(other, &(struct ds_wish){.asks_figures = true}));
    g_assert_false(ds_wishes_put(other, &(struct ds_wish){.starts_again = true}));
    const struct ds_wish both = ds_wishes_take(other);
    g_assert_true(both.asks_figures && both.starts_again);
    g_assert_false(ds_wishes_take(other).starts_again);
    ds_wishes_unref(other);
    ds_wishes_unref(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/wire/messages", test_wire_messages);
    g_test_add_func("/view/wire/refuses", test_wire_refuses);
    g_test_add_func("/view/wire/writes", test_wire_writes_no_more_than_it_reads);
    g_test_add_func("/view/coverage/by-hand", test_coverage_by_hand);
    g_test_add_func("/view/coverage/at-random", test_coverage_at_random);
    g_test_add_func("/view/surface", test_surface);
    g_test_add_func("/view/surface/move", test_surface_move);
    g_test_add_func("/view/wishes", test_wishes);
    g_test_add("/view/screenshot/pixels", struct folder, NULL, folder_set_up, test_screenshot,
            folder_tear_down);
    g_test_add("/view/screenshot/disk-full", struct folder, NULL, folder_set_up,
            test_screenshot_disk_full, folder_tear_down);
    g_test_add("/view/screenshot/bad-paths", struct folder, NULL, folder_set_up,
            test_screenshot_bad_paths, folder_tear_down);
    g_test_add("/view/screenshot/check", struct folder, NULL, folder_set_up, test_screenshot_check,
            folder_tear_down);
    return g_test_run();
}
