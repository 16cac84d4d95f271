/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_SIGNALS_H
#define DS_APP_CLI_SIGNALS_H

/* SIGINT, SIGTERM and SIGHUP: somebody wants the program to end. */
struct ds_signals;
struct event_base;

/** One of them came; each may come again. */
typedef void (*ds_signals_fn)(void *arg);

/**
 * Catch them, but not what whoever started us had ignored (nohup does so), for as long as this
 * lives. `fn` comes from the loop; `base` and `arg` are borrowed. Returns owned, or NULL without
 * memory.
 */
struct ds_signals *ds_signals_new(struct event_base *base, ds_signals_fn fn, void *arg);

/** Catch them no more; NULL is fine. */
void ds_signals_free(struct ds_signals *signals);

#endif
