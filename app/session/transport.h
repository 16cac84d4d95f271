/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_TRANSPORT_H
#define DS_APP_SESSION_TRANSPORT_H

#include "app/session/mailbox.h"
#include "app/session/session.h"

/* The half of a session that lives on the net thread: a peer, its service, and what it reports. */

enum ds_session_event_type {
    DS_SESSION_CODE = 1,
    DS_SESSION_OFFLINE,
    DS_SESSION_GUESS,
    DS_SESSION_REQUEST,
    DS_SESSION_PEER,
    DS_SESSION_LEVEL,
    DS_SESSION_PATH,
    DS_SESSION_PUNCH,
    DS_SESSION_RATE,
    DS_SESSION_ENDED,
};

/* What the net thread tells the main one, by value. */
struct ds_session_event {
    enum ds_session_event_type type;
    struct ds_link_form form;   /* CODE */
    uint64_t left_ms;           /* CODE */
    unsigned left;              /* GUESS */
    char name[DS_NAME_BYTES];   /* REQUEST, PEER */
    enum ds_level level;        /* REQUEST, PEER, LEVEL */
    bool again;                 /* REQUEST */
    struct ds_peer_path path;   /* PATH */
    struct ds_peer_punch punch; /* PUNCH */
    struct ds_peer_stats stats; /* RATE */
    enum ds_reason reason;      /* ENDED */
    uint32_t retry_ms;          /* ENDED */
};

struct ds_transport;

/**
 * Make one that stands still, of `config` (copied, its service taken), which reports to `mailbox`
 * (a reference is taken). Main thread; from then on it is the net thread's.
 */
struct ds_transport *ds_transport_new(
        const struct ds_session_config *config, struct ds_mailbox *mailbox);

/** Begin. Net thread, like what follows. */
void ds_transport_start(struct ds_transport *transport, struct event_base *base);

/** Let the helper in. */
void ds_transport_grant(struct ds_transport *transport, enum ds_level level);

/** Wake its service. */
void ds_transport_wake(struct ds_transport *transport);

/** End it; DS_SESSION_ENDED follows. */
void ds_transport_stop(struct ds_transport *transport, enum ds_reason reason);

/** Wipe and free, without a report. */
void ds_transport_free(struct ds_transport *transport);

#endif
