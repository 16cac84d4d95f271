/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the relay listens; tests/e2e/relay_admin.py has the rest of its options. */
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay-options/listen/default", test_default);
    g_test_add_func("/relay-options/listen/asked-for", test_asked_for);
    return g_test_run();
}
