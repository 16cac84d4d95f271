/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/dialing.h"

#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool released;
    unsigned inside; /* look-ups of stuck.test that are under way */
    unsigned total;
} stuck = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void
stay_stuck(void)
{
    pthread_mutex_lock(&stuck.lock);
    stuck.inside++;
    stuck.total++;
    pthread_cond_broadcast(&stuck.changed);
    while (!stuck.released)
        pthread_cond_wait(&stuck.changed, &stuck.lock);
    stuck.inside--;
    pthread_cond_broadcast(&stuck.changed);
    pthread_mutex_unlock(&stuck.lock);
}

void
dialing_await_stuck(unsigned count)
{
    pthread_mutex_lock(&stuck.lock);
    while (stuck.inside != count)
        pthread_cond_wait(&stuck.changed, &stuck.lock);
    pthread_mutex_unlock(&stuck.lock);
}

void
dialing_release(void)
{
    pthread_mutex_lock(&stuck.lock);
    stuck.released = true;
    pthread_cond_broadcast(&stuck.changed);
    while (stuck.inside > 0)
        pthread_cond_wait(&stuck.changed, &stuck.lock);
    pthread_mutex_unlock(&stuck.lock);
}

unsigned
dialing_hold(void)
{
    pthread_mutex_lock(&stuck.lock);
    unsigned total = stuck.total;
    stuck.released = false;
    stuck.total = 0;
    pthread_mutex_unlock(&stuck.lock);
    return total;
}

static struct addrinfo **
append(struct addrinfo **tail, const char *host)
{
    struct addrinfo *ai = g_new0(struct addrinfo, 1);
    struct ds_addr *addr = g_new0(struct ds_addr, 1);
    g_assert_cmpint(ds_addr_parse(addr, host, 1), ==, 0);
    ai->ai_family = addr->ss.ss_family;
    ai->ai_socktype = SOCK_STREAM;
    ai->ai_addr = (struct sockaddr *)&addr->ss;
    ai->ai_addrlen = addr->len;
    *tail = ai;
    return &ai->ai_next;
}

/* In place of libc's; an executable's own symbol comes first. */
int
getaddrinfo(const char *restrict host, const char *restrict service,
        const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
    struct addrinfo **tail = list;
    *list = NULL;
    if (strcmp(host, "none.test") == 0)
        return EAI_NONAME;
    if (strcmp(host, "stuck.test") == 0)
        stay_stuck();
    else if (strcmp(host, "two.test") == 0)
        tail = append(tail, "::1");
    else if (strcmp(host, "many.test") == 0)
        for (unsigned i = 2; i <= 41; i++) {
            g_autofree char *text = g_strdup_printf("::ffff:127.0.0.%u", i);
            tail = append(tail, text);
        }
    else
        g_assert_cmpstr(host, ==, "four.test");
    append(tail, "127.0.0.1");
    return 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        g_free(list->ai_addr); /* the first member of its struct ds_addr */
        g_free(list);
        list = next;
    }
}

int
dialing_socket(const char *host, int backlog, struct ds_addr *addr)
{
    g_assert_cmpint(ds_addr_parse(addr, host, 1), ==, 0);
    if (addr->ss.ss_family == AF_INET)
        ((struct sockaddr_in *)(void *)&addr->ss)->sin_port = 0;
    else
        ((struct sockaddr_in6 *)(void *)&addr->ss)->sin6_port = 0;
    int fd = socket(addr->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&addr->ss, addr->len), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&addr->ss, &addr->len), ==, 0);
    if (backlog >= 0)
        g_assert_cmpint(listen(fd, backlog), ==, 0);
    return fd;
}

/* Linux drops a SYN when the queue of accepted connections is full: a backlog of 0 holds one. */
int
dialing_blackhole(const char *host, struct ds_addr *addr, int fillers[static 2])
{
    int listener = dialing_socket(host, 0, addr);
    for (int i = 0; i < 2; i++) {
        int flags = SOCK_STREAM | SOCK_CLOEXEC | (i > 0 ? SOCK_NONBLOCK : 0);
        fillers[i] = socket(addr->ss.ss_family, flags, 0);
        int code = connect(fillers[i], (struct sockaddr *)&addr->ss, addr->len);
        g_assert_true(i > 0 || code == 0);
    }
    return listener;
}

static void
on_result(void *arg, const struct ds_dial_result *result)
{
    struct dialing *dialing = arg;
    dialing->calls++;
    dialing->result = *result;
    if (dialing->free_inside) {
        ds_dial_free(dialing->dial);
        dialing->dial = NULL;
    }
}

void
dialing_start(struct dialing *dialing, const char *host, uint16_t port,
        const struct ds_dial_options *options)
{
    dialing->base = event_base_new();
    dialing->calls = 0;
    int err = ds_dial_start(&dialing->dial, dialing->base, host, port, options, on_result, dialing);
    g_assert_cmpint(err, ==, 0);
    g_assert_cmpuint(dialing->calls, ==, 0);
}

/* The loop ends by itself, because a try that has reported leaves no event behind. */
void
dialing_finish(struct dialing *dialing)
{
    gint64 start_us = g_get_monotonic_time();
    event_base_dispatch(dialing->base);
    dialing->elapsed_ms = (guint64)(g_get_monotonic_time() - start_us) / 1000;
    g_assert_cmpuint(dialing->calls, ==, 1);
    ds_dial_free(dialing->dial);
    event_base_free(dialing->base);
}

void
dialing_run(struct dialing *dialing, const char *host, uint16_t port,
        const struct ds_dial_options *options)
{
    dialing_start(dialing, host, port, options);
    dialing_finish(dialing);
}

static void
assert_carries(int from, int to)
{
    char byte = 0;
    struct pollfd readable = {.fd = to, .events = POLLIN};
    g_assert_cmpint(write(from, "x", 1), ==, 1);
    g_assert_cmpint(poll(&readable, 1, 10000), ==, 1);
    g_assert_cmpint(read(to, &byte, 1), ==, 1);
    g_assert_true(byte == 'x');
}

void
dialing_assert_leads_to(const struct dialing *dialing, int listener)
{
    int fd = dialing->result.fd, nodelay = 0;
    socklen_t len = sizeof nodelay;

    g_assert_cmpstr(dialing->result.detail, ==, "");
    g_assert_cmpint(dialing->result.err, ==, 0);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
    g_assert_cmpint(fcntl(fd, F_GETFL) & O_NONBLOCK, ==, O_NONBLOCK);
    g_assert_cmpint(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &len), ==, 0);
    g_assert_cmpint(nodelay, !=, 0);
    int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint(accepted, >=, 0);
    assert_carries(fd, accepted);
    assert_carries(accepted, fd);
    close(accepted);
    close(fd);
}

void
dialing_assert_failed(const struct dialing *dialing, int err, const char *detail)
{
    g_assert_cmpstr(dialing->result.detail, ==, detail);
    g_assert_cmpint(dialing->result.err, ==, err);
    g_assert_cmpint(dialing->result.fd, ==, -1);
}

unsigned
dialing_count_sockets(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    unsigned count = 0;
    g_assert_nonnull(folder);
    while ((entry = readdir(folder)) != NULL) {
        struct stat info;
        if (fstatat(dirfd(folder), entry->d_name, &info, 0) == 0 && S_ISSOCK(info.st_mode))
            count++;
    }
    closedir(folder);
    return count;
}
