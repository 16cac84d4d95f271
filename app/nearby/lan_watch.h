/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_NEARBY_LAN_WATCH_H
#define DS_APP_NEARBY_LAN_WATCH_H

struct event_base;

/* Hears from the kernel that this machine's addresses, interfaces or routes change. */
struct ds_lan_watch;

/**
 * Watch in `base` (borrowed); `fn` is called with `arg` (borrowed) from the loop a moment after a
 * change, once for changes that come together. Returns NULL with a log line where the kernel does
 * not tell. Net thread.
 */
struct ds_lan_watch *ds_lan_watch_new(struct event_base *base, void (*fn)(void *arg), void *arg);

/** Watch no more; NULL is fine. */
void ds_lan_watch_free(struct ds_lan_watch *watch);

#endif
