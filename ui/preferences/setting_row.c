/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/preferences/setting_row.h"

#include <glib/gi18n-lib.h>

typedef struct {
    /* Template widgets */
    GtkBox *header;
    GtkLabel *label;
    GtkLabel *hint;

    /* Borrowed */
    GtkWidget *field;

    /* Owned */
    char *hint_text;

    gboolean keeps_hint;
    gboolean is_locked;
} DsSettingRowPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(DsSettingRow, ds_setting_row, GTK_TYPE_BOX)

enum {
    PROP_LABEL = 1,
    PROP_HINT,
    PROP_LOCKED,
    N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static DsSettingRowPrivate *
get_private(DsSettingRow *self)
{
    return ds_setting_row_get_instance_private(self);
}

/* Returns owned text. */
static char *
make_hint(DsSettingRow *self)
{
    DsSettingRowPrivate *priv = get_private(self);
    const char *locked = _("Your administrator has set this.");
    if (!priv->is_locked)
        return g_strdup(priv->hint_text);
    return priv->keeps_hint ? g_strconcat(priv->hint_text, " ", locked, NULL) : g_strdup(locked);
}

static void
update_hint(DsSettingRow *self)
{
    DsSettingRowPrivate *priv = get_private(self);
    g_autofree char *text = make_hint(self);
    gtk_label_set_text(priv->hint, text);
    atk_object_set_description(gtk_widget_get_accessible(priv->field), text);
    gtk_widget_set_sensitive(priv->field, !priv->is_locked);
}

static void
set_label(DsSettingRow *self, const char *label)
{
    DsSettingRowPrivate *priv = get_private(self);
    gtk_label_set_label(priv->label, label);
    atk_object_set_name(gtk_widget_get_accessible(priv->field),
            gtk_label_get_text(priv->label)); /* without the mnemonic's mark */
}

static void
ds_setting_row_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    DsSettingRow *self = DS_SETTING_ROW(object);
    DsSettingRowPrivate *priv = get_private(self);
    switch (id) {
    case PROP_LABEL:
        set_label(self, g_value_get_string(value));
        break;
    case PROP_HINT:
        g_free(priv->hint_text);
        priv->hint_text = g_value_dup_string(value);
        update_hint(self);
        break;
    case PROP_LOCKED:
        priv->is_locked = g_value_get_boolean(value);
        update_hint(self);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
ds_setting_row_finalize(GObject *object)
{
    g_free(get_private(DS_SETTING_ROW(object))->hint_text);
    G_OBJECT_CLASS(ds_setting_row_parent_class)->finalize(object);
}

static void
ds_setting_row_class_init(DsSettingRowClass *klass)
{
    const GParamFlags write = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    object_class->set_property = ds_setting_row_set_property;
    object_class->finalize = ds_setting_row_finalize;
    properties[PROP_LABEL] = g_param_spec_string("label", NULL, NULL, "", write);
    properties[PROP_HINT] = g_param_spec_string("hint", NULL, NULL, "", write);
    properties[PROP_LOCKED] = g_param_spec_boolean("locked", NULL, NULL, FALSE, write);
    g_object_class_install_properties(object_class, N_PROPERTIES, properties);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/preferences/setting_row.ui");
    gtk_widget_class_bind_template_child_internal_private(widget_class, DsSettingRow, header);
    gtk_widget_class_bind_template_child_private(widget_class, DsSettingRow, label);
    gtk_widget_class_bind_template_child_private(widget_class, DsSettingRow, hint);
}

static void
ds_setting_row_init(DsSettingRow *self)
{
    get_private(self)->hint_text = g_strdup("");
    gtk_widget_init_template(GTK_WIDGET(self));
}

void
ds_setting_row_set_field(DsSettingRow *self, GtkWidget *field, gboolean keeps_hint)
{
    g_return_if_fail(DS_IS_SETTING_ROW(self));
    DsSettingRowPrivate *priv = get_private(self);
    priv->field = field;
    priv->keeps_hint = keeps_hint;
    gtk_label_set_mnemonic_widget(priv->label, field);
}
