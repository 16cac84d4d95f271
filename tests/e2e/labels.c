/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/e2e/labels.h"

/* A label may change its size in the first frame's layout, and its neighbours in the next. */
#define FRAMES 4

typedef void (*LabelFunc)(GtkWidget *widget, void *data);

struct walk {
    LabelFunc func;
    void *data;
};

static gboolean
on_frame(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
    int *left = data;
    (*left)--;
    return *left > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void
labels_settle(GtkWidget *window)
{
    int left = FRAMES;
    gtk_widget_add_tick_callback(window, on_frame, &left, NULL);
    while (left > 0)
        gtk_main_iteration();
}

static void
on_widget(GtkWidget *widget, gpointer data)
{
    const struct walk *walk = data;
    if (!gtk_widget_get_mapped(widget))
        return;
    if (GTK_IS_LABEL(widget) || GTK_IS_ENTRY(widget))
        walk->func(widget, walk->data);
    else if (GTK_IS_CONTAINER(widget))
        gtk_container_forall(GTK_CONTAINER(widget), on_widget, data);
}

static void
each_label(GtkWidget *window, LabelFunc func, void *data)
{
    struct walk walk = {func, data};
    on_widget(window, &walk);
}

static gboolean
is_outside(GtkWidget *widget, int width)
{
    int x;
    GtkWidget *window = gtk_widget_get_toplevel(widget);
    gtk_widget_translate_coordinates(widget, window, 0, 0, &x, NULL);
    return x < 0 || x + width > gtk_widget_get_allocated_width(window);
}

/* The widest text for which an entry needs no scrolling, in pixels. */
static int
room_in_entry(GtkWidget *entry)
{
    GtkBorder padding, border;
    GtkStyleContext *style = gtk_widget_get_style_context(entry);
    GtkStateFlags state = gtk_style_context_get_state(style);
    gtk_style_context_get_padding(style, state, &padding);
    gtk_style_context_get_border(style, state, &border);
    return gtk_widget_get_allocated_width(entry) - padding.left - padding.right - border.left -
           border.right;
}

/* Says what is wrong, or NULL. */
static const char *
trouble_of(GtkWidget *widget)
{
    int width, height;
    gboolean is_label = GTK_IS_LABEL(widget);
    PangoLayout *layout = is_label ? gtk_label_get_layout(GTK_LABEL(widget))
                                   : gtk_entry_get_layout(GTK_ENTRY(widget));
    pango_layout_get_pixel_size(layout, &width, &height);
    if (pango_layout_is_ellipsized(layout))
        return "shortened";
    if (width > (is_label ? gtk_widget_get_allocated_width(widget) : room_in_entry(widget)) ||
            height > gtk_widget_get_allocated_height(widget))
        return "cut off";
    return is_outside(widget, gtk_widget_get_allocated_width(widget)) ? "outside" : NULL;
}

static const char *
text_of(GtkWidget *widget)
{
    return GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget))
                                : gtk_entry_get_text(GTK_ENTRY(widget));
}

static void
print_trouble(GtkWidget *widget, void *data)
{
    int *count = data;
    const char *trouble = trouble_of(widget);
    if (text_of(widget)[0] == '\0')
        return;
    (*count)++;
    if (trouble != NULL)
        g_print("%s: %s\n", trouble, text_of(widget));
}

void
labels_print(GtkWidget *window)
{
    int width, count = 0;
    each_label(window, print_trouble, &count);
    gtk_window_get_size(GTK_WINDOW(window), &width, NULL);
    g_print("WIDTH %d LABELS %d\n", width, count);
}

/* The first two labels. */
struct pair {
    GtkWidget *label[2];
    guint n;
};

static void
collect(GtkWidget *widget, void *data)
{
    struct pair *pair = data;
    if (GTK_IS_LABEL(widget) && pair->n < G_N_ELEMENTS(pair->label))
        pair->label[pair->n++] = widget;
}

void
labels_spoil(GtkWidget *window)
{
    struct pair pair = {.n = 0};
    each_label(window, collect, &pair);
    g_return_if_fail(pair.n == G_N_ELEMENTS(pair.label));
    for (guint i = 0; i < pair.n; i++) {
        GtkAllocation allocation;
        gtk_label_set_ellipsize(GTK_LABEL(pair.label[i]), i == 0 ? PANGO_ELLIPSIZE_END : 0);
        gtk_widget_get_allocation(pair.label[i], &allocation);
        allocation.width /= 2;
        gtk_widget_size_allocate(pair.label[i], &allocation);
    }
}
