/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes out on a path: one record each time that it asks. */
#include <assert.h>

#include "net/base/clock.h"
#include "net/base/minmax.h"
#include "net/link/state.h"

/* After a move so many go in short records, until the new path has got going. */
enum { MOVED_SHORT_BYTES = 256 * 1024 };

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

/* What the other side waits for at a move is not to come in one long one. */
static size_t
record_size(const struct link_path *p)
{
    size_t size = ds_rate_record(&p->rate);
    bool is_short = p != p->link->active || p->link->moved_bytes < MOVED_SHORT_BYTES;
    return is_short ? MIN(size, DS_LINK_DOUBT_BYTES) : size;
}

/* All before was sent on the path, or acknowledged. */
static uint64_t
sent_until(const struct link_path *p)
{
    return p == p->link->active ? p->link->next : p->link->replay.end;
}

/* How many bytes may be in flight. */
static uint64_t
window_of(const struct link_path *p)
{
    const struct ds_link *link = p->link;
    if (p != link->active)
        return link->leaving_window;
    uint64_t window = ds_rate_window(&p->rate);
    window = MIN(window, link->opening_window);
    return link->is_asking ? MIN(window, DS_LINK_DOUBT_BYTES) : window;
}

/* Say whether its pace lets it send; if not it is asked when it does. */
static bool
is_on_time(struct link_path *p)
{
    uint64_t now = ds_clock_us();
    ds_rate_pace(&p->rate, now, 0); /* it may not be full any more */
    p->is_held_back = p == p->link->active && ds_rate_due_us(&p->rate) > now;
    if (p->is_held_back)
        ds_link_timer_set(&p->link->timer, ds_rate_due_us(&p->rate));
    return !p->is_held_back;
}

/* How many bytes of the stream may follow what is in the record already. */
static size_t
data_room(const struct link_path *p, const struct ds_writer *w)
{
    size_t record = MIN(record_size(p) + w->len, w->cap);
    /* Behind it come the head of DATA and ACK. */
    size_t taken = w->len + DS_FRAME_NUMBER_BYTES + DS_FRAME_NUMBER_BYTES;
    if (record < taken + DS_LINK_PULL_MIN)
        return 0;
    uint64_t window = window_of(p), in_flight = sent_until(p) - p->link->replay.start;
    /* Rather wait for the next ACK than send scraps of what it leaves free. */
    if (in_flight + DS_LINK_RECORD_MIN > window)
        return 0;
    return (size_t)MIN(record - taken, window - in_flight);
}

static uint8_t *
data_body(const struct ds_writer *w)
{
    return w->data + w->len + DS_FRAME_NUMBER_BYTES;
}

static void
put_fresh(struct link_path *p, struct ds_writer *w, size_t room)
{
    struct ds_link *link = p->link;
    uint64_t offset = link->replay.end;
    size_t n = pull_fresh(p, data_body(w), room);
    if (n == 0)
        return;
    ds_frame_put_data_head(w, offset, n);
    w->len += n;
    if (p != link->active)
        return; /* it is measured no more, and it answers */
    link->next = link->replay.end;
    ds_rate_sent(&p->rate, ds_clock_us(), link->replay.start, link->next);
    if (p->rate.is_probing && p->ping == 0)
        ds_link_ping(p); /* ACK comes with PONG: its own delay is no part of the round trip */
    ds_link_doubt(link);
}

size_t
ds_link_put_kept(struct ds_link *link, struct ds_writer *w, uint64_t offset, size_t room)
{
    size_t n = ds_replay_read(&link->replay, offset, data_body(w), room);
    ds_frame_put_data_head(w, offset, n);
    w->len += n;
    link->resent_bytes += n;
    return n;
}

static void
put_data(struct link_path *p, struct ds_writer *w)
{
    struct ds_link *link = p->link;
    uint64_t from = sent_until(p);
    if (p == link->active && from == link->replay.end)
        ds_link_end_handover(link);
    size_t room = is_on_time(p) ? MIN(data_room(p, w), DS_FRAME_DATA_MAX) : 0;
    if (room > 0 && from == link->replay.end)
        put_fresh(p, w, room);
    else if (room > 0)
        link->next += ds_link_put_kept(link, w, from, room);
    if (p != link->active)
        return;
    link->moved_bytes += link->next - from;
    ds_rate_pace(&p->rate, ds_clock_us(), link->next - from);
}

/*
 * Where both sides have just moved, each waits to hear what came: that is not to stand behind
 * bytes that it makes needless.
 */
static bool
may_put_data(const struct link_path *p)
{
    const struct ds_link *link = p->link;
    if (p != link->active)
        return p == link->leaving;
    return !(link->is_asking && ds_link_is_ack_due(p));
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
    if (may_put_data(p))
        put_data(p, &w);
    ds_link_put_copy(p, &w);
    ds_link_put_ack(p, &w);
    assert(!w.failed); /* a record has room for HELLO and one of each */
    if (w.len > 0)
        ds_link_expect(p);
    return w.len;
}
