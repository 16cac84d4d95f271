/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which path this side sends on: the best of the validated ones; while there is none, any. */
#include "net/base/log.h"
#include "net/link/state.h"

/* Direct kinds by preference; the relay's path is compared by its round trip. */
static const unsigned kind_ranks[] = {
        [DS_PATH_LAN] = 4, [DS_PATH_IPV6] = 3, [DS_PATH_MAPPED] = 2, [DS_PATH_PUNCHED] = 1};

static unsigned
kind_rank(const struct link_path *p)
{
    size_t kind = (size_t)ds_path_kind(p->path);
    return kind < sizeof kind_ranks / sizeof kind_ranks[0] ? kind_ranks[kind] : 0;
}

static bool
is_relay(const struct link_path *p)
{
    return ds_path_kind(p->path) == DS_PATH_RELAY;
}

/* The margins between these two keep the choice from swinging. */
static bool
is_about_as_fast(uint64_t rtt_us, uint64_t than_us)
{
    return rtt_us != 0 && (than_us == 0 || rtt_us <= than_us * 5 / 4 + 10000);
}

static bool
is_clearly_slower(uint64_t rtt_us, uint64_t than_us)
{
    return than_us != 0 && rtt_us > than_us * 3 / 2 + 20000;
}

static bool
is_clearly_faster(uint64_t rtt_us, uint64_t than_us)
{
    return rtt_us != 0 && rtt_us * 5 / 4 + 5000 < than_us;
}

/* Say whether it pays to move from `b` to `a`. A direct path is not taken before its PONG came. */
static bool
is_better(const struct link_path *a, const struct link_path *b)
{
    uint64_t a_us = a->rate.min_rtt_us, b_us = b->rate.min_rtt_us;
    if (a->is_validated != b->is_validated)
        return a->is_validated;
    if (a->is_suspect != b->is_suspect)
        return b->is_suspect;
    if (is_relay(a) && is_relay(b))
        return a->number > b->number; /* a relay pairs again only when the old way was given up */
    if (is_relay(b) && a->link->prefers_direct)
        return a_us != 0;
    if (is_relay(b))
        return is_about_as_fast(a_us, b_us);
    if (is_relay(a))
        return !a->link->prefers_direct && is_clearly_slower(b_us, a_us);
    if (kind_rank(a) != kind_rank(b))
        return a_us != 0 && kind_rank(a) > kind_rank(b);
    return is_clearly_faster(a_us, b_us);
}

struct link_path *
ds_link_standby(const struct ds_link *link)
{
    struct link_path *best = NULL;
    for (size_t i = 0; i < link->n_paths; i++) {
        struct link_path *p = link->paths[i];
        if (p == link->active || !p->is_validated || p->is_suspect)
            continue;
        if (best == NULL || is_better(p, best))
            best = p;
    }
    return best;
}

static struct link_path *
best_path(const struct ds_link *link)
{
    struct link_path *best = link->active;
    for (size_t i = 0; i < link->n_paths; i++) {
        struct link_path *p = link->paths[i];
        if (best == NULL || is_better(p, best))
            best = p;
    }
    return best;
}

/* The helper takes the best. The helpee follows it, and chooses itself only out of need. */
static struct link_path *
chosen_path(const struct ds_link *link)
{
    if (link->role == DS_ROLE_HELPEE) {
        if (link->nominated != NULL && !link->nominated->is_suspect)
            return link->nominated;
        if (link->active != NULL && link->active->is_validated && !link->active->is_suspect)
            return link->active;
    }
    return best_path(link);
}

/* A path that the other side lost first brings its word of what came before this side knows. */
static bool
was_told(const struct link_path *to)
{
    return to->acked_us > to->link->heard_us;
}

static void
move_to(struct ds_link *link, struct link_path *to)
{
    struct link_path *from = link->active;
    bool has_all = to != NULL && to == link->leaving;
    link->active = to;
    if (has_all)
        link->leaving = NULL;
    else
        ds_link_begin_handover(link, from, to);
    bool is_lost = (from == NULL || from->is_suspect) && !has_all && link->replay.end > 0;
    link->next = has_all ? link->replay.end : link->replay.start;
    link->moved_bytes = 0;
    link->opening_window = is_lost ? DS_LINK_OPENING_BYTES : UINT64_MAX;
    link->is_asking = to != NULL && !has_all && !was_told(to);
    if (from != NULL) {
        ds_rate_break(&from->rate);
        if (to != NULL && is_relay(from) && !is_relay(to)) /* it carries no less */
            ds_rate_expect(&to->rate, ds_rate_bps(&from->rate));
        ds_link_ping(from); /* its ACKs may come on the new one: ask it for something of its own */
    }
    if (to == NULL)
        return;
    DS_DEBUG("link", "sending on %s path %llu", ds_path_kind_name(ds_path_kind(to->path)),
            (unsigned long long)to->number);
    ds_rate_break(&to->rate);
    if (link->role == DS_ROLE_HELPER)
        to->nominate = ++link->nominations;
    ds_path_kick(to->path);
}

void
ds_link_choose(struct ds_link *link)
{
    struct link_path *chosen = chosen_path(link);
    if (chosen != link->active)
        move_to(link, chosen);
    struct link_path *carrier = ds_link_carrier(link);
    uint64_t told = carrier != NULL && carrier->is_validated ? carrier->number : 0;
    if (told == link->told && link->n_paths > 0)
        return;
    link->told = told;
    if (!ds_link_is_done(link)) /* what ends then is the other side's leaving */
        link->handler->on_path(link->arg, ds_link_active_path(link));
}
