/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A TCP proxy that is far away: what it reads it passes on a given time later, byte for byte and in
 * order, however much is on its way.
 *
 *     bench-delay TARGET_ADDR:PORT ONE_WAY_MS [MBIT QUEUE_KB]
 *
 * With a rate each way is a bottleneck as well: bytes leave it at that rate (10^6 bit/s), so many
 * KB wait before it, and what does not fit there is not read.
 *
 * A connection through loopback stands at once. One that is really that far away stands for its
 * client after a round trip, and for its server half a one later; so nothing of a client is passed
 * on before two ways of SYN and SYN-ACK have passed since accept(), nothing of a server that speaks
 * first before three, and the bytes' own way comes after that.
 *
 * Prints `READY ADDR:PORT`, then for all that arrives `CONNECTION client|server BYTES SECONDS`:
 * connections are numbered from 0, the sender is named, the clock is CLOCK_MONOTONIC.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/addr.h"
#include "net/base/clock.h"

enum {
    PIECE_MAX = 65536,
    PACKET = 1448,               /* what is read at once where there is a rate */
    RECEIVE_BUFFER = 128 * 1024, /* the kernel's, before a bottleneck */
};

/* Bytes that arrived together; none of them is the end. */
struct piece {
    TAILQ_ENTRY(piece) link;
    uint64_t due_us;
    size_t len, passed;
    uint8_t bytes[];
};

struct proxy {
    struct event_base *base;
    struct ds_addr target;
    uint64_t way_us;
    double bytes_per_us; /* 0: as many as come */
    double queue_us;     /* how long the bytes wait that fit before the bottleneck */
    unsigned connections;
};

/* One direction of a connection. */
struct way {
    struct proxy *proxy;
    const char *sender;
    unsigned connection;
    int from, to;
    uint64_t standing_us; /* when the connection would stand where it is really far away */
    double free_us;       /* when the bottleneck has sent all that it has */
    struct event *readable, *writable, *due, *room;
    TAILQ_HEAD(, piece) pieces;
};

/*
 * Return whether all of it is gone. A socket is closed when both ways are done with it: here, at
 * the end of the program.
 */
static bool
pass_on(struct way *way, struct piece *piece)
{
    if (piece->len == 0) {
        shutdown(way->to, SHUT_WR);
        return true;
    }
    ssize_t n = send(way->to, piece->bytes + piece->passed, piece->len - piece->passed,
            MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        shutdown(way->from, SHUT_RD);
        return true;
    }
    piece->passed += n > 0 ? (size_t)n : 0;
    return piece->passed == piece->len;
}

static struct timeval
span(uint64_t us)
{
    return (struct timeval){
            .tv_sec = (time_t)(us / 1000000), .tv_usec = (suseconds_t)(us % 1000000)};
}

static void
arm(struct way *way)
{
    struct piece *first = TAILQ_FIRST(&way->pieces);
    if (first == NULL)
        return;
    uint64_t now_us = ds_clock_us(), wait_us = first->due_us > now_us ? first->due_us - now_us : 0;
    struct timeval wait = span(wait_us);
    event_add(way->due, &wait);
}

static void
on_due(evutil_socket_t fd, short what, void *arg)
{
    struct way *way = arg;
    struct piece *piece;
    while ((piece = TAILQ_FIRST(&way->pieces)) != NULL && piece->due_us <= ds_clock_us()) {
        if (!pass_on(way, piece)) {
            event_add(way->writable, NULL);
            return;
        }
        TAILQ_REMOVE(&way->pieces, piece, link);
        free(piece);
    }
    arm(way);
}

static void
on_room(evutil_socket_t fd, short what, void *arg)
{
    struct way *way = arg;
    event_add(way->readable, NULL);
}

/* Return when bytes that come now have left the bottleneck; read no more while that one is full. */
static uint64_t
queue_up(struct way *way, size_t len, uint64_t now_us)
{
    const struct proxy *proxy = way->proxy;
    if (proxy->bytes_per_us == 0)
        return now_us;
    double begin_us = way->free_us > (double)now_us ? way->free_us : (double)now_us;
    way->free_us = begin_us + (double)len / proxy->bytes_per_us;
    double full_us = way->free_us - (double)now_us - proxy->queue_us;
    if (full_us > 0 && len > 0) {
        struct timeval wait = span((uint64_t)full_us + 1);
        event_del(way->readable);
        event_add(way->room, &wait);
    }
    return (uint64_t)way->free_us;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct way *way = arg;
    struct piece *piece = malloc(sizeof *piece + PIECE_MAX);
    if (piece == NULL)
        err(EXIT_FAILURE, "memory");
    bool is_rated = way->proxy->bytes_per_us > 0;
    ssize_t n = recv(way->from, piece->bytes, is_rated ? PACKET : PIECE_MAX, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        free(piece);
        return;
    }
    uint64_t now_us = ds_clock_us();
    piece->len = n > 0 ? (size_t)n : 0;
    piece->passed = 0;
    uint64_t left_us = queue_up(way, piece->len, now_us);
    piece->due_us = (left_us > way->standing_us ? left_us : way->standing_us) + way->proxy->way_us;
    TAILQ_INSERT_TAIL(&way->pieces, piece, link);
    if (piece == TAILQ_FIRST(&way->pieces))
        arm(way);
    if (n <= 0)
        event_del(way->readable);
    if (is_rated)
        return;
    printf("%u %s %zu %.6f\n", way->connection, way->sender, piece->len, (double)now_us / 1e6);
    fflush(stdout);
}

static void
begin_way(struct proxy *proxy, const char *sender, int from, int to, uint64_t standing_us)
{
    struct way *way = malloc(sizeof *way);
    if (way == NULL)
        err(EXIT_FAILURE, "memory");
    *way = (struct way){.proxy = proxy,
            .sender = sender,
            .connection = proxy->connections,
            .from = from,
            .to = to,
            .standing_us = standing_us};
    TAILQ_INIT(&way->pieces);
    way->readable = event_new(proxy->base, from, EV_READ | EV_PERSIST, on_readable, way);
    way->writable = event_new(proxy->base, to, EV_WRITE, on_due, way);
    way->due = event_new(proxy->base, -1, 0, on_due, way);
    way->room = event_new(proxy->base, -1, 0, on_room, way);
    if (way->readable == NULL || way->writable == NULL || way->due == NULL || way->room == NULL ||
            event_add(way->readable, NULL) != 0)
        errx(EXIT_FAILURE, "no event");
}

static void
on_acceptable(evutil_socket_t listener, short what, void *arg)
{
    struct proxy *proxy = arg;
    int one = 1, client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    uint64_t now_us = ds_clock_us();
    int server = socket(proxy->target.ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (proxy->bytes_per_us > 0) /* the bottleneck's own queue is the one that fills */
        setsockopt(server, SOL_SOCKET, SO_RCVBUF, &(int){RECEIVE_BUFFER}, sizeof(int));
    if (client < 0 || server < 0 ||
            connect(server, (const struct sockaddr *)&proxy->target.ss, proxy->target.len) != 0)
        err(EXIT_FAILURE, "connection");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    begin_way(proxy, "client", client, server, now_us + 2 * proxy->way_us);
    begin_way(proxy, "server", server, client, now_us + 3 * proxy->way_us);
    proxy->connections++;
}

/* Returns a socket that listens on a free loopback port, which `addr` gets. */
static int
listen_anywhere(struct ds_addr *addr)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ds_addr_parse(addr, "127.0.0.1:0", 0) != 0 ||
            bind(fd, (const struct sockaddr *)&addr->ss, addr->len) != 0 || listen(fd, 16) != 0 ||
            getsockname(fd, (struct sockaddr *)&addr->ss, &addr->len) != 0)
        err(EXIT_FAILURE, "listener");
    return fd;
}

/* epoll's own time-outs are rounded to milliseconds. */
static struct event_base *
make_precise_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;
    if (config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
        base = event_base_new_with_config(config);
    if (base == NULL)
        errx(EXIT_FAILURE, "no event loop");
    event_config_free(config);
    return base;
}

int
main(int argc, char **argv)
{
    struct proxy proxy = {0};
    struct ds_addr addr;
    char text[DS_ADDR_TEXT_MAX];

    if ((argc != 3 && argc != 5) || ds_addr_parse(&proxy.target, argv[1], 0) != 0)
        errx(2, "usage: bench-delay TARGET_ADDR:PORT ONE_WAY_MS [MBIT QUEUE_KB]");
    proxy.way_us = (uint64_t)(strtod(argv[2], NULL) * 1000);
    if (argc == 5) {
        proxy.bytes_per_us = strtod(argv[3], NULL) / 8;
        proxy.queue_us = strtod(argv[4], NULL) * 1000 / proxy.bytes_per_us;
    }
    proxy.base = make_precise_base();
    int listener = listen_anywhere(&addr);
    struct event *acceptable =
            event_new(proxy.base, listener, EV_READ | EV_PERSIST, on_acceptable, &proxy);
    if (acceptable == NULL || event_add(acceptable, NULL) != 0)
        errx(EXIT_FAILURE, "no event");
    printf("READY %s\n", ds_addr_format(&addr, text));
    fflush(stdout);
    return event_base_dispatch(proxy.base) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
