/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One port that several connections and a listener share, and that nobody else gets. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "net/base/addr.h"
#include "net/base/limits.h"
#include "net/dial/local_port.h"
#include "tests/lib/own_net.h"

/* ---- a machine without a family ---- */

static int missing_family = AF_UNSPEC;

/* In place of libc's. */
int
socket(int family, int type, int protocol)
{
    if (family == missing_family) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return (int)syscall(SYS_socket, family, type, protocol);
}

/* ---- helpers ---- */

static gboolean is_own_net;

static struct ds_local_port *
claim(void)
{
    struct ds_local_port *port = NULL;
    g_assert_cmpint(ds_local_port_claim(&port), ==, 0);
    return port;
}

static struct ds_addr
loopback(int family, uint16_t number)
{
    g_autofree char *text =
            g_strdup_printf(family == AF_INET ? "127.0.0.1:%u" : "[::1]:%u", (unsigned)number);
    struct ds_addr addr;
    g_assert_cmpint(ds_addr_parse(&addr, text, number), ==, 0);
    return addr;
}

static struct ds_addr
name_of(int fd, int (*getname)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    struct ds_addr addr;
    g_assert_cmpint(getname(fd, (struct sockaddr *)&ss, &len), ==, 0);
    g_assert_cmpint(ds_addr_from_sockaddr(&addr, (struct sockaddr *)&ss, len), ==, 0);
    return addr;
}

static struct ds_addr
own_name(int fd)
{
    return name_of(fd, getsockname);
}

static int
listen_somewhere(int family, struct ds_addr *addr)
{
    int fd = socket(family, SOCK_STREAM, 0);
    *addr = loopback(family, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&addr->ss, addr->len), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    *addr = own_name(fd);
    return fd;
}

/* A connection from the port to `to`; *os_error tells why there is none. */
static int
connect_from(struct ds_local_port *port, const struct ds_addr *to, int *os_error)
{
    int fd = socket(to->ss.ss_family, SOCK_STREAM, 0);
    g_assert_cmpint(ds_local_port_bind(fd, to->ss.ss_family, port), ==, 0);
    *os_error = connect(fd, (const struct sockaddr *)&to->ss, to->len) < 0 ? errno : 0;
    return fd;
}

/* Bind as a server does that knows nothing of ours: returns 0 or an errno. */
static int
bind_as_server(int family, uint16_t number)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(number)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(number)};
    const int on = 1;
    int fd = socket(family, SOCK_STREAM, 0);
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), ==, 0);
    int os_error = 0;
    if (family == AF_INET6)
        g_assert_cmpint(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on), ==, 0);
    if (family == AF_INET ? bind(fd, (struct sockaddr *)&in4, sizeof in4) < 0
                          : bind(fd, (struct sockaddr *)&in6, sizeof in6) < 0)
        os_error = errno;
    close(fd);
    return os_error;
}

static int
bind_in_another_process(int family, uint16_t number)
{
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0)
        _exit(bind_as_server(family, number));
    int status;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A connection to a server of its own, which sees it come from the port. */
static void
connect_out(struct ds_local_port *port, const struct ds_addr *here, int *server, int *out,
        struct ds_addr *there)
{
    int os_error;
    *server = listen_somewhere(here->ss.ss_family, there);
    *out = connect_from(port, there, &os_error);
    g_assert_cmpint(os_error, ==, 0);
    int accepted = accept(*server, NULL, NULL);
    struct ds_addr from = name_of(accepted, getpeername);
    g_assert_true(ds_addr_equal(&from, here));
    close(accepted);
}

/* Two connections out and one in, at the same time, all of the one port. */
static void
check_shared(struct ds_local_port *port, int family)
{
    struct ds_addr here = loopback(family, ds_local_port_number(port)), there, from;
    int servers[2], out[2], os_error;

    connect_out(port, &here, &servers[0], &out[0], &there);
    int listener = ds_local_port_listen(port, family); /* between them: neither order matters */
    g_assert_cmpint(listener, >=, 0);
    int again = connect_from(port, &there, &os_error);
    g_assert_cmpint(os_error, ==, EADDRNOTAVAIL); /* the same two ends a second time */
    connect_out(port, &here, &servers[1], &out[1], &there);

    int caller = socket(family, SOCK_STREAM, 0);
    g_assert_cmpint(connect(caller, (struct sockaddr *)&here.ss, here.len), ==, 0);
    int accepted = accept(listener, NULL, NULL);
    from = name_of(accepted, getpeername);
    there = own_name(caller);
    g_assert_true(ds_addr_equal(&from, &there));

    g_assert_cmpint(bind_in_another_process(family, ds_local_port_number(port)), ==, EADDRINUSE);
    const int all[] = {again, accepted, caller, listener, out[0], out[1], servers[0], servers[1]};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        close(all[i]);
}

/* ---- tests ---- */

static void
test_number(void)
{
    struct ds_local_port *one = claim(), *other = claim();
    g_assert_cmpuint(ds_local_port_number(one), >=, DS_PUNCH_PORT_MIN);
    g_assert_cmpuint(ds_local_port_number(one), <=, DS_PUNCH_PORT_MAX);
    g_assert_cmpuint(ds_local_port_number(one), !=, ds_local_port_number(other));
    ds_local_port_unref(one);
    ds_local_port_unref(other);
    ds_local_port_unref(NULL);
}

static void
test_shared(gconstpointer family)
{
    struct ds_local_port *port = claim();
    check_shared(port, GPOINTER_TO_INT(family));
    ds_local_port_unref(port);
}

/* As long as there is one reference, and no longer. */
static void
test_held(void)
{
    const int families[] = {AF_INET, AF_INET6};
    struct ds_local_port *port = claim();
    uint16_t number = ds_local_port_number(port);

    g_assert_true(ds_local_port_ref(port) == port);
    ds_local_port_unref(port);
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++)
        g_assert_cmpint(bind_in_another_process(families[i], number), ==, EADDRINUSE);
    ds_local_port_unref(port);
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++)
        g_assert_cmpint(bind_in_another_process(families[i], number), ==, 0);
    g_assert_cmpint(ds_local_port_claim_between(&port, number, number), ==, 0);
    ds_local_port_unref(port);
}

/* Nobody accepts at a port that is held and not listened on. */
static void
test_claim_takes_no_connection(void)
{
    struct ds_local_port *port = claim();
    struct ds_addr addr = loopback(AF_INET, ds_local_port_number(port));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&addr.ss, addr.len), <, 0);
    g_assert_cmpint(errno, ==, ECONNREFUSED);
    close(fd);
    ds_local_port_unref(port);
}

/* Free in one family is not free. */
static void
test_all_taken(void)
{
    struct ds_local_port *held = claim(), *port = NULL;
    uint16_t number = ds_local_port_number(held);

    g_assert_cmpint(ds_local_port_claim_between(&port, number, number), ==, DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EADDRINUSE);
    ds_local_port_unref(held);

    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct ds_addr addr = loopback(AF_INET6, number);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&addr.ss, addr.len), ==, 0);
    g_assert_cmpint(ds_local_port_claim_between(&port, number, number), ==, DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EADDRINUSE);
    g_assert_null(port);
    close(fd);
    g_assert_cmpint(ds_local_port_claim_between(&port, number, number), ==, 0);
    ds_local_port_unref(port);
}

/* The only free one of a range is found, wherever the search begins. */
static void
test_one_left(void)
{
    enum { RANGE = 4 };
    struct ds_local_port *held[RANGE] = {NULL};
    const uint16_t least =
            (uint16_t)g_test_rand_int_range(DS_PUNCH_PORT_MIN, DS_PUNCH_PORT_MAX - RANGE);
    for (size_t i = 0; i < RANGE; i++)
        if (ds_local_port_claim_between(&held[i], least, (uint16_t)(least + RANGE - 1)) < 0)
            g_assert_cmpint(errno, ==, EADDRINUSE);
    for (size_t i = 0; i < RANGE; i++) {
        if (held[i] == NULL)
            continue; /* somebody else's */
        uint16_t number = ds_local_port_number(held[i]);
        ds_local_port_unref(held[i]);
        g_assert_cmpint(
                ds_local_port_claim_between(&held[i], least, (uint16_t)(least + RANGE - 1)), ==, 0);
        g_assert_cmpuint(ds_local_port_number(held[i]), ==, number);
    }
    for (size_t i = 0; i < RANGE; i++)
        ds_local_port_unref(held[i]);
}

/* A connection that ended here leaves its two ends in TIME_WAIT: another number is dealt. */
static void
test_time_wait(void)
{
    struct ds_local_port *port = claim();
    uint16_t number = ds_local_port_number(port);
    struct ds_addr addr;
    char byte;
    int os_error, server = listen_somewhere(AF_INET, &addr);
    int fd = connect_from(port, &addr, &os_error);
    g_assert_cmpint(os_error, ==, 0);
    int accepted = accept(server, NULL, NULL);

    shutdown(fd, SHUT_WR);
    g_assert_cmpint(recv(accepted, &byte, 1, 0), ==, 0);
    close(accepted);
    g_assert_cmpint(recv(fd, &byte, 1, 0), ==, 0);
    close(fd);
    close(server);
    ds_local_port_unref(port);
    g_assert_cmpint(ds_local_port_claim_between(&port, number, number), ==, DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EADDRINUSE);
}

/* Without IPv6 it is a port of IPv4, and the other way round; with neither it is none. */
static void
test_missing_family(gconstpointer missing)
{
    const int family = GPOINTER_TO_INT(missing) == AF_INET6 ? AF_INET : AF_INET6;
    missing_family = GPOINTER_TO_INT(missing);
    struct ds_local_port *port = claim();
    check_shared(port, family);
    g_assert_cmpint(ds_local_port_listen(port, missing_family), ==, DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EAFNOSUPPORT);
    ds_local_port_unref(port);
    missing_family = AF_UNSPEC;
}

/* The kernel deals four ports, and one of them is a connection's. */
static void
test_kernels_range(void)
{
    enum { RANGE = 4, FIRST = 30000 };
    struct ds_local_port *held[RANGE] = {NULL};
    struct ds_addr there;

    if (!is_own_net) {
        g_test_skip("no network of one's own can be had");
        return;
    }
    int server = listen_somewhere(AF_INET, &there);
    int fd = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0);
    own_net_write("/proc/sys/net/ipv4/ip_local_port_range", "30000 30003");
    g_assert_cmpint(connect(fd, (struct sockaddr *)&there.ss, there.len), ==, 0);
    struct ds_addr taken = own_name(fd);
    for (size_t i = 0; i < RANGE - 1; i++) {
        g_assert_cmpint(ds_local_port_claim_between(&held[i], FIRST, FIRST + RANGE - 1), ==, 0);
        g_assert_cmpuint(ds_local_port_number(held[i]), !=, ds_addr_port(&taken));
    }
    g_assert_cmpint(ds_local_port_claim_between(&held[RANGE - 1], FIRST, FIRST + RANGE - 1), ==,
            DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EADDRINUSE);
    /* Nor does the kernel deal one of ours. */
    g_assert_cmpint(connect(other, (struct sockaddr *)&there.ss, there.len), <, 0);
    g_assert_cmpint(errno, ==, EADDRNOTAVAIL);
    for (size_t i = 0; i < RANGE; i++)
        ds_local_port_unref(held[i]);
    g_assert_cmpint(connect(other, (struct sockaddr *)&there.ss, there.len), ==, 0);
    own_net_write("/proc/sys/net/ipv4/ip_local_port_range", "32768 60999");
    close(other);
    close(fd);
    close(server);
}

int
main(int argc, char **argv)
{
    const gconstpointer v4 = GINT_TO_POINTER(AF_INET), v6 = GINT_TO_POINTER(AF_INET6);
    g_test_init(&argc, &argv, NULL);
    is_own_net = own_net_enter(); /* better, since nobody else's ports are there */
    if (is_own_net)
        own_net_ip("link set lo up\n");
    g_test_add_func("/local-port/number", test_number);
    g_test_add_data_func("/local-port/shared/ipv4", v4, test_shared);
    g_test_add_data_func("/local-port/shared/ipv6", v6, test_shared);
    g_test_add_func("/local-port/held", test_held);
    g_test_add_func("/local-port/takes-no-connection", test_claim_takes_no_connection);
    g_test_add_func("/local-port/all-taken", test_all_taken);
    g_test_add_func("/local-port/one-left", test_one_left);
    g_test_add_func("/local-port/time-wait", test_time_wait);
    g_test_add_data_func("/local-port/without-ipv6", v6, test_missing_family);
    g_test_add_data_func("/local-port/without-ipv4", v4, test_missing_family);
    g_test_add_func("/local-port/kernels-range", test_kernels_range);
    return g_test_run();
}
