/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a decoder may take of the computer: what people watch goes on for hours, floods do not. */
#include <glib.h>

#include "app/view/burden.h"

enum { SECOND_US = 1000000, LOOK_S = 5, HOUR_S = 3600 };

static void
begin(struct ds_burden *burden)
{
    ds_burden_init(burden, (uint64_t)DS_DECODER_WORK_MS * 1000, DS_DECODER_WORK_SHARE, SECOND_US);
}

/* Work like this for up to an hour; return after how many seconds it was too much, 0: never. */
static unsigned
work(uint64_t cpu_us_per_s, uint64_t bytes_per_s)
{
    struct ds_burden burden;

    begin(&burden);
    for (unsigned s = LOOK_S; s <= HOUR_S; s += LOOK_S)
        if (!ds_burden_work(&burden, s * cpu_us_per_s, s * bytes_per_s, (s + 1ULL) * SECOND_US))
            return s;
    return 0;
}

static void
test_work(void)
{
    static const struct {
        unsigned cpu_us_per_s, bytes_per_s, least_s, most_s;
    } rows[] = {
            {0, 0, 0, 0}, {SECOND_US / 2, 0, 0, 0}, /* moves and fills, as fast as that allows */
            {SECOND_US, 20000000, 0, 0},            /* a film of 8K */
            {SECOND_US, 5000000, 0, 0},             /* on a computer of a fourth of the speed */
            {SECOND_US, 2000000, 0, 0},             /* no faster than bytes pay for */
            {SECOND_US, 0, 120, 130},               /* moves and fills without an end */
            {SECOND_US, 1000000, 240, 250},         /* few bytes among them */
            {SECOND_US * 3 / 4, 100000, 260, 290},  /* and not all of the time */
            {4 * SECOND_US, 0, 15, 25},             /* threads, which an honest one has not */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        unsigned end_s = work(rows[i].cpu_us_per_s, rows[i].bytes_per_s);
        g_assert_cmpuint(end_s, >=, rows[i].least_s);
        g_assert_cmpuint(end_s, <=, rows[i].most_s);
    }
}

/* Bytes that came long ago pay for nothing, and neither number ever goes back. */
static void
test_edges(void)
{
    struct ds_burden burden;
    const uint64_t work_us = (uint64_t)DS_DECODER_WORK_MS * 1000;

    begin(&burden);
    g_assert_true(ds_burden_work(&burden, 0, UINT32_MAX, SECOND_US));
    g_assert_true(ds_burden_work(&burden, work_us + 1, UINT32_MAX, SECOND_US));
    g_assert_false(ds_burden_work(&burden, work_us + 1, UINT32_MAX, SECOND_US));
    begin(&burden);
    g_assert_true(ds_burden_work(&burden, work_us, 1, SECOND_US));
    g_assert_true(ds_burden_work(&burden, 0, 0, SECOND_US));
    g_assert_true(ds_burden_work(&burden, 1, 0, SECOND_US));
    g_assert_false(ds_burden_work(&burden, 1, 0, SECOND_US));
    begin(&burden);
    g_assert_true(ds_burden_work(&burden, UINT64_MAX, 0, SECOND_US));
    g_assert_false(ds_burden_work(&burden, UINT64_MAX, UINT64_MAX, SECOND_US));
}

/* Return how many of these messages are taken at once. */
static unsigned
flood(enum ds_decoder_message_type type)
{
    struct ds_burden burden;
    unsigned count = 0;

    begin(&burden);
    while (ds_burden_hear(&burden, type, SECOND_US))
        count++;
    return count;
}

static void
test_floods(void)
{
    g_assert_cmpuint(flood(DS_DECODER_SIZE), ==, 101);
    g_assert_cmpuint(flood(DS_DECODER_CURSOR), ==, 2501);
    g_assert_cmpuint(flood(DS_DECODER_UPDATE), ==, 25001);
    g_assert_cmpuint(flood(DS_DECODER_ASK_PASSWORD), ==, 25001);
}

/* A window of 144 frames a second, a cursor that moves with 60, and once in a while a new size. */
static void
test_busy_screen(void)
{
    struct ds_burden burden;
    uint64_t now_us = SECOND_US;

    begin(&burden);
    for (unsigned size = 0; size < 60; size++) /* somebody drags the corner of a window */
        g_assert_true(ds_burden_hear(&burden, DS_DECODER_SIZE, now_us));
    for (unsigned frame = 0; frame < 144 * 600; frame++, now_us += SECOND_US / 144) {
        g_assert_true(ds_burden_hear(&burden, DS_DECODER_UPDATE, now_us));
        if (frame % 144 < 60)
            g_assert_true(ds_burden_hear(&burden, DS_DECODER_CURSOR, now_us));
        if (frame % 144 == 0)
            g_assert_true(ds_burden_hear(&burden, DS_DECODER_SIZE, now_us));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/burden/work", test_work);
    g_test_add_func("/view/burden/edges", test_edges);
    g_test_add_func("/view/burden/floods", test_floods);
    g_test_add_func("/view/burden/busy-screen", test_busy_screen);
    return g_test_run();
}
