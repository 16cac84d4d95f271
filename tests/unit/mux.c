/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two muxes: what goes in comes out, in which order, and how much of it is kept. */
#include <event2/event.h>
#include <string.h>

#include "net/base/limits.h"
#include "tests/lib/mux_flow.h"
#include "tests/lib/seed.h"

/* Bytes that libevent holds, which is where the mux keeps what it queues. */
static gsize held_bytes;

static void *
counted_malloc(size_t size)
{
    gsize *block = g_malloc(size + 2 * sizeof(gsize));
    block[0] = size;
    held_bytes += size;
    return block + 2;
}

static void
counted_free(void *data)
{
    if (data == NULL)
        return;
    gsize *block = (gsize *)data - 2;
    held_bytes -= block[0];
    g_free(block);
}

static void *
counted_realloc(void *data, size_t size)
{
    void *moved = counted_malloc(size);
    if (data != NULL)
        memcpy(moved, data, MIN(size, ((gsize *)data - 2)[0]));
    counted_free(data);
    return moved;
}

static void
test_one_channel(void)
{
    struct mux_pair pair;
    struct mux_acceptor acceptor;
    struct mux_flow flow[2] = {{.stream = 1, .to_send = 3}, {.stream = 2, .to_send = 5}};

    mux_pair_init(&pair, NULL);
    g_assert_true(ds_mux_is_idle(pair.end[0].mux));
    mux_flow_join(&pair, &acceptor, DS_CHANNEL_TCP, flow);
    mux_flow_send(&flow[0], SIZE_MAX);
    mux_pair_settle(&pair);
    g_assert_cmpuint(flow[1].received, ==, 3);
    g_assert_true(flow[1].peer_has_eof);
    /* One direction is over, the other goes on. */
    g_assert_nonnull(flow[0].channel);
    g_assert_cmpuint(ds_channel_room(flow[0].channel), ==, 0);
    g_assert_cmpuint(ds_channel_write(flow[0].channel, "x", 1), ==, 0);
    mux_flow_send(&flow[1], SIZE_MAX);
    g_assert_cmpuint(flow[1].gone, ==, 0); /* not from within the call */
    mux_pair_settle(&pair);
    g_assert_cmpuint(flow[0].received, ==, 5);
    for (int i = 0; i < 2; i++) {
        g_assert_cmpuint(flow[i].gone, ==, 1);
        g_assert_cmpint(flow[i].reason, ==, DS_REASON_NONE);
    }
    mux_pair_finish(&pair);
    g_assert_cmpuint(flow[0].gone, ==, 1);
}

/* A channel is not over before its last byte was consumed; and then its owner is told by a pull. */
static void
test_end_awaits_consumer(void)
{
    struct mux_pair pair;
    struct mux_acceptor acceptor;
    struct mux_flow flow[2] = {{.to_send = 9}, {.is_lazy = true}};

    mux_pair_init(&pair, NULL);
    mux_flow_join(&pair, &acceptor, DS_CHANNEL_TCP, flow);
    mux_flow_send(&flow[1], 0);
    mux_flow_send(&flow[0], SIZE_MAX);
    mux_pair_settle(&pair);
    g_assert_cmpuint(flow[0].gone, ==, 1);
    g_assert_cmpuint(flow[1].gone, ==, 0);
    mux_flow_consume(&flow[1], 8);
    mux_pair_settle(&pair);
    g_assert_cmpuint(flow[1].gone, ==, 0);
    mux_flow_consume(&flow[1], 1);
    g_assert_cmpuint(flow[1].gone, ==, 0);
    g_assert_true(pair.end[1].is_kicked);
    mux_pair_settle(&pair);
    g_assert_cmpuint(flow[1].gone, ==, 1);
    mux_pair_finish(&pair);
}

static void
test_control(void)
{
    struct mux_pair pair;
    struct mux_flow flow[2] = {{.stream = 1, .peer_stream = 2, .to_send = 3 * 1024 * 1024},
            {.stream = 2, .peer_stream = 1, .to_send = 1, .is_lazy = true}};

    mux_pair_init(&pair, NULL);
    for (int i = 0; i < 2; i++) {
        flow[i].channel = ds_mux_control(pair.end[i].mux);
        flow[i].has_eof = true; /* control has none */
        g_assert_cmpint(ds_channel_kind(flow[i].channel), ==, DS_CHANNEL_CONTROL);
        ds_channel_set_handler(flow[i].channel, &mux_flow_handler, &flow[i]);
    }
    /* Three windows go through, though nobody says that they were consumed. */
    while (flow[0].sent < flow[0].to_send) {
        flow[1].held = 0;
        mux_flow_send(&flow[0], SIZE_MAX);
        mux_pair_settle(&pair);
    }
    g_assert_cmpuint(flow[1].received, ==, flow[0].to_send);
    mux_pair_finish(&pair);
    g_assert_cmpint(flow[0].reason, ==, DS_REASON_STOPPED);
}

/* Where there is more credit than a queue holds, the queue is the bound; and pulling makes room. */
static void
test_queue_is_bounded(void)
{
    struct mux_pair pair;
    struct mux_flow flow = {.to_send = SIZE_MAX, .has_eof = true};

    mux_pair_init(&pair, NULL);
    flow.channel = ds_mux_control(pair.end[0].mux);
    ds_channel_set_handler(flow.channel, &mux_flow_handler, &flow);
    while (ds_channel_room(flow.channel) > 0)
        mux_flow_send(&flow, SIZE_MAX);
    g_assert_cmpuint(flow.sent, ==, DS_MUX_QUEUE_MAX);
    g_assert_true(mux_pair_pull(&pair, 0)); /* on_writable writes on */
    g_assert_cmpuint(flow.sent, >, DS_MUX_QUEUE_MAX);
    mux_pair_finish(&pair);
}

/* Note the channel of each DATA on the wire of end 0. */
static GArray *
order_of_data(struct mux_pair *pair)
{
    GArray *order = g_array_new(FALSE, FALSE, sizeof(guint32));
    struct ds_mux_frame frame;
    gsize pos = 0;
    while (mux_pair_pull(pair, 0))
        ;
    while (mux_frame_next(pair->end[0].wire, &pos, &frame))
        if (frame.type == DS_MUX_DATA)
            g_array_append_val(order, frame.channel);
    return order;
}

static void
test_priorities(void)
{
    struct mux_pair pair;
    struct mux_flow flow[6] = {0};
    mux_pair_init(&pair, NULL);
    static const enum ds_channel_kind kinds[] = {
            DS_CHANNEL_FILES, DS_CHANNEL_RFB, DS_CHANNEL_TCP, DS_CHANNEL_INPUT};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        flow[i].to_send = SIZE_MAX;
        mux_flow_open(&pair, kinds[i], &flow[i]); /* 1, 3, 5, 7 */
        while (flow[i].sent < 3 * DS_MUX_DATA_MAX)
            mux_flow_send(&flow[i], 3 * DS_MUX_DATA_MAX - flow[i].sent);
    }
    g_assert_cmpuint(ds_channel_write(ds_mux_control(pair.end[0].mux), "stop", 4), ==, 4);

    /* The last comes first; rfb and tcp, 3 and 5, take turns. */
    g_autoptr(GArray) order = order_of_data(&pair);
    static const int ranks[] = {[0] = 0, [7] = 1, [3] = 2, [5] = 2, [1] = 3};
    int rank = 0, turns = 0;
    g_assert_cmpuint(g_array_index(order, guint32, 0), ==, 0);
    for (guint i = 0; i < order->len; i++) {
        guint32 id = g_array_index(order, guint32, i);
        g_assert_cmpint(ranks[id], >=, rank);
        if (ranks[id] == 2 && rank == 2 && turns++ < 5)
            g_assert_cmpuint(id, !=, g_array_index(order, guint32, i - 1));
        rank = ranks[id];
    }
    g_assert_cmpint(rank, ==, 3);
    g_assert_cmpint(turns, >=, 5);
    mux_pair_finish(&pair);
}

/* A GRANT is there before the OPEN that it allows, though that one was called first. */
static void
test_control_before_open(void)
{
    struct mux_pair pair;
    struct mux_flow flow = {0};
    struct ds_mux_frame frame;
    gsize pos = 0;
    mux_pair_init(&pair, NULL);
    mux_flow_open(&pair, DS_CHANNEL_RFB, &flow);
    g_assert_cmpuint(ds_channel_write(ds_mux_control(pair.end[0].mux), "grant", 5), ==, 5);
    while (mux_pair_pull(&pair, 0))
        ;
    g_assert_true(mux_frame_next(pair.end[0].wire, &pos, &frame));
    g_assert_cmpint(frame.type, ==, DS_MUX_DATA);
    g_assert_cmpuint(frame.channel, ==, 0);
    g_assert_true(mux_frame_next(pair.end[0].wire, &pos, &frame));
    g_assert_cmpint(frame.type, ==, DS_MUX_OPEN);
    g_assert_cmpuint(frame.channel, ==, 1);
    mux_pair_finish(&pair);
}

/* What comes late overtakes what was queued, but not a byte of its own channel. */
static void
test_late_input_overtakes(void)
{
    struct mux_pair pair;
    struct mux_flow flow[2] = {{.to_send = SIZE_MAX}, {.to_send = SIZE_MAX}};
    mux_pair_init(&pair, NULL);
    mux_flow_open(&pair, DS_CHANNEL_FILES, &flow[0]);
    mux_flow_open(&pair, DS_CHANNEL_INPUT, &flow[1]);
    while (ds_channel_room(flow[0].channel) > 0)
        mux_flow_send(&flow[0], SIZE_MAX);
    mux_pair_pull(&pair, 0);
    g_byte_array_set_size(pair.end[0].wire, 0);
    mux_flow_send(&flow[1], 10);
    g_autoptr(GArray) order = order_of_data(&pair);
    g_assert_cmpuint(g_array_index(order, guint32, 0), ==, 3);
    for (guint i = 1; i < order->len; i++)
        g_assert_cmpuint(g_array_index(order, guint32, i), ==, 1);
    mux_pair_finish(&pair);
}

/* Whatever is written to 64 channels, no more than their queues is kept; what comes is not at all.
 */
static void
test_memory_is_bounded(void)
{
    struct mux_pair pair;
    struct mux_flow sender[DS_MUX_CHANNELS_MAX], taker[DS_MUX_CHANNELS_MAX];
    struct mux_acceptor acceptor = {.next = taker};
    struct ds_channel *none;
    gsize all = 0;

    mux_pair_init(&pair, NULL);
    pair.end[1].on_open = mux_flow_accept;
    pair.end[1].arg = &acceptor;
    gsize base_bytes = held_bytes;
    for (int i = 0; i < DS_MUX_CHANNELS_MAX; i++) {
        sender[i] = (struct mux_flow){.stream = (guint)i, .to_send = SIZE_MAX};
        taker[i] = (struct mux_flow){.peer_stream = (guint)i, .to_send = SIZE_MAX, .is_lazy = true};
        mux_flow_open(&pair, DS_CHANNEL_TCP, &sender[i]);
        while (ds_channel_room(sender[i].channel) > 0)
            mux_flow_send(&sender[i], SIZE_MAX);
    }
    g_assert_cmpint(
            ds_mux_open(pair.end[0].mux, DS_CHANNEL_TCP, NULL, NULL, &none), ==, DS_ERR_TOO_BIG);
    gsize limit = (gsize)DS_MUX_CHANNELS_MAX * DS_MUX_QUEUE_MAX;
    g_assert_cmpuint(held_bytes - base_bytes, >=, limit);
    g_assert_cmpuint(held_bytes - base_bytes, <, limit + limit / 8);

    mux_pair_settle(&pair);
    for (int i = 0; i < DS_MUX_CHANNELS_MAX; i++)
        all += taker[i].held;
    g_assert_cmpuint(all, ==, (gsize)DS_MUX_CHANNELS_MAX * DS_MUX_WINDOW);
    g_assert_cmpuint(held_bytes - base_bytes, <, 64 * 1024);
    mux_pair_finish(&pair);
}

/* One random step of one end of a channel. */
static void
random_step(GRand *rand, struct mux_flow *flow)
{
    if (flow->channel == NULL)
        return;
    if (flow->held > 0)
        mux_flow_consume(flow, (gsize)g_rand_int_range(rand, 0, (gint32)flow->held + 1));
    if (!flow->has_eof)
        mux_flow_send(flow, (gsize)g_rand_int_range(rand, 0, 4097));
}

/* Reset now and then; the other end is told the reason, this one nothing. */
static void
maybe_reset(GRand *rand, struct mux_flow *flow)
{
    if (flow->channel == NULL || g_rand_int_range(rand, 0, 2000) != 0)
        return;
    struct ds_channel *channel = g_steal_pointer(&flow->channel);
    flow->reason = DS_REASON_COUNT; /* told nothing */
    flow->gone++;
    ds_channel_reset(channel, DS_REASON_IDLE);
}

static void
check_random_pair(const struct mux_flow *a, const struct mux_flow *b)
{
    g_assert_cmpuint(a->gone, ==, 1);
    g_assert_cmpuint(b->gone, ==, 1);
    if (a->reason != DS_REASON_NONE || b->reason != DS_REASON_NONE)
        return;
    g_assert_cmpuint(a->received, ==, b->to_send);
    g_assert_cmpuint(b->received, ==, a->to_send);
    g_assert_true(a->peer_has_eof && b->peer_has_eof);
}

enum { RANDOM_CHANNELS = 24 };

static bool
some_are_open(const struct mux_flow *flow, gsize count)
{
    for (gsize i = 0; i < count; i++)
        if (flow[i].channel != NULL)
            return true;
    return false;
}

static void
run_random(GRand *rand, gsize cap_max, gint32 bytes_max)
{
    struct mux_pair pair;
    struct mux_flow a[RANDOM_CHANNELS] = {0}, b[RANDOM_CHANNELS] = {0};
    struct mux_acceptor acceptor = {.next = b};

    mux_pair_init(&pair, rand);
    pair.cap_max = cap_max;
    pair.end[1].on_open = mux_flow_accept;
    pair.end[1].arg = &acceptor;
    for (guint i = 0; i < RANDOM_CHANNELS; i++) {
        a[i].stream = b[i].peer_stream = 2 * i;
        b[i].stream = a[i].peer_stream = 2 * i + 1;
        a[i].to_send = (gsize)g_rand_int_range(rand, 0, bytes_max);
        b[i].to_send = (gsize)g_rand_int_range(rand, 0, bytes_max);
        a[i].is_lazy = g_rand_boolean(rand);
        b[i].is_lazy = g_rand_boolean(rand);
        mux_flow_open(&pair, (enum ds_channel_kind)g_rand_int_range(rand, 1, 5), &a[i]);
    }
    /* None is reset before all are known, so that a[i] and b[i] are the same channel. */
    mux_pair_settle(&pair);
    while (some_are_open(a, RANDOM_CHANNELS) || some_are_open(b, RANDOM_CHANNELS)) {
        guint i = (guint)g_rand_int_range(rand, 0, RANDOM_CHANNELS);
        random_step(rand, &a[i]);
        random_step(rand, &b[i]);
        maybe_reset(rand, g_rand_boolean(rand) ? &a[i] : &b[i]);
        int from = g_rand_int_range(rand, 0, 2);
        mux_pair_pull(&pair, from);
        mux_pair_deliver(&pair, g_rand_int_range(rand, 0, 2));
    }
    mux_pair_settle(&pair);
    for (guint i = 0; i < RANDOM_CHANNELS; i++)
        check_random_pair(&a[i], &b[i]);
    g_assert_true(ds_mux_is_idle(pair.end[0].mux) && ds_mux_is_idle(pair.end[1].mux));
    mux_pair_finish(&pair);
}

static void
test_random(void)
{
    run_random(test_seed(), DS_LINK_FRAME_MAX, 300 * 1000);
}

static void
test_random_with_tiny_pulls(void)
{
    run_random(test_seed(), 64, 5 * 1000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    event_set_mem_functions(counted_malloc, counted_realloc, counted_free);
    g_test_add_func("/mux/one-channel", test_one_channel);
    g_test_add_func("/mux/end-awaits-consumer", test_end_awaits_consumer);
    g_test_add_func("/mux/control", test_control);
    g_test_add_func("/mux/queue-is-bounded", test_queue_is_bounded);
    g_test_add_func("/mux/priorities", test_priorities);
    g_test_add_func("/mux/control-before-open", test_control_before_open);
    g_test_add_func("/mux/late-input-overtakes", test_late_input_overtakes);
    g_test_add_func("/mux/memory-is-bounded", test_memory_is_bounded);
    g_test_add_func("/mux/random", test_random);
    g_test_add_func("/mux/random-with-tiny-pulls", test_random_with_tiny_pulls);
    return g_test_run();
}
