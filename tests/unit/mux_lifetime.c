/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How channels and muxes end: reset from each side, and freed by the callbacks they call. */
#include "net/base/limits.h"
#include "tests/lib/mux_pair.h"

/* What a channel's owner was told, and what it does in one of the calls. */
enum call { CALL_NONE, ON_OPEN, ON_DATA, ON_WRITABLE, ON_EOF, ON_GONE, ON_KICK, CALL_COUNT };
enum deed { RESET_SELF, RESET_OTHER, FREE_MUX, RESET_BOTH_AND_FREE, DEED_COUNT };

struct actor {
    struct mux_pair *pair;
    enum call call;
    enum deed deed;
    bool is_done;
    struct ds_channel *channel[2]; /* of end 1, NULL when gone */
    unsigned data, gone;
    int reason;
};

static void
reset_one(struct actor *actor, int i)
{
    struct ds_channel *channel = g_steal_pointer(&actor->channel[i]);
    if (channel != NULL)
        ds_channel_reset(channel, DS_REASON_STOPPED);
}

static void
act(struct actor *actor, enum call call, struct ds_channel *channel)
{
    int self = channel == actor->channel[1];
    if (call != actor->call || actor->is_done)
        return;
    actor->is_done = true;
    if (actor->deed == RESET_SELF || actor->deed == RESET_BOTH_AND_FREE)
        reset_one(actor, self);
    if (actor->deed == RESET_OTHER || actor->deed == RESET_BOTH_AND_FREE)
        reset_one(actor, 1 - self);
    if (actor->deed == FREE_MUX || actor->deed == RESET_BOTH_AND_FREE)
        ds_mux_free(g_steal_pointer(&actor->pair->end[1].mux));
}

static void
actor_on_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct actor *actor = arg;
    actor->data++;
    ds_channel_consumed(channel, len);
    act(actor, ON_DATA, channel);
}

static void
actor_on_writable(void *arg, struct ds_channel *channel)
{
    act(arg, ON_WRITABLE, channel);
}

static void
actor_on_eof(void *arg, struct ds_channel *channel)
{
    ds_channel_eof(channel);
    act(arg, ON_EOF, channel);
}

static void
actor_on_gone(void *arg, struct ds_channel *channel, int reason)
{
    struct actor *actor = arg;
    actor->gone++;
    actor->reason = reason;
    for (int i = 0; i < 2; i++)
        if (actor->channel[i] == channel)
            actor->channel[i] = NULL;
    /* It is gone: all of these do nothing. */
    g_assert_cmpuint(ds_channel_write(channel, "x", 1), ==, 0);
    ds_channel_reset(channel, DS_REASON_STOPPED);
    ds_channel_eof(channel);
    act(actor, ON_GONE, channel);
}

static const struct ds_channel_handler actor_handler = {
        .on_data = actor_on_data,
        .on_writable = actor_on_writable,
        .on_eof = actor_on_eof,
        .on_gone = actor_on_gone,
};

static bool
actor_on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct actor *actor = arg;
    actor->channel[actor->channel[0] != NULL] = channel;
    ds_channel_set_handler(channel, &actor_handler, actor);
    act(actor, ON_OPEN, channel);
    /* Whoever freed it may answer as it likes. */
    return actor->call != ON_OPEN || actor->deed != RESET_BOTH_AND_FREE;
}

static void
actor_on_kick(void *arg)
{
    act(arg, ON_KICK, NULL);
}

static void
consume(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    ds_channel_consumed(channel, len);
}

static const struct ds_channel_handler silent_handler = {.on_data = consume};

static void
fill(struct ds_channel *const *slot)
{
    static const uint8_t bytes[8192];
    /* A write may bring on_kick, which may take the channel out of its slot. */
    while (*slot != NULL && ds_channel_write(*slot, bytes, sizeof bytes) > 0)
        ;
}

/* Do what makes every callback of end 1 come: two channels, data both ways, EOF, RESET. */
static void
play(struct actor *actor)
{
    struct mux_pair *pair = actor->pair;
    struct ds_channel *ours[2];
    for (int i = 0; i < 2; i++) {
        struct ds_mux *mux = pair->end[0].mux;
        g_assert_cmpint(ds_mux_open(mux, DS_CHANNEL_TCP, &silent_handler, NULL, &ours[i]), ==, 0);
        g_assert_cmpuint(ds_channel_write(ours[i], "hello", 5), ==, 5);
    }
    mux_pair_settle(pair);
    /* Only while both ends have both: the silent side is told of no end. */
    if (actor->channel[0] == NULL || actor->channel[1] == NULL || pair->end[1].mux == NULL)
        return;
    fill(&actor->channel[0]);
    mux_pair_settle(pair);
    if (actor->is_done)
        return;
    ds_channel_eof(ours[0]);
    mux_pair_settle(pair);
    if (actor->is_done)
        return;
    ds_channel_reset(ours[1], DS_REASON_BUSY);
    mux_pair_settle(pair);
}

static void
test_free_inside_callbacks(void)
{
    for (int call = ON_OPEN; call < CALL_COUNT; call++) {
        for (int deed = 0; deed < DEED_COUNT; deed++) {
            struct mux_pair pair;
            struct actor actor = {.pair = &pair, .call = call, .deed = deed};
            mux_pair_init(&pair, NULL);
            pair.end[1].on_open = actor_on_open;
            pair.end[1].on_kick = actor_on_kick;
            pair.end[1].arg = &actor;
            g_test_message("call %d, deed %d", call, deed);
            play(&actor);
            g_assert_true(actor.is_done);
            mux_pair_finish(&pair);
            g_assert_null(actor.channel[0]);
            g_assert_null(actor.channel[1]);
        }
    }
}

/* Two channels of two muxes that nobody acts on: end 1 takes what end 0 opens. */
static struct ds_channel *
join(struct mux_pair *pair, struct actor *actor)
{
    struct ds_channel *ours = NULL;
    mux_pair_init(pair, NULL);
    actor->pair = pair;
    pair->end[1].on_open = actor_on_open;
    pair->end[1].arg = actor;
    int err = ds_mux_open(pair->end[0].mux, DS_CHANNEL_TCP, &silent_handler, NULL, &ours);
    g_assert_cmpint(err, ==, 0);
    mux_pair_settle(pair);
    g_assert_nonnull(actor->channel[0]);
    return ours;
}

static void
test_reset_tells_reason(void)
{
    struct mux_pair pair;
    struct actor actor = {0};
    struct ds_channel *ours = join(&pair, &actor);
    g_assert_cmpuint(ds_channel_write(ours, "lost", 4), ==, 4);
    ds_channel_reset(ours, DS_REASON_NO_SERVER); /* what was queued is dropped */
    mux_pair_settle(&pair);
    g_assert_cmpuint(actor.data, ==, 0);
    g_assert_cmpuint(actor.gone, ==, 1);
    g_assert_cmpint(actor.reason, ==, DS_REASON_NO_SERVER);

    struct actor unnamed = {0};
    mux_pair_finish(&pair);
    ds_channel_reset(join(&pair, &unnamed), DS_REASON_NONE);
    mux_pair_settle(&pair);
    g_assert_cmpint(unnamed.reason, ==, DS_REASON_STOPPED);
    mux_pair_finish(&pair);
}

/* Both reset at once, with data and EOF on the way: neither is told, nothing is left. */
static void
test_reset_from_both_sides(void)
{
    struct mux_pair pair;
    struct actor actor = {0};
    struct ds_channel *ours = join(&pair, &actor);
    fill(&ours);
    ds_channel_eof(ours);
    fill(&actor.channel[0]);
    mux_pair_pull(&pair, 0);
    mux_pair_pull(&pair, 1);
    ds_channel_reset(ours, DS_REASON_BUSY);
    reset_one(&actor, 0);
    mux_pair_settle(&pair);
    g_assert_cmpuint(actor.gone, ==, 0);
    g_assert_true(ds_mux_is_idle(pair.end[0].mux) && ds_mux_is_idle(pair.end[1].mux));
    mux_pair_finish(&pair);
}

/* The other side never hears of a channel that was opened and reset between two pulls. */
static void
test_reset_before_open(void)
{
    struct mux_pair pair;
    struct ds_channel *channel;
    mux_pair_init(&pair, NULL);
    int err = ds_mux_open(pair.end[0].mux, DS_CHANNEL_TCP, &silent_handler, NULL, &channel);
    g_assert_cmpint(err, ==, 0);
    g_assert_cmpuint(ds_channel_write(channel, "hello", 5), ==, 5);
    ds_channel_reset(channel, DS_REASON_STOPPED);
    g_assert_true(ds_mux_is_idle(pair.end[0].mux));
    mux_pair_settle(&pair);
    mux_pair_finish(&pair);
}

/* EOF that meets a channel which is being reset ends it: the RESET is not sent any more. */
static void
test_eof_meets_reset(void)
{
    struct mux_pair pair;
    struct actor actor = {0};
    struct ds_channel *ours = join(&pair, &actor);
    ds_channel_eof(actor.channel[0]);
    mux_pair_settle(&pair);
    reset_one(&actor, 0);
    ds_channel_eof(ours);
    mux_pair_pull(&pair, 0);
    mux_pair_deliver(&pair, 0);
    g_assert_true(ds_mux_is_idle(pair.end[1].mux));
    mux_pair_settle(&pair);
    g_assert_cmpuint(actor.gone, ==, 0);
    mux_pair_finish(&pair);
}

/* ds_mux_input() from a callback of itself is an error and leaves the stream as it was. */
static void
input_again(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct mux_pair *pair = arg;
    g_assert_cmpint(ds_mux_input(pair->end[1].mux, data, len), ==, DS_ERR_STATE);
}

static void
test_no_recursion(void)
{
    static const struct ds_channel_handler handler = {.on_data = input_again};
    struct mux_pair pair;
    mux_pair_init(&pair, NULL);
    ds_channel_set_handler(ds_mux_control(pair.end[1].mux), &handler, &pair);
    g_assert_cmpuint(ds_channel_write(ds_mux_control(pair.end[0].mux), "hello", 5), ==, 5);
    mux_pair_settle(&pair);
    mux_pair_finish(&pair);
    ds_mux_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mux-lifetime/free-inside-callbacks", test_free_inside_callbacks);
    g_test_add_func("/mux-lifetime/reset-tells-reason", test_reset_tells_reason);
    g_test_add_func("/mux-lifetime/reset-from-both-sides", test_reset_from_both_sides);
    g_test_add_func("/mux-lifetime/reset-before-open", test_reset_before_open);
    g_test_add_func("/mux-lifetime/eof-meets-reset", test_eof_meets_reset);
    g_test_add_func("/mux-lifetime/no-recursion", test_no_recursion);
    return g_test_run();
}
