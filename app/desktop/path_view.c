/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/path_view.h"

#include <glib/gi18n.h>

static const char *
name_kind(enum ds_path_kind kind)
{
    switch (kind) {
    case DS_PATH_NONE:
        break;
    case DS_PATH_RELAY:
        return _("Through the relay");
    case DS_PATH_LAN:
        return _("In the same network");
    case DS_PATH_IPV6:
        return _("Direct, by IPv6");
    case DS_PATH_PUNCHED:
        return _("Direct, through the routers");
    case DS_PATH_MAPPED:
        return _("Direct, by a port that a router forwards");
    }
    return NULL;
}

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
    view->rx_bytes_per_s = (double)(stats->received_bytes - view->stats.received_bytes);
    view->tx_bytes_per_s = (double)(stats->sent_bytes - view->stats.sent_bytes);
    view->stats = *stats;
    view->has_stats = true;
}

static const char *
format(const struct ds_addr *addr, char text[static DS_ADDR_TEXT_MAX])
{
    return addr->len > 0 ? ds_addr_format(addr, text) : NULL;
}

void
ds_path_view_show(const struct ds_path_view *view, DsPathIndicator *indicator)
{
    const struct ds_peer_path *path = &view->path;
    char local[DS_ADDR_TEXT_MAX], remote[DS_ADDR_TEXT_MAX];
    unsigned rtt_ms = view->stats.rtt_ms > 0 ? view->stats.rtt_ms : path->rtt_ms;
    const DsPathDetails details = {
            .kind = name_kind(path->kind),
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
