/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/mux_flow.h"

#include "net/base/limits.h"
#include "tests/lib/pattern.h"

void
mux_flow_consume(struct mux_flow *flow, gsize n)
{
    flow->held -= n;
    ds_channel_consumed(flow->channel, n);
}

void
mux_flow_send(struct mux_flow *flow, gsize max)
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
on_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct mux_flow *flow = arg;
    g_assert_true(channel == flow->channel);
    g_assert_false(flow->peer_has_eof);
    pattern_check(data, len, flow->peer_stream, flow->received);
    flow->received += len;
    flow->held += len;
    g_assert_cmpuint(flow->held, <=, DS_MUX_WINDOW_MAX);
    if (!flow->is_lazy)
        mux_flow_consume(flow, len);
}

static void
on_writable(void *arg, struct ds_channel *channel)
{
    struct mux_flow *flow = arg;
    g_assert_cmpuint(ds_channel_room(channel), >, 0);
    mux_flow_send(flow, SIZE_MAX);
}

static void
on_eof(void *arg, struct ds_channel *channel)
{
    struct mux_flow *flow = arg;
    g_assert_false(flow->peer_has_eof);
    flow->peer_has_eof = true;
}

static void
on_gone(void *arg, struct ds_channel *channel, int reason)
{
    struct mux_flow *flow = arg;
    flow->channel = NULL;
    flow->gone++;
    flow->reason = reason;
}

const struct ds_channel_handler mux_flow_handler = {
        .on_data = on_data,
        .on_writable = on_writable,
        .on_eof = on_eof,
        .on_gone = on_gone,
};

bool
mux_flow_accept(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct mux_acceptor *acceptor = arg;
    acceptor->next->channel = channel;
    acceptor->kind = kind;
    g_assert_cmpint(ds_channel_kind(channel), ==, kind);
    ds_channel_set_handler(channel, &mux_flow_handler, acceptor->next++);
    return true;
}

void
mux_flow_open(struct mux_pair *pair, enum ds_channel_kind kind, struct mux_flow *flow)
{
    int err = ds_mux_open(pair->end[0].mux, kind, &mux_flow_handler, flow, &flow->channel);
    g_assert_cmpint(err, ==, 0);
}

void
mux_flow_join(struct mux_pair *pair, struct mux_acceptor *acceptor, enum ds_channel_kind kind,
        struct mux_flow flow[2])
{
    acceptor->next = &flow[1];
    pair->end[1].on_open = mux_flow_accept;
    pair->end[1].arg = acceptor;
    flow[0].peer_stream = flow[1].stream;
    flow[1].peer_stream = flow[0].stream;
    mux_flow_open(pair, kind, &flow[0]);
    mux_pair_settle(pair);
    g_assert_nonnull(flow[1].channel);
    g_assert_cmpint(acceptor->kind, ==, kind);
}
