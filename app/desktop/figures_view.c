/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/figures_view.h"

/* They are asked for once a second while they are to be seen. */
#define PAUSE_US (3 * G_USEC_PER_SEC)

static double
share(guint64 part, guint64 all)
{
    return all > 0 ? (double)part / (double)all : -1;
}

static struct ds_decoded
difference(const struct ds_decoded *now, const struct ds_decoded *before)
{
    return (struct ds_decoded){
            .updates = now->updates - before->updates,
            .cpu_us = now->cpu_us - before->cpu_us,
            .exact = now->exact - before->exact,
            .photo = now->photo - before->photo,
            .moved = now->moved - before->moved,
    };
}

static void
set_decoded(DsFigureValues *values, const struct ds_decoded *fresh, gint64 time_us)
{
    guint64 pixels = fresh->exact + fresh->photo + fresh->moved;
    values->pictures_per_s = (double)fresh->updates * G_USEC_PER_SEC / (double)time_us;
    values->decoding_ms =
            fresh->updates > 0 ? (double)fresh->cpu_us / 1000 / (double)fresh->updates : 0;
    values->exact_share = share(fresh->exact, pixels);
    values->photo_share = share(fresh->photo, pixels);
    values->moved_share = share(fresh->moved, pixels);
}

void
ds_figures_view_show(struct ds_figures_view *view, const struct ds_decoded *decoded, gint64 now_us,
        const struct ds_path_view *path, DsFigures *figures)
{
    gint64 time_us = now_us - view->at_us;
    struct ds_decoded fresh = difference(decoded, &view->last);
    unsigned rtt_ms = ds_path_view_rtt_ms(path);
    DsFigureValues values = {
            .pictures_per_s = -1,
            .decoding_ms = -1,
            .exact_share = -1,
            .rtt_ms = rtt_ms > 0 ? (double)rtt_ms : -1,
            .rx_bytes_per_s = path->has_stats ? path->rx_bytes_per_s : -1,
            .path = ds_path_kind_text(path->record.path.kind),
    };
    if (time_us > 0 && time_us < PAUSE_US)
        set_decoded(&values, &fresh, time_us);
    view->last = *decoded;
    view->at_us = now_us;
    ds_figures_set(figures, &values);
}
