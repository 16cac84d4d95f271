/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the relay listens and answers STUN; tests/e2e/relay_admin.py has the rest of its options.
 */
#include <errno.h>

#include <glib.h>

#include "net/relay/options.h"

static void
read_options(struct ds_relay_options *options, const char *listen)
{
    g_auto(GStrv) argv = g_strsplit("deskside-relay --self-signed dir", " ", -1);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    char error[DS_RELAY_OPTIONS_ERROR];
    g_strv_builder_addv(builder, (const char **)argv);
    if (listen != NULL)
        g_strv_builder_add_many(builder, "--listen", listen, NULL);
    g_auto(GStrv) all = g_strv_builder_end(builder);
    int argc = (int)g_strv_length(all);
    g_assert_cmpint(ds_relay_options_read(options, argc, all, error), ==, 0);
}

static void
check_address(const struct ds_relay_options *options, const char *expected)
{
    char text[DS_ADDR_TEXT_MAX];
    g_assert_cmpstr(ds_addr_format(&options->addr, text), ==, expected);
    g_assert_cmpstr(options->listen, ==, expected);
}

static void
test_default(void)
{
    struct ds_relay_options options;
    read_options(&options, NULL);
    check_address(&options, "[::]:443");
    g_assert_false(ds_relay_options_without_ipv6(&options, EADDRINUSE));
    g_assert_false(ds_relay_options_without_ipv6(&options, EACCES));
    check_address(&options, "[::]:443");

    g_assert_true(ds_relay_options_without_ipv6(&options, EAFNOSUPPORT));
    check_address(&options, "0.0.0.0:443");
    g_assert_false(ds_relay_options_without_ipv6(&options, EAFNOSUPPORT)); /* no third try */
}

/* Who asked for an address gets that one or an error. */
static void
test_asked_for(void)
{
    static const char *const listens[] = {"[::]:443", "[::1]:8443", "0.0.0.0:443"};
    for (gsize i = 0; i < G_N_ELEMENTS(listens); i++) {
        struct ds_relay_options options;
        read_options(&options, listens[i]);
        g_assert_false(ds_relay_options_without_ipv6(&options, EAFNOSUPPORT));
        check_address(&options, listens[i]);
    }
}

/* Returns how many addresses there are, or -1 with `error` set. */
static int
read_stun(struct ds_relay_options *options, const char *stun, char *error)
{
    const char *argv[] = {"deskside-relay", "--self-signed", "dir", "--stun", stun, NULL};
    if (ds_relay_options_read(options, 5, (char *const *)argv, error) == 0)
        return (int)options->stun_count;
    return -1;
}

static void
test_stun(void)
{
    static const char *const wrong[] = {"relay.example.org:3478", "192.0.2.1:99999", ",",
            "192.0.2.1:3478,", "192.0.2.1:3478,192.0.2.1:3479", "192.0.2.1,192.0.2.2",
            "[::]:3478,[2001:db8::1]:3479", "192.0.2.1:1,192.0.2.2:2,192.0.2.3:3"};
    struct ds_relay_options options;
    char error[DS_RELAY_OPTIONS_ERROR], text[DS_ADDR_TEXT_MAX];

    read_options(&options, NULL);
    g_assert_cmpuint(options.stun_count, ==, 0);
    g_assert_cmpint(read_stun(&options, "0.0.0.0", error), ==, 1);
    g_assert_cmpstr(ds_addr_format(&options.stun_addrs[0], text), ==, "0.0.0.0:3478");
    g_assert_cmpint(read_stun(&options, "[2001:db8::1]:3478, [2001:db8::2]:53", error), ==, 2);
    g_assert_cmpstr(ds_addr_format(&options.stun_addrs[1], text), ==, "[2001:db8::2]:53");
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_cmpint(read_stun(&options, wrong[i], error), ==, -1);
        g_assert_true(g_str_has_suffix(error, wrong[i]));
    }
}

static void
test_stun_beside_listen(void)
{
    static const struct {
        const char *listen, *stun;
        gboolean is_right;
    } rows[] = {
            {"192.0.2.1:3478", "192.0.2.1:3478", FALSE},
            {"192.0.2.1:3478", "192.0.2.1:3479", TRUE},
            {"192.0.2.1:3478", "192.0.2.2:3478", TRUE},
            {"192.0.2.1:3478", "192.0.2.2:3477,192.0.2.1:3478", FALSE},
            /* Four ends of two: each address with each port. */
            {"192.0.2.1:443", "192.0.2.1:3478,192.0.2.2:443", FALSE},
            {"192.0.2.2:3478", "192.0.2.1:3478,192.0.2.2:443", FALSE},
            {"192.0.2.3:443", "192.0.2.1:3478,192.0.2.2:443", TRUE},
            {"0.0.0.0:3478", "192.0.2.1:3478", FALSE},
            {"0.0.0.0:3478", "[2001:db8::1]:3478", TRUE},
            {"[::]:3478", "192.0.2.1:3478", FALSE},
            {"192.0.2.1:3478", "[::]:3478", FALSE},
            {"[2001:db8::1]:3478", "0.0.0.0:3478", TRUE},
    };
    char error[DS_RELAY_OPTIONS_ERROR];

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *argv[] = {"deskside-relay", "--self-signed", "dir", "--listen", rows[i].listen,
                "--stun", rows[i].stun, NULL};
        struct ds_relay_options options;
        int err = ds_relay_options_read(&options, 7, (char *const *)argv, error);
        g_assert_cmpint(err, ==, rows[i].is_right ? 0 : DS_ERR_INVALID);
        if (err < 0)
            g_assert_true(g_str_has_prefix(error, "--stun needs another port than --listen"));
    }
}

static int
read_dial_back(struct ds_relay_options *options, const char *value, char *error)
{
    const char *argv[] = {"deskside-relay", "--self-signed", "dir", "--dial-back", value, NULL};
    return ds_relay_options_read(options, 5, (char *const *)argv, error);
}

/* Nobody who did not say so is dialled inside a network. */
static void
test_dial_back(void)
{
    static const char *const wrong[] = {"", "Yes", "true", "lan ", "everybody"};
    struct ds_relay_options options;
    char error[DS_RELAY_OPTIONS_ERROR];

    read_options(&options, NULL);
    g_assert_cmpint(options.dial_back, ==, DS_RELAY_DIAL_BACK_WORLD);
    g_assert_cmpint(read_dial_back(&options, "yes", error), ==, 0);
    g_assert_cmpint(options.dial_back, ==, DS_RELAY_DIAL_BACK_WORLD);
    g_assert_cmpint(read_dial_back(&options, "no", error), ==, 0);
    g_assert_cmpint(options.dial_back, ==, DS_RELAY_DIAL_BACK_NO);
    g_assert_cmpint(read_dial_back(&options, "lan", error), ==, 0);
    g_assert_cmpint(options.dial_back, ==, DS_RELAY_DIAL_BACK_LAN);
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_cmpint(read_dial_back(&options, wrong[i], error), ==, DS_ERR_INVALID);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay-options/listen/default", test_default);
    g_test_add_func("/relay-options/listen/asked-for", test_asked_for);
    g_test_add_func("/relay-options/dial-back", test_dial_back);
    g_test_add_func("/relay-options/stun", test_stun);
    g_test_add_func("/relay-options/stun/beside-listen", test_stun_beside_listen);
    return g_test_run();
}
