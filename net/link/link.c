/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The link's life, its paths coming and going. */
#include "net/link/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/clock.h"
#include "net/base/log.h"
#include "net/link/state.h"

static void
forget_path(struct link_path *p)
{
    struct ds_link *link = p->link;
    size_t i = 0;
    while (link->paths[i] != p)
        i++;
    link->n_paths--;
    memmove(&link->paths[i], &link->paths[i + 1], (link->n_paths - i) * sizeof(struct link_path *));
    if (link->active == p)
        link->active = NULL;
    if (link->leaving == p)
        link->leaving = NULL;
    if (link->nominated == p)
        link->nominated = NULL;
}

static void
free_path(struct link_path *p)
{
    ds_path_free(p->path);
    free(p);
}

void
ds_link_free_paths(struct ds_link *link)
{
    for (size_t i = 0; i < link->n_paths; i++)
        free_path(link->paths[i]);
    link->n_paths = 0;
    link->active = link->leaving = link->nominated = NULL;
}

static void
destroy(struct ds_link *link)
{
    ds_link_free_paths(link);
    ds_link_timer_finish(&link->timer);
    ds_replay_finish(&link->replay);
    free(link);
}

void
ds_link_hold(struct ds_link *link)
{
    link->holds++;
}

void
ds_link_release(struct ds_link *link)
{
    if (--link->holds == 0 && link->is_freed)
        destroy(link);
}

bool
ds_link_is_dead(const struct ds_link *link)
{
    return link->is_freed || link->is_over;
}

static void
on_path_proven(void *arg, struct ds_path *path)
{
    /* It was, before the link took it. */
}

static void
on_path_lost(void *arg, struct ds_path *path, int err)
{
    struct link_path *p = arg;
    struct ds_link *link = p->link;
    ds_link_hold(link);
    ds_link_lose_path(p, err, ds_path_error_text(path));
    ds_link_release(link);
}

static const struct ds_path_handler path_handler = {
        .on_proven = on_path_proven,
        .on_data = ds_link_input,
        .pull = ds_link_output,
        .on_lost = on_path_lost,
};

/* After a path was taken out and freed. */
static void
go_on_without(struct ds_link *link)
{
    if (ds_link_is_dead(link))
        return;
    ds_link_tell_received(link);
    ds_link_choose(link);
    if (!ds_link_is_dead(link))
        ds_link_go_on_closing(link);
}

void
ds_link_remove_path(struct link_path *p)
{
    struct ds_link *link = p->link;
    forget_path(p);
    DS_DEBUG("link", "%s path %llu is not needed", ds_path_kind_name(ds_path_kind(p->path)),
            (unsigned long long)p->number);
    free_path(p);
    go_on_without(link);
}

void
ds_link_lose_path(struct link_path *p, int err, const char *text)
{
    struct ds_link *link = p->link;
    forget_path(p);
    DS_DEBUG("link", "%s path %llu is lost: %s", ds_path_kind_name(ds_path_kind(p->path)),
            (unsigned long long)p->number, *text != '\0' ? text : ds_strerror(err));
    if (!ds_link_is_dead(link))
        link->handler->on_path_lost(link->arg, p->path, err, text);
    free_path(p);
    go_on_without(link);
}

int
ds_link_new(struct ds_link **out, struct event_base *base, enum ds_role role,
        const struct ds_link_handler *handler, void *arg)
{
    struct ds_link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return DS_ERR_NOMEM;
    link->role = role;
    link->handler = handler;
    link->arg = arg;
    ds_replay_init(&link->replay);
    int err = ds_link_timer_init(&link->timer, base, ds_link_on_timer, link);
    if (err < 0) {
        free(link);
        return err;
    }
    *out = link;
    return 0;
}

void
ds_link_free(struct ds_link *link)
{
    if (link == NULL)
        return;
    assert(!link->is_pulling && !link->is_freed);
    link->is_freed = true;
    if (link->holds == 0)
        destroy(link);
}

int
ds_link_add_path(struct ds_link *link, struct ds_path *path)
{
    int err = DS_ERR_NOMEM;
    struct link_path *p = NULL;
    if (ds_link_is_dead(link) || ds_link_is_done(link))
        err = DS_ERR_CLOSED;
    else if (link->n_paths == DS_LINK_PATHS_MAX)
        err = DS_ERR_TOO_BIG;
    else
        p = calloc(1, sizeof *p);
    if (p == NULL) {
        ds_path_free(path);
        return err;
    }
    p->link = link;
    p->path = path;
    p->number = ++link->paths_ever;
    link->paths[link->n_paths++] = p;
    ds_path_set_handler(path, &path_handler, p);
    ds_link_watch(p);
    ds_link_choose(link);
    return 0;
}

void
ds_link_drop_path(struct ds_link *link, const struct ds_path *path)
{
    for (size_t i = 0; i < link->n_paths; i++)
        if (link->paths[i]->path == path) {
            link->paths[i]->is_dropped = true;
            ds_link_timer_set(&link->timer, ds_clock_us());
        }
}

void
ds_link_prefer_direct(struct ds_link *link)
{
    link->prefers_direct = true;
}

void
ds_link_probe(struct ds_link *link)
{
    for (size_t i = 0; i < link->n_paths; i++)
        if (link->paths[i]->ping == 0)
            ds_link_ping(link->paths[i]);
}

size_t
ds_link_get_paths(
        const struct ds_link *link, struct ds_link_path_state states[static DS_LINK_PATHS_MAX])
{
    for (size_t i = 0; i < link->n_paths; i++) {
        const struct link_path *p = link->paths[i];
        states[i] = (struct ds_link_path_state){
                .path = p->path,
                .is_validated = p->is_validated,
                .is_suspect = p->is_suspect,
                .is_active = p == link->active,
                .rtt_min_us = p->rate.min_rtt_us,
        };
    }
    return link->n_paths;
}

void
ds_link_kick(struct ds_link *link)
{
    if (link->active != NULL)
        ds_path_kick(link->active->path);
    if (link->leaving != NULL)
        ds_path_kick(link->leaving->path);
}

struct ds_path *
ds_link_active_path(const struct ds_link *link)
{
    struct link_path *carrier = ds_link_carrier(link);
    return carrier != NULL && carrier->is_validated ? carrier->path : NULL;
}

static unsigned
to_ms(uint64_t us)
{
    return us == 0 ? 0 : (unsigned)((us + 999) / 1000);
}

void
ds_link_get_stats(const struct ds_link *link, struct ds_link_stats *stats)
{
    *stats = (struct ds_link_stats){
            .sent_bytes = link->replay.end,
            .received_bytes = link->received,
            .resent_bytes = link->resent_bytes,
            .dropped_bytes = link->dropped_bytes,
            .in_flight_bytes = link->replay.end - link->replay.start,
    };
    if (link->active != NULL) {
        stats->bandwidth_bps = ds_rate_bps(&link->active->rate);
        stats->rtt_ms = to_ms(link->active->rate.srtt_us);
        stats->rtt_min_ms = to_ms(link->active->rate.min_rtt_us);
    }
}
