/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/keys_menu.h"

#include <gdk/gdkkeysyms.h>
#include <glib/gi18n.h>

enum { KEYS_MAX = 3 };

struct chord {
    const char *name, *label;
    guint keysyms[KEYS_MAX + 1];
};

static const struct chord chords[] = {
        {"ctrl-alt-del", N_("Ctrl+Alt+_Delete"),
                {GDK_KEY_Control_L, GDK_KEY_Alt_L, GDK_KEY_Delete}},
        {"super", N_("_Super Key"), {GDK_KEY_Super_L}},
        {"alt-tab", N_("Alt+_Tab"), {GDK_KEY_Alt_L, GDK_KEY_Tab}},
        {"alt-f4", N_("Alt+F_4"), {GDK_KEY_Alt_L, GDK_KEY_F4}},
        {"ctrl-esc", N_("Ctrl+_Esc"), {GDK_KEY_Control_L, GDK_KEY_Escape}},
        {"print", N_("_Print Screen"), {GDK_KEY_Print}},
        {"shift-f9", N_("Shift+F_9"), {GDK_KEY_Shift_L, GDK_KEY_F9}},
        {"shift-f11", N_("Shift+F_11"), {GDK_KEY_Shift_L, GDK_KEY_F11}},
        {"shift-f12", N_("Shift+F1_2"), {GDK_KEY_Shift_L, GDK_KEY_F12}},
};

GMenuModel *
ds_keys_menu_new(const char *reason)
{
    GMenu *model = g_menu_new();
    g_autoptr(GMenu) keys = g_menu_new();
    g_autoptr(GMenu) grab = g_menu_new();
    for (size_t i = 0; i < G_N_ELEMENTS(chords); i++) {
        g_autoptr(GMenuItem) item = g_menu_item_new(_(chords[i].label), NULL);
        g_menu_item_set_action_and_target(item, "keys.send", "s", chords[i].name);
        g_menu_append_item(keys, item);
    }
    g_menu_append(grab, _("Send _All Keys"), "keys.grab");
    g_menu_append_section(model, reason, G_MENU_MODEL(keys));
    g_menu_append_section(model, NULL, G_MENU_MODEL(grab));
    return G_MENU_MODEL(model);
}

const guint *
ds_keys_menu_chord(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(chords); i++)
        if (g_str_equal(chords[i].name, name))
            return chords[i].keysyms;
    return NULL;
}
