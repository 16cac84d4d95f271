/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session does about direct paths: when they are looked for, which stay, what needs one. */
#include <stdio.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/peer/internal.h"

static bool
is_direct(const struct ds_path *path)
{
    return path != NULL && ds_path_kind(path) > DS_PATH_RELAY;
}

static bool
is_active_direct(const struct ds_peer *peer)
{
    return peer->link != NULL && is_direct(ds_link_active_path(peer->link));
}

/* The smallest round trip over the relay, 0 where it is not known. */
static unsigned
relayed_rtt_ms(const struct ds_peer *peer)
{
    struct ds_link_path_state paths[DS_LINK_PATHS_MAX];
    size_t count = ds_link_get_paths(peer->link, paths);
    uint64_t us = 0;

    for (size_t i = 0; i < count; i++)
        if (!is_direct(paths[i].path) && paths[i].rtt_min_us != 0)
            us = paths[i].rtt_min_us;
    return (unsigned)(us / 1000);
}

/* What there is of direct paths; the last counts. */
enum standing {
    NONE,
    SUSPECT, /* it should have answered */
    COMING,  /* not measured yet, which it has to be before it is sent on */
    STANDING,
};

static enum standing
standing_of(const struct ds_link_path_state *path)
{
    if (!is_direct(path->path) || !path->is_validated)
        return NONE;
    if (path->is_suspect)
        return SUSPECT;
    return path->rtt_min_us != 0 ? STANDING : COMING;
}

static enum standing
look(const struct ds_peer *peer)
{
    struct ds_link_path_state paths[DS_LINK_PATHS_MAX];
    size_t count = peer->link != NULL ? ds_link_get_paths(peer->link, paths) : 0;
    enum standing best = NONE;

    for (size_t i = 0; i < count; i++) {
        enum standing standing = standing_of(&paths[i]);
        best = standing > best ? standing : best;
    }
    return best;
}

/* Say whether one was chosen: it may be that another still hands over to it. */
static bool
is_direct_chosen(const struct ds_peer *peer)
{
    struct ds_link_path_state paths[DS_LINK_PATHS_MAX];
    size_t count = peer->link != NULL ? ds_link_get_paths(peer->link, paths) : 0;

    for (size_t i = 0; i < count; i++)
        if (paths[i].is_active && paths[i].is_validated)
            return is_direct(paths[i].path);
    return false;
}

bool
ds_peer_direct_is_needed(const struct ds_peer *peer)
{
    return peer->direct == DS_DIRECT_ONLY || peer->peer_direct == DS_DIRECT_ONLY;
}

/* What needs no search to be known; DS_WHYS where it does. */
static enum ds_why
plain_why(const struct ds_peer *peer)
{
    if (is_active_direct(peer))
        return DS_WHY_NONE;
    if (peer->direct == DS_DIRECT_NEVER)
        return DS_WHY_OFF_HERE;
    if (peer->has_intro && peer->peer_direct == DS_DIRECT_NEVER)
        return DS_WHY_OFF_THERE;
    if (peer->is_slower)
        return DS_WHY_SLOWER;
    if (look(peer) == SUSPECT)
        return DS_WHY_LOST;
    /* Without a search it is the end, and nobody asks any more. */
    return peer->punching != NULL ? DS_WHYS : DS_WHY_NO_ANSWER;
}

struct ds_why_not
ds_peer_direct_why(const struct ds_peer *peer)
{
    enum ds_why why = plain_why(peer);
    return why != DS_WHYS ? ds_why_plainly(why) : ds_punching_why(peer->punching);
}

/* When a path is lost the link has a word on what carries the session now, right after this. */
static void
tell_why(struct ds_peer *peer)
{
    if (peer->link != NULL && ds_link_active_path(peer->link) != NULL)
        ds_peer_paths_tell(peer);
}

/* --- which of them stay --- */

static bool
is_faster(const struct ds_link_path_state *a, const struct ds_link_path_state *b)
{
    return a->rtt_min_us != 0 && (b->rtt_min_us == 0 || a->rtt_min_us < b->rtt_min_us);
}

/* The path that is sent on, or else the fastest; NULL where none is validated. */
static const struct ds_link_path_state *
best_direct(const struct ds_link_path_state *paths, size_t count)
{
    const struct ds_link_path_state *best = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct ds_link_path_state *p = &paths[i];
        if (!is_direct(p->path) || !p->is_validated)
            continue;
        if (p->is_active)
            return p;
        if (best == NULL || is_faster(p, best))
            best = p;
    }
    return best;
}

/*
 * One of an older generation may be dead, and nobody knows yet: those that came later stay until it
 * has answered for a while.
 */
static bool
is_settled(const struct ds_peer *peer, const struct ds_link_path_state *paths, size_t count,
        const struct ds_link_path_state *best)
{
    bool is_old = ds_clock_boot_ms() - peer->newest_direct_ms >= peer->times->punch_steady;

    if (best == NULL || best->is_suspect)
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_direct(paths[i].path) && !is_old &&
                ds_path_generation(paths[i].path) > ds_path_generation(best->path))
            return false;
    return true;
}

/* There are direct paths, and none was measured: the helper moves to nothing else. */
static bool
is_unmeasured(const struct ds_link_path_state *paths, size_t count)
{
    size_t directs = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_direct(paths[i].path))
            continue;
        if (paths[i].rtt_min_us != 0)
            return false;
        directs++;
    }
    return directs > 0;
}

/*
 * A round trip after the proof it is known that full segments get through both ways; three, since
 * packets are lost.
 */
static bool
is_due(const struct ds_peer *peer)
{
    uint64_t age_ms = ds_clock_boot_ms() - peer->newest_direct_ms;
    return age_ms >= DS_PUNCH_WORD_MS && age_ms >= 3 * relayed_rtt_ms(peer);
}

static void
on_prune(evutil_socket_t fd, short what, void *arg)
{
    struct ds_peer *peer = arg;
    struct ds_link_path_state paths[DS_LINK_PATHS_MAX];
    size_t count = ds_link_get_paths(peer->link, paths), directs = 0;
    const struct ds_link_path_state *best = best_direct(paths, count);
    bool is_helper = peer->role == DS_ROLE_HELPER, is_unknown = is_unmeasured(paths, count);
    bool drops = is_helper && is_settled(peer, paths, count, best);
    bool looks_again = is_helper ? !drops : is_unknown;

    for (size_t i = 0; i < count; i++) {
        directs += is_direct(paths[i].path);
        if (drops && is_direct(paths[i].path) && &paths[i] != best)
            ds_link_drop_path(peer->link, paths[i].path);
    }
    if (peer->punching != NULL && is_unknown && is_due(peer))
        ds_punching_doubt(peer->punching);
    if (directs > 0 && looks_again)
        ds_event_add_ms(peer->prune_timer, peer->times->punch_prune);
    ds_peer_direct_review(peer);
}

/* --- what needs one --- */

void
ds_peer_direct_lack(const struct ds_peer *peer, char text[static DS_DIRECT_TEXT_MAX])
{
    enum ds_why why = ds_peer_direct_why(peer).why;

    if (why == DS_WHY_TRYING && peer->punching != NULL)
        why = ds_punching_judge(peer->punching).why;
    snprintf(text, DS_DIRECT_TEXT_MAX, "no direct path (%s)", ds_why_name(why));
}

static void
on_only_limit(evutil_socket_t fd, short what, void *arg)
{
    struct ds_peer *peer = arg;
    char text[DS_DIRECT_TEXT_MAX];

    ds_peer_direct_lack(peer, text);
    ds_peer_session_break_off(peer, DS_REASON_NO_DIRECT, text);
}

static void
review_need(struct ds_peer *peer)
{
    if (peer->level == DS_LEVEL_NONE || !ds_peer_direct_is_needed(peer))
        return;
    if (is_active_direct(peer)) {
        evtimer_del(peer->only_limit);
        ds_peer_session_open(peer);
    } else if (!evtimer_pending(peer->only_limit, NULL)) {
        ds_event_add_ms(peer->only_limit, peer->times->direct_only);
    }
}

bool
ds_peer_direct_may_open(struct ds_peer *peer)
{
    if (peer->stage == DS_PEER_ASKING && peer->level != DS_LEVEL_NONE && look(peer) != NONE)
        ds_peer_session_open(peer);
    return peer->stage == DS_PEER_GRANTED;
}

void
ds_peer_direct_review(struct ds_peer *peer)
{
    enum standing standing = look(peer);

    if (peer->stage != DS_PEER_ASKING && peer->stage != DS_PEER_GRANTED)
        return;
    /* One that had its time to be measured, and is not sent on. */
    bool is_slower = standing == STANDING && !is_direct_chosen(peer) &&
                     !evtimer_pending(peer->prune_timer, NULL);
    bool is_news = is_slower != peer->is_slower;
    peer->is_slower = is_slower;
    if (peer->punching != NULL)
        ds_punching_set_direct(peer->punching, standing != NONE);
    if (is_news)
        tell_why(peer);
    review_need(peer);
}

/* --- the search --- */

static void
on_send(void *arg, enum ds_control_type type, const struct ds_offer *offer)
{
    const struct ds_control_message message = {.type = type, .offer = *offer};
    ds_peer_session_send(arg, &message);
}

static unsigned
on_relayed_rtt(void *arg)
{
    return relayed_rtt_ms(arg);
}

/* The relay's path, which goes and comes again, has its place among those of the link. */
static bool
has_room(const struct ds_peer *peer)
{
    struct ds_link_path_state paths[DS_LINK_PATHS_MAX];
    size_t count = ds_link_get_paths(peer->link, paths), directs = 0;

    for (size_t i = 0; i < count; i++)
        directs += is_direct(paths[i].path);
    return directs < DS_LINK_PATHS_MAX - 1;
}

static void
on_direct_path(void *arg, struct ds_path *path)
{
    struct ds_peer *peer = arg;
    bool is_open = peer->stage == DS_PEER_ASKING || peer->stage == DS_PEER_GRANTED;

    if (!is_open || !has_room(peer)) {
        ds_path_free(path);
        return;
    }
    int err = ds_link_add_path(peer->link, path); /* takes it */
    if (err < 0) {
        DS_INFO("peer", "a direct path was not taken: %s", ds_strerror(err));
        return;
    }
    peer->newest_direct_ms = ds_clock_boot_ms();
    ds_event_add_ms(peer->prune_timer, peer->times->punch_prune);
}

static void
on_punch(void *arg, const struct ds_peer_punch *punch)
{
    struct ds_peer *peer = arg;
    bool is_open = peer->stage == DS_PEER_ASKING || peer->stage == DS_PEER_GRANTED;

    if (is_open && peer->handler->on_punch != NULL)
        peer->handler->on_punch(peer->arg, punch);
}

static void
on_why(void *arg)
{
    tell_why(arg);
}

static void
on_network(void *arg)
{
    ds_peer_paths_moved(arg);
}

static void
on_mapping(void *arg, const struct ds_portmap_news *news)
{
    struct ds_peer *peer = arg;

    if (peer->stage < DS_PEER_CLOSING && peer->handler->on_mapping != NULL)
        peer->handler->on_mapping(peer->arg, news);
}

static const struct ds_punching_handler punching_handler = {
        .send = on_send,
        .relayed_rtt_ms = on_relayed_rtt,
        .on_path = on_direct_path,
        .on_punch = on_punch,
        .on_mapping = on_mapping,
        .on_why = on_why,
        .on_network = on_network,
};

void
ds_peer_direct_stand(struct ds_peer *peer, const struct ds_foothold *foothold)
{
    if (peer->punching != NULL)
        ds_punching_stand(peer->punching, foothold);
}

void
ds_peer_direct_met(struct ds_peer *peer)
{
    if (peer->peer_direct == DS_DIRECT_NEVER) {
        ds_punching_free(peer->punching);
        peer->punching = NULL;
    }
    if (ds_peer_direct_is_needed(peer))
        ds_link_prefer_direct(peer->link);
    if (peer->punching == NULL)
        tell_why(peer);
    if (peer->punching == NULL && ds_peer_direct_is_needed(peer))
        on_only_limit(-1, 0, peer);
}

void
ds_peer_direct_allow(struct ds_peer *peer)
{
    if (peer->punching != NULL)
        ds_punching_allow(peer->punching);
    ds_peer_direct_reveal(peer);
    ds_peer_direct_review(peer);
}

void
ds_peer_direct_reveal(struct ds_peer *peer)
{
    struct ds_link_path_state paths[DS_LINK_PATHS_MAX];
    size_t count = peer->link != NULL ? ds_link_get_paths(peer->link, paths) : 0;

    if (peer->punching == NULL || peer->level == DS_LEVEL_NONE)
        return;
    for (size_t i = 0; i < count; i++) {
        struct ds_leg *leg = ds_leg_of(ds_path_carrier(paths[i].path));
        int err = leg != NULL ? ds_leg_reveal(leg) : 0;
        if (err < 0)
            DS_DEBUG("peer", "addresses are not told: %s", ds_strerror(err));
    }
}

void
ds_peer_direct_revealed(struct ds_peer *peer, const struct ds_addr *remote)
{
    if (peer->punching != NULL)
        ds_punching_reveal(peer->punching, remote);
}

int
ds_peer_direct_take(struct ds_peer *peer, const struct ds_control_message *message)
{
    return peer->punching != NULL ? ds_punching_take(peer->punching, message) : DS_ERR_PROTOCOL;
}

/* --- life --- */

static void
on_search_end(evutil_socket_t fd, short what, void *arg)
{
    struct ds_peer *peer = arg;
    ds_punching_free(peer->punching);
    peer->punching = NULL;
}

void
ds_peer_direct_stop(struct ds_peer *peer)
{
    /* Not at once: it may be the search that brought the end about. */
    if (peer->search_end != NULL)
        event_active(peer->search_end, EV_TIMEOUT, 0);
}

int
ds_peer_direct_new(struct ds_peer *peer, const struct ds_peer_config *wanted)
{
    const struct ds_punching_config config = {.base = peer->outlet.base,
            .role = peer->role,
            .session_key = peer->key,
            .times = peer->times,
            .stun = wanted->stun,
            .map_lease_s = wanted->map_lease_s,
            .salvo = wanted->salvo};

    peer->prune_timer = evtimer_new(peer->outlet.base, on_prune, peer);
    peer->only_limit = evtimer_new(peer->outlet.base, on_only_limit, peer);
    peer->search_end = evtimer_new(peer->outlet.base, on_search_end, peer);
    if (peer->prune_timer == NULL || peer->only_limit == NULL || peer->search_end == NULL)
        return DS_ERR_NOMEM;
    if (peer->direct == DS_DIRECT_NEVER)
        return 0;
    return ds_punching_new(&peer->punching, &config, &punching_handler, peer);
}

void
ds_peer_direct_end(struct ds_peer *peer)
{
    ds_punching_free(peer->punching);
    ds_event_free(peer->prune_timer);
    ds_event_free(peer->only_limit);
    ds_event_free(peer->search_end);
}
