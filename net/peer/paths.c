/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <openssl/crypto.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/path/leg_input.h"
#include "net/peer/internal.h"

enum { APART_CHECK_MS = 1000, AWAKE_CHECK_MS = 1000 };

/* Suspend stops libevent's timers and not the boot clock: look now and then. */
static uint64_t
apart_check_ms(const struct ds_peer *peer)
{
    return peer->times->apart < APART_CHECK_MS ? peer->times->apart : APART_CHECK_MS;
}

/* Whether the link has a path over a relay, and one that works. */
struct relayed {
    bool is_there, is_validated;
};

static struct relayed
look_for_relayed(const struct ds_peer *peer)
{
    struct ds_link_path_state paths[DS_LINK_PATHS_MAX];
    size_t count = peer->link != NULL ? ds_link_get_paths(peer->link, paths) : 0;
    struct relayed relayed = {0};

    for (size_t i = 0; i < count; i++) {
        if (ds_path_kind(paths[i].path) != DS_PATH_RELAY)
            continue;
        relayed.is_there = true;
        relayed.is_validated |= paths[i].is_validated;
    }
    return relayed;
}

/* The relay's path is what carries the session, or else stands by: where there is none, one is
 * made, while a direct path goes on carrying. */
static void
keep_relayed(struct ds_peer *peer)
{
    struct relayed relayed = look_for_relayed(peer);

    if (relayed.is_validated)
        ds_meet_succeeded(peer->meet);
    if (!relayed.is_there && peer->joining == NULL && peer->stage != DS_PEER_CLOSED)
        ds_meet_start(peer->meet, peer->has_cookie ? peer->cookie : NULL);
}

static void
note_apart(struct ds_peer *peer)
{
    if (peer->apart_since_ms == 0)
        peer->apart_since_ms = ds_clock_boot_ms();
    ds_event_add_ms(peer->apart_timer, apart_check_ms(peer));
}

static void
on_apart_timer(evutil_socket_t fd, short what, void *arg)
{
    struct ds_peer *peer = arg;
    if (peer->stage == DS_PEER_CLOSED)
        return;
    if (ds_clock_boot_ms() - peer->apart_since_ms >= peer->times->apart)
        ds_peer_finish(peer, DS_REASON_PEER_GONE, "apart for ten minutes", 0);
    else
        ds_event_add_ms(peer->apart_timer, apart_check_ms(peer));
}

void
ds_peer_paths_awake(struct ds_peer *peer)
{
    uint64_t now_ms = ds_clock_boot_ms();
    uint64_t slept_ms = now_ms - peer->awake_ms;

    peer->awake_ms = now_ms;
    if (slept_ms < DS_LINK_LATE_MS || peer->apart_since_ms != 0 || peer->stage == DS_PEER_CLOSED)
        return; /* the time apart counts sleep anyway */
    if (slept_ms >= peer->times->apart)
        ds_peer_finish(peer, DS_REASON_PEER_GONE, "asleep for ten minutes", 0);
    else if (slept_ms >= peer->times->ask_again)
        ds_peer_session_ask_again(peer);
}

static void
on_awake_timer(evutil_socket_t fd, short what, void *arg)
{
    struct ds_peer *peer = arg;

    ds_peer_paths_awake(peer);
    if (peer->stage != DS_PEER_ASKING && peer->stage != DS_PEER_GRANTED)
        return;
    keep_relayed(peer); /* a standby comes and goes without a word */
    ds_peer_direct_review(peer);
}

/* Say why, where an error means that somebody meddled with a path; DS_REASON_NONE for one that was
 * only cut. */
static enum ds_reason
meddling(int err)
{
    switch (err) {
    case DS_ERR_AUTH:
    case DS_ERR_TLS:
        return DS_REASON_NOT_PROVEN;
    case DS_ERR_PROTOCOL: /* records that a relay may not send */
        return DS_REASON_PROTOCOL;
    default:
        return DS_REASON_NONE;
    }
}

/* Before the link ever stood there is nothing to save: say what happened at once. A path that was
 * just cut has one other chance, and not much time for it. */
static void
first_path_lost(struct ds_peer *peer, enum ds_reason reason, const char *text)
{
    if (reason != DS_REASON_NONE) {
        ds_peer_finish(peer, reason, text, 0);
        return;
    }
    if (peer->first_trouble[0] == '\0')
        ds_event_add_ms(peer->first_limit, DS_MEET_FIRST_RETRY_MS);
    snprintf(peer->first_trouble, sizeof peer->first_trouble, "%s", text);
}

static void
count_forged(struct ds_peer *peer, enum ds_reason reason, const char *text)
{
    uint64_t now_ms = ds_clock_boot_ms();
    if (now_ms - peer->forged_ms > DS_MEET_FORGED_MS)
        peer->forged = 0;
    peer->forged_ms = now_ms;
    peer->forged++;
    if (peer->forged >= DS_MEET_FORGED_MAX)
        ds_peer_session_break_off(peer, reason, text);
}

/*
 * Who meddles with a direct path has lost it, and the relay's is still there: that must not be a
 * way to end the session, and the ladder keeps the tries few.
 */
void
ds_peer_paths_lost(struct ds_peer *peer, enum ds_path_kind kind, int err, const char *text)
{
    enum ds_reason reason = meddling(err);

    ds_log_limited(&peer->losses, DS_LOG_INFO, "peer", "a path is lost: %s, %s (%s)",
            ds_path_kind_name(kind), ds_strerror(err), text);
    if (peer->stage == DS_PEER_LINKING)
        first_path_lost(peer, reason, text);
    else if (reason != DS_REASON_NONE && kind == DS_PATH_RELAY)
        count_forged(peer, reason, text);
    if (peer->stage != DS_PEER_ASKING && peer->stage != DS_PEER_GRANTED)
        return;
    keep_relayed(peer);
    ds_peer_direct_review(peer);
}

static void
on_joining_proven(void *arg, struct ds_path *path)
{
    struct ds_peer *peer = arg;
    int err = 0;

    peer->joining = NULL;
    if (ds_path_generation(path) > peer->generation)
        peer->generation = ds_path_generation(path);
    if (peer->link == NULL)
        err = ds_peer_session_begin(peer);
    if (err < 0)
        ds_path_free(path);
    else
        err = ds_link_add_path(peer->link, path); /* takes it */
    if (err == 0)
        ds_peer_direct_reveal(peer);
    else if (err != DS_ERR_CLOSED)
        ds_peer_finish(peer, DS_REASON_INTERNAL, ds_strerror(err), 0);
}

static void
on_joining_lost(void *arg, struct ds_path *path, int err)
{
    struct ds_peer *peer = arg;
    char text[200];

    snprintf(text, sizeof text, "%s", ds_path_error_text(path));
    peer->joining = NULL;
    ds_path_free(path);
    ds_peer_paths_lost(peer, DS_PATH_RELAY, err, text);
    if (peer->link == NULL || ds_link_active_path(peer->link) == NULL)
        note_apart(peer);
    keep_relayed(peer);
}

/* Nothing is sent and nothing comes up before the path is the link's. */
static size_t
on_joining_pull(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    return 0;
}

static void
on_joining_data(void *arg, struct ds_path *path, const uint8_t *data, size_t len)
{
}

static const struct ds_path_handler joining_handler = {
        .on_proven = on_joining_proven,
        .on_data = on_joining_data,
        .pull = on_joining_pull,
        .on_lost = on_joining_lost,
};

/* MEET names it: the relay may not have noticed yet that the old connection is dead. */
static void
keep_cookie(struct ds_peer *peer, const uint8_t cookie[static DS_COOKIE_BYTES])
{
    memcpy(peer->cookie, cookie, sizeof peer->cookie);
    peer->has_cookie = true;
}

/* Notes of the relay on a paired leg. PEER_GONE needs no answer: the relay closes the leg after it.
 */
static void
on_leg_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct ds_peer *peer = arg;
    struct ds_addr remote;

    if (type == DS_RECORD_PAIRED && len == sizeof peer->cookie)
        keep_cookie(peer, payload);
    else if (type == DS_RECORD_NOTE && ds_leg_revealed_parse(&remote, payload, len))
        ds_peer_direct_revealed(peer, &remote);
}

static void
on_leg_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
}

static void
on_leg_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
}

static const struct ds_leg_handler paired_handler = {
        .on_welcome = on_leg_welcome,
        .on_record = on_leg_record,
        .on_lost = on_leg_lost,
};

static void
on_meet_leg(void *arg, struct ds_leg *leg, const struct ds_foothold *foothold,
        const uint8_t cookie[static DS_COOKIE_BYTES])
{
    struct ds_peer *peer = arg;
    struct ds_path_config config = {.role = peer->role,
            .kind = DS_PATH_RELAY,
            .generation = peer->generation + 1,
            .session_key = peer->key};

    keep_cookie(peer, cookie);
    ds_leg_set_handler(leg, &paired_handler, peer);
    /* The helper counts each try, so that the helpee never sees a generation twice. */
    if (peer->role == DS_ROLE_HELPER)
        peer->generation++;
    int err = ds_path_new(&peer->joining, peer->outlet.base, ds_leg_carrier(leg), &config);
    if (err < 0) {
        peer->joining = NULL;
        ds_peer_finish(peer, DS_REASON_INTERNAL, ds_strerror(err), 0);
        return;
    }
    ds_path_set_handler(peer->joining, &joining_handler, peer);
    ds_leg_set_paired(leg);
    ds_peer_direct_stand(peer, foothold);
}

static void
on_meet_trouble(void *arg, enum ds_reason reason, const char *text)
{
    struct ds_peer *peer = arg;
    /* With a direct path it may go on for hours. */
    ds_log_limited(&peer->troubles, DS_LOG_INFO, "peer", "meeting again: %s (%s)",
            ds_reason_name(reason), text);
}

static const struct ds_meet_handler meet_handler = {
        .on_leg = on_meet_leg,
        .on_trouble = on_meet_trouble,
};

static void
on_news_timer(evutil_socket_t fd, short what, void *arg)
{
    ds_peer_paths_tell(arg);
}

static int
make_timers(struct ds_peer *peer)
{
    peer->apart_timer = evtimer_new(peer->outlet.base, on_apart_timer, peer);
    peer->awake_timer = event_new(peer->outlet.base, -1, EV_PERSIST, on_awake_timer, peer);
    peer->news_timer = evtimer_new(peer->outlet.base, on_news_timer, peer);
    if (peer->apart_timer == NULL || peer->awake_timer == NULL || peer->news_timer == NULL)
        return DS_ERR_NOMEM;
    return ds_event_add_ms(peer->awake_timer, AWAKE_CHECK_MS) < 0 ? DS_ERR_NOMEM : 0;
}

void
ds_peer_paths_begin(struct ds_peer *peer, const struct ds_contact *contact)
{
    peer->stage = DS_PEER_LINKING;
    peer->news = (struct ds_budget){.most = DS_PATH_NEWS_MAX, .each_ms = DS_PATH_NEWS_MS};
    peer->awake_ms = ds_clock_boot_ms();
    peer->generation = peer->role == DS_ROLE_HELPER ? 1 : 0;
    peer->joining = contact->path;
    memcpy(peer->key, contact->key, sizeof peer->key);
    if (contact->cookie != NULL)
        keep_cookie(peer, contact->cookie);
    ds_leg_set_handler(contact->leg, &paired_handler, peer);
    ds_path_set_handler(contact->path, &joining_handler, peer);
    struct ds_meet_config config = {.outlet = &peer->outlet,
            .relays = peer->relays,
            .relay_count = peer->relay_count,
            .role = peer->role,
            .key = peer->key};
    int err = ds_meet_new(&peer->meet, &config, &meet_handler, peer);
    if (err == 0)
        err = make_timers(peer);
    if (err == 0 && ds_event_add_ms(peer->first_limit, DS_MEET_FIRST_MS) < 0)
        err = DS_ERR_NOMEM;
    if (err < 0) {
        ds_peer_finish(peer, DS_REASON_INTERNAL, ds_strerror(err), 0);
        return;
    }
    if (contact->first_len > 0)
        ds_path_input(contact->path, contact->first, contact->first_len);
}

static void
together_again(struct ds_peer *peer)
{
    uint64_t apart_ms = ds_clock_boot_ms() - peer->apart_since_ms;
    bool was_apart = peer->apart_since_ms != 0;

    peer->apart_since_ms = 0;
    evtimer_del(peer->apart_timer);
    if (was_apart && apart_ms >= peer->times->ask_again)
        ds_peer_session_ask_again(peer);
}

static struct ds_peer_path
describe(const struct ds_peer *peer)
{
    struct ds_path *path = ds_link_active_path(peer->link);
    struct ds_peer_path now = {.kind = DS_PATH_NONE};
    struct ds_link_stats stats;

    if (path == NULL)
        return now;
    ds_link_get_stats(peer->link, &stats);
    now.kind = ds_path_kind(path);
    now.rtt_ms = stats.rtt_ms;
    now.why_not = ds_peer_direct_why(peer);
    ds_path_addresses(path, &now.local, &now.remote);
    return now;
}

static bool
is_same(const struct ds_peer_path *a, const struct ds_peer_path *b)
{
    if (a->kind == DS_PATH_NONE || a->kind != b->kind)
        return a->kind == b->kind;
    return ds_why_is_same(&a->why_not, &b->why_not) && ds_addr_equal(&a->local, &b->local) &&
           ds_addr_equal(&a->remote, &b->remote);
}

void
ds_peer_paths_tell(struct ds_peer *peer)
{
    if (peer->stage != DS_PEER_ASKING && peer->stage != DS_PEER_GRANTED)
        return;
    struct ds_peer_path now = describe(peer);
    uint64_t now_ms = ds_clock_boot_ms(), wait_ms = ds_budget_wait_ms(&peer->news, now_ms);
    if (is_same(&now, &peer->told))
        return;
    if (wait_ms > 0) {
        ds_event_add_ms(peer->news_timer, wait_ms);
        return;
    }
    ds_budget_take(&peer->news, now_ms);
    peer->told = now;
    peer->handler->on_path(peer->arg, &now);
}

void
ds_peer_paths_changed(struct ds_peer *peer, struct ds_path *path)
{
    ds_peer_paths_awake(peer);
    if (path != NULL && peer->stage == DS_PEER_LINKING)
        ds_peer_session_linked(peer);
    if (path != NULL)
        together_again(peer);
    else
        note_apart(peer);
    ds_peer_paths_tell(peer);
    keep_relayed(peer);
    ds_peer_direct_review(peer);
}

/* Say whether this machine has lost the address that a path comes from. */
static bool
is_uprooted(const struct ds_path *path)
{
    struct ds_addr local, remote;

    ds_path_addresses(path, &local, &remote);
    int fd = local.len > 0 ? socket(local.ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return false;
    /* To bind is to ask the kernel; another program's UDP socket on this port changes nothing. */
    bool is_gone =
            bind(fd, (const struct sockaddr *)&local.ss, local.len) < 0 && errno == EADDRNOTAVAIL;
    close(fd);
    return is_gone;
}

void
ds_peer_paths_moved(struct ds_peer *peer)
{
    struct ds_link_path_state paths[DS_LINK_PATHS_MAX];

    if (peer->stage != DS_PEER_ASKING && peer->stage != DS_PEER_GRANTED)
        return;
    size_t count = ds_link_get_paths(peer->link, paths);
    for (size_t i = 0; i < count; i++)
        if (is_uprooted(paths[i].path))
            ds_link_drop_path(peer->link, paths[i].path);
    ds_link_probe(peer->link);
    if (peer->joining != NULL && is_uprooted(peer->joining)) {
        ds_path_free(peer->joining); /* its answer can never come */
        peer->joining = NULL;
    }
    ds_meet_stop(peer->meet); /* a try from an address that is gone ends by no answer of its own */
    ds_meet_succeeded(peer->meet);
    keep_relayed(peer);
}

void
ds_peer_paths_end(struct ds_peer *peer)
{
    ds_meet_free(peer->meet);
    ds_path_free(peer->joining);
    ds_event_free(peer->apart_timer);
    ds_event_free(peer->awake_timer);
    ds_event_free(peer->news_timer);
    OPENSSL_cleanse(peer->key, sizeof peer->key);
}
