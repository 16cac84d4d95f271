/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two muxes: how much one may send before the other has consumed it, and how that grows. */
#include "net/base/limits.h"
#include "tests/lib/mux_flow.h"

/* A consumer that stands still stops its own channel after one window, and no other. */
static void
test_stall(void)
{
    struct mux_pair pair;
    struct mux_acceptor acceptor;
    struct mux_flow stuck[2] = {{.to_send = SIZE_MAX}, {.to_send = 1, .is_lazy = true}};
    struct mux_flow going[2] = {{.to_send = 1024 * 1024}, {.to_send = 1}};

    mux_pair_init(&pair, NULL);
    mux_flow_join(&pair, &acceptor, DS_CHANNEL_TCP, stuck);
    mux_flow_join(&pair, &acceptor, DS_CHANNEL_TCP, going);
    mux_flow_send(&stuck[0], SIZE_MAX);
    for (int i = 0; i < 200; i++) {
        mux_flow_send(&stuck[0], SIZE_MAX);
        mux_pair_settle(&pair);
    }
    g_assert_cmpuint(stuck[1].received, ==, DS_MUX_WINDOW);
    g_assert_cmpuint(ds_channel_room(stuck[0].channel), ==, 0);
    while (going[0].sent < going[0].to_send) {
        mux_flow_send(&going[0], SIZE_MAX);
        mux_pair_settle(&pair);
    }
    g_assert_cmpuint(going[1].received, ==, going[0].to_send);

    /* Under a quarter of the window is no CREDIT worth. A quarter is, and it starts the sender. */
    mux_flow_consume(&stuck[1], DS_MUX_WINDOW / 4 - 1);
    g_assert_false(pair.end[1].is_kicked);
    mux_flow_consume(&stuck[1], 1);
    mux_pair_settle(&pair);
    g_assert_cmpuint(stuck[0].sent, >, DS_MUX_WINDOW);
    mux_pair_finish(&pair);
}

/* Send as long as there is credit; returns how much that was, which is on its way then. */
static gsize
send_flight(struct mux_pair *pair, struct mux_flow *flow)
{
    gsize before = flow->sent;
    do
        while (ds_channel_room(flow->channel) > 0)
            mux_flow_send(flow, SIZE_MAX);
    while (mux_pair_pull(pair, 0));
    return flow->sent - before;
}

/* Until it grows no more; returns how much goes at once then. */
static gsize
grow(struct mux_pair *pair, struct mux_flow *flow)
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
test_grows(void)
{
    struct mux_pair pair;
    struct mux_acceptor acceptor;
    struct mux_flow flow[2] = {{.to_send = SIZE_MAX}, {.to_send = 1}};

    mux_pair_init(&pair, NULL);
    mux_flow_join(&pair, &acceptor, DS_CHANNEL_TCP, flow);
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
    struct mux_acceptor acceptor;
    struct mux_flow flow[CHANNELS][2] = {{{0}}};
    gsize held = 0;

    mux_pair_init(&pair, NULL);
    for (unsigned i = 0; i < CHANNELS; i++) {
        flow[i][0].to_send = SIZE_MAX;
        flow[i][1].to_send = 1;
        mux_flow_join(&pair, &acceptor, DS_CHANNEL_TCP, flow[i]);
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
    struct mux_flow *last = flow[CHANNELS - 1];
    g_assert_cmpuint(last[1].held, <=, DS_MUX_WINDOW);
    last[1].is_lazy = false;
    mux_flow_consume(&last[1], last[1].held);
    mux_pair_settle(&pair);
    g_assert_cmpuint(grow(&pair, &last[0]), >, DS_MUX_WINDOW);
    mux_pair_finish(&pair);
}

static void
test_is_coalesced(void)
{
    struct mux_pair pair;
    struct mux_acceptor acceptor;
    struct mux_flow flow[2] = {{.to_send = DS_MUX_WINDOW}, {.to_send = 1, .is_lazy = true}};
    struct ds_mux_frame frame;
    gsize pos = 0, credits = 0, sum = 0;

    mux_pair_init(&pair, NULL);
    mux_flow_join(&pair, &acceptor, DS_CHANNEL_RFB, flow);
    flow[0].has_eof = true; /* after EOF no credit is given */
    while (flow[0].sent < flow[0].to_send) {
        mux_flow_send(&flow[0], SIZE_MAX);
        mux_pair_settle(&pair);
    }
    while (flow[1].held > 0) {
        mux_flow_consume(&flow[1], 1);
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mux/credit/stall", test_stall);
    g_test_add_func("/mux/credit/grows", test_grows);
    g_test_add_func("/mux/credit/growth-is-bounded", test_growth_is_bounded);
    g_test_add_func("/mux/credit/is-coalesced", test_is_coalesced);
    return g_test_run();
}
