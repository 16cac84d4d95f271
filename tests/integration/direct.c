/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two peers and a relay in a network of the test's own: the session finds its direct path, loses it
 * in all ways, and finds it again, while every byte arrives once.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/link/state.h"
#include "net/peer/internal.h"
#include "tests/integration/direct_world.h"
#include "tests/lib/own_net.h"

enum { PACE_MS = 1500, NEVER_MS = 60000, FAR_MS = 500 };

static bool
has_met_again(const struct direct_world *world)
{
    return direct_world_session(world)->path > 1;
}

/* It comes up by itself, from the port of the relay connection, and says so once. */
static void
test_comes(void)
{
    struct direct_world *world = direct_world_new(direct_world_both);
    direct_world_run_until(world, direct_world_is_direct);
    g_assert_cmpint(world->kinds[0], ==, DS_PATH_RELAY);
    g_assert_cmpint(world->whys[0], ==, DS_WHY_TRYING);
    /* On a busy machine it may look slower than the relay's for a moment. */
    g_assert_cmpint(world->kinds[world->kind_count - 1], ==, DS_PATH_LAN);
    g_assert_cmpint(world->whys[world->kind_count - 1], ==, DS_WHY_NONE);
    guint16 port = ds_addr_port(&world->pairing.helper.path.local);
    g_assert_cmpuint(port, >=, DS_PUNCH_PORT_MIN);
    g_assert_cmpuint(port, <=, DS_PUNCH_PORT_MAX);
    direct_world_end_well(world);
    g_assert_cmpuint(world->pairing.helper.generations, ==, 1);
    g_assert_cmpuint(world->pairing.helper.directs, ==, 1);
    g_assert_cmpuint(world->pairing.helpee.directs, ==, 1);
    g_assert_cmpuint(direct_world_session(world)->path, ==, 1);
    direct_world_free(world);
}

/* Reset, it is back on the relay without a moment apart, and then direct again. */
static void
test_reset(void)
{
    struct direct_world *world = direct_world_new(direct_world_both);
    direct_world_run_until(world, direct_world_is_direct);
    gsize told = world->kind_count;
    direct_world_reset(world);
    direct_world_run_until(world, direct_world_is_relayed);
    g_assert_cmpint(world->kinds[told], ==, DS_PATH_RELAY);
    g_assert_cmpint(world->whys[told], ==, DS_WHY_LOST);
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_end_well(world);
    g_assert_cmpuint(world->pairing.helper.kinds[DS_PATH_NONE], ==, 0);
    g_assert_cmpuint(world->pairing.helper.generations, >=, 2);
    direct_world_free(world);
}

/* Who writes into a direct path can cut it, and no more, however often: the relay is there. */
static void
test_meddled_with(void)
{
    static const guint8 forged[5 + 32] = {23, 3, 3, 0, 32};
    struct direct_world *world = direct_world_new(direct_world_both);
    for (unsigned times = 1; times <= 2 * DS_MEET_FORGED_MAX; times++) {
        direct_world_run_until(world, direct_world_is_direct);
        int fd = direct_world_socket(world);
        g_assert_cmpint(send(fd, forged, sizeof forged, MSG_NOSIGNAL), ==, sizeof forged);
        while (world->pairing.helper.kinds[DS_PATH_RELAY] <= times)
            g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
    }
    direct_world_end_well(world);
    direct_world_free(world);
}

/* AGAIN waits for its turn after the generation before; the answer to it does not wait once more.
 */
static void
test_again_soon(void)
{
    struct direct_world *world = direct_world_new(direct_world_both);
    world->times.punch_pace = PACE_MS;
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_wait_ms(world, PACE_MS);
    uint64_t began_us = ds_clock_us();
    direct_world_reset(world);
    direct_world_run_until(world, direct_world_is_relayed);
    direct_world_run_until(world, direct_world_is_direct);
    g_assert_cmpuint(ds_clock_us() - began_us, <, PACE_MS * UINT64_C(1000));
    direct_world_end_well(world);
    direct_world_free(world);
}

/* The relay drops both: the session does not notice, and has its standby again. */
static void
test_standby(void)
{
    struct direct_world *world = direct_world_new(direct_world_both);
    direct_world_run_until(world, direct_world_is_direct);
    gsize told = world->kind_count;
    hostile_relay_cut(direct_world_session(world), DS_ROLE_HELPER);
    direct_world_run_until(world, has_met_again);
    g_assert_true(direct_world_is_direct(world));
    g_assert_cmpuint(world->kind_count, ==, told);
    direct_world_run_until(world, direct_world_is_served);
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_end_well(world);
    direct_world_free(world);
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
has_standby(const struct direct_world *world)
{
    const bool *has = direct_world_session(world)->arg;
    return *has || world->pairing.helper.is_closed || world->pairing.helpee.is_closed;
}

static bool
begins_again(const struct direct_world *world)
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
    struct direct_world *world = direct_world_new(direct_world_both);
    world->times.punch_prune = NEVER_MS;
    world->times.punch_gather = 0;
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_run_until(world, direct_world_is_served);
    direct_world_session(world)->arg = &has;
    direct_world_session(world)->on_message = on_second_path;
    own_net_ip("address add " OTHER_ADDRESS "/24 dev near\n");
    direct_world_run_until(world, begins_again);
    hostile_relay_cut(direct_world_session(world), DS_ROLE_HELPER);
    direct_world_run_until(world, has_standby);
    g_assert_true(has);
    direct_world_end_well(world);
    direct_world_free(world);
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
    struct direct_world *world = direct_world_new(direct_world_both);
    direct_world_run_until(world, direct_world_is_direct);
    gsize told = world->kind_count;
    hostile_relay_free(g_steal_pointer(&world->relay));
    direct_world_run_until(world, direct_world_is_served);
    direct_world_end_well(world);
    g_assert_cmpuint(world->kind_count, ==, told);
    direct_world_free(world);
}

static enum ds_path_kind
active_kind(const struct pairing_side *side)
{
    return ds_path_kind(ds_link_active_path(side->peer->link));
}

/* Have the helper ask for the path of a kind, whatever it would choose. */
static void
nominate(struct direct_world *world, enum ds_path_kind kind)
{
    struct ds_link *link = world->pairing.helper.peer->link;
    for (size_t i = 0; i < link->n_paths; i++) {
        struct link_path *p = link->paths[i];
        if (ds_path_kind(p->path) != kind)
            continue;
        p->nominate = ++link->nominations;
        ds_path_kick(p->path);
    }
    while (active_kind(&world->pairing.helpee) != kind)
        g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
}

/* A helper who chooses now this path, now that: only so much of it is told, but how it ends. */
static void
test_flaps(void)
{
    enum { TIMES = 5 * DS_PATH_NEWS_MAX };
    struct direct_world *world = direct_world_new(direct_world_both);
    const unsigned *told = &world->pairing.helpee.moments[PAIRING_PATH];
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_run_until(world, direct_world_is_served);
    unsigned before = *told;
    uint64_t began_us = ds_clock_us();
    for (unsigned i = 0; i < TIMES; i++) {
        nominate(world, DS_PATH_RELAY);
        nominate(world, DS_PATH_LAN);
    }
    uint64_t took_ms = (ds_clock_us() - began_us) / 1000;
    g_assert_cmpuint(*told - before, <=, DS_PATH_NEWS_MAX + took_ms / DS_PATH_NEWS_MS + 1);
    g_assert_cmpuint(*told - before, >=, DS_PATH_NEWS_MAX / 2);
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_end_well(world);
    direct_world_free(world);
}

/* While the relay's path still hands over to a direct one, that is not the slower of the two. */
static void
test_handed_over(void)
{
    struct direct_world *world = direct_world_new(direct_world_both);
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_run_until(world, direct_world_is_served);
    struct ds_peer *helper = world->pairing.helper.peer;
    evtimer_del(helper->prune_timer); /* it had its time to be measured */
    for (size_t i = 0; i < helper->link->n_paths; i++)
        if (ds_path_kind(helper->link->paths[i]->path) == DS_PATH_RELAY)
            helper->link->leaving = helper->link->paths[i];
    g_assert_nonnull(helper->link->leaving);
    ds_peer_direct_review(helper);
    g_assert_false(helper->is_slower);
    helper->link->leaving = NULL;
    direct_world_end_well(world);
    direct_world_free(world);
}

static void
on_log(enum ds_log_level level, const char *area, const char *text, void *arg)
{
    *(unsigned *)arg += g_str_has_prefix(text, "full segments do not get through");
}

static bool
looks_no_more(const struct direct_world *world)
{
    return !evtimer_pending(world->pairing.helpee.peer->prune_timer, NULL);
}

/* To the helpee the relay is far away, and no PING of its own has an answer on a direct path. */
static bool
is_unmeasured(const struct direct_world *world)
{
    const struct ds_link *link = world->pairing.helpee.peer->link;
    for (size_t i = 0; i < link->n_paths; i++) {
        struct link_path *p = link->paths[i];
        p->rate.min_rtt_us = ds_path_kind(p->path) == DS_PATH_RELAY ? FAR_MS * 1000 : 0;
    }
    return looks_no_more(world) || world->doubts > 0;
}

/*
 * The helpee, too, waits for as long as an answer may take before it says that large packets are
 * lost; it leaves the next generation to the helper. Of a path that was measured it says nothing.
 */
static void
test_small_segments(void)
{
    struct direct_world *world = direct_world_new(direct_world_both);
    ds_log_set(on_log, &world->doubts, DS_LOG_INFO);
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_run_until(world, direct_world_is_served);
    direct_world_run_until(world, looks_no_more);
    direct_world_wait_ms(world, DS_PUNCH_WORD_MS);
    g_assert_cmpuint(world->doubts, ==, 0);
    struct ds_peer *helpee = world->pairing.helpee.peer;
    uint64_t began_ms = helpee->newest_direct_ms = ds_clock_boot_ms();
    ds_event_add_ms(helpee->prune_timer, world->times.punch_prune); /* as if one had just come */
    direct_world_run_until(world, is_unmeasured);
    g_assert_cmpuint(world->doubts, ==, 1);
    g_assert_cmpuint(ds_clock_boot_ms() - began_ms, >=, 3 * FAR_MS);
    ds_log_set(NULL, NULL, DS_LOG_ERROR);
    direct_world_end_well(world);
    g_assert_cmpuint(world->pairing.helpee.generations, ==, 1);
    direct_world_free(world);
}

static bool
knows_why(const struct direct_world *world)
{
    return world->pairing.helper.path.why_not.why == DS_WHY_OFF_THERE &&
           world->pairing.helpee.path.why_not.why == DS_WHY_OFF_HERE;
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
    struct direct_world *world = direct_world_new(one);
    direct_world_run_until(world, knows_why);
    g_assert_true(is_of_its_own(&world->pairing.helper));
    g_assert_false(is_of_its_own(&world->pairing.helpee));
    direct_world_end_well(world);
    g_assert_cmpuint(world->pairing.helper.generations, ==, 0);
    g_assert_cmpuint(world->pairing.helpee.generations, ==, 0);
    g_assert_cmpuint(world->pairing.helper.kinds[DS_PATH_LAN], ==, 0);
    direct_world_free(world);
}

/* Nothing opens before the path is direct. */
static void
only(const enum ds_direct direct[static 2])
{
    struct direct_world *world = direct_world_new(direct);
    while (world->pairing.helper.moments[PAIRING_PEER] == 0) {
        g_assert_cmpuint(world->pairing.helpee.moments[PAIRING_OPEN], ==, 0);
        g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
    }
    g_assert_cmpint(world->pairing.helper.path.kind, ==, DS_PATH_LAN);
    direct_world_end_well(world);
    g_assert_cmpuint(world->pairing.helpee.moments[PAIRING_PEER], ==, 1);
    direct_world_free(world);
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
    struct direct_world *world = direct_world_new(helper);
    world->times.direct_only = 500;
    direct_world_run_until(world, direct_world_is_over);
    own_net_ip("address add " ADDRESS "/24 dev near\n");
    g_assert_cmpint(world->pairing.helper.reason, ==, DS_REASON_NO_DIRECT);
    g_assert_cmpint(world->pairing.helpee.reason, ==, DS_REASON_NO_DIRECT);
    g_assert_nonnull(strstr(world->pairing.helper.step, "no-address-there"));
    g_assert_cmpuint(world->pairing.helpee.moments[PAIRING_REQUEST], ==, 1);
    g_assert_cmpuint(world->pairing.helpee.moments[PAIRING_PEER], ==, 0);
    direct_world_free(world);
}

/* Lost, it may be missed for a while and no longer. */
static void
test_only_lost(void)
{
    static const enum ds_direct helpee[] = {DS_DIRECT_ONLY, DS_DIRECT_AUTO};
    struct direct_world *world = direct_world_new(helpee);
    world->times.direct_only = 500;
    direct_world_run_until(world, direct_world_is_direct);
    own_net_ip("address del " ADDRESS "/24 dev near\n");
    direct_world_run_until(world, direct_world_is_over);
    own_net_ip("address add " ADDRESS "/24 dev near\n");
    g_assert_cmpint(world->pairing.helpee.reason, ==, DS_REASON_NO_DIRECT);
    direct_world_free(world);
}

static bool
is_direct_from_the_other(const struct direct_world *world)
{
    char text[DS_ADDR_TEXT_MAX];
    return direct_world_is_direct(world) &&
           g_str_equal(ds_addr_format_host(&world->pairing.helper.path.local, text), OTHER_ADDRESS);
}

/* Whether this process may bind to low ports. */
static void
set_may_bind(bool may)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    const guint32 bit = UINT32_C(1) << CAP_NET_BIND_SERVICE;
    g_assert_cmpint(syscall(SYS_capget, &head, sets), ==, 0);
    sets[0].effective = may ? sets[0].effective | bit : sets[0].effective & ~bit;
    g_assert_cmpint(syscall(SYS_capset, &head, sets), ==, 0);
}

static bool
is_asked(const struct direct_world *world)
{
    return world->pairing.helpee.moments[PAIRING_REQUEST] > 0;
}

static bool
has_given_up(const struct direct_world *world)
{
    enum ds_why helper = world->pairing.helper.path.why_not.why,
                helpee = world->pairing.helpee.path.why_not.why;
    return direct_world_is_relayed(world) && helper != DS_WHY_TRYING && helpee != DS_WHY_TRYING;
}

/* All ports of ours are forbidden, to claim or, once claimed, to use: it stays on the relay. */
static void
test_forbidden(void)
{
    own_net_write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "32768");
    for (int is_late = 0; is_late <= 1; is_late++) {
        set_may_bind(is_late);
        struct direct_world *world = direct_world_new(direct_world_both);
        if (is_late)
            direct_world_run_until(world, is_asked);
        set_may_bind(false);
        direct_world_run_until(world, has_given_up);
        direct_world_end_well(world);
        g_assert_cmpuint(world->pairing.helper.kinds[DS_PATH_LAN], ==, 0);
        direct_world_free(world);
    }
    set_may_bind(true);
    own_net_write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "1024");
}

/* The machine moves to another network: both sides notice at once, and find each other there. */
static void
test_roams(void)
{
    struct direct_world *world = direct_world_new(direct_world_both);
    direct_world_run_until(world, direct_world_is_direct);
    own_net_ip("address del " ADDRESS "/24 dev near\n");
    own_net_ip("address add " OTHER_ADDRESS "/24 dev near\n");
    direct_world_run_until(world, is_direct_from_the_other);
    own_net_ip("address del " OTHER_ADDRESS "/24 dev near\n");
    own_net_ip("address add " ADDRESS "/24 dev near\n");
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_end_well(world);
    direct_world_free(world);
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
is_stuck(const struct direct_world *world)
{
    return *(const enum progress *)direct_world_session(world)->arg == STUCK;
}

static bool
is_through(const struct direct_world *world)
{
    return *(const enum progress *)direct_world_session(world)->arg == THROUGH;
}

/* It moves twice: the way to the relay that was not finished in between is not waited for. */
static void
test_roams_twice(void)
{
    enum progress progress = CUT;
    own_net_ip("address add " RELAY_ADDRESS "/32 dev lo\n");
    struct direct_world *world = direct_world_new_at(direct_world_both, RELAY_ADDRESS);
    direct_world_run_until(world, direct_world_is_direct);
    direct_world_run_until(world, direct_world_is_served);
    direct_world_session(world)->arg = &progress;
    direct_world_session(world)->on_message = on_stuck;
    hostile_relay_cut(direct_world_session(world), DS_ROLE_HELPER);
    direct_world_run_until(world, is_stuck);
    own_net_ip("address del " RELAY_ADDRESS "/32 dev lo\n");
    direct_world_wait_ms(world, 2 * DS_INTERFACES_SETTLE_MS);
    own_net_ip("address add " RELAY_ADDRESS "/32 dev lo\n");
    uint64_t back_us = ds_clock_us();
    direct_world_run_until(world, is_through);
    g_assert_cmpuint(ds_clock_us() - back_us, <, DS_PATH_HANDSHAKE_MS * UINT64_C(500));
    direct_world_end_well(world);
    direct_world_free(world);
    own_net_ip("address del " RELAY_ADDRESS "/32 dev lo\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);

    if (!direct_world_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had here\n");
        return 0;
    }
    g_test_add_func("/direct/comes", test_comes);
    g_test_add_func("/direct/reset", test_reset);
    g_test_add_func("/direct/meddled-with", test_meddled_with);
    g_test_add_func("/direct/again-soon", test_again_soon);
    g_test_add_func("/direct/standby", test_standby);
    g_test_add_func("/direct/crowded", test_crowded);
    g_test_add_func("/direct/relay-gone", test_relay_gone);
    g_test_add_func("/direct/flaps", test_flaps);
    g_test_add_func("/direct/handed-over", test_handed_over);
    g_test_add_func("/direct/small-segments", test_small_segments);
    g_test_add_func("/direct/never", test_never);
    g_test_add_func("/direct/only", test_only);
    g_test_add_func("/direct/only/in-vain", test_only_in_vain);
    g_test_add_func("/direct/only/lost", test_only_lost);
    g_test_add_func("/direct/forbidden", test_forbidden);
    g_test_add_func("/direct/roams", test_roams);
    g_test_add_func("/direct/roams/twice", test_roams_twice);
    return g_test_run();
}
