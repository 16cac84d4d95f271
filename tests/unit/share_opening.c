/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "app/share/rfb/filter.h"
#include "app/share/rfb/opening.h"
#include "net/wire/reader.h"

enum { ALL_MAX = DS_OPENING_HELLO_BYTES + DS_OPENING_WISHES_MAX, WIDTH = 1920, HEIGHT = 1080 };

static size_t
whole_opening(uint8_t out[static ALL_MAX], enum ds_picture picture)
{
    ds_opening_hello(out);
    return DS_OPENING_HELLO_BYTES +
           ds_opening_wishes(out + DS_OPENING_HELLO_BYTES, picture, WIDTH, HEIGHT);
}

/* Return how many encodings are in the list that the filter lets through, as it came in. */
static unsigned
count_encodings(const struct ds_filter_message *message, bool *has_quality)
{
    struct ds_reader r;
    ds_reader_init(&r, message->bytes + 2, message->len - 2);
    unsigned count = ds_reader_u16(&r);
    *has_quality = false;
    for (unsigned i = 0; i < count; i++) {
        int32_t encoding = (int32_t)ds_reader_u32(&r);
        *has_quality = *has_quality || (encoding >= -32 && encoding <= -23);
    }
    g_assert_true(ds_reader_is_done(&r));
    return count;
}

/* The filter takes all of it, cut anywhere, and leaves nothing out. */
static void
test_passes_filter(gconstpointer data)
{
    static const enum ds_filter_kind kinds[] = {DS_FILTER_VERSION, DS_FILTER_SECURITY,
            DS_FILTER_INIT, DS_FILTER_PIXEL_FORMAT, DS_FILTER_ENCODINGS, DS_FILTER_REQUEST};
    enum ds_picture picture = (enum ds_picture)GPOINTER_TO_INT(data);
    uint8_t bytes[ALL_MAX];
    size_t len = whole_opening(bytes, picture);

    for (size_t piece = 1; piece <= len; piece++) {
        struct ds_filter filter;
        struct ds_filter_message message;
        size_t found = 0;
        bool has_quality;
        ds_filter_init(&filter);
        for (size_t at = 0; at < len;) {
            int n = ds_filter_next(&filter, bytes + at, MIN(piece, len - at), &message);
            g_assert_cmpint(n, >, 0);
            at += (size_t)n;
            if (message.kind == 0)
                continue;
            g_assert_cmpuint(found, <, G_N_ELEMENTS(kinds));
            g_assert_cmpint(message.kind, ==, kinds[found++]);
            if (message.kind == DS_FILTER_ENCODINGS) {
                unsigned wanted = DS_OPENING_ENCODINGS - (picture == DS_PICTURE_LOSSLESS);
                g_assert_cmpuint(count_encodings(&message, &has_quality), ==, wanted);
                g_assert_true(has_quality == (picture == DS_PICTURE_JPEG));
            }
        }
        g_assert_cmpuint(found, ==, G_N_ELEMENTS(kinds));
        g_assert_false(message.incremental);
        g_assert_cmpuint(message.x + message.y, ==, 0);
        g_assert_cmpuint(message.width, ==, WIDTH);
        g_assert_cmpuint(message.height, ==, HEIGHT);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func(
            "/share/opening/lossless", GINT_TO_POINTER(DS_PICTURE_LOSSLESS), test_passes_filter);
    g_test_add_data_func(
            "/share/opening/jpeg", GINT_TO_POINTER(DS_PICTURE_JPEG), test_passes_filter);
    return g_test_run();
}
