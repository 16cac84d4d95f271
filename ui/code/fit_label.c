/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/code/fit_label.h"

struct _DsFitLabel {
    GtkLabel parent_instance;

    double scale; /* of the style's size */
};

G_DEFINE_FINAL_TYPE(DsFitLabel, ds_fit_label, GTK_TYPE_LABEL)

/* The smallest scale. */
#define SCALE_MIN 0.4
/* A difference that nobody sees is not worth a new layout. */
#define SCALE_STEP 0.01

/* Returned owned. */
static PangoAttrList *
attributes(double scale)
{
    PangoAttrList *list = pango_attr_list_new();
    pango_attr_list_insert(list, pango_attr_font_features_new("tnum"));
    pango_attr_list_insert(list, pango_attr_scale_new(scale));
    return list;
}

/* The text as it would be at this scale, on one line. Returned owned. */
static PangoLayout *
layout_at(DsFitLabel *self, double scale)
{
    PangoLayout *layout =
            gtk_widget_create_pango_layout(GTK_WIDGET(self), gtk_label_get_text(GTK_LABEL(self)));
    g_autoptr(PangoAttrList) list = attributes(scale);
    pango_layout_set_attributes(layout, list);
    return layout;
}

/* In pixels. */
static int
width_at(DsFitLabel *self, double scale)
{
    g_autoptr(PangoLayout) layout = layout_at(self, scale);
    int width;
    pango_layout_get_pixel_size(layout, &width, NULL);
    return width;
}

static void
set_scale(DsFitLabel *self, double scale)
{
    g_autoptr(PangoAttrList) list = attributes(scale);
    self->scale = scale;
    gtk_label_set_attributes(GTK_LABEL(self), list);
}

/* The largest scale whose line fits. Glyphs are whole pixels wide: a line is not quite linear. */
static double
scale_for(DsFitLabel *self, int width)
{
    double scale = CLAMP((double)width / MAX(width_at(self, 1), 1), SCALE_MIN, 1);
    while (scale > SCALE_MIN && width_at(self, scale) > width)
        scale = MAX(scale - SCALE_STEP, SCALE_MIN);
    return scale;
}

static void
ds_fit_label_size_allocate(GtkWidget *widget, GtkAllocation *allocation)
{
    DsFitLabel *self = DS_FIT_LABEL(widget);
    double scale = scale_for(self, allocation->width);
    if (ABS(scale - self->scale) >= SCALE_STEP / 2)
        set_scale(self, scale);
    GTK_WIDGET_CLASS(ds_fit_label_parent_class)->size_allocate(widget, allocation);
}

/* Asked for before the width is given: GTK 3 drops a wish for another height made then. */
static void
ds_fit_label_get_preferred_height_and_baseline_for_width(GtkWidget *widget, int width, int *minimum,
        int *natural, int *minimum_baseline, int *natural_baseline)
{
    DsFitLabel *self = DS_FIT_LABEL(widget);
    if (width < 0) {
        GTK_WIDGET_CLASS(ds_fit_label_parent_class)
                ->get_preferred_height_and_baseline_for_width(
                        widget, width, minimum, natural, minimum_baseline, natural_baseline);
        return;
    }
    g_autoptr(PangoLayout) layout = layout_at(self, scale_for(self, width));
    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_get_pixel_size(layout, NULL, minimum);
    *natural = *minimum;
    if (minimum_baseline != NULL)
        *minimum_baseline = *natural_baseline = -1;
}

static void
ds_fit_label_class_init(DsFitLabelClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    widget_class->get_preferred_height_and_baseline_for_width =
            ds_fit_label_get_preferred_height_and_baseline_for_width;
    widget_class->size_allocate = ds_fit_label_size_allocate;
}

static void
ds_fit_label_init(DsFitLabel *self)
{
    gtk_label_set_line_wrap(GTK_LABEL(self), TRUE);
    gtk_label_set_justify(GTK_LABEL(self), GTK_JUSTIFY_CENTER);
    set_scale(self, 1);
}
