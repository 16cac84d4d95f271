/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/far_line.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/clock.h"

enum { PIECE_BYTES = 1448, SOCKET_BYTES = 16 * 1024, RETRY_US = 1000 };

struct piece {
    uint64_t due_us;
    size_t len, sent;
    uint8_t bytes[PIECE_BYTES];
};

struct way {
    struct far_line *line;
    int from, to;
    struct event *readable, *timer;
    GQueue pieces;
    uint64_t busy_until_us; /* what was read has left for the other end by then */
    uint64_t passed;
    gboolean is_ended;
};

struct far_line {
    struct far_line_config config;
    int fds[2];
    struct way ways[2]; /* from end 0, and from end 1 */
};

static void
set_timer(struct way *way, uint64_t at_us)
{
    uint64_t now_us = ds_clock_us(), wait_us = at_us > now_us ? at_us - now_us : 0;
    struct timeval wait = {(time_t)(wait_us / 1000000), (suseconds_t)(wait_us % 1000000)};
    evtimer_add(way->timer, &wait);
}

static gboolean
has_room(const struct way *way)
{
    const struct far_line_config *config = &way->line->config;
    uint64_t queue_us = config->queue_bytes * 1000000 / config->bps;
    return way->busy_until_us <= ds_clock_us() + queue_us;
}

/* Write what is due; returns when to go on. */
static uint64_t
pass_on(struct way *way)
{
    struct piece *piece;
    while ((piece = g_queue_peek_head(&way->pieces)) != NULL) {
        if (piece->due_us > ds_clock_us())
            return piece->due_us;
        ssize_t n =
                send(way->to, piece->bytes + piece->sent, piece->len - piece->sent, MSG_NOSIGNAL);
        if (n > 0)
            way->passed += (uint64_t)n;
        piece->sent += n > 0 ? (size_t)n : 0;
        if (piece->sent < piece->len && n < 0 && errno != EAGAIN)
            piece->sent = piece->len; /* its reader is gone */
        if (piece->sent < piece->len)
            return ds_clock_us() + RETRY_US;
        g_free(g_queue_pop_head(&way->pieces));
    }
    if (way->is_ended)
        shutdown(way->to, SHUT_WR);
    return UINT64_MAX;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct way *way = arg;
    uint64_t due_us = pass_on(way);
    if (!way->is_ended && has_room(way))
        event_add(way->readable, NULL);
    else if (!way->is_ended)
        due_us = MIN(due_us, ds_clock_us() + RETRY_US);
    if (due_us != UINT64_MAX)
        set_timer(way, due_us);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct way *way = arg;
    const struct far_line_config *config = &way->line->config;
    while (!way->is_ended && has_room(way)) {
        struct piece *piece = g_new(struct piece, 1);
        ssize_t n = recv(way->from, piece->bytes, sizeof piece->bytes, MSG_DONTWAIT);
        if (n <= 0) {
            way->is_ended = n == 0 || errno != EAGAIN;
            g_free(piece);
            break;
        }
        way->busy_until_us = MAX(way->busy_until_us, ds_clock_us());
        way->busy_until_us += (uint64_t)n * 1000000 / config->bps;
        piece->due_us = way->busy_until_us + config->delay_us;
        piece->len = (size_t)n;
        piece->sent = 0;
        g_queue_push_tail(&way->pieces, piece);
    }
    on_timer(-1, 0, way);
}

static void
set_options(int fd)
{
    int bytes = SOCKET_BYTES, segment = PIECE_BYTES, one = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* A connection on loopback: `*end` for the test, the other for the line, which reads little ahead.
 */
static int
make_connection(int *end)
{
    const int type = SOCK_STREAM | SOCK_CLOEXEC;
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    int listener = socket(AF_INET, type, 0);
    set_options(listener);
    g_assert_cmpint(bind(listener, (struct sockaddr *)&addr, len), ==, 0);
    g_assert_cmpint(listen(listener, 1), ==, 0);
    g_assert_cmpint(getsockname(listener, (struct sockaddr *)&addr, &len), ==, 0);
    *end = socket(AF_INET, type, 0);
    g_assert_cmpint(connect(*end, (struct sockaddr *)&addr, len), ==, 0);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(evutil_make_socket_nonblocking(*end), ==, 0);
    close(listener);
    return fd;
}

struct far_line *
far_line_new(struct event_base *base, const struct far_line_config *config, int ends[static 2])
{
    struct far_line *line = g_new0(struct far_line, 1);
    line->config = *config;
    for (unsigned i = 0; i < 2; i++)
        line->fds[i] = make_connection(&ends[i]);
    for (unsigned i = 0; i < 2; i++) {
        struct way *way = &line->ways[i];
        way->line = line;
        way->from = line->fds[i];
        way->to = line->fds[1 - i];
        g_queue_init(&way->pieces);
        way->readable = event_new(base, way->from, EV_READ, on_readable, way);
        way->timer = evtimer_new(base, on_timer, way);
        event_add(way->readable, NULL);
    }
    return line;
}

void
far_line_free(struct far_line *line)
{
    if (line == NULL)
        return;
    for (unsigned i = 0; i < 2; i++) {
        event_free(line->ways[i].readable);
        event_free(line->ways[i].timer);
        g_queue_clear_full(&line->ways[i].pieces, g_free);
        close(line->fds[i]);
    }
    g_free(line);
}

void
far_line_freeze(struct far_line *line)
{
    for (unsigned i = 0; i < 2; i++) {
        event_del(line->ways[i].readable);
        event_del(line->ways[i].timer);
    }
}

void
far_line_reset(struct far_line *line)
{
    struct linger hard = {.l_onoff = 1};
    for (unsigned i = 0; i < 2; i++)
        setsockopt(line->fds[i], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    far_line_free(line);
}

gboolean
far_line_is_busy(const struct far_line *line)
{
    return line->ways[0].pieces.length > 4 || line->ways[1].pieces.length > 4;
}

uint64_t
far_line_passed(const struct far_line *line, unsigned from)
{
    return line->ways[from].passed;
}
