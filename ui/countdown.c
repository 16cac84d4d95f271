/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/countdown.h"

#include <glib/gi18n-lib.h>

struct _DsCountdown {
    gint64 end_us; /* of the monotonic clock */
    DsCountdownFunc func;
    gpointer data;
    guint source;
};

static gboolean on_tick(gpointer data);

/* Wakes up when the next second is over, so that none is skipped however late the last was. */
static void
schedule(DsCountdown *self, gint64 left_us)
{
    guint wait_ms = (guint)(left_us % G_USEC_PER_SEC / 1000) + 1;
    self->source = g_timeout_add(wait_ms, on_tick, self);
}

static gboolean
on_tick(gpointer data)
{
    DsCountdown *self = data;
    gint64 left_us = MAX(self->end_us - g_get_monotonic_time(), 0);
    self->source = 0;
    if (left_us > 0)
        schedule(self, left_us);
    /* Nothing may follow: it may be freed in there. */
    self->func((guint)((left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC), self->data);
    return G_SOURCE_REMOVE;
}

DsCountdown *
ds_countdown_new(guint seconds, DsCountdownFunc func, gpointer data)
{
    DsCountdown *self = g_new0(DsCountdown, 1);
    self->end_us = g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
    self->func = func;
    self->data = data;
    self->source = g_timeout_add(0, on_tick, self);
    return self;
}

void
ds_countdown_free(DsCountdown *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->source, g_source_remove);
    g_free(self);
}

char *
ds_countdown_text(guint seconds)
{
    return g_strdup_printf("%u:%02u", seconds / 60, seconds % 60);
}

char *
ds_countdown_spoken(guint seconds)
{
    if (seconds >= 60)
        return g_strdup_printf(ngettext("%u minute", "%u minutes", seconds / 60), seconds / 60);
    return g_strdup_printf(ngettext("%u second", "%u seconds", seconds), seconds);
}
