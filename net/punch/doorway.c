/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/doorway.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/punch/syn.h"

enum { ACCEPTS_PER_TURN = 8, PAUSE_MS = 50 };

/* How well the address of somebody who came fits what the other side told, the best last. */
enum fit { FITS_NOT, FITS_HOST, FITS };

struct pending {
    struct ds_doorway *doorway;
    struct ds_path *path; /* NULL: a free place */
    enum fit fit;
};

struct listener {
    struct ds_doorway *doorway;
    struct event accept_event, pause_timer;
};

struct ds_doorway {
    struct ds_doorway_config config;
    ds_doorway_fn fn;
    void *arg;
    struct ds_listeners open;
    struct listener listeners[DS_LISTENERS];
    struct pending pending[DS_PUNCH_PENDING_MAX];
    struct ds_log_limit strangers;
};

/* --- those who wait --- */

static void
on_proven(void *arg, struct ds_path *path)
{
    struct pending *pending = arg;
    struct ds_doorway *doorway = pending->doorway;
    pending->path = NULL;
    doorway->fn(doorway->arg, path);
}

static void
dismiss(struct pending *pending, const char *why)
{
    struct ds_doorway *doorway = pending->doorway;
    struct ds_addr local, remote;
    char text[DS_ADDR_TEXT_MAX];
    ds_path_addresses(pending->path, &local, &remote);
    ds_log_limited(&doorway->strangers, DS_LOG_DEBUG, "punch",
            "%s came and is not the other side: %s", ds_addr_format(&remote, text), why);
    doorway->config.counts->strangers++;
    ds_path_free(pending->path);
    pending->path = NULL;
}

static void
on_lost(void *arg, struct ds_path *path, int err)
{
    dismiss(arg, ds_path_error_text(path));
}

static const struct ds_path_handler path_handler = {.on_proven = on_proven, .on_lost = on_lost};

static enum fit
fit_of(const struct ds_doorway *doorway, const struct ds_addr *remote)
{
    const struct ds_offer *expected = doorway->config.expected;
    enum fit fit = FITS_NOT;
    for (size_t i = 0; i < expected->count; i++) {
        const struct ds_addr *addr = &expected->candidates[i].addr;
        if (ds_addr_equal(addr, remote))
            return FITS;
        if (ds_addr_is_same_host(addr, remote))
            fit = FITS_HOST;
    }
    return fit;
}

/* Returns a free place, or that of the one who fits least of all and less than `fit`, or NULL. */
static struct pending *
find_place(struct ds_doorway *doorway, enum fit fit)
{
    struct pending *least = NULL;
    for (size_t i = 0; i < DS_PUNCH_PENDING_MAX; i++) {
        struct pending *pending = &doorway->pending[i];
        if (pending->path == NULL)
            return pending;
        if (pending->fit < fit && (least == NULL || pending->fit < least->fit))
            least = pending;
    }
    return least;
}

/* Takes `fd`. */
static void
admit(struct listener *listener, int fd, const struct ds_addr *remote)
{
    struct ds_doorway *doorway = listener->doorway;
    const struct ds_direct_setting *setting = doorway->config.setting;
    bool is_first_set = listener < &doorway->listeners[DS_LISTENERS_FAMILIES];
    enum fit fit = fit_of(doorway, remote);
    struct pending *place = find_place(doorway, fit);
    doorway->config.counts->opened++;
    if (place == NULL) {
        doorway->config.counts->strangers++;
        close(fd);
        return;
    }
    if (place->path != NULL)
        dismiss(place, "its place is needed");
    place->fit = fit;
    if (ds_direct_path_new(&place->path, setting, fd, remote, setting->is_mapped && is_first_set,
                DS_PUNCH_HANDSHAKE_MS) == 0)
        ds_path_set_handler(place->path, &path_handler, place);
}

/* --- listeners --- */

/* Without descriptors or memory the listener would be readable again at once, and the loop spin. */
static void
on_accept_failed(struct listener *listener)
{
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
        return;
    event_del(&listener->accept_event);
    ds_event_add_ms(&listener->pause_timer, PAUSE_MS);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct listener *listener = arg;
    event_add(&listener->accept_event, NULL);
}

static void
on_acceptable(evutil_socket_t listener_fd, short what, void *arg)
{
    struct listener *listener = arg;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct ds_addr remote = {.len = sizeof remote.ss};
        int fd = accept4(listener_fd, (struct sockaddr *)&remote.ss, &remote.len,
                SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            on_accept_failed(listener);
            return;
        }
        admit(listener, fd, &remote);
    }
}

static int
take_listeners(struct ds_doorway *doorway)
{
    const struct ds_direct_setting *setting = doorway->config.setting;

    ds_listeners_limit_segments(&doorway->open, setting->mss);
    for (size_t i = 0; i < DS_LISTENERS; i++) {
        struct listener *listener = &doorway->listeners[i];
        int fd = doorway->open.fds[i];
        if (fd < 0)
            continue;
        if (event_assign(&listener->accept_event, setting->base, fd, EV_READ | EV_PERSIST,
                    on_acceptable, listener) < 0 ||
                event_add(&listener->accept_event, NULL) < 0)
            return DS_ERR_NOMEM;
    }
    return 0;
}

/* --- life --- */

int
ds_doorway_new(struct ds_doorway **out, const struct ds_doorway_config *config, ds_doorway_fn fn,
        void *arg)
{
    struct ds_doorway *doorway = calloc(1, sizeof *doorway);
    *out = NULL;
    if (doorway == NULL) {
        ds_listeners_close(config->listeners);
        return DS_ERR_NOMEM;
    }
    *doorway = (struct ds_doorway){
            .config = *config, .fn = fn, .arg = arg, .open = *config->listeners};
    *config->listeners = (struct ds_listeners){0};
    doorway->config.listeners = NULL;
    for (size_t i = 0; i < DS_LISTENERS; i++) {
        struct listener *listener = &doorway->listeners[i];
        listener->doorway = doorway;
        event_assign(&listener->pause_timer, config->setting->base, -1, 0, on_pause_over, listener);
    }
    for (size_t i = 0; i < DS_PUNCH_PENDING_MAX; i++)
        doorway->pending[i].doorway = doorway;
    int err = take_listeners(doorway);
    if (err < 0) {
        ds_doorway_free(doorway);
        return err;
    }
    *out = doorway;
    return 0;
}

bool
ds_doorway_is_proving(const struct ds_doorway *doorway)
{
    for (size_t i = 0; i < DS_PUNCH_PENDING_MAX; i++)
        if (doorway->pending[i].path != NULL)
            return true;
    return false;
}

void
ds_doorway_free(struct ds_doorway *doorway)
{
    if (doorway == NULL)
        return;
    for (size_t i = 0; i < DS_LISTENERS; i++) {
        if (event_initialized(&doorway->listeners[i].accept_event))
            event_del(&doorway->listeners[i].accept_event);
        event_del(&doorway->listeners[i].pause_timer);
    }
    ds_listeners_close(&doorway->open);
    for (size_t i = 0; i < DS_PUNCH_PENDING_MAX; i++)
        ds_path_free(doorway->pending[i].path);
    free(doorway);
}
