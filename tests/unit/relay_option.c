/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Over which relay a code leads. */
#include <glib.h>
#include <glib/gstdio.h>

#include "app/nearby/notice.h"
#include "app/session/relay_option.h"

#define CODE "4821 9130 5778"

static void
test_relay_choice(void)
{
    static const struct {
        const char *set, *typed;
        enum ds_relay_choice choice;
        const char *host;
        guint16 port;
    } rows[] = {
            {NULL, CODE, DS_RELAY_CHOICE_NEARBY, "127.0.0.1", 4711},
            {NULL, "4822 9130 5772", DS_RELAY_CHOICE_NONE, "", 0},
            {"r.example", CODE, DS_RELAY_CHOICE_SET, "r.example", 443},
            {NULL, "192.168.1.20 " CODE, DS_RELAY_CHOICE_NEARBY, "192.168.1.20", 13375},
            {NULL, "192.168.1.20:4711 " CODE, DS_RELAY_CHOICE_NEARBY, "192.168.1.20", 4711},
            {NULL, "[fd00::20]:4711 " CODE, DS_RELAY_CHOICE_NEARBY, "fd00::20", 4711},
            {NULL, "127.0.0.1 " CODE, DS_RELAY_CHOICE_NEARBY, "127.0.0.1", 13375},
            {"r.example", "192.168.1.20 " CODE, DS_RELAY_CHOICE_NEARBY, "192.168.1.20", 13375},
            {"192.168.1.20:13375", "192.168.1.20 " CODE, DS_RELAY_CHOICE_SET, "192.168.1.20",
                    13375},
            {NULL, "203.0.113.5 " CODE, DS_RELAY_CHOICE_UNKNOWN, "203.0.113.5", 13375},
            {"r.example", "203.0.113.5 " CODE, DS_RELAY_CHOICE_OTHER, "203.0.113.5", 13375},
            {NULL, "deskside://r.example/482191305778", DS_RELAY_CHOICE_UNKNOWN, "r.example", 443},
            {"r.example", "deskside://R.example/482191305778", DS_RELAY_CHOICE_SET, "r.example",
                    443},
            {"r.example", "deskside://r.example:1/482191305778", DS_RELAY_CHOICE_OTHER, "r.example",
                    1},
            {NULL, "deskside://192.168.1.20:4711/482191305778", DS_RELAY_CHOICE_UNKNOWN,
                    "192.168.1.20", 4711},
            {"r.example", "deskside://192.168.1.20/482191305778", DS_RELAY_CHOICE_OTHER,
                    "192.168.1.20", 443},
    };
    const struct ds_relay_addr sharer = {.port = 4711, .has_pin = true};
    g_autofree char *home = g_dir_make_tmp("relay-option-XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(home, "deskside", NULL);
    g_setenv("XDG_RUNTIME_DIR", home, TRUE);
    struct ds_notice *notice = ds_notice_post("4821", &sharer);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_relay_addr set = {0}, relay;
        struct ds_link_form form;
        enum ds_paste paste;
        enum ds_code_why why;
        g_test_message("row %zu", i);
        g_assert_true(ds_relay_option_read(&set, rows[i].set, NULL, NULL));
        g_assert_cmpint(ds_code_paste_parse(&form, &paste, rows[i].typed, &why), ==, 0);
        g_assert_cmpint(ds_relay_choose(&relay, rows[i].set != NULL ? &set : NULL, &form, paste),
                ==, rows[i].choice);
        if (rows[i].choice == DS_RELAY_CHOICE_NONE)
            continue;
        g_assert_cmpstr(relay.host, ==, rows[i].host);
        g_assert_cmpuint(relay.port, ==, rows[i].port);
        g_assert_cmpint(relay.has_pin, ==, rows[i].port == 4711 && rows[i].typed[0] == '4');
    }
    ds_notice_free(notice);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_assert_cmpint(g_rmdir(home), ==, 0);
}

/* A pin counts wherever it comes from, and two that differ are an error. */
static void
test_relay_pins(void)
{
    struct ds_relay_addr set = {.host = "r.example", .port = 443}, relay;
    struct ds_link_form form = {.host = "r.example", .has_pin = true, .pin = {1}};
    g_assert_cmpint(ds_relay_choose(&relay, &set, &form, DS_PASTE_LINK), ==, DS_RELAY_CHOICE_SET);
    g_assert_true(relay.has_pin && relay.pin[0] == 1);
    set.has_pin = true;
    g_assert_cmpint(ds_relay_choose(&relay, &set, &form, DS_PASTE_LINK), ==, DS_RELAY_CHOICE_PIN);
    set.pin[0] = 1;
    g_assert_cmpint(ds_relay_choose(&relay, &set, &form, DS_PASTE_LINK), ==, DS_RELAY_CHOICE_SET);
    form.has_pin = false;
    g_assert_cmpint(ds_relay_choose(&relay, &set, &form, DS_PASTE_LINK), ==, DS_RELAY_CHOICE_SET);
    g_assert_true(relay.has_pin && relay.pin[0] == 1);
    form.has_pin = true;
    g_assert_cmpint(
            ds_relay_choose(&relay, NULL, &form, DS_PASTE_LINK), ==, DS_RELAY_CHOICE_UNKNOWN);
    g_assert_true(relay.has_pin && relay.pin[0] == 1);
}

static void
test_relay_nearby(void)
{
    static const struct {
        const char *host;
        bool is_nearby;
    } rows[] = {{"127.0.0.1", true}, {"10.0.0.1", true}, {"169.254.7.7", true}, {"fd00::1", true},
            {"::1", true}, {"203.0.113.5", false}, {"2001:db8::1", false}, {"localhost", false},
            {"10.0.0.1.example", false}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_relay_addr relay = {.port = 1};
        g_strlcpy(relay.host, rows[i].host, sizeof relay.host);
        g_assert_cmpint(ds_relay_is_nearby(&relay), ==, rows[i].is_nearby);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay-option/choice", test_relay_choice);
    g_test_add_func("/relay-option/pins", test_relay_pins);
    g_test_add_func("/relay-option/nearby", test_relay_nearby);
    return g_test_run();
}
