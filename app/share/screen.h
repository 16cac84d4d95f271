/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_SCREEN_H
#define DS_APP_SHARE_SCREEN_H

#include "app/share/display.h"
#include "app/share/input/ledger.h"
#include "app/share/post.h"

/* The screen thread: it owns the X connection, the picture, the encoders and the viewers. */
struct ds_screen;

/**
 * Make what the thread needs, on `display`, whose ledger is `ledger`. `inbox` and `outbox` bring it
 * orders, and take what happens. All are borrowed until the thread has ended. The first thread.
 */
struct ds_screen *ds_screen_new(struct ds_display *display, struct ds_ledger *ledger,
        struct ds_post *inbox, struct ds_post *outbox, const char *name, GError **error);

/** Free it, after the thread has ended or when none was started; NULL is fine. */
void ds_screen_free(struct ds_screen *screen);

/** Be the thread, until a STOP comes or the X server is gone. `arg` is the ds_screen. Returns NULL.
 */
void *ds_screen_run(void *arg);

#endif
