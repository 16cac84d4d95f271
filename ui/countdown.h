/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_COUNTDOWN_H
#define DS_UI_COUNTDOWN_H

#include <glib.h>

/* Counts seconds down on the main loop. Main thread. */
typedef struct _DsCountdown DsCountdown;

/** Called with the seconds left, once a second, for the last time with 0; may free it. */
typedef void (*DsCountdownFunc)(guint seconds_left, gpointer data);

/** Start one; `func` is called soon with `seconds`, and then once a second. Owned. */
DsCountdown *ds_countdown_new(guint seconds, DsCountdownFunc func, gpointer data);

/** Stop it and free it; NULL is fine. */
void ds_countdown_free(DsCountdown *self);

/** Write seconds as a clock does: "14:05". Returns owned text. */
char *ds_countdown_text(guint seconds);

/** Write seconds as a person says them, whole minutes while there are any. Owned, translated. */
char *ds_countdown_spoken(guint seconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DsCountdown, ds_countdown_free)

#endif
