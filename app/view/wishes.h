/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_WISHES_H
#define DS_APP_VIEW_WISHES_H

#include <stdbool.h>

#include "app/view/quality.h"

/* What who looks wants of the decoder. */
struct ds_wish {
    bool is_shown;           /* what it told has been read */
    bool asks_figures;       /* its figures, once */
    bool starts_again;       /* another decoder in place of the one that failed */
    enum ds_quality quality; /* another one; 0: as before */
};

/*
 * Such wishes, between the thread that shows the picture and the net thread: what was not taken in
 * time is merged. The lock is held for a copy only.
 */
struct ds_wishes;

/** Make one without a wish, with one reference. */
struct ds_wishes *ds_wishes_new(void);

/** Take a reference for the other thread, or give one up. Any thread. */
struct ds_wishes *ds_wishes_ref(struct ds_wishes *wishes);
void ds_wishes_unref(struct ds_wishes *wishes); /**< NULL is fine. */

/** Add a wish (copied). Returns whether the reader has to be woken: it found none there. */
bool ds_wishes_put(struct ds_wishes *wishes, const struct ds_wish *wish);

/** Take all wishes since the last time as one; it may be empty. */
struct ds_wish ds_wishes_take(struct ds_wishes *wishes);

#endif
