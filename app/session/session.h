/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_SESSION_H
#define DS_APP_SESSION_SESSION_H

#include <glib-object.h>

#include "app/session/net_thread.h"
#include "app/session/service.h"
#include "net/crypto/code_link.h"
#include "net/peer/peer.h"

/*
 * One session as the main thread sees it: from the click to the sentence at its end. The transport
 * runs on the net thread; what happens there comes as signals.
 *
 * "code" (const struct ds_link_form *form, guint64 left_ms): read it out; wiped after the call
 * "offline" (): the code does not work at the moment
 * "guess" (guint left): a wrong code was tried
 * "request" (const char *name, guint level, gboolean again): answer by grant() or stop()
 * "peer" (const char *name, guint level): the session stands
 * "level" (guint level): what the helper may do changed
 * "path" (const struct ds_peer_path *path): what carries the session changed
 * "punch" (const struct ds_peer_punch *punch): a try for a direct path began, or came to something
 * "rate" (const struct ds_peer_stats *stats): every second while the session stands
 * "ended" (guint reason, const char *sentence, guint retry_ms): the last one; reason is enum
 *     ds_reason and the sentence is for this side's person, translated
 */
#define DS_TYPE_SESSION (ds_session_get_type())
G_DECLARE_FINAL_TYPE(DsSession, ds_session, DS, SESSION, GObject)

/* What a session is to be; everything is copied but the service. */
struct ds_session_config {
    enum ds_role role;
    /*
     * No relay lies between: the helpee's program is one itself (app/nearby/own_relay.h), and no
     * proxy is asked for the way to it.
     */
    gboolean is_nearby;
    struct ds_relay_addr relay; /* not looked at where this side is one itself */
    struct ds_code code;        /* helper: what was typed */
    const char *name;           /* what this side calls itself, or "" */
    enum ds_level wants;        /* helper: what it asks for */
    enum ds_direct direct;
    uint32_t map_lease_s;       /* as ds_peer_config has it ... */
    unsigned salvo;             /* ... likewise */
    struct ds_service *service; /* taken */
};

/**
 * Begin a session on `net`, which outlives it. Its signals come from the main loop, never from
 * within this call. Dropping the last reference ends it without a word to the other side.
 */
DsSession *ds_session_new(struct ds_net_thread *net, const struct ds_session_config *config);

/** Helpee: let the helper in, after "request". */
void ds_session_grant(DsSession *self, enum ds_level level);

/**
 * Have the service look at what was left for it: its `wake` is called on the net thread, unless it
 * is freed before.
 */
void ds_session_wake(DsSession *self);

/** End it with DS_REASON_STOPPED or DS_REASON_DECLINED; "ended" follows. */
void ds_session_stop(DsSession *self, enum ds_reason reason);

#endif
