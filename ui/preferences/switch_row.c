/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/preferences/switch_row.h"

#include <glib/gi18n-lib.h>

struct _DsSwitchRow {
    GtkBox parent_instance;

    /* Template widgets */
    GtkLabel *label;
    GtkSwitch *toggle;
    GtkLabel *hint;

    /* Owned */
    char *hint_text;

    gboolean is_locked;
};

G_DEFINE_FINAL_TYPE(DsSwitchRow, ds_switch_row, GTK_TYPE_BOX)

enum {
    PROP_LABEL = 1,
    PROP_HINT,
    PROP_ACTIVE,
    PROP_LOCKED,
    N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static void
on_active(DsSwitchRow *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_ACTIVE]);
}

/* What it does matters to who cannot change it, too. */
static void
update_hint(DsSwitchRow *self)
{
    g_autofree char *text = self->is_locked ? g_strconcat(self->hint_text, " ",
                                                      _("Your administrator has set this."), NULL)
                                            : g_strdup(self->hint_text);
    gtk_label_set_text(self->hint, text);
    atk_object_set_description(gtk_widget_get_accessible(GTK_WIDGET(self->toggle)), text);
    gtk_widget_set_sensitive(GTK_WIDGET(self->toggle), !self->is_locked);
}

static void
set_label(DsSwitchRow *self, const char *label)
{
    gtk_label_set_label(self->label, label);
    atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(self->toggle)),
            gtk_label_get_text(self->label)); /* without the mnemonic's mark */
}

static void
ds_switch_row_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    DsSwitchRow *self = DS_SWITCH_ROW(object);
    switch (id) {
    case PROP_LABEL:
        set_label(self, g_value_get_string(value));
        break;
    case PROP_HINT:
        g_free(self->hint_text);
        self->hint_text = g_value_dup_string(value);
        update_hint(self);
        break;
    case PROP_ACTIVE:
        gtk_switch_set_active(self->toggle, g_value_get_boolean(value));
        break;
    case PROP_LOCKED:
        self->is_locked = g_value_get_boolean(value);
        update_hint(self);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
ds_switch_row_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    DsSwitchRow *self = DS_SWITCH_ROW(object);
    if (id == PROP_ACTIVE)
        g_value_set_boolean(value, gtk_switch_get_active(self->toggle));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void
ds_switch_row_finalize(GObject *object)
{
    g_free(DS_SWITCH_ROW(object)->hint_text);
    G_OBJECT_CLASS(ds_switch_row_parent_class)->finalize(object);
}

static void
ds_switch_row_class_init(DsSwitchRowClass *klass)
{
    const GParamFlags write = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;
    const GParamFlags both = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    object_class->set_property = ds_switch_row_set_property;
    object_class->get_property = ds_switch_row_get_property;
    object_class->finalize = ds_switch_row_finalize;
    properties[PROP_LABEL] = g_param_spec_string("label", NULL, NULL, "", write);
    properties[PROP_HINT] = g_param_spec_string("hint", NULL, NULL, "", write);
    properties[PROP_ACTIVE] = g_param_spec_boolean("active", NULL, NULL, FALSE, both);
    properties[PROP_LOCKED] = g_param_spec_boolean("locked", NULL, NULL, FALSE, write);
    g_object_class_install_properties(object_class, N_PROPERTIES, properties);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/preferences/switch_row.ui");
    gtk_widget_class_bind_template_child(widget_class, DsSwitchRow, label);
    gtk_widget_class_bind_template_child(widget_class, DsSwitchRow, toggle);
    gtk_widget_class_bind_template_child(widget_class, DsSwitchRow, hint);
    gtk_widget_class_bind_template_callback(widget_class, on_active);
}

static void
ds_switch_row_init(DsSwitchRow *self)
{
    self->hint_text = g_strdup("");
    gtk_widget_init_template(GTK_WIDGET(self));
}
