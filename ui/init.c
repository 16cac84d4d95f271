/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/init.h"

#include <glib/gi18n-lib.h>
#include <gtk/gtk-a11y.h>
#include <gtk/gtk.h>
#include <handy.h>

#include "ui/ds-ui-resources.h"

#define RESOURCES "/org/deskside/Deskside"

/*
 * GTK takes the direction from its own catalogue; where a language has GTK's texts and not ours,
 * that would mirror an English window.
 */
static void
set_direction(void)
{
    /* Translators: write default:RTL where your language is written from right to left, and leave
     * it as it is otherwise. Do not translate the words. */
    const char *direction = _("default:LTR");
    gtk_widget_set_default_direction(
            strcmp(direction, "default:RTL") == 0 ? GTK_TEXT_DIR_RTL : GTK_TEXT_DIR_LTR);
}

static void
add_style(void)
{
    g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();
    gtk_css_provider_load_from_resource(provider, RESOURCES "/style.css");
    gtk_style_context_add_provider_for_screen(gdk_screen_get_default(),
            GTK_STYLE_PROVIDER(provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static AtkStateSet *(*ref_popover_states)(AtkObject *popover);

static AtkStateSet *
ref_states(AtkObject *popover)
{
    if (gtk_accessible_get_widget(GTK_ACCESSIBLE(popover)) != NULL)
        return ref_popover_states(popover);
    AtkStateSet *states = atk_state_set_new();
    atk_state_set_add_state(states, ATK_STATE_DEFUNCT);
    return states;
}

/*
 * GTK 3.24 asks a popover for its states whether it is modal, and does not look whether it is still
 * there; at-spi2-atk 2.46 looks at what has just gone. So a program that ends complains, which
 * under G_DEBUG=fatal-warnings ends it with a signal. May go with GTK 3.
 */
static void
mend_popovers(void)
{
    AtkObjectClass *klass = g_type_class_ref(GTK_TYPE_POPOVER_ACCESSIBLE);
    ref_popover_states = klass->ref_state_set;
    klass->ref_state_set = ref_states;
}

void
ds_ui_init(void)
{
    /* A static library: nothing else would keep the resources from being left out. */
    g_resources_register(ds_ui_get_resource());
    hdy_init();
    hdy_style_manager_set_color_scheme(
            hdy_style_manager_get_default(), HDY_COLOR_SCHEME_PREFER_LIGHT);
    gtk_icon_theme_add_resource_path(gtk_icon_theme_get_default(), RESOURCES "/icons");
    add_style();
    set_direction();
    mend_popovers();
}
