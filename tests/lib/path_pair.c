/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/path_pair.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"

static const uint8_t session_key[32] = "thirty-two bytes of a shared key";

static bool
free_if(struct path_end *end, enum moment moment)
{
    if (end->free_at != moment)
        return false;
    ds_path_free(end->path);
    end->path = NULL;
    return true;
}

static void
on_proven(void *arg, struct ds_path *path)
{
    struct path_end *end = arg;
    g_assert_true(path == end->path);
    end->provens++;
    if (!free_if(end, AT_PROVEN) && end->data_len > 0)
        ds_path_kick(path);
}

static void
on_data(void *arg, struct ds_path *path, const uint8_t *data, size_t len)
{
    struct path_end *end = arg;
    g_assert_cmpuint(end->provens, ==, 1);
    g_assert_cmpuint(len, >, 0);
    free_if(end, AT_DATA);
    g_byte_array_append(end->got, data, (guint)len); /* borrowed until we return, freed or not */
}

static size_t
pull(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    struct path_end *end = arg;
    size_t n = MIN(cap, end->data_len - end->given);
    g_assert_cmpuint(end->provens, ==, 1);
    g_assert_cmpuint(cap, ==, DS_PATH_RECORD_MAX);
    if (end->data_record > 0)
        n = MIN(n, end->data_record);
    end->pulls++;
    if (n > 0)
        memcpy(buf, end->data + end->given, n);
    end->given += n;
    free_if(end, AT_PULL);
    return n;
}

static void
on_lost(void *arg, struct ds_path *path, int err)
{
    struct path_end *end = arg;
    end->losses++;
    end->err = err;
    g_strlcpy(end->text, ds_path_error_text(path), sizeof end->text);
    if (!free_if(end, AT_LOST)) {
        ds_path_free(path);
        end->path = NULL;
    }
}

static const struct ds_path_handler handler = {on_proven, on_data, pull, on_lost};

static void
close_wires(struct path_pair *pair)
{
    for (int side = 0; side < SIDES; side++) {
        struct wire *wire = &pair->wire[side];
        if (wire->event == NULL)
            continue;
        event_free(wire->event);
        wire->event = NULL;
        close(wire->from_fd);
    }
}

static void
on_wire(evutil_socket_t fd, short what, void *arg)
{
    struct wire *wire = arg;
    uint8_t buf[4096];
    ssize_t n = recv(fd, buf, MIN(sizeof buf, wire->cut_at - wire->passed), 0);
    if (n > 0) {
        g_byte_array_append(wire->seen, buf, (guint)n);
        if (wire->flip_at >= wire->passed && wire->flip_at < wire->passed + (size_t)n)
            buf[wire->flip_at - wire->passed] ^= wire->flip;
        wire->passed += (size_t)n;
        (void)!send(wire->to_fd, buf, (size_t)n, MSG_NOSIGNAL);
    }
    if (n <= 0 || wire->passed == wire->cut_at)
        close_wires(wire->pair);
}

void
path_pair_sockets(int fds[static 2])
{
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
}

void
path_pair_init(struct path_pair *pair)
{
    *pair = (struct path_pair){.base = event_base_new()};
    for (int side = 0; side < SIDES; side++) {
        pair->end[side] = (struct path_end){.pair = pair,
                .got = g_byte_array_new(),
                .config = {.role = side == HELPER ? DS_ROLE_HELPER : DS_ROLE_HELPEE,
                        .kind = DS_PATH_RELAY,
                        .generation = 1,
                        .session_key = session_key}};
        pair->wire[side] = (struct wire){.pair = pair,
                .flip_at = SIZE_MAX,
                .cut_at = SIZE_MAX,
                .flip = 1,
                .seen = g_byte_array_new()};
    }
}

void
path_pair_start_end(struct path_pair *pair, int side, int fd)
{
    struct ds_carrier *carrier;
    g_assert_cmpint(ds_carrier_from_fd(&carrier, pair->base, fd), ==, 0);
    path_pair_start_on(pair, side, carrier);
}

void
path_pair_start_on(struct path_pair *pair, int side, struct ds_carrier *carrier)
{
    struct path_end *end = &pair->end[side];
    g_assert_cmpint(ds_path_new(&end->path, pair->base, carrier, &end->config), ==, 0);
    path_pair_listen(pair, side);
}

void
path_pair_listen(struct path_pair *pair, int side)
{
    ds_path_set_handler(pair->end[side].path, &handler, &pair->end[side]);
}

static void
start_wire(struct path_pair *pair, int side, int from_fd, int to_fd)
{
    struct wire *wire = &pair->wire[side];
    wire->from_fd = from_fd;
    wire->to_fd = to_fd;
    wire->event = event_new(pair->base, from_fd, EV_READ | EV_PERSIST, on_wire, wire);
    event_add(wire->event, NULL);
}

void
path_pair_start(struct path_pair *pair, bool has_wire)
{
    int near[2];
    int far[2];
    path_pair_sockets(near);
    if (has_wire) {
        path_pair_sockets(far);
        start_wire(pair, HELPER, near[1], far[1]);
        start_wire(pair, HELPEE, far[1], near[1]);
    }
    path_pair_start_end(pair, HELPER, near[0]);
    path_pair_start_end(pair, HELPEE, has_wire ? far[0] : near[1]);
}

static void
on_guard(evutil_socket_t fd, short what, void *arg)
{
    g_error("nothing came of it in 10 s");
}

void
path_pair_run(struct path_pair *pair, bool (*is_done)(const struct path_pair *pair))
{
    const struct timeval limit = {.tv_sec = 10};
    struct event *guard = event_new(pair->base, -1, 0, on_guard, NULL);
    event_add(guard, &limit);
    while (!is_done(pair))
        event_base_loop(pair->base, EVLOOP_ONCE);
    event_free(guard);
}

void
path_pair_finish(struct path_pair *pair)
{
    close_wires(pair);
    for (int side = 0; side < SIDES; side++) {
        g_assert_cmpuint(pair->end[side].provens, <=, 1);
        g_assert_cmpuint(pair->end[side].losses, <=, 1);
        ds_path_free(pair->end[side].path);
        pair->end[side].path = NULL;
        g_byte_array_unref(pair->end[side].got);
        g_byte_array_unref(pair->wire[side].seen);
    }
    event_base_free(pair->base);
}

bool
path_pair_is_proven(const struct path_pair *pair)
{
    return pair->end[HELPER].provens > 0 && pair->end[HELPEE].provens > 0;
}

bool
path_pair_helper_is_gone(const struct path_pair *pair)
{
    return pair->end[HELPER].path == NULL;
}

bool
path_pair_helpee_is_gone(const struct path_pair *pair)
{
    return pair->end[HELPEE].path == NULL;
}

bool
path_pair_is_lost(const struct path_pair *pair)
{
    return path_pair_helper_is_gone(pair) && path_pair_helpee_is_gone(pair);
}

bool
path_pair_is_over(const struct path_pair *pair)
{
    const struct path_end *a = &pair->end[HELPER];
    const struct path_end *b = &pair->end[HELPEE];
    return path_pair_is_lost(pair) ||
           (path_pair_is_proven(pair) && a->got->len == b->data_len && b->got->len == a->data_len);
}
