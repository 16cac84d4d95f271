/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes on a path: one function for each type of frame. */
#include "net/link/state.h"

static void
take_ack(struct link_path *p, const struct ds_frame *frame)
{
    struct ds_link *link = p->link;
    if (frame->value > link->replay.end)
        ds_link_fail(link, "%s of byte %llu, and %llu were sent",
                frame->type == DS_FRAME_HELLO ? "HELLO" : "ACK", (unsigned long long)frame->value,
                (unsigned long long)link->replay.end);
    else
        ds_link_acked(p, frame->value);
}

static void
on_hello(struct link_path *p, const struct ds_frame *frame)
{
    if (p->is_validated) {
        ds_link_fail(p->link, "a second HELLO");
        return;
    }
    p->is_validated = true;
    take_ack(p, frame);
    if (p->link->is_failed)
        return;
    ds_link_go_on_closing(p->link);
    ds_link_choose(p->link);
}

static void
on_stream(struct link_path *p, const struct ds_frame *frame)
{
    struct ds_link *link = p->link;
    if (frame->value > link->received) {
        ds_link_fail(link, "DATA from byte %llu, and %llu came before it",
                (unsigned long long)frame->value, (unsigned long long)link->received);
        return;
    }
    if (link->is_peer_closing && frame->value + frame->len > link->peer_final) {
        ds_link_fail(link, "DATA beyond the final byte %llu", (unsigned long long)link->peer_final);
        return;
    }
    ds_link_want_ack(p, frame->len);
    uint64_t known = link->received - frame->value;
    if (known >= frame->len) {
        link->dropped_bytes += frame->len;
        return;
    }
    link->dropped_bytes += known;
    link->received += frame->len - known;
    link->handler->on_data(link->arg, frame->data + known, frame->len - (size_t)known);
    if (!ds_link_is_dead(link))
        ds_link_go_on_closing(link);
    if (!ds_link_is_dead(link))
        ds_link_doubted(p);
}

static void
on_ping(struct link_path *p, const struct ds_frame *frame)
{
    p->pong = frame->value;
    p->wants_pong = true;
    ds_path_kick(p->path);
}

static void
on_pong(struct link_path *p, const struct ds_frame *frame)
{
    ds_link_pong(p, frame->value);
}

static void
on_nominate(struct link_path *p, const struct ds_frame *frame)
{
    struct ds_link *link = p->link;
    if (link->role == DS_ROLE_HELPER) {
        ds_link_fail(link, "NOMINATE from the helpee");
        return;
    }
    if (frame->value <= link->nominations)
        return; /* it was overtaken by one on another path */
    link->nominations = frame->value;
    link->nominated = p;
    ds_link_choose(link);
}

static void
on_close(struct link_path *p, const struct ds_frame *frame)
{
    ds_link_peer_close(p, frame->value, frame->reason);
}

static void
on_close_ack(struct link_path *p, const struct ds_frame *frame)
{
    ds_link_close_acked(p->link);
}

static void (*const frame_functions[DS_FRAME_TYPES])(
        struct link_path *, const struct ds_frame *) = {
        [DS_FRAME_HELLO] = on_hello,
        [DS_FRAME_DATA] = on_stream,
        [DS_FRAME_ACK] = take_ack,
        [DS_FRAME_PING] = on_ping,
        [DS_FRAME_PONG] = on_pong,
        [DS_FRAME_NOMINATE] = on_nominate,
        [DS_FRAME_CLOSE] = on_close,
        [DS_FRAME_CLOSE_ACK] = on_close_ack,
};

static void
take_frame(struct link_path *p, const struct ds_frame *frame)
{
    if (!p->is_validated && frame->type != DS_FRAME_HELLO)
        ds_link_fail(p->link, "a frame of type %u before HELLO", frame->type);
    else if (frame->type < DS_FRAME_TYPES && frame_functions[frame->type] != NULL)
        frame_functions[frame->type](p, frame);
}

static bool
is_reading(const struct ds_link *link)
{
    return !ds_link_is_dead(link) && !link->is_failed;
}

void
ds_link_input(void *arg, struct ds_path *path, const uint8_t *data, size_t len)
{
    struct link_path *p = arg;
    struct ds_link *link = p->link;
    struct ds_frame frame;
    int got = 1;

    ds_link_hold(link);
    while (is_reading(link) && (got = ds_frame_next(&p->reader, &data, &len, &frame)) > 0)
        take_frame(p, &frame);
    if (got < 0)
        ds_link_fail(link, "a frame of type %u with %zu bytes", frame.type, frame.len);
    if (is_reading(link))
        ds_link_heard(p);
    ds_link_release(link);
}
