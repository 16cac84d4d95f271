/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_HELP_CONTROLLER_H
#define DS_APP_DESKTOP_HELP_CONTROLLER_H

#include "app/session/session.h"
#include "app/view/quality.h"
#include "ui/window.h"

/*
 * Leads the person who helps: the code that is typed, the wait, the picture, the end. It listens to
 * the window's pages by itself. Signals:
 *   "stopped" (): the person's own stop is done; there is no session any more.
 */
#define DS_TYPE_HELP_CONTROLLER (ds_help_controller_get_type())
/** The class; see above. Main thread. */
G_DECLARE_FINAL_TYPE(DsHelpController, ds_help_controller, DS, HELP_CONTROLLER, GObject)

/** Make one for `window` (borrowed), with sessions on `net` (borrowed). Both outlive it. */
DsHelpController *ds_help_controller_new(DsWindow *window, struct ds_net_thread *net);

/** Set the relay for what comes (copied); NULL: none is set. */
void ds_help_controller_set_relay(DsHelpController *self, const struct ds_relay_addr *relay);

/**
 * Set whether direct paths are looked for, for what comes; `is_locked`: only an administrator can
 * change that.
 */
void ds_help_controller_set_direct(
        DsHelpController *self, enum ds_direct direct, gboolean is_locked);

/** Set for how long the router is asked to open a port each time, in seconds; 0: never. */
void ds_help_controller_set_map_lease(DsHelpController *self, uint32_t lease_s);

/** Set how many sockets a birthday salvo has, DS_SALVO_MAX at most; 0: there is none. */
void ds_help_controller_set_salvo(DsHelpController *self, unsigned sockets);

/** Set how sharp the other screen is shown: at once, and in the sessions that follow. */
void ds_help_controller_set_quality(DsHelpController *self, enum ds_quality quality);

/** Say whether there is a session, or the way to one. */
gboolean ds_help_controller_is_busy(DsHelpController *self);

/** Stop, if there is a session: "stopped" follows. Returns whether there was one. */
gboolean ds_help_controller_stop(DsHelpController *self);

#endif
