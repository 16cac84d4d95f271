/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/decoder_run.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/base/clock.h"

/* Count an event, and free the decoder inside of the first one where the test wants that. */
static void
count(struct run *run, unsigned *counter)
{
    ++*counter;
    if (run->free_at == counter && *counter == 1) {
        ds_decoder_free(run->decoder);
        run->decoder = NULL;
    }
}

static void
on_ready(unsigned width, unsigned height, void *arg)
{
    struct run *run = arg;

    run->width = width;
    run->height = height;
    count(run, &run->readies);
}

static void
on_resize(unsigned width, unsigned height, void *arg)
{
    struct run *run = arg;

    run->width = width;
    run->height = height;
    count(run, &run->resizes);
}

static void
on_update(const struct ds_rect *rects, size_t n, void *arg)
{
    struct run *run = arg;

    for (size_t i = 0; i < n; i++)
        g_assert_true(rects[i].x + rects[i].width <= run->width &&
                      rects[i].y + rects[i].height <= run->height);
    run->rects += (unsigned)n;
    if (!run->is_reading)
        ds_decoder_shown(run->decoder);
    count(run, &run->updates);
}

static void
on_first_frame(void *arg)
{
    struct run *run = arg;
    count(run, &run->frames);
}

static void
on_cursor(const struct ds_cursor *cursor, void *arg)
{
    struct run *run = arg;

    run->cursor = *cursor;
    memcpy(run->cursor_pixels, cursor->pixels,
            MIN(sizeof run->cursor_pixels, 4 * (size_t)cursor->width * cursor->height));
    count(run, &run->cursors);
}

static void
on_figures(const struct ds_decoded *decoded, void *arg)
{
    struct run *run = arg;

    run->decoded = *decoded;
    count(run, &run->answers);
}

static uint64_t
on_count(void *arg)
{
    const struct run *run = arg;
    return run->given;
}

static void
on_error(enum ds_decoder_failure failure, const char *text, void *arg)
{
    struct run *run = arg;

    g_assert_cmpstr(text, ==, ds_decoder_failure_text(failure));
    run->failure = failure;
    count(run, &run->errors);
}

static unsigned
count_descriptors(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name(folder) != NULL)
        n++;
    return n;
}

void
run_start_idle(struct run *run, const struct ds_decoder_config *config)
{
    static const struct ds_decoder_callbacks callbacks = {
            .on_ready = on_ready,
            .on_resize = on_resize,
            .on_update = on_update,
            .on_first_frame = on_first_frame,
            .on_cursor = on_cursor,
            .on_figures = on_figures,
            .on_error = on_error,
    };
    g_autoptr(GError) error = NULL;

    *run = (struct run){.fds_before = count_descriptors()};
    run->base = event_base_new();
    run->fd = ds_decoder_start(&run->decoder, run->base, config, &callbacks, run, &error);
    g_assert_no_error(error);
    g_assert_cmpint(run->fd, >=, 0);
}

void
run_begin(struct run *run, bool opened)
{
    ds_decoder_begin(run->decoder, opened, on_count, run);
}

void
run_start_with(struct run *run, const char *password, bool lossless, unsigned silence_ms)
{
    const struct ds_decoder_config config = {.password = password,
            .quality = lossless ? DS_QUALITY_SHARPEST : DS_QUALITY_AUTOMATIC,
            .silence_ms = silence_ms};
    run_start_idle(run, &config);
    run_begin(run, false);
}

void
run_start_opened(struct run *run)
{
    run_start_idle(run, &(struct ds_decoder_config){0});
    run_begin(run, true);
}

void
run_start(struct run *run)
{
    run_start_with(run, NULL, true, 0);
}

void
run_finish(struct run *run)
{
    ds_decoder_free(run->decoder);
    if (run->fd >= 0)
        close(run->fd);
    event_base_free(run->base);
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
    g_assert_cmpuint(count_descriptors(), ==, run->fds_before);
}

void
run_send(struct run *run, GByteArray *bytes)
{
    g_assert_cmpint(
            send(run->fd, bytes->data, bytes->len, MSG_NOSIGNAL | MSG_DONTWAIT), ==, bytes->len);
    run->given += bytes->len;
    g_byte_array_unref(bytes);
}

void
run_pump(struct run *run, const uint8_t *bytes, size_t len, size_t *at)
{
    enum { SENDS = 64 }; /* to a child that is as fast as we are */
    const struct timeval moment = {.tv_usec = 2000};
    uint8_t heard[4096];
    ssize_t n = 1;

    for (int i = 0; i < SENDS && n > 0 && len > 0; i++) {
        n = send(run->fd, bytes + *at, len - *at, MSG_NOSIGNAL | MSG_DONTWAIT);
        run->given += n > 0 ? (size_t)n : 0;
        *at = (*at + (n > 0 ? (size_t)n : 0)) % len;
    }
    while (recv(run->fd, heard, sizeof heard, MSG_DONTWAIT) > 0)
        ;
    event_base_loopexit(run->base, &moment);
    g_assert_cmpint(event_base_dispatch(run->base), ==, 0);
}

void
run_end_stream(struct run *run)
{
    g_assert_cmpint(shutdown(run->fd, SHUT_WR), ==, 0);
}

void
run_until(struct run *run, const unsigned *counter, unsigned least)
{
    while (*counter < least)
        g_assert_cmpint(event_base_loop(run->base, EVLOOP_ONCE), ==, 0);
}

void
run_expect_error(struct run *run, enum ds_decoder_failure failure)
{
    run_until(run, &run->errors, 1);
    g_assert_cmpint(run->failure, ==, failure);
    /* The rest of its life, in which nothing may be told any more. */
    struct run before = *run;
    run_stop(run);
    g_assert_cmpuint(run->errors, ==, 1);
    g_assert_cmpuint(run->frames, ==, before.frames);
    g_assert_cmpuint(run->updates, ==, before.updates);
}

void
run_refused(GByteArray *bytes, enum ds_decoder_failure failure)
{
    struct run run;

    run_start(&run);
    run_send(&run, bytes);
    run_expect_error(&run, failure);
    run_finish(&run);
}

static void
on_stopped(void *arg)
{
    struct run *run = arg;
    run->is_stopped = true;
}

void
run_stop(struct run *run)
{
    ds_decoder_stop(run->decoder, on_stopped, run);
    g_assert_false(run->is_stopped);
    while (!run->is_stopped)
        g_assert_cmpint(event_base_loop(run->base, EVLOOP_ONCE), ==, 0);
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
}

pid_t
run_child(void)
{
    g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", getpid());
    g_autofree char *text = NULL;
    char *end;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    pid_t pid = (pid_t)g_ascii_strtoll(text, &end, 10);
    g_assert_cmpint(pid, >, 0);
    g_assert_cmpstr(g_strchug(end), ==, "");
    return pid;
}

uint32_t
run_pixel(const struct run *run, unsigned x, unsigned y)
{
    const struct ds_surface *surface = ds_decoder_pixels(run->decoder);

    g_assert_cmpuint(surface->width, ==, run->width);
    g_assert_cmpuint(surface->height, ==, run->height);
    return surface->pixels[y * surface->width + x] & 0xffffff;
}

void
put_u8(GByteArray *bytes, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    g_byte_array_append(bytes, &byte, 1);
}

void
put_u16(GByteArray *bytes, unsigned value)
{
    put_u8(bytes, value >> 8);
    put_u8(bytes, value);
}

void
put_u32(GByteArray *bytes, uint32_t value)
{
    put_u16(bytes, value >> 16);
    put_u16(bytes, value);
}

void
put_text(GByteArray *bytes, const char *text)
{
    g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
}

GByteArray *
rfb_greeting(unsigned width, unsigned height)
{
    static const uint8_t format[16] = {32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0};
    GByteArray *bytes = g_byte_array_new();

    put_text(bytes, "RFB 003.008\n");
    put_u8(bytes, 1); /* one login: */
    put_u8(bytes, 1); /* none */
    put_u32(bytes, 0);
    put_u16(bytes, width);
    put_u16(bytes, height);
    g_byte_array_append(bytes, format, sizeof format);
    put_u32(bytes, 4);
    put_text(bytes, "test");
    return bytes;
}

void
put_update(GByteArray *bytes, unsigned n)
{
    put_u16(bytes, 0);
    put_u16(bytes, n);
}

void
put_rect(GByteArray *bytes, unsigned x, unsigned y, unsigned width, unsigned height,
        int32_t encoding)
{
    put_u16(bytes, x);
    put_u16(bytes, y);
    put_u16(bytes, width);
    put_u16(bytes, height);
    put_u32(bytes, (uint32_t)encoding);
}

void
put_raw(GByteArray *bytes, unsigned x, unsigned y, unsigned width, unsigned height, uint32_t first)
{
    put_rect(bytes, x, y, width, height, RFB_RAW);
    /* The client asks for its own byte order. */
    for (uint32_t pixel = first; pixel < first + width * height; pixel++)
        g_byte_array_append(bytes, (const guint8 *)&pixel, sizeof pixel);
}

GByteArray *
rfb_whole_session(void)
{
    GByteArray *bytes = rfb_greeting(4, 2);

    put_update(bytes, 2);
    put_raw(bytes, 0, 0, 4, 1, 1);
    put_raw(bytes, 0, 1, 4, 1, 1);
    return bytes;
}

void
put_cursor(GByteArray *bytes, unsigned side, unsigned hot_x, unsigned hot_y)
{
    put_update(bytes, 1);
    put_rect(bytes, hot_x, hot_y, side, side, RFB_CURSOR);
    for (uint32_t pixel = 0x123400; pixel < 0x123400 + side * side; pixel++)
        g_byte_array_append(bytes, (const guint8 *)&pixel, sizeof pixel);
    for (unsigned i = 0; i < (side + 7) / 8 * side; i++)
        put_u8(bytes, i % 2 ? 0x40 : 0x80);
}
