/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "net/base/err.h"
#include "net/dial/host.h"
#include "net/dial/http_connect.h"
#include "net/dial/proxy.h"
#include "net/dial/socks5.h"

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

static struct ds_proxy
parsed(const char *url)
{
    struct ds_proxy proxy;
    const char *why;
    g_assert_cmpint(ds_proxy_parse(&proxy, url, &why), ==, 0);
    return proxy;
}

static void
test_http_request(void)
{
    static const char *const rows[][3] = {
            {"http://p", "relay.example",
                    "CONNECT relay.example:443 HTTP/1.1\r\nHost: relay.example:443\r\n\r\n"},
            {"http://p", "2001:db8::1",
                    "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n"},
            /* RFC 7617, 2. */
            {"http://Aladdin:open%20sesame@p", "r",
                    "CONNECT r:443 HTTP/1.1\r\nHost: r:443\r\n"
                    "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t bytes[DS_HTTP_CONNECT_REQUEST_MAX];
        struct ds_proxy proxy = parsed(rows[i][0]);
        struct ds_http_connect http;
        struct ds_writer out;
        ds_writer_init(&out, bytes, sizeof bytes);
        ds_http_connect_start(&http, &proxy, rows[i][1], 443, &out);
        g_assert_false(out.failed);
        g_assert_cmpmem(bytes, out.len, rows[i][2], strlen(rows[i][2]));
    }
}

static void
test_http_longest_request(void)
{
    g_autofree char *longest = g_strnfill(DS_PROXY_CREDENTIAL_MAX, 'x');
    g_autofree char *host = g_strnfill(DS_HOST_MAX - 1, 'h');
    g_autofree char *url = g_strdup_printf("http://%s:%s@p", longest, longest);
    uint8_t bytes[DS_HTTP_CONNECT_REQUEST_MAX];
    struct ds_proxy proxy = parsed(url);
    struct ds_http_connect http;
    struct ds_writer out;
    ds_writer_init(&out, bytes, sizeof bytes);
    ds_http_connect_start(&http, &proxy, host, 65535, &out);
    g_assert_false(out.failed);
}

/* Feed an answer in two pieces, cut at `cut`, the first of which is byte by byte when asked. */
static int
http_result(const char *url, const char *answer, gsize len, gsize cut, char *detail)
{
    uint8_t request[DS_HTTP_CONNECT_REQUEST_MAX];
    struct ds_proxy proxy = parsed(url);
    struct ds_http_connect http;
    struct ds_writer out;
    int result = 0;

    ds_writer_init(&out, request, sizeof request);
    ds_http_connect_start(&http, &proxy, "relay.example", 443, &out);
    if (cut > 0)
        result = ds_http_connect_feed(&http, (const uint8_t *)answer, cut, detail);
    if (result == 0 && cut < len)
        result = ds_http_connect_feed(&http, (const uint8_t *)answer + cut, len - cut, detail);
    return result;
}

static const struct http_row {
    const char *answer;
    int result;
    const char *detail;
} http_rows[] = {
        {"HTTP/1.1 200 Connection established\r\n\r\n", 1, NULL},
        {"HTTP/1.0 200 OK\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n", 1, NULL},
        {"HTTP/1.1 200\r\n\r\n", 1, NULL},
        {"HTTP/1.1 200 \r\n\r\n", 1, NULL},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 1, NULL},
        {"HTTP/1.1 200 OK\n\n", 1, NULL},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
                1, NULL},
        {"HTTP/1.1 200 OK\r\nA: b\r\n", 0, NULL},
        {"HTTP/1.1 407 Proxy Authentication Required\r\n", DS_ERR_PROXY_AUTH,
                "wants a user name and password: HTTP/1.1 407 Proxy Authentication Required"},
        {"HTTP/1.1 401 Unauthorized\r\n", DS_ERR_PROXY_AUTH,
                "wants a user name and password: HTTP/1.1 401 Unauthorized"},
        {"HTTP/1.1 403 Forbidden\r\n", DS_ERR_PROXY, "refused: HTTP/1.1 403 Forbidden"},
        {"HTTP/1.1 502 Bad Gateway\r\n", DS_ERR_PROXY, "refused: HTTP/1.1 502 Bad Gateway"},
        {"HTTP/1.1 302 Found\r\n", DS_ERR_PROXY, "refused: HTTP/1.1 302 Found"},
        {"HTTP/1.1 101 Switching Protocols\r\n", DS_ERR_PROXY,
                "refused: HTTP/1.1 101 Switching Protocols"},
        {"HTTP/1.1 099 Odd\r\n", DS_ERR_PROXY, "refused: HTTP/1.1 099 Odd"},
        {"HTTP/1.1 403 \x1b[31mred\x07\x80\r\n", DS_ERR_PROXY, "refused: HTTP/1.1 403 ?[31mred??"},
        {"SSH-2.0-OpenSSH_9.2p1\r\n", DS_ERR_PROXY, "does not speak HTTP"},
        {"HTTP/2 200\r\n", DS_ERR_PROXY, "does not speak HTTP"},
        {"HTTP/1.1 20 OK\r\n", DS_ERR_PROXY, "does not speak HTTP"},
        {"HTTP/1.1 2000\r\n", DS_ERR_PROXY, "does not speak HTTP"},
        {"HTTP/1.1  200 OK\r\n", DS_ERR_PROXY, "does not speak HTTP"},
        {"HTTP/1.1", 0, NULL},
        {"\r\n", DS_ERR_PROXY, "does not speak HTTP"},
};

static void
test_http_answer(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(http_rows); i++) {
        const struct http_row *row = &http_rows[i];
        gsize len = strlen(row->answer);
        for (gsize cut = 0; cut <= len; cut++) {
            char detail[DS_DIAL_DETAIL_MAX] = "";
            g_test_message("row %zu cut at %zu", i, cut);
            g_assert_cmpint(http_result("p", row->answer, len, cut, detail), ==, row->result);
            g_assert_cmpstr(detail, ==, row->detail != NULL ? row->detail : "");
        }
    }
}

static void
test_http_login_refused(void)
{
    static const char answer[] = "HTTP/1.1 407 No\r\n";
    char detail[DS_DIAL_DETAIL_MAX];
    int result = http_result("ann:x@p", answer, strlen(answer), 0, detail);
    g_assert_cmpint(result, ==, DS_ERR_PROXY_AUTH);
    g_assert_cmpstr(detail, ==, "does not accept the user name and password: HTTP/1.1 407 No");
}

static void
test_http_surplus(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\n\r\n\x16";
    char detail[DS_DIAL_DETAIL_MAX];
    for (gsize cut = 0; cut < strlen(answer) - 1; cut++) {
        int result = http_result("p", answer, strlen(answer), cut, detail);
        g_assert_cmpint(result, ==, DS_ERR_PROXY);
        g_assert_cmpstr(detail, ==, "sent bytes that nobody asked for");
    }
}

/* The header's last byte is the last that is allowed, and then one more. */
static void
test_http_limit(void)
{
    static const char start[] = "HTTP/1.1 200 OK\r\nA: ", end[] = "\r\n\r\n";
    for (gsize surplus = 0; surplus <= 1; surplus++) {
        char detail[DS_DIAL_DETAIL_MAX];
        gsize fill = DS_PROXY_HEAD_MAX - strlen(start) - strlen(end) + surplus;
        g_autofree char *filler = g_strnfill(fill, 'x');
        g_autofree char *answer = g_strconcat(start, filler, end, NULL);
        int result = http_result("p", answer, strlen(answer), 4000, detail);
        g_assert_cmpint(result, ==, surplus == 0 ? 1 : DS_ERR_PROXY);
        if (surplus > 0)
            g_assert_cmpstr(detail, ==, "sent an answer that is too long");
    }
    g_autofree char *endless = g_strnfill(DS_PROXY_HEAD_MAX, 'x');
    char detail[DS_DIAL_DETAIL_MAX];
    g_assert_cmpint(http_result("p", endless, DS_PROXY_HEAD_MAX, 0, detail), ==, 0);
    g_autofree char *interim = g_strdup("");
    while (strlen(interim) <= DS_PROXY_HEAD_MAX) {
        char *longer = g_strconcat(interim, "HTTP/1.1 100 Continue\r\n\r\n", NULL);
        g_free(interim);
        interim = longer;
    }
    g_assert_cmpint(http_result("p", interim, strlen(interim), 0, detail), ==, DS_ERR_PROXY);
}

/*
 * Play the proxy: all that it says is in `answers`, handed over in pieces of at most `piece` bytes,
 * and never more than is wanted. All that the client says is appended to `said`. `*used` is how
 * much was taken.
 */
static int
socks_result(const char *url, const char *host, const char *answers, gsize len, gsize piece,
        GByteArray *said, gsize *used, char *detail)
{
    uint8_t bytes[DS_SOCKS5_MESSAGE_MAX];
    struct ds_proxy proxy = parsed(url);
    struct ds_socks5 socks;
    struct ds_writer out;
    int result = 0;

    ds_writer_init(&out, bytes, sizeof bytes);
    ds_socks5_start(&socks, &proxy, host, 443, &out);
    for (*used = 0; result == 0;) {
        g_assert_false(out.failed);
        if (said != NULL)
            g_byte_array_append(said, bytes, (guint)out.len);
        ds_writer_init(&out, bytes, sizeof bytes);
        gsize n = MIN(MIN(piece, ds_socks5_wants(&socks)), len - *used);
        if (n == 0)
            return 0;
        result = ds_socks5_feed(&socks, (const uint8_t *)answers + *used, n, &out, detail);
        *used += n;
    }
    g_assert_cmpuint(out.len, ==, 0);
    return result;
}

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct socks_row {
    const char *url, *host;
    const char *answers;
    gsize answers_len;
    const char *said;
    gsize said_len;
} socks_rows[] = {
        {"socks5h://p", "relay",
                BYTES("\5\0"
                      "\5\0\0\1\1\2\3\4\0\1"),
                BYTES("\5\1\0"
                      "\5\1\0\3\5relay\1\xbb")},
        {"socks5://p", "192.0.2.7",
                BYTES("\5\0"
                      "\5\0\0\3\3abc\0\1"),
                BYTES("\5\1\0"
                      "\5\1\0\1\300\0\2\7\1\xbb")},
        {"socks5://p", "2001:db8::7",
                BYTES("\5\0"
                      "\5\0\0\3\0\0\1"),
                BYTES("\5\1\0"
                      "\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\1\xbb")},
        {"socks5h://ann:pw@p", "r",
                BYTES("\5\2"
                      "\1\0"
                      "\5\0\0\4aaaabbbbccccdddd\0\1"),
                BYTES("\5\2\0\2"
                      "\1\3ann\2pw"
                      "\5\1\0\3\1r\1\xbb")},
        {"socks5h://ann@p", "r",
                BYTES("\5\2"
                      "\5\0"
                      "\5\0\0\1\0\0\0\0\0\0"),
                BYTES("\5\2\0\2"
                      "\1\3ann\0"
                      "\5\1\0\3\1r\1\xbb")},
        {"socks5h://ann:pw@p", "r",
                BYTES("\5\0"
                      "\5\0\0\1\0\0\0\0\0\0"),
                BYTES("\5\2\0\2"
                      "\5\1\0\3\1r\1\xbb")},
};

/* Every row in pieces of every size; with every final byte missing; with bytes of the host's after.
 */
static void
test_socks_open(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(socks_rows); i++) {
        const struct socks_row *row = &socks_rows[i];
        char detail[DS_DIAL_DETAIL_MAX];
        g_autofree char *longer = g_malloc0(row->answers_len + 9);
        gsize used;
        memcpy(longer, row->answers, row->answers_len);
        for (gsize piece = 1; piece <= row->answers_len; piece++) {
            g_autoptr(GByteArray) said = g_byte_array_new();
            g_test_message("row %zu in pieces of %zu", i, piece);
            int result = socks_result(
                    row->url, row->host, longer, row->answers_len + 9, piece, said, &used, detail);
            g_assert_cmpint(result, ==, 1);
            g_assert_cmpuint(used, ==, row->answers_len);
            g_assert_cmpmem(said->data, said->len, row->said, row->said_len);
        }
        for (gsize len = 0; len < row->answers_len; len++)
            g_assert_cmpint(
                    socks_result(row->url, row->host, row->answers, len, 99, NULL, &used, detail),
                    ==, 0);
    }
}

static void
test_socks_longest(void)
{
    g_autofree char *longest = g_strnfill(255, 'x');
    g_autofree char *url = g_strdup_printf("socks5h://%s:%s@p", longest, longest);
    g_autofree char *reply = g_strdup_printf("%s%sxx", "\5\2\1?\5??\3\377", longest);
    gsize len = strlen(reply), used;
    char detail[DS_DIAL_DETAIL_MAX];
    reply[3] = reply[5] = reply[6] = 0;
    g_autoptr(GByteArray) said = g_byte_array_new();
    int result = socks_result(url, longest, reply, len, 999, said, &used, detail);
    g_assert_cmpint(result, ==, 1);
    g_assert_cmpuint(used, ==, len);
    g_assert_cmpuint(said->len, ==, 4 + 513 + 5 + 255 + 2);
}

static void
test_socks_refused(void)
{
    static const struct {
        const char *url;
        const char *answers;
        gsize len;
        int result;
        const char *detail;
    } rows[] = {
            {"socks5h://p", BYTES("\4\0"), DS_ERR_PROXY, "does not speak SOCKS5"},
            {"socks5h://p", BYTES("HTTP/1.1 400"), DS_ERR_PROXY, "does not speak SOCKS5"},
            {"socks5h://p", BYTES("\5\377"), DS_ERR_PROXY_AUTH, "wants a user name and password"},
            {"socks5h://a:b@p", BYTES("\5\377"), DS_ERR_PROXY_AUTH,
                    "wants another login than a user name and password"},
            {"socks5h://p", BYTES("\5\2"), DS_ERR_PROXY, "chose a login that was not offered"},
            {"socks5h://a:b@p", BYTES("\5\1"), DS_ERR_PROXY, "chose a login that was not offered"},
            {"socks5h://a:b@p", BYTES("\5\2\1\1"), DS_ERR_PROXY_AUTH,
                    "does not accept the user name and password"},
            {"socks5h://p", BYTES("\5\0\4\0\0\1"), DS_ERR_PROXY, "does not speak SOCKS5"},
            {"socks5h://p", BYTES("\5\0\5\0\0\2"), DS_ERR_PROXY,
                    "answered with an unknown type of address"},
            {"socks5h://p", BYTES("\5\0\5\1\0\1"), DS_ERR_PROXY,
                    "could not connect and does not say why"},
            {"socks5h://p", BYTES("\5\0\5\2\0\1"), DS_ERR_PROXY, "does not allow this connection"},
            {"socks5h://p", BYTES("\5\0\5\3\0\1"), DS_ERR_UNREACHABLE,
                    "cannot reach the network of relay"},
            {"socks5h://p", BYTES("\5\0\5\4\0\1"), DS_ERR_UNREACHABLE, "cannot reach relay"},
            {"socks5h://p", BYTES("\5\0\5\5\0\1"), DS_ERR_UNREACHABLE,
                    "was refused the connection by relay"},
            {"socks5h://p", BYTES("\5\0\5\6\0\1"), DS_ERR_UNREACHABLE,
                    "is too far away from relay"},
            {"socks5h://p", BYTES("\5\0\5\7\0\1"), DS_ERR_PROXY,
                    "does not know the command CONNECT"},
            {"socks5h://p", BYTES("\5\0\5\10\0\1"), DS_ERR_PROXY,
                    "cannot connect to this type of address"},
            {"socks5h://p", BYTES("\5\0\5\11\0\1"), DS_ERR_PROXY,
                    "refused with the unknown code 9"},
            {"socks5h://p", BYTES("\5\0\5\377\0\1"), DS_ERR_PROXY,
                    "refused with the unknown code 255"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (gsize piece = 1; piece <= rows[i].len; piece++) {
            char detail[DS_DIAL_DETAIL_MAX] = "";
            gsize used;
            g_test_message("%s in pieces of %zu", rows[i].detail, piece);
            int result = socks_result(
                    rows[i].url, "relay", rows[i].answers, rows[i].len, piece, NULL, &used, detail);
            g_assert_cmpint(result, ==, rows[i].result);
            g_assert_cmpstr(detail, ==, rows[i].detail);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dial/host", test_host);
    g_test_add_func("/dial/http/request", test_http_request);
    g_test_add_func("/dial/http/longest-request", test_http_longest_request);
    g_test_add_func("/dial/http/answer", test_http_answer);
    g_test_add_func("/dial/http/login-refused", test_http_login_refused);
    g_test_add_func("/dial/http/surplus", test_http_surplus);
    g_test_add_func("/dial/http/limit", test_http_limit);
    g_test_add_func("/dial/socks/open", test_socks_open);
    g_test_add_func("/dial/socks/longest", test_socks_longest);
    g_test_add_func("/dial/socks/refused", test_socks_refused);
    return g_test_run();
}
