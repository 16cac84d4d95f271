/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a router may say by UPnP, and where it cannot send us. */
#include <string.h>

#include <glib.h>

#include "net/portmap/http.h"
#include "net/portmap/igd.h"
#include "net/portmap/ssdp.h"
#include "net/portmap/url.h"
#include "tests/unit/addr.h"

#define IP_1 "urn:schemas-upnp-org:service:WANIPConnection:1"
#define PPP_1 "urn:schemas-upnp-org:service:WANPPPConnection:1"

static struct ds_addr
gateway(void)
{
    struct ds_addr addr;
    g_assert_cmpint(ds_addr_parse(&addr, "10.1.0.1", 1), ==, 0);
    return addr;
}

static void
test_url(void)
{
    static const struct {
        const char *text, *server, *path; /* server NULL: not taken */
    } rows[] = {
            {"http://10.1.0.1:5000/rootDesc.xml", "10.1.0.1:5000", "/rootDesc.xml"},
            {"HTTP://10.1.0.1/a?b=c", "10.1.0.1:80", "/a?b=c"},
            {"http://10.1.0.1:5000", "10.1.0.1:5000", "/"},
            {"/ctl/IPConn", "10.1.0.1:4444", "/ctl/IPConn"},
            {"ctl/IPConn", "10.1.0.1:4444", "/ctl/IPConn"},
            {"http://10.1.0.2/x", NULL, NULL},
            {"http://127.0.0.1/x", NULL, NULL},
            {"http://[::1]/x", NULL, NULL},
            {"http://router.example/x", NULL, NULL},
            {"http://10.1.0.1.example/x", NULL, NULL},
            {"http://10.1.0.1@evil.example/x", NULL, NULL},
            {"http://evil.example#10.1.0.1/x", NULL, NULL},
            {"http://10.1.0.1:0/x", NULL, NULL},
            {"http://10.1.0.1:66000/x", NULL, NULL},
            {"http://167837697/x", NULL, NULL}, /* 10.1.0.1 as one number: inet_aton() takes it */
            {"http://012.1.0.1/x", NULL, NULL},
            {"https://10.1.0.1/x", NULL, NULL},
            {"ftp://10.1.0.1/x", NULL, NULL},
            {"//evil.example/x", "10.1.0.1:4444", "//evil.example/x"}, /* a path there, no more */
            {"/x\r\nHost: evil", NULL, NULL},
            {"/x y", NULL, NULL},
            {"/x\"", NULL, NULL},
            {"/\x7f", NULL, NULL},
            {"", NULL, NULL},
    };
    const struct ds_addr router = gateway();
    struct ds_url base, url;

    g_assert_cmpint(ds_url_read(&base, "http://10.1.0.1:4444/desc.xml", &router, NULL), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].text);
        int err = ds_url_read(&url, rows[i].text, &router, &base);
        g_assert_cmpint(err, ==, rows[i].server != NULL ? 0 : DS_ERR_INVALID);
        if (err < 0)
            continue;
        assert_addr(&url.server, rows[i].server);
        g_assert_cmpstr(url.path, ==, rows[i].path);
    }
    g_assert_cmpint(ds_url_read(&url, "/x", &router, NULL), ==, DS_ERR_INVALID);
}

static void
test_url_sizes(void)
{
    g_autofree char *longest = g_strnfill(DS_URL_PATH_MAX, 'x');
    const struct ds_addr router = gateway();
    struct ds_url base, url;

    longest[0] = '/';
    g_assert_cmpint(ds_url_read(&base, "http://10.1.0.1", &router, NULL), ==, 0);
    g_assert_cmpint(ds_url_read(&url, longest, &router, &base), ==, DS_ERR_INVALID);
    longest[DS_URL_PATH_MAX - 1] = '\0';
    g_assert_cmpint(ds_url_read(&url, longest, &router, &base), ==, 0);
    g_assert_cmpstr(url.path, ==, longest);
}

static int
search(struct ds_url *url, const char *text)
{
    const struct ds_addr router = gateway();
    gsize len = strlen(text);
    g_autofree char *exact = g_memdup2(text, len);
    return ds_ssdp_read(url, &router, exact, len);
}

static void
test_ssdp(void)
{
    static const char *const strangers[] = {
            "",
            "HTTP/1.1",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nLOCATION:\r\n\r\n",
            "HTTP/1.1 200 OK\r\nLOCATION: /rootDesc.xml\r\n\r\n",
            "HTTP/1.1 200 OK\r\nLOCATION: http://10.1.0.2/\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: LOCATION: http://10.1.0.1/\r\n\r\n",
            "HTTP/1.1 404 Not\r\nLOCATION: http://10.1.0.1/\r\n\r\n",
            "NOTIFY * HTTP/1.1\r\nLOCATION: http://10.1.0.1/\r\n\r\n",
            "M-SEARCH * HTTP/1.1\r\nLOCATION: http://10.1.0.1/\r\n\r\n",
    };
    struct ds_url url;

    g_assert_cmpint(search(&url, "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n"
                                 "Location:  http://10.1.0.1:5000/rootDesc.xml \r\n\r\n"),
            ==, 0);
    assert_addr(&url.server, "10.1.0.1:5000");
    g_assert_cmpstr(url.path, ==, "/rootDesc.xml");
    for (gsize i = 0; i < G_N_ELEMENTS(strangers); i++) {
        g_test_message("%s", strangers[i]);
        g_assert_cmpint(search(&url, strangers[i]), ==, DS_ERR_PROTOCOL);
    }
}

static int
read_answer(struct ds_http_answer *answer, const char *text)
{
    memcpy(answer->bytes, text, strlen(text));
    return ds_http_read(answer, strlen(text));
}

static void
test_http(void)
{
    static const char *const strangers[] = {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nA: b\r\n",
            "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n",
            "<html>\r\n\r\n"};
    g_autofree struct ds_http_answer *answer = g_new0(struct ds_http_answer, 1);

    g_assert_cmpint(read_answer(answer, "HTTP/1.1 500 No\r\nServer: x\r\n\r\n<a/>"), ==, 0);
    g_assert_cmpuint(answer->status, ==, 500);
    g_assert_cmpuint(answer->len, ==, 4);
    g_assert_cmpstr(answer->bytes + answer->at, ==, "<a/>");
    for (gsize i = 0; i < G_N_ELEMENTS(strangers); i++) {
        g_test_message("%s", strangers[i]);
        g_assert_cmpint(read_answer(answer, strangers[i]), ==, DS_ERR_PROTOCOL);
    }
}

#define SERVICE(urn, control)                                                                      \
    "<service><serviceType>" urn "</serviceType><controlURL>" control "</controlURL></service>"

static gsize
find(struct ds_igd *out, const char *xml)
{
    const struct ds_addr router = gateway();
    struct ds_url source;
    g_assert_cmpint(ds_url_read(&source, "http://10.1.0.1:5000/desc", &router, NULL), ==, 0);
    return ds_igd_find(out, xml, strlen(xml), &source);
}

static void
test_igd(void)
{
    struct ds_igd found[DS_IGD_SERVICES];

    g_assert_cmpuint(find(found, "<root>" SERVICE(PPP_1, "/ppp")
                                         SERVICE(IP_1, "http://10.1.0.1:81/ip") "</root>"),
            ==, 2);
    g_assert_cmpstr(found[0].service, ==, PPP_1);
    assert_addr(&found[0].control.server, "10.1.0.1:5000");
    g_assert_cmpstr(found[0].control.path, ==, "/ppp");
    g_assert_cmpstr(found[1].service, ==, IP_1);
    assert_addr(&found[1].control.server, "10.1.0.1:81");
    g_assert_cmpuint(find(found, "<root><URLBase>http://10.1.0.1:82/</URLBase>" SERVICE(
                                         IP_1, "/ip") "</root>"),
            ==, 1);
    assert_addr(&found[0].control.server, "10.1.0.1:82");
    g_assert_cmpuint(find(found, "<root><URLBase>http://10.1.0.2:82/</URLBase>" SERVICE(
                                         IP_1, "/ip") "</root>"),
            ==, 1);
    assert_addr(&found[0].control.server, "10.1.0.1:5000");
}

/* What is at another host, or would put words into a header, is not there. */
static void
test_igd_strangers(void)
{
    static const char *const strangers[] = {
            "",
            "<",
            "<root>",
            "<root></root>",
            "<root>" SERVICE(IP_1, "http://10.1.0.2/ip") "</root>",
            "<root>" SERVICE(IP_1, "http://10.1.0.1@evil.example/ip") "</root>",
            "<root>" SERVICE(IP_1, "") "</root>",
            "<root>" SERVICE(IP_1, "/a\r\nb") "</root>",
            "<root>" SERVICE(IP_1 "\r\nX: y", "/ip") "</root>",
            "<root>" SERVICE(IP_1 "0", "/ip") "</root>",
            "<root>" SERVICE("urn:schemas-upnp-org:service:Layer3Forwarding:1", "/l3") "</root>",
    };
    struct ds_igd found[DS_IGD_SERVICES];

    for (gsize i = 0; i < G_N_ELEMENTS(strangers); i++) {
        g_test_message("%s", strangers[i]);
        g_assert_cmpuint(find(found, strangers[i]), ==, 0);
    }
}

static void
test_igd_value(void)
{
    static const char xml[] = "<s:Body><u:R><NewExternalIPAddress>203.0.113.9"
                              "</NewExternalIPAddress></u:R></s:Body>";
    g_autofree char *digits = g_strnfill(DS_IGD_VALUE_MAX, '1');
    g_autofree char *too_long = g_strdup_printf("<a><b>%s</b></a>", digits);
    char value[DS_IGD_VALUE_MAX];

    g_assert_true(ds_igd_value(xml, strlen(xml), "NewExternalIPAddress", value));
    g_assert_cmpstr(value, ==, "203.0.113.9");
    g_assert_false(ds_igd_value(xml, strlen(xml), "errorCode", value));
    g_assert_false(ds_igd_value(too_long, strlen(too_long), "b", value));
}

static void
test_igd_call(void)
{
    g_autofree char *too_long = g_strnfill(DS_IGD_REQUEST_MAX, 'x');
    struct ds_igd found[DS_IGD_SERVICES];
    char request[DS_IGD_REQUEST_MAX];

    g_assert_cmpuint(find(found, "<root>" SERVICE(IP_1, "/ip") "</root>"), ==, 1);
    g_assert_cmpint(ds_igd_call(request, &found[0], "Do", "<A>1</A>"), ==, 0);
    g_assert_true(g_str_has_prefix(request, "POST /ip HTTP/1.0\r\nHost: 10.1.0.1:5000\r\n"));
    g_assert_nonnull(strstr(request, "\r\nSOAPAction: \"" IP_1 "#Do\"\r\n"));
    const char *body = strstr(request, "\r\n\r\n") + 4;
    g_autofree char *length = g_strdup_printf("\r\nContent-Length: %zu\r\n", strlen(body));
    g_assert_nonnull(strstr(request, length));
    g_assert_nonnull(strstr(body, "<u:Do xmlns:u=\"" IP_1 "\"><A>1</A></u:Do>"));
    g_assert_cmpint(ds_igd_call(request, &found[0], "Do", too_long), ==, DS_ERR_TOO_BIG);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/portmap/url", test_url);
    g_test_add_func("/portmap/url/sizes", test_url_sizes);
    g_test_add_func("/portmap/ssdp", test_ssdp);
    g_test_add_func("/portmap/http", test_http);
    g_test_add_func("/portmap/igd", test_igd);
    g_test_add_func("/portmap/igd/strangers", test_igd_strangers);
    g_test_add_func("/portmap/igd/value", test_igd_value);
    g_test_add_func("/portmap/igd/call", test_igd_call);
    return g_test_run();
}
