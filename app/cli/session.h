/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_SESSION_H
#define DS_APP_CLI_SESSION_H

#include "app/cli/options.h"
#include "app/cli/signals.h"
#include "net/peer/peer.h"

/*
 * What share and connect have in common: one loop, one peer, the signals that stop it, the rate
 * that is printed, the exit status. Everything runs on the main thread.
 */
struct ds_cli_session {
    struct event_base *base;
    struct ds_peer *peer;
    enum ds_role role;
    int status; /* exit status, once it is over */
    bool is_over;
    enum ds_reason own_reason; /* why this side ended it; NONE: it did not */
    struct ds_signals *signals;
    struct event *rate_timer;
    struct event *unseen; /* standard output takes no more */
};

/** Make the loop; catch the signals, watch standard output. Returns 0 or DS_ERR_NOMEM. */
int ds_cli_session_init(struct ds_cli_session *session, enum ds_role role) DS_MUST_CHECK;

/**
 * End it for a reason of this side, which ds_cli_session_closed() gives then; the other side hears
 * that it was stopped, declined, or lost its desktop. The first call counts.
 */
void ds_cli_session_end(struct ds_cli_session *session, enum ds_reason reason);

/** Run until ds_cli_session_closed(). */
void ds_cli_session_run(struct ds_cli_session *session);

/** Free the peer and the loop. */
void ds_cli_session_finish(struct ds_cli_session *session);

/**
 * It is over, as peer's on_closed says or as a session without a peer finds: print it, keep the
 * exit status, leave the loop. The first call counts.
 */
void ds_cli_session_closed(
        struct ds_cli_session *session, enum ds_reason reason, const char *step, uint32_t retry_ms);

/** Take peer's on_path: print it, and the rates from now on. */
void ds_cli_session_path(struct ds_cli_session *session, const struct ds_peer_path *path);

#endif
