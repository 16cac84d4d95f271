/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/figures.h"

#include <glib/gi18n-lib.h>

#include "ui/isolate.h"

enum { ROW_SPACING_PX = 2, COLUMN_SPACING_PX = 12, WIDTH_CHARS = 28 };

/* The rows, from the top. */
enum {
    PICTURES,
    DELAY,
    RATE,
    ENCODING,
    PATH,
    N_ROWS,
};

struct _DsFigures {
    GtkGrid parent_instance;

    GtkLabel *values[N_ROWS]; /* borrowed: children */
};

G_DEFINE_FINAL_TYPE(DsFigures, ds_figures, GTK_TYPE_GRID)

static void
ds_figures_class_init(DsFiguresClass *klass)
{
    gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "figures");
    gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), ATK_ROLE_PANEL);
}

static GtkWidget *
make_label(const char *text)
{
    GtkWidget *label = gtk_label_new(text);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(label), WIDTH_CHARS);
    gtk_widget_set_valign(label, GTK_ALIGN_BASELINE);
    gtk_widget_show(label);
    return label;
}

static void
ds_figures_init(DsFigures *self)
{
    static const char *const names[N_ROWS] = {
            [PICTURES] = N_("Pictures a second"),
            [DELAY] = N_("Delay"),
            [RATE] = N_("Data a second"),
            [ENCODING] = N_("Encoding"),
            [PATH] = N_("Connection"),
    };
    GtkGrid *grid = GTK_GRID(self);
    gtk_grid_set_row_spacing(grid, ROW_SPACING_PX);
    gtk_grid_set_column_spacing(grid, COLUMN_SPACING_PX);
    atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(self)), _("Figures"));
    /* A grid has its last child first, and that is how a screen reader goes through them. */
    for (int i = N_ROWS - 1; i >= 0; i--) {
        GtkWidget *name = make_label(_(names[i])), *value = make_label("–");
        gtk_grid_attach(grid, value, 1, i, 1, 1);
        gtk_grid_attach(grid, name, 0, i, 1, 1);
        atk_object_add_relationship(gtk_widget_get_accessible(value), ATK_RELATION_LABELLED_BY,
                gtk_widget_get_accessible(name));
        self->values[i] = GTK_LABEL(value);
    }
}

/* A label that is set anew is laid out anew. */
static void
set(DsFigures *self, int row, const char *text)
{
    if (!g_str_equal(gtk_label_get_text(self->values[row]), text))
        gtk_label_set_text(self->values[row], text);
}

static void
set_pictures(DsFigures *self, double pictures_per_s)
{
    g_autofree char *text = g_strdup_printf("%.0f", pictures_per_s);
    set(self, PICTURES, pictures_per_s >= 0 ? text : "–");
}

/* What a key takes to be seen: there and back, and to be decoded; more than that is not known. */
static void
set_delay(DsFigures *self, const DsFigureValues *values)
{
    g_autofree char *text = g_strdup_printf(
            /* Translators: %.0f are milliseconds; the second is of the first. */
            _("at least %.0f ms, %.0f of it to decode"), values->rtt_ms + values->decoding_ms,
            values->decoding_ms);
    set(self, DELAY, values->rtt_ms >= 0 && values->decoding_ms >= 0 ? text : "–");
}

static void
set_rate(DsFigures *self, double bytes_per_s)
{
    g_autofree char *size = bytes_per_s >= 0 ? g_format_size((guint64)bytes_per_s) : NULL;
    g_autofree char *isolated = size != NULL ? ds_isolate(size) : NULL;
    set(self, RATE, isolated != NULL ? isolated : "–");
}

static void
set_encoding(DsFigures *self, const DsFigureValues *values)
{
    g_autofree char *text = g_strdup_printf(
            /* Translators: how the picture's pixels came; "photo" is with loss, as JPEG. */
            _("%.0f %% exact, %.0f %% photo, %.0f %% moved"), 100 * values->exact_share,
            100 * values->photo_share, 100 * values->moved_share);
    set(self, ENCODING, values->exact_share >= 0 ? text : "–");
}

static void
set_path(DsFigures *self, const DsFigureValues *values)
{
    g_autofree char *text = g_strdup_printf(
            /* Translators: the kind of connection, and its round trip in milliseconds. */
            _("%s, %.0f ms"), values->path, values->rtt_ms);
    set(self, PATH, values->rtt_ms >= 0 ? text : values->path);
}

void
ds_figures_set(DsFigures *self, const DsFigureValues *values)
{
    g_return_if_fail(DS_IS_FIGURES(self));
    set_pictures(self, values->pictures_per_s);
    set_delay(self, values);
    set_rate(self, values->rx_bytes_per_s);
    set_encoding(self, values);
    if (values->path != NULL)
        set_path(self, values);
    else
        set(self, PATH, "–");
}
