/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_HAND_BOX_H
#define DS_APP_VIEW_HAND_BOX_H

#include "app/view/hand_queue.h"
#include "net/base/err.h"

/*
 * A queue of events between the thread that the hands are on and the net thread. The lock is held
 * for a copy only.
 */
struct ds_hand_box;

/** Make an empty one with one reference. */
struct ds_hand_box *ds_hand_box_new(void);

/** Take a reference for the other thread, or give one up. Any thread. */
struct ds_hand_box *ds_hand_box_ref(struct ds_hand_box *box);
void ds_hand_box_unref(struct ds_hand_box *box); /**< NULL is fine. */

/** Put an event in (copied). Returns whether the reader has to be woken: it found none there. */
bool ds_hand_box_put(struct ds_hand_box *box, const struct ds_hand_event *event);

/**
 * Take the oldest event out. Returns 1, 0 when there is none, or DS_ERR_TOO_BIG for ever after
 * something that must not be lost had no room: what is held on the other side is not known any
 * more.
 */
int ds_hand_box_take(struct ds_hand_box *box, struct ds_hand_event *event) DS_MUST_CHECK;

#endif
