/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the next generation of tries begins, and how many the other side can bring about. */
#include <string.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/peer/generation.h"
#include "net/peer/proof.h"
#include "net/peer/punching.h"
#include "tests/integration/fake_router.h"
#include "tests/integration/fake_stun.h"
#include "tests/integration/port_wish.h"
#include "tests/lib/listening.h"
#include "tests/lib/own_net.h"
#include "tests/lib/patience.h"

enum { QUICK_MS = 100, SETTLE_MS = 10000 };

struct asked {
    enum ds_control_type answer; /* OFFER or GO: all that is to be said */
    unsigned offers;             /* generations in which it was */
    unsigned generation;
    uint16_t ports[LISTENING_MAX]; /* where it listened when it was said */
    unsigned says;                 /* however often of one */
    unsigned moves;                /* of the network, that were told */
};

/* A server of the test's listens, too, at a port that the kernel has dealt. */
static unsigned
punching_listeners(uint16_t ports[static LISTENING_MAX])
{
    unsigned all = listening_ports(ports), count = 0;

    for (unsigned i = 0; i < all; i++)
        if (ports[i] <= DS_PUNCH_PORT_MAX)
            ports[count++] = ports[i];
    return count;
}

/*
 * Before the other side is told of a generation, its ports listen, and no others. One of them may
 * be dealt again by chance.
 */
static void
check_listeners(struct asked *asked)
{
    uint16_t ports[LISTENING_MAX] = {0};

    g_assert_cmpuint(punching_listeners(ports), ==, DS_PUNCH_SETS);
    g_assert_true(ports[0] != asked->ports[0] || ports[1] != asked->ports[1]);
    memcpy(asked->ports, ports, sizeof ports);
}

static void
on_send(void *arg, enum ds_control_type type, const struct ds_offer *offer)
{
    struct asked *asked = arg;
    g_assert_cmpint(type, ==, asked->answer);
    asked->says++;
    if (offer->generation > asked->generation)
        check_listeners(asked);
    asked->offers += offer->generation > asked->generation;
    asked->generation = offer->generation;
}

static unsigned
on_rtt(void *arg)
{
    return 10;
}

static void
on_no_path(void *arg, struct ds_path *path)
{
    g_assert_not_reached();
}

static void
on_no_punch(void *arg, const struct ds_peer_punch *punch)
{
}

static void
on_nothing(void *arg)
{
}

static void
on_moved(void *arg)
{
    ((struct asked *)arg)->moves++;
}

static const struct ds_punching_handler asked_handler = {
        .send = on_send,
        .relayed_rtt_ms = on_rtt,
        .on_path = on_no_path,
        .on_punch = on_no_punch,
        .on_why = on_nothing,
        .on_network = on_moved,
};

static void
on_enough(evutil_socket_t fd, short what, void *arg)
{
    event_base_loopbreak(arg);
}

/* 10,000 AGAINs of the newest generation, ten times over: not more than one a pace has an answer.
 */
static void
test_asked_without_end(void)
{
    static const uint8_t key[DS_SESSION_KEY_BYTES];
    struct asked asked = {.answer = DS_CONTROL_OFFER};
    struct ds_punching *punching = NULL;
    struct ds_foothold foothold = {0};
    struct ds_peer_times times = *ds_peer_default_times();
    struct event_base *base = event_base_new();
    struct event *enough = evtimer_new(base, on_enough, base);
    struct timeval span = ds_clock_timeval(50);

    times.punch_pace = 200;
    times.punch_gather = 10;
    const struct ds_punching_config config = {
            .base = base, .role = DS_ROLE_HELPEE, .session_key = key, .times = &times};
    g_assert_cmpint(ds_punching_new(&punching, &config, &asked_handler, &asked), ==, 0);
    ds_punching_stand(punching, &foothold);
    ds_punching_allow(punching);
    g_assert_cmpuint(asked.offers, ==, 1);
    uint64_t began_us = ds_clock_us();
    for (int round = 0; round < 10; round++) {
        struct ds_control_message again = {.type = DS_CONTROL_AGAIN};
        again.offer.generation = asked.generation;
        for (int i = 0; i < 10000; i++)
            g_assert_cmpint(ds_punching_take(punching, &again), ==, 0);
        evtimer_add(enough, &span);
        event_base_dispatch(base);
    }
    uint64_t took_ms = (ds_clock_us() - began_us) / 1000;
    g_assert_cmpuint(asked.offers, >=, 2);
    g_assert_cmpuint(asked.offers, <=, 2 + took_ms / times.punch_pace);
    ds_punching_free(punching);
    event_free(enough);
    event_base_free(base);
}

static void
run_ms(struct event_base *base, guint ms)
{
    struct timeval span = ds_clock_timeval(ms);
    struct event *enough = evtimer_new(base, on_enough, base);
    evtimer_add(enough, &span);
    event_base_dispatch(base);
    event_free(enough);
}

/* However quick they may follow each other: of what the other side asks for there is only so much
 * in an hour, whichever side that is. */
static void
ask_on(enum ds_role role)
{
    static const uint8_t key[DS_SESSION_KEY_BYTES];
    const struct ds_foothold foothold = {0};
    bool is_helper = role == DS_ROLE_HELPER;
    struct asked asked = {.answer = is_helper ? DS_CONTROL_GO : DS_CONTROL_OFFER};
    struct ds_control_message question = {.type = is_helper ? DS_CONTROL_OFFER : DS_CONTROL_AGAIN};
    struct ds_peer_times times = *ds_peer_default_times();
    struct event_base *base = event_base_new();
    struct ds_punching *punching = NULL;
    uint16_t ports[LISTENING_MAX] = {0};

    times.punch_pace = times.punch_gather = 0;
    const struct ds_punching_config config = {
            .base = base, .role = role, .session_key = key, .times = &times};
    g_assert_cmpint(ds_punching_new(&punching, &config, &asked_handler, &asked), ==, 0);
    ds_punching_stand(punching, &foothold);
    ds_punching_allow(punching);
    for (guint i = 0; i < 3 * DS_PUNCH_BUDGET; i++) {
        question.offer.generation = is_helper ? i + 1 : asked.generation;
        g_assert_cmpint(ds_punching_take(punching, &question), ==, 0);
        run_ms(base, 10);
    }
    g_assert_cmpuint(asked.offers, ==, DS_PUNCH_BUDGET);
    ds_punching_free(punching);
    g_assert_cmpuint(punching_listeners(ports), ==, 0);
    event_base_free(base);
}

static void
test_budget(void)
{
    ask_on(DS_ROLE_HELPEE);
    ask_on(DS_ROLE_HELPER);
}

static void
run_until_asked(struct event_base *base, const struct fake_stun *server, guint questions)
{
    struct patience patience;
    patience_begin(&patience, base);
    while (server->questions < questions)
        patience_turn(&patience);
    patience_end(&patience);
}

/* Before the yes a relay that cuts us off again and again has us ask its STUN server only so often;
 * the yes itself has its generation. */
static void
test_early(void)
{
    static const uint8_t key[DS_SESSION_KEY_BYTES];
    const struct ds_foothold foothold = {0};
    struct asked asked = {.answer = DS_CONTROL_OFFER};
    struct event_base *base = event_base_new();
    struct ds_punching *punching = NULL;
    struct fake_stun server;
    char stun[DS_ADDR_TEXT_MAX];

    fake_stun_begin(&server, base, "127.0.0.1:0");
    const struct ds_punching_config config = {.base = base,
            .role = DS_ROLE_HELPEE,
            .session_key = key,
            .times = ds_peer_default_times(),
            .stun = ds_addr_format(&server.addr, stun)};
    g_assert_cmpint(ds_punching_new(&punching, &config, &asked_handler, &asked), ==, 0);
    for (guint i = 1; i <= DS_PUNCH_BUDGET; i++) {
        ds_punching_stand(punching, &foothold);
        run_until_asked(base, &server, i * DS_PUNCH_SETS);
    }
    for (guint i = 0; i < DS_PUNCH_BUDGET; i++) {
        ds_punching_stand(punching, &foothold);
        run_ms(base, 10);
    }
    g_assert_cmpuint(server.questions, ==, DS_PUNCH_BUDGET * DS_PUNCH_SETS);
    ds_punching_allow(punching);
    g_assert_cmpuint(asked.offers, ==, 1);
    run_until_asked(base, &server, (DS_PUNCH_BUDGET + 1) * DS_PUNCH_SETS);
    ds_punching_free(punching);
    fake_stun_end(&server);
    event_base_free(base);
}

static void
lose_direct(struct event_base *base, struct ds_punching *punching, guint lived_ms)
{
    ds_punching_set_direct(punching, true);
    run_ms(base, lived_ms);
    ds_punching_set_direct(punching, false);
    run_ms(base, QUICK_MS);
}

/* Who loses what has hardly lived waits longer each time, until one has lived for a while. */
static void
test_ladder_begins_again(void)
{
    enum { STEADY_MS = 1000, LATER_MS = 600000 };
    static const uint8_t key[DS_SESSION_KEY_BYTES];
    const struct ds_foothold foothold = {0};
    struct asked asked = {.answer = DS_CONTROL_AGAIN};
    struct ds_peer_times times = *ds_peer_default_times();
    struct event_base *base = event_base_new();
    struct ds_punching *punching = NULL;
    const struct ds_punching_config config = {
            .base = base, .role = DS_ROLE_HELPER, .session_key = key, .times = &times};

    times.punch_pace = 0;
    times.punch_steady = STEADY_MS;
    times.punch_again[0] = 1;
    for (gsize i = 1; i < DS_PUNCH_AGAIN_STEPS; i++)
        times.punch_again[i] = LATER_MS;
    g_assert_cmpint(ds_punching_new(&punching, &config, &asked_handler, &asked), ==, 0);
    ds_punching_stand(punching, &foothold);
    ds_punching_allow(punching);
    lose_direct(base, punching, 0);
    g_assert_cmpuint(asked.says, ==, 1);
    lose_direct(base, punching, 0);
    g_assert_cmpuint(asked.says, ==, 1); /* in ten minutes */
    lose_direct(base, punching, STEADY_MS + QUICK_MS);
    g_assert_cmpuint(asked.says, ==, 2); /* at once */
    lose_direct(base, punching, 0);
    g_assert_cmpuint(asked.says, ==, 3); /* as at the beginning */
    ds_punching_free(punching);
    event_base_free(base);
}

/* What is prepared in the moment of a change does not hide it. */
static void
test_moved_meanwhile(void)
{
    static const uint8_t key[DS_SESSION_KEY_BYTES];
    const struct ds_foothold foothold = {0};
    struct asked asked = {0};
    struct event_base *base = event_base_new();
    struct ds_punching *punching = NULL;
    const struct ds_punching_config config = {.base = base,
            .role = DS_ROLE_HELPER,
            .session_key = key,
            .times = ds_peer_default_times()};

    g_assert_cmpint(ds_punching_new(&punching, &config, &asked_handler, &asked), ==, 0);
    own_net_ip("address add 10.9.0.2/24 dev near\n");
    ds_punching_stand(punching, &foothold);
    run_ms(base, 2 * DS_INTERFACES_SETTLE_MS);
    own_net_ip("address del 10.9.0.2/24 dev near\n");
    g_assert_cmpuint(asked.moves, ==, 1);
    ds_punching_free(punching);
    event_base_free(base);
}

static void
keep_another(struct ds_generation *generation, struct port_wish *wish)
{
    wish->told = 0;
    port_wish_ask(wish, PORT_WISH_LEASE_S);
    port_wish_until(wish, &wish->told, 1);
    generation->openings.v4 = g_steal_pointer(&wish->portmap);
    ds_generation_keep_open(generation);
    ds_generation_keep_open(generation); /* for a further path of the same one */
}

/*
 * What a path came in by stays open while one of the next generation comes and may go again; when
 * no path is left all is taken back.
 */
static void
test_kept_open(void)
{
    struct port_wish wish = {.base = event_base_new()};
    struct ds_generation generation = {.gather = NULL};
    struct fake_router router;

    fake_router_begin(&router, wish.base);
    keep_another(&generation, &wish);
    keep_another(&generation, &wish);
    run_ms(wish.base, QUICK_MS);
    g_assert_cmpuint(router.unmaps, ==, 0);
    keep_another(&generation, &wish);
    port_wish_until(&wish, &router.unmaps, 1);
    g_assert_cmpmem(router.nonces[1], 12, router.nonces[0], 12); /* the oldest is over */
    ds_generation_let_close(&generation);
    port_wish_until(&wish, &router.unmaps, 3);
    g_assert_true(ds_portmap_settle(SETTLE_MS));
    fake_router_end(&router);
    event_base_free(wish.base);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);

    if (!own_net_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had here\n");
        return 0;
    }
    own_net_ip("link set lo up\n"
               "link add near type veth peer name far\n"
               "link set far up\n"
               "link set near up\n"
               "address add 10.9.0.1/24 dev near\n");
    g_test_add_func("/generations/asked-without-end", test_asked_without_end);
    g_test_add_func("/generations/budget", test_budget);
    g_test_add_func("/generations/early", test_early);
    g_test_add_func("/generations/kept-open", test_kept_open);
    g_test_add_func("/generations/ladder-begins-again", test_ladder_begins_again);
    g_test_add_func("/generations/moved-meanwhile", test_moved_meanwhile);
    return g_test_run();
}
