/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/network_view.h"

#include "app/session/network_check.h"
#include "ui/network/network_dialog.h"

struct ds_network_view {
    DsWindow *window;          /* borrowed */
    struct ds_net_thread *net; /* borrowed */
    struct ds_relay_addr relay;
    gboolean has_relay;
    uint32_t map_lease_s;

    DsNetworkDialog *dialog;        /* GTK's; NULL: not open */
    struct ds_network_check *check; /* owned; NULL: none was begun since it was opened */
    char *report;                   /* owned; of the last one */
};

static void
on_checked(void *arg, const struct ds_netcheck_report *sentences, const char *report)
{
    struct ds_network_view *view = arg;
    const DsNetworkResult result = {
            .network = sentences->network,
            .expectations = (const char *const *)sentences->expectations,
            .advices = (const char *const *)sentences->advices,
            .findings = (const char *const *)sentences->findings,
    };
    g_free(view->report);
    view->report = g_strdup(report);
    ds_network_dialog_show_result(view->dialog, &result);
}

static void
check(struct ds_network_view *view)
{
    const struct ds_network_check_config config = {
            .relay = view->has_relay ? &view->relay : NULL,
            .map_lease_s = view->map_lease_s,
    };
    ds_network_check_free(view->check);
    view->check = ds_network_check_new(view->net, &config, on_checked, view);
    ds_network_dialog_show_busy(view->dialog);
}

static char *
on_report(DsNetworkDialog *dialog, gpointer data)
{
    struct ds_network_view *view = data;
    return g_strdup(view->report);
}

static void
on_destroy(DsNetworkDialog *dialog, gpointer data)
{
    struct ds_network_view *view = data;
    view->dialog = NULL;
    g_clear_pointer(&view->check, ds_network_check_free);
    g_clear_pointer(&view->report, g_free);
}

static void
open_dialog(struct ds_network_view *view)
{
    DsNetworkDialog *dialog = view->dialog = ds_network_dialog_new(GTK_WINDOW(view->window));
    g_signal_connect_swapped(dialog, "check", G_CALLBACK(check), view);
    g_signal_connect(dialog, "report", G_CALLBACK(on_report), view);
    g_signal_connect(dialog, "destroy", G_CALLBACK(on_destroy), view);
    check(view);
}

static void
on_check_network(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    struct ds_network_view *view = data;
    if (view->dialog == NULL)
        open_dialog(view);
    gtk_window_present(GTK_WINDOW(view->dialog));
}

struct ds_network_view *
ds_network_view_new(DsWindow *window, struct ds_net_thread *net)
{
    static const GActionEntry entry = {.name = "check-network", .activate = on_check_network};
    struct ds_network_view *view = g_new0(struct ds_network_view, 1);
    view->window = window;
    view->net = net;
    g_action_map_add_action_entries(G_ACTION_MAP(window), &entry, 1, view);
    return view;
}

void
ds_network_view_set_relay(struct ds_network_view *view, const struct ds_relay_addr *relay)
{
    view->has_relay = relay != NULL;
    if (relay != NULL)
        view->relay = *relay;
}

void
ds_network_view_set_map_lease(struct ds_network_view *view, uint32_t lease_s)
{
    view->map_lease_s = lease_s;
}

void
ds_network_view_free(struct ds_network_view *view)
{
    if (view == NULL)
        return;
    g_action_map_remove_action(G_ACTION_MAP(view->window), "check-network");
    if (view->dialog != NULL)
        gtk_widget_destroy(GTK_WIDGET(view->dialog));
    g_free(view);
}
