/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_FIGURES_VIEW_H
#define DS_APP_DESKTOP_FIGURES_VIEW_H

#include "app/desktop/path_view.h"
#include "app/view/decoder_wire.h"
#include "ui/view/figures.h"

/* What was decoded when it was last asked for. All zero: never. Main thread. */
struct ds_figures_view {
    struct ds_decoded last;
    gint64 at_us; /* of g_get_monotonic_time() */
};

/**
 * Show on `figures` what came since the last call, at `now_us` of g_get_monotonic_time(), and how
 * the path is. After a pause, and at first, what was decoded is not known until the next call.
 */
void ds_figures_view_show(struct ds_figures_view *view, const struct ds_decoded *decoded,
        gint64 now_us, const struct ds_path_view *path, DsFigures *figures);

#endif
