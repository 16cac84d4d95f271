/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <openssl/crypto.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/crypto/relay_tls.h"
#include "net/peer/internal.h"

const struct ds_peer_times *
ds_peer_default_times(void)
{
    static const struct ds_peer_times times = {
            .code_life = DS_CODE_LIFE_MS,
            .consent = DS_CONSENT_MS,
            .apart = DS_MEET_APART_MS,
            .ask_again = DS_MEET_ASK_AGAIN_MS,
            .direct_only = DS_DIRECT_ONLY_MS,
            .punch_again = {DS_PUNCH_AGAIN_1_MS, DS_PUNCH_AGAIN_2_MS, DS_PUNCH_AGAIN_3_MS,
                    DS_PUNCH_AGAIN_4_MS},
            .punch_pace = DS_PUNCH_PACE_MS,
            .punch_gather = DS_PUNCH_GATHER_MS,
            .punch_prune = DS_PUNCH_PRUNE_MS,
            .punch_steady = DS_PUNCH_STEADY_MS,
    };
    return &times;
}

static void
on_wait_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct ds_peer *peer = arg;
    peer->handler->on_code(peer->arg, code, left_ms);
}

static void
on_wait_offline(void *arg)
{
    struct ds_peer *peer = arg;
    peer->handler->on_offline(peer->arg);
}

static void
on_wait_guess(void *arg, unsigned left)
{
    struct ds_peer *peer = arg;
    peer->handler->on_guess(peer->arg, left);
}

static void
on_met(void *arg, const struct ds_contact *contact)
{
    struct ds_peer *peer = arg;
    ds_peer_paths_begin(peer, contact);
    if (peer->role == DS_ROLE_HELPEE)
        ds_peer_direct_stand(peer, contact->foothold);
    ds_wait_free(peer->wait);
    peer->wait = NULL;
    ds_knock_free(peer->knock);
    peer->knock = NULL;
}

/* The helper's code will be proven in a moment: what its network is like is known by then. */
static void
on_knock_welcome(void *arg, const struct ds_foothold *foothold)
{
    ds_peer_direct_stand(arg, foothold);
}

static void
on_wait_failed(void *arg, enum ds_reason reason, const char *text)
{
    ds_peer_finish(arg, reason, text, 0);
}

static void
on_knock_failed(void *arg, enum ds_reason reason, uint32_t retry_ms, const char *text)
{
    ds_peer_finish(arg, reason, text, retry_ms);
}

static const struct ds_wait_handler wait_handler = {
        .on_code = on_wait_code,
        .on_offline = on_wait_offline,
        .on_guess = on_wait_guess,
        .on_met = on_met,
        .on_failed = on_wait_failed,
};

static const struct ds_knock_handler knock_handler = {
        .on_met = on_met,
        .on_failed = on_knock_failed,
        .on_welcome = on_knock_welcome,
};

static void
on_first_limit(evutil_socket_t fd, short what, void *arg)
{
    struct ds_peer *peer = arg;
    char step[sizeof peer->first_trouble + 64];

    if (peer->stage != DS_PEER_LINKING)
        return;
    if (peer->first_trouble[0] == '\0')
        snprintf(step, sizeof step, "path handshake: it took too long");
    else
        snprintf(step, sizeof step, "%s; the other side did not come again", peer->first_trouble);
    ds_peer_finish(peer, DS_REASON_PEER_LEFT, step, 0);
}

static void
on_closed(evutil_socket_t fd, short what, void *arg)
{
    struct ds_peer *peer = arg;
    char step[sizeof peer->closed_step];
    memcpy(step, peer->closed_step, sizeof step);
    peer->handler->on_closed(peer->arg, peer->closed_reason, step, peer->closed_retry_ms);
}

void
ds_peer_finish(struct ds_peer *peer, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    if (peer->stage == DS_PEER_CLOSED)
        return;
    if (peer->stage != DS_PEER_CLOSING) { /* there, what began the end is what is told */
        peer->closed_reason = reason;
        peer->closed_retry_ms = retry_ms;
        snprintf(peer->closed_step, sizeof peer->closed_step, "%s", step);
    }
    peer->stage = DS_PEER_CLOSED;
    ds_peer_direct_stop(peer);
    event_active(peer->closed_event, EV_TIMEOUT, 0);
    /* The rest is freed by the owner, or by on_closed's: we may be deep inside one of them. */
    ds_wait_free(peer->wait);
    peer->wait = NULL;
    ds_knock_free(peer->knock);
    peer->knock = NULL;
    if (peer->meet != NULL)
        ds_meet_stop(peer->meet);
    ds_path_free(peer->joining);
    peer->joining = NULL;
}

static int
make_outlet(struct ds_peer *peer, const struct ds_peer_config *config)
{
    peer->outlet.base = config->base;
    peer->outlet.proxy = config->proxy;
    peer->outlet.program = "Deskside " DS_VERSION;
    peer->outlet.claims_ports = config->direct != DS_DIRECT_NEVER;
    return ds_relay_tls_ctx_new(&peer->outlet.tls, NULL);
}

static int
begin(struct ds_peer *peer, const struct ds_peer_config *config)
{
    peer->closed_event = event_new(config->base, -1, 0, on_closed, peer);
    peer->first_limit = evtimer_new(config->base, on_first_limit, peer);
    if (peer->closed_event == NULL || peer->first_limit == NULL)
        return DS_ERR_NOMEM;
    int err = make_outlet(peer, config);
    if (err == 0)
        err = ds_peer_direct_new(peer, config);
    if (err < 0)
        return err;
    if (peer->role == DS_ROLE_HELPEE)
        return ds_wait_start(&peer->wait, &peer->outlet, &peer->relays[0], peer->times->code_life,
                &wait_handler, peer);
    return ds_knock_start(
            &peer->knock, &peer->outlet, &peer->relays[0], config->code, &knock_handler, peer);
}

int
ds_peer_new(struct ds_peer **out, const struct ds_peer_config *config,
        const struct ds_peer_handler *handler, void *arg)
{
    if (config->relay_count == 0 || config->relay_count > DS_PEER_RELAYS_MAX)
        return DS_ERR_INVALID;
    struct ds_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return DS_ERR_NOMEM;
    peer->handler = handler;
    peer->arg = arg;
    peer->role = config->role;
    peer->picture = config->picture;
    peer->direct = config->direct;
    peer->wants = config->wants != DS_LEVEL_NONE ? config->wants : DS_LEVEL_VIEW;
    peer->times = config->times != NULL ? config->times : ds_peer_default_times();
    peer->relay_count = config->relay_count;
    memcpy(peer->relays, config->relays, config->relay_count * sizeof *config->relays);
    ds_name_clean(peer->name, config->name, strlen(config->name));
    int err = begin(peer, config);
    if (err < 0) {
        ds_peer_free(peer);
        return err;
    }
    *out = peer;
    return 0;
}

void
ds_peer_free(struct ds_peer *peer)
{
    if (peer == NULL)
        return;
    peer->stage = DS_PEER_CLOSED;
    ds_wait_free(peer->wait);
    ds_knock_free(peer->knock);
    ds_peer_direct_end(peer);
    ds_peer_paths_end(peer);
    ds_mux_free(peer->mux);
    ds_link_free(peer->link);
    if (peer->control_in != NULL)
        evbuffer_free(peer->control_in);
    ds_event_free(peer->answer_limit);
    ds_event_free(peer->first_limit);
    ds_event_free(peer->closed_event);
    ds_relay_tls_ctx_free(peer->outlet.tls);
    OPENSSL_cleanse(peer, sizeof *peer);
    free(peer);
}

void
ds_peer_close(struct ds_peer *peer, enum ds_reason reason)
{
    if (peer->stage == DS_PEER_CLOSING || peer->stage == DS_PEER_CLOSED)
        return;
    if (peer->link == NULL) {
        ds_peer_finish(peer, reason, "", 0);
        return;
    }
    peer->stage = DS_PEER_CLOSING;
    peer->closed_reason = reason;
    ds_peer_direct_stop(peer);
    ds_link_close(peer->link, reason);
}

void
ds_peer_get_stats(const struct ds_peer *peer, struct ds_peer_stats *stats)
{
    struct ds_link_stats link;

    memset(stats, 0, sizeof *stats);
    if (peer->link == NULL)
        return;
    ds_link_get_stats(peer->link, &link);
    stats->sent_bytes = link.sent_bytes;
    stats->received_bytes = link.received_bytes;
    stats->resent_bytes = link.resent_bytes;
    stats->rtt_ms = link.rtt_ms;
}
