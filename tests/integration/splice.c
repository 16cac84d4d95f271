/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What only TCP can do to a splice: refuse, be slow to connect, be reset. */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/mux/splice.h"
#include "tests/lib/mux_pair.h"

/* A channel from end 0, driven by hand, to a splice at end 1 with a TCP socket. */
struct joint {
    struct mux_pair pair;
    struct event_base *base;
    struct ds_channel *ours; /* NULL when gone */
    int channel_reason;
    int fd; /* that the splice gets */
    struct ds_splice *splice;
    int splice_reason;
};

static void
on_gone(void *arg, struct ds_channel *channel, int reason)
{
    struct joint *joint = arg;
    joint->ours = NULL;
    joint->channel_reason = reason;
}

static const struct ds_channel_handler ours_handler = {.on_gone = on_gone};

static void
on_over(void *arg, struct ds_splice *splice, int reason)
{
    struct joint *joint = arg;
    joint->splice = NULL;
    joint->splice_reason = reason;
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct joint *joint = arg;
    int err = ds_splice_new(&joint->splice, joint->base, channel, joint->fd, on_over, joint);
    g_assert_cmpint(err, ==, 0);
    return true;
}

/* Bind a loopback port of the system's choice. */
static int
bind_any(struct sockaddr_in *addr)
{
    socklen_t len = sizeof *addr;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *addr = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    g_assert_cmpint(bind(fd, (struct sockaddr *)addr, sizeof *addr), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)addr, &len), ==, 0);
    return fd;
}

/* Begin to connect to `addr` and splice at once; the channel has bytes for it. */
static void
joint_init(struct joint *joint, const struct sockaddr_in *addr)
{
    *joint = (struct joint){0};
    mux_pair_init(&joint->pair, NULL);
    joint->base = event_base_new();
    joint->pair.end[1].on_open = on_open;
    joint->pair.end[1].arg = joint;
    joint->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int err = connect(joint->fd, (const struct sockaddr *)addr, sizeof *addr);
    g_assert_true(err == 0 || errno == EINPROGRESS || errno == ECONNREFUSED);
    err = ds_mux_open(joint->pair.end[0].mux, DS_CHANNEL_TCP, &ours_handler, joint, &joint->ours);
    g_assert_cmpint(err, ==, 0);
    g_assert_cmpuint(ds_channel_write(joint->ours, "hello", 5), ==, 5);
    mux_pair_settle(&joint->pair);
}

static void
joint_finish(struct joint *joint)
{
    ds_splice_free(joint->splice);
    mux_pair_finish(&joint->pair);
    event_base_free(joint->base);
}

static void
joint_step(struct joint *joint)
{
    event_base_loop(joint->base, EVLOOP_ONCE);
    mux_pair_settle(&joint->pair);
}

static void
test_refused(void)
{
    struct joint joint;
    struct sockaddr_in addr;
    int holder = bind_any(&addr); /* nobody listens, and nobody else can */
    joint_init(&joint, &addr);
    while (joint.ours != NULL)
        joint_step(&joint);
    g_assert_cmpint(joint.splice_reason, ==, DS_REASON_NO_SERVER);
    g_assert_cmpint(joint.channel_reason, ==, DS_REASON_NO_SERVER);
    close(holder);
    joint_finish(&joint);
}

/* Connect to a listener, and let what came before reach it. Returns its end. */
static int
connect_to_us(struct joint *joint)
{
    struct sockaddr_in addr;
    char bytes[16];
    int listener = bind_any(&addr), nodelay = 0;
    socklen_t len = sizeof nodelay;

    g_assert_cmpint(listen(listener, 1), ==, 0);
    joint_init(joint, &addr);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    close(listener);
    event_base_loop(joint->base, EVLOOP_NONBLOCK); /* it is connected: what waits can go */
    g_assert_cmpint(recv(fd, bytes, sizeof bytes, 0), ==, 5);
    g_assert_cmpint(getsockopt(joint->fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &len), ==, 0);
    g_assert_cmpint(nodelay, !=, 0);
    return fd;
}

static void
test_reset_is_seen(void)
{
    struct joint joint;
    char byte;
    int fd = connect_to_us(&joint);
    ds_channel_reset(joint.ours, DS_REASON_BUSY);
    mux_pair_settle(&joint.pair);
    g_assert_cmpint(joint.splice_reason, ==, DS_REASON_BUSY);
    g_assert_cmpint(recv(fd, &byte, 1, 0), ==, -1); /* no end of file */
    g_assert_cmpint(errno, ==, ECONNRESET);
    close(fd);
    joint_finish(&joint);
}

static void
test_eof_is_seen(void)
{
    struct joint joint;
    char byte;
    int fd = connect_to_us(&joint);
    ds_channel_eof(joint.ours);
    mux_pair_settle(&joint.pair);
    event_base_loop(joint.base, EVLOOP_ONCE);
    g_assert_cmpint(recv(fd, &byte, 1, 0), ==, 0);
    close(fd);
    while (joint.ours != NULL)
        joint_step(&joint);
    g_assert_cmpint(joint.splice_reason, ==, DS_REASON_NONE);
    g_assert_cmpint(joint.channel_reason, ==, DS_REASON_NONE);
    joint_finish(&joint);
}

static void
test_cut_off(void)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct joint joint;
    int fd = connect_to_us(&joint);
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), ==, 0);
    close(fd);
    while (joint.ours != NULL)
        joint_step(&joint);
    g_assert_cmpint(joint.splice_reason, ==, DS_REASON_STOPPED);
    g_assert_cmpint(joint.channel_reason, ==, DS_REASON_STOPPED);
    joint_finish(&joint);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/splice/refused", test_refused);
    g_test_add_func("/splice/reset-is-seen", test_reset_is_seen);
    g_test_add_func("/splice/eof-is-seen", test_eof_is_seen);
    g_test_add_func("/splice/cut-off", test_cut_off);
    return g_test_run();
}
