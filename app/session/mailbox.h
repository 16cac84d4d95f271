/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_MAILBOX_H
#define DS_APP_SESSION_MAILBOX_H

#include <glib.h>

/*
 * Events by value from any thread to the main one. An event of a kind of which only the newest
 * counts replaces one that still waits, so that a peer cannot fill it.
 */
struct ds_mailbox;

/** Called on the main thread for each event (borrowed during the call). May close the mailbox. */
typedef void (*ds_mailbox_fn)(void *arg, const void *event);

/** Make one for events of `size` bytes on the thread's default main context. `arg` is borrowed. */
struct ds_mailbox *ds_mailbox_new(gsize size, ds_mailbox_fn fn, void *arg);

/** Take a second reference for the thread that puts, or give one up. Any thread. */
struct ds_mailbox *ds_mailbox_ref(struct ds_mailbox *mailbox);
void ds_mailbox_unref(struct ds_mailbox *mailbox); /**< NULL is fine. */

/** Deliver no more, whatever is put or waits. The receiver calls it before it goes. Main thread. */
void ds_mailbox_close(struct ds_mailbox *mailbox);

/**
 * Put an event (copied). With `replaces` not 0 it takes the place of one that waits and was put
 * with the same number. Any thread; never blocks on the receiver.
 */
void ds_mailbox_put(struct ds_mailbox *mailbox, const void *event, guint replaces);

#endif
