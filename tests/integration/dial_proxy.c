/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "tests/integration/dialing.h"
#include "tests/integration/fake_proxy.h"

#define BYTES(literal) literal, sizeof(literal) - 1

#define HTTP_OK "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n"
#define SIX_ZERO_WORDS "\0\0\0\0\0\0\0\0\0\0\0\0"
#define SOCKS_OK "\5\0\0\1\0\0\0\0\0\0"

static const struct fake_step http_steps[] = {{FAKE_HEAD, BYTES(HTTP_OK)}, {0}};
static const struct fake_step socks_steps[] = {
        {3, BYTES("\5\0")},
        {4 + 1 + 9 + 2, BYTES(SOCKS_OK)}, /* "four.test" */
        {0},
};
static const struct fake_step login_steps[] = {
        {4, BYTES("\5\2")},
        {1 + 4 + 3, BYTES("\1\0")}, /* "ann", "p@" */
        {4 + 1 + 9 + 2, BYTES(SOCKS_OK)},
        {0},
};
static const struct fake_step socks_v6_steps[] = {
        {3, BYTES("\5\0")}, {4 + 16 + 2, BYTES(SOCKS_OK)}, {0}};
static const struct fake_step socks_v4_steps[] = {
        {3, BYTES("\5\0")}, {4 + 4 + 2, BYTES(SOCKS_OK)}, {0}};

/* Each kind of proxy: with the host that is asked for, and what the proxy hears before its port. */
static const struct kind {
    const char *scheme; /* with the credentials */
    const char *host;
    const struct fake_step *steps;
    const char *heard; /* HTTP: the fields after Host */
    gsize heard_bytes;
} kinds[] = {
        {"http://", "four.test", http_steps, BYTES("")},
        {"http://ann:p%40@", "four.test", http_steps,
                BYTES("Proxy-Authorization: Basic YW5uOnBA\r\n")},
        {"socks5h://", "four.test", socks_steps,
                BYTES("\5\1\0"
                      "\5\1\0\3\11four.test")},
        {"socks5h://ann:p%40@", "four.test", login_steps,
                BYTES("\5\2\0\2"
                      "\1\3ann\2p@"
                      "\5\1\0\3\11four.test")},
        {"socks5://", "four.test", socks_v4_steps,
                BYTES("\5\1\0"
                      "\5\1\0\1\177\0\0\1")},
        {"socks5://", "::1", socks_v6_steps,
                BYTES("\5\1\0"
                      "\5\1\0\4" SIX_ZERO_WORDS "\0\0\0\1")},
};

static gsize
say_bytes(const struct fake_step *steps)
{
    gsize sum = 0;
    for (; steps->read_bytes > 0; steps++)
        sum += steps->say_bytes;
    return sum;
}

static char *
url_of(const char *scheme, const struct fake_proxy *proxy)
{
    char text[DS_ADDR_TEXT_MAX];
    return g_strconcat(scheme, ds_addr_format(&proxy->addr, text), NULL);
}

static void
assert_heard(const struct fake_proxy *proxy, const struct kind *kind, uint16_t port)
{
    const uint8_t port_bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};
    g_autoptr(GByteArray) expected = g_byte_array_new();
    if (kind->steps == http_steps) {
        g_autofree char *head = g_strdup_printf("CONNECT %s:%u HTTP/1.1\r\nHost: %s:%u\r\n%s\r\n",
                kind->host, port, kind->host, port, kind->heard);
        g_byte_array_append(expected, (const uint8_t *)head, (guint)strlen(head));
    } else {
        g_byte_array_append(expected, (const uint8_t *)kind->heard, (guint)kind->heard_bytes);
        g_byte_array_append(expected, port_bytes, 2);
    }
    g_assert_cmpmem(proxy->heard->data, proxy->heard->len, expected->data, expected->len);
}

static void
test_open(void)
{
    struct ds_addr target;
    int listener = dialing_socket("127.0.0.1", 1, &target);
    for (gsize i = 0; i < 2 * G_N_ELEMENTS(kinds); i++) {
        const struct kind *kind = &kinds[i / 2];
        const struct fake_connection carry = {kind->steps, G_MAXSIZE, FAKE_CARRY, &target};
        struct dialing dialing = {.free_inside = i % 2 > 0};
        struct fake_proxy proxy;
        fake_proxy_start(&proxy, &carry, 1);
        g_autofree char *url = url_of(kind->scheme, &proxy);
        const struct ds_dial_options options = {.proxy = url};
        g_test_message("%s", url);
        dialing_run(&dialing, kind->host, ds_addr_port(&target), &options);
        g_assert_true(dialing.result.via_proxy);
        g_assert_true(ds_addr_equal(&dialing.result.remote, &proxy.addr));
        dialing_assert_leads_to(&dialing, listener);
        fake_proxy_join(&proxy);
        assert_heard(&proxy, kind, ds_addr_port(&target));
        fake_proxy_clear(&proxy);
    }
    close(listener);
}

/* The proxy closes, or is silent, after each byte that it could have said. */
static void
run_endings(const struct kind *kind, gsize step_bytes, enum fake_ending ending, unsigned timeout_ms,
        int err, const char *detail)
{
    gsize sum = say_bytes(kind->steps), count = (sum + step_bytes - 1) / step_bytes;
    g_autofree struct fake_connection *connections = g_new0(struct fake_connection, count);
    struct fake_proxy proxy;
    unsigned sockets = dialing_count_sockets();

    for (gsize i = 0; i < count; i++)
        connections[i] = (struct fake_connection){kind->steps, i * step_bytes, ending, NULL};
    fake_proxy_start(&proxy, connections, count);
    g_autofree char *url = url_of(kind->scheme, &proxy);
    const struct ds_dial_options options = {.proxy = url, .timeout_ms = timeout_ms};
    for (gsize i = 0; i < count; i++) {
        struct dialing dialing = {0};
        g_test_message("%s: %zu bytes", url, i * step_bytes);
        dialing_run(&dialing, kind->host, 443, &options);
        dialing_assert_failed(&dialing, err, detail);
    }
    fake_proxy_join(&proxy);
    fake_proxy_clear(&proxy);
    g_assert_cmpuint(dialing_count_sockets(), ==, sockets);
}

static void
test_closes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        run_endings(&kinds[i], 1, FAKE_CLOSE, 0, DS_ERR_PROXY,
                "the proxy 127.0.0.1 closed the connection without an answer");
}

static void
test_stalls(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        run_endings(&kinds[i], 9, FAKE_STALL, 100, DS_ERR_TIMEOUT,
                "the proxy 127.0.0.1 does not answer");
}

static void
on_at_ending(evutil_socket_t fd, short what, void *arg)
{
    struct dialing *dialing = arg;
    uint64_t count;
    g_assert_cmpint(read(fd, &count, sizeof count), ==, sizeof count);
    ds_dial_free(dialing->dial);
    dialing->dial = NULL;
}

/* The proxy waits for the client to close, so its thread only ends if the socket is really gone. */
static void
cancel_at(struct fake_proxy *proxy, const struct kind *kind, const char *url)
{
    const struct ds_dial_options options = {.proxy = url};
    struct dialing dialing = {0};
    dialing_start(&dialing, kind->host, 443, &options);
    struct event *event =
            event_new(dialing.base, proxy->at_ending, EV_READ, on_at_ending, &dialing);
    event_add(event, NULL);
    event_base_dispatch(dialing.base);
    g_assert_null(dialing.dial);
    g_assert_cmpuint(dialing.calls, ==, 0);
    event_free(event);
    event_base_free(dialing.base);
}

static void
test_cancel(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        gsize count = say_bytes(kinds[i].steps);
        g_autofree struct fake_connection *connections = g_new0(struct fake_connection, count);
        struct fake_proxy proxy;
        for (gsize k = 0; k < count; k++)
            connections[k] = (struct fake_connection){kinds[i].steps, k, FAKE_STALL, NULL};
        fake_proxy_start(&proxy, connections, count);
        g_autofree char *url = url_of(kinds[i].scheme, &proxy);
        for (gsize k = 0; k < count; k++)
            cancel_at(&proxy, &kinds[i], url);
        fake_proxy_join(&proxy);
        fake_proxy_clear(&proxy);
    }
}

static void
test_refuses(void)
{
    static const struct {
        const char *scheme;
        struct fake_step steps[4];
        int err;
        const char *detail;
    } rows[] = {
            {"http://", {{FAKE_HEAD, BYTES("HTTP/1.1 407 Login\r\n\r\n")}}, DS_ERR_PROXY_AUTH,
                    "the proxy 127.0.0.1 wants a user name and password: HTTP/1.1 407 Login"},
            {"http://a:b@", {{FAKE_HEAD, BYTES("HTTP/1.1 407 Login\r\n\r\n")}}, DS_ERR_PROXY_AUTH,
                    "the proxy 127.0.0.1 does not accept the user name and password: "
                    "HTTP/1.1 407 Login"},
            {"http://", {{FAKE_HEAD, BYTES("HTTP/1.1 403 No\r\n\r\n")}}, DS_ERR_PROXY,
                    "the proxy 127.0.0.1 refused: HTTP/1.1 403 No"},
            {"http://", {{FAKE_HEAD, BYTES("HTTP/1.1 502 Bad \33[2J\r\n\r\n")}}, DS_ERR_PROXY,
                    "the proxy 127.0.0.1 refused: HTTP/1.1 502 Bad ?[2J"},
            {"http://", {{FAKE_HEAD, BYTES("\25\3\3\0\2\2\50\n")}}, DS_ERR_PROXY,
                    "the proxy 127.0.0.1 does not speak HTTP"},
            {"socks5h://", {{3, BYTES("HTTP/1.1 400 Bad\r\n\r\n")}}, DS_ERR_PROXY,
                    "the proxy 127.0.0.1 does not speak SOCKS5"},
            {"socks5h://", {{3, BYTES("\5\377")}}, DS_ERR_PROXY_AUTH,
                    "the proxy 127.0.0.1 wants a user name and password"},
            {"socks5h://a:b@", {{4, BYTES("\5\2")}, {5, BYTES("\1\1")}}, DS_ERR_PROXY_AUTH,
                    "the proxy 127.0.0.1 does not accept the user name and password"},
            {"socks5h://", {{3, BYTES("\5\0")}, {16, BYTES("\5\2\0\1")}}, DS_ERR_PROXY,
                    "the proxy 127.0.0.1 does not allow this connection"},
            {"socks5h://", {{3, BYTES("\5\0")}, {16, BYTES("\5\5\0\1")}}, DS_ERR_UNREACHABLE,
                    "the proxy 127.0.0.1 was refused the connection by four.test"},
            {"socks5h://", {{3, BYTES("\5\0")}, {16, BYTES("\5\11\0\1")}}, DS_ERR_PROXY,
                    "the proxy 127.0.0.1 refused with the unknown code 9"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct fake_connection stall = {rows[i].steps, G_MAXSIZE, FAKE_STALL, NULL};
        struct dialing dialing = {0};
        struct fake_proxy proxy;
        fake_proxy_start(&proxy, &stall, 1);
        g_autofree char *url = url_of(rows[i].scheme, &proxy);
        const struct ds_dial_options options = {.proxy = url};
        dialing_run(&dialing, "four.test", 443, &options);
        dialing_assert_failed(&dialing, rows[i].err, rows[i].detail);
        fake_proxy_join(&proxy);
        fake_proxy_clear(&proxy);
    }
}

/* An answer without an end is cut at the limit, and not at the time-out. */
static void
test_endless_head(void)
{
    g_autofree char *endless = g_strnfill(2 * DS_PROXY_HEAD_MAX, 'x');
    const struct fake_step steps[] = {{FAKE_HEAD, endless, strlen(endless)}, {0}};
    const struct fake_connection stall = {steps, G_MAXSIZE, FAKE_STALL, NULL};
    struct dialing dialing = {0};
    struct fake_proxy proxy;
    fake_proxy_start(&proxy, &stall, 1);
    g_autofree char *url = url_of("http://", &proxy);
    const struct ds_dial_options options = {.proxy = url};
    dialing_run(&dialing, "four.test", 443, &options);
    dialing_assert_failed(
            &dialing, DS_ERR_PROXY, "the proxy 127.0.0.1 sent an answer that is too long");
    fake_proxy_join(&proxy);
    fake_proxy_clear(&proxy);
}

static const struct fake_step no_v6_steps[] = {
        {3, BYTES("\5\0")}, {4 + 16 + 2, BYTES("\5\4\0\1\0\0\0\0\0\0")}, {0}};
static const struct fake_step no_v4_steps[] = {
        {3, BYTES("\5\0")}, {4 + 4 + 2, BYTES("\5\5\0\1\0\0\0\0\0\0")}, {0}};

/* With socks5:// we resolve, and a proxy that cannot reach one address is asked for the next. */
static void
test_next_target(void)
{
    for (gsize opens = 0; opens <= 1; opens++) {
        struct ds_addr target;
        int listener = dialing_socket("127.0.0.1", 1, &target);
        const struct fake_connection connections[] = {
                {no_v6_steps, G_MAXSIZE, FAKE_STALL, NULL},
                {opens ? socks_v4_steps : no_v4_steps, G_MAXSIZE, opens ? FAKE_CARRY : FAKE_STALL,
                        &target},
        };
        struct dialing dialing = {0};
        struct fake_proxy proxy;
        fake_proxy_start(&proxy, connections, 2);
        g_autofree char *url = url_of("socks5://", &proxy);
        const struct ds_dial_options options = {.proxy = url};
        dialing_run(&dialing, "two.test", ds_addr_port(&target), &options);
        if (opens)
            dialing_assert_leads_to(&dialing, listener);
        else
            dialing_assert_failed(&dialing, DS_ERR_UNREACHABLE,
                    "the proxy 127.0.0.1 was refused the connection by 127.0.0.1");
        fake_proxy_join(&proxy);
        fake_proxy_clear(&proxy);
        close(listener);
    }
}

/* ... but not when it is the login that it refuses: the next address would be refused likewise. */
static void
test_login_once(void)
{
    static const struct fake_step steps[] = {{3, BYTES("\5\377")}, {0}};
    static const struct fake_connection stall = {steps, G_MAXSIZE, FAKE_STALL, NULL};
    struct dialing dialing = {0};
    struct fake_proxy proxy;
    fake_proxy_start(&proxy, &stall, 1);
    g_autofree char *url = url_of("socks5://", &proxy);
    const struct ds_dial_options options = {.proxy = url, .timeout_ms = 2000};
    dialing_run(&dialing, "two.test", 443, &options);
    dialing_assert_failed(
            &dialing, DS_ERR_PROXY_AUTH, "the proxy 127.0.0.1 wants a user name and password");
    fake_proxy_join(&proxy);
    fake_proxy_clear(&proxy);
}

/* With socks5:// a name that cannot be looked up is an error of its own, unless an address is
 * known. */
static void
test_known_target(void)
{
    struct ds_addr target;
    int listener = dialing_socket("127.0.0.1", 1, &target);
    const struct fake_connection carry = {socks_v4_steps, G_MAXSIZE, FAKE_CARRY, &target};
    struct dialing dialing = {0};
    struct fake_proxy proxy;
    fake_proxy_start(&proxy, &carry, 1);
    g_autofree char *url = url_of("socks5://", &proxy);
    struct ds_dial_options options = {.proxy = url};
    dialing_run(&dialing, "none.test", ds_addr_port(&target), &options);
    g_assert_cmpint(dialing.result.err, ==, DS_ERR_RESOLVE);
    options.known = &target;
    options.known_count = 1;
    dialing_run(&dialing, "none.test", ds_addr_port(&target), &options);
    dialing_assert_leads_to(&dialing, listener);
    fake_proxy_join(&proxy);
    fake_proxy_clear(&proxy);
    close(listener);
}

static void
test_proxy_unreachable(void)
{
    struct ds_addr refusing, silent;
    int fillers[2];
    int closed = dialing_socket("127.0.0.1", -1, &refusing);
    int blackhole = dialing_blackhole("127.0.0.1", &silent, fillers);
    const struct {
        char *url, *detail;
        int err;
    } rows[] = {
            {g_strdup_printf("http://127.0.0.1:%u", ds_addr_port(&refusing)),
                    g_strdup_printf("the proxy cannot be reached: 127.0.0.1:%u refused the "
                                    "connection",
                            ds_addr_port(&refusing)),
                    DS_ERR_PROXY},
            {g_strdup_printf("socks5h://four.test:%u", ds_addr_port(&silent)),
                    g_strdup_printf("the proxy cannot be reached: 127.0.0.1:%u does not answer",
                            ds_addr_port(&silent)),
                    DS_ERR_TIMEOUT},
            {g_strdup("http://none.test"),
                    g_strdup("the proxy cannot be reached: the name none.test was not found: Name "
                             "or service not known"),
                    DS_ERR_PROXY},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dialing dialing = {0};
        const struct ds_dial_options options = {.proxy = rows[i].url, .timeout_ms = 100};
        dialing_run(&dialing, "127.0.0.1", 443, &options);
        dialing_assert_failed(&dialing, rows[i].err, rows[i].detail);
        g_free(rows[i].url);
        g_free(rows[i].detail);
    }
    close(fillers[0]);
    close(fillers[1]);
    close(blackhole);
    close(closed);
}

static void
test_setting(void)
{
    const struct ds_dial_options options = {.proxy = "https://ann:secret@127.0.0.1"};
    struct dialing dialing = {0};
    dialing_run(&dialing, "127.0.0.1", 443, &options);
    dialing_assert_failed(&dialing, DS_ERR_PROXY,
            "the proxy setting of Deskside is of another kind than http://, socks5:// and "
            "socks5h://");
}

/* The environment counts when there is no setting, and no_proxy only beside it. */
static void
test_environment(void)
{
    struct ds_addr target;
    int listener = dialing_socket("127.0.0.1", 1, &target);
    struct dialing dialing = {0};
    g_setenv("https_proxy", "https://ann:secret@127.0.0.1", TRUE);
    g_unsetenv("NO_PROXY");
    g_unsetenv("no_proxy");
    dialing_run(&dialing, "127.0.0.1", ds_addr_port(&target), NULL);
    dialing_assert_failed(&dialing, DS_ERR_PROXY,
            "the proxy setting https_proxy is of another kind than http://, socks5:// and "
            "socks5h://");
    g_setenv("no_proxy", "127.0.0.0/8", TRUE);
    dialing_run(&dialing, "127.0.0.1", ds_addr_port(&target), NULL);
    g_assert_false(dialing.result.via_proxy);
    dialing_assert_leads_to(&dialing, listener);
    g_unsetenv("no_proxy");
    g_unsetenv("https_proxy");
    close(listener);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dial-proxy/open", test_open);
    g_test_add_func("/dial-proxy/closes", test_closes);
    g_test_add_func("/dial-proxy/stalls", test_stalls);
    g_test_add_func("/dial-proxy/cancel", test_cancel);
    g_test_add_func("/dial-proxy/refuses", test_refuses);
    g_test_add_func("/dial-proxy/endless-head", test_endless_head);
    g_test_add_func("/dial-proxy/next-target", test_next_target);
    g_test_add_func("/dial-proxy/login-once", test_login_once);
    g_test_add_func("/dial-proxy/known-target", test_known_target);
    g_test_add_func("/dial-proxy/proxy-unreachable", test_proxy_unreachable);
    g_test_add_func("/dial-proxy/setting", test_setting);
    g_test_add_func("/dial-proxy/environment", test_environment);
    return g_test_run();
}
