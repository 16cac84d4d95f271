/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "app/share/rfb/allowance.h"

enum { SECOND_US = 1000000 };

static const struct ds_filter_message pointer = {.kind = DS_FILTER_POINTER};
static const struct ds_filter_message key = {.kind = DS_FILTER_KEY};
static const struct ds_filter_message acknowledgement = {
        .kind = DS_FILTER_REQUEST, .incremental = true, .width = 1920, .height = 1080};
static const struct ds_filter_message picture = {
        .kind = DS_FILTER_REQUEST, .width = 1920, .height = 1080};
static const struct ds_filter_message encodings = {.kind = DS_FILTER_ENCODINGS};
static const struct ds_filter_message format = {.kind = DS_FILTER_PIXEL_FORMAT};
static const struct ds_filter_message text = {
        .kind = DS_FILTER_CUT_TEXT, .text_bytes = DS_SHARE_CUT_TEXT_MAX};
static const struct ds_filter_message no_text = {.kind = DS_FILTER_CUT_TEXT};
static const struct ds_filter_message largest = {
        .kind = DS_FILTER_REQUEST, .width = 65535, .height = 65535};

/* Send as many as are taken in this time; return how many. */
static unsigned
flood(const struct ds_filter_message *message, uint64_t for_us)
{
    struct ds_allowance allowance;
    uint64_t now_us = 5 * SECOND_US;
    const uint64_t end_us = now_us + for_us;
    unsigned count = 0;

    ds_allowance_init(&allowance, now_us);
    for (;;) {
        while (ds_allowance_take(&allowance, message, now_us))
            count++;
        uint64_t next_us = ds_allowance_next_us(&allowance);
        g_assert_cmpuint(next_us, >, now_us);
        if (next_us > end_us)
            return count;
        g_assert_false(ds_allowance_take(&allowance, message, next_us - 4));
        now_us = next_us;
    }
}

/* At once, and in a second more of it. */
static void
test_floods(void)
{
    const struct {
        const struct ds_filter_message *message;
        unsigned at_once, a_second;
    } rows[] = {
            {&pointer, 20001, 5000},
            {&key, 20001, 5000},
            {&acknowledgement, 50001, 12500},
            {&encodings, 51, 13},
            {&format, 51, 13},
            {&picture, 17, 5},
            {&largest, 11, 3},
            {&text, 96, 24},
            {&no_text, 50001, 12500},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        unsigned at_once = flood(rows[i].message, 0);
        g_assert_cmpuint(at_once, <=, rows[i].at_once);
        g_assert_cmpuint(at_once, >=, rows[i].at_once - 1);
        g_assert_cmpuint(flood(rows[i].message, 10 * SECOND_US), <=,
                rows[i].at_once + 10 * rows[i].a_second);
        g_assert_cmpuint(flood(rows[i].message, 10 * SECOND_US), >=,
                rows[i].at_once + 10 * (rows[i].a_second - 1));
    }
}

/* A mouse that says 1,000 times a second where it is, keys, 60 updates: no message ever waits. */
static void
test_busy_person(void)
{
    struct ds_allowance allowance;
    uint64_t now_us = 1;

    ds_allowance_init(&allowance, now_us);
    g_assert_true(ds_allowance_take(&allowance, &format, now_us));
    g_assert_true(ds_allowance_take(&allowance, &encodings, now_us));
    g_assert_true(ds_allowance_take(&allowance, &picture, now_us));
    for (unsigned ms = 0; ms < 60000; ms++, now_us += 1000) {
        g_assert_true(ds_allowance_take(&allowance, &pointer, now_us));
        if (ms % 10 == 0)
            g_assert_true(ds_allowance_take(&allowance, &key, now_us));
        if (ms % 16 == 0)
            g_assert_true(ds_allowance_take(&allowance, &acknowledgement, now_us));
        if (ms % 1000 == 0)
            g_assert_true(ds_allowance_take(&allowance, &picture, now_us));
    }
}

/* The handshake costs nothing, a picture of nothing next to that, and time never runs backwards. */
static void
test_edges(void)
{
    const struct ds_filter_message empty = {.kind = DS_FILTER_REQUEST};
    struct ds_allowance allowance;

    for (int kind = DS_FILTER_VERSION; kind <= DS_FILTER_INIT; kind++) {
        const struct ds_filter_message message = {.kind = (enum ds_filter_kind)kind};
        g_assert_cmpuint(ds_allowance_cost_us(&message), ==, 0);
    }
    g_assert_cmpuint(ds_allowance_cost_us(&empty), >, 0);
    g_assert_cmpuint(ds_allowance_cost_us(&empty), ==, ds_allowance_cost_us(&acknowledgement));
    ds_allowance_init(&allowance, SECOND_US);
    while (ds_allowance_take(&allowance, &largest, SECOND_US))
        ;
    g_assert_false(ds_allowance_take(&allowance, &pointer, 0));
    g_assert_false(ds_allowance_take(&allowance, &pointer, SECOND_US));
    g_assert_true(ds_allowance_take(&allowance, &pointer, UINT64_MAX)); /* and it is full again */
    g_assert_true(ds_allowance_take(&allowance, &largest, UINT64_MAX));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/allowance/floods", test_floods);
    g_test_add_func("/share/allowance/busy-person", test_busy_person);
    g_test_add_func("/share/allowance/edges", test_edges);
    return g_test_run();
}
