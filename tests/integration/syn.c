/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of a SYN: an answer, a RST, or ICMP from a router on the way. */
#include "net/punch/syn.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "net/base/addr.h"
#include "tests/lib/own_net.h"

enum { PORT = 7000, CLOSED = 7001 };

/* ---- a home, and the router that is all there is outside ---- */

static struct own_net_home networks;

static gboolean
enter_networks(void)
{
    if (!own_net_enter_home(&networks))
        return FALSE;
    own_net_switch(networks.outside);
    own_net_write("/proc/sys/net/ipv4/ip_forward", "1");
    own_net_write("/proc/sys/net/ipv6/conf/all/forwarding", "1");
    own_net_ip("address add 2001:db8::1/64 dev wan nodad\n"
               "route add unreachable 203.0.113.0/24\n"
               "route add unreachable 2001:db8:1::/64\n");
    own_net_switch(networks.home);
    own_net_ip("address add 2001:db8::20/64 dev lan nodad\n"
               "route add default via 2001:db8::1\n");
    return TRUE;
}

/* ---- one SYN from there ---- */

static struct ds_addr
address(const char *text, guint16 port)
{
    struct ds_addr addr;
    g_assert_cmpint(ds_addr_parse(&addr, text, port), ==, 0);
    return addr;
}

static int
listen_outside(const char *text)
{
    struct ds_addr addr = address(text, PORT);
    own_net_switch(networks.outside);
    int fd = socket(addr.ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&addr.ss, addr.len), ==, 0);
    g_assert_cmpint(listen(fd, 1), ==, 0);
    own_net_switch(networks.home);
    return fd;
}

/* Returns 0 or errno; what is left of the socket is in `fd`. */
static int
send_syn(const char *text, guint16 port, bool *by_icmp, int *fd)
{
    struct ds_addr addr = address(text, port);
    struct ds_local_port *local;
    g_assert_cmpint(ds_local_port_claim(&local), ==, 0);
    *fd = ds_syn_open(local, addr.ss.ss_family);
    ds_local_port_unref(local);
    g_assert_cmpint(*fd, >=, 0);
    g_assert_cmpint(connect(*fd, (struct sockaddr *)&addr.ss, addr.len), ==, -1);
    g_assert_cmpint(errno, ==, EINPROGRESS);
    struct pollfd answer = {.fd = *fd, .events = POLLOUT};
    g_assert_cmpint(poll(&answer, 1, 10000), ==, 1);
    return ds_syn_answer(*fd, by_icmp);
}

static void
assert_refused(const char *text, guint16 port, int error, bool by_icmp)
{
    bool is_so;
    int fd;
    g_assert_cmpint(send_syn(text, port, &is_so, &fd), ==, error);
    g_assert_cmpint(is_so, ==, by_icmp);
    close(fd);
}

static void
test_rst(void)
{
    assert_refused("192.168.1.1", CLOSED, ECONNREFUSED, false);
    assert_refused("2001:db8::1", CLOSED, ECONNREFUSED, false);
}

static void
test_icmp(void)
{
    assert_refused("203.0.113.5", PORT, EHOSTUNREACH, true);
    assert_refused("2001:db8:1::5", PORT, ENETUNREACH, true);
}

/* Else ICMP would end the connection. */
static gboolean
hears_icmp(int fd, int level, int option)
{
    int is_on;
    socklen_t len = sizeof is_on;
    g_assert_cmpint(getsockopt(fd, level, option, &is_on, &len), ==, 0);
    return is_on != 0;
}

static void
assert_answered(const char *text, int level, int option)
{
    bool by_icmp;
    int fd, listener = listen_outside(text);
    g_assert_cmpint(send_syn(text, PORT, &by_icmp, &fd), ==, 0);
    g_assert_false(by_icmp);
    g_assert_false(hears_icmp(fd, level, option));
    close(fd);
    close(listener);
}

static void
test_answered(void)
{
    assert_answered("192.168.1.1", IPPROTO_IP, IP_RECVERR);
    assert_answered("2001:db8::1", IPPROTO_IPV6, IPV6_RECVERR);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!enter_networks()) {
        g_print("1..0 # SKIP no network of one's own can be had\n");
        return 0;
    }
    g_test_add_func("/syn/rst", test_rst);
    g_test_add_func("/syn/icmp", test_icmp);
    g_test_add_func("/syn/answered", test_answered);
    return g_test_run();
}
