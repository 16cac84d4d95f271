/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/syn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LAST_HOP = 1 };

/* ip(7): what ICMP says is kept in the socket's error queue. The other family's option fails. */
static void
hear_icmp(int fd, int is_on)
{
    (void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &is_on, sizeof is_on);
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &is_on, sizeof is_on);
}

/* Without it the connection is as any other: what it is for shows where that does not do. */
static void
set(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

void
ds_syn_limit_segments(int fd, uint16_t mss)
{
    if (mss != 0)
        set(fd, IPPROTO_TCP, TCP_MAXSEG, mss);
}

void
ds_syn_keep_near(int fd, uint8_t hops)
{
    set(fd, IPPROTO_IP, IP_TTL, hops);
    set(fd, IPPROTO_IP, IP_MINTTL, LAST_HOP + 1);
}

void
ds_syn_let_go(int fd)
{
    set(fd, IPPROTO_IP, IP_TTL, -1);
}

/* Takes `fd`, of which the bind() has ended with `err`. */
static int
finish_open(int fd, int err)
{
    if (err < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return DS_ERR_SYSTEM;
    }
    hear_icmp(fd, 1);
    return fd;
}

static int
open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int
ds_syn_open(struct ds_local_port *port, int family)
{
    int fd = open_socket(family);
    return fd < 0 ? DS_ERR_SYSTEM : finish_open(fd, ds_local_port_bind(fd, family, port));
}

static int
bind_v4(int fd, uint16_t *number)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(*number)};
    socklen_t len = sizeof in4;

    if (bind(fd, (const struct sockaddr *)&in4, sizeof in4) < 0 ||
            getsockname(fd, (struct sockaddr *)&in4, &len) < 0)
        return DS_ERR_SYSTEM;
    *number = ntohs(in4.sin_port);
    return 0;
}

int
ds_syn_open_any(uint16_t *number)
{
    int fd = open_socket(AF_INET);
    return fd < 0 ? DS_ERR_SYSTEM : finish_open(fd, bind_v4(fd, number));
}

/* A connection that stands survives an ICMP error, which is an error of its socket all the same. */
static bool
stands(int fd)
{
    struct sockaddr_storage remote;
    socklen_t len = sizeof remote;
    return getpeername(fd, (struct sockaddr *)&remote, &len) == 0;
}

int
ds_syn_answer(int fd, bool *by_icmp)
{
    int error = 0;
    socklen_t len = sizeof error;
    char byte;
    *by_icmp = false;
    bool is_up = stands(fd);
    if (is_up)
        hear_icmp(fd, 0); /* and then take what it said before, which would end the connection */
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    if (is_up)
        return 0;
    *by_icmp = recv(fd, &byte, sizeof byte, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0;
    return error;
}
