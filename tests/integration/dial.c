/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/dial/dial.h"

struct outcome {
    struct event_base *base;
    unsigned calls;
    struct ds_dial_result result;
};

static void
on_result(void *arg, const struct ds_dial_result *result)
{
    struct outcome *outcome = arg;
    outcome->calls++;
    outcome->result = *result;
    event_base_loopbreak(outcome->base);
}

/* A TCP socket bound to a free port of `host`; listening if `backlog` is 0 or more. */
static int
bound_socket(const char *host, int backlog, struct ds_addr *addr)
{
    g_assert_cmpint(ds_addr_parse(addr, host, 1), ==, 0);
    int family = addr->ss.ss_family;
    if (family == AF_INET)
        ((struct sockaddr_in *)&addr->ss)->sin_port = 0;
    else
        ((struct sockaddr_in6 *)&addr->ss)->sin6_port = 0;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&addr->ss, addr->len), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&addr->ss, &addr->len), ==, 0);
    if (backlog >= 0)
        g_assert_cmpint(listen(fd, backlog), ==, 0);
    return fd;
}

static void
dial(struct outcome *outcome, const char *host, uint16_t port)
{
    struct ds_dial_options options = {.proxy = ""};
    struct ds_dial *try;
    *outcome = (struct outcome){.base = event_base_new()};
    int err = ds_dial_start(&try, outcome->base, host, port, &options, on_result, outcome);
    g_assert_cmpint(err, ==, 0);
    g_assert_cmpuint(outcome->calls, ==, 0);
    event_base_dispatch(outcome->base);
    g_assert_cmpuint(outcome->calls, ==, 1);
    ds_dial_free(try);
    event_base_free(outcome->base);
}

static void
test_connects(void)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++) {
        struct ds_addr addr;
        struct outcome outcome;
        int listener = bound_socket(hosts[i], 1, &addr);
        dial(&outcome, hosts[i], ds_addr_port(&addr));
        g_assert_cmpint(outcome.result.err, ==, 0);
        g_assert_true(ds_addr_equal(&outcome.result.remote, &addr));
        g_assert_false(outcome.result.via_proxy);
        close(outcome.result.fd);
        close(listener);
    }
}

static void
test_refused(void)
{
    struct ds_addr addr;
    struct outcome outcome;
    int closed = bound_socket("127.0.0.1", -1, &addr);
    dial(&outcome, "127.0.0.1", ds_addr_port(&addr));
    g_assert_cmpint(outcome.result.err, ==, DS_ERR_UNREACHABLE);
    g_assert_cmpint(outcome.result.fd, ==, -1);
    g_assert_true(g_str_has_suffix(outcome.result.detail, " refused the connection"));
    close(closed);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dial/connects", test_connects);
    g_test_add_func("/dial/refused", test_refused);
    return g_test_run();
}
