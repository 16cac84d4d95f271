/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/menu.h"

#include <glib/gi18n.h>

#include "app/desktop/settings_view.h"
#include "app/desktop/view_menu.h"
#include "ui/about.h"
#include "ui/shortcuts.h"

struct ds_menu {
    DsWindow *window;    /* borrowed */
    GSettings *settings; /* owned; may be NULL */
    struct ds_view_menu *view;

    /* GTK's; NULL: not open */
    GtkWidget *preferences;
    GtkWidget *shortcuts;
    GtkWidget *about;
};

/* Shows a window of the menu's: the one that is open, or a new one. */
static void
show(struct ds_menu *menu, GtkWidget **slot, GtkWindow *(*make)(struct ds_menu *menu))
{
    if (*slot == NULL) {
        *slot = GTK_WIDGET(make(menu));
        g_signal_connect(*slot, "destroy", G_CALLBACK(gtk_widget_destroyed), slot);
    }
    gtk_window_present(GTK_WINDOW(*slot));
}

static GtkWindow *
make_preferences(struct ds_menu *menu)
{
    return ds_settings_view_new(GTK_WINDOW(menu->window), menu->settings);
}

static GtkWindow *
make_shortcuts(struct ds_menu *menu)
{
    return ds_shortcuts_new(GTK_WINDOW(menu->window));
}

static GtkWindow *
make_about(struct ds_menu *menu)
{
    return ds_about_new(GTK_WINDOW(menu->window), DS_VERSION);
}

static void
on_preferences(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    struct ds_menu *menu = data;
    show(menu, &menu->preferences, make_preferences);
}

static void
on_shortcuts(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    struct ds_menu *menu = data;
    show(menu, &menu->shortcuts, make_shortcuts);
}

static void
on_about(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    struct ds_menu *menu = data;
    show(menu, &menu->about, make_about);
}

static GMenu *
make_model(void)
{
    GMenu *model = g_menu_new();
    g_autoptr(GMenu) first = g_menu_new();
    g_autoptr(GMenu) last = g_menu_new();
    g_menu_append(first, _("_Preferences"), "win.preferences");
    g_menu_append(first, _("Check _Network…"), "win.check-network");
    g_menu_append(first, _("_Keyboard Shortcuts"), "win.shortcuts");
    g_menu_append(first, _("_About Deskside"), "win.about");
    g_menu_append(last, _("_Quit"), "app.quit");
    g_menu_append_section(model, NULL, G_MENU_MODEL(first));
    g_menu_append_section(model, NULL, G_MENU_MODEL(last));
    return model;
}

static void
add_actions(struct ds_menu *menu)
{
    static const GActionEntry entries[] = {
            {.name = "preferences", .activate = on_preferences},
            {.name = "shortcuts", .activate = on_shortcuts},
            {.name = "about", .activate = on_about},
    };
    GActionMap *map = G_ACTION_MAP(menu->window);
    g_action_map_add_action_entries(map, entries, G_N_ELEMENTS(entries), menu);
    g_simple_action_set_enabled(G_SIMPLE_ACTION(g_action_map_lookup_action(map, "preferences")),
            menu->settings != NULL);
}

static void
add_keys(GtkApplication *application)
{
    static const struct {
        const char *action;
        const char *keys[3];
    } rows[] = {
            {"app.quit", {"<Primary>q"}},
            {"win.preferences", {"<Primary>comma"}},
            {"win.shortcuts", {"<Primary>question", "<Primary>F1"}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        gtk_application_set_accels_for_action(application, rows[i].action, rows[i].keys);
}

struct ds_menu *
ds_menu_new(DsWindow *window, GSettings *settings)
{
    struct ds_menu *menu = g_new0(struct ds_menu, 1);
    g_autoptr(GMenu) model = make_model();
    menu->window = window;
    g_set_object(&menu->settings, settings);
    add_actions(menu);
    add_keys(gtk_window_get_application(GTK_WINDOW(window)));
    menu->view = ds_view_menu_new(window, model, settings);
    ds_window_set_menu(window, G_MENU_MODEL(model));
    return menu;
}

void
ds_menu_free(struct ds_menu *menu)
{
    if (menu == NULL)
        return;
    GtkWidget *const windows[] = {menu->preferences, menu->about};
    for (size_t i = 0; i < G_N_ELEMENTS(windows); i++)
        if (windows[i] != NULL)
            gtk_widget_destroy(windows[i]);
    if (menu->shortcuts != NULL) {
        g_signal_handlers_disconnect_by_data(menu->shortcuts, &menu->shortcuts);
        gtk_widget_hide(menu->shortcuts);
    }
    ds_view_menu_free(menu->view);
    g_clear_object(&menu->settings);
    g_free(menu);
}
