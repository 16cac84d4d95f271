/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "ui/code/code_text.h"
#include "ui/countdown.h"
#include "ui/isolate.h"

static void
test_group(void)
{
    static const struct {
        const char *typed, *grouped;
    } rows[] = {
            {"", ""},
            {"4", "4"},
            {"4821", "4821"},
            {"48219", "4821 9"},
            {"48219130", "4821 9130"},
            {"482191305776", "4821 9130 5776"},
            {" 4821-9130\t5776 ", "4821 9130 5776"},
            {"4821–9130—5776", "4821 9130 5776"},
            {"\u200e4821\u00a09130\u202f5776\u200f", "4821 9130 5776"},
            {"٤٨٢١ ٩١٣٠", "4821 9130"},
            {"４８２１", "4821"},
            /* From the thirteenth on as net/crypto/code.h shows a code. */
            {"1234567890123", "1234 567 890 123"},
            {"12345678901234", "1234 5678 901 234"},
            {"1234567890123456", "1234 5678 9012 3456"},
            {"12345678901234567", "1234 5678 901 234 567"},
            {"192.168.1.20", NULL},
            {"deskside://x/1", NULL},
            {"48a", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *grouped = ds_code_text_group(rows[i].typed);
        g_assert_cmpstr(grouped, ==, rows[i].grouped);
    }
}

static void
test_position(void)
{
    static const int positions[] = {0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 14};
    for (int n = 0; n < (int)G_N_ELEMENTS(positions); n++)
        g_assert_cmpint(ds_code_text_position("4821 9130 5776", n), ==, positions[n]);
    g_assert_cmpint(ds_code_text_count("48 21", 0), ==, 0);
    g_assert_cmpint(ds_code_text_count("48 21", 3), ==, 2);
    g_assert_cmpint(ds_code_text_count("٤٨ ٢١", 4), ==, 3);
    g_assert_cmpint(ds_code_text_count("48 21", 99), ==, 4);
}

static void
test_spell(void)
{
    g_autofree char *code = ds_code_text_spell("4821 9");
    g_autofree char *empty = ds_code_text_spell("");
    g_assert_cmpstr(code, ==, "4, 8, 2, 1, 9");
    g_assert_cmpstr(empty, ==, "");
}

static void
test_find(void)
{
    static const struct {
        const char *text, *found;
    } rows[] = {
            {"Hi, it is 4821 9130 5776, thanks!", "4821 9130 5776"},
            {"call 0170 1234567\nnumber: 482191305776.", "482191305776"},
            {"<deskside://relay.example/482191305776>", "deskside://relay.example/482191305776"},
            {"open Deskside://relay.example/482191305776 now",
                    "Deskside://relay.example/482191305776"},
            {"رمز ٤٨٢١ ٩١٣٠ ٥٧٧٦ شكرا", "٤٨٢١ ٩١٣٠ ٥٧٧٦"},
            {"type 192.168.1.20 4821 9130 5776 there", "192.168.1.20 4821 9130 5776"},
            {"10.0.0.1:4711\n482191305776.", "10.0.0.1:4711\n482191305776"},
            {"at [fd00::1] 4821-9130-5776!", "[fd00::1] 4821-9130-5776"},
            {"1.2.3.4.5 4821 9130 5776", "5 4821 9130 5776"},
            {"12345678901", NULL},
            {"123456789012345678", NULL},
            {"no code here", NULL},
            {"", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *found = ds_code_text_find(rows[i].text);
        g_assert_cmpstr(found, ==, rows[i].found);
    }
}

static void
test_times(void)
{
    static const struct {
        guint seconds;
        const char *clock, *spoken;
    } rows[] = {
            {900, "15:00", "15 minutes"},
            {845, "14:05", "14 minutes"},
            {61, "1:01", "1 minute"},
            {59, "0:59", "59 seconds"},
            {1, "0:01", "1 second"},
            {0, "0:00", "0 seconds"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *clock = ds_countdown_text(rows[i].seconds);
        g_autofree char *spoken = ds_countdown_spoken(rows[i].seconds);
        g_assert_cmpstr(clock, ==, rows[i].clock);
        g_assert_cmpstr(spoken, ==, rows[i].spoken);
    }
}

struct counting {
    GMainLoop *loop;
    DsCountdown *countdown;
    guint calls, last;
};

/* The last call may free the countdown. */
static void
on_second(guint seconds_left, gpointer data)
{
    struct counting *counting = data;
    counting->calls++;
    counting->last = seconds_left;
    if (seconds_left == 0) {
        g_clear_pointer(&counting->countdown, ds_countdown_free);
        g_main_loop_quit(counting->loop);
    }
}

static void
test_countdown(void)
{
    struct counting counting = {g_main_loop_new(NULL, FALSE), NULL, 0, 99};
    counting.countdown = ds_countdown_new(0, on_second, &counting);
    g_main_loop_run(counting.loop);
    g_assert_cmpuint(counting.calls, ==, 1);
    g_assert_cmpuint(counting.last, ==, 0);
    g_assert_null(counting.countdown);
    g_main_loop_unref(counting.loop);
    ds_countdown_free(NULL);
}

static void
test_isolate(void)
{
    g_autofree char *text = ds_isolate("Anna");
    g_assert_cmpstr(text, ==, "\u2068Anna\u2069");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/text/group", test_group);
    g_test_add_func("/ui/text/position", test_position);
    g_test_add_func("/ui/text/spell", test_spell);
    g_test_add_func("/ui/text/find", test_find);
    g_test_add_func("/ui/text/times", test_times);
    g_test_add_func("/ui/text/countdown", test_countdown);
    g_test_add_func("/ui/text/isolate", test_isolate);
    return g_test_run();
}
