/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_PATH_VIEW_H
#define DS_APP_DESKTOP_PATH_VIEW_H

#include "app/session/path_record.h"
#include "ui/path/path_indicator.h"

/* What is known of the path that carries a session, and its rates. All zero: nothing. Main thread.
 */
struct ds_path_view {
    struct ds_path_record record;
    bool has_stats;
    double rx_bytes_per_s, tx_bytes_per_s;
};

/** Take the session's counters, which come once a second. */
void ds_path_view_set_stats(struct ds_path_view *view, const struct ds_peer_stats *stats);

/** Return the round trip in milliseconds, as it was measured last; 0: not known. */
unsigned ds_path_view_rtt_ms(const struct ds_path_view *view);

/** Show it all on an indicator. */
void ds_path_view_show(const struct ds_path_view *view, DsPathIndicator *indicator);

#endif
