/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "net/base/err.h"
#include "net/dial/no_proxy.h"
#include "net/dial/proxy.h"

static void
test_proxy_url(void)
{
    static const struct {
        const char *url;
        enum ds_proxy_kind kind;
        const char *host;
        uint16_t port;
        const char *user, *password; /* NULL: no credentials */
    } rows[] = {
            {"http://proxy.example:3128", DS_PROXY_HTTP, "proxy.example", 3128, NULL, NULL},
            {"proxy.example", DS_PROXY_HTTP, "proxy.example", 1080, NULL, NULL},
            {"HTTP://proxy.example/", DS_PROXY_HTTP, "proxy.example", 1080, NULL, NULL},
            {"http://proxy.example:1/x?y#z", DS_PROXY_HTTP, "proxy.example", 1, NULL, NULL},
            {"http://[2001:db8::1]:8", DS_PROXY_HTTP, "2001:db8::1", 8, NULL, NULL},
            {"http://[2001:db8::1]", DS_PROXY_HTTP, "2001:db8::1", 1080, NULL, NULL},
            {"socks5://192.0.2.1", DS_PROXY_SOCKS5, "192.0.2.1", 1080, NULL, NULL},
            {"Socks5h://p:9", DS_PROXY_SOCKS5H, "p", 9, NULL, NULL},
            {"http://ann:secret@p:9", DS_PROXY_HTTP, "p", 9, "ann", "secret"},
            {"ann:secret@p:9", DS_PROXY_HTTP, "p", 9, "ann", "secret"},
            {"http://ann@p:9", DS_PROXY_HTTP, "p", 9, "ann", ""},
            {"http://ann:@p:9", DS_PROXY_HTTP, "p", 9, "ann", ""},
            {"http://@p:9", DS_PROXY_HTTP, "p", 9, NULL, NULL},
            {"http://a%40b:c%3ad%2F@p:9", DS_PROXY_HTTP, "p", 9, "a@b", "c:d/"},
            {"http://ann:1@2@p:9", DS_PROXY_HTTP, "p", 9, "ann", "1@2"},
            {"http://ann:50%off%4@p:9", DS_PROXY_HTTP, "p", 9, "ann", "50%off%4"},
            {"socks5://a%3Ab:c@p:9", DS_PROXY_SOCKS5, "p", 9, "a:b", "c"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_proxy proxy;
        const char *why;
        g_test_message("%s", rows[i].url);
        g_assert_cmpint(ds_proxy_parse(&proxy, rows[i].url, &why), ==, 0);
        g_assert_cmpint(proxy.kind, ==, rows[i].kind);
        g_assert_cmpstr(proxy.host, ==, rows[i].host);
        g_assert_cmpuint(proxy.port, ==, rows[i].port);
        g_assert_true(proxy.has_credentials == (rows[i].user != NULL));
        g_assert_cmpstr(proxy.user, ==, rows[i].user != NULL ? rows[i].user : "");
        g_assert_cmpstr(proxy.password, ==, rows[i].password != NULL ? rows[i].password : "");
    }
}

static void
assert_proxy_refused(const char *url, const char *why_part)
{
    static const struct ds_proxy wiped;
    struct ds_proxy proxy;
    const char *why = NULL;
    g_test_message("%s", url);
    g_assert_cmpint(ds_proxy_parse(&proxy, url, &why), ==, DS_ERR_INVALID);
    g_assert_nonnull(strstr(why, why_part));
    g_assert_cmpmem(&proxy, sizeof proxy, &wiped, sizeof wiped);
}

static void
test_proxy_url_refused(void)
{
    static const char *const rows[][2] = {
            {"https://p:9", "another kind"},
            {"socks4://p:9", "another kind"},
            {"ftp://p", "another kind"},
            {"", "host"},
            {"http://", "host"},
            {"http://:80", "host"},
            {"http://p:", "host"},
            {"http://p:0", "host"},
            {"http://p:65536", "host"},
            {"http://p:8x", "host"},
            {"http://a b:80", "host"},
            {"http://[::1:80", "host"},
            {"http://ann:x@", "host"},
            {"http://:secret@p:9", "without a user name"},
            {"http://a%3Ab:c@p:9", "colon"},
            {"http://a%00:c@p:9", "zero byte"},
            {"http://a:%00c@p:9", "zero byte"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_proxy_refused(rows[i][0], rows[i][1]);

    g_autofree char *longest = g_strnfill(DS_PROXY_CREDENTIAL_MAX, 'x');
    g_autofree char *fits = g_strdup_printf("http://%s:%s@p", longest, longest);
    g_autofree char *long_user = g_strdup_printf("http://x%s:y@p", longest);
    g_autofree char *long_password = g_strdup_printf("http://y:x%s@p", longest);
    g_autofree char *long_host = g_strdup_printf("http://%s%s", longest, longest);
    struct ds_proxy proxy;
    const char *why;
    g_assert_cmpint(ds_proxy_parse(&proxy, fits, &why), ==, 0);
    g_assert_cmpstr(proxy.password, ==, longest);
    assert_proxy_refused(long_user, "255");
    assert_proxy_refused(long_password, "255");
    assert_proxy_refused(long_host, "host");
}

static void
test_no_proxy(void)
{
    static const struct {
        const char *list, *host;
        uint16_t port;
        bool covers;
    } rows[] = {
            {"", "relay.example", 443, false},
            {" , ,", "relay.example", 443, false},
            {"*", "relay.example", 443, true},
            {"other.example,*", "relay.example", 443, true},
            {"relay.example", "relay.example", 443, true},
            {"RELAY.example", "relay.EXAMPLE", 443, true},
            {"relay.example.", "relay.example", 443, true},
            {"relay.example", "relay.example.", 443, true},
            {"example", "relay.example", 443, true},
            {".example", "relay.example", 443, true},
            {"*.example", "relay.example", 443, true},
            {".relay.example", "relay.example", 443, true},
            {"lay.example", "relay.example", 443, false},
            {"relay.example.org", "relay.example", 443, false},
            {".", "relay.example", 443, false},
            {"one.example two.example,\trelay.example", "relay.example", 443, true},
            {"relay.example:443", "relay.example", 443, true},
            {"relay.example:80", "relay.example", 443, false},
            {"relay.example:x", "relay.example", 443, false},
            {"localhost", "127.0.0.1", 443, false},
            {"127.0.0.1", "127.0.0.1", 443, true},
            {"127.0.0.1:443", "127.0.0.1", 443, true},
            {"127.0.0.1:1", "127.0.0.1", 443, false},
            {"0.0.1", "127.0.0.1", 443, false},
            {"10.0.0.0/8", "10.255.1.2", 443, true},
            {"10.0.0.0/8", "11.0.0.1", 443, false},
            {"192.168.4.0/22", "192.168.7.255", 443, true},
            {"192.168.4.0/22", "192.168.8.0", 443, false},
            {"192.0.2.1/32", "192.0.2.1", 443, true},
            {"192.0.2.1/32", "192.0.2.2", 443, false},
            {"0.0.0.0/0", "192.0.2.1", 443, true},
            {"0.0.0.0/0", "2001:db8::1", 443, false},
            {"10.0.0.0/33", "10.0.0.1", 443, false},
            {"10.0.0.0/", "10.0.0.1", 443, false},
            {"10.0.0.0/-1", "10.0.0.1", 443, false},
            {"10.0.0.0/8", "relay.example", 443, false},
            {"::1", "::1", 443, true},
            {"[::1]", "::1", 443, true},
            {"[::1]:443", "::1", 443, true},
            {"[::1]:80", "::1", 443, false},
            {"2001:db8::/33", "2001:db8:7fff::1", 443, true},
            {"2001:db8::/33", "2001:db8:8000::1", 443, false},
            {"::/0", "2001:db8::1", 443, true},
            {"2001:db8::1/128", "2001:db8::1", 443, true},
            {"2001:db8::1/129", "2001:db8::1", 443, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("\"%s\" and %s", rows[i].list, rows[i].host);
        bool covers = ds_no_proxy_covers(rows[i].list, rows[i].host, rows[i].port);
        g_assert_true(covers == rows[i].covers);
    }
    g_autofree char *huge = g_strnfill(100000, 'x');
    g_autofree char *list = g_strdup_printf("%s,relay.example", huge);
    g_assert_true(ds_no_proxy_covers(list, "relay.example", 443));
}

static void
clear_environment(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
            "no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_unsetenv(names[i]);
}

static void
assert_chosen(const char *host)
{
    struct ds_proxy proxy;
    const char *variable, *why;
    g_assert_cmpint(ds_proxy_from_environment(&proxy, "::1", 443, &variable, &why), ==, 0);
    g_assert_cmpint(proxy.kind, ==, host != NULL ? DS_PROXY_HTTP : DS_PROXY_NONE);
    if (host != NULL)
        g_assert_cmpstr(proxy.host, ==, host);
}

static void
test_environment(void)
{
    clear_environment();
    assert_chosen(NULL);
    g_setenv("http_proxy", "plain", TRUE);
    assert_chosen(NULL);
    g_setenv("ALL_PROXY", "ALL", TRUE);
    assert_chosen("ALL");
    g_setenv("all_proxy", "all", TRUE);
    assert_chosen("all");
    g_setenv("HTTPS_PROXY", "HTTPS", TRUE);
    assert_chosen("HTTPS");
    g_setenv("https_proxy", "https", TRUE);
    assert_chosen("https");
    g_setenv("https_proxy", "", TRUE);
    assert_chosen("HTTPS");
    g_setenv("NO_PROXY", "::1", TRUE);
    assert_chosen(NULL);
    g_setenv("no_proxy", "relay.example", TRUE);
    assert_chosen("HTTPS");

    struct ds_proxy proxy;
    const char *variable = NULL, *why = NULL;
    g_setenv("HTTPS_PROXY", "gopher://ann:secret@p", TRUE);
    int err = ds_proxy_from_environment(&proxy, "::1", 443, &variable, &why);
    g_assert_cmpint(err, ==, DS_ERR_INVALID);
    g_assert_cmpstr(variable, ==, "HTTPS_PROXY");
    g_assert_null(strstr(why, "secret"));
    clear_environment();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dial/proxy/url", test_proxy_url);
    g_test_add_func("/dial/proxy/url-refused", test_proxy_url_refused);
    g_test_add_func("/dial/proxy/no-proxy", test_no_proxy);
    g_test_add_func("/dial/proxy/environment", test_environment);
    return g_test_run();
}
