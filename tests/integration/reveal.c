/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NOTE(REVEAL): when a peer lets a relay tell its address, and what a relay can do with that. */
#include <string.h>

#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/relay/relay.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"
#include "tests/integration/hostile_relay.h"
#include "tests/integration/pairing.h"
#include "tests/integration/relay_double.h"
#include "tests/lib/own_net.h"
#include "tests/lib/patience.h"

enum { SHORT_MS = 300, PATHS = 3, LIES = 100 };

#define BELIEVED "the relay sees the other side at "

static const enum ds_direct both[] = {DS_DIRECT_AUTO, DS_DIRECT_AUTO};

/* Two at a relay, and what they said to it. */
struct story {
    struct event_base *base;
    struct hostile_relay *relay; /* or the product's own: */
    struct ds_relay *own;
    struct ds_peer_times times;
    struct pairing pairing;
    bool is_lying;
    unsigned notes[PATHS][3]; /* REVEAL, by path and role of who said it */
    GPtrArray *believed;      /* addresses that a peer took for the other's */
};

static void
on_log(enum ds_log_level level, const char *area, const char *text, void *arg)
{
    struct story *story = arg;
    if (g_str_has_prefix(text, BELIEVED))
        g_ptr_array_add(story->believed, g_strdup(text + strlen(BELIEVED)));
}

/* All that a relay can say under this name: nonsense, and somebody's address. */
static void
lie(struct hostile_session *session, enum ds_role to)
{
    static const char *const addresses[] = {"", "nobody", "203.0.113.7:5900", "0.0.0.0:0",
            "[::ffff:127.0.0.1]:22", "1.2.3.4:99999"};
    uint8_t data[128];
    struct ds_writer w;
    hostile_relay_tell(session, to, DS_RECORD_NOTE, "\x00\x0e\xff\xff\x04", 5);
    for (gsize i = 0; i < LIES; i++) {
        ds_writer_init(&w, data, sizeof data);
        ds_tlv_put_number(&w, DS_TAG_NOTE, DS_NOTE_REVEAL, i % 7 == 6 ? 2 : 1);
        if (i % 5 != 4)
            ds_tlv_put_text(&w, DS_TAG_OBSERVED, addresses[i % G_N_ELEMENTS(addresses)]);
        hostile_relay_tell(session, to, DS_RECORD_NOTE, data, w.len);
    }
}

static void
on_message(struct hostile_session *session, struct hostile_message *message)
{
    struct story *story = session->arg;
    if (story->is_lying && (message->what == HOSTILE_PIPE || message->what == HOSTILE_PAIRED)) {
        lie(session, DS_ROLE_HELPEE);
        lie(session, DS_ROLE_HELPER);
    }
    if (message->what != HOSTILE_NOTE)
        return;
    g_assert_cmpuint(message->path, <, PATHS);
    g_assert_cmpmem(message->bytes->data, message->bytes->len, "\x00\x0e\x00\x01\x04", 5);
    story->notes[message->path][message->to]++;
}

static void
on_news(struct pairing *pairing, struct pairing_side *side)
{
    struct story *story = pairing->arg;
    if (story->relay == NULL || side->moments[PAIRING_CODE] == 0)
        return;
    struct hostile_session *session = hostile_relay_find(story->relay, pairing->code.nameplate);
    session->on_message = on_message;
    session->arg = story;
}

static void
story_init(struct story *story, const enum ds_direct *direct)
{
    *story = (struct story){.base = event_base_new(), .times = *ds_peer_default_times()};
    g_assert_nonnull(story->base);
    story->believed = g_ptr_array_new_with_free_func(g_free);
    story->pairing = (struct pairing){.base = story->base,
            .bytes = 20000,
            .helpers = 1,
            .direct = direct,
            .times = &story->times,
            .on_news = on_news,
            .arg = story};
    ds_log_set(on_log, story, DS_LOG_DEBUG);
}

static void
story_start(struct story *story)
{
    story->relay = hostile_relay_new(story->base);
    story->pairing.port = hostile_relay_port(story->relay);
    pairing_start(&story->pairing);
}

static void
story_finish(struct story *story)
{
    pairing_finish(&story->pairing);
    event_base_loop(story->base, EVLOOP_NONBLOCK);
    if (story->relay != NULL)
        hostile_relay_free(story->relay);
    ds_relay_free(story->own);
    event_base_free(story->base);
    ds_log_set(NULL, NULL, DS_LOG_ERROR);
    g_ptr_array_unref(story->believed);
}

static void
run_until(struct story *story, bool (*is_done)(const struct story *story))
{
    struct patience patience;
    patience_begin(&patience, story->base);
    while (!is_done(story))
        patience_turn(&patience);
    patience_end(&patience);
}

static bool
is_over(const struct story *story)
{
    return pairing_is_over(&story->pairing);
}

static void
expect_notes(const struct story *story, unsigned path, unsigned count)
{
    g_assert_cmpuint(story->notes[path][DS_ROLE_HELPEE], ==, count);
    g_assert_cmpuint(story->notes[path][DS_ROLE_HELPER], ==, count);
}

/* Who helps may ask as long as it likes: nobody's address is told before the yes. */
static void
test_no_yes(void)
{
    struct story story;
    story_init(&story, both);
    story.times.consent = SHORT_MS;
    story.is_lying = true;
    story.pairing.is_silent = true;
    story_start(&story);
    run_until(&story, is_over);
    g_assert_cmpuint(story.pairing.helpee.moments[PAIRING_REQUEST], ==, 1);
    g_assert_cmpint(story.pairing.helpee.reason, ==, DS_REASON_UNANSWERED);
    expect_notes(&story, 1, 0);
    g_assert_cmpuint(story.believed->len, ==, 0); /* what comes unasked is not taken */
    story_finish(&story);
}

static bool
both_said(const struct story *story, unsigned path)
{
    return story->notes[path][DS_ROLE_HELPEE] > 0 && story->notes[path][DS_ROLE_HELPER] > 0;
}

static bool
both_said_first(const struct story *story)
{
    return both_said(story, 1);
}

static bool
both_said_again(const struct story *story)
{
    return both_said(story, 2);
}

static bool
is_served(const struct story *story)
{
    return pairing_has_all(&story->pairing);
}

/* Once on each connection to a relay, also on the ones that come later. */
static void
test_each_connection(void)
{
    struct story story;
    story_init(&story, both);
    story.pairing.stays = true;
    story_start(&story);
    run_until(&story, both_said_first);
    hostile_relay_cut(
            hostile_relay_find(story.relay, story.pairing.code.nameplate), DS_ROLE_HELPEE);
    run_until(&story, both_said_again);
    run_until(&story, is_served);
    ds_peer_close(story.pairing.helper.peer, DS_REASON_STOPPED);
    run_until(&story, is_over);
    expect_notes(&story, 1, 1);
    expect_notes(&story, 2, 1);
    story_finish(&story);
}

/* Who wants no direct path keeps its address, whichever side that is. */
static void
test_never(gconstpointer data)
{
    struct story story;
    story_init(&story, data);
    story.is_lying = true;
    story_start(&story);
    run_until(&story, is_over);
    g_assert_cmpint(story.pairing.helpee.reason, ==, DS_REASON_PEER_STOPPED);
    expect_notes(&story, 1, 0);
    g_assert_cmpuint(story.believed->len, ==, 0);
    story_finish(&story);
}

/* A relay that says it a hundred times with each record, or nonsense, changes no session. */
static void
test_liar(void)
{
    struct story story;
    story_init(&story, both);
    story.is_lying = true;
    story_start(&story);
    run_until(&story, is_over);
    g_assert_cmpint(story.pairing.helper.reason, ==, DS_REASON_STOPPED);
    g_assert_cmpint(story.pairing.helpee.reason, ==, DS_REASON_PEER_STOPPED);
    g_assert_true(pairing_has_all(&story.pairing));
    expect_notes(&story, 1, 1);
    g_assert_cmpuint(story.believed->len, >, 0);
    for (guint i = 0; i < story.believed->len; i++)
        g_assert_null(strstr(g_ptr_array_index(story.believed, i), "nobody"));
    story_finish(&story);
}

/* --- the product's relay --- */

static void
story_start_own(struct story *story)
{
    static const struct ds_relay_config config = {
            .times = &ds_relay_times_default, .connections_max = 16, .per_subscriber_max = 16};
    struct ds_addr any, bound;
    SSL_CTX *ctx = relay_double_ctx(true);
    g_assert_cmpint(ds_relay_new(&story->own, story->base, &config), ==, 0);
    ds_relay_set_tls(story->own, ctx);
    SSL_CTX_free(ctx);
    g_assert_cmpint(ds_addr_parse(&any, "127.0.0.1:0", 0), ==, 0);
    g_assert_cmpint(ds_relay_listen(story->own, &any, &bound), ==, 0);
    story->pairing.port = ds_addr_port(&bound);
    pairing_start(&story->pairing);
}

static bool
both_believe(const struct story *story)
{
    return story->believed->len >= 2;
}

static bool
both_are_relayed(const struct story *story)
{
    return story->pairing.helpee.path.kind == DS_PATH_RELAY &&
           story->pairing.helper.path.kind == DS_PATH_RELAY;
}

static guint
count_of(const struct story *story, const struct ds_addr *addr)
{
    char text[DS_ADDR_TEXT_MAX];
    guint count = 0;
    ds_addr_format(addr, text);
    for (guint i = 0; i < story->believed->len; i++)
        count += g_str_equal(g_ptr_array_index(story->believed, i), text);
    return count;
}

static void
test_own_relay(void)
{
    struct story story;
    story_init(&story, both);
    story.pairing.stays = true;
    story_start_own(&story);
    run_until(&story, both_believe);
    run_until(&story, both_are_relayed);
    g_assert_cmpuint(count_of(&story, &story.pairing.helpee.path.local), ==, 1);
    g_assert_cmpuint(count_of(&story, &story.pairing.helper.path.local), ==, 1);
    ds_peer_close(story.pairing.helper.peer, DS_REASON_STOPPED);
    run_until(&story, is_over);
    g_assert_cmpuint(story.believed->len, ==, 2);
    story_finish(&story);
}

int
main(int argc, char **argv)
{
    static const enum ds_direct never[][2] = {{DS_DIRECT_NEVER, DS_DIRECT_AUTO},
            {DS_DIRECT_AUTO, DS_DIRECT_NEVER}, {DS_DIRECT_NEVER, DS_DIRECT_NEVER}};
    g_test_init(&argc, &argv, NULL);
    if (!own_net_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had here\n");
        return 0;
    }
    own_net_ip("link set lo up\n");
    g_test_add_func("/reveal/no yes", test_no_yes);
    g_test_add_func("/reveal/each connection", test_each_connection);
    g_test_add_data_func("/reveal/not by the helpee", never[0], test_never);
    g_test_add_data_func("/reveal/not by the helper", never[1], test_never);
    g_test_add_data_func("/reveal/not by either", never[2], test_never);
    g_test_add_func("/reveal/liar", test_liar);
    g_test_add_func("/reveal/own relay", test_own_relay);
    return g_test_run();
}
