/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/stun_udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Room for the one control message that says or sets our address. */
union control {
    struct cmsghdr align;
    uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

int
ds_relay_stun_udp_open(const struct ds_addr *addr, struct ds_addr *bound)
{
    int one = 1, zero = 0, saved;
    bool is_v6 = addr->ss.ss_family == AF_INET6;
    int fd = socket(addr->ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return DS_ERR_SYSTEM;
    if (is_v6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one);
    } else {
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
    }
    *bound = (struct ds_addr){.len = sizeof bound->ss};
    if (bind(fd, (const struct sockaddr *)&addr->ss, addr->len) == 0 &&
            getsockname(fd, (struct sockaddr *)&bound->ss, &bound->len) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return DS_ERR_SYSTEM;
}

/* The address of ours that a datagram was sent to, if the kernel says so. */
static struct ds_addr
own_addr(struct msghdr *msg)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct ds_addr addr = {.len = 0};

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            in4.sin_addr = info.ipi_addr;
            (void)ds_addr_from_sockaddr(&addr, (const struct sockaddr *)&in4, sizeof in4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            in6.sin6_addr = info.ipi6_addr;
            in6.sin6_scope_id = info.ipi6_ifindex;
            (void)ds_addr_from_sockaddr(&addr, (const struct sockaddr *)&in6, sizeof in6);
        }
    }
    return addr;
}

int
ds_relay_stun_udp_receive(int fd, struct ds_relay_datagram *datagram)
{
    union control control;
    struct iovec iov = {.iov_base = datagram->data, .iov_len = sizeof datagram->data};
    struct msghdr msg = {
            .msg_name = &datagram->from.ss,
            .msg_namelen = sizeof datagram->from.ss,
            .msg_iov = &iov,
            .msg_iovlen = 1,
            .msg_control = control.bytes,
            .msg_controllen = sizeof control.bytes,
    };
    ssize_t n = recvmsg(fd, &msg, 0);
    if (n < 0)
        return DS_ERR_AGAIN;
    datagram->len = (size_t)n;
    datagram->from.len = msg.msg_namelen;
    datagram->to = own_addr(&msg);
    datagram->is_cut = (msg.msg_flags & MSG_TRUNC) != 0;
    return 0;
}

static void
put_control(struct msghdr *msg, int level, int type, const void *info, size_t len)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), info, len);
    msg->msg_controllen = CMSG_SPACE(len);
}

static void
set_own_addr(struct msghdr *msg, const struct ds_addr *from)
{
    const struct sockaddr_in *in4 = (const struct sockaddr_in *)&from->ss;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&from->ss;
    if (from->ss.ss_family == AF_INET) {
        struct in_pktinfo info = {.ipi_spec_dst = in4->sin_addr};
        put_control(msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    } else {
        struct in6_pktinfo info = {.ipi6_addr = in6->sin6_addr};
        if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
            info.ipi6_ifindex = in6->sin6_scope_id;
        put_control(msg, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
}

void
ds_relay_stun_udp_send(int fd, const struct ds_addr *to, const struct ds_addr *from,
        const uint8_t *data, size_t len)
{
    union control control = {.bytes = {0}};
    struct ds_addr name = *to;
    struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    struct msghdr msg = {
            .msg_name = &name.ss,
            .msg_namelen = name.len,
            .msg_iov = &iov,
            .msg_iovlen = 1,
    };
    if (from->len != 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = sizeof control.bytes;
        set_own_addr(&msg, from);
    }
    (void)sendmsg(fd, &msg, MSG_NOSIGNAL);
}
