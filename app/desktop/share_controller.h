/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_SHARE_CONTROLLER_H
#define DS_APP_DESKTOP_SHARE_CONTROLLER_H

#include "app/session/session.h"
#include "ui/window.h"

/*
 * Leads the person who shares: the code, the question, the bar, the end. It listens to the window's
 * pages by itself. Signals:
 *   "stopped" (): the person's own stop is done; nothing is shared any more.
 */
#define DS_TYPE_SHARE_CONTROLLER (ds_share_controller_get_type())
/** The class; see above. Main thread. */
G_DECLARE_FINAL_TYPE(DsShareController, ds_share_controller, DS, SHARE_CONTROLLER, GObject)

/** Make one for `window` (borrowed), with sessions on `net` (borrowed). Both outlive it. */
DsShareController *ds_share_controller_new(DsWindow *window, struct ds_net_thread *net);

/** Set the relay for what comes (copied); NULL: none is set. */
void ds_share_controller_set_relay(DsShareController *self, const struct ds_relay_addr *relay);

/** Set what the person calls themselves, for what comes (copied). */
void ds_share_controller_set_name(DsShareController *self, const char *name);

/**
 * Set whether direct paths are looked for, for what comes; `is_locked`: only an administrator can
 * change that.
 */
void ds_share_controller_set_direct(
        DsShareController *self, enum ds_direct direct, gboolean is_locked);

/** Set for how long the router is asked to open a port each time, in seconds; 0: never. */
void ds_share_controller_set_map_lease(DsShareController *self, uint32_t lease_s);

/** Set how many sockets a birthday salvo has, DS_SALVO_MAX at most; 0: there is none. */
void ds_share_controller_set_salvo(DsShareController *self, unsigned sockets);

/** Say whether something is shared, or a code waits. */
gboolean ds_share_controller_is_busy(DsShareController *self);

/** Share: show a code. Does nothing while something is shared. */
void ds_share_controller_start(DsShareController *self);

/**
 * Stop, if anything is shared: "stopped" follows. A helper who waits to be let in hears a no.
 * Returns whether something was shared.
 */
gboolean ds_share_controller_stop(DsShareController *self);

#endif
