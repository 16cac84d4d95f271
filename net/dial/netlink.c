/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 32768 }; /* as netlink(7) wants it: the kernel fills no larger ones */

int
ds_netlink_open(uint32_t groups, int flags)
{
    const struct sockaddr_nl here = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
    if (fd < 0)
        return DS_ERR_SYSTEM;
    if (bind(fd, (const struct sockaddr *)&here, sizeof here) < 0) {
        int os_error = errno;
        close(fd);
        errno = os_error;
        return DS_ERR_SYSTEM;
    }
    return fd;
}

static int
ask(int fd, uint16_t type)
{
    struct {
        struct nlmsghdr head;
        struct rtgenmsg body;
    } request = {
            .head = {.nlmsg_len = NLMSG_LENGTH(sizeof request.body),
                    .nlmsg_type = type,
                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
            .body = {.rtgen_family = AF_UNSPEC},
    };
    return send(fd, &request, request.head.nlmsg_len, 0) < 0 ? DS_ERR_SYSTEM : 0;
}

/* Returns 1 when the dump goes on, 0 at its end. */
static int
read_messages(const char *bytes, size_t len, ds_netlink_fn fn, void *arg)
{
    while (len >= NLMSG_HDRLEN) {
        const struct nlmsghdr *message = (const void *)bytes;
        size_t step = NLMSG_ALIGN(message->nlmsg_len);
        if (message->nlmsg_type == NLMSG_DONE)
            return 0;
        if (message->nlmsg_type == NLMSG_ERROR) {
            const struct nlmsgerr *error = NLMSG_DATA(message);
            errno = -error->error;
            return DS_ERR_SYSTEM;
        }
        if (message->nlmsg_len < NLMSG_HDRLEN || step > len)
            break;
        fn(arg, message);
        bytes += step;
        len -= step;
    }
    return 1;
}

int
ds_netlink_dump(int fd, uint16_t type, ds_netlink_fn fn, void *arg)
{
    union {
        struct nlmsghdr first;
        char bytes[READ_BYTES];
    } buffer;
    int more = ask(fd, type);

    if (more < 0)
        return more;
    do {
        ssize_t len = recv(fd, &buffer, sizeof buffer, 0);
        if (len >= 0)
            more = read_messages(buffer.bytes, (size_t)len, fn, arg);
        else
            more = errno == EINTR ? 1 : DS_ERR_SYSTEM;
    } while (more > 0);
    return more;
}

bool
ds_netlink_attribute(const struct nlmsghdr *message, size_t head, int type, void *out, size_t size)
{
    size_t at = NLMSG_SPACE(head);
    struct rtattr attribute;

    while (at + sizeof attribute <= message->nlmsg_len) {
        const char *bytes = (const char *)message + at;
        memcpy(&attribute, bytes, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > message->nlmsg_len - at)
            return false;
        if (attribute.rta_type == type && attribute.rta_len >= RTA_LENGTH(size)) {
            memcpy(out, bytes + RTA_LENGTH(0), size);
            return true;
        }
        at += RTA_ALIGN(attribute.rta_len);
    }
    return false;
}
