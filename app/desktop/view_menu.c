/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/view_menu.h"

#include <glib/gi18n.h>

#include "app/desktop/settings.h"

struct ds_view_menu {
    DsViewer *viewer; /* a reference, as all here */
    GMenu *menu;
    GMenuModel *section; /* how sharp it is */
    GMenuModel *figures;
    gboolean is_shown;
};

/* The names of the settings' values, which the action takes. */
static GMenuModel *
make_section(void)
{
    static const struct {
        const char *label;
        const char *action;
    } rows[] = {
            {N_("_Automatic"), "win.quality::automatic"},
            {N_("_Sharpest"), "win.quality::sharpest"},
            {N_("_Fastest"), "win.quality::fastest"},
    };
    GMenu *section = g_menu_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_menu_append(section, _(rows[i].label), rows[i].action);
    return G_MENU_MODEL(section);
}

static void
on_map(struct ds_view_menu *menu)
{
    if (menu->is_shown)
        return;
    g_menu_insert_section(menu->menu, 0, _("Picture Quality"), menu->section);
    g_menu_insert_section(menu->menu, 1, NULL, menu->figures);
    menu->is_shown = TRUE;
}

static void
on_unmap(struct ds_view_menu *menu)
{
    if (!menu->is_shown)
        return;
    g_menu_remove(menu->menu, 1);
    g_menu_remove(menu->menu, 0);
    menu->is_shown = FALSE;
}

static GMenuModel *
make_figures(void)
{
    GMenu *section = g_menu_new();
    g_menu_append(section, _("F_igures"), "win.figures");
    return G_MENU_MODEL(section);
}

/* The action's state is what is to be seen. */
static void
add_figures_action(DsWindow *window)
{
    g_autoptr(GPropertyAction) figures =
            g_property_action_new("figures", ds_window_get_figures(window), "visible");
    g_action_map_add_action(G_ACTION_MAP(window), G_ACTION(figures));
}

struct ds_view_menu *
ds_view_menu_new(DsWindow *window, GMenu *menu, GSettings *settings)
{
    struct ds_view_menu *view = g_new0(struct ds_view_menu, 1);
    view->viewer = g_object_ref(ds_window_get_viewer(window));
    view->menu = g_object_ref(menu);
    view->section = make_section();
    view->figures = make_figures();
    add_figures_action(window);
    if (ds_settings_has(settings, DS_SETTING_QUALITY)) {
        g_autoptr(GAction) quality = g_settings_create_action(settings, DS_SETTING_QUALITY);
        g_action_map_add_action(G_ACTION_MAP(window), quality);
    }
    g_signal_connect_swapped(view->viewer, "map", G_CALLBACK(on_map), view);
    g_signal_connect_swapped(view->viewer, "unmap", G_CALLBACK(on_unmap), view);
    return view;
}

void
ds_view_menu_free(struct ds_view_menu *menu)
{
    if (menu == NULL)
        return;
    g_signal_handlers_disconnect_by_data(menu->viewer, menu);
    on_unmap(menu);
    g_clear_object(&menu->viewer);
    g_clear_object(&menu->menu);
    g_clear_object(&menu->section);
    g_clear_object(&menu->figures);
    g_free(menu);
}
