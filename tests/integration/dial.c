/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/dial/eyeballs.h"
#include "tests/integration/dialing.h"

static const struct ds_dial_options no_proxy = {.proxy = ""};

static uint16_t
port_of(const struct ds_addr *addr)
{
    return ds_addr_port(addr);
}

static void
test_connects(void)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    for (gsize i = 0; i < 4; i++) {
        struct ds_addr addr;
        struct dialing dialing = {.free_inside = i >= 2};
        int listener = dialing_socket(hosts[i % 2], 1, &addr);
        dialing_run(&dialing, hosts[i % 2], port_of(&addr), &no_proxy);
        g_assert_true(ds_addr_equal(&dialing.result.remote, &addr));
        g_assert_false(dialing.result.via_proxy);
        dialing_assert_leads_to(&dialing, listener);
        close(listener);
    }
}

static void
test_refused(void)
{
    struct ds_addr addr;
    struct dialing dialing = {0};
    int closed = dialing_socket("127.0.0.1", -1, &addr);
    g_autofree char *detail =
            g_strdup_printf("127.0.0.1:%u refused the connection", port_of(&addr));
    dialing_run(&dialing, "127.0.0.1", port_of(&addr), &no_proxy);
    dialing_assert_failed(&dialing, DS_ERR_UNREACHABLE, detail);
    close(closed);
}

static void
never_called(void *arg, const struct ds_dial_result *result)
{
    g_assert_not_reached();
}

static void
test_invalid(void)
{
    static const struct {
        const char *host;
        uint16_t port;
    } rows[] = {{"", 443}, {"relay.example:1", 443}, {"a b", 443}, {"[::1]", 443}, {"::1", 0}};
    struct event_base *base = event_base_new();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_dial *dial = NULL;
        int err = ds_dial_start(
                &dial, base, rows[i].host, rows[i].port, &no_proxy, never_called, NULL);
        g_assert_cmpint(err, ==, DS_ERR_INVALID);
        g_assert_null(dial);
    }
    ds_dial_free(NULL);
    event_base_free(base);
}

static void
test_name(void)
{
    struct ds_addr addr;
    struct dialing dialing = {0};
    int listener = dialing_socket("127.0.0.1", 1, &addr);
    dialing_run(&dialing, "two.test", port_of(&addr), &no_proxy);
    g_assert_true(ds_addr_equal(&dialing.result.remote, &addr));
    dialing_assert_leads_to(&dialing, listener);
    close(listener);
}

/* 40 addresses of one family come first, and the one that answers is still among those tried. */
static void
test_many_addresses(void)
{
    struct ds_addr addr;
    struct dialing dialing = {0};
    int listener = dialing_socket("127.0.0.1", 1, &addr);
    dialing_run(&dialing, "many.test", port_of(&addr), &no_proxy);
    dialing_assert_leads_to(&dialing, listener);
    close(listener);
}

static void
test_no_such_name(void)
{
    struct dialing dialing = {0};
    dialing_run(&dialing, "none.test", 443, &no_proxy);
    dialing_assert_failed(&dialing, DS_ERR_RESOLVE,
            "the name none.test was not found: Name or service not known");
}

static void
test_name_server_silent(void)
{
    const struct ds_dial_options options = {.proxy = "", .timeout_ms = 50};
    struct dialing dialing = {0};
    dialing_run(&dialing, "stuck.test", 443, &options);
    dialing_assert_failed(&dialing, DS_ERR_RESOLVE,
            "the name stuck.test could not be looked up: the name server does not answer");
    dialing_release();
    dialing_hold();
}

/*
 * The known address is tried at once when the resolver fails, and after 300 ms when it is slow:
 * by libevent's coarse clock, which may be a tick of the kernel (10 ms at 100 Hz) behind twice.
 */
static void
test_known(void)
{
    static const struct {
        const char *host;
        guint64 least_ms;
    } rows[] = {{"none.test", 0}, {"stuck.test", 280}};
    struct ds_addr addr;
    int listener = dialing_socket("127.0.0.1", 1, &addr);
    const struct ds_dial_options options = {.proxy = "", .known = &addr, .known_count = 1};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dialing dialing = {0};
        dialing_run(&dialing, rows[i].host, port_of(&addr), &options);
        dialing_assert_leads_to(&dialing, listener);
        g_assert_cmpuint(dialing.elapsed_ms, >=, rows[i].least_ms);
    }
    dialing_release();
    dialing_hold();
    close(listener);
}

static void
test_known_refused(void)
{
    struct ds_addr addr;
    struct dialing dialing = {0};
    int closed = dialing_socket("127.0.0.1", -1, &addr);
    const struct ds_dial_options options = {.proxy = "", .known = &addr, .known_count = 1};
    dialing_run(&dialing, "none.test", port_of(&addr), &options);
    g_assert_cmpint(dialing.result.err, ==, DS_ERR_RESOLVE);
    close(closed);
}

/* What a silent name server holds is bounded, cancelled look-ups too, and comes free again. */
static void
test_resolver_bounded(void)
{
    enum { ALL = DS_RESOLVE_WORKERS_MAX + DS_RESOLVE_QUEUE_MAX };
    struct ds_addr addr;
    struct dialing one_more = {0}, waiting[ALL] = {0};
    int listener = dialing_socket("127.0.0.1", 1, &addr);

    for (unsigned i = 0; i < ALL; i++) {
        dialing_start(&waiting[i], "stuck.test", port_of(&addr), &no_proxy);
        dialing_await_stuck(MIN(i + 1, DS_RESOLVE_WORKERS_MAX));
    }
    dialing_run(&one_more, "stuck.test", port_of(&addr), &no_proxy);
    dialing_assert_failed(&one_more, DS_ERR_RESOLVE, "too many names are being looked up already");
    for (unsigned i = 0; i < ALL - 1; i++) {
        ds_dial_free(waiting[i].dial);
        event_base_free(waiting[i].base);
    }
    dialing_release();
    dialing_finish(&waiting[ALL - 1]);
    dialing_assert_leads_to(&waiting[ALL - 1], listener);
    g_assert_cmpuint(dialing_hold(), ==, DS_RESOLVE_WORKERS_MAX + 1);
    close(listener);
}

struct race {
    struct event_base *base;
    struct ds_eyeballs *eyeballs;
    unsigned calls;
    struct ds_dial_result result;
    guint64 elapsed_ms;
};

static void
on_race_won(void *arg, const struct ds_dial_result *result)
{
    struct race *race = arg;
    race->calls++;
    race->result = *result;
    ds_eyeballs_free(race->eyeballs);
}

static void
run_race(struct race *race, const struct ds_addr *addresses, gsize count)
{
    struct ds_dial_prepare nothing = {0};
    *race = (struct race){.base = event_base_new()};
    race->eyeballs = ds_eyeballs_new(race->base, nothing, on_race_won, race);
    gint64 start_us = g_get_monotonic_time();
    ds_eyeballs_add(race->eyeballs, addresses, count);
    ds_eyeballs_close(race->eyeballs);
    g_assert_cmpuint(race->calls, ==, 0);
    event_base_dispatch(race->base);
    race->elapsed_ms = (guint64)(g_get_monotonic_time() - start_us) / 1000;
    g_assert_cmpuint(race->calls, ==, 1);
    event_base_free(race->base);
}

/* Two IPv4 addresses come first, and yet IPv6 is tried before them. */
static void
test_v6_first(void)
{
    struct ds_addr addresses[3];
    struct race race;
    int listeners[3];
    for (gsize i = 0; i < 3; i++)
        listeners[i] = dialing_socket(i == 2 ? "::1" : "127.0.0.1", 1, &addresses[i]);
    run_race(&race, addresses, 3);
    g_assert_cmpint(race.result.err, ==, 0);
    g_assert_true(ds_addr_equal(&race.result.remote, &addresses[2]));
    close(race.result.fd);
    for (gsize i = 0; i < 3; i++)
        close(listeners[i]);
}

/* A refusal does not wait for the delay: eight of them would take 2 s. */
static void
test_next_at_once(void)
{
    enum { REFUSED = 8 };
    struct ds_addr addresses[REFUSED + 1];
    struct race race;
    int sockets[REFUSED + 1];
    for (gsize i = 0; i <= REFUSED; i++)
        sockets[i] = dialing_socket(
                i % 2 == 0 ? "127.0.0.1" : "::1", i < REFUSED ? -1 : 1, &addresses[i]);
    run_race(&race, addresses, REFUSED + 1);
    g_assert_cmpint(race.result.err, ==, 0);
    g_assert_true(ds_addr_equal(&race.result.remote, &addresses[REFUSED]));
    g_assert_cmpuint(race.elapsed_ms, <, 4 * DS_DIAL_ATTEMPT_DELAY_MS);
    close(race.result.fd);
    for (gsize i = 0; i <= REFUSED; i++)
        close(sockets[i]);
}

/* Silence does, once for each silent address; and the loser's socket is closed. */
static void
test_blackhole(void)
{
    struct ds_addr addresses[3];
    struct race race;
    int fillers[2][2];
    int silent_v6 = dialing_blackhole("::1", &addresses[0], fillers[0]);
    int silent_v4 = dialing_blackhole("127.0.0.1", &addresses[1], fillers[1]);
    int listener = dialing_socket("::1", 1, &addresses[2]);
    unsigned sockets = dialing_count_sockets();
    run_race(&race, addresses, 3);
    g_assert_cmpint(race.result.err, ==, 0);
    g_assert_true(ds_addr_equal(&race.result.remote, &addresses[2]));
    g_assert_cmpuint(race.elapsed_ms, >=, 2 * DS_DIAL_ATTEMPT_DELAY_MS - 5);
    g_assert_cmpuint(race.elapsed_ms, <, 20 * DS_DIAL_ATTEMPT_DELAY_MS);
    close(race.result.fd);
    g_assert_cmpuint(dialing_count_sockets(), ==, sockets);
    for (gsize i = 0; i < 4; i++)
        close(fillers[i / 2][i % 2]);
    close(listener);
    close(silent_v4);
    close(silent_v6);
}

static void
test_no_address(void)
{
    struct race race;
    run_race(&race, NULL, 0);
    g_assert_cmpint(race.result.err, ==, DS_ERR_UNREACHABLE);
    g_assert_cmpstr(race.result.detail, ==, "there is no address to connect to");
}

static void
test_time_out(void)
{
    struct ds_addr addr;
    struct dialing dialing = {0};
    int fillers[2];
    int silent = dialing_blackhole("127.0.0.1", &addr, fillers);
    const struct ds_dial_options options = {.proxy = "", .timeout_ms = 100};
    g_autofree char *detail = g_strdup_printf("127.0.0.1:%u does not answer", port_of(&addr));
    dialing_run(&dialing, "127.0.0.1", port_of(&addr), &options);
    dialing_assert_failed(&dialing, DS_ERR_TIMEOUT, detail);
    g_assert_cmpuint(dialing.elapsed_ms, >=, 95);
    close(fillers[0]);
    close(fillers[1]);
    close(silent);
}

/* ::1 refuses and 127.0.0.1 is silent: that something was there and said no tells more. */
static void
test_most_telling(void)
{
    struct ds_addr addr;
    struct dialing dialing = {0};
    int fillers[2];
    int silent = dialing_blackhole("127.0.0.1", &addr, fillers);
    const struct ds_dial_options options = {.proxy = "", .timeout_ms = 100};
    g_autofree char *detail = g_strdup_printf("[::1]:%u refused the connection", port_of(&addr));
    dialing_run(&dialing, "two.test", port_of(&addr), &options);
    dialing_assert_failed(&dialing, DS_ERR_UNREACHABLE, detail);
    close(fillers[0]);
    close(fillers[1]);
    close(silent);
}

static int
bind_to(int fd, int family, void *arg)
{
    const struct ds_addr *addr = arg;
    const int on = 1;
    g_assert_cmpint(family, ==, addr->ss.ss_family);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return bind(fd, (const struct sockaddr *)&addr->ss, addr->len) < 0 ? DS_ERR_SYSTEM : 0;
}

static int
fail_to_prepare(int fd, int family, void *arg)
{
    errno = *(int *)arg;
    return DS_ERR_SYSTEM;
}

static void
test_prepare(void)
{
    struct ds_addr addr, local, peer;
    struct dialing dialing = {0};
    int listener = dialing_socket("127.0.0.1", 1, &addr);
    close(dialing_socket("127.0.0.1", -1, &local));
    const struct ds_dial_options options = {.proxy = "", .prepare = bind_to, .prepare_arg = &local};
    dialing_run(&dialing, "127.0.0.1", port_of(&addr), &options);
    g_assert_cmpint(dialing.result.err, ==, 0);
    peer.len = sizeof peer.ss;
    getsockname(dialing.result.fd, (struct sockaddr *)&peer.ss, &peer.len);
    g_assert_true(ds_addr_equal(&peer, &local));
    dialing_assert_leads_to(&dialing, listener);
    close(listener);
}

static void
test_prepare_fails(void)
{
    static const struct {
        int os_error;
        const char *text;
    } rows[] = {{EADDRINUSE, "Address already in use"}, {0, "Invalid argument"}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        int os_error = rows[i].os_error;
        struct dialing dialing = {0};
        const struct ds_dial_options options = {
                .proxy = "", .prepare = fail_to_prepare, .prepare_arg = &os_error};
        g_autofree char *detail =
                g_strdup_printf("cannot connect to 127.0.0.1:443: %s", rows[i].text);
        dialing_run(&dialing, "127.0.0.1", 443, &options);
        dialing_assert_failed(&dialing, DS_ERR_UNREACHABLE, detail);
    }
}

/* Nobody listens, and the socket's own port is the one that it dials: it connects to itself. */
static void
test_self_connection(void)
{
    struct ds_addr addr;
    struct dialing dialing = {0};
    close(dialing_socket("127.0.0.1", -1, &addr));
    const struct ds_dial_options options = {.proxy = "", .prepare = bind_to, .prepare_arg = &addr};
    g_autofree char *detail =
            g_strdup_printf("127.0.0.1:%u refused the connection", port_of(&addr));
    dialing_run(&dialing, "127.0.0.1", port_of(&addr), &options);
    dialing_assert_failed(&dialing, DS_ERR_UNREACHABLE, detail);
}

/* Freed before the loop runs; and with a connection, or a look-up, under way. */
static void
test_cancel(void)
{
    static const char *const hosts[] = {"127.0.0.1", "four.test", "stuck.test"};
    struct ds_addr addr;
    int fillers[2];
    int silent = dialing_blackhole("127.0.0.1", &addr, fillers);
    dialing_hold();
    for (gsize i = 0; i < 2 * G_N_ELEMENTS(hosts); i++) {
        struct dialing dialing = {0};
        bool is_stuck = strcmp(hosts[i / 2], "stuck.test") == 0;
        unsigned sockets = dialing_count_sockets();
        dialing_start(&dialing, hosts[i / 2], port_of(&addr), &no_proxy);
        if (i % 2 > 0 && !is_stuck)
            event_base_loop(dialing.base, EVLOOP_ONCE);
        if (is_stuck)
            dialing_await_stuck(1);
        ds_dial_free(dialing.dial);
        event_base_dispatch(dialing.base);
        event_base_free(dialing.base);
        g_assert_cmpuint(dialing.calls, ==, 0);
        if (is_stuck)
            dialing_release();
        g_assert_cmpuint(dialing_count_sockets(), ==, sockets);
        dialing_hold();
    }
    close(fillers[0]);
    close(fillers[1]);
    close(silent);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dial/connects", test_connects);
    g_test_add_func("/dial/refused", test_refused);
    g_test_add_func("/dial/invalid", test_invalid);
    g_test_add_func("/dial/name", test_name);
    g_test_add_func("/dial/many-addresses", test_many_addresses);
    g_test_add_func("/dial/no-such-name", test_no_such_name);
    g_test_add_func("/dial/name-server-silent", test_name_server_silent);
    g_test_add_func("/dial/known", test_known);
    g_test_add_func("/dial/known-refused", test_known_refused);
    g_test_add_func("/dial/resolver-bounded", test_resolver_bounded);
    g_test_add_func("/dial/v6-first", test_v6_first);
    g_test_add_func("/dial/next-at-once", test_next_at_once);
    g_test_add_func("/dial/blackhole", test_blackhole);
    g_test_add_func("/dial/no-address", test_no_address);
    g_test_add_func("/dial/time-out", test_time_out);
    g_test_add_func("/dial/most-telling", test_most_telling);
    g_test_add_func("/dial/prepare", test_prepare);
    g_test_add_func("/dial/prepare-fails", test_prepare_fails);
    g_test_add_func("/dial/self-connection", test_self_connection);
    g_test_add_func("/dial/cancel", test_cancel);
    return g_test_run();
}
