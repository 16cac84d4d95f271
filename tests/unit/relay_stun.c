/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STUN at the relay; tests/e2e/stun.py has it on real sockets. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/limits.h"
#include "net/relay/rate.h"
#include "net/relay/stun.h"
#include "net/relay/stun_answer.h"
#include "net/relay/stun_tcp.h"
#include "tests/lib/relay_rig.h"
#include "tests/unit/addr.h"

/* ---- what is answered ---- */

/* Asks, and reads the answer back. Returns what ds_relay_stun_answer() returned. */
static int
answer(struct ds_stun *message, const struct ds_relay_stun_ends *ends)
{
    guint8 out[DS_STUN_MAX];
    struct ds_stun request = *message;
    int len = ds_relay_stun_answer(&request, ends, out);
    if (len <= 0)
        return len;
    g_assert_cmpint(ds_stun_parse(message, out, (gsize)len), ==, len);
    g_assert_cmpmem(message->id, sizeof message->id, request.id, sizeof request.id);
    return len;
}

static void
test_answer(void)
{
    struct ds_relay_stun_ends ends = {
            .from = addr_of("192.0.2.1:4711"), .origin = addr_of("198.51.100.1:3478")};
    struct ds_stun message = {.type = DS_STUN_REQUEST, .id = "transaction"};
    g_assert_cmpint(answer(&message, &ends), ==, 52);
    g_assert_cmpint(message.type, ==, DS_STUN_RESPONSE);
    assert_addr(&message.mapped, "192.0.2.1:4711");
    assert_addr(&message.plain, "");
    assert_addr(&message.origin, "198.51.100.1:3478");
    assert_addr(&message.other, "");

    ends.other = addr_of("198.51.100.2:3479");
    message = (struct ds_stun){.type = DS_STUN_REQUEST};
    g_assert_cmpint(answer(&message, &ends), ==, 76);
    assert_addr(&message.plain, "192.0.2.1:4711");
    assert_addr(&message.other, "198.51.100.2:3479");

    message = (struct ds_stun){.type = DS_STUN_INDICATION};
    g_assert_cmpint(answer(&message, &ends), ==, 0);
    message = (struct ds_stun){.type = DS_STUN_RESPONSE};
    g_assert_cmpint(answer(&message, &ends), ==, DS_ERR_PROTOCOL);
    message = (struct ds_stun){.type = DS_STUN_ERROR};
    g_assert_cmpint(answer(&message, &ends), ==, DS_ERR_PROTOCOL);
}

/* Nothing grows more than this by being sent in another's name. */
static void
test_longest(void)
{
    const struct ds_addr addr = addr_of("[2001:db8::1]:4711");
    const struct ds_relay_stun_ends ends = {.from = addr, .origin = addr, .other = addr};
    struct ds_stun message = {.type = DS_STUN_REQUEST};
    g_assert_cmpint(answer(&message, &ends), ==, 124);
}

/* A refusal by its bytes: who reads one does not keep what it names. */
static void
assert_refused(struct ds_stun message, bool can_change, const char *unknown)
{
    const struct ds_relay_stun_ends ends = {
            .from = addr_of("192.0.2.1:4711"), .can_change = can_change};
    guint8 out[DS_STUN_MAX];
    g_autoptr(GString) hex = g_string_new(NULL);
    int len = ds_relay_stun_answer(&message, &ends, out);
    for (int i = DS_STUN_HEADER; i < len - 8; i++)
        g_string_append_printf(hex, "%02x", out[i]);
    g_assert_cmpstr(hex->str, ==, unknown);
    g_assert_cmpint(out[0] << 8 | out[1], ==, DS_STUN_ERROR);
}

static void
test_refused(void)
{
    struct ds_stun change = {.type = DS_STUN_REQUEST, .change = DS_STUN_CHANGE_PORT};
    struct ds_stun port = {.type = DS_STUN_REQUEST, .response_port = 1};
    struct ds_stun unknown = {.type = DS_STUN_REQUEST, .unknown = {0x26}, .unknown_count = 1};
    struct ds_stun many = {.type = DS_STUN_REQUEST, .change = 2, .unknown_count = 99};

    assert_refused(change, false,
            "0009000400000414"
            "000a000200030000");
    assert_refused(port, false,
            "0009000400000414"
            "000a000200270000");
    assert_refused(unknown, true,
            "0009000400000414"
            "000a000200260000");
    for (int i = 0; i < DS_STUN_UNKNOWN_MAX; i++)
        many.unknown[i] = (guint16)(i + 1);
    assert_refused(many, false,
            "0009000400000414"
            "000a0010"
            "00030001000200030004000500060007");
    const struct ds_relay_stun_ends ends = {.from = addr_of("192.0.2.1:4711"), .can_change = true};
    g_assert_cmpint(answer(&change, &ends), ==, 40);
    g_assert_cmpint(change.type, ==, DS_STUN_RESPONSE);
    g_assert_cmpint(answer(&port, &ends), ==, 40);
    g_assert_cmpint(port.type, ==, DS_STUN_RESPONSE);
}

/* ---- connections ---- */

struct scene {
    struct event_base *base;
    struct ds_relay_stun_tcp tcp;
};

static void
open_scene(struct scene *scene, uint32_t first_ms, uint32_t idle_ms)
{
    scene->base = event_base_new();
    scene->tcp = (struct ds_relay_stun_tcp){
            .base = scene->base,
            .max = 3,
            .per_subscriber_max = 2,
            .first_ms = first_ms,
            .idle_ms = idle_ms,
    };
    g_assert_cmpint(ds_relay_stun_tcp_init(&scene->tcp), ==, 0);
}

static void
close_scene(struct scene *scene)
{
    ds_relay_stun_tcp_finish(&scene->tcp);
    event_base_free(scene->base);
}

/* Returns the client's end of a connection from `from`. */
static int
join(struct scene *scene, const char *from)
{
    const struct ds_addr addr = addr_of(from), other = addr_of("198.51.100.2:3479");
    int fds[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
    ds_relay_stun_tcp_adopt(&scene->tcp, fds[0], &addr, &other);
    return fds[1];
}

static void
settle(struct scene *scene)
{
    for (int turn = 0; turn < 8; turn++)
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
}

/* Sends, lets it be served, and reads all that comes. Returns how many bytes, -1 for nothing. */
static ssize_t
exchange(struct scene *scene, int fd, const void *data, size_t len, guint8 *in, size_t cap)
{
    ssize_t n;
    size_t all = 0;
    g_assert_cmpint(send(fd, data, len, MSG_NOSIGNAL), ==, (ssize_t)len);
    do {
        settle(scene);
        n = recv(fd, in + all, cap - all, 0);
        all += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    return all > 0 ? (ssize_t)all : n;
}

static void
test_pieces(void)
{
    struct scene scene;
    struct ds_stun message = {.type = DS_STUN_REQUEST};
    guint8 request[DS_STUN_MAX], in[4096], many[50 * DS_STUN_HEADER];
    int len = ds_stun_write(&message, request);

    open_scene(&scene, 10000, 10000);
    int fd = join(&scene, "192.0.2.1:4711");
    for (int i = 0; i < len - 1; i++)
        g_assert_cmpint(exchange(&scene, fd, request + i, 1, in, sizeof in), ==, -1);
    ssize_t n = exchange(&scene, fd, request + len - 1, 1, in, sizeof in);
    g_assert_cmpint(ds_stun_parse(&message, in, (gsize)n), ==, n);
    assert_addr(&message.mapped, "192.0.2.1:4711");
    assert_addr(&message.other, "198.51.100.2:3479");

    memset(request + 2, 0, 2); /* without FINGERPRINT: 50 of them are more than is read at once */
    for (gsize i = 0; i < 50; i++)
        memcpy(many + i * DS_STUN_HEADER, request, DS_STUN_HEADER);
    g_assert_cmpint(exchange(&scene, fd, many, sizeof many, in, sizeof in), ==, 50 * n);
    g_assert_cmpuint(scene.tcp.count, ==, 1);
    g_assert_cmpint(exchange(&scene, fd, "GET / HTTP/1.1\r\n\r\n..", 20, in, sizeof in), ==, 0);
    g_assert_cmpuint(scene.tcp.count, ==, 0);
    close(fd);
    close_scene(&scene);
}

static void
test_caps(void)
{
    static const char *const from[] = {
            "192.0.2.1:1", "192.0.2.1:2", "192.0.2.1:3", "192.0.2.2:1", "192.0.2.3:1"};
    static const bool is_served[] = {true, true, false, true, false};
    struct scene scene;
    int fds[G_N_ELEMENTS(from)];
    guint8 byte;

    open_scene(&scene, 10000, 10000);
    for (gsize i = 0; i < G_N_ELEMENTS(from); i++) {
        fds[i] = join(&scene, from[i]);
        g_assert_cmpint(recv(fds[i], &byte, 1, 0), ==, is_served[i] ? -1 : 0);
    }
    g_assert_cmpuint(scene.tcp.count, ==, 3);
    close(fds[0]);
    settle(&scene);
    g_assert_cmpuint(scene.tcp.count, ==, 2);
    fds[0] = join(&scene, "192.0.2.1:4");
    g_assert_cmpint(recv(fds[0], &byte, 1, 0), ==, -1);
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    close_scene(&scene);
}

/* The first question has its time, each later one another. */
static void
test_times(void)
{
    struct scene scene;
    struct ds_stun message = {.type = DS_STUN_INDICATION};
    guint8 indication[DS_STUN_MAX], byte;
    int len = ds_stun_write(&message, indication);

    open_scene(&scene, 30, 30000);
    int mute = join(&scene, "192.0.2.1:1"), asker = join(&scene, "192.0.2.2:1");
    g_assert_cmpint(exchange(&scene, asker, indication, (gsize)len, &byte, 1), ==, -1);
    while (scene.tcp.count == 2)
        event_base_loop(scene.base, EVLOOP_ONCE);
    g_assert_cmpint(recv(mute, &byte, 1, 0), ==, 0);
    g_assert_cmpint(recv(asker, &byte, 1, 0), ==, -1);
    scene.tcp.idle_ms = 30;
    g_assert_cmpint(exchange(&scene, asker, indication, (gsize)len, &byte, 1), ==, -1);
    while (scene.tcp.count == 1)
        event_base_loop(scene.base, EVLOOP_ONCE);
    g_assert_cmpint(recv(asker, &byte, 1, 0), ==, 0);
    close(mute);
    close(asker);
    close_scene(&scene);
}

/* Whoever does not read is not read, and everything is answered in the end. */
static void
test_unread(void)
{
    enum { QUESTIONS = 20000 };
    struct scene scene;
    struct ds_stun message = {.type = DS_STUN_REQUEST};
    guint8 request[DS_STUN_MAX], in[65536];
    int len = ds_stun_write(&message, request);
    gsize asked = 0, answered = 0;
    ssize_t n;

    open_scene(&scene, 10000, 10000);
    int fd = join(&scene, "192.0.2.1:4711");
    while (asked < QUESTIONS && send(fd, request, (gsize)len, MSG_NOSIGNAL) == len) {
        asked++;
        settle(&scene);
    }
    g_assert_cmpuint(asked, <, QUESTIONS);
    g_assert_cmpuint(scene.tcp.count, ==, 1);
    do {
        n = recv(fd, in, sizeof in, 0);
        answered += n > 0 ? (gsize)n : 0;
        settle(&scene);
    } while (n > 0);
    g_assert_cmpuint(answered, ==, asked * 64);
    close(fd);
    close_scene(&scene);
}

/* ---- datagrams ---- */

static guint
answers_to(struct ds_relay_rate *rate, const char *text)
{
    const struct ds_addr addr = addr_of(text);
    guint count = 0;
    while (count < 1000 && ds_relay_rate_allows(rate, &addr))
        count++;
    return count;
}

static void
test_rate(void)
{
    static struct ds_relay_rate rate;
    struct relay_rig rig; /* whose clock stands still */
    relay_rig_open(&rig, &ds_relay_times_default, 1, 1);
    g_assert_cmpint(ds_relay_rate_init(&rate, DS_STUN_UDP_BURST, 1000 / DS_STUN_UDP_PER_S), ==, 0);
    memset(rate.seed, 1, sizeof rate.seed); /* with which the two do not share a slot */
    g_assert_cmpuint(answers_to(&rate, "192.0.2.1:1"), ==, DS_STUN_UDP_BURST);
    g_assert_cmpuint(answers_to(&rate, "192.0.2.1:2"), ==, 0);
    g_assert_cmpuint(answers_to(&rate, "[2001:db8::1]:1"), ==, DS_STUN_UDP_BURST);
    g_assert_cmpuint(answers_to(&rate, "[2001:db8::2]:1"), ==, 0);
    relay_rig_skip(1000);
    g_assert_cmpuint(answers_to(&rate, "192.0.2.1:1"), ==, DS_STUN_UDP_PER_S);
    relay_rig_skip(60000);
    g_assert_cmpuint(answers_to(&rate, "192.0.2.1:1"), ==, DS_STUN_UDP_BURST);
    relay_rig_close(&rig);
}

static void
test_two(void)
{
    static const struct {
        const char *first, *second;
        bool is_served;
    } pairs[] = {
            {"192.0.2.1:3478", "192.0.2.2:3479", true},
            {"[2001:db8::1]:3478", "[2001:db8::2]:3479", true},
            {"192.0.2.1:3478", "192.0.2.2:3478", false},
            {"192.0.2.1:3478", "192.0.2.1:3479", false},
            {"192.0.2.1:3478", "[2001:db8::2]:3479", false},
            {"0.0.0.0:3478", "192.0.2.2:3479", false},
            {"[2001:db8::1]:3478", "[::]:3479", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        const struct ds_addr addrs[] = {addr_of(pairs[i].first), addr_of(pairs[i].second)};
        g_assert_cmpint(ds_relay_stun_is_served(addrs, 2), ==, pairs[i].is_served);
        g_assert_true(ds_relay_stun_is_served(addrs, 1));
        g_assert_false(ds_relay_stun_is_served(addrs, 0));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay_stun/answer", test_answer);
    g_test_add_func("/relay_stun/longest", test_longest);
    g_test_add_func("/relay_stun/refused", test_refused);
    g_test_add_func("/relay_stun/pieces", test_pieces);
    g_test_add_func("/relay_stun/caps", test_caps);
    g_test_add_func("/relay_stun/times", test_times);
    g_test_add_func("/relay_stun/unread", test_unread);
    g_test_add_func("/relay_stun/rate", test_rate);
    g_test_add_func("/relay_stun/two", test_two);
    return g_test_run();
}
