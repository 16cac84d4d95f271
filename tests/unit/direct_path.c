/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/direct_path.h"

#include <glib.h>

static void
test_kind(void)
{
    static const struct {
        const char *remote;
        const char *kind, *kind_if_mapped;
    } rows[] = {
            {"192.168.1.20:20001", "lan", "lan"},
            {"10.0.0.1:20001", "lan", "lan"},
            {"172.31.255.1:20001", "lan", "lan"},
            {"172.32.0.1:20001", "punched", "mapped"},
            {"203.0.113.7:20001", "punched", "mapped"},
            {"100.64.0.1:20001", "punched", "mapped"}, /* of a provider's NAT, not of a house */
            {"[fd00::1]:20001", "lan", "lan"},
            {"[2001:db8::1]:20001", "ipv6", "ipv6"},
            {"[::ffff:203.0.113.7]:20001", "punched", "mapped"},
            {"[::ffff:192.168.1.20]:20001", "lan", "lan"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_addr remote;
        g_assert_cmpint(ds_addr_parse(&remote, rows[i].remote, 0), ==, 0);
        g_test_message("%s", rows[i].remote);
        g_assert_cmpstr(ds_path_kind_name(ds_direct_path_kind(&remote, false)), ==, rows[i].kind);
        g_assert_cmpstr(
                ds_path_kind_name(ds_direct_path_kind(&remote, true)), ==, rows[i].kind_if_mapped);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/direct-path/kind", test_kind);
    return g_test_run();
}
