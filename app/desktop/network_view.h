/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_NETWORK_VIEW_H
#define DS_APP_DESKTOP_NETWORK_VIEW_H

#include "app/session/net_thread.h"
#include "net/peer/reach.h"
#include "ui/window.h"

/*
 * What kind of network this computer is in, when the person wants to know: the window's action
 * "check-network" opens a dialog and begins a check, or shows the one that is open. The check ends
 * with the dialog.
 */
struct ds_network_view;

/**
 * Add the action to `window`; the checks run on `net`. Both are borrowed, and outlive it. Main
 * thread, as all below. Owned.
 */
struct ds_network_view *ds_network_view_new(DsWindow *window, struct ds_net_thread *net);

/** Set the relay for the checks that come (copied); NULL: none is set. */
void ds_network_view_set_relay(struct ds_network_view *view, const struct ds_relay_addr *relay);

/** Set for how long the router is asked to open a port, in seconds; 0: never. */
void ds_network_view_set_map_lease(struct ds_network_view *view, uint32_t lease_s);

/** Close the dialog, end a check and free; NULL is fine. The window lives still. */
void ds_network_view_free(struct ds_network_view *view);

#endif
