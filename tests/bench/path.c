/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CPU of a path on a TCP connection beside OpenSSL's own sockets (SSL_set_fd()) with the same
 * suite, record size and socket options: what the pulled, memory-fed form costs. One thread holds
 * both ends; the bytes are checked as they arrive. Three interleaved runs, the median counts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/limits.h"
#include "net/path/path.h"
#include "tests/lib/pattern.h"
#include "tests/unit/tls_pair.h"

enum { RUNS = 3, TOTAL = 512 * 1024 * 1024, WINDOW = 1024 * 1024 };

/* What is sent is this window, again and again. */
static uint8_t window[WINDOW + DS_PATH_RECORD_MAX];

struct stream {
    size_t given;
    size_t got;
};

static size_t
give(struct stream *s, uint8_t *buf, size_t cap)
{
    size_t n = MIN(cap, TOTAL - s->given);
    memcpy(buf, window + s->given % WINDOW, n);
    s->given += n;
    return n;
}

static void
check(struct stream *s, const uint8_t *data, size_t n)
{
    if (memcmp(data, window + s->got % WINDOW, n) != 0)
        g_error("wrong bytes at %zu", s->got);
    s->got += n;
}

/* --- OpenSSL's own sockets --- */

static void
connect_pair(int fds[static 2])
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    int one = 1;
    int lowat = DS_NOTSENT_LOWAT;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&addr, len) < 0 || listen(listener, 1) < 0 ||
            getsockname(listener, (struct sockaddr *)&addr, &len) < 0)
        g_error("no listener: %s", strerror(errno));
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fds[0], (struct sockaddr *)&addr, len) < 0)
        g_error("no connection: %s", strerror(errno));
    fds[1] = accept(listener, NULL, NULL);
    close(listener);
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
        setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(fds[i], IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
    }
}

struct socket_run {
    struct event_base *base;
    struct stream stream;
    SSL *from;
    SSL *to;
    size_t len; /* of the record that waits for room, 0 for none */
    uint8_t record[DS_PATH_RECORD_MAX];
    struct event *write_event;
};

static void
on_socket_writable(evutil_socket_t fd, short what, void *arg)
{
    struct socket_run *run = arg;
    if (run->len == 0)
        run->len = give(&run->stream, run->record, sizeof run->record);
    if (run->len == 0)
        event_del(run->write_event);
    else if (SSL_write(run->from, run->record, (int)run->len) > 0)
        run->len = 0;
}

static void
on_socket_readable(evutil_socket_t fd, short what, void *arg)
{
    struct socket_run *run = arg;
    uint8_t buf[16384];
    int n;
    for (int i = 0; i < 4 && (n = SSL_read(run->to, buf, sizeof buf)) > 0; i++)
        check(&run->stream, buf, (size_t)n);
    if (run->stream.got == TOTAL)
        event_base_loopbreak(run->base);
}

static SSL *
new_ssl(SSL_CTX *ctx, int fd)
{
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    return ssl;
}

static void
run_sockets(void)
{
    int fds[2];
    struct socket_run run = {.base = event_base_new()};
    SSL_CTX *server_ctx = new_self_signed_ctx("localhost");
    SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
    connect_pair(fds);
    SSL_CTX_set_ciphersuites(client_ctx, "TLS_AES_128_GCM_SHA256");
    run.from = new_ssl(client_ctx, fds[0]);
    run.to = new_ssl(server_ctx, fds[1]);
    SSL_set_mode(run.from, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_connect_state(run.from);
    SSL_set_accept_state(run.to);
    while (SSL_do_handshake(run.from) != 1 || SSL_do_handshake(run.to) != 1)
        (void)SSL_do_handshake(run.to);
    run.write_event = event_new(run.base, fds[0], EV_WRITE | EV_PERSIST, on_socket_writable, &run);
    struct event *read_event =
            event_new(run.base, fds[1], EV_READ | EV_PERSIST, on_socket_readable, &run);
    event_add(run.write_event, NULL);
    event_add(read_event, NULL);
    event_base_dispatch(run.base);
    event_free(run.write_event);
    event_free(read_event);
    SSL_free(run.from);
    SSL_free(run.to);
    SSL_CTX_free(server_ctx);
    SSL_CTX_free(client_ctx);
    close(fds[0]);
    close(fds[1]);
    event_base_free(run.base);
}

/* --- paths --- */

struct path_run {
    struct event_base *base;
    struct stream stream;
};

static void
on_proven(void *arg, struct ds_path *path)
{
    ds_path_kick(path);
}

static void
on_data(void *arg, struct ds_path *path, const uint8_t *data, size_t len)
{
    struct path_run *run = arg;
    check(&run->stream, data, len);
    if (run->stream.got == TOTAL)
        event_base_loopbreak(run->base);
}

static size_t
pull(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    return give(&((struct path_run *)arg)->stream, buf, cap);
}

static size_t
pull_nothing(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    return 0;
}

static void
on_lost(void *arg, struct ds_path *path, int err)
{
    g_error("lost: %s", ds_path_error_text(path));
}

static const struct ds_path_handler sender = {on_proven, on_data, pull, on_lost};
static const struct ds_path_handler receiver = {on_proven, on_data, pull_nothing, on_lost};

static struct ds_path *
new_path(struct path_run *run, enum ds_role role, int fd)
{
    static const uint8_t key[32] = "thirty-two bytes of a shared key";
    const struct ds_path_config config = {
            .role = role, .kind = DS_PATH_LAN, .generation = 1, .session_key = key};
    struct ds_carrier *carrier;
    struct ds_path *path;
    if (ds_carrier_from_fd(&carrier, run->base, fd) < 0 ||
            ds_path_new(&path, run->base, carrier, &config) < 0)
        g_error("no path");
    ds_path_set_handler(path, role == DS_ROLE_HELPER ? &sender : &receiver, run);
    return path;
}

static void
run_paths(void)
{
    int fds[2];
    struct path_run run = {.base = event_base_new()};
    connect_pair(fds);
    struct ds_path *helper = new_path(&run, DS_ROLE_HELPER, fds[0]);
    struct ds_path *helpee = new_path(&run, DS_ROLE_HELPEE, fds[1]);
    event_base_dispatch(run.base);
    ds_path_free(helper);
    ds_path_free(helpee);
    event_base_free(run.base);
}

/* --- both --- */

static double
seconds(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Run once; returns seconds of CPU for a gigabyte. */
static double
measure(const char *name, void (*run)(void))
{
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double wall = seconds(CLOCK_MONOTONIC);
    run();
    cpu = (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e9 / TOTAL;
    wall = (seconds(CLOCK_MONOTONIC) - wall) * 1e9 / TOTAL;
    printf("%-8s %.3f s CPU per GB, %.0f MB/s\n", name, cpu, 1000 / wall);
    fflush(stdout);
    return cpu;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int
main(void)
{
    double sockets[RUNS];
    double paths[RUNS];
    pattern_fill(window, WINDOW, 1, 0);
    memcpy(window + WINDOW, window, DS_PATH_RECORD_MAX);
    for (int i = 0; i < RUNS; i++) {
        sockets[i] = measure("openssl", run_sockets);
        paths[i] = measure("path", run_paths);
    }
    qsort(sockets, RUNS, sizeof sockets[0], compare);
    qsort(paths, RUNS, sizeof paths[0], compare);
    printf("ratio: %.2f\n", paths[RUNS / 2] / sockets[RUNS / 2]);
    return 0;
}
