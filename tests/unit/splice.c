/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two socketpairs joined through two muxes: a - splice - mux - mux - splice - b. */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "net/mux/splice.h"
#include "tests/lib/mux_pair.h"
#include "tests/lib/pattern.h"
#include "tests/lib/seed.h"

enum { SOCKET_BUFFER_BYTES = 16 * 1024 };

/* What an application does at its end of a socketpair. */
struct app {
    int fd;
    guint stream, peer_stream;
    gsize to_send, sent;
    gsize received;
    gsize read_max; /* at once */
    bool has_eof;
    int error; /* errno of the first failure */
};

struct joint {
    struct mux_pair pair;
    struct event_base *base;
    struct app app[2];
    struct ds_channel *channel[2]; /* as the splices got them */
    struct ds_splice *splice[2];   /* NULL when over */
    unsigned over[2];
    int reason[2];
    bool has_late_socket; /* the second splice is made without a socket */
    bool frees_mux;       /* in the callback of the splice */
    int spare_fd;         /* the socket that the late one gets */
};

static void
on_over(void *arg, struct ds_splice *splice, int reason)
{
    struct joint *joint = arg;
    int i = splice == joint->splice[1];
    g_assert_true(splice == joint->splice[i]);
    joint->splice[i] = NULL;
    joint->over[i]++;
    joint->reason[i] = reason;
    if (joint->frees_mux)
        ds_mux_free(g_steal_pointer(&joint->pair.end[i].mux));
    ds_splice_free(splice); /* once too often does no harm here */
}

static int
make_app(struct app *app)
{
    int fds[2], size = SOCKET_BUFFER_BYTES;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    for (int i = 0; i < 2; i++)
        g_assert_cmpint(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), ==, 0);
    g_assert_cmpint(fcntl(fds[0], F_SETFL, O_NONBLOCK), ==, 0);
    *app = (struct app){.fd = fds[0], .read_max = 4096};
    return fds[1];
}

static void
join_end(struct joint *joint, int i, struct ds_channel *channel)
{
    int fd = make_app(&joint->app[i]);
    joint->app[i].stream = (guint)i;
    joint->app[i].peer_stream = 1 - (guint)i;
    joint->channel[i] = channel;
    if (i == 1 && joint->has_late_socket) {
        joint->spare_fd = fd;
        fd = -1;
    }
    int err = ds_splice_new(&joint->splice[i], joint->base, channel, fd, on_over, joint);
    g_assert_cmpint(err, ==, 0);
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    join_end(arg, 1, channel);
    return true;
}

static void
joint_init(struct joint *joint, GRand *rand)
{
    struct ds_channel *channel;
    mux_pair_init(&joint->pair, rand);
    joint->base = event_base_new();
    joint->pair.end[1].on_open = on_open;
    joint->pair.end[1].arg = joint;
    int err = ds_mux_open(joint->pair.end[0].mux, DS_CHANNEL_TCP, NULL, NULL, &channel);
    g_assert_cmpint(err, ==, 0);
    join_end(joint, 0, channel);
    mux_pair_settle(&joint->pair);
    g_assert_nonnull(joint->splice[1]);
}

static void
joint_finish(struct joint *joint)
{
    for (int i = 0; i < 2; i++)
        ds_splice_free(joint->splice[i]);
    mux_pair_finish(&joint->pair);
    event_base_free(joint->base);
    for (int i = 0; i < 2; i++)
        if (joint->app[i].fd >= 0)
            close(joint->app[i].fd);
}

/* Move what can move between the sockets and the muxes. Nothing here waits. */
static void
joint_step(struct joint *joint)
{
    event_base_loop(joint->base, EVLOOP_NONBLOCK);
    mux_pair_settle(&joint->pair);
}

static void
app_send(struct app *app)
{
    uint8_t bytes[8192];
    gsize n = MIN(sizeof bytes, app->to_send - app->sent);
    if (n == 0)
        return;
    pattern_fill(bytes, n, app->stream, app->sent);
    ssize_t done = send(app->fd, bytes, n, MSG_NOSIGNAL);
    if (done > 0)
        app->sent += (gsize)done;
    else if (errno != EAGAIN)
        app->error = errno;
}

static void
app_receive(struct app *app)
{
    uint8_t bytes[8192];
    ssize_t n = recv(app->fd, bytes, MIN(app->read_max, sizeof bytes), 0);
    if (n > 0) {
        pattern_check(bytes, (gsize)n, app->peer_stream, app->received);
        app->received += (gsize)n;
    } else if (n == 0) {
        app->has_eof = true;
    } else if (errno != EAGAIN) {
        app->error = errno;
    }
}

static void
app_step(struct app *app)
{
    app_send(app);
    app_receive(app);
}

static void
test_both_ways(void)
{
    struct joint joint = {0};
    joint_init(&joint, test_seed());
    joint.app[0].to_send = joint.app[1].to_send = 8 * 1024 * 1024;
    joint.app[1].read_max = 3000; /* the slow one */
    bool goes_on = true;
    while (goes_on) {
        goes_on = false;
        joint_step(&joint);
        for (int i = 0; i < 2; i++) {
            app_step(&joint.app[i]);
            g_assert_cmpint(joint.app[i].error, ==, 0);
            goes_on |= joint.app[1 - i].received < joint.app[i].to_send;
        }
    }
    for (int i = 0; i < 2; i++)
        g_assert_cmpint(shutdown(joint.app[i].fd, SHUT_WR), ==, 0);
    while (joint.over[0] + joint.over[1] < 2)
        joint_step(&joint);
    for (int i = 0; i < 2; i++) {
        app_receive(&joint.app[i]);
        g_assert_true(joint.app[i].has_eof);
        g_assert_cmpint(joint.reason[i], ==, DS_REASON_NONE);
    }
    joint_finish(&joint);
}

/* An application that reads nothing stops the other one when all that may be kept is full. */
static void
test_stall_is_bounded(void)
{
    struct joint joint = {0};
    gsize last = SIZE_MAX;
    joint_init(&joint, NULL);
    joint.app[0].to_send = 64 * 1024 * 1024;
    while (joint.app[0].sent != last) {
        last = joint.app[0].sent;
        app_send(&joint.app[0]);
        joint_step(&joint);
    }
    /* The kernel counts what a byte costs it, not the byte: some more than asked for. */
    gsize bound = DS_MUX_QUEUE_MAX + DS_MUX_WINDOW + 4 * SOCKET_BUFFER_BYTES;
    g_assert_cmpuint(joint.app[0].sent, >, DS_MUX_WINDOW);
    g_assert_cmpuint(joint.app[0].sent, <, bound);
    /* And it goes on where it stopped. */
    joint.app[0].to_send = joint.app[0].sent + 100 * 1000;
    while (joint.app[1].received < joint.app[0].to_send) {
        app_step(&joint.app[0]);
        app_receive(&joint.app[1]);
        joint_step(&joint);
    }
    joint_finish(&joint);
}

static void
test_half_close(void)
{
    struct joint joint = {0};
    joint_init(&joint, NULL);
    joint.app[0].to_send = 1000;
    app_send(&joint.app[0]);
    g_assert_cmpint(shutdown(joint.app[0].fd, SHUT_WR), ==, 0);
    while (!joint.app[1].has_eof) {
        joint_step(&joint);
        app_receive(&joint.app[1]);
    }
    g_assert_cmpuint(joint.app[1].received, ==, 1000);
    /* The other direction does not care. */
    joint.app[1].to_send = 1024 * 1024;
    while (joint.app[0].received < joint.app[1].to_send) {
        joint_step(&joint);
        app_send(&joint.app[1]);
        app_receive(&joint.app[0]);
        g_assert_cmpuint(joint.over[0] + joint.over[1], ==, 0);
    }
    close(g_steal_fd(&joint.app[1].fd));
    while (joint.over[0] + joint.over[1] < 2)
        joint_step(&joint);
    g_assert_cmpint(joint.reason[0], ==, DS_REASON_NONE);
    g_assert_cmpint(joint.reason[1], ==, DS_REASON_NONE);
    joint_finish(&joint);
}

/* Let bytes lie unread everywhere, so that nothing can end by itself. */
static void
congest(struct joint *joint)
{
    for (int i = 0; i < 2; i++)
        joint->app[i].to_send = 300 * 1000;
    for (int n = 0; n < 100; n++) {
        app_send(&joint->app[0]);
        app_send(&joint->app[1]);
        joint_step(joint);
    }
}

static void
test_socket_breaks(void)
{
    struct joint joint = {0};
    joint_init(&joint, NULL);
    congest(&joint);
    close(g_steal_fd(&joint.app[0].fd)); /* unread bytes: ECONNRESET or EPIPE, no SIGPIPE */
    while (joint.over[0] + joint.over[1] < 2) {
        joint_step(&joint);
        app_receive(&joint.app[1]);
    }
    g_assert_cmpint(joint.reason[0], ==, DS_REASON_STOPPED);
    g_assert_cmpint(joint.reason[1], ==, DS_REASON_STOPPED);
    joint_finish(&joint);
}

static void
test_channel_is_reset(void)
{
    struct joint joint = {0};
    joint_init(&joint, NULL);
    congest(&joint);
    /* Free on one side: no callback here, one there. */
    ds_splice_break(g_steal_pointer(&joint.splice[1]), DS_REASON_NO_SERVER);
    joint_step(&joint);
    g_assert_cmpuint(joint.over[1], ==, 0);
    g_assert_cmpuint(joint.over[0], ==, 1);
    g_assert_cmpint(joint.reason[0], ==, DS_REASON_NO_SERVER);
    while (!joint.app[0].has_eof && joint.app[0].error == 0)
        app_receive(&joint.app[0]);
    joint_finish(&joint);
}

static void
test_mux_goes_first(void)
{
    struct joint joint = {.frees_mux = false};
    joint_init(&joint, NULL);
    congest(&joint);
    ds_mux_free(g_steal_pointer(&joint.pair.end[0].mux));
    g_assert_cmpuint(joint.over[0], ==, 1);
    g_assert_cmpint(joint.reason[0], ==, DS_REASON_STOPPED);
    joint_finish(&joint);
}

static void
test_callback_frees_mux(void)
{
    struct joint joint = {.frees_mux = true};
    joint_init(&joint, NULL);
    congest(&joint);
    close(g_steal_fd(&joint.app[1].fd));
    while (joint.over[1] == 0)
        joint_step(&joint);
    g_assert_null(joint.pair.end[1].mux);
    joint_finish(&joint);
}

/* The owner ends all in the middle of a splice's own call into the mux. */
static void
free_splice(void *arg)
{
    struct joint *joint = arg;
    ds_splice_free(g_steal_pointer(&joint->splice[1]));
}

static void
test_kick_frees_splice(void)
{
    struct joint joint = {0};
    joint_init(&joint, NULL);
    joint.pair.end[1].on_kick = free_splice;
    joint.app[1].to_send = 10;
    app_send(&joint.app[1]);
    joint_step(&joint);
    g_assert_null(joint.splice[1]);
    g_assert_cmpuint(joint.over[1], ==, 0);
    joint_step(&joint);
    g_assert_cmpint(joint.reason[0], ==, DS_REASON_STOPPED);
    joint_finish(&joint);
}

/* What comes before the socket does, EOF too, waits for it, within one window. */
static void
test_late_socket(void)
{
    struct joint joint = {.has_late_socket = true};
    joint_init(&joint, NULL);
    joint.app[0].to_send = 300 * 1000;
    for (int i = 0; i < 100; i++) {
        app_send(&joint.app[0]);
        joint_step(&joint);
    }
    g_assert_cmpuint(joint.app[0].sent, >, DS_MUX_WINDOW);
    g_assert_cmpint(shutdown(joint.app[0].fd, SHUT_WR), ==, 0);
    joint_step(&joint);
    ds_splice_attach(joint.splice[1], joint.spare_fd);
    while (!joint.app[1].has_eof) {
        joint_step(&joint);
        app_receive(&joint.app[1]);
    }
    g_assert_cmpuint(joint.app[1].received, ==, joint.app[0].sent);
    joint_finish(&joint);
}

static void
test_late_socket_never_comes(void)
{
    struct joint joint = {.has_late_socket = true};
    joint_init(&joint, NULL);
    joint.app[0].to_send = 1000;
    app_send(&joint.app[0]);
    joint_step(&joint);
    ds_splice_break(g_steal_pointer(&joint.splice[1]), DS_REASON_NO_SERVER);
    joint_step(&joint);
    g_assert_cmpint(joint.reason[0], ==, DS_REASON_NO_SERVER);
    close(joint.spare_fd);
    joint_finish(&joint);
}

static void
test_hold(void)
{
    struct joint joint = {0};
    joint_init(&joint, NULL);
    ds_splice_hold(joint.splice[1], true);
    joint.app[0].to_send = 1000;
    app_send(&joint.app[0]);
    for (int i = 0; i < 10; i++) {
        joint_step(&joint);
        app_receive(&joint.app[1]);
    }
    g_assert_cmpuint(joint.app[1].received, ==, 0);
    g_assert_cmpuint(ds_splice_carried(joint.splice[1]), ==, 0);
    ds_splice_hold(joint.splice[1], false);
    joint_step(&joint);
    app_receive(&joint.app[1]);
    g_assert_cmpuint(joint.app[1].received, ==, 1000);
    g_assert_cmpuint(ds_splice_carried(joint.splice[1]), ==, 1000);
    g_assert_cmpuint(ds_splice_carried(joint.splice[0]), ==, 0);
    joint_finish(&joint);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/splice/both-ways", test_both_ways);
    g_test_add_func("/splice/stall-is-bounded", test_stall_is_bounded);
    g_test_add_func("/splice/half-close", test_half_close);
    g_test_add_func("/splice/socket-breaks", test_socket_breaks);
    g_test_add_func("/splice/channel-is-reset", test_channel_is_reset);
    g_test_add_func("/splice/mux-goes-first", test_mux_goes_first);
    g_test_add_func("/splice/callback-frees-mux", test_callback_frees_mux);
    g_test_add_func("/splice/kick-frees-splice", test_kick_frees_splice);
    g_test_add_func("/splice/late-socket", test_late_socket);
    g_test_add_func("/splice/late-socket-never-comes", test_late_socket_never_comes);
    g_test_add_func("/splice/hold", test_hold);
    return g_test_run();
}
