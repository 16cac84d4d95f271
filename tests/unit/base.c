/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/base/reason.h"

static void
test_split(void)
{
    static const struct {
        const char *text;
        uint16_t fallback;
        const char *host; /* NULL: refused */
        uint16_t port;
    } rows[] = {
            {"relay.example", 443, "relay.example", 443},
            {"relay.example:8443", 443, "relay.example", 8443},
            {"[2001:db8::1]:8443", 443, "2001:db8::1", 8443},
            {"[2001:db8::1]", 443, "2001:db8::1", 443},
            {"2001:db8::1", 443, "2001:db8::1", 443},
            {"relay.example", 0, NULL, 0},
            {"relay.example:", 443, NULL, 0},
            {"relay.example:65536", 443, NULL, 0},
            {"relay.example:4x", 443, NULL, 0},
            {"", 443, NULL, 0},
            {"[::1", 443, NULL, 0},
            {"[::1]x", 443, NULL, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        char host[DS_HOST_MAX];
        uint16_t port = 0;
        int err = ds_addr_split(rows[i].text, rows[i].fallback, host, &port);
        g_test_message("%s", rows[i].text);
        if (rows[i].host == NULL) {
            g_assert_cmpint(err, ==, DS_ERR_INVALID);
            continue;
        }
        g_assert_cmpint(err, ==, 0);
        g_assert_cmpstr(host, ==, rows[i].host);
        g_assert_cmpuint(port, ==, rows[i].port);
    }
}

static void
test_format(void)
{
    static const char *const texts[] = {"192.0.2.1:443", "[2001:db8::1]:65535", "[::1]:1"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct ds_addr addr;
        char text[DS_ADDR_TEXT_MAX];
        g_assert_cmpint(ds_addr_parse(&addr, texts[i], 0), ==, 0);
        g_assert_cmpstr(ds_addr_format(&addr, text), ==, texts[i]);
    }
}

static void
test_equal(void)
{
    struct ds_addr a, b;
    g_assert_cmpint(ds_addr_parse(&a, "192.0.2.1:80", 0), ==, 0);
    g_assert_cmpint(ds_addr_parse(&b, "[::ffff:192.0.2.1]:80", 0), ==, 0);
    g_assert_true(ds_addr_equal(&a, &b));
    g_assert_cmpint(ds_addr_parse(&b, "192.0.2.1:81", 0), ==, 0);
    g_assert_false(ds_addr_equal(&a, &b));
}

static void
test_host(void)
{
    static const char *const any[] = {"0.0.0.0:80", "[::]:80", "[::ffff:0.0.0.0]:80"};
    struct ds_addr a, b;
    g_assert_cmpint(ds_addr_parse(&a, "192.0.2.1:80", 0), ==, 0);
    g_assert_cmpint(ds_addr_parse(&b, "[::ffff:192.0.2.1]:81", 0), ==, 0);
    g_assert_true(ds_addr_is_same_host(&a, &b));
    ds_addr_set_port(&a, 81);
    g_assert_true(ds_addr_equal(&a, &b));
    g_assert_cmpint(ds_addr_parse(&b, "192.0.2.2:81", 0), ==, 0);
    g_assert_false(ds_addr_is_same_host(&a, &b));
    g_assert_false(ds_addr_is_unspecified(&a));
    for (gsize i = 0; i < G_N_ELEMENTS(any); i++) {
        g_assert_cmpint(ds_addr_parse(&a, any[i], 0), ==, 0);
        g_assert_true(ds_addr_is_unspecified(&a));
    }
    g_assert_cmpint(ds_addr_parse(&a, "[2001:db8::1]:80", 0), ==, 0);
    ds_addr_set_port(&a, 65535);
    g_assert_cmpuint(ds_addr_port(&a), ==, 65535);
    g_assert_false(ds_addr_is_unspecified(&a));
}

static void
test_private(void)
{
    static const struct {
        const char *text;
        bool is_private;
        bool is_shared; /* inside, and not private */
    } rows[] = {
            {"100.63.255.255:1", false},
            {"100.64.0.0:1", false, true},
            {"100.127.255.255:1", false, true},
            {"[::ffff:100.100.1.1]:1", false, true},
            {"100.128.0.0:1", false},
            {"10.1.2.3:1", true},
            {"172.16.0.1:1", true},
            {"172.32.0.1:1", false},
            {"192.168.9.9:1", true},
            {"169.254.0.1:1", true},
            {"127.0.0.1:1", true},
            {"192.0.2.1:1", false},
            {"[::1]:1", true},
            {"[fe80::1]:1", true},
            {"[fd00::1]:1", true},
            {"[2001:db8::1]:1", false},
            {"[::ffff:10.0.0.1]:1", true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_addr addr;
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(ds_addr_parse(&addr, rows[i].text, 0), ==, 0);
        g_assert_true(ds_addr_is_private(&addr) == rows[i].is_private);
        g_assert_true(ds_addr_is_inside(&addr) == (rows[i].is_private || rows[i].is_shared));
    }
}

static void
test_subscriber(void)
{
    struct ds_addr a, b;
    uint8_t x[16], y[16];
    g_assert_cmpint(ds_addr_parse(&a, "[2001:db8:1:2::1]:1", 0), ==, 0);
    g_assert_cmpint(ds_addr_parse(&b, "[2001:db8:1:2:3::9]:2", 0), ==, 0);
    ds_addr_subscriber(&a, x);
    ds_addr_subscriber(&b, y);
    g_assert_cmpmem(x, sizeof x, y, sizeof y);
    g_assert_cmpint(ds_addr_parse(&b, "[2001:db8:1:3::1]:1", 0), ==, 0);
    ds_addr_subscriber(&b, y);
    g_assert_true(memcmp(x, y, sizeof x) != 0);
}

static void
test_names(void)
{
    for (int i = 0; i < DS_REASON_COUNT; i++)
        g_assert_cmpstr(ds_reason_name(i), !=, "unknown");
    g_assert_cmpstr(ds_reason_name(-1), ==, "unknown");
    g_assert_cmpstr(ds_reason_name(DS_REASON_COUNT), ==, "unknown");
    for (int i = DS_ERR_AGAIN; i <= 0; i++)
        g_assert_cmpstr(ds_strerror(i), !=, "unknown error");
    g_assert_cmpstr(ds_strerror(DS_ERR_AGAIN - 1), ==, "unknown error");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/addr/split", test_split);
    g_test_add_func("/base/addr/format", test_format);
    g_test_add_func("/base/addr/equal", test_equal);
    g_test_add_func("/base/addr/host", test_host);
    g_test_add_func("/base/addr/private", test_private);
    g_test_add_func("/base/addr/subscriber", test_subscriber);
    g_test_add_func("/base/names", test_names);
    return g_test_run();
}
