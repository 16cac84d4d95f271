/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ends, or asks again, because its time is over. Each story has a twin that has time enough.
 */
#include <netinet/in.h>
#include <string.h>

#include <event2/listener.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "tests/integration/hostile_relay.h"
#include "tests/integration/pairing.h"
#include "tests/lib/patience.h"

enum { SHORT_MS = 200 };

/* One pair of people at an honest relay. */
struct story {
    struct event_base *base;
    struct hostile_relay *relay;
    struct ds_peer_times times;
    struct pairing pairing;
};

static void
story_init(struct story *story)
{
    memset(story, 0, sizeof *story);
    story->base = event_base_new();
    g_assert_nonnull(story->base);
    story->relay = hostile_relay_new(story->base);
    story->times = *ds_peer_default_times();
    story->pairing.base = story->base;
    story->pairing.port = hostile_relay_port(story->relay);
    story->pairing.bytes = 1000;
    story->pairing.helpers = 1;
    story->pairing.times = &story->times;
}

static void
run_until(struct story *story, bool (*is_done)(const struct pairing *pairing))
{
    struct patience patience;
    patience_begin(&patience, story->base);
    while (!is_done(&story->pairing))
        patience_turn(&patience);
    patience_end(&patience);
}

static void
story_finish(struct story *story)
{
    pairing_finish(&story->pairing);
    if (story->relay != NULL)
        hostile_relay_free(story->relay);
    event_base_free(story->base);
}

static bool
helpee_is_closed(const struct pairing *pairing)
{
    return pairing->helpee.is_closed;
}

static void
check_ends(const struct story *story, enum ds_reason helpee, enum ds_reason helper)
{
    g_assert_cmpstr(ds_reason_name(story->pairing.helpee.reason), ==, ds_reason_name(helpee));
    g_assert_cmpstr(ds_reason_name(story->pairing.helper.reason), ==, ds_reason_name(helper));
}

/* Nobody comes: the code dies, not earlier, and the helpee hears why. */
static void
test_code(void)
{
    struct story story;
    story_init(&story);
    story.times.code_life = SHORT_MS;
    story.pairing.helpers = 0;
    uint64_t began_us = ds_clock_us();
    pairing_start(&story.pairing);
    run_until(&story, helpee_is_closed);
    g_assert_cmpuint(ds_clock_us() - began_us, >=, (SHORT_MS - 5) * UINT64_C(1000));
    g_assert_cmpint(story.pairing.helpee.reason, ==, DS_REASON_CODE_EXPIRED);
    g_assert_cmpuint(story.pairing.helpee.moments[PAIRING_CODE], ==, 1);
    story_finish(&story);
}

struct deaf {
    struct evconnlistener *listener;
    unsigned calls;
};

static void
on_call(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len,
        void *arg)
{
    struct deaf *deaf = arg;
    deaf->calls++;
    evutil_closesocket(fd);
}

/* Something at the relay's port takes connections, and is no relay. */
static void
deaf_init(struct deaf *deaf, const struct story *story)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
            .sin_port = htons(story->pairing.port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    deaf->calls = 0;
    deaf->listener = evconnlistener_new_bind(story->base, on_call, deaf,
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, (struct sockaddr *)&in, sizeof in);
    g_assert_nonnull(deaf->listener);
}

static bool
has_code(const struct pairing *pairing)
{
    return pairing->helpee.moments[PAIRING_CODE] > 0;
}

static bool
deaf_was_called_thrice(const struct pairing *pairing)
{
    const struct deaf *deaf = pairing->arg;
    return deaf->calls >= 3;
}

/* One loss is told once, however often the next try comes to nothing. */
static void
test_offline(void)
{
    struct story story;
    struct deaf deaf;
    story_init(&story);
    story.pairing.helpers = 0;
    story.pairing.arg = &deaf;
    pairing_start(&story.pairing);
    run_until(&story, has_code);
    hostile_relay_free(story.relay);
    story.relay = NULL;
    deaf_init(&deaf, &story);
    run_until(&story, deaf_was_called_thrice);
    g_assert_cmpuint(story.pairing.helpee.moments[PAIRING_OFFLINE], ==, 1);
    evconnlistener_free(deaf.listener);
    story_finish(&story);
}

/* A session that began within the code's life does not end with it. */
static void
test_code_used(void)
{
    struct story story;
    story_init(&story);
    story.times.code_life = 2000;
    pairing_start(&story.pairing);
    run_until(&story, pairing_is_over);
    check_ends(&story, DS_REASON_PEER_STOPPED, DS_REASON_STOPPED);
    g_assert_true(pairing_has_all(&story.pairing));
    story_finish(&story);
}

static void
test_consent(void)
{
    struct story story;
    story_init(&story);
    story.times.consent = SHORT_MS;
    story.pairing.is_silent = true;
    pairing_start(&story.pairing);
    run_until(&story, pairing_is_over);
    check_ends(&story, DS_REASON_UNANSWERED, DS_REASON_UNANSWERED);
    g_assert_cmpuint(story.pairing.helper.moments[PAIRING_PEER], ==, 0);
    g_assert_cmpuint(story.pairing.helpee.moments[PAIRING_OPEN], ==, 0);
    story_finish(&story);
}

/* Both are let in; then the relay is gone for good. */
static bool
both_are_in(const struct pairing *pairing)
{
    return pairing_has_all(pairing);
}

static void
test_apart(void)
{
    struct story story;
    story_init(&story);
    story.times.apart = SHORT_MS;
    story.pairing.stays = true;
    pairing_start(&story.pairing);
    run_until(&story, both_are_in);
    hostile_relay_free(story.relay);
    story.relay = NULL;
    run_until(&story, pairing_is_over);
    check_ends(&story, DS_REASON_PEER_GONE, DS_REASON_PEER_GONE);
    story_finish(&story);
}

static bool
is_asked_again(const struct pairing *pairing)
{
    return pairing->helpee.asked_again > 0 && pairing->helper.level != DS_LEVEL_CONTROL;
}

/* Apart for longer than that: the helper may look, and no more, until the helpee says yes again. */
static void
test_ask_again(void)
{
    struct story story;
    story_init(&story);
    story.times.ask_again = 1;
    story.times.consent = SHORT_MS;
    story.pairing.stays = true;
    pairing_start(&story.pairing);
    run_until(&story, both_are_in);
    g_assert_cmpint(story.pairing.helper.level, ==, DS_LEVEL_CONTROL);
    story.pairing.is_silent = true;
    struct hostile_session *session = hostile_relay_find(story.relay, story.pairing.code.nameplate);
    hostile_relay_cut(session, DS_ROLE_HELPER);
    run_until(&story, is_asked_again);
    g_assert_cmpint(story.pairing.helpee.level, ==, DS_LEVEL_VIEW);
    g_assert_false(story.pairing.helpee.is_closed); /* no answer leaves it at looking */
    ds_peer_grant(story.pairing.helpee.peer, DS_LEVEL_CONTROL);
    g_assert_cmpint(story.pairing.helpee.level, ==, DS_LEVEL_CONTROL);
    story_finish(&story);
}

/* Whoever ends it on hearing that control is gone is not asked for it any more. */
static void
test_ask_again_ended(void)
{
    struct story story;
    story_init(&story);
    story.times.ask_again = 1;
    story.pairing.stays = true;
    pairing_start(&story.pairing);
    run_until(&story, both_are_in);
    story.pairing.helpee.close_at = PAIRING_LEVEL;
    hostile_relay_cut(
            hostile_relay_find(story.relay, story.pairing.code.nameplate), DS_ROLE_HELPER);
    run_until(&story, pairing_is_over);
    g_assert_cmpuint(story.pairing.helpee.moments[PAIRING_LEVEL], ==, 1);
    g_assert_cmpuint(story.pairing.helpee.asked_again, ==, 0);
    check_ends(&story, DS_REASON_STOPPED, DS_REASON_PEER_STOPPED);
    story_finish(&story);
}

static bool
met_again(const struct pairing *pairing)
{
    return pairing->helper.moments[PAIRING_PATH] >= 3; /* there, lost, there */
}

static void
test_not_asked_again(void)
{
    struct story story;
    story_init(&story);
    story.pairing.stays = true;
    pairing_start(&story.pairing);
    run_until(&story, both_are_in);
    hostile_relay_cut(
            hostile_relay_find(story.relay, story.pairing.code.nameplate), DS_ROLE_HELPER);
    run_until(&story, met_again);
    g_assert_cmpuint(story.pairing.helpee.asked_again, ==, 0);
    g_assert_cmpint(story.pairing.helpee.level, ==, DS_LEVEL_CONTROL);
    story_finish(&story);
}

static void
test_only_direct(void)
{
    static const enum ds_direct only[] = {DS_DIRECT_NEVER, DS_DIRECT_ONLY};
    struct story story;
    story_init(&story);
    story.times.direct_only = SHORT_MS;
    story.pairing.direct = only;
    pairing_start(&story.pairing);
    run_until(&story, pairing_is_over);
    check_ends(&story, DS_REASON_NO_DIRECT, DS_REASON_NO_DIRECT);
    g_assert_cmpuint(story.pairing.helpee.moments[PAIRING_OPEN], ==, 0);
    story_finish(&story);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer-times/code", test_code);
    g_test_add_func("/peer-times/code/used", test_code_used);
    g_test_add_func("/peer-times/offline", test_offline);
    g_test_add_func("/peer-times/consent", test_consent);
    g_test_add_func("/peer-times/apart", test_apart);
    g_test_add_func("/peer-times/ask-again", test_ask_again);
    g_test_add_func("/peer-times/ask-again/ended", test_ask_again_ended);
    g_test_add_func("/peer-times/not-asked-again", test_not_asked_again);
    g_test_add_func("/peer-times/only-direct", test_only_direct);
    return g_test_run();
}
