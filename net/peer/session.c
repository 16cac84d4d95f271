/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/peer/internal.h"

/* What the other side may give as the reason of its CLOSE, and what that means here. */
static enum ds_reason
peer_reason(const struct ds_peer *peer, int reason)
{
    switch (reason) {
    case DS_REASON_DECLINED:
    case DS_REASON_UNANSWERED:
    case DS_REASON_NO_SCREEN:
        return peer->role == DS_ROLE_HELPER ? (enum ds_reason)reason : DS_REASON_PEER_STOPPED;
    case DS_REASON_NO_DIRECT:
    case DS_REASON_NO_SERVER:
    case DS_REASON_PROTOCOL:
    case DS_REASON_NOT_PROVEN:
        return (enum ds_reason)reason;
    default:
        return DS_REASON_PEER_STOPPED;
    }
}

static bool
session_is_open(const struct ds_peer *peer)
{
    return peer->stage == DS_PEER_ASKING || peer->stage == DS_PEER_GRANTED;
}

static void
send_control(struct ds_peer *peer, const struct ds_control_message *message)
{
    uint8_t buf[DS_CONTROL_BYTES];
    int n = ds_control_write(message, buf);
    if (n < 0 || ds_channel_write(ds_mux_control(peer->mux), buf, (size_t)n) != (size_t)n)
        ds_peer_finish(peer, DS_REASON_INTERNAL, "the control channel is full", 0);
}

static void
send_intro(struct ds_peer *peer)
{
    struct ds_control_message intro = {.type = DS_CONTROL_INTRO,
            .level = peer->wants,
            .picture = peer->picture,
            .direct = peer->direct};
    memcpy(intro.name, peer->name, sizeof intro.name);
    ds_name_clean(intro.program, peer->outlet.program, strlen(peer->outlet.program));
    send_control(peer, &intro);
}

void
ds_peer_session_send(struct ds_peer *peer, const struct ds_control_message *message)
{
    if (session_is_open(peer))
        send_control(peer, message);
}

void
ds_peer_session_break_off(struct ds_peer *peer, enum ds_reason reason, const char *what)
{
    if (!session_is_open(peer))
        return;
    DS_WARN("peer", "%s", what);
    snprintf(peer->closed_step, sizeof peer->closed_step, "%s", what);
    ds_peer_close(peer, reason);
}

/* The other side sent what it may not. */
static void
break_off(struct ds_peer *peer, const char *what)
{
    ds_peer_session_break_off(peer, DS_REASON_PROTOCOL, what);
}

static void
on_intro(struct ds_peer *peer, const struct ds_control_message *message)
{
    peer->has_intro = true;
    peer->peer_wants = message->level;
    peer->peer_picture = message->picture;
    peer->peer_direct = message->direct;
    memcpy(peer->peer_name, message->name, sizeof peer->peer_name);
    ds_peer_direct_met(peer);
    if (peer->role == DS_ROLE_HELPER || !session_is_open(peer))
        return;
    ds_event_add_ms(peer->answer_limit, peer->times->consent);
    peer->handler->on_request(peer->arg, peer->peer_name, message->level, false);
}

void
ds_peer_session_open(struct ds_peer *peer)
{
    if (peer->stage != DS_PEER_ASKING)
        return;
    peer->stage = DS_PEER_GRANTED;
    peer->handler->on_peer(peer->arg, peer->peer_name, peer->level);
}

/* The yes, or another level: what it allows may have to wait for a direct path. */
static void
apply_grant(struct ds_peer *peer, enum ds_level level)
{
    evtimer_del(peer->answer_limit);
    peer->level = level;
    ds_peer_direct_allow(peer);
    if (peer->stage == DS_PEER_GRANTED)
        peer->handler->on_level(peer->arg, level);
    else if (peer->stage == DS_PEER_ASKING && !ds_peer_direct_is_needed(peer))
        ds_peer_session_open(peer);
}

static bool
handle_control(struct ds_peer *peer, const struct ds_control_message *message)
{
    if (message->type == DS_CONTROL_INTRO && !peer->has_intro) {
        on_intro(peer, message);
        return true;
    }
    if (message->type == DS_CONTROL_GRANT && peer->has_intro && peer->role == DS_ROLE_HELPER &&
            message->level <= peer->wants) {
        apply_grant(peer, message->level);
        return true;
    }
    if (message->type >= DS_CONTROL_OFFER)
        return ds_peer_direct_take(peer, message) == 0;
    return message->type == 0; /* of a later version */
}

static void
on_control_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct ds_peer *peer = arg;
    struct ds_control_message message;
    int n = 0;

    ds_channel_consumed(channel, len);
    if (evbuffer_add(peer->control_in, data, len) < 0) {
        ds_peer_finish(peer, DS_REASON_INTERNAL, "out of memory", 0);
        return;
    }
    while (session_is_open(peer)) {
        size_t have = evbuffer_get_length(peer->control_in);
        const uint8_t *bytes = evbuffer_pullup(peer->control_in, -1);
        if (bytes == NULL && have > 0) {
            ds_peer_finish(peer, DS_REASON_INTERNAL, "out of memory", 0);
            return;
        }
        n = ds_control_parse(&message, bytes, have);
        if (n <= 0)
            break;
        evbuffer_drain(peer->control_in, (size_t)n);
        if (!handle_control(peer, &message))
            n = DS_ERR_PROTOCOL;
        if (n < 0)
            break;
    }
    if (n < 0)
        break_off(peer, "control channel: a message that does not fit");
}

static void
on_control_eof(void *arg, struct ds_channel *channel)
{
    break_off(arg, "control channel: its end");
}

static void
on_control_gone(void *arg, struct ds_channel *channel, int reason)
{
}

static void
on_control_writable(void *arg, struct ds_channel *channel)
{
}

static const struct ds_channel_handler control_handler = {
        .on_data = on_control_data,
        .on_writable = on_control_writable,
        .on_eof = on_control_eof,
        .on_gone = on_control_gone,
};

static void
on_mux_kick(void *arg)
{
    struct ds_peer *peer = arg;
    if (peer->link != NULL)
        ds_link_kick(peer->link);
}

static bool
on_mux_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct ds_peer *peer = arg;
    return ds_peer_direct_may_open(peer) && peer->handler->on_open(peer->arg, channel, kind);
}

static const struct ds_mux_handler mux_handler = {.on_kick = on_mux_kick, .on_open = on_mux_open};

static void
on_link_data(void *arg, const uint8_t *data, size_t len)
{
    struct ds_peer *peer = arg;
    ds_peer_paths_awake(peer);
    if (!session_is_open(peer))
        return; /* what comes behind our own CLOSE is read and thrown away */
    if (ds_mux_input(peer->mux, data, len) < 0)
        break_off(peer, ds_mux_error_text(peer->mux));
}

static size_t
on_link_pull(void *arg, uint8_t *buf, size_t cap)
{
    struct ds_peer *peer = arg;
    return ds_mux_pull(peer->mux, buf, cap);
}

static void
on_link_path(void *arg, struct ds_path *path)
{
    ds_peer_paths_changed(arg, path);
}

static void
on_link_path_lost(void *arg, struct ds_path *path, int err, const char *text)
{
    ds_peer_paths_lost(arg, ds_path_kind(path), err, text);
}

static void
on_link_closed(void *arg, int reason, bool by_peer, const char *text)
{
    struct ds_peer *peer = arg;
    enum ds_reason why = by_peer ? peer_reason(peer, reason) : (enum ds_reason)reason;
    char lack[DS_DIRECT_TEXT_MAX];

    ds_peer_direct_lack(peer, lack);
    if (by_peer && why == DS_REASON_NOT_PROVEN)
        text = "the other side found that somebody meddled with its paths";
    else if (by_peer && why == DS_REASON_PROTOCOL)
        text = "the other side says that we broke the protocol";
    else if (by_peer && why == DS_REASON_NO_DIRECT)
        text = lack;
    ds_peer_finish(peer, why, text, 0);
}

static const struct ds_link_handler link_handler = {
        .on_data = on_link_data,
        .pull = on_link_pull,
        .on_path = on_link_path,
        .on_path_lost = on_link_path_lost,
        .on_closed = on_link_closed,
};

static void
on_answer_limit(evutil_socket_t fd, short what, void *arg)
{
    struct ds_peer *peer = arg;
    if (peer->stage == DS_PEER_GRANTED)
        return; /* control was asked for again: no answer leaves it at looking */
    if (peer->has_intro || peer->role == DS_ROLE_HELPER)
        ds_peer_close(peer, DS_REASON_UNANSWERED);
    else
        ds_peer_session_break_off(peer, DS_REASON_PEER_LEFT, "control channel: no INTRO came");
}

int
ds_peer_session_begin(struct ds_peer *peer)
{
    peer->control_in = evbuffer_new();
    peer->answer_limit = evtimer_new(peer->outlet.base, on_answer_limit, peer);
    if (peer->control_in == NULL || peer->answer_limit == NULL)
        return DS_ERR_NOMEM;
    int err = ds_mux_new(&peer->mux, peer->role, &mux_handler, peer);
    if (err < 0)
        return err;
    ds_channel_set_handler(ds_mux_control(peer->mux), &control_handler, peer);
    err = ds_link_new(&peer->link, peer->outlet.base, peer->role, &link_handler, peer);
    if (err < 0)
        return err;
    send_intro(peer);
    return 0;
}

void
ds_peer_session_linked(struct ds_peer *peer)
{
    peer->stage = DS_PEER_ASKING;
    evtimer_del(peer->first_limit);
    if (peer->role == DS_ROLE_HELPER)
        ds_event_add_ms(peer->answer_limit, peer->times->consent + DS_CONSENT_GRACE_MS);
    else
        ds_event_add_ms(peer->answer_limit, DS_INTRO_MS);
}

void
ds_peer_grant(struct ds_peer *peer, enum ds_level level)
{
    struct ds_control_message grant = {.type = DS_CONTROL_GRANT, .level = level};

    if (!session_is_open(peer) || peer->role != DS_ROLE_HELPEE || !peer->has_intro)
        return;
    if (grant.level > peer->peer_wants)
        grant.level = peer->peer_wants;
    send_control(peer, &grant);
    if (session_is_open(peer))
        apply_grant(peer, grant.level);
}

void
ds_peer_session_ask_again(struct ds_peer *peer)
{
    if (peer->role != DS_ROLE_HELPEE || peer->stage != DS_PEER_GRANTED ||
            peer->level != DS_LEVEL_CONTROL)
        return;
    ds_peer_grant(peer, DS_LEVEL_VIEW);
    if (peer->stage != DS_PEER_GRANTED)
        return; /* ended in on_level, or for want of room */
    ds_event_add_ms(peer->answer_limit, peer->times->consent);
    peer->handler->on_request(peer->arg, peer->peer_name, DS_LEVEL_CONTROL, true);
}

enum ds_picture
ds_peer_picture(const struct ds_peer *peer)
{
    return peer->picture < peer->peer_picture ? peer->picture : peer->peer_picture;
}

int
ds_peer_open(struct ds_peer *peer, enum ds_channel_kind kind,
        const struct ds_channel_handler *handler, void *arg, struct ds_channel **out)
{
    if (peer->stage != DS_PEER_GRANTED)
        return DS_ERR_STATE;
    return ds_mux_open(peer->mux, kind, handler, arg, out);
}
