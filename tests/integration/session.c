/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two sessions of one program with a main thread of GLib's, over the real relay. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <gio/gio.h>

#include "app/session/session.h"

enum { ECHO_BYTES = 100000, PATIENCE_S = 30 };

/* ---- the relay: the real program ---- */

struct stage {
    char *folder;
    GSubprocess *relay;
    GDataInputStream *lines;
    struct ds_relay_addr addr;
    struct ds_net_thread *net;
};

static void
stage_init(struct stage *stage)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *ready = NULL;

    stage->folder = g_dir_make_tmp("deskside-test-XXXXXX", &error);
    g_assert_no_error(error);
    stage->relay =
            g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                    &error, g_getenv("DESKSIDE_RELAY"), "--self-signed", stage->folder, "--listen",
                    "127.0.0.1:0", NULL);
    g_assert_no_error(error);
    stage->lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(stage->relay));
    do {
        g_free(ready);
        ready = g_data_input_stream_read_line(stage->lines, NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_nonnull(ready);
    } while (!g_str_has_prefix(ready, "READY "));
    g_assert_cmpint(
            ds_addr_split(ready + strlen("READY "), 0, stage->addr.host, &stage->addr.port), ==, 0);
    stage->net = ds_net_thread_new(&error);
    g_assert_no_error(error);
}

static void
stage_finish(struct stage *stage)
{
    ds_net_thread_free(stage->net);
    g_subprocess_send_signal(stage->relay, SIGTERM);
    g_assert_true(g_subprocess_wait_check(stage->relay, NULL, NULL));
    g_object_unref(stage->lines);
    g_object_unref(stage->relay);
    g_autofree char *cert = g_build_filename(stage->folder, "cert.pem", NULL);
    g_autofree char *key = g_build_filename(stage->folder, "key.pem", NULL);
    remove(cert);
    remove(key);
    g_assert_cmpint(remove(stage->folder), ==, 0);
    g_free(stage->folder);
}

/* ---- services: one side sends, the other sends it back ---- */

struct echo {
    struct ds_service service;
    gint *echoed; /* bytes that came back, atomic */
    gint *freed;  /* atomic */
    gint *paths;  /* that it was told of, atomic */
    gint *wakes;  /* atomic */
    gint *looks;  /* that the helper may only look, atomic */
    gsize sent;   /* sender */
    struct ds_channel *channel;
};

static void
send_more(struct echo *echo)
{
    static const guint8 zeros[4096];
    size_t n;
    while (echo->sent < ECHO_BYTES && (n = ds_channel_write(echo->channel, zeros,
                                               MIN(sizeof zeros, ECHO_BYTES - echo->sent))) > 0)
        echo->sent += n;
}

static void
on_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct echo *echo = arg;
    ds_channel_consumed(channel, len);
    if (echo->echoed != NULL)
        g_atomic_int_add(echo->echoed, (gint)len);
    else
        g_assert_cmpuint(ds_channel_write(channel, data, len), ==, len);
}

static void
on_writable(void *arg, struct ds_channel *channel)
{
    struct echo *echo = arg;
    if (echo->echoed != NULL)
        send_more(echo);
}

static void
on_eof(void *arg, struct ds_channel *channel)
{
}

static void
on_gone(void *arg, struct ds_channel *channel, int reason)
{
    struct echo *echo = arg;
    echo->channel = NULL;
}

static const struct ds_channel_handler channel_handler = {
        .on_data = on_data, .on_writable = on_writable, .on_eof = on_eof, .on_gone = on_gone};

static void
echo_begin(struct ds_service *service, struct event_base *base, struct ds_peer *peer,
        enum ds_level level)
{
    struct echo *echo = (struct echo *)service;
    if (echo->echoed == NULL)
        return;
    int err = ds_peer_open(peer, DS_CHANNEL_TCP, &channel_handler, echo, &echo->channel);
    g_assert_cmpint(err, ==, 0);
    send_more(echo);
}

static void
echo_set_level(struct ds_service *service, enum ds_level level)
{
    struct echo *echo = (struct echo *)service;
    if (echo->looks != NULL)
        g_atomic_int_add(echo->looks, level == DS_LEVEL_VIEW);
}

static void
echo_path(struct ds_service *service, const struct ds_peer_path *path)
{
    struct echo *echo = (struct echo *)service;
    g_atomic_int_add(echo->paths, path->kind == DS_PATH_RELAY);
}

static void
echo_wake(struct ds_service *service)
{
    struct echo *echo = (struct echo *)service;
    g_atomic_int_inc(echo->wakes);
}

static bool
echo_open(struct ds_service *service, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct echo *echo = (struct echo *)service;
    if (kind != DS_CHANNEL_TCP || echo->echoed != NULL)
        return false;
    echo->channel = channel;
    ds_channel_set_handler(channel, &channel_handler, echo);
    return true;
}

static void
echo_free(struct ds_service *service)
{
    struct echo *echo = (struct echo *)service;
    g_atomic_int_inc(echo->freed);
    if (echo->channel != NULL)
        ds_channel_reset(echo->channel, DS_REASON_STOPPED);
    g_free(echo);
}

static const struct ds_service_ops sender_ops = {
        .begin = echo_begin,
        .set_level = echo_set_level,
        .wake = echo_wake,
        .open = echo_open,
        .free = echo_free,
};

static const struct ds_service_ops echo_ops = {
        .begin = echo_begin,
        .set_level = echo_set_level,
        .path = echo_path,
        .open = echo_open,
        .free = echo_free,
};

/* The sender counts what comes back in `echoed`, and `wakes`; who sends it back, its `paths`. */
static struct ds_service *
echo_new(gint *echoed, gint *wakes, gint *paths, gint *freed)
{
    struct echo *echo = g_new0(struct echo, 1);
    echo->service.ops = echoed != NULL ? &sender_ops : &echo_ops;
    echo->wakes = wakes;
    echo->paths = paths;
    echo->echoed = echoed;
    echo->freed = freed;
    return &echo->service;
}

/* ---- two people ---- */

struct pair {
    struct stage *stage;
    DsSession *helpee, *helper;
    gboolean declines, meddles;
    guint events, drop_at; /* drop both sessions at that event; 0: never */
    guint peers, paths, guesses;
    guint helpee_reason, helper_reason;
    gint echoed, wakes, told_paths, looks, freed;
    guint sessions;
};

static void
count(struct pair *pair)
{
    if (++pair->events != pair->drop_at)
        return;
    if (pair->helper != NULL)
        ds_session_wake(pair->helper); /* it comes before the end, or not at all */
    g_clear_object(&pair->helpee);
    g_clear_object(&pair->helper);
}

static void
on_request(DsSession *helpee, const char *name, guint level, gboolean again, struct pair *pair)
{
    g_assert_cmpstr(name, ==, "Maria");
    g_assert_cmpuint(level, ==, DS_LEVEL_CONTROL);
    if (pair->declines)
        ds_session_stop(helpee, DS_REASON_DECLINED);
    else
        ds_session_grant(helpee, DS_LEVEL_VIEW);
    count(pair);
}

static void
on_peer(DsSession *session, const char *name, guint level, struct pair *pair)
{
    g_assert_cmpuint(level, ==, DS_LEVEL_VIEW);
    pair->peers++;
    count(pair);
}

static void
on_path(DsSession *session, const struct ds_peer_path *path, struct pair *pair)
{
    pair->paths += path->kind == DS_PATH_RELAY;
    count(pair);
}

static void
on_guess(DsSession *session, guint left, struct pair *pair)
{
    g_assert_cmpuint(left, ==, 2);
    pair->guesses++;
    count(pair);
}

static void
on_ended(DsSession *session, guint reason, const char *sentence, guint retry_ms, struct pair *pair)
{
    g_assert_cmpuint(strlen(sentence), >, 10);
    if (session == pair->helpee)
        pair->helpee_reason = reason;
    else
        pair->helper_reason = reason;
    count(pair);
}

static DsSession *
start(struct pair *pair, const struct ds_session_config *config)
{
    DsSession *session = ds_session_new(pair->stage->net, config);
    pair->sessions++;
    g_signal_connect(session, "request", G_CALLBACK(on_request), pair);
    g_signal_connect(session, "peer", G_CALLBACK(on_peer), pair);
    g_signal_connect(session, "path", G_CALLBACK(on_path), pair);
    g_signal_connect(session, "guess", G_CALLBACK(on_guess), pair);
    g_signal_connect(session, "ended", G_CALLBACK(on_ended), pair);
    return session;
}

static void
on_code(DsSession *helpee, const struct ds_link_form *form, guint64 left_ms, struct pair *pair)
{
    struct ds_session_config config = {.role = DS_ROLE_HELPER,
            .relay = pair->stage->addr,
            .code = form->code,
            .name = "Maria",
            .wants = DS_LEVEL_CONTROL,
            .direct = DS_DIRECT_NEVER,
            .service = echo_new(&pair->echoed, &pair->wakes, NULL, &pair->freed)};
    g_assert_cmpuint(left_ms, >, 0);
    if (pair->meddles)
        config.code.secret[0] = config.code.secret[0] == '0' ? '1' : '0';
    pair->helper = start(pair, &config);
    count(pair);
}

static gboolean
on_patience_over(gpointer data)
{
    g_error("the sessions hang");
    return G_SOURCE_REMOVE;
}

/* One stage of it all: two people, who never wait for ever. */
static void
pair_init(struct pair *pair, struct stage *stage)
{
    struct ds_session_config config = {.role = DS_ROLE_HELPEE,
            .relay = stage->addr,
            .name = "Josef",
            .direct = DS_DIRECT_NEVER};
    pair->stage = stage;
    config.service = echo_new(NULL, NULL, &pair->told_paths, &pair->freed);
    ((struct echo *)config.service)->looks = &pair->looks;
    pair->helpee = start(pair, &config);
    g_signal_connect(pair->helpee, "code", G_CALLBACK(on_code), pair);
}

#define ITERATE_UNTIL(condition)                                                                   \
    do {                                                                                           \
        guint patience = g_timeout_add_seconds(PATIENCE_S, on_patience_over, NULL);                \
        while (!(condition))                                                                       \
            g_main_context_iteration(NULL, TRUE);                                                  \
        g_source_remove(patience);                                                                 \
    } while (0)

static void
pair_finish(struct pair *pair)
{
    g_clear_object(&pair->helpee);
    g_clear_object(&pair->helper);
}

static gboolean
on_tick(gpointer data)
{
    return G_SOURCE_CONTINUE;
}

static void
test_whole(void)
{
    struct stage stage = {0};
    struct pair pair = {0};
    stage_init(&stage);
    pair_init(&pair, &stage);
    guint tick = g_timeout_add(10, on_tick, NULL); /* what the net thread counts rings no bell */
    ITERATE_UNTIL(pair.peers == 2 && g_atomic_int_get(&pair.echoed) == ECHO_BYTES);
    g_source_remove(tick);
    g_assert_cmpuint(pair.paths, >=, 2);
    g_assert_cmpint(g_atomic_int_get(&pair.told_paths), >=, 1);
    ds_session_stop(pair.helper, DS_REASON_STOPPED);
    ITERATE_UNTIL(pair.helpee_reason != 0 && pair.helper_reason != 0);
    g_assert_cmpuint(pair.helper_reason, ==, DS_REASON_STOPPED);
    g_assert_cmpuint(pair.helpee_reason, ==, DS_REASON_PEER_STOPPED);
    pair_finish(&pair);
    stage_finish(&stage);
    g_assert_cmpint(pair.freed, ==, 2);
}

static void
test_declined(void)
{
    struct stage stage = {0};
    struct pair pair = {.declines = TRUE};
    stage_init(&stage);
    pair_init(&pair, &stage);
    ITERATE_UNTIL(pair.helpee_reason != 0 && pair.helper_reason != 0);
    g_assert_cmpuint(pair.helper_reason, ==, DS_REASON_DECLINED);
    g_assert_cmpuint(pair.helpee_reason, ==, DS_REASON_DECLINED);
    g_assert_cmpuint(pair.peers, ==, 0);
    ds_session_grant(pair.helpee, DS_LEVEL_CONTROL); /* too late, and harmless */
    ds_session_stop(pair.helpee, DS_REASON_STOPPED);
    pair_finish(&pair);
    stage_finish(&stage);
}

/* From the click on, the helper's hands are off, whenever the other side hears of it. */
static void
test_stopped(void)
{
    struct stage stage = {0};
    struct pair pair = {0};
    stage_init(&stage);
    pair_init(&pair, &stage);
    ITERATE_UNTIL(pair.peers == 2);
    g_assert_cmpint(g_atomic_int_get(&pair.looks), ==, 0);
    ds_session_stop(pair.helpee, DS_REASON_STOPPED);
    ITERATE_UNTIL(pair.helpee_reason != 0 && pair.helper_reason != 0);
    g_assert_cmpint(g_atomic_int_get(&pair.looks), ==, 1);
    pair_finish(&pair);
    stage_finish(&stage);
}

static void
test_wrong_code(void)
{
    struct stage stage = {0};
    struct pair pair = {.meddles = TRUE};
    stage_init(&stage);
    pair_init(&pair, &stage);
    ITERATE_UNTIL(pair.helper_reason != 0 && pair.guesses == 1);
    g_assert_cmpuint(pair.helper_reason, ==, DS_REASON_WRONG_CODE);
    g_assert_cmpuint(pair.helpee_reason, ==, 0);
    pair_finish(&pair);
    stage_finish(&stage);
}

/* Each wake reaches the service, of either kind, until the session is over; then none does. */
static void
test_wakes(void)
{
    struct stage stage = {0};
    struct pair pair = {0};
    stage_init(&stage);
    pair_init(&pair, &stage);
    ITERATE_UNTIL(pair.peers == 2);
    guint tick = g_timeout_add(10, on_tick, NULL);
    for (gint wakes = 1; wakes <= 3; wakes++) {
        ds_session_wake(pair.helper);
        ds_session_wake(pair.helpee); /* its service has nothing to wake for */
        ITERATE_UNTIL(g_atomic_int_get(&pair.wakes) == wakes);
    }
    g_source_remove(tick);
    ds_session_stop(pair.helper, DS_REASON_STOPPED);
    ITERATE_UNTIL(pair.helpee_reason != 0 && pair.helper_reason != 0);
    ds_session_wake(pair.helper);
    pair_finish(&pair);
    stage_finish(&stage);
    g_assert_cmpint(pair.wakes, ==, 3);
}

/* The window is closed at any moment, from within a signal too. */
static void
test_dropped(void)
{
    struct stage stage = {0};
    stage_init(&stage);
    for (guint drop_at = 1; drop_at <= 6; drop_at++) {
        struct pair pair = {.drop_at = drop_at};
        pair_init(&pair, &stage);
        ITERATE_UNTIL(pair.events >= drop_at);
        g_assert_null(pair.helpee);
        guint tick = g_timeout_add(10, on_tick, NULL);
        ITERATE_UNTIL(g_atomic_int_get(&pair.freed) == (gint)pair.sessions);
        g_source_remove(tick);
        g_assert_cmpuint(pair.events, ==, drop_at); /* not a word after it */
    }
    stage_finish(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session/whole", test_whole);
    g_test_add_func("/session/declined", test_declined);
    g_test_add_func("/session/stopped", test_stopped);
    g_test_add_func("/session/wrong-code", test_wrong_code);
    g_test_add_func("/session/wakes", test_wakes);
    g_test_add_func("/session/dropped", test_dropped);
    return g_test_run();
}
