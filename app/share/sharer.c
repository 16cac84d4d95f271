/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/sharer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib/gi18n.h>

#include "app/share/input/guardian.h"
#include "app/share/post.h"
#include "app/share/screen.h"
#include "net/base/limits.h"

enum { STOP_PATIENCE_S = 2 };

struct ds_sharer {
    struct ds_display *display;
    struct ds_guardian *guardian;
    struct ds_screen *screen;
    struct ds_post *to_screen, *from_screen;
    struct event *event;
    pthread_t thread;
    bool is_running;
    unsigned viewers; /* that were added and have not gone */
    struct ds_peer_path path;
    const struct ds_sharer_callbacks *callbacks;
    void *arg;
};

static void
on_mail(evutil_socket_t fd, short what, void *arg)
{
    struct ds_sharer *sharer = arg;
    struct ds_mail mail;
    while (ds_post_take(sharer->from_screen, &mail)) {
        if (mail.type == DS_MAIL_VIEWER_GONE) {
            sharer->viewers--;
            sharer->callbacks->on_viewer_gone(sharer->arg, mail.text);
        } else {
            sharer->callbacks->on_failed(sharer->arg, mail.text);
        }
    }
}

/* Signals are the first thread's. */
static int
start_thread(struct ds_sharer *sharer)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&sharer->thread, NULL, ds_screen_run, sharer->screen);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sharer->is_running = err == 0;
    return err;
}

static gboolean
start(struct ds_sharer *sharer, struct event_base *base, const char *name, GError **error)
{
    sharer->display = ds_display_open(name, error);
    if (sharer->display == NULL)
        return FALSE;
    sharer->guardian = ds_guardian_new(sharer->display, name);
    sharer->to_screen = ds_post_new();
    sharer->from_screen = ds_post_new();
    if (sharer->guardian == NULL || sharer->to_screen == NULL || sharer->from_screen == NULL)
        goto fail;
    sharer->screen = ds_screen_new(sharer->display, ds_guardian_ledger(sharer->guardian),
            sharer->to_screen, sharer->from_screen, g_get_host_name(), error);
    if (sharer->screen == NULL)
        return FALSE;
    sharer->event =
            event_new(base, ds_post_fd(sharer->from_screen), EV_READ | EV_PERSIST, on_mail, sharer);
    if (sharer->event != NULL && event_add(sharer->event, NULL) == 0 && start_thread(sharer) == 0)
        return TRUE;
fail:
    g_set_error_literal(error, DS_SHARE_ERROR, DS_SHARE_ERROR_SYSTEM,
            _("This computer ran out of memory, files or threads. Close something and try again"));
    return FALSE;
}

struct ds_sharer *
ds_sharer_new(struct event_base *base, const char *name,
        const struct ds_sharer_callbacks *callbacks, void *arg, GError **error)
{
    if (name == NULL && !ds_display_check_session(error))
        return NULL;
    struct ds_sharer *sharer = g_new0(struct ds_sharer, 1);
    sharer->callbacks = callbacks;
    sharer->arg = arg;
    if (!start(sharer, base, name, error)) {
        ds_sharer_free(sharer);
        return NULL;
    }
    return sharer;
}

static void
order(struct ds_sharer *sharer, const struct ds_mail *mail)
{
    int err = ds_post_put(sharer->to_screen, mail);
    g_assert(err == 0); /* these types always fit */
}

/* An X server that is held by another program answers nobody: then cut its line to the thread. */
static void
stop_thread(struct ds_sharer *sharer)
{
    struct timespec until;
    if (!sharer->is_running)
        return;
    order(sharer, &(struct ds_mail){.type = DS_MAIL_STOP});
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_PATIENCE_S;
    if (pthread_timedjoin_np(sharer->thread, NULL, &until) != 0) {
        shutdown(xcb_get_file_descriptor(sharer->display->conn), SHUT_RDWR);
        pthread_join(sharer->thread, NULL);
    }
    sharer->is_running = false;
}

void
ds_sharer_free(struct ds_sharer *sharer)
{
    if (sharer == NULL)
        return;
    stop_thread(sharer);
    if (sharer->event != NULL)
        event_free(sharer->event);
    ds_screen_free(sharer->screen);
    ds_post_free(sharer->to_screen);
    ds_post_free(sharer->from_screen);
    ds_display_close(sharer->display);
    ds_guardian_free(sharer->guardian);
    g_free(sharer);
}

static int
hand_over(struct ds_sharer *sharer, const struct ds_mail *mail)
{
    if (sharer->viewers == DS_SHARE_VIEWERS_MAX || ds_post_put(sharer->to_screen, mail) < 0) {
        close(mail->fd);
        errno = EUSERS;
        return -1;
    }
    sharer->viewers++;
    return 0;
}

int
ds_sharer_take_viewer(struct ds_sharer *sharer, int fd)
{
    return hand_over(sharer, &(struct ds_mail){.type = DS_MAIL_ADD_VIEWER, .fd = fd});
}

int
ds_sharer_add_viewer(struct ds_sharer *sharer, enum ds_picture picture)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -1;
    const struct ds_mail mail = {
            .type = DS_MAIL_ADD_VIEWER, .fd = pair[0], .picture = picture, .in_session = true};
    if (hand_over(sharer, &mail) < 0) {
        close(pair[1]);
        errno = EUSERS;
        return -1;
    }
    return pair[1];
}

void
ds_sharer_set_level(struct ds_sharer *sharer, enum ds_level level)
{
    order(sharer, &(struct ds_mail){.type = DS_MAIL_LEVEL, .level = level});
}

/* It is told again when only the reason changes why it is not another one. */
static bool
is_same_path(const struct ds_peer_path *a, const struct ds_peer_path *b)
{
    return a->kind == b->kind && ds_addr_equal(&a->local, &b->local) &&
           ds_addr_equal(&a->remote, &b->remote);
}

void
ds_sharer_path(struct ds_sharer *sharer, const struct ds_peer_path *path)
{
    if (path->kind == DS_PATH_NONE)
        order(sharer, &(struct ds_mail){.type = DS_MAIL_RELEASE});
    else if (!is_same_path(path, &sharer->path))
        order(sharer, &(struct ds_mail){.type = DS_MAIL_PATH, .rtt_us = path->rtt_ms * 1000ull});
    sharer->path = *path;
}

void
ds_sharer_guard(struct ds_sharer *sharer, uint32_t base, uint32_t mask)
{
    order(sharer, &(struct ds_mail){.type = DS_MAIL_GUARD, .guard_base = base, .guard_mask = mask});
}
