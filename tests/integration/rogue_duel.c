/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/rogue_duel.h"

#include <string.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/crypto/relay_tls.h"
#include "net/link/frame.h"
#include "net/link/link.h"
#include "net/peer/knock.h"
#include "net/peer/peer.h"
#include "net/peer/wait.h"
#include "tests/integration/hostile_relay.h"
#include "tests/integration/rogue_script.h"

enum { DEADLINE_MS = 30000, BUSY_MOST = 32 };

struct duel;

/* The product's side. */
struct victim {
    struct ds_peer *peer;
    unsigned requests, peers, opens, levels;
    bool is_closed;
    enum ds_reason reason;
    char step[256];
};

/* The other one: of the product up to the proof, and of its own from there on. */
struct rogue {
    struct ds_outlet outlet;
    struct ds_relay_addr relay;
    struct ds_wait *wait;
    struct ds_knock *knock;
    struct ds_path *path; /* while no link has it */
    struct ds_link *link;
    GByteArray *script;
    gsize said;
    GByteArray *heard; /* on the mux */
    struct ds_frame_reader reader;
    int told; /* the reason of the victim's CLOSE, -1: none */
};

struct duel {
    struct arena *arena;
    const struct rogue_row *row;
    struct victim victim;
    struct rogue rogue;
    bool is_over;
};

struct arena {
    struct event_base *base;
    struct hostile_relay *relay;
    struct ds_relay_tls_ctx *tls;
    enum ds_role victim;
    bool is_on_path;
    const struct rogue_row *rows;
    gsize count, begun, over;
    struct duel *duels;
    struct event *go_on;
};

/* Both ends of a duel count it when they are through. */
static void
count_end(struct duel *duel)
{
    bool is_told = duel->row->reason != DS_REASON_PROTOCOL || duel->row->is_untold ||
                   duel->rogue.told >= 0;
    if (!duel->victim.is_closed || !is_told || duel->is_over)
        return;
    duel->is_over = true;
    duel->arena->over++;
    event_active(duel->arena->go_on, EV_TIMEOUT, 0);
}

/* --- the rogue --- */

static gsize
say(struct rogue *rogue, uint8_t *buf, size_t cap)
{
    gsize n = MIN(cap, rogue->script->len - rogue->said);
    if (n > 0)
        memcpy(buf, rogue->script->data + rogue->said, n);
    rogue->said += n;
    return n;
}

static void on_proven(void *arg, struct ds_path *path);

static void
on_path_data(void *arg, struct ds_path *path, const uint8_t *data, size_t len)
{
    struct rogue *rogue = &((struct duel *)arg)->rogue;
    struct ds_frame frame;
    while (ds_frame_next(&rogue->reader, &data, &len, &frame) > 0)
        if (frame.type == DS_FRAME_CLOSE)
            rogue->told = frame.reason;
    count_end(arg);
}

static size_t
on_path_pull(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    return say(&((struct duel *)arg)->rogue, buf, cap);
}

static void
on_path_lost(void *arg, struct ds_path *path, int err)
{
    ((struct duel *)arg)->rogue.path = NULL;
    ds_path_free(path);
}

static const struct ds_path_handler path_handler = {
        on_proven, on_path_data, on_path_pull, on_path_lost};

/* Leave when what was to be heard was heard, or all was said. */
static void
leave_when_done(struct duel *duel)
{
    struct rogue *rogue = &duel->rogue;
    if (rogue->said < rogue->script->len || duel->row->reason != DS_REASON_PEER_STOPPED)
        return;
    if (duel->row->answer != NULL) {
        g_autoptr(GByteArray) answer = rogue_script(duel->row->answer, false);
        if (rogue->heard->len == 0 ||
                memmem(rogue->heard->data, rogue->heard->len, answer->data, answer->len) == NULL)
            return;
    }
    ds_link_close(rogue->link, DS_REASON_STOPPED);
}

static void
on_link_data(void *arg, const uint8_t *data, size_t len)
{
    struct duel *duel = arg;
    g_byte_array_append(duel->rogue.heard, data, (guint)len);
    leave_when_done(duel);
}

static size_t
on_link_pull(void *arg, uint8_t *buf, size_t cap)
{
    struct duel *duel = arg;
    size_t n = say(&duel->rogue, buf, cap);
    if (n == 0)
        leave_when_done(duel);
    return n;
}

static void
on_link_path(void *arg, struct ds_path *path)
{
}

static void
on_link_path_lost(void *arg, struct ds_path *path, int err, const char *text)
{
}

static void
on_link_closed(void *arg, int reason, bool by_peer, const char *text)
{
    struct rogue *rogue = &((struct duel *)arg)->rogue;
    if (by_peer)
        rogue->told = reason;
    ds_link_free(rogue->link);
    rogue->link = NULL;
    count_end(arg);
}

static const struct ds_link_handler link_handler = {
        on_link_data, on_link_pull, on_link_path, on_link_path_lost, on_link_closed};

static enum ds_role
rogue_role(const struct arena *arena)
{
    return arena->victim == DS_ROLE_HELPEE ? DS_ROLE_HELPER : DS_ROLE_HELPEE;
}

static void
on_proven(void *arg, struct ds_path *path)
{
    struct duel *duel = arg;
    struct rogue *rogue = &duel->rogue;
    if (duel->arena->is_on_path) {
        ds_path_kick(path);
        return;
    }
    rogue->path = NULL;
    g_assert_cmpint(ds_link_new(&rogue->link, duel->arena->base, rogue_role(duel->arena),
                            &link_handler, duel),
            ==, 0);
    g_assert_cmpint(ds_link_add_path(rogue->link, path), ==, 0);
    ds_link_kick(rogue->link);
}

static void
on_met(void *arg, const struct ds_contact *contact)
{
    struct duel *duel = arg;
    struct rogue *rogue = &duel->rogue;
    rogue->path = contact->path;
    ds_leg_set_handler(contact->leg, NULL, NULL);
    ds_path_set_handler(contact->path, &path_handler, duel);
    if (contact->first_len > 0)
        ds_path_input(contact->path, contact->first, contact->first_len);
    ds_wait_free(rogue->wait);
    rogue->wait = NULL;
    ds_knock_free(rogue->knock);
    rogue->knock = NULL;
}

static void
on_wait_failed(void *arg, enum ds_reason reason, const char *text)
{
    g_error("the rogue's wait: %s", text);
}

static void
on_knock_failed(void *arg, enum ds_reason reason, uint32_t retry_ms, const char *text)
{
    g_error("the rogue's knock: %s", text);
}

static void start_victim(struct duel *duel, const struct ds_code *code);

static void
on_rogue_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    start_victim(arg, code);
}

static void
on_nothing(void *arg)
{
}

static void
on_no_guess(void *arg, unsigned left)
{
}

static const struct ds_wait_handler wait_handler = {
        on_rogue_code, on_nothing, on_no_guess, on_met, on_wait_failed};
static const struct ds_knock_handler knock_handler = {on_met, on_knock_failed};

static void
start_rogue(struct duel *duel, const struct ds_code *code)
{
    struct rogue *rogue = &duel->rogue;
    rogue->outlet = (struct ds_outlet){
            .base = duel->arena->base, .tls = duel->arena->tls, .program = "rogue"};
    rogue->relay = (struct ds_relay_addr){
            .host = "127.0.0.1", .port = hostile_relay_port(duel->arena->relay)};
    rogue->script = rogue_script(duel->row->script, duel->arena->is_on_path);
    rogue->heard = g_byte_array_new();
    rogue->told = -1;
    int err = code != NULL ? ds_knock_start(&rogue->knock, &rogue->outlet, &rogue->relay, code,
                                     &knock_handler, duel)
                           : ds_wait_start(&rogue->wait, &rogue->outlet, &rogue->relay,
                                     DS_CODE_LIFE_MS, &wait_handler, duel);
    g_assert_cmpint(err, ==, 0);
}

/* --- the victim --- */

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    start_rogue(arg, code);
}

static void
on_request(void *arg, const char *name, enum ds_level wants, bool again)
{
    struct duel *duel = arg;
    duel->victim.requests++;
    if (!duel->row->is_silent)
        ds_peer_grant(duel->victim.peer, DS_LEVEL_CONTROL);
}

static void
on_peer(void *arg, const char *name, enum ds_level level)
{
    struct duel *duel = arg;
    g_assert_true(name[0] == '\0' || g_str_equal(name, "Rogue"));
    g_assert_cmpint(level, ==, DS_LEVEL_VIEW);
    duel->victim.peers++;
}

static void
on_level(void *arg, enum ds_level level)
{
    ((struct duel *)arg)->victim.levels++;
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
}

/* It holds all that comes: its credit is the bound. */
static void
on_channel_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
}

static void
on_channel(void *arg, struct ds_channel *channel)
{
}

static void
on_channel_gone(void *arg, struct ds_channel *channel, int reason)
{
}

static const struct ds_channel_handler channel_handler = {
        on_channel_data, on_channel, on_channel, on_channel_gone};

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct duel *duel = arg;
    g_assert_cmpuint(duel->victim.peers, ==, 1);
    duel->victim.opens++;
    ds_channel_set_handler(channel, &channel_handler, duel);
    return true;
}

static void
on_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct duel *duel = arg;
    struct victim *victim = &duel->victim;
    victim->is_closed = true;
    victim->reason = reason;
    g_strlcpy(victim->step, step, sizeof victim->step);
    ds_peer_free(victim->peer);
    victim->peer = NULL;
    count_end(duel);
}

static const struct ds_peer_handler peer_handler = {on_code, on_nothing, on_no_guess, on_request,
        on_peer, on_level, on_path, on_open, on_closed};

static void
start_victim(struct duel *duel, const struct ds_code *code)
{
    struct ds_relay_addr relay = {
            .host = "127.0.0.1", .port = hostile_relay_port(duel->arena->relay)};
    struct ds_peer_config config = {
            .base = duel->arena->base,
            .role = duel->arena->victim,
            .relays = &relay,
            .relay_count = 1,
            .code = code,
            .name = "Victim",
            .wants = duel->row->wants_view ? DS_LEVEL_VIEW : DS_LEVEL_CONTROL,
            .direct = duel->row->looks_direct ? DS_DIRECT_AUTO : DS_DIRECT_NEVER,
    };
    g_assert_cmpint(ds_peer_new(&duel->victim.peer, &config, &peer_handler, duel), ==, 0);
}

/* --- the arena --- */

static void
on_go_on(evutil_socket_t fd, short what, void *arg)
{
    struct arena *arena = arg;
    if (arena->over == arena->count)
        event_base_loopbreak(arena->base);
    while (arena->begun < arena->count && arena->begun - arena->over < BUSY_MOST) {
        struct duel *duel = &arena->duels[arena->begun];
        duel->arena = arena;
        duel->row = &arena->rows[arena->begun++];
        if (arena->victim == DS_ROLE_HELPEE)
            start_victim(duel, NULL);
        else
            start_rogue(duel, NULL);
    }
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
    const struct arena *arena = arg;
    for (gsize i = 0; i < arena->begun; i++)
        if (!arena->duels[i].is_over)
            g_printerr("not over: %s\n", arena->rows[i].name);
    g_error("too late");
}

static void
check(const struct duel *duel)
{
    const struct rogue_row *row = duel->row;
    const struct victim *victim = &duel->victim;
    if (victim->reason != row->reason || strstr(victim->step, row->step) == NULL)
        g_error("%s: ended with %s (%s), and %s (%s) was expected", row->name,
                ds_reason_name(victim->reason), victim->step, ds_reason_name(row->reason),
                row->step);
    if (victim->requests != row->requests || victim->peers != row->peers ||
            victim->opens != row->opens)
        g_error("%s: %u requests, %u peers and %u channels", row->name, victim->requests,
                victim->peers, victim->opens);
    if (row->reason == DS_REASON_PROTOCOL && !row->is_untold &&
            duel->rogue.told != DS_REASON_PROTOCOL)
        g_error("%s: the rogue was told %d", row->name, duel->rogue.told);
}

static void
free_rogue(struct rogue *rogue)
{
    ds_path_free(rogue->path);
    ds_link_free(rogue->link);
    ds_wait_free(rogue->wait);
    ds_knock_free(rogue->knock);
    g_byte_array_unref(rogue->script);
    g_byte_array_unref(rogue->heard);
}

void
rogue_fight(const struct rogue_row *rows, gsize count, enum ds_role victim, bool is_on_path)
{
    struct timeval limit = ds_clock_timeval(DEADLINE_MS);
    struct arena arena = {.base = event_base_new(),
            .victim = victim,
            .is_on_path = is_on_path,
            .rows = rows,
            .count = count,
            .duels = g_new0(struct duel, count)};
    arena.relay = hostile_relay_new(arena.base);
    arena.go_on = event_new(arena.base, -1, 0, on_go_on, &arena);
    struct event *deadline = evtimer_new(arena.base, on_deadline, &arena);
    g_assert_cmpint(ds_relay_tls_ctx_new(&arena.tls, NULL), ==, 0);
    evtimer_add(deadline, &limit);
    event_active(arena.go_on, EV_TIMEOUT, 0);
    event_base_dispatch(arena.base);
    for (gsize i = 0; i < count; i++) {
        check(&arena.duels[i]);
        free_rogue(&arena.duels[i].rogue);
    }
    hostile_relay_free(arena.relay);
    ds_relay_tls_ctx_free(arena.tls);
    event_free(deadline);
    event_free(arena.go_on);
    event_base_free(arena.base);
    g_free(arena.duels);
}
