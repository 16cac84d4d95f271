/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two links on real paths, TLS over socketpairs, with a wire between them that closes both ends
 * after a random count of bytes: inside the handshake, HELLO, a frame or a TLS record.
 */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "tests/lib/coming_path.h"
#include "tests/lib/seed.h"

enum { SIDES = 2, CUTS = 200, CHUNK = 16384, STREAM_BYTES = 24 * 1024 * 1024 };

struct side {
    struct ds_link *link;
    struct coming_path coming;
    GRand *sent, *expected;
    uint64_t to_send, handed_out, received;
    gboolean is_closed;
    int reason;
    gboolean by_peer;
};

struct pipe {
    int from_fd, to_fd;
    struct event *readable, *writable;
    uint8_t buf[CHUNK];
    size_t len, sent;
};

static struct {
    struct event_base *base;
    struct side sides[SIDES];
    struct pipe pipes[SIDES]; /* of side 0 to 1, and back */
    gboolean is_wired;
    uint64_t budget_bytes; /* then it is cut */
    uint32_t generation;
    unsigned cuts, cuts_to_do;
    GRand *rand;
} t;

static void cut(void);

/* The wire. */

static void
on_wire_readable(evutil_socket_t fd, short what, void *arg)
{
    struct pipe *pipe = arg;
    ssize_t n = read(pipe->from_fd, pipe->buf, MIN(sizeof pipe->buf, t.budget_bytes));
    if (n <= 0) {
        cut();
        return;
    }
    pipe->len = (size_t)n;
    pipe->sent = 0;
    t.budget_bytes -= (uint64_t)n;
    event_add(pipe->writable, NULL);
}

static void
on_wire_writable(evutil_socket_t fd, short what, void *arg)
{
    struct pipe *pipe = arg;
    ssize_t n = send(pipe->to_fd, pipe->buf + pipe->sent, pipe->len - pipe->sent, MSG_NOSIGNAL);
    if (n <= 0) {
        cut();
        return;
    }
    pipe->sent += (size_t)n;
    if (pipe->sent < pipe->len)
        event_add(pipe->writable, NULL);
    else if (t.budget_bytes == 0)
        cut();
    else
        event_add(pipe->readable, NULL);
}

static void
cut(void)
{
    for (unsigned i = 0; i < SIDES; i++) {
        event_free(t.pipes[i].readable);
        event_free(t.pipes[i].writable);
        close(t.pipes[i].from_fd);
    }
    t.is_wired = FALSE;
    t.cuts++;
}

static void
wire(int fd0, int fd1)
{
    int fds[SIDES] = {fd0, fd1};
    for (unsigned i = 0; i < SIDES; i++) {
        struct pipe *pipe = &t.pipes[i];
        pipe->from_fd = fds[i];
        pipe->to_fd = fds[1 - i];
        pipe->readable = event_new(t.base, pipe->from_fd, EV_READ, on_wire_readable, pipe);
        pipe->writable = event_new(t.base, pipe->to_fd, EV_WRITE, on_wire_writable, pipe);
        event_add(pipe->readable, NULL);
    }
    t.is_wired = TRUE;
}

/* The paths. */

static void
make_path(unsigned i, int fd)
{
    enum ds_role role = i == 0 ? DS_ROLE_HELPEE : DS_ROLE_HELPER;
    coming_path_make(&t.sides[i].coming, t.base, role, DS_PATH_RELAY, t.generation, fd);
}

static void
connect_sides(void)
{
    int left[2], right[2];
    const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    g_assert_cmpint(socketpair(AF_UNIX, type, 0, left), ==, 0);
    g_assert_cmpint(socketpair(AF_UNIX, type, 0, right), ==, 0);
    /* A third dies early: in the handshake, in HELLO or soon after. */
    gint32 most_bytes = g_rand_int_range(t.rand, 0, 3) == 0 ? 9000 : 600000;
    t.budget_bytes = (uint64_t)g_rand_int_range(t.rand, 1, most_bytes);
    if (t.cuts >= t.cuts_to_do)
        t.budget_bytes = UINT64_MAX;
    t.generation++;
    make_path(0, left[0]);
    make_path(1, right[0]);
    wire(left[1], right[1]);
}

/* The sides. */

static void
on_data(void *arg, const uint8_t *data, size_t len)
{
    struct side *side = arg;
    for (size_t i = 0; i < len; i++)
        if (data[i] != (uint8_t)g_rand_int(side->expected))
            g_error("byte %" G_GUINT64_FORMAT " is wrong", side->received + i);
    side->received += len;
}

static size_t
on_pull(void *arg, uint8_t *buf, size_t cap)
{
    struct side *side = arg;
    uint64_t n = MIN(side->to_send - side->handed_out, cap);
    for (uint64_t i = 0; i < n; i++)
        buf[i] = (uint8_t)g_rand_int(side->sent);
    side->handed_out += n;
    return n;
}

static void
on_path(void *arg, struct ds_path *path)
{
}

static void
on_path_lost(void *arg, struct ds_path *path, int err, const char *text)
{
    g_assert_cmpint(err, ==, DS_ERR_CLOSED);
}

static void
on_closed(void *arg, int reason, bool by_peer, const char *text)
{
    struct side *side = arg;
    side->is_closed = TRUE;
    side->reason = reason;
    side->by_peer = by_peer;
}

static const struct ds_link_handler handler = {
        .on_data = on_data,
        .pull = on_pull,
        .on_path = on_path,
        .on_path_lost = on_path_lost,
        .on_closed = on_closed,
};

static void
begin(uint64_t to_send, unsigned cuts)
{
    memset(&t, 0, sizeof t);
    t.rand = test_seed();
    t.cuts_to_do = cuts;
    t.base = event_base_new();
    for (unsigned i = 0; i < SIDES; i++) {
        t.sides[i].to_send = to_send;
        t.sides[i].sent = g_rand_new_with_seed(i);
        t.sides[i].expected = g_rand_new_with_seed(1 - i);
        g_assert_cmpint(ds_link_new(&t.sides[i].link, t.base,
                                i == 0 ? DS_ROLE_HELPEE : DS_ROLE_HELPER, &handler, &t.sides[i]),
                ==, 0);
        t.sides[i].coming.link = t.sides[i].link;
    }
}

static void
end(void)
{
    if (t.is_wired)
        cut();
    for (unsigned i = 0; i < SIDES; i++) {
        ds_link_free(t.sides[i].link);
        ds_path_free(t.sides[i].coming.path);
        g_rand_free(t.sides[i].sent);
        g_rand_free(t.sides[i].expected);
    }
    g_rand_free(t.rand);
    event_base_free(t.base);
}

static gboolean
is_delivered(void)
{
    return t.sides[0].received == t.sides[1].to_send && t.sides[1].received == t.sides[0].to_send;
}

static void
run_until(gboolean (*is_done)(void))
{
    while (!is_done()) {
        if (!t.is_wired && t.sides[0].coming.path == NULL && t.sides[1].coming.path == NULL)
            connect_sides();
        g_assert_cmpint(event_base_loop(t.base, EVLOOP_ONCE), ==, 0);
    }
}

static void
test_cuts(void)
{
    uint64_t resent = 0;
    begin(STREAM_BYTES, CUTS);
    run_until(is_delivered);
    for (unsigned i = 0; i < SIDES; i++) {
        struct ds_link_stats stats;
        ds_link_get_stats(t.sides[i].link, &stats);
        resent += stats.resent_bytes;
    }
    g_test_message("%u cuts, %" G_GUINT64_FORMAT " bytes sent again", t.cuts, resent);
    g_assert_cmpuint(t.cuts, >=, CUTS);
    g_assert_cmpuint(resent, >, 0);
    end();
}

static gboolean
is_under_way(void)
{
    return t.sides[0].received > 1000000 && t.sides[1].received > 1000000;
}

static gboolean
is_closed(void)
{
    return t.sides[0].is_closed && t.sides[1].is_closed;
}

/* CLOSE on real sockets: what was pulled comes, and both sides hear the reason. */
static void
test_close(void)
{
    for (unsigned closer = 0; closer < SIDES; closer++) {
        begin(STREAM_BYTES, 0);
        run_until(is_under_way);
        ds_link_close(t.sides[closer].link, DS_REASON_STOPPED);
        run_until(is_closed);
        struct side *other = &t.sides[1 - closer];
        g_assert_cmpuint(other->received, ==, t.sides[closer].handed_out);
        g_assert_cmpint(other->reason, ==, DS_REASON_STOPPED);
        g_assert_true(other->by_peer);
        g_assert_false(t.sides[closer].by_peer);
        end();
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/cuts", test_cuts);
    g_test_add_func("/link/close", test_close);
    return g_test_run();
}
