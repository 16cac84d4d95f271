/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/session.h"

#include <string.h>

#include <event2/event.h>

#include "app/cli/events.h"
#include "app/cli/output.h"
#include "app/session/sentences.h"
#include "net/base/clock.h"

enum { RATE_MS = 5000 };

/* What the other side hears: most of it is no matter of theirs. */
static enum ds_reason
told_reason(enum ds_reason reason)
{
    bool is_theirs = reason == DS_REASON_DECLINED || reason == DS_REASON_NO_SCREEN;
    return is_theirs ? reason : DS_REASON_STOPPED;
}

void
ds_cli_session_end(struct ds_cli_session *session, enum ds_reason reason)
{
    if (session->own_reason == DS_REASON_NONE)
        session->own_reason = reason;
    if (session->peer == NULL)
        ds_cli_session_closed(session, reason, "", 0);
    else
        ds_peer_close(session->peer, told_reason(reason));
}

static void
on_signal(void *arg)
{
    struct ds_cli_session *session = arg;
    bool is_ending = session->own_reason != DS_REASON_NONE;
    ds_cli_session_end(session, DS_REASON_STOPPED);
    if (is_ending) /* asked twice: wait for the other side no longer */
        ds_cli_session_closed(session, DS_REASON_STOPPED, "", 0);
}

static void
on_unseen(evutil_socket_t fd, short what, void *arg)
{
    ds_cli_session_end(arg, DS_REASON_NO_OUTPUT);
}

/* Inside of any event that was to be printed: let the loop end it. */
static void
on_output_failed(void *arg)
{
    struct ds_cli_session *session = arg;
    event_active(session->unseen, EV_TIMEOUT, 0);
}

static void
on_rate(evutil_socket_t fd, short what, void *arg)
{
    struct ds_cli_session *session = arg;
    struct ds_peer_stats stats;
    ds_peer_get_stats(session->peer, &stats);
    ds_event_rate(&stats);
}

int
ds_cli_session_init(struct ds_cli_session *session, enum ds_role role)
{
    memset(session, 0, sizeof *session);
    session->role = role;
    session->base = event_base_new();
    if (session->base == NULL)
        return DS_ERR_NOMEM;
    session->signals = ds_signals_new(session->base, on_signal, session);
    if (session->signals == NULL)
        return DS_ERR_NOMEM;
    session->rate_timer = event_new(session->base, -1, EV_PERSIST, on_rate, session);
    session->unseen = event_new(session->base, -1, 0, on_unseen, session);
    if (session->rate_timer == NULL || session->unseen == NULL)
        return DS_ERR_NOMEM;
    ds_output_watch(on_output_failed, session);
    return 0;
}

void
ds_cli_session_run(struct ds_cli_session *session)
{
    event_base_dispatch(session->base);
}

void
ds_cli_session_finish(struct ds_cli_session *session)
{
    ds_output_watch(NULL, NULL);
    ds_peer_free(session->peer);
    ds_signals_free(session->signals);
    if (session->rate_timer != NULL)
        event_free(session->rate_timer);
    if (session->unseen != NULL)
        event_free(session->unseen);
    if (session->base != NULL)
        event_base_free(session->base);
    memset(session, 0, sizeof *session);
}

void
ds_cli_session_closed(
        struct ds_cli_session *session, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct ds_peer_stats stats = {0};

    if (session->is_over)
        return;
    session->is_over = true;
    if (session->own_reason != DS_REASON_NONE)
        reason = session->own_reason;
    if (session->peer != NULL)
        ds_peer_get_stats(session->peer, &stats);
    if (stats.received_bytes + stats.sent_bytes > 0)
        ds_event_rate(&stats);
    ds_event_closed(reason, session->role, step, retry_ms);
    session->status = ds_exit_status(reason);
    if (session->status == 0 && ds_output_error() != 0)
        session->status = ds_exit_status(DS_REASON_NO_OUTPUT);
    if (session->base != NULL)
        event_base_loopbreak(session->base);
}

void
ds_cli_session_path(struct ds_cli_session *session, const struct ds_peer_path *path)
{
    struct timeval every = ds_clock_timeval(RATE_MS);
    ds_event_path(path);
    evtimer_add(session->rate_timer, &every);
}
