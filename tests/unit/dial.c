/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "net/dial/host.h"

static void
test_host(void)
{
    static const struct {
        const char *text;
        bool is_valid;
    } rows[] = {
            {"relay.example", true},
            {"relay_1.example.", true},
            {"192.0.2.1", true},
            {"2001:db8::1", true},
            {"fe80::1%eth0", true},
            {"xn--mller-kva.example", true},
            {"", false},
            {"relay.example:443", false},
            {"[2001:db8::1]", false},
            {"a:b:c", false},
            {"relay example", false},
            {"relay\r\nHost: other", false},
            {"user@relay.example", false},
            {"relay.example/path", false},
            {"m\xc3\xbcller.example", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].text);
        g_assert_true(ds_host_is_valid(rows[i].text) == rows[i].is_valid);
    }
    g_autofree char *longest = g_strnfill(DS_HOST_MAX - 1, 'a');
    g_autofree char *longer = g_strnfill(DS_HOST_MAX, 'a');
    g_assert_true(ds_host_is_valid(longest));
    g_assert_false(ds_host_is_valid(longer));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dial/host", test_host);
    return g_test_run();
}
