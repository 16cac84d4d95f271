/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_SERVICE_H
#define DS_APP_SESSION_SERVICE_H

#include "net/peer/peer.h"

/*
 * What runs on a session's channels: a shared desktop on one side, a decoder on the other. Made on
 * the main thread, then the net thread's alone: every call comes there.
 */
struct ds_service {
    const struct ds_service_ops *ops;
    enum ds_picture picture; /* as struct ds_peer_config has it */
};

struct ds_service_ops {
    /**
     * Make ready what takes time, before the session may stand: for the helper when it knocks, for
     * the helpee each time that it is asked. May be NULL.
     */
    void (*prepare)(struct ds_service *service, struct event_base *base, struct ds_peer *peer);
    /** The session stands at `level`; channels may be opened on `peer` (borrowed until free). */
    void (*begin)(struct ds_service *service, struct event_base *base, struct ds_peer *peer,
            enum ds_level level);
    /**
     * What the helper may do changed: to DS_LEVEL_VIEW, too, when this side's person ends it,
     * maybe before begin().
     */
    void (*set_level)(struct ds_service *service, enum ds_level level);
    /** What carries the session changed; it may be nothing (DS_PATH_NONE). May be NULL. */
    void (*path)(struct ds_service *service, const struct ds_peer_path *path);
    /** The main thread left something for it and woke it: ds_session_wake(). May be NULL. */
    void (*wake)(struct ds_service *service);
    /** The other side opened a channel: take it, or return false. */
    bool (*open)(struct ds_service *service, struct ds_channel *channel, enum ds_channel_kind kind);
    /** The session is over: end everything, free. Before the peer is freed. */
    void (*free)(struct ds_service *service);
};

#endif
