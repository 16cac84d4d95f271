/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two peers and a relay in a network of the test's own: the session finds its direct path, loses it
 * in all ways, and finds it again, while every byte arrives once.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/peer/proof.h"
#include "net/peer/punching.h"
#include "tests/integration/hostile_relay.h"
#include "tests/integration/pairing.h"
#include "tests/lib/own_net.h"

enum { PATIENCE_MS = 20000, FDS_MOST = 4096, QUICK_MS = 100, PACE_MS = 1500 };

#define ADDRESS "10.9.0.1"
#define OTHER_ADDRESS "10.9.0.2"
#define RELAY_ADDRESS "10.9.5.1"

struct world {
    struct event_base *base;
    struct hostile_relay *relay;
    struct ds_peer_times times;
    struct pairing pairing;
    enum ds_path_kind kinds[64]; /* that the helper was told, in order */
    gsize kind_count;
    enum ds_why whys[64]; /* with each */
    uint64_t paced_us;    /* another generation may begin */
};

static void
on_news(struct pairing *pairing, struct pairing_side *side)
{
    struct world *world = pairing->arg;
    if (side->role != DS_ROLE_HELPER || world->kind_count == G_N_ELEMENTS(world->kinds))
        return;
    if (side->moments[PAIRING_PATH] == world->kind_count)
        return; /* other news */
    world->whys[world->kind_count] = side->path.why;
    world->kinds[world->kind_count++] = side->path.kind;
}

/* With the relay at an address that is not always there; NULL: on loopback. */
static struct world *
world_new_at(const enum ds_direct direct[static 2], const char *relay)
{
    struct world *world = g_new0(struct world, 1);
    world->base = event_base_new();
    g_assert_nonnull(world->base);
    world->relay =
            hostile_relay_new_at(world->base, htonl(relay != NULL ? INADDR_ANY : INADDR_LOOPBACK));
    world->times = *ds_peer_default_times();
    for (gsize i = 0; i < DS_PUNCH_AGAIN_STEPS; i++)
        world->times.punch_again[i] = QUICK_MS;
    world->times.punch_pace = QUICK_MS;
    world->times.punch_prune = QUICK_MS;
    world->times.punch_steady = 0;
    world->times.direct_only = 2000;
    world->pairing = (struct pairing){.base = world->base,
            .relay = relay,
            .port = hostile_relay_port(world->relay),
            .bytes = 100000,
            .helpers = 1,
            .stays = true,
            .direct = direct,
            .times = &world->times,
            .on_news = on_news,
            .arg = world};
    pairing_start(&world->pairing);
    return world;
}

static struct world *
world_new(const enum ds_direct direct[static 2])
{
    return world_new_at(direct, NULL);
}

static void
world_free(struct world *world)
{
    pairing_finish(&world->pairing);
    event_base_loop(world->base, EVLOOP_NONBLOCK);
    if (world->relay != NULL)
        hostile_relay_free(world->relay);
    event_base_free(world->base);
    g_free(world);
}

/* The loop wakes at least that often, so that a condition is looked at again. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
}

static void
run_until(struct world *world, bool (*is_done)(const struct world *world))
{
    struct timeval tick = ds_clock_timeval(20);
    uint64_t deadline_us = ds_clock_us() + PATIENCE_MS * UINT64_C(1000);
    struct event *timer = event_new(world->base, -1, EV_PERSIST, on_tick, NULL);
    g_assert_cmpint(event_add(timer, &tick), ==, 0);
    while (!is_done(world)) {
        g_assert_cmpuint(ds_clock_us(), <, deadline_us);
        g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
    }
    event_free(timer);
}

static bool
both_are(const struct world *world, enum ds_path_kind kind)
{
    return world->pairing.helpee.path.kind == kind && world->pairing.helper.path.kind == kind;
}

static bool
is_direct(const struct world *world)
{
    return both_are(world, DS_PATH_LAN);
}

static bool
is_relayed(const struct world *world)
{
    return both_are(world, DS_PATH_RELAY);
}

static bool
is_served(const struct world *world)
{
    return pairing_has_all(&world->pairing);
}

static bool
is_over(const struct world *world)
{
    return pairing_is_over(&world->pairing);
}

/* The helper's end of the path that carries the session, as a descriptor of this program. */
static int
find_socket(const struct ds_peer_path *path)
{
    for (int fd = 3; fd < FDS_MOST; fd++) {
        struct sockaddr_storage here, there;
        struct ds_addr local, remote;
        socklen_t here_len = sizeof here, there_len = sizeof there;
        if (getsockname(fd, (struct sockaddr *)&here, &here_len) == 0 &&
                getpeername(fd, (struct sockaddr *)&there, &there_len) == 0 &&
                ds_addr_from_sockaddr(&local, (struct sockaddr *)&here, here_len) == 0 &&
                ds_addr_from_sockaddr(&remote, (struct sockaddr *)&there, there_len) == 0 &&
                ds_addr_equal(&local, &path->local) && ds_addr_equal(&remote, &path->remote))
            return fd;
    }
    return -1;
}

/* End its connection by RST, as a NAT that has forgotten it does: connect(2) on AF_UNSPEC. */
static void
reset_path(const struct ds_peer_path *path)
{
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = find_socket(path);
    g_assert_cmpint(fd, >, 0);
    g_assert_cmpint(connect(fd, &none, sizeof none), ==, 0);
}

/* Stop, with all bytes there and nothing told that should not have been. */
static void
end_well(struct world *world)
{
    run_until(world, is_served);
    ds_peer_close(world->pairing.helper.peer, DS_REASON_STOPPED);
    run_until(world, is_over);
    g_assert_cmpint(world->pairing.helper.reason, ==, DS_REASON_STOPPED);
    g_assert_cmpint(world->pairing.helpee.reason, ==, DS_REASON_PEER_STOPPED);
    g_assert_cmpuint(world->pairing.helpee.asked_again, ==, 0);
}

static const enum ds_direct both[] = {DS_DIRECT_AUTO, DS_DIRECT_AUTO};

static struct hostile_session *
session_of(const struct world *world)
{
    return hostile_relay_find(world->relay, world->pairing.code.nameplate);
}

static bool
has_met_again(const struct world *world)
{
    return session_of(world)->path > 1;
}

/* It comes up by itself, from the port of the relay connection, and says so once. */
static void
test_comes(void)
{
    struct world *world = world_new(both);
    run_until(world, is_direct);
    g_assert_cmpint(world->kinds[0], ==, DS_PATH_RELAY);
    g_assert_cmpint(world->whys[0], ==, DS_WHY_TRYING);
    /* On a busy machine it may look slower than the relay's for a moment. */
    g_assert_cmpint(world->kinds[world->kind_count - 1], ==, DS_PATH_LAN);
    g_assert_cmpint(world->whys[world->kind_count - 1], ==, DS_WHY_NONE);
    guint16 port = ds_addr_port(&world->pairing.helper.path.local);
    g_assert_cmpuint(port, >=, DS_PUNCH_PORT_MIN);
    g_assert_cmpuint(port, <=, DS_PUNCH_PORT_MAX);
    end_well(world);
    g_assert_cmpuint(world->pairing.helper.generations, ==, 1);
    g_assert_cmpuint(world->pairing.helper.directs, ==, 1);
    g_assert_cmpuint(world->pairing.helpee.directs, ==, 1);
    g_assert_cmpuint(session_of(world)->path, ==, 1);
    world_free(world);
}

/* Reset, it is back on the relay without a moment apart, and then direct again. */
static void
test_reset(void)
{
    struct world *world = world_new(both);
    run_until(world, is_direct);
    gsize told = world->kind_count;
    reset_path(&world->pairing.helper.path);
    run_until(world, is_relayed);
    g_assert_cmpint(world->kinds[told], ==, DS_PATH_RELAY);
    g_assert_cmpint(world->whys[told], ==, DS_WHY_LOST);
    run_until(world, is_direct);
    end_well(world);
    g_assert_cmpuint(world->pairing.helper.kinds[DS_PATH_NONE], ==, 0);
    g_assert_cmpuint(world->pairing.helper.generations, >=, 2);
    world_free(world);
}

/* Who writes into a direct path can cut it, and no more, however often: the relay is there. */
static void
test_meddled_with(void)
{
    static const guint8 forged[5 + 32] = {23, 3, 3, 0, 32};
    struct world *world = world_new(both);
    for (unsigned times = 1; times <= 2 * DS_MEET_FORGED_MAX; times++) {
        run_until(world, is_direct);
        int fd = find_socket(&world->pairing.helper.path);
        g_assert_cmpint(send(fd, forged, sizeof forged, MSG_NOSIGNAL), ==, sizeof forged);
        while (world->pairing.helper.kinds[DS_PATH_RELAY] <= times)
            g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
    }
    end_well(world);
    world_free(world);
}

static bool
is_paced(const struct world *world)
{
    return ds_clock_us() >= world->paced_us;
}

/* AGAIN waits for its turn after the generation before; the answer to it does not wait once more.
 */
static void
test_again_soon(void)
{
    struct world *world = world_new(both);
    world->times.punch_pace = PACE_MS;
    run_until(world, is_direct);
    world->paced_us = ds_clock_us() + PACE_MS * UINT64_C(1000);
    run_until(world, is_paced);
    uint64_t began_us = ds_clock_us();
    reset_path(&world->pairing.helper.path);
    run_until(world, is_relayed);
    run_until(world, is_direct);
    g_assert_cmpuint(ds_clock_us() - began_us, <, PACE_MS * UINT64_C(1000));
    end_well(world);
    world_free(world);
}

/* The relay drops both: the session does not notice, and has its standby again. */
static void
test_standby(void)
{
    struct world *world = world_new(both);
    run_until(world, is_direct);
    gsize told = world->kind_count;
    hostile_relay_cut(session_of(world), DS_ROLE_HELPER);
    run_until(world, has_met_again);
    g_assert_true(is_direct(world));
    g_assert_cmpuint(world->kind_count, ==, told);
    run_until(world, is_served);
    run_until(world, is_direct);
    end_well(world);
    world_free(world);
}

/* Counts what goes over the relay once they have met again, until the helper's link has spoken. */
static void
on_second_path(struct hostile_session *session, struct hostile_message *message)
{
    bool *has_standby = session->arg;
    if (message->what == HOSTILE_PIPE && message->path == 2 && message->index >= 2)
        *has_standby = true;
}

static bool
has_standby(const struct world *world)
{
    const bool *has = session_of(world)->arg;
    return *has || world->pairing.helper.is_closed || world->pairing.helpee.is_closed;
}

static bool
begins_again(const struct world *world)
{
    return world->pairing.helper.generations > 1;
}

/*
 * Many addresses make many paths, of which none has been closed yet: there is room for the relay's
 * path, which is lost when still more of them come, and comes again.
 */
static void
test_crowded(void)
{
    bool has = false;
    for (int i = 0; i < DS_CANDIDATES_MAX; i++) {
        g_autofree char *add = g_strdup_printf("address add 10.9.1.%d/32 dev near\n", i + 1);
        own_net_ip(add);
    }
    struct world *world = world_new(both);
    world->times.punch_prune = PATIENCE_MS;
    world->times.punch_gather = 0;
    run_until(world, is_direct);
    run_until(world, is_served);
    session_of(world)->arg = &has;
    session_of(world)->on_message = on_second_path;
    own_net_ip("address add " OTHER_ADDRESS "/24 dev near\n");
    run_until(world, begins_again);
    hostile_relay_cut(session_of(world), DS_ROLE_HELPER);
    run_until(world, has_standby);
    g_assert_true(has);
    end_well(world);
    world_free(world);
    own_net_ip("address del " OTHER_ADDRESS "/24 dev near\n");
    for (int i = 0; i < DS_CANDIDATES_MAX; i++) {
        g_autofree char *del = g_strdup_printf("address del 10.9.1.%d/32 dev near\n", i + 1);
        own_net_ip(del);
    }
}

/* The relay is gone for good: what is direct lives on, and ends when somebody ends it. */
static void
test_relay_gone(void)
{
    struct world *world = world_new(both);
    run_until(world, is_direct);
    gsize told = world->kind_count;
    hostile_relay_free(g_steal_pointer(&world->relay));
    run_until(world, is_served);
    end_well(world);
    g_assert_cmpuint(world->kind_count, ==, told);
    world_free(world);
}

static bool
knows_why(const struct world *world)
{
    return world->pairing.helper.path.why == DS_WHY_OFF_THERE &&
           world->pairing.helpee.path.why == DS_WHY_OFF_HERE;
}

static bool
is_of_its_own(const struct pairing_side *side)
{
    guint16 port = ds_addr_port(&side->path.local);
    return port >= DS_PUNCH_PORT_MIN && port <= DS_PUNCH_PORT_MAX;
}

/* Where one side wants none it claims no port, nothing is tried, and both know why. */
static void
test_never(void)
{
    static const enum ds_direct one[] = {DS_DIRECT_NEVER, DS_DIRECT_AUTO};
    struct world *world = world_new(one);
    run_until(world, knows_why);
    g_assert_true(is_of_its_own(&world->pairing.helper));
    g_assert_false(is_of_its_own(&world->pairing.helpee));
    end_well(world);
    g_assert_cmpuint(world->pairing.helper.generations, ==, 0);
    g_assert_cmpuint(world->pairing.helpee.generations, ==, 0);
    g_assert_cmpuint(world->pairing.helper.kinds[DS_PATH_LAN], ==, 0);
    world_free(world);
}

/* Nothing opens before the path is direct. */
static void
only(const enum ds_direct direct[static 2])
{
    struct world *world = world_new(direct);
    while (world->pairing.helper.moments[PAIRING_PEER] == 0) {
        g_assert_cmpuint(world->pairing.helpee.moments[PAIRING_OPEN], ==, 0);
        g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
    }
    g_assert_cmpint(world->pairing.helper.path.kind, ==, DS_PATH_LAN);
    end_well(world);
    g_assert_cmpuint(world->pairing.helpee.moments[PAIRING_PEER], ==, 1);
    world_free(world);
}

static void
test_only(void)
{
    static const enum ds_direct rows[][2] = {{DS_DIRECT_ONLY, DS_DIRECT_AUTO},
            {DS_DIRECT_AUTO, DS_DIRECT_ONLY}, {DS_DIRECT_ONLY, DS_DIRECT_ONLY}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        only(rows[i]);
}

/* Without an address there is no path: the question is asked, and then it ends by saying why. What
 * the relay says of both is one address, our own to each. */
static void
test_only_in_vain(void)
{
    static const enum ds_direct helper[] = {DS_DIRECT_AUTO, DS_DIRECT_ONLY};
    own_net_ip("address del " ADDRESS "/24 dev near\n");
    struct world *world = world_new(helper);
    world->times.direct_only = 500;
    run_until(world, is_over);
    own_net_ip("address add " ADDRESS "/24 dev near\n");
    g_assert_cmpint(world->pairing.helper.reason, ==, DS_REASON_NO_DIRECT);
    g_assert_cmpint(world->pairing.helpee.reason, ==, DS_REASON_NO_DIRECT);
    g_assert_nonnull(strstr(world->pairing.helper.step, "no-address-there"));
    g_assert_cmpuint(world->pairing.helpee.moments[PAIRING_REQUEST], ==, 1);
    g_assert_cmpuint(world->pairing.helpee.moments[PAIRING_PEER], ==, 0);
    world_free(world);
}

/* Lost, it may be missed for a while and no longer. */
static void
test_only_lost(void)
{
    static const enum ds_direct helpee[] = {DS_DIRECT_ONLY, DS_DIRECT_AUTO};
    struct world *world = world_new(helpee);
    world->times.direct_only = 500;
    run_until(world, is_direct);
    own_net_ip("address del " ADDRESS "/24 dev near\n");
    run_until(world, is_over);
    own_net_ip("address add " ADDRESS "/24 dev near\n");
    g_assert_cmpint(world->pairing.helpee.reason, ==, DS_REASON_NO_DIRECT);
    world_free(world);
}

static bool
is_direct_from_the_other(const struct world *world)
{
    char text[DS_ADDR_TEXT_MAX];
    return is_direct(world) &&
           g_str_equal(ds_addr_format_host(&world->pairing.helper.path.local, text), OTHER_ADDRESS);
}

/* The machine moves to another network: both sides notice at once, and find each other there. */
static void
test_roams(void)
{
    struct world *world = world_new(both);
    run_until(world, is_direct);
    own_net_ip("address del " ADDRESS "/24 dev near\n");
    own_net_ip("address add " OTHER_ADDRESS "/24 dev near\n");
    run_until(world, is_direct_from_the_other);
    own_net_ip("address del " OTHER_ADDRESS "/24 dev near\n");
    own_net_ip("address add " ADDRESS "/24 dev near\n");
    run_until(world, is_direct);
    end_well(world);
    world_free(world);
}

enum progress { CUT, STUCK, THROUGH };

/* On the second path nothing comes through; on the third all does. */
static void
on_stuck(struct hostile_session *session, struct hostile_message *message)
{
    enum progress *progress = session->arg;
    if (message->what != HOSTILE_PIPE || message->path == 1)
        return;
    if (message->path == 2) {
        message->copies = 0;
        *progress = STUCK;
    } else if (message->index >= 2) {
        *progress = THROUGH;
    }
}

static bool
is_stuck(const struct world *world)
{
    return *(const enum progress *)session_of(world)->arg == STUCK;
}

static bool
is_through(const struct world *world)
{
    return *(const enum progress *)session_of(world)->arg == THROUGH;
}

static void
wait_ms(struct world *world, guint ms)
{
    world->paced_us = ds_clock_us() + ms * UINT64_C(1000);
    run_until(world, is_paced);
}

/* It moves twice: the way to the relay that was not finished in between is not waited for. */
static void
test_roams_twice(void)
{
    enum progress progress = CUT;
    own_net_ip("address add " RELAY_ADDRESS "/32 dev lo\n");
    struct world *world = world_new_at(both, RELAY_ADDRESS);
    run_until(world, is_direct);
    run_until(world, is_served);
    session_of(world)->arg = &progress;
    session_of(world)->on_message = on_stuck;
    hostile_relay_cut(session_of(world), DS_ROLE_HELPER);
    run_until(world, is_stuck);
    own_net_ip("address del " RELAY_ADDRESS "/32 dev lo\n");
    wait_ms(world, 2 * DS_INTERFACES_SETTLE_MS);
    own_net_ip("address add " RELAY_ADDRESS "/32 dev lo\n");
    uint64_t back_us = ds_clock_us();
    run_until(world, is_through);
    g_assert_cmpuint(ds_clock_us() - back_us, <, DS_PATH_HANDSHAKE_MS * UINT64_C(500));
    end_well(world);
    world_free(world);
    own_net_ip("address del " RELAY_ADDRESS "/32 dev lo\n");
}

/* --- the end, at any moment --- */

/* Returns whether there was still something to come. */
static bool
turn(struct world *world, unsigned turns)
{
    for (unsigned i = 0; i < turns && !(is_direct(world) && is_served(world)); i++)
        g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
    return !(is_direct(world) && is_served(world));
}

/* The search is under way in all its parts when both are freed without a word. */
static void
test_freed(void)
{
    bool is_early = true;
    for (unsigned turns = 1; is_early; turns += 3) {
        struct world *world = world_new(both);
        is_early = turn(world, turns);
        world_free(world);
    }
}

/* One side stops, and both hear of it, whatever path they are on or on their way to. */
static void
test_closed(void)
{
    bool is_early = true;
    for (unsigned turns = 1; is_early; turns += 5) {
        struct world *world = world_new(both);
        is_early = turn(world, turns);
        struct pairing_side *closer = turns % 2 ? &world->pairing.helpee : &world->pairing.helper;
        if (closer->peer != NULL && world->pairing.helper.moments[PAIRING_PEER] > 0) {
            ds_peer_close(closer->peer, DS_REASON_STOPPED);
            run_until(world, is_over);
            g_assert_cmpint(closer->reason, ==, DS_REASON_STOPPED);
        }
        world_free(world);
    }
}

/* --- a helper who asks without end --- */

struct asked {
    enum ds_control_type answer; /* OFFER or GO: all that is to be said */
    unsigned offers;             /* generations in which it was */
    unsigned generation;
    unsigned says;  /* however often of one */
    unsigned moves; /* of the network, that were told */
};

static void
on_send(void *arg, enum ds_control_type type, const struct ds_offer *offer)
{
    struct asked *asked = arg;
    g_assert_cmpint(type, ==, asked->answer);
    asked->says++;
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
        on_send, on_rtt, on_no_path, on_no_punch, on_nothing, on_moved};

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
    event_base_free(base);
}

static void
test_budget(void)
{
    ask_on(DS_ROLE_HELPEE);
    ask_on(DS_ROLE_HELPER);
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
    own_net_ip("address add " OTHER_ADDRESS "/24 dev near\n");
    ds_punching_stand(punching, &foothold);
    run_ms(base, 2 * DS_INTERFACES_SETTLE_MS);
    own_net_ip("address del " OTHER_ADDRESS "/24 dev near\n");
    g_assert_cmpuint(asked.moves, ==, 1);
    ds_punching_free(punching);
    event_base_free(base);
}

/* --- the end --- */

static guint
count_listeners(void)
{
    guint count = 0;
    for (int fd = 3; fd < FDS_MOST; fd++) {
        int is_listener = 0;
        socklen_t len = sizeof is_listener;
        count += getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listener, &len) == 0 && is_listener;
    }
    return count;
}

static bool
is_listening(const struct world *world)
{
    return count_listeners() > 1;
}

static bool
is_deaf(const struct world *world)
{
    return count_listeners() == 1; /* the relay's */
}

static void
swallow(struct hostile_session *session, struct hostile_message *message)
{
    message->copies = 0;
}

/* Who stops is no more to be reached, and reaches out to nobody, though the last word takes its
 * time to arrive: here there is nobody to hear it. */
static void
test_stops(void)
{
    struct world *world = world_new(both);
    run_until(world, is_listening);
    session_of(world)->on_message = swallow;
    ds_peer_close(world->pairing.helper.peer, DS_REASON_STOPPED);
    ds_peer_close(world->pairing.helpee.peer, DS_REASON_STOPPED);
    uint64_t began_us = ds_clock_us();
    run_until(world, is_deaf);
    g_assert_cmpuint(ds_clock_us() - began_us, <, DS_PUNCH_LINGER_MS * UINT64_C(500));
    g_assert_false(is_over(world));
    world_free(world);
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
               "address add " ADDRESS "/24 dev near\n");
    g_test_add_func("/direct/comes", test_comes);
    g_test_add_func("/direct/reset", test_reset);
    g_test_add_func("/direct/meddled-with", test_meddled_with);
    g_test_add_func("/direct/again-soon", test_again_soon);
    g_test_add_func("/direct/standby", test_standby);
    g_test_add_func("/direct/crowded", test_crowded);
    g_test_add_func("/direct/relay-gone", test_relay_gone);
    g_test_add_func("/direct/never", test_never);
    g_test_add_func("/direct/only", test_only);
    g_test_add_func("/direct/only/in-vain", test_only_in_vain);
    g_test_add_func("/direct/only/lost", test_only_lost);
    g_test_add_func("/direct/roams", test_roams);
    g_test_add_func("/direct/roams/twice", test_roams_twice);
    g_test_add_func("/direct/freed", test_freed);
    g_test_add_func("/direct/closed", test_closed);
    g_test_add_func("/direct/asked-without-end", test_asked_without_end);
    g_test_add_func("/direct/budget", test_budget);
    g_test_add_func("/direct/ladder-begins-again", test_ladder_begins_again);
    g_test_add_func("/direct/moved-meanwhile", test_moved_meanwhile);
    g_test_add_func("/direct/stops", test_stops);
    return g_test_run();
}
