/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "app/share/rfb/filter.h"

#define HANDSHAKE "RFB 003.008\n\x01\x01"
#define BYTES(text) ((const uint8_t *)(text)), sizeof(text) - 1

/* Feed all bytes, `piece` at a time. Returns the kinds of the messages as digits, "!" at an error.
 */
static char *
kinds(struct ds_filter *filter, const uint8_t *data, size_t len, size_t piece)
{
    GString *found = g_string_new("");
    struct ds_filter_message message;
    while (len > 0) {
        int n = ds_filter_next(filter, data, MIN(piece, len), &message);
        if (n < 0) {
            g_assert_nonnull(ds_filter_error(filter));
            g_string_append_c(found, '!');
            break;
        }
        g_assert_true(n > 0 && (size_t)n <= len);
        if (message.kind != 0)
            g_string_append_printf(found, "%d", (int)message.kind);
        data += n;
        len -= (size_t)n;
    }
    return g_string_free(found, FALSE);
}

struct row {
    const char *name;
    const uint8_t *data;
    size_t len;
    const char *kinds; /* after the handshake */
};

#define TRUE_COLOUR "\x00\xff\x00\xff\x00\xff\x10\x08\x00\0\0\0"
#define ROW(name, data, kinds)                                                                     \
    {                                                                                              \
        name, BYTES(data), kinds                                                                   \
    }

static const struct row rows[] = {
        ROW("a request", "\3\1\0\1\0\2\0\3\0\4", "6"),
        ROW("a key", "\4\1\0\0\0\0\xff\x0d", "7"),
        ROW("a pointer", "\5\1\0\12\0\24", "8"),
        ROW("a pixel format", "\0\0\0\0\x20\x18\x00\x01" TRUE_COLOUR, "4"),
        ROW("big-endian", "\0\0\0\0\x20\x18\x01\x01" TRUE_COLOUR, "4"),
        ROW("RGB 565", "\0\0\0\0\x10\x10\0\1\0\x1f\0\x3f\0\x1f\x0b\5\0\0\0\0", "4"),
        ROW("a colour map", "\0\0\0\0\x08\x08\x00\x00" TRUE_COLOUR, "!"),
        ROW("24 bits a pixel", "\0\0\0\0\x18\x18\x00\x01" TRUE_COLOUR, "!"),
        ROW("no depth", "\0\0\0\0\x20\x00\x00\x01" TRUE_COLOUR, "!"),
        ROW("deeper than a pixel", "\0\0\0\0\x10\x18\x00\x01" TRUE_COLOUR, "!"),
        ROW("a shift out of the pixel", "\0\0\0\0\x20\x18\0\1\0\xff\0\xff\0\xff\x19\x08\x00\0\0\0",
                "!"),
        ROW("a shift of 255", "\0\0\0\0\x20\x18\0\1\0\xff\0\xff\0\xff\xff\x08\x00\0\0\0", "!"),
        ROW("no green", "\0\0\0\0\x20\x18\0\1\0\xff\0\0\0\xff\x10\x08\x00\0\0\0", "!"),
        ROW("a maximum that is no 2^n - 1",
                "\0\0\0\0\x20\x18\0\1\0\xfe\0\xff\0\xff\x10\x08\x00\0\0\0", "!"),
        ROW("no encodings", "\2\0\0\0", "5"),
        ROW("257 encodings", "\2\0\1\1", "!"),
        ROW("65535 encodings", "\2\0\xff\xff", "!"),
        ROW("a clipboard, then a key", "\6\0\0\0\0\0\0\3abc\4\1\0\0\0\0\0a", "97"),
        ROW("an empty clipboard", "\6\0\0\0\0\0\0\0\4\1\0\0\0\0\0a", "97"),
        ROW("a clipboard of 1 MiB and 1", "\6\0\0\0\0\x10\0\1", "!"),
        ROW("a clipboard of 2 GB", "\6\0\0\0\x7f\xff\xff\xff", "!"),
        ROW("an extended clipboard", "\6\0\0\0\xff\xff\xff\xfc", "!"),
        ROW("type 1", "\1", "!"),
        ROW("file transfer", "\7", "!"),
        ROW("SetScale", "\x08\2\0\0", "!"),
        ROW("a fence", "\xf8", "!"),
        ROW("type 255", "\xff", "!"),
        ROW("garbage after a message", "\5\1\0\12\0\24GET / HTTP/1.1\r\n", "8!"),
        ROW("half a request", "\3\1\0\1\0", ""),
};

static void
test_rows(gconstpointer data)
{
    const struct row *row = data;
    for (size_t piece = 1; piece <= row->len + 1; piece++) {
        struct ds_filter filter;
        ds_filter_init(&filter);
        g_autofree char *shaken = kinds(&filter, BYTES(HANDSHAKE), 1000);
        g_assert_cmpstr(shaken, ==, "123");
        g_autofree char *found = kinds(&filter, row->data, row->len, piece);
        g_assert_cmpstr(found, ==, row->kinds);
    }
}

static void
test_handshake(void)
{
    static const struct row bad[] = {
            ROW("3.3", "RFB 003.003\n", "!"),
            ROW("3.7", "RFB 003.007\n", "!"),
            ROW("another", "GET / HTTP/1", "!"),
            ROW("a login", "RFB 003.008\n\2", "1!"),
            ROW("no login", "RFB 003.008\n\0", "1!"),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        for (size_t piece = 1; piece < 16; piece++) {
            struct ds_filter filter;
            ds_filter_init(&filter);
            g_autofree char *found = kinds(&filter, bad[i].data, bad[i].len, piece);
            g_assert_cmpstr(found, ==, bad[i].kinds);
        }
}

static void
begin(struct ds_filter *filter)
{
    ds_filter_init(filter);
    g_autofree char *shaken = kinds(filter, BYTES(HANDSHAKE), 1000);
    g_assert_cmpstr(shaken, ==, "123");
}

/*
 * All other types are refused by their first byte, whatever follows: those of extensions, too, of
 * which none was offered (file transfer, TextChat, xvp, QEMU's keys, fences, SetDesktopSize ...).
 */
static void
test_types(void)
{
    static const char served[] = {0, 2, 3, 4, 5, 6};

    for (unsigned type = 0; type < 256; type++) {
        struct ds_filter filter;
        struct ds_filter_message message;
        const uint8_t byte = (uint8_t)type;
        begin(&filter);
        bool is_served = memchr(served, (int)type, sizeof served) != NULL;
        g_assert_cmpint(
                ds_filter_next(&filter, &byte, 1, &message), ==, is_served ? 1 : DS_ERR_PROTOCOL);
        g_assert_cmpint(message.kind, ==, 0);
    }
}

static void
test_error_stays(void)
{
    struct ds_filter filter;
    struct ds_filter_message message;
    begin(&filter);
    g_assert_cmpint(ds_filter_next(&filter, BYTES("\7"), &message), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(
            ds_filter_next(&filter, BYTES("\5\1\0\12\0\24"), &message), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(message.kind, ==, 0);
}

static void
test_encodings(void)
{
    /* Of ours and others': what the library gets holds only those that we serve, in their order. */
    static const char list[] = "\2\0\0\12"
                               "\0\0\0\7"         /* Tight */
                               "\xff\xff\xff\x11" /* cursor */
                               "\xff\xff\xfe\xc7" /* continuous updates */
                               "\xff\xff\xfe\xc8" /* fence */
                               "\xc0\xa1\xe5\xce" /* extended clipboard */
                               "\0\0\0\x09"       /* Ultra */
                               "\0\0\0\x10"       /* ZRLE */
                               "\xff\xff\xfe\xcc" /* extended desktop size */
                               "\xff\xff\xff\xe6" /* quality 6 */
                               "\0\0\0\0";        /* raw */
    static const char wanted[] = "\2\0\0\6\0\0\0\7\xff\xff\xff\x11\0\0\0\x10\xff\xff\xfe\xcc"
                                 "\xff\xff\xff\xe6\0\0\0\0";
    struct ds_filter filter;
    struct ds_filter_message message;
    begin(&filter);
    g_assert_cmpint(ds_filter_next(&filter, BYTES(list), &message), ==, sizeof list - 1);
    g_assert_cmpint(message.kind, ==, DS_FILTER_ENCODINGS);
    g_assert_cmpmem(message.bytes, message.len, wanted, sizeof wanted - 1);
}

static void
test_most_encodings(void)
{
    uint8_t list[DS_FILTER_BYTES_MAX] = {
            2, 0, DS_SHARE_ENCODINGS_MAX >> 8, DS_SHARE_ENCODINGS_MAX & 0xff};
    struct ds_filter filter;
    struct ds_filter_message message;
    begin(&filter);
    g_assert_cmpint(ds_filter_next(&filter, list, sizeof list, &message), ==, sizeof list);
    g_assert_cmpint(message.len, ==, sizeof list); /* all of them are raw */
}

static void
test_fields(void)
{
    struct ds_filter filter;
    struct ds_filter_message message;
    begin(&filter);
    g_assert_cmpint(ds_filter_next(&filter, BYTES("\3\1\1\2\3\4\5\6\7\x08\5"), &message), ==, 10);
    g_assert_true(message.incremental);
    g_assert_cmpuint(message.x, ==, 0x102);
    g_assert_cmpuint(message.y, ==, 0x304);
    g_assert_cmpuint(message.width, ==, 0x506);
    g_assert_cmpuint(message.height, ==, 0x708);
    g_assert_cmpint(ds_filter_next(&filter, BYTES("\5\x81\1\2\3\4"), &message), ==, 6);
    g_assert_cmpuint(message.buttons, ==, 0x81);
    g_assert_cmpuint(message.x, ==, 0x102);
    g_assert_cmpuint(message.y, ==, 0x304);
    g_assert_cmpint(ds_filter_next(&filter, BYTES("\4\1\0\0\x01\x00\x26\x03"), &message), ==, 8);
    g_assert_true(message.down);
    g_assert_cmpuint(message.keysym, ==, 0x01002603);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/filter/row/%s", rows[i].name);
        g_strdelimit(path + strlen("/filter/row/"), "/", '-');
        g_test_add_data_func(path, &rows[i], test_rows);
    }
    g_test_add_func("/filter/handshake", test_handshake);
    g_test_add_func("/filter/types", test_types);
    g_test_add_func("/filter/error-stays", test_error_stays);
    g_test_add_func("/filter/encodings", test_encodings);
    g_test_add_func("/filter/most-encodings", test_most_encodings);
    g_test_add_func("/filter/fields", test_fields);
    return g_test_run();
}
