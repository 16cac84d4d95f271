/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two muxes: what goes in comes out, in which order, and how much of it is kept. */
#include <event2/event.h>
#include <string.h>

#include "net/base/limits.h"
#include "tests/lib/mux_pair.h"
#include "tests/lib/pattern.h"
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

/* One end of a channel: sends a stream that can be checked byte by byte, and checks the other's. */
struct flow {
    struct ds_channel *channel; /* NULL when gone */
    guint stream;               /* of what is sent */
    guint peer_stream;
    gsize to_send, sent;
    gsize received, held;
    bool is_lazy; /* consumes in a step of its own */
    bool has_eof, peer_has_eof;
    unsigned gone;
    int reason;
};

static void
flow_consume(struct flow *flow, gsize n)
{
    flow->held -= n;
    ds_channel_consumed(flow->channel, n);
}

static void
flow_send(struct flow *flow, gsize max)
{
    uint8_t bytes[4096];
    gsize n = MIN(MIN(max, sizeof bytes), flow->to_send - flow->sent);
    pattern_fill(bytes, n, flow->stream, flow->sent);
    gsize room = ds_channel_room(flow->channel);
    gsize taken = ds_channel_write(flow->channel, bytes, n);
    g_assert_cmpuint(taken, ==, MIN(n, room));
    flow->sent += taken;
    if (flow->sent == flow->to_send && !flow->has_eof) {
        flow->has_eof = true;
        ds_channel_eof(flow->channel);
    }
}

static void
flow_on_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct flow *flow = arg;
    g_assert_true(channel == flow->channel);
    g_assert_false(flow->peer_has_eof);
    pattern_check(data, len, flow->peer_stream, flow->received);
    flow->received += len;
    flow->held += len;
    g_assert_cmpuint(flow->held, <=, DS_MUX_WINDOW_MAX);
    if (!flow->is_lazy)
        flow_consume(flow, len);
}

static void
flow_on_writable(void *arg, struct ds_channel *channel)
{
    struct flow *flow = arg;
    g_assert_cmpuint(ds_channel_room(channel), >, 0);
    flow_send(flow, SIZE_MAX);
}

static void
flow_on_eof(void *arg, struct ds_channel *channel)
{
    struct flow *flow = arg;
    g_assert_false(flow->peer_has_eof);
    flow->peer_has_eof = true;
}

static void
flow_on_gone(void *arg, struct ds_channel *channel, int reason)
{
    struct flow *flow = arg;
    flow->channel = NULL;
    flow->gone++;
    flow->reason = reason;
}

static const struct ds_channel_handler flow_handler = {
        .on_data = flow_on_data,
        .on_writable = flow_on_writable,
        .on_eof = flow_on_eof,
        .on_gone = flow_on_gone,
};

/* Takes the next of an array of flows for each channel that the other side opens. */
struct acceptor {
    struct flow *next;
    enum ds_channel_kind kind;
};

static bool
accept_flow(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct acceptor *acceptor = arg;
    acceptor->next->channel = channel;
    acceptor->kind = kind;
    g_assert_cmpint(ds_channel_kind(channel), ==, kind);
    ds_channel_set_handler(channel, &flow_handler, acceptor->next++);
    return true;
}

static struct ds_channel *
open_channel(struct mux_pair *pair, enum ds_channel_kind kind, struct flow *flow)
{
    int err = ds_mux_open(pair->end[0].mux, kind, &flow_handler, flow, &flow->channel);
    g_assert_cmpint(err, ==, 0);
    return flow->channel;
}

/* Open one channel from 0 to 1 and let the other side know. */
static void
join(struct mux_pair *pair, struct acceptor *acceptor, enum ds_channel_kind kind,
        struct flow flow[2])
{
    acceptor->next = &flow[1];
    pair->end[1].on_open = accept_flow;
    pair->end[1].arg = acceptor;
    flow[0].peer_stream = flow[1].stream;
    flow[1].peer_stream = flow[0].stream;
    open_channel(pair, kind, &flow[0]);
    mux_pair_settle(pair);
    g_assert_nonnull(flow[1].channel);
    g_assert_cmpint(acceptor->kind, ==, kind);
}

static void
test_one_channel(void)
{
    struct mux_pair pair;
    struct acceptor acceptor;
    struct flow flow[2] = {{.stream = 1, .to_send = 3}, {.stream = 2, .to_send = 5}};

    mux_pair_init(&pair, NULL);
    g_assert_true(ds_mux_is_idle(pair.end[0].mux));
    join(&pair, &acceptor, DS_CHANNEL_TCP, flow);
    flow_send(&flow[0], SIZE_MAX);
    mux_pair_settle(&pair);
    g_assert_cmpuint(flow[1].received, ==, 3);
    g_assert_true(flow[1].peer_has_eof);
    /* One direction is over, the other goes on. */
    g_assert_nonnull(flow[0].channel);
    g_assert_cmpuint(ds_channel_room(flow[0].channel), ==, 0);
    g_assert_cmpuint(ds_channel_write(flow[0].channel, "x", 1), ==, 0);
    flow_send(&flow[1], SIZE_MAX);
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
    struct acceptor acceptor;
    struct flow flow[2] = {{.to_send = 9}, {.is_lazy = true}};

    mux_pair_init(&pair, NULL);
    join(&pair, &acceptor, DS_CHANNEL_TCP, flow);
    flow_send(&flow[1], 0);
    flow_send(&flow[0], SIZE_MAX);
    mux_pair_settle(&pair);
    g_assert_cmpuint(flow[0].gone, ==, 1);
    g_assert_cmpuint(flow[1].gone, ==, 0);
    flow_consume(&flow[1], 8);
    mux_pair_settle(&pair);
    g_assert_cmpuint(flow[1].gone, ==, 0);
    flow_consume(&flow[1], 1);
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
    struct flow flow[2] = {{.stream = 1, .peer_stream = 2, .to_send = 3 * 1024 * 1024},
            {.stream = 2, .peer_stream = 1, .to_send = 1, .is_lazy = true}};

    mux_pair_init(&pair, NULL);
    for (int i = 0; i < 2; i++) {
        flow[i].channel = ds_mux_control(pair.end[i].mux);
        flow[i].has_eof = true; /* control has none */
        g_assert_cmpint(ds_channel_kind(flow[i].channel), ==, DS_CHANNEL_CONTROL);
        ds_channel_set_handler(flow[i].channel, &flow_handler, &flow[i]);
    }
    /* Three windows go through, though nobody says that they were consumed. */
    while (flow[0].sent < flow[0].to_send) {
        flow[1].held = 0;
        flow_send(&flow[0], SIZE_MAX);
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
    struct flow flow = {.to_send = SIZE_MAX, .has_eof = true};

    mux_pair_init(&pair, NULL);
    flow.channel = ds_mux_control(pair.end[0].mux);
    ds_channel_set_handler(flow.channel, &flow_handler, &flow);
    while (ds_channel_room(flow.channel) > 0)
        flow_send(&flow, SIZE_MAX);
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
    struct flow flow[6] = {0};
    mux_pair_init(&pair, NULL);
    static const enum ds_channel_kind kinds[] = {
            DS_CHANNEL_FILES, DS_CHANNEL_RFB, DS_CHANNEL_TCP, DS_CHANNEL_INPUT};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        flow[i].to_send = SIZE_MAX;
        open_channel(&pair, kinds[i], &flow[i]); /* 1, 3, 5, 7 */
        while (flow[i].sent < 3 * DS_MUX_DATA_MAX)
            flow_send(&flow[i], 3 * DS_MUX_DATA_MAX - flow[i].sent);
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
    struct flow flow = {0};
    struct ds_mux_frame frame;
    gsize pos = 0;
    mux_pair_init(&pair, NULL);
    open_channel(&pair, DS_CHANNEL_RFB, &flow);
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
    struct flow flow[2] = {{.to_send = SIZE_MAX}, {.to_send = SIZE_MAX}};
    mux_pair_init(&pair, NULL);
    open_channel(&pair, DS_CHANNEL_FILES, &flow[0]);
    open_channel(&pair, DS_CHANNEL_INPUT, &flow[1]);
    while (ds_channel_room(flow[0].channel) > 0)
        flow_send(&flow[0], SIZE_MAX);
    mux_pair_pull(&pair, 0);
    g_byte_array_set_size(pair.end[0].wire, 0);
    flow_send(&flow[1], 10);
    g_autoptr(GArray) order = order_of_data(&pair);
    g_assert_cmpuint(g_array_index(order, guint32, 0), ==, 3);
    for (guint i = 1; i < order->len; i++)
        g_assert_cmpuint(g_array_index(order, guint32, i), ==, 1);
    mux_pair_finish(&pair);
}

/* A consumer that stands still stops its own channel after one window, and no other. */
static void
test_credit_stall(void)
{
    struct mux_pair pair;
    struct acceptor acceptor;
    struct flow stuck[2] = {{.to_send = SIZE_MAX}, {.to_send = 1, .is_lazy = true}};
    struct flow going[2] = {{.to_send = 1024 * 1024}, {.to_send = 1}};

    mux_pair_init(&pair, NULL);
    join(&pair, &acceptor, DS_CHANNEL_TCP, stuck);
    join(&pair, &acceptor, DS_CHANNEL_TCP, going);
    flow_send(&stuck[0], SIZE_MAX);
    for (int i = 0; i < 200; i++) {
        flow_send(&stuck[0], SIZE_MAX);
        mux_pair_settle(&pair);
    }
    g_assert_cmpuint(stuck[1].received, ==, DS_MUX_WINDOW);
    g_assert_cmpuint(ds_channel_room(stuck[0].channel), ==, 0);
    while (going[0].sent < going[0].to_send) {
        flow_send(&going[0], SIZE_MAX);
        mux_pair_settle(&pair);
    }
    g_assert_cmpuint(going[1].received, ==, going[0].to_send);

    /* Under a quarter of the window is no CREDIT worth. A quarter is, and it starts the sender. */
    flow_consume(&stuck[1], DS_MUX_WINDOW / 4 - 1);
    g_assert_false(pair.end[1].is_kicked);
    flow_consume(&stuck[1], 1);
    mux_pair_settle(&pair);
    g_assert_cmpuint(stuck[0].sent, >, DS_MUX_WINDOW);
    mux_pair_finish(&pair);
}

/* Send as long as there is credit; returns how much that was, which is on its way then. */
static gsize
send_flight(struct mux_pair *pair, struct flow *flow)
{
    gsize before = flow->sent;
    do
        while (ds_channel_room(flow->channel) > 0)
            flow_send(flow, SIZE_MAX);
    while (mux_pair_pull(pair, 0));
    return flow->sent - before;
}

/* Until it grows no more; returns how much goes at once then. */
static gsize
grow(struct mux_pair *pair, struct flow *flow)
{
    gsize flight = 0, last = 0;
    for (unsigned i = 0; i < 12; i++) {
        last = flight;
        flight = send_flight(pair, flow);
        mux_pair_settle(pair);
    }
    g_assert_cmpuint(flight, ==, last);
    return flight;
}

/* What the credit bounds gets more of it, each time twice as much, as long as it is consumed. */
static void
test_credit_grows(void)
{
    struct mux_pair pair;
    struct acceptor acceptor;
    struct flow flow[2] = {{.to_send = SIZE_MAX}, {.to_send = 1}};

    mux_pair_init(&pair, NULL);
    join(&pair, &acceptor, DS_CHANNEL_TCP, flow);
    gsize flight = send_flight(&pair, &flow[0]);
    g_assert_cmpuint(flight, ==, DS_MUX_WINDOW);
    mux_pair_settle(&pair);
    /* What credit came went out again at once, in a piece. */
    g_assert_cmpuint(send_flight(&pair, &flow[0]), >, DS_MUX_WINDOW * 3 / 2);
    mux_pair_settle(&pair);
    g_assert_cmpuint(grow(&pair, &flow[0]), >, DS_MUX_WINDOW_MAX * 3 / 4);

    /* Now it is held: that much comes, and no more. */
    flow[1].is_lazy = true;
    for (unsigned i = 0; i < 4; i++) {
        send_flight(&pair, &flow[0]);
        mux_pair_settle(&pair);
    }
    g_assert_cmpuint(flow[1].held, >, DS_MUX_WINDOW);
    g_assert_cmpuint(flow[1].held, <=, DS_MUX_WINDOW_MAX);
    mux_pair_finish(&pair);
}

/* All channels together grow by so much, and what one leaves is another's. */
static void
test_growth_is_bounded(void)
{
    enum { CHANNELS = 6 };
    struct mux_pair pair;
    struct acceptor acceptor;
    struct flow flow[CHANNELS][2] = {{{0}}};
    gsize held = 0;

    mux_pair_init(&pair, NULL);
    for (unsigned i = 0; i < CHANNELS; i++) {
        flow[i][0].to_send = SIZE_MAX;
        flow[i][1].to_send = 1;
        join(&pair, &acceptor, DS_CHANNEL_TCP, flow[i]);
        grow(&pair, &flow[i][0]);
    }
    for (unsigned i = 0; i < CHANNELS; i++) {
        flow[i][1].is_lazy = true;
        for (unsigned k = 0; k < 4; k++) {
            send_flight(&pair, &flow[i][0]);
            mux_pair_settle(&pair);
        }
        held += flow[i][1].held;
    }
    g_assert_cmpuint(held, >, DS_MUX_GROWTH_MAX);
    g_assert_cmpuint(held, <=, CHANNELS * DS_MUX_WINDOW + DS_MUX_GROWTH_MAX);

    ds_channel_reset(flow[0][1].channel, DS_REASON_STOPPED);
    mux_pair_settle(&pair);
    struct flow *last = flow[CHANNELS - 1];
    g_assert_cmpuint(last[1].held, <=, DS_MUX_WINDOW);
    last[1].is_lazy = false;
    flow_consume(&last[1], last[1].held);
    mux_pair_settle(&pair);
    g_assert_cmpuint(grow(&pair, &last[0]), >, DS_MUX_WINDOW);
    mux_pair_finish(&pair);
}

static void
test_credit_is_coalesced(void)
{
    struct mux_pair pair;
    struct acceptor acceptor;
    struct flow flow[2] = {{.to_send = DS_MUX_WINDOW}, {.to_send = 1, .is_lazy = true}};
    struct ds_mux_frame frame;
    gsize pos = 0, credits = 0, sum = 0;

    mux_pair_init(&pair, NULL);
    join(&pair, &acceptor, DS_CHANNEL_RFB, flow);
    flow[0].has_eof = true; /* after EOF no credit is given */
    while (flow[0].sent < flow[0].to_send) {
        flow_send(&flow[0], SIZE_MAX);
        mux_pair_settle(&pair);
    }
    while (flow[1].held > 0) {
        flow_consume(&flow[1], 1);
        mux_pair_pull(&pair, 1);
    }
    while (mux_frame_next(pair.end[1].wire, &pos, &frame)) {
        g_assert_cmpint(frame.type, ==, DS_MUX_CREDIT);
        const uint8_t *number = pair.end[1].wire->data + pos - 4;
        sum += (gsize)number[0] << 24 | number[1] << 16 | number[2] << 8 | number[3];
        credits++;
    }
    g_assert_cmpuint(credits, ==, 4);
    g_assert_cmpuint(sum, ==, DS_MUX_WINDOW);
    mux_pair_finish(&pair);
}

/* Whatever is written to 64 channels, no more than their queues is kept; what comes is not at all.
 */
static void
test_memory_is_bounded(void)
{
    struct mux_pair pair;
    struct flow sender[DS_MUX_CHANNELS_MAX], taker[DS_MUX_CHANNELS_MAX];
    struct acceptor acceptor = {.next = taker};
    struct ds_channel *none;
    gsize all = 0;

    mux_pair_init(&pair, NULL);
    pair.end[1].on_open = accept_flow;
    pair.end[1].arg = &acceptor;
    gsize base_bytes = held_bytes;
    for (int i = 0; i < DS_MUX_CHANNELS_MAX; i++) {
        sender[i] = (struct flow){.stream = (guint)i, .to_send = SIZE_MAX};
        taker[i] = (struct flow){.peer_stream = (guint)i, .to_send = SIZE_MAX, .is_lazy = true};
        open_channel(&pair, DS_CHANNEL_TCP, &sender[i]);
        while (ds_channel_room(sender[i].channel) > 0)
            flow_send(&sender[i], SIZE_MAX);
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
random_step(GRand *rand, struct flow *flow)
{
    if (flow->channel == NULL)
        return;
    if (flow->held > 0)
        flow_consume(flow, (gsize)g_rand_int_range(rand, 0, (gint32)flow->held + 1));
    if (!flow->has_eof)
        flow_send(flow, (gsize)g_rand_int_range(rand, 0, 4097));
}

/* Reset now and then; the other end is told the reason, this one nothing. */
static void
maybe_reset(GRand *rand, struct flow *flow)
{
    if (flow->channel == NULL || g_rand_int_range(rand, 0, 2000) != 0)
        return;
    struct ds_channel *channel = g_steal_pointer(&flow->channel);
    flow->reason = DS_REASON_COUNT; /* told nothing */
    flow->gone++;
    ds_channel_reset(channel, DS_REASON_IDLE);
}

static void
check_random_pair(const struct flow *a, const struct flow *b)
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
some_are_open(const struct flow *flow, gsize count)
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
    struct flow a[RANDOM_CHANNELS] = {0}, b[RANDOM_CHANNELS] = {0};
    struct acceptor acceptor = {.next = b};

    mux_pair_init(&pair, rand);
    pair.cap_max = cap_max;
    pair.end[1].on_open = accept_flow;
    pair.end[1].arg = &acceptor;
    for (guint i = 0; i < RANDOM_CHANNELS; i++) {
        a[i].stream = b[i].peer_stream = 2 * i;
        b[i].stream = a[i].peer_stream = 2 * i + 1;
        a[i].to_send = (gsize)g_rand_int_range(rand, 0, bytes_max);
        b[i].to_send = (gsize)g_rand_int_range(rand, 0, bytes_max);
        a[i].is_lazy = g_rand_boolean(rand);
        b[i].is_lazy = g_rand_boolean(rand);
        open_channel(&pair, (enum ds_channel_kind)g_rand_int_range(rand, 1, 5), &a[i]);
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
    g_test_add_func("/mux/credit-stall", test_credit_stall);
    g_test_add_func("/mux/credit-grows", test_credit_grows);
    g_test_add_func("/mux/growth-is-bounded", test_growth_is_bounded);
    g_test_add_func("/mux/credit-is-coalesced", test_credit_is_coalesced);
    g_test_add_func("/mux/memory-is-bounded", test_memory_is_bounded);
    g_test_add_func("/mux/random", test_random);
    g_test_add_func("/mux/random-with-tiny-pulls", test_random_with_tiny_pulls);
    return g_test_run();
}
