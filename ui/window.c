/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window.h"

struct _DsWindow {
    HdyApplicationWindow parent_instance;

    /* Template widgets */
    GtkStack *pages;
    DsStartPage *start_page;
};

G_DEFINE_FINAL_TYPE(DsWindow, ds_window, HDY_TYPE_APPLICATION_WINDOW)

static GtkWidget *
widget_of(DsWindow *self, DsWindowPage page)
{
    GtkWidget *const pages[DS_WINDOW_N_PAGES] = {
            [DS_WINDOW_PAGE_START] = GTK_WIDGET(self->start_page),
    };
    g_return_val_if_fail(page < DS_WINDOW_N_PAGES, NULL);
    return pages[page];
}

static void
ds_window_class_init(DsWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    g_type_ensure(DS_TYPE_START_PAGE);
    gtk_widget_class_set_template_from_resource(widget_class, "/org/deskside/Deskside/window.ui");
    gtk_widget_class_bind_template_child(widget_class, DsWindow, pages);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, start_page);
}

static void
ds_window_init(DsWindow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    ds_window_show_page(self, DS_WINDOW_PAGE_START);
}

DsWindow *
ds_window_new(GtkApplication *application)
{
    return g_object_new(DS_TYPE_WINDOW, "application", application, NULL);
}

void
ds_window_show_page(DsWindow *self, DsWindowPage page)
{
    g_return_if_fail(DS_IS_WINDOW(self));
    GtkWidget *widget = widget_of(self, page);
    gtk_stack_set_visible_child(self->pages, widget);
    gtk_widget_grab_focus(widget);
}

DsStartPage *
ds_window_get_start_page(DsWindow *self)
{
    return self->start_page;
}
