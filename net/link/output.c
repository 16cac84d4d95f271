/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes out on a path: one record each time that it asks. */
#include <assert.h>

#include "net/base/clock.h"
#include "net/link/state.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))

static void
put_ping(struct link_path *p, struct ds_writer *w)
{
    p->ping = ++p->link->pings;
    p->ping_us = ds_clock_us();
    p->wants_ping = false;
    ds_frame_put_number(w, DS_FRAME_PING, p->ping);
}

/* All but HELLO, DATA and ACK; at most one of each type. */
static void
put_control(struct link_path *p, struct ds_writer *w)
{
    struct ds_link *link = p->link;
    if (p->wants_pong)
        ds_frame_put_number(w, DS_FRAME_PONG, p->pong);
    p->wants_pong = false;
    if (p->wants_ping)
        put_ping(p, w);
    if (p->nominate != 0)
        ds_frame_put_number(w, DS_FRAME_NOMINATE, p->nominate);
    p->nominate = 0;
    if (p->wants_close) {
        ds_frame_put_close(w, link->replay.end, (uint8_t)link->reason);
        p->is_close_sent = link->is_close_sent = true;
    }
    p->wants_close = false;
    if (p->close_ack == CLOSE_ACK_WANTED) {
        ds_frame_put_close_ack(w);
        p->close_ack = CLOSE_ACK_WRITTEN;
        link->is_peer_answered = true;
    }
}

/* Take fresh bytes of the stream and keep them. */
static size_t
pull_fresh(struct link_path *p, uint8_t *out, size_t cap)
{
    struct ds_link *link = p->link;
    size_t room = ds_replay_reserve(&link->replay, cap), n = 0;
    while (room - n >= DS_LINK_PULL_MIN && !ds_link_is_ending(link)) {
        link->is_pulling = true;
        size_t got = link->handler->pull(link->arg, out + n, room - n);
        link->is_pulling = false;
        assert(got <= room - n);
        if (got == 0) {
            ds_rate_starved(&p->rate);
            break;
        }
        n += got;
    }
    ds_replay_append(&link->replay, out, n);
    return n;
}

/* How many bytes of the stream may follow what is in the record already. */
static size_t
data_room(const struct link_path *p, const struct ds_writer *w)
{
    const struct ds_link *link = p->link;
    size_t record = MIN(ds_rate_record(&p->rate), w->cap);
    /* Behind it come the head of DATA and ACK. */
    size_t taken = w->len + DS_FRAME_NUMBER_BYTES + DS_FRAME_NUMBER_BYTES;
    if (record < taken + DS_LINK_PULL_MIN)
        return 0;
    uint64_t window = ds_rate_window(&p->rate), in_flight = link->next - link->replay.start;
    /* Rather wait for the next ACK than send scraps of what it leaves free. */
    if (in_flight + DS_LINK_RECORD_MIN > window)
        return 0;
    return (size_t)MIN(record - taken, window - in_flight);
}

static void
put_data(struct link_path *p, struct ds_writer *w)
{
    struct ds_link *link = p->link;
    size_t room = MIN(data_room(p, w), DS_FRAME_DATA_MAX), n;
    if (room == 0)
        return;
    uint8_t *body = w->data + w->len + DS_FRAME_NUMBER_BYTES;
    bool is_fresh = link->next == link->replay.end;
    if (is_fresh)
        n = pull_fresh(p, body, room);
    else
        n = ds_replay_read(&link->replay, link->next, body, room);
    if (n == 0)
        return;
    ds_frame_put_data_head(w, link->next, n);
    w->len += n;
    link->next += n;
    if (is_fresh)
        ds_rate_sent(&p->rate, ds_clock_us(), link->replay.start, link->next);
    else
        link->resent_bytes += n;
}

/* What came is acknowledged with whatever goes out here, else when it is due. */
static void
put_ack(struct link_path *p, struct ds_writer *w)
{
    struct ds_link *link = p->link;
    if (link->ack_path != p || (w->len == 0 && ds_clock_us() < link->ack_due_us))
        return;
    ds_frame_put_number(w, DS_FRAME_ACK, link->received);
    link->ack_path = NULL;
}

size_t
ds_link_output(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    struct link_path *p = arg;
    struct ds_link *link = p->link;
    struct ds_writer w;
    if (ds_link_is_dead(link))
        return 0;
    if (p->close_ack == CLOSE_ACK_WRITTEN && !link->is_peer_close_left) {
        /* A path asks again when the last record has left. */
        link->is_peer_close_left = true;
        ds_link_go_on_closing(link);
    }
    ds_writer_init(&w, buf, cap);
    if (!p->is_hello_sent)
        ds_frame_put_hello(&w, link->received);
    p->is_hello_sent = true;
    put_control(p, &w);
    if (p == link->active)
        put_data(p, &w);
    put_ack(p, &w);
    assert(!w.failed); /* a record has room for HELLO and one of each */
    if (w.len > 0)
        ds_link_expect(p);
    return w.len;
}

void
ds_link_acked(struct ds_link *link, uint64_t offset)
{
    if (offset <= link->replay.start)
        return; /* it was overtaken by one on another path */
    ds_replay_forget(&link->replay, offset);
    if (link->next < offset)
        link->next = offset;
    if (link->active == NULL)
        return;
    ds_rate_acked(&link->active->rate, ds_clock_us(), offset);
    ds_link_heard(link->active); /* what was sent on it came through */
    ds_path_kick(link->active->path);
}
