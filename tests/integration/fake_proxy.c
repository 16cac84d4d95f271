/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/fake_proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/dialing.h"

static bool
head_is_complete(const GByteArray *heard)
{
    return heard->len >= 4 && memcmp(heard->data + heard->len - 4, "\r\n\r\n", 4) == 0;
}

/* Returns false when the client has closed. */
static bool
hear(struct fake_proxy *proxy, int fd, gsize read_bytes)
{
    for (gsize i = 0; i < read_bytes; i++) {
        uint8_t byte;
        if (recv(fd, &byte, 1, 0) != 1)
            return false;
        g_byte_array_append(proxy->heard, &byte, 1);
        if (read_bytes == FAKE_HEAD && head_is_complete(proxy->heard))
            break;
    }
    return true;
}

/* Byte by byte, so that the client gets pieces: no_delay() keeps the kernel from joining them. */
static void
say(int fd, const char *text, gsize len)
{
    for (gsize i = 0; i < len; i++)
        if (send(fd, text + i, 1, MSG_NOSIGNAL) != 1)
            return;
}

static void
await_close(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) == 1)
        continue;
}

static void
carry(int fd, const struct ds_addr *target)
{
    int other = socket(target->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int code = connect(other, (const struct sockaddr *)&target->ss, target->len);
    g_assert_cmpint(code, ==, 0);
    struct pollfd both[2] = {{.fd = fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    for (;;) {
        char bytes[512];
        poll(both, 2, -1);
        int from = both[0].revents != 0 ? 0 : 1;
        ssize_t n = recv(both[from].fd, bytes, sizeof bytes, 0);
        if (n <= 0)
            break;
        say(both[1 - from].fd, bytes, (gsize)n);
    }
    close(other);
}

static void
play(struct fake_proxy *proxy, const struct fake_connection *connection, int fd)
{
    gsize left = connection->say_limit_bytes;
    const struct fake_step *step = connection->steps;

    for (; step->read_bytes > 0 && left > 0; step++) {
        if (!hear(proxy, fd, step->read_bytes))
            break;
        gsize len = MIN(step->say_bytes, left);
        say(fd, step->say, len);
        left -= len;
    }
    g_assert_cmpint(eventfd_write(proxy->at_ending, 1), ==, 0);
    if (connection->ending == FAKE_STALL)
        await_close(fd);
    else if (connection->ending == FAKE_CARRY)
        carry(fd, connection->target);
}

static void
no_delay(int fd)
{
    const int on = 1;
    g_assert_cmpint(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), ==, 0);
}

static void *
run(void *arg)
{
    struct fake_proxy *proxy = arg;
    for (gsize i = 0; i < proxy->count; i++) {
        int fd = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
        g_assert_cmpint(fd, >=, 0);
        no_delay(fd);
        play(proxy, &proxy->connections[i], fd);
        close(fd);
    }
    return NULL;
}

void
fake_proxy_start(struct fake_proxy *proxy, const struct fake_connection *connections, gsize count)
{
    *proxy = (struct fake_proxy){.connections = connections, .count = count};
    proxy->listener = dialing_socket("127.0.0.1", 4, &proxy->addr);
    proxy->at_ending = eventfd(0, EFD_CLOEXEC);
    proxy->heard = g_byte_array_new();
    g_assert_cmpint(pthread_create(&proxy->thread, NULL, run, proxy), ==, 0);
}

void
fake_proxy_join(struct fake_proxy *proxy)
{
    g_assert_cmpint(pthread_join(proxy->thread, NULL), ==, 0);
    close(proxy->listener);
    close(proxy->at_ending);
}

void
fake_proxy_clear(struct fake_proxy *proxy)
{
    g_byte_array_unref(proxy->heard);
}
