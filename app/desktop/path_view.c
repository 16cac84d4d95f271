/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/path_view.h"

#include "app/session/why_sentences.h"

static DsPathState
state_of(enum ds_path_kind kind)
{
    if (kind == DS_PATH_NONE)
        return DS_PATH_STATE_RECONNECTING;
    return kind == DS_PATH_RELAY ? DS_PATH_STATE_RELAYED : DS_PATH_STATE_DIRECT;
}

void
ds_path_view_set_stats(struct ds_path_view *view, const struct ds_peer_stats *stats)
{
    struct ds_peer_stats *last = &view->record.stats;
    view->rx_bytes_per_s = (double)(stats->received_bytes - last->received_bytes);
    view->tx_bytes_per_s = (double)(stats->sent_bytes - last->sent_bytes);
    *last = *stats;
    view->has_stats = true;
}

unsigned
ds_path_view_rtt_ms(const struct ds_path_view *view)
{
    unsigned rtt_ms = view->record.stats.rtt_ms;
    return rtt_ms > 0 ? rtt_ms : view->record.path.rtt_ms;
}

static const char *
format(const struct ds_addr *addr, char text[static DS_ADDR_TEXT_MAX])
{
    return addr->len > 0 ? ds_addr_format(addr, text) : NULL;
}

void
ds_path_view_show(const struct ds_path_view *view, DsPathIndicator *indicator)
{
    const struct ds_peer_path *path = &view->record.path;
    bool is_relayed = path->kind == DS_PATH_RELAY;
    g_autofree char *why = is_relayed ? ds_why_text(&path->why_not, view->record.is_locked) : NULL;
    char local[DS_ADDR_TEXT_MAX], remote[DS_ADDR_TEXT_MAX];
    unsigned rtt_ms = ds_path_view_rtt_ms(view);
    const DsPathDetails details = {
            .kind = ds_path_kind_text(path->kind),
            .note = why,
            .local = format(&path->local, local),
            .remote = format(&path->remote, remote),
            .encryption = "TLS 1.3",
            .rtt_ms = rtt_ms > 0 ? (double)rtt_ms : -1,
            .rx_bytes_per_s = view->has_stats ? view->rx_bytes_per_s : -1,
            .tx_bytes_per_s = view->has_stats ? view->tx_bytes_per_s : -1,
    };
    ds_path_indicator_set_state(indicator, state_of(path->kind));
    ds_path_indicator_set_details(indicator, &details);
}
