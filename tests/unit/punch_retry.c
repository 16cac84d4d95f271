/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a refused candidate is tried again; two sides with NATs that answer by RST, simulated. */
#include "net/punch/retry.h"

#include <glib.h>

#include "net/base/limits.h"
#include "tests/lib/seed.h"

enum { MS = 1000, RUN_US = DS_PUNCH_MS * MS };

/* --- one side --- */

/* Refused every time, `took_us` after each SYN. Returns how many tries there were. */
static guint
be_refused(GRand *rand, guint64 took_us, gboolean by_icmp, guint64 *last_us)
{
    struct ds_retry retry = {0};
    guint64 now_us = 1000;
    for (;;) {
        ds_retry_begin(&retry, now_us);
        *last_us = now_us - 1000;
        now_us += took_us;
        guint64 wait_us = ds_retry_refused(&retry, now_us, took_us, by_icmp, g_rand_int(rand));
        if (wait_us == UINT64_MAX || now_us + wait_us > RUN_US)
            return retry.tries;
        now_us += wait_us;
    }
}

/* However quick the refusals are, the tries are bounded, and last as long as the generation. */
static void
test_spread(gconstpointer data)
{
    const gboolean by_icmp = GPOINTER_TO_INT(data);
    static const guint64 took_us[] = {20, 300, 1 * MS, 10 * MS, 40 * MS, 200 * MS, 1000 * MS};
    g_autoptr(GRand) rand = test_seed();
    for (gsize i = 0; i < G_N_ELEMENTS(took_us); i++) {
        guint64 shortest_us = G_MAXUINT64;
        guint most = 0;
        for (guint run = 0; run < 200; run++) {
            guint64 last_us;
            most = MAX(most, be_refused(rand, took_us[i], by_icmp, &last_us));
            shortest_us = MIN(shortest_us, last_us);
        }
        g_test_message("refused within %u us: at most %u tries, in at least %u us",
                (guint)took_us[i], most, (guint)shortest_us);
        g_assert_cmpuint(most, <=, DS_PUNCH_TRIES_MAX);
        g_assert_cmpuint(shortest_us, >=, RUN_US / 2);
    }
}

static void
test_first_at_once(gconstpointer data)
{
    const gboolean by_icmp = GPOINTER_TO_INT(data);
    struct ds_retry retry = {0};
    guint at_once = 0;
    ds_retry_begin(&retry, 0);
    while (ds_retry_refused(&retry, 100 * MS, 40 * MS, by_icmp, G_MAXUINT32) == 0)
        at_once++;
    g_assert_cmpuint(at_once, ==, by_icmp ? 40 : 5);
}

/* ICMP from so near comes from this side's own network: the SYN has opened no hole. */
static void
test_near_icmp(void)
{
    struct ds_retry retry = {0};
    ds_retry_begin(&retry, 0);
    for (guint i = 0; i < 5; i++)
        g_assert_cmpuint(ds_retry_refused(&retry, 100 * MS, 1 * MS, TRUE, G_MAXUINT32), ==, 0);
    g_assert_cmpuint(ds_retry_refused(&retry, 100 * MS, 1 * MS, TRUE, G_MAXUINT32), >, 0);
}

static void
test_pause(void)
{
    static const struct {
        guint64 elapsed_us, took_us, longest_us;
    } rows[] = {
            {200 * MS, 40 * MS, 20 * MS},    /* half of what the refusal took */
            {2000 * MS, 100 * MS, 100 * MS}, /* a twentieth of the time so far */
            {600 * MS, 1 * MS, 120 * MS},    /* refused in no time */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_retry retry = {.began_us = 77, .tries = 5, .refused = 5};
        guint64 now_us = 77 + rows[i].elapsed_us;
        guint64 longest_us = ds_retry_refused(&retry, now_us, rows[i].took_us, FALSE, G_MAXUINT32);
        g_assert_cmpuint(longest_us, <=, rows[i].longest_us);
        g_assert_cmpuint(longest_us, >=, rows[i].longest_us - 1);
        g_assert_cmpuint(ds_retry_refused(&retry, now_us, rows[i].took_us, FALSE, 0), ==, 0);
    }
}

static void
test_bound(void)
{
    struct ds_retry retry = {0};
    for (guint i = 1; i < DS_PUNCH_TRIES_MAX; i++) {
        ds_retry_begin(&retry, 0);
        g_assert_cmpuint(ds_retry_refused(&retry, 1, 1, FALSE, 0), !=, UINT64_MAX);
    }
    ds_retry_begin(&retry, 0);
    g_assert_cmpuint(ds_retry_refused(&retry, 1, 1, FALSE, 0), ==, UINT64_MAX);
}

/* --- two sides --- */

enum { OWD_US = 20 * MS, RTT_US = 2 * OWD_US, TURN_US = 20 };

enum step { SEND, ARRIVE, REFUSE }; /* what happens next to the side's SYN */

struct simulated {
    struct ds_retry retry;
    enum step step;
    guint64 at_us;
    guint64 sent_us;
    gboolean has_hole; /* its SYN is under way: its NAT lets in what comes from there */
};

typedef guint64 (*policy)(struct ds_retry *retry, guint64 now_us, guint64 took_us, guint32 random);

static guint64
wait_as_we_do(struct ds_retry *retry, guint64 now_us, guint64 took_us, guint32 random)
{
    return ds_retry_refused(retry, now_us, took_us, FALSE, random);
}

/* What a program does that knows nothing better. */
static guint64
wait_100_ms(struct ds_retry *retry, guint64 now_us, guint64 took_us, guint32 random)
{
    return 100 * MS;
}

/* Returns whether the SYN passed the other side's NAT: then both are connected. */
static gboolean
advance(struct simulated *self, const struct simulated *other, policy wait, GRand *rand)
{
    guint64 now_us = self->at_us;
    switch (self->step) {
    case SEND:
        ds_retry_begin(&self->retry, now_us);
        self->has_hole = TRUE;
        self->sent_us = now_us;
        self->step = ARRIVE;
        self->at_us = now_us + OWD_US;
        return FALSE;
    case ARRIVE:
        self->step = REFUSE; /* by a RST, which takes as long back */
        self->at_us = now_us + OWD_US;
        return other->has_hole;
    case REFUSE:
    default:
        self->has_hole = FALSE;
        self->step = SEND;
        guint64 pause = wait(&self->retry, now_us, now_us - self->sent_us, g_rand_int(rand));
        self->at_us = pause == UINT64_MAX ? UINT64_MAX : now_us + TURN_US + pause;
        return FALSE;
    }
}

/* Returns when both are connected, counted from the later start; UINT64_MAX for never. */
static guint64
meet_with(policy wait, guint64 skew_us, GRand *rand, const struct ds_retry *fresh)
{
    struct simulated sides[2] = {
            {.at_us = 1, .retry = *fresh}, {.at_us = 1 + skew_us, .retry = *fresh}};
    for (;;) {
        int next = sides[0].at_us <= sides[1].at_us ? 0 : 1;
        guint64 now_us = sides[next].at_us;
        if (now_us > RUN_US)
            return UINT64_MAX;
        if (advance(&sides[next], &sides[1 - next], wait, rand))
            return now_us + OWD_US - (1 + skew_us);
    }
}

static guint64
meet(policy wait, guint64 skew_us, GRand *rand)
{
    const struct ds_retry fresh = {0};
    return meet_with(wait, skew_us, rand, &fresh);
}

static void
test_no_phase_lock(void)
{
    g_autoptr(GRand) rand = test_seed();
    guint runs = 0, late = 0;
    for (guint64 skew_ms = 0; skew_ms <= 500; skew_ms++) {
        for (guint i = 0; i < 20; i++, runs++) {
            guint64 after_us = meet(wait_as_we_do, skew_ms * MS, rand);
            g_assert_cmpuint(after_us, !=, UINT64_MAX);
            if (after_us > 2 * RTT_US + 1 * MS)
                late++;
        }
    }
    g_test_message("%u of %u took longer than 2 round trips", late, runs);
    g_assert_cmpuint(late * 100, <=, runs);
}

/* The twin: with a fixed pause there are starts after which the two never meet. */
static void
test_phase_lock(void)
{
    g_autoptr(GRand) rand = test_seed();
    guint never = 0;
    for (guint64 skew_ms = 0; skew_ms <= 500; skew_ms++)
        if (meet(wait_100_ms, skew_ms * MS, rand) == UINT64_MAX)
            never++;
    g_test_message("%u of 501 starts never met", never);
    g_assert_cmpuint(never, >, 50);
}

struct few {
    unsigned most, spread_ms; /* as struct ds_retry has them */
    guint64 least_ms, most_ms;
};

/* How many of those never meet that have few tries, where one is later by some time between. */
static guint
miss_late(const struct few *few, gboolean is_spread)
{
    const struct ds_retry fresh = {.most = few->most, .spread_ms = is_spread ? few->spread_ms : 0};
    g_autoptr(GRand) rand = test_seed();
    guint never = 0;
    for (guint64 skew_ms = few->least_ms; skew_ms <= few->most_ms; skew_ms++)
        if (meet_with(wait_as_we_do, skew_ms * MS, rand, &fresh) == UINT64_MAX)
            never++;
    g_test_message(
            "%u of %u late starts never met", never, (guint)(few->most_ms - few->least_ms + 1));
    return never;
}

static void
test_few(gconstpointer data)
{
    const struct few *few = data;
    guint starts = (guint)(few->most_ms - few->least_ms + 1);

    g_assert_cmpuint(miss_late(few, TRUE) * 20, <=, starts);
    /* The twin: the tries of most, or of all, are over by then. */
    g_assert_cmpuint(miss_late(few, FALSE) * 2, >, starts);
}

int
main(int argc, char **argv)
{
    static const struct few window = {DS_PUNCH_WINDOW_TRIES, DS_PUNCH_MS, 2000, 4000};
    static const struct few salvo = {DS_SALVO_TRIES, DS_SALVO_HOLD_MS, 700, 850};

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/punch-retry/spread/rst", GINT_TO_POINTER(FALSE), test_spread);
    g_test_add_data_func("/punch-retry/spread/icmp", GINT_TO_POINTER(TRUE), test_spread);
    g_test_add_data_func(
            "/punch-retry/first-at-once/rst", GINT_TO_POINTER(FALSE), test_first_at_once);
    g_test_add_data_func(
            "/punch-retry/first-at-once/icmp", GINT_TO_POINTER(TRUE), test_first_at_once);
    g_test_add_func("/punch-retry/near-icmp", test_near_icmp);
    g_test_add_func("/punch-retry/pause", test_pause);
    g_test_add_func("/punch-retry/bound", test_bound);
    g_test_add_func("/punch-retry/no-phase-lock", test_no_phase_lock);
    g_test_add_func("/punch-retry/phase-lock", test_phase_lock);
    g_test_add_data_func("/punch-retry/few/window", &window, test_few);
    g_test_add_data_func("/punch-retry/few/salvo", &salvo, test_few);
    return g_test_run();
}
