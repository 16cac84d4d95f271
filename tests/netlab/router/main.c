/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The internet of a test: hosts in namespaces, each with a device that leads here, and the routers
 * and lines between them.
 *
 *     netlab-router CONTROL_FD LOG SEED
 *
 * control.h says what it is told on CONTROL_FD, a stream socket; it ends when that does.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/netlab/router/control.h"
#include "tests/netlab/router/memory.h"
#include "tests/netlab/router/net.h"

enum { EVENTS = 64, BATCH = 32, LINE_ROOM = 4096, IDLE_US = 50000, HASTE = -10 };

struct router {
    struct nl_net net;
    struct nl_packet *spare; /* the next packet is read into it */
    int epoll, control;
    bool is_over;
    char line[LINE_ROOM];
    size_t line_len;
    FILE *answer;
};

static uint64_t
clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void
watch(const struct router *router, int fd, struct nl_node *node)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = node};
    if (epoll_ctl(router->epoll, EPOLL_CTL_ADD, fd, &event) != 0 && errno != EEXIST)
        err(EXIT_FAILURE, "epoll");
}

static void
on_packets(struct router *router, struct nl_node *host)
{
    for (int i = 0; i < BATCH; i++) {
        if (router->spare == NULL)
            router->spare = nl_allocate(sizeof *router->spare);
        ssize_t n = read(host->tun, router->spare->bytes, sizeof router->spare->bytes);
        if (n <= 0)
            return;
        router->spare->len = (size_t)n;
        nl_net_send(&router->net, host, router->spare);
        router->spare = NULL;
    }
}

/* Do what the lines say that are whole; hosts that are new are watched. */
static void
do_lines(struct router *router)
{
    char *end;
    while ((end = memchr(router->line, '\n', router->line_len)) != NULL) {
        *end = '\0';
        nl_control_do(&router->net, router->line, router->answer);
        fflush(router->answer);
        router->line_len -= (size_t)(end + 1 - router->line);
        memmove(router->line, end + 1, router->line_len);
    }
    struct nl_node *node;
    LIST_FOREACH(node, &router->net.nodes, link)
    {
        if (node->tun >= 0)
            watch(router, node->tun, node);
    }
}

static void
on_control(struct router *router)
{
    size_t room = sizeof router->line - router->line_len;
    ssize_t n = recv(router->control, router->line + router->line_len, room, 0);
    router->is_over = n <= 0;
    if (n <= 0)
        return;
    router->line_len += (size_t)n;
    do_lines(router);
}

/* Wait for packets until the next one is due; what the log holds is written when nothing comes. */
static int
wait_for(struct router *router, struct epoll_event *events)
{
    uint64_t due_us = nl_queue_due(&router->net.queue), now_us = clock_us();
    uint64_t wait_us = due_us > now_us ? due_us - now_us : 0;
    if (wait_us > IDLE_US)
        wait_us = IDLE_US;
    struct timespec wait = {
            .tv_sec = (time_t)(wait_us / 1000000), .tv_nsec = (long)(wait_us % 1000000 * 1000)};
    int count = epoll_pwait2(router->epoll, events, EVENTS, &wait, NULL);
    if (count < 0 && errno != EINTR)
        err(EXIT_FAILURE, "epoll");
    if (count == 0 && wait_us == IDLE_US)
        nl_log_flush(router->net.log);
    return count;
}

static void
run(struct router *router)
{
    struct epoll_event events[EVENTS];
    while (!router->is_over) {
        int count = wait_for(router, events);
        router->net.now_us = clock_us();
        nl_net_run(&router->net);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr != NULL)
                on_packets(router, events[i].data.ptr);
            else
                on_control(router);
        }
        nl_net_run(&router->net);
    }
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: netlab-router CONTROL_FD LOG SEED");
    static struct router router;
    struct nl_log *log = nl_log_open(argv[2]);
    if (log == NULL)
        err(EXIT_FAILURE, "%s", argv[2]);
    /* Late packets are wrong ones; who is not root has to live with those of a busy machine. */
    (void)setpriority(PRIO_PROCESS, 0, HASTE);
    router.control = atoi(argv[1]);
    router.answer = fdopen(dup(router.control), "w");
    router.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (router.answer == NULL || router.epoll < 0)
        err(EXIT_FAILURE, "control");
    nl_net_init(&router.net, strtoull(argv[3], NULL, 10), log, clock_us());
    watch(&router, router.control, NULL);
    run(&router);
    nl_net_finish(&router.net);
    nl_log_close(log);
    free(router.spare);
    fclose(router.answer);
    close(router.epoll);
    return 0;
}
