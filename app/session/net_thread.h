/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_NET_THREAD_H
#define DS_APP_SESSION_NET_THREAD_H

#include <glib.h>

/*
 * The net thread of a program whose main thread is GLib's: one libevent loop with everything of
 * net/. It owns its objects; the main thread sends it messages and never waits for an answer.
 */
struct ds_net_thread;
struct event_base;

/** A message: called on the net thread with its loop. It owns what `data` points to. */
typedef void (*ds_net_call_fn)(struct event_base *base, void *data);

/** Start the thread. Returns NULL with a GThreadError or GFileError. Main thread. */
struct ds_net_thread *ds_net_thread_new(GError **error);

/**
 * Handle the messages that were sent, end the thread, wait for it. What lives there has to be freed
 * by a message sent before. NULL is fine. Main thread.
 */
void ds_net_thread_free(struct ds_net_thread *thread);

/** Send a message. They are handled in the order in which they were sent. Any thread. */
void ds_net_thread_call(struct ds_net_thread *thread, ds_net_call_fn fn, void *data);

#endif
