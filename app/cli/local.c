/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/listener.h>
#include <glib/gi18n.h>

#include "app/cli/events.h"
#include "app/cli/run.h"
#include "app/cli/session.h"
#include "app/session/sentences.h"
#include "app/share/sharer.h"
#include "net/base/log.h"

enum { BACKLOG = 16 };

struct local {
    struct ds_cli_session session;
    struct ds_sharer *sharer;
    struct evconnlistener *listener;
};

static void
on_viewer(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len,
        void *arg)
{
    struct local *local = arg;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (ds_sharer_take_viewer(local->sharer, fd) < 0)
        DS_WARN("share", "a viewer was turned away: %s", strerror(errno));
}

static void
on_viewer_gone(void *arg, const char *text)
{
    if (text != NULL)
        ds_event_viewer_dropped(_(text));
}

static void
on_failed(void *arg, const char *text)
{
    struct local *local = arg;
    ds_cli_session_closed(&local->session, DS_REASON_NO_SCREEN, _(text), 0);
}

static const struct ds_sharer_callbacks sharer_callbacks = {
        .on_viewer_gone = on_viewer_gone,
        .on_failed = on_failed,
};

static bool
listen_at(struct local *local, const struct ds_addr *addr)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    struct ds_addr bound;

    local->listener = evconnlistener_new_bind(local->session.base, on_viewer, local,
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG,
            (const struct sockaddr *)&addr->ss, (int)addr->len);
    if (local->listener == NULL ||
            getsockname(evconnlistener_get_fd(local->listener), (struct sockaddr *)&ss, &len) < 0 ||
            ds_addr_from_sockaddr(&bound, (struct sockaddr *)&ss, len) < 0) {
        ds_cli_session_closed(&local->session, DS_REASON_CANNOT_LISTEN, strerror(errno), 0);
        return false;
    }
    ds_event_listening(&bound);
    return true;
}

int
ds_cli_local(const struct ds_cli_options *options)
{
    struct local local = {0};
    g_autoptr(GError) error = NULL;

    if (ds_cli_session_init(&local.session, DS_ROLE_HELPEE) < 0) {
        ds_cli_session_closed(&local.session, DS_REASON_INTERNAL, "", 0);
        goto out;
    }
    local.sharer =
            ds_sharer_new(local.session.base, options->display, &sharer_callbacks, &local, &error);
    if (local.sharer == NULL) {
        on_failed(&local, error->message);
        goto out;
    }
    if (!listen_at(&local, &options->local))
        goto out;
    ds_sharer_set_level(local.sharer, options->allow);
    ds_cli_session_run(&local.session);
out:
    if (local.listener != NULL)
        evconnlistener_free(local.listener);
    ds_sharer_free(local.sharer);
    int status = local.session.status;
    ds_cli_session_finish(&local.session);
    return status;
}
