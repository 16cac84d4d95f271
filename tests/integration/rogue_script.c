/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/rogue_script.h"

#include "net/base/limits.h"
#include "net/link/frame.h"
#include "net/mux/frame.h"
#include "net/mux/mux.h"
#include "net/peer/control.h"
#include "tests/unit/hex.h"

enum { NUMBERS = 3, CREDIT = 1000 };

/* A word's numbers, and where its bytes go. */
struct word {
    guint64 number[NUMBERS]; /* 0 where there is none */
    const char *text;        /* behind the first colon */
    GByteArray *out;
    struct ds_writer *w; /* taken into `out` behind the word */
};

/* --- the mux --- */

static void
put_data(const struct word *word, guint32 channel, const void *data, gsize len)
{
    ds_mux_frame_put_header(word->w, DS_MUX_DATA, channel, len);
    ds_writer_bytes(word->w, data, len);
}

static void
put_control(const struct word *word, enum ds_control_type type)
{
    struct ds_control_message message = {.type = type, .name = "Rogue", .direct = DS_DIRECT_NEVER};
    guint8 bytes[DS_CONTROL_BYTES];
    message.level = word->text != NULL ? (enum ds_level)word->number[0] : DS_LEVEL_VIEW;
    int n = ds_control_write(&message, bytes);
    g_assert_cmpint(n, >, 0);
    put_data(word, 0, bytes, (gsize)n);
}

static void
on_intro(const struct word *word)
{
    put_control(word, DS_CONTROL_INTRO);
}

static void
on_grant(const struct word *word)
{
    put_control(word, DS_CONTROL_GRANT);
}

static void
on_control(const struct word *word)
{
    guint8 bytes[256];
    put_data(word, 0, bytes, from_hex(bytes, sizeof bytes, word->text));
}

static void
on_open(const struct word *word)
{
    ds_mux_frame_put_open(word->w, (guint32)word->number[0], (guint8)word->number[1], CREDIT);
}

static void
on_opens(const struct word *word)
{
    for (guint i = 0; i < word->number[0]; i++)
        ds_mux_frame_put_open(word->w, 2 * i + 1, DS_CHANNEL_TCP, CREDIT);
}

static void
on_data(const struct word *word)
{
    guint8 bytes[DS_MUX_DATA_MAX] = {0};
    put_data(word, (guint32)word->number[0], bytes, word->number[1]);
}

static void
take(const struct word *word)
{
    g_assert_false(word->w->failed);
    g_byte_array_append(word->out, word->w->data, (guint)word->w->len);
    word->w->len = 0;
}

static void
on_flood(const struct word *word)
{
    guint8 bytes[DS_MUX_DATA_MAX] = {0};
    for (guint i = 0; i < word->number[1]; i++) {
        put_data(word, (guint32)word->number[0], bytes, sizeof bytes);
        take(word);
    }
}

static void
on_credit(const struct word *word)
{
    ds_mux_frame_put_credit(word->w, (guint32)word->number[0], (guint32)word->number[1]);
}

static void
on_eof(const struct word *word)
{
    ds_mux_frame_put_header(word->w, DS_MUX_EOF, (guint32)word->number[0], 0);
}

static void
on_reset(const struct word *word)
{
    ds_mux_frame_put_reset(word->w, (guint32)word->number[0], (guint8)word->number[1]);
}

/* --- a path --- */

static void
on_hello(const struct word *word)
{
    ds_frame_put_hello(word->w, word->number[0]);
}

static void
on_path_data(const struct word *word)
{
    ds_frame_put_data_head(word->w, word->number[0], word->number[1]);
    ds_writer_zero(word->w, word->number[1]);
}

static void
on_ack(const struct word *word)
{
    ds_frame_put_number(word->w, DS_FRAME_ACK, word->number[0]);
}

static void
on_ping(const struct word *word)
{
    ds_frame_put_number(word->w, DS_FRAME_PING, word->number[0]);
}

static void
on_nominate(const struct word *word)
{
    ds_frame_put_number(word->w, DS_FRAME_NOMINATE, word->number[0]);
}

static void
on_close(const struct word *word)
{
    ds_frame_put_close(word->w, word->number[0], (guint8)word->number[1]);
}

static void
on_close_ack(const struct word *word)
{
    ds_frame_put_close_ack(word->w);
}

/* --- words --- */

static void
on_hex(const struct word *word)
{
    guint8 bytes[256];
    ds_writer_bytes(word->w, bytes, from_hex(bytes, sizeof bytes, word->text));
}

struct meaning {
    const char *name;
    void (*write)(const struct word *word);
};

static const struct meaning mux_words[] = {{"intro", on_intro}, {"grant", on_grant},
        {"control", on_control}, {"open", on_open}, {"opens", on_opens}, {"data", on_data},
        {"flood", on_flood}, {"credit", on_credit}, {"eof", on_eof}, {"reset", on_reset},
        {"hex", on_hex}, {NULL, NULL}};

static const struct meaning path_words[] = {{"hello", on_hello}, {"data", on_path_data},
        {"ack", on_ack}, {"ping", on_ping}, {"nominate", on_nominate}, {"close", on_close},
        {"close_ack", on_close_ack}, {"hex", on_hex}, {NULL, NULL}};

static void
write_word(GByteArray *out, const char *text, const struct meaning *meanings)
{
    guint8 buf[32768];
    struct ds_writer w;
    g_auto(GStrv) parts = g_strsplit(text, ":", NUMBERS + 1);
    struct word word = {.text = parts[1], .out = out, .w = &w};
    for (guint i = 0; i < NUMBERS && parts[1 + i] != NULL; i++)
        word.number[i] = g_ascii_strtoull(parts[1 + i], NULL, 0);
    while (meanings->name != NULL && !g_str_equal(meanings->name, parts[0]))
        meanings++;
    g_assert_nonnull(meanings->name);
    ds_writer_init(&w, buf, sizeof buf);
    meanings->write(&word);
    take(&word);
}

GByteArray *
rogue_script(const char *words, bool is_on_path)
{
    GByteArray *out = g_byte_array_new();
    g_auto(GStrv) all = g_strsplit(words, " ", 0);
    for (guint i = 0; all[i] != NULL; i++)
        if (all[i][0] != '\0')
            write_word(out, all[i], is_on_path ? path_words : mux_words);
    return out;
}
