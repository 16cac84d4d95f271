/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Servers that say too much: what costs this computer too much ends, and the rest does nothing. */
#include <string.h>

#include "app/view/decoder_child.h"
#include "tests/integration/decoder_run.h"

/* Messages (RFC 6143, 7.6, and those of UltraVNC and others that libvncclient knows). */
enum { COLOUR_MAP = 1, BELL = 2, CUT_TEXT = 3, TEXT_CHAT = 11, XVP = 250 };
enum { POINTER_POS = -232, LED_STATE = -131072, SERVER_IDENTITY = -131069 };

enum { SIDE = 2048, TILE = 2 }; /* of a large picture, of a small part of it: pixels */

/* So little that the test does not take long, and a millisecond of each second for ever. */
static const struct ds_decoder_config impatient = {.work_ms = 60, .work_share = 1000};

static void
start(struct run *run, const struct ds_decoder_config *config, GByteArray *opening)
{
    run_start_idle(run, config);
    run_begin(run, false);
    run_send(run, opening);
    run_until(run, &run->readies, 1);
}

/* ---- the child's work ---- */

/* A few bytes have all of the picture copied, again and again. */
static void
test_cheap_work(void)
{
    GByteArray *copies = g_byte_array_new();
    struct run run;
    size_t at = 0;

    put_update(copies, 100);
    for (int i = 0; i < 100; i++) {
        put_rect(copies, 0, 0, SIDE, SIDE - 1, RFB_COPY);
        put_u16(copies, 0);
        put_u16(copies, 1);
    }
    start(&run, &impatient, rfb_greeting(SIDE, SIDE));
    while (run.errors == 0)
        run_pump(&run, copies->data, copies->len, &at);
    run_expect_error(&run, DS_DECODER_FAILURE_BURDEN);
    g_byte_array_unref(copies);
    run_finish(&run);
}

/* The twin: as much work, and more, for which there are bytes; in few updates, which cost too. */
static void
test_paid_work(void)
{
    const uint64_t enough_us = 3ULL * impatient.work_ms * 1000;
    GByteArray *tiles = g_byte_array_new();
    struct run run;
    size_t at = 0;

    put_update(tiles, SIDE / TILE);
    for (unsigned i = 0; i < SIDE / TILE; i++)
        put_raw(tiles, i * TILE, 0, TILE, TILE, i);
    start(&run, &impatient, rfb_greeting(SIDE, TILE));
    while (run.decoded.cpu_us < enough_us) {
        run_pump(&run, tiles->data, tiles->len, &at);
        g_assert_cmpuint(run.errors, ==, 0);
        ds_decoder_ask_figures(run.decoder);
    }
    g_byte_array_unref(tiles);
    run_finish(&run);
}

/* ---- what it makes of this program ---- */

static GByteArray *
sizes(unsigned count)
{
    GByteArray *bytes = g_byte_array_new();

    for (unsigned i = 0; i < count; i++) {
        put_update(bytes, 1);
        put_rect(bytes, 0, 0, 5 + i % 2, 4, RFB_NEW_SIZE);
    }
    return bytes;
}

static GByteArray *
cursors(unsigned count)
{
    GByteArray *bytes = g_byte_array_new();

    for (unsigned i = 0; i < count; i++)
        put_cursor(bytes, 1, 0, 0);
    return bytes;
}

static const struct kind {
    const char *name;
    GByteArray *(*make)(unsigned count);
    size_t counter; /* in a run, of those that were told */
} kinds[] = {
        {"sizes", sizes, offsetof(struct run, resizes)},
        {"cursors", cursors, offsetof(struct run, cursors)},
};

/* As many as an honest server may have, and then a picture; and without an end. */
static void
test_rate(gconstpointer data)
{
    const struct kind *kind = data;
    GByteArray *few = rfb_greeting(4, 4), *many = kind->make(50);
    struct run run;
    size_t at = 0;

    g_byte_array_append(few, many->data, many->len);
    put_update(few, 1);
    put_raw(few, 0, 0, 4, 4, 7);
    start(&run, &(struct ds_decoder_config){0}, few);
    while (run.updates == 0)
        run_pump(&run, NULL, 0, &at);
    g_assert_cmpuint(run.errors, ==, 0);
    g_assert_cmpuint(G_STRUCT_MEMBER(unsigned, &run, kind->counter), ==, 50);
    g_assert_cmphex(run_pixel(&run, 0, 0), ==, 7);
    while (run.errors == 0)
        run_pump(&run, many->data, many->len, &at);
    run_expect_error(&run, DS_DECODER_FAILURE_BURDEN);
    g_byte_array_unref(many);
    run_finish(&run);
}

/* ---- what nobody asked for ---- */

static void
put_bells(GByteArray *bytes)
{
    for (int i = 0; i < 1000; i++)
        put_u8(bytes, BELL);
}

static void
put_long(GByteArray *bytes, unsigned type, const char *text)
{
    put_u32(bytes, type << 24);
    put_u32(bytes, (uint32_t)strlen(text));
    put_text(bytes, text);
}

static void
put_texts(GByteArray *bytes)
{
    for (int i = 0; i < 200; i++) {
        put_long(bytes, CUT_TEXT, "\033[2Jtext");
        put_long(bytes, TEXT_CHAT, "\033[2Jchat");
    }
}

static void
put_xvps(GByteArray *bytes)
{
    for (unsigned i = 0; i < 200; i++)
        put_u32(bytes, (unsigned)XVP << 24 | 1 << 8 | i % 5);
}

static void
put_signs(GByteArray *bytes)
{
    put_update(bytes, 300);
    for (unsigned i = 0; i < 100; i++) {
        put_rect(bytes, i, i, 0, 0, POINTER_POS);
        put_rect(bytes, i % 8, 0, 0, 0, LED_STATE);
        put_rect(bytes, 0, 0, 4, 0, SERVER_IDENTITY);
        put_text(bytes, "\033[2J");
    }
}

static const struct chatter {
    const char *name;
    void (*put)(GByteArray *bytes);
} chatters[] = {
        {"bells", put_bells},
        {"texts", put_texts},
        {"xvp", put_xvps},
        {"signs", put_signs},
};

/* Nothing comes of it, and the stream stays in step. */
static void
test_chatter(gconstpointer data)
{
    const struct chatter *chatter = data;
    GByteArray *bytes = rfb_greeting(4, 2);
    struct run run;

    chatter->put(bytes);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 4, 2, 0x123450);
    run_start(&run);
    run_send(&run, bytes);
    run_until(&run, &run.frames, 1);
    g_assert_cmphex(run_pixel(&run, 3, 1), ==, 0x123457);
    g_assert_cmpuint(run.errors, ==, 0);
    run_finish(&run);
}

static void
test_refused(void)
{
    static const uint32_t lengths[] = {(1 << 20) + 1, 0x7fffffff, 0xfffffff0};

    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        GByteArray *bytes = rfb_greeting(4, 2);
        put_u32(bytes, (unsigned)CUT_TEXT << 24);
        put_u32(bytes, lengths[i]);
        run_refused(bytes, DS_DECODER_FAILURE_NOT_RFB);
    }
    /* Nobody who asked for true colour gets a map of colours: what follows is no message. */
    GByteArray *bytes = rfb_greeting(4, 2);
    put_u8(bytes, COLOUR_MAP);
    for (int i = 0; i < 300; i++)
        put_u8(bytes, 0xc8);
    run_refused(bytes, DS_DECODER_FAILURE_NOT_RFB);
}

/* ---- what never ends ---- */

/* A rectangle that comes in byte by byte: the person's hands wait for it, but not for ever. */
static void
test_drip(void)
{
    struct run run;
    size_t at = 0;

    start(&run, &(struct ds_decoder_config){0}, rfb_whole_session());
    run_until(&run, &run.frames, 1);
    GByteArray *bytes = g_byte_array_new();
    put_update(bytes, 1);
    put_rect(bytes, 0, 0, 4, 2, RFB_RAW);
    run_send(&run, bytes);
    for (unsigned i = 0; i < 4 * 4 * 2 - 1; i++) {
        bytes = g_byte_array_new();
        put_u8(bytes, i);
        run_send(&run, bytes);
        run_pump(&run, NULL, 0, &at);
    }
    g_assert_cmpuint(run.errors, ==, 0);
    g_assert_cmpuint(run.updates, ==, 1);
    for (uint32_t key = 0; run.errors == 0; key++) {
        g_assert_cmpuint(key, <, 4 * DS_HANDS_MAX);
        ds_decoder_send_key(run.decoder, key, true);
    }
    run_expect_error(&run, DS_DECODER_FAILURE_SILENT);
    run_finish(&run);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decoder/flood/cheap-work", test_cheap_work);
    g_test_add_func("/decoder/flood/paid-work", test_paid_work);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = g_strconcat("/decoder/flood/rate/", kinds[i].name, NULL);
        g_test_add_data_func(path, &kinds[i], test_rate);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(chatters); i++) {
        g_autofree char *path = g_strconcat("/decoder/flood/chatter/", chatters[i].name, NULL);
        g_test_add_data_func(path, &chatters[i], test_chatter);
    }
    g_test_add_func("/decoder/flood/refused", test_refused);
    g_test_add_func("/decoder/flood/drip", test_drip);
    return g_test_run();
}
