/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_MUX_FLOW_H
#define DS_TESTS_LIB_MUX_FLOW_H

#include "tests/lib/mux_pair.h"

/* One end of a channel: sends a stream that can be checked byte by byte, and checks the other's. */
struct mux_flow {
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

/* Takes the next of an array of flows for each channel that the other side opens. */
struct mux_acceptor {
    struct mux_flow *next;
    enum ds_channel_kind kind;
};

/** What a channel does whose argument is a struct mux_flow. */
extern const struct ds_channel_handler mux_flow_handler;

/** Send up to `max` more bytes, as many as there is room for; EOF follows the last of all. */
void mux_flow_send(struct mux_flow *flow, gsize max);

/** Say that `n` of the bytes that are held were consumed. */
void mux_flow_consume(struct mux_flow *flow, gsize n);

/** Take a channel; an on_open of struct mux_end, whose argument is a struct mux_acceptor. */
bool mux_flow_accept(void *arg, struct ds_channel *channel, enum ds_channel_kind kind);

/** Open a channel at end 0. */
void mux_flow_open(struct mux_pair *pair, enum ds_channel_kind kind, struct mux_flow *flow);

/** Open one channel from end 0 to end 1, and let the other side know. */
void mux_flow_join(struct mux_pair *pair, struct mux_acceptor *acceptor, enum ds_channel_kind kind,
        struct mux_flow flow[2]);

#endif
