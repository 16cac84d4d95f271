/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The addresses of this machine and word of their change, in a network of the test's own. */
#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/dial/interfaces.h"
#include "tests/lib/own_net.h"

enum { DEADLINE_MS = 20000, CAP = 16, COARSE_MS = 10 /* of the clock that libevent reads */ };

/* An interface with a cable in it; the other end is in the wall. */
static void
open_network(void)
{
    own_net_ip("link set lo up\n"
               "link add home type veth peer name wall\n"
               "link set wall up\n"
               "link set home up\n");
    own_net_await("home", TRUE);
}

static void
close_network(void)
{
    own_net_ip("link delete home\n");
}

/* ---- the list ---- */

/* Returns all addresses in one line, owned. */
static char *
listed(void)
{
    struct ds_addr all[CAP];
    size_t count = ds_interfaces_list(all, CAP);
    GString *line = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        char text[DS_ADDR_TEXT_MAX];
        g_assert_cmpuint(ds_addr_port(&all[i]), ==, 0);
        g_string_append_printf(line, "%s%s", i > 0 ? " " : "", ds_addr_format_host(&all[i], text));
    }
    return g_string_free(line, FALSE);
}

static void
assert_listed(const char *expected)
{
    g_autofree char *line = listed();
    g_assert_cmpstr(line, ==, expected);
}

static void
test_none(void)
{
    open_network();
    assert_listed(""); /* loopback and link-local addresses are there */
    close_network();
}

static void
test_order(void)
{
    open_network();
    own_net_ip("address add 10.0.0.2/24 dev home\n"
               "address add fd00::2/64 dev home nodad\n"
               "link add office type veth peer name floor\n"
               "link set floor up\n"
               "link set office up\n"
               "address add 192.168.1.2/24 dev office\n"
               "address add 192.168.1.3/24 dev office\n"
               "address add 2001:db8::2/64 dev office nodad\n");
    own_net_await("office", TRUE);
    assert_listed("10.0.0.2 192.168.1.2 192.168.1.3 fd00::2 2001:db8::2");
    own_net_ip("route add default via 192.168.1.1 metric 600\n"
               "route add default via 2001:db8::1 metric 700\n");
    assert_listed("192.168.1.2 192.168.1.3 2001:db8::2 10.0.0.2 fd00::2");
    own_net_ip("route add default via 10.0.0.1 metric 100\n");
    assert_listed("10.0.0.2 192.168.1.2 192.168.1.3 2001:db8::2 fd00::2");
    own_net_ip("route add default metric 50 nexthop via 192.168.1.1 nexthop via 10.0.0.1\n");
    assert_listed("192.168.1.2 192.168.1.3 10.0.0.2 2001:db8::2 fd00::2");

    struct ds_addr two[2];
    char text[DS_ADDR_TEXT_MAX];
    g_assert_cmpuint(ds_interfaces_list(two, 2), ==, 2);
    g_assert_cmpstr(ds_addr_format_host(&two[1], text), ==, "192.168.1.3");
    own_net_ip("link delete office\n");
    assert_listed("10.0.0.2 fd00::2");
    close_network();
}

/* Those at which nobody is reached. */
static void
test_unusable(void)
{
    struct ds_interface all[CAP];
    open_network();
    own_net_ip("address add 10.0.0.2/24 dev home\n"
               "address add 169.254.3.4/16 dev home\n" /* ds_interfaces_read() has it */
               "address add fe80::1234/64 dev home nodad\n"
               "address add fd00::2/64 dev home nodad\n"
               "address add fd00::3/64 dev home nodad preferred_lft 0\n"
               "link add off type veth peer name on\n"
               "link set on up\n"
               "address add 192.168.7.7/24 dev off\n"
               /* The other end of it does not answer: no cable. */
               "link add unplugged type veth peer name plug\n"
               "link set unplugged up\n"
               "address add 192.168.8.8/24 dev unplugged\n");
    own_net_await("unplugged", FALSE);
    assert_listed("10.0.0.2 fd00::2");
    g_assert_cmpuint(ds_interfaces_read(all, CAP), ==, 3);
    g_assert_cmpuint(all[0].prefix_bits, ==, 24);
    g_assert_cmpuint(all[1].prefix_bits, ==, 16);
    g_assert_cmpuint(all[2].prefix_bits, ==, 64);
    own_net_ip("link set off up\n"
               "link set plug up\n");
    own_net_await("off", TRUE);
    own_net_await("unplugged", TRUE);
    assert_listed("10.0.0.2 192.168.7.7 192.168.8.8 fd00::2");
    own_net_ip("link delete off\n"
               "link delete unplugged\n");
    close_network();
}

/* Open a tunnel that is there while the fd is; -1 where the machine has none. */
static int
open_tunnel(void)
{
    struct ifreq request = {.ifr_name = "tunnel", .ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd >= 0)
        g_assert_cmpint(ioctl(fd, TUNSETIFF, &request), ==, 0);
    return fd;
}

static void
test_tunnel(void)
{
    struct ds_interface all[CAP];
    int fd = open_tunnel();
    if (fd < 0) {
        g_test_skip("no /dev/net/tun");
        return;
    }
    open_network();
    own_net_ip("address add 10.0.0.2/24 dev home\n"
               "route add default via 10.0.0.1 metric 100\n"
               "link set tunnel up\n"
               "address add 10.9.0.2 peer 10.9.0.1 dev tunnel\n");
    own_net_await("tunnel", TRUE);
    g_assert_cmpuint(ds_interfaces_read(all, CAP), ==, 2);
    g_assert_true(all[0].has_default_route);
    g_assert_cmpuint(all[0].metric, ==, 100);
    g_assert_false(all[0].is_point_to_point);
    g_assert_false(all[1].has_default_route);
    g_assert_true(all[1].is_point_to_point);
    assert_listed("10.0.0.2 10.9.0.2"); /* ours, not the other end's */
    close_network();
    close(fd);
}

/* ---- the watch ---- */

struct watching {
    struct event_base *base;
    struct ds_interfaces_watch *watch;
    unsigned calls;
    gboolean frees, is_late;
};

static void
on_change(void *arg, bool has_moved)
{
    struct watching *watching = arg;
    watching->calls++;
    if (watching->frees) {
        ds_interfaces_watch_free(watching->watch);
        watching->watch = NULL;
    }
    event_base_loopbreak(watching->base);
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
    struct watching *watching = arg;
    watching->is_late = TRUE;
    event_base_loopbreak(watching->base);
}

/* Run the loop until there was a call, or for `time_ms`; returns how long that took. */
static uint64_t
run_for(struct watching *watching, unsigned time_ms)
{
    struct timeval time = ds_clock_timeval(time_ms);
    uint64_t begin_us = ds_clock_us();
    watching->is_late = FALSE;
    event_base_once(watching->base, -1, EV_TIMEOUT, on_end, watching, &time);
    event_base_dispatch(watching->base);
    return (ds_clock_us() - begin_us) / 1000;
}

static void
watch_begin(struct watching *watching)
{
    open_network();
    *watching = (struct watching){.base = event_base_new()};
    g_assert_cmpint(
            ds_interfaces_watch_new(&watching->watch, watching->base, on_change, watching), ==, 0);
}

static void
watch_end(struct watching *watching)
{
    ds_interfaces_watch_free(watching->watch);
    event_base_free(watching->base);
    close_network();
}

static void
assert_told(struct watching *watching, const char *script)
{
    unsigned before = watching->calls;
    own_net_ip(script);
    uint64_t elapsed_ms = run_for(watching, DEADLINE_MS);
    g_assert_false(watching->is_late);
    g_assert_cmpuint(watching->calls, ==, before + 1);
    g_assert_cmpuint(elapsed_ms + COARSE_MS, >=, DS_INTERFACES_SETTLE_MS);
}

/* The next change is told of, and it is the first that was: nothing came before it. */
static void
assert_not_told(struct watching *watching, const char *script)
{
    unsigned before = watching->calls;
    own_net_ip(script);
    run_for(watching, 2 * DS_INTERFACES_SETTLE_MS);
    g_assert_true(watching->is_late);
    g_assert_cmpuint(watching->calls, ==, before);
}

static void
test_changes(void)
{
    struct watching watching;
    watch_begin(&watching);
    assert_told(&watching, "address add 10.0.0.2/24 dev home\n");
    assert_told(&watching, "address add fd00::2/64 dev home nodad\n");
    assert_told(&watching, "route add default via 10.0.0.1\n");
    assert_told(&watching, "link set home down\n");
    assert_told(&watching, "link set home up\n");
    assert_told(&watching, "address delete 10.0.0.2/24 dev home\n");
    watch_end(&watching);
}

/* Of those that the network gave, the one that is for a time only comes first. */
static void
test_temporary(void)
{
    struct watching watching;
    struct ds_interface all[CAP];
    watch_begin(&watching);
    own_net_write("/proc/sys/net/ipv6/conf/home/accept_dad", "0");
    own_net_write("/proc/sys/net/ipv6/conf/home/use_tempaddr", "2");
    own_net_ip("address add 2001:db8::2/64 dev home nodad\n"
               "address add 2001:db8:1::2/64 dev home nodad mngtmpaddr\n");
    while (ds_interfaces_read(all, CAP) < 3) { /* the kernel makes it a little later */
        run_for(&watching, DEADLINE_MS);
        g_assert_false(watching.is_late);
    }
    g_assert_true(all[0].is_temporary);
    g_assert_false(all[1].is_temporary);
    g_assert_false(all[2].is_temporary);
    watch_end(&watching);
}

/* All of it at once is one change. */
static void
test_together(void)
{
    struct watching watching;
    watch_begin(&watching);
    assert_told(&watching, "address add 10.0.0.2/24 dev home\n"
                           "address add 10.0.0.3/24 dev home\n"
                           "route add default via 10.0.0.1\n"
                           "address delete 10.0.0.3/24 dev home\n");
    assert_not_told(&watching, "");
    watch_end(&watching);
}

/* A router that confirms an address, and what does not concern us. */
static void
test_nothing_new(void)
{
    struct watching watching;
    watch_begin(&watching);
    assert_told(
            &watching, "address add fd00::2/64 dev home nodad valid_lft 500 preferred_lft 400\n");
    assert_not_told(&watching,
            "address replace fd00::2/64 dev home nodad valid_lft 600 preferred_lft 500\n");
    assert_not_told(&watching, "address add 127.0.0.2/8 dev lo\n"
                               "address delete 127.0.0.2/8 dev lo\n"
                               "route add 10.7.0.0/16 dev home\n");
    watch_end(&watching);
}

struct flood {
    struct watching *watching;
    struct event *again;
    unsigned steps;
};

static void
on_flood(evutil_socket_t fd, short what, void *arg)
{
    struct flood *flood = arg;
    g_autofree char *script = g_strdup_printf(
            "address %s 10.8.0.9/24 dev home\n", flood->steps++ % 2 == 0 ? "add" : "delete");
    struct timeval soon = ds_clock_timeval(DS_INTERFACES_SETTLE_MS / 8);
    own_net_ip(script);
    evtimer_add(flood->again, &soon);
}

/* Changes that never end do not put off the call. */
static void
test_flow(void)
{
    struct watching watching;
    watch_begin(&watching);
    struct flood flood = {.watching = &watching};
    struct timeval now = {0};
    flood.again = evtimer_new(watching.base, on_flood, &flood);
    evtimer_add(flood.again, &now);
    own_net_ip("address add 10.0.0.2/24 dev home\n");
    run_for(&watching, DEADLINE_MS);
    g_assert_false(watching.is_late);
    g_assert_cmpuint(watching.calls, ==, 1);
    g_assert_cmpuint(flood.steps, >=, 2);
    event_free(flood.again);
    watch_end(&watching);
}

/* More word than the socket holds: some of it is lost, and the change is told of. */
static void
test_overflow(void)
{
    struct watching watching;
    g_autoptr(GString) script = g_string_new(NULL);
    for (unsigned i = 0; i < 2000; i++)
        g_string_append_printf(script, "address add 10.8.%u.%u/32 dev home\n", i / 200, i % 200);
    watch_begin(&watching);
    assert_told(&watching, script->str);
    assert_told(&watching, "address add 10.0.0.2/24 dev home\nroute add default via 10.0.0.1\n");
    watch_end(&watching);
}

static void
test_freed_inside(void)
{
    struct watching watching;
    watch_begin(&watching);
    watching.frees = TRUE;
    assert_told(&watching, "address add 10.0.0.2/24 dev home\n");
    g_assert_null(watching.watch);
    watch_end(&watching);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(void);
    } tests[] = {
            {"/interfaces/none", test_none},
            {"/interfaces/order", test_order},
            {"/interfaces/unusable", test_unusable},
            {"/interfaces/tunnel", test_tunnel},
            {"/interfaces/watch/changes", test_changes},
            {"/interfaces/watch/temporary", test_temporary},
            {"/interfaces/watch/together", test_together},
            {"/interfaces/watch/nothing-new", test_nothing_new},
            {"/interfaces/watch/flow", test_flow},
            {"/interfaces/watch/overflow", test_overflow},
            {"/interfaces/watch/freed-inside", test_freed_inside},
    };
    g_test_init(&argc, &argv, NULL);
    if (!own_net_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had\n");
        return 0;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].run);
    return g_test_run();
}
