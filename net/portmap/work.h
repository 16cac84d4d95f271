/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_WORK_H
#define DS_NET_PORTMAP_WORK_H

#include "net/portmap/errand.h"

/** Called whenever there is something new; the worker's thread. `news` is borrowed. */
typedef void (*ds_portmap_tell_fn)(void *arg, const struct ds_portmap_news *news);

/**
 * Have a port mapped, keep it so, and take it back when stop_fd says so: all that the worker does.
 * Of `errand` the first part is set, gateway, client (its port and family), observed, lease_s and
 * stop_fd, and gateway.len 0 means the default route's. Blocks until it is over.
 */
void ds_portmap_work(struct ds_errand *errand, ds_portmap_tell_fn tell, void *arg);

#endif
