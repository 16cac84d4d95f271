/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths between two honest sides. What a hostile middle does is in path_hostile.c. */
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "tests/lib/path_pair.h"
#include "tests/lib/pattern.h"

static uint8_t *
some_bytes(size_t len)
{
    uint8_t *data = g_malloc(len);
    pattern_fill(data, len, 0, 0);
    return data;
}

static void
give(struct path_end *end, const uint8_t *data, size_t len)
{
    end->data = data;
    end->data_len = len;
}

static void
assert_delivered(const struct path_pair *pair)
{
    for (int side = 0; side < SIDES; side++) {
        const struct path_end *from = &pair->end[side];
        const GByteArray *got = pair->end[1 - side].got;
        g_assert_cmpmem(got->data, got->len, from->data, from->data_len);
    }
}

static void
test_hundred(void)
{
    g_autofree uint8_t *data = some_bytes(3000);
    for (uint32_t i = 1; i <= 100; i++) {
        struct path_pair pair;
        path_pair_init(&pair);
        pair.end[HELPER].config.generation = i;
        give(&pair.end[HELPER], data, 3000);
        give(&pair.end[HELPEE], data, 2000);
        path_pair_start(&pair, false);
        path_pair_run(&pair, path_pair_is_over);
        assert_delivered(&pair);
        g_assert_cmpuint(ds_path_generation(pair.end[HELPEE].path), ==, i);
        path_pair_finish(&pair);
    }
}

/* The helpee of a direct path takes each kind, and knows which one it is when it is proven. */
static void
test_direct_kinds(void)
{
    for (int kind = DS_PATH_LAN; kind <= DS_PATH_MAPPED; kind++) {
        for (int taken = DS_PATH_LAN; taken <= DS_PATH_MAPPED; taken++) {
            struct path_pair pair;
            path_pair_init(&pair);
            pair.end[HELPER].config.kind = (enum ds_path_kind)kind;
            pair.end[HELPEE].config.kind = (enum ds_path_kind)taken;
            pair.end[HELPER].config.generation = pair.end[HELPEE].config.generation = 9;
            pair.end[HELPER].config.handshake_bytes = DS_PUNCH_HANDSHAKE_BYTES;
            pair.end[HELPEE].config.handshake_bytes = DS_PUNCH_HANDSHAKE_BYTES;
            path_pair_start(&pair, false);
            path_pair_run(&pair, path_pair_is_proven);
            for (int side = 0; side < SIDES; side++) {
                g_assert_cmpint(ds_path_kind(pair.end[side].path), ==, kind);
                g_assert_cmpuint(ds_path_generation(pair.end[side].path), ==, 9);
            }
            path_pair_finish(&pair);
        }
    }
}

static void
test_stream(void)
{
    const size_t len = 2 * 1024 * 1024 + 11;
    g_autofree uint8_t *one = some_bytes(len);
    struct path_pair pair;
    path_pair_init(&pair);
    give(&pair.end[HELPER], one, len);
    give(&pair.end[HELPEE], one + 11, len - 11);
    path_pair_start(&pair, false);
    path_pair_run(&pair, path_pair_is_over);
    assert_delivered(&pair);
    /* As few records as hold it, and one question more that was answered by nothing. */
    g_assert_cmpuint(pair.end[HELPER].pulls, <=, len / DS_PATH_RECORD_MAX + 2);
    path_pair_finish(&pair);
}

static bool
has_pulled(const struct path_pair *pair)
{
    return pair->end[HELPER].pulls > 0;
}

/* A turn of the loop is one pull, however often it was kicked; what pulls nothing is left alone. */
static void
test_kicks(void)
{
    static const uint8_t byte[] = {'x'};
    struct path_pair pair;
    path_pair_init(&pair);
    path_pair_start(&pair, false);
    struct path_end *helper = &pair.end[HELPER];
    ds_path_kick(helper->path); /* kept until the proof */
    path_pair_run(&pair, has_pulled);
    g_assert_cmpuint(helper->provens, ==, 1);
    path_pair_run(&pair, path_pair_is_proven);
    g_assert_cmpuint(helper->pulls, ==, 1);
    for (int i = 0; i < 100; i++) {
        ds_path_kick(helper->path);
        g_assert_cmpuint(helper->pulls, ==, 1);
    }
    event_base_loop(pair.base, EVLOOP_ONCE);
    g_assert_cmpuint(helper->pulls, ==, 2);
    for (int i = 0; i < 10; i++)
        event_base_loop(pair.base, EVLOOP_NONBLOCK);
    g_assert_cmpuint(helper->pulls, ==, 2);
    give(helper, byte, sizeof byte);
    ds_path_kick(helper->path);
    path_pair_run(&pair, path_pair_is_over);
    assert_delivered(&pair);
    path_pair_finish(&pair);
}

/* With nobody reading, records are not made in advance: what comes later can still go first. */
static void
test_pull_is_late(void)
{
    const size_t len = 4 * 1024 * 1024;
    g_autofree uint8_t *data = some_bytes(len);
    struct path_pair pair;
    path_pair_init(&pair);
    path_pair_start(&pair, true);
    path_pair_run(&pair, path_pair_is_proven);
    struct path_end *helper = &pair.end[HELPER];
    int small = 1; /* the kernel rounds it up */
    setsockopt(pair.wire[HELPER].from_fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    event_del(pair.wire[HELPER].event);
    give(helper, data, len);
    ds_path_kick(helper->path);
    unsigned before;
    do {
        before = helper->pulls;
        event_base_loop(pair.base, EVLOOP_NONBLOCK);
    } while (helper->pulls > before);
    g_assert_cmpuint(helper->given, <, len / 2);
    event_add(pair.wire[HELPER].event, NULL);
    path_pair_run(&pair, path_pair_is_over);
    assert_delivered(&pair);
    path_pair_finish(&pair);
}

/* The address sanitizer is the judge here. */
static void
test_free_in_callback(gconstpointer data)
{
    const enum moment moment = (enum moment)GPOINTER_TO_INT(data);
    g_autofree uint8_t *bytes = some_bytes(100000);
    for (int side = 0; side < SIDES; side++) {
        struct path_pair pair;
        path_pair_init(&pair);
        give(&pair.end[HELPER], bytes, 100000);
        give(&pair.end[HELPEE], bytes, 100000);
        pair.end[side].free_at = moment;
        pair.end[1 - side].free_at = moment == AT_LOST ? AT_DATA : AT_NONE;
        path_pair_start(&pair, false);
        path_pair_run(&pair, side == HELPER ? path_pair_helper_is_gone : path_pair_helpee_is_gone);
        g_assert_cmpuint(pair.end[side].losses, ==, moment == AT_LOST ? 1 : 0);
        path_pair_run(&pair, path_pair_is_lost);
        if (moment != AT_LOST)
            g_assert_cmpint(pair.end[1 - side].err, ==, DS_ERR_CLOSED);
        path_pair_finish(&pair);
    }
}

/* A helper's last flight and its first data come in one read; both must be seen, in order. */
static void
test_data_behind_the_proof(void)
{
    g_autofree uint8_t *bytes = some_bytes(20000);
    struct path_pair pair;
    path_pair_init(&pair);
    give(&pair.end[HELPER], bytes, 20000);
    path_pair_start(&pair, true);
    while (pair.end[HELPER].given < 20000) {
        if (pair.end[HELPER].provens > 0)
            event_del(pair.wire[HELPER].event); /* hold it back until all is there */
        event_base_loop(pair.base, EVLOOP_ONCE);
    }
    g_assert_cmpuint(pair.end[HELPEE].provens, ==, 0);
    event_add(pair.wire[HELPER].event, NULL);
    path_pair_run(&pair, path_pair_is_over);
    assert_delivered(&pair);
    path_pair_finish(&pair);
}

/* The ClientHello may come another way, as it does in SAY. */
static void
test_input(void)
{
    static const uint8_t bytes[] = "carried";
    uint8_t hello[1024];
    int near[2];
    int far[2];
    struct path_pair pair;
    path_pair_init(&pair);
    give(&pair.end[HELPER], bytes, sizeof bytes);
    path_pair_sockets(near);
    path_pair_sockets(far);
    path_pair_start_end(&pair, HELPER, near[0]);
    event_base_loop(pair.base, EVLOOP_ONCE);
    ssize_t n = recv(near[1], hello, sizeof hello, 0);
    g_assert_cmpint((int)n, >, 100);
    path_pair_start_end(&pair, HELPEE, near[1]);
    ds_path_input(pair.end[HELPEE].path, hello, (size_t)n);
    path_pair_run(&pair, path_pair_is_over);
    assert_delivered(&pair);
    path_pair_finish(&pair);

    /* Nonsense is told from the loop, not from within the call. */
    path_pair_init(&pair);
    path_pair_start_end(&pair, HELPEE, far[0]);
    ds_path_input(pair.end[HELPEE].path, bytes, sizeof bytes);
    g_assert_cmpuint(pair.end[HELPEE].losses, ==, 0);
    path_pair_run(&pair, path_pair_helpee_is_gone);
    g_assert_cmpint(pair.end[HELPEE].err, ==, DS_ERR_AUTH);
    close(far[1]);
    path_pair_finish(&pair);
}

/* Each of these is the loss of the path. */
static void
test_loss(gconstpointer data)
{
    const bool is_half = GPOINTER_TO_INT(data) == SHUT_WR;
    g_autofree uint8_t *bytes = some_bytes(100000);
    struct path_pair pair;
    path_pair_init(&pair);
    path_pair_start(&pair, true);
    path_pair_run(&pair, path_pair_is_proven);
    give(&pair.end[HELPER], bytes, 100000);
    ds_path_kick(pair.end[HELPER].path);
    if (is_half)
        shutdown(pair.wire[HELPER].from_fd, SHUT_WR);
    else
        pair.wire[HELPER].cut_at = pair.wire[HELPER].passed + 1;
    path_pair_run(&pair, path_pair_is_lost);
    for (int side = 0; side < SIDES; side++) {
        g_assert_cmpint(pair.end[side].err, ==, DS_ERR_CLOSED);
        g_assert_cmpstr(pair.end[side].text, ==, "path: the connection ended");
    }
    path_pair_finish(&pair);
}

static void
test_silence(void)
{
    int fds[2];
    struct path_pair pair;
    for (int side = 0; side < SIDES; side++) {
        path_pair_init(&pair);
        pair.end[side].config.handshake_ms = 5;
        path_pair_sockets(fds);
        path_pair_start_end(&pair, side, fds[0]);
        path_pair_run(&pair, side == HELPER ? path_pair_helper_is_gone : path_pair_helpee_is_gone);
        g_assert_cmpint(pair.end[side].err, ==, DS_ERR_TIMEOUT);
        g_assert_cmpstr(pair.end[side].text, ==, "path handshake: no answer in time");
        close(fds[1]);
        path_pair_finish(&pair);
    }
}

static bool
is_timed_out(const struct path_pair *pair)
{
    return pair->end[HELPER].err == DS_ERR_TIMEOUT;
}

/* On a leg that is not paired a path may wait for its handler longer than for its handshake. */
static void
test_silence_before_the_handler(void)
{
    int fds[SIDES][2];
    struct path_pair pair;
    path_pair_init(&pair);
    for (int side = 0; side < SIDES; side++) {
        pair.end[side].config.handshake_ms = side == HELPER ? 6 : 5;
        path_pair_sockets(fds[side]);
        path_pair_start_end(&pair, side, fds[side][0]);
    }
    struct path_end *helpee = &pair.end[HELPEE];
    ds_path_set_handler(helpee->path, NULL, NULL);
    path_pair_run(&pair, is_timed_out); /* the helper's time, which is longer */
    path_pair_listen(&pair, HELPEE);
    g_assert_cmpuint(helpee->losses, ==, 0);
    path_pair_run(&pair, path_pair_is_lost);
    g_assert_cmpint(helpee->err, ==, DS_ERR_TIMEOUT);
    for (int side = 0; side < SIDES; side++)
        close(fds[side][1]);
    path_pair_finish(&pair);
}

/* The handshake's time ends with the handshake: a second path, of the same time, sees it pass. */
static void
test_outlives_its_handshake(void)
{
    int fds[2];
    struct path_pair pair;
    struct path_pair other;
    path_pair_init(&pair);
    path_pair_init(&other);
    event_base_free(other.base);
    other.base = pair.base;
    pair.end[HELPER].config.handshake_ms = pair.end[HELPEE].config.handshake_ms = 200;
    other.end[HELPER].config.handshake_ms = 201;
    path_pair_start(&pair, false);
    path_pair_run(&pair, path_pair_is_proven);
    path_pair_sockets(fds);
    path_pair_start_end(&other, HELPER, fds[0]);
    path_pair_run(&other, is_timed_out);
    g_assert_cmpuint(pair.end[HELPER].losses + pair.end[HELPEE].losses, ==, 0);
    close(fds[1]);
    other.base = event_base_new();
    path_pair_finish(&other);
    path_pair_finish(&pair);
}

/* Freed with bytes to send and nobody to take them: SIGPIPE would end the test. */
static void
test_free_without_reader(void)
{
    int fds[2];
    struct path_pair pair;
    signal(SIGPIPE, SIG_DFL);
    path_pair_init(&pair);
    path_pair_sockets(fds);
    path_pair_start_end(&pair, HELPER, fds[0]);
    close(fds[1]);
    path_pair_finish(&pair);
}

static void
test_names(void)
{
    g_assert_cmpstr(ds_path_kind_name(DS_PATH_NONE), ==, "none");
    g_assert_cmpstr(ds_path_kind_name(DS_PATH_RELAY), ==, "relay");
    g_assert_cmpstr(ds_path_kind_name(DS_PATH_MAPPED), ==, "mapped");
    g_assert_cmpstr(ds_path_kind_name((enum ds_path_kind)6), ==, "unknown");
    g_assert_cmpstr(ds_path_kind_name((enum ds_path_kind) - 1), ==, "unknown");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/path/hundred", test_hundred);
    g_test_add_func("/path/direct-kinds", test_direct_kinds);
    g_test_add_func("/path/stream", test_stream);
    g_test_add_func("/path/kicks", test_kicks);
    g_test_add_func("/path/pull-is-late", test_pull_is_late);
    g_test_add_data_func("/path/free/on-proven", GINT_TO_POINTER(AT_PROVEN), test_free_in_callback);
    g_test_add_data_func("/path/free/on-data", GINT_TO_POINTER(AT_DATA), test_free_in_callback);
    g_test_add_data_func("/path/free/pull", GINT_TO_POINTER(AT_PULL), test_free_in_callback);
    g_test_add_data_func("/path/free/on-lost", GINT_TO_POINTER(AT_LOST), test_free_in_callback);
    g_test_add_func("/path/data-behind-the-proof", test_data_behind_the_proof);
    g_test_add_func("/path/input", test_input);
    g_test_add_data_func("/path/loss/cut", GINT_TO_POINTER(SHUT_RDWR), test_loss);
    g_test_add_data_func("/path/loss/half-closed", GINT_TO_POINTER(SHUT_WR), test_loss);
    g_test_add_func("/path/silence", test_silence);
    g_test_add_func("/path/silence-before-the-handler", test_silence_before_the_handler);
    g_test_add_func("/path/outlives-its-handshake", test_outlives_its_handshake);
    g_test_add_func("/path/free/without-reader", test_free_without_reader);
    g_test_add_func("/path/names", test_names);
    return g_test_run();
}
