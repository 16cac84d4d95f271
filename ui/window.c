/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"
#include "ui/isolate.h"

/* Narrower than this, in characters of the user's size, the header bar shows icons alone. */
#define COMPACT_BELOW_CHARS 84
/* And than this, icons for how things are: what can be done, and the title, come first. */
#define COMPACT_STATE_BELOW_CHARS 110
/* How near to the upper edge of a full screen the pointer calls the header bar. */
#define EDGE_PX 2

struct _DsWindow {
    HdyApplicationWindow parent_instance;

    /* Template widgets */
    GtkBox *top;
    GtkRevealer *revealer;
    HdyHeaderBar *header;
    GtkWidget *back;
    GtkWidget *disconnect;
    GtkWidget *disconnect_icon;
    GtkWidget *disconnect_label;
    GtkWidget *full_screen;
    GtkImage *full_screen_icon;
    GtkMenuButton *keys;
    GtkMenuButton *menu;
    DsPathIndicator *path_indicator;
    DsControlMark *control_mark;
    GtkStack *pages;
    DsStartPage *start_page;
    DsCodePage *code_page;
    DsCodeEntry *code_entry;
    DsConsentPage *consent_page;
    DsStatusPage *status_page;
    GtkWidget *sharing_page;
    DsShareControls *share_controls;
    DsViewer *viewer;
    DsFigures *figures;

    /* Owned */
    char *viewer_title;

    DsWindowPage page;
    gboolean is_full_screen;
};

G_DEFINE_FINAL_TYPE(DsWindow, ds_window, HDY_TYPE_APPLICATION_WINDOW)

enum {
    DISCONNECT,
    PASTE,
    ESCAPE,
    MENU,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static GtkWidget *
widget_of(DsWindow *self, DsWindowPage page)
{
    GtkWidget *const pages[DS_WINDOW_N_PAGES] = {
            [DS_WINDOW_PAGE_START] = GTK_WIDGET(self->start_page),
            [DS_WINDOW_PAGE_CODE] = GTK_WIDGET(self->code_page),
            [DS_WINDOW_PAGE_ENTRY] = GTK_WIDGET(self->code_entry),
            [DS_WINDOW_PAGE_CONSENT] = GTK_WIDGET(self->consent_page),
            [DS_WINDOW_PAGE_STATUS] = GTK_WIDGET(self->status_page),
            [DS_WINDOW_PAGE_SHARING] = self->sharing_page,
            [DS_WINDOW_PAGE_VIEWER] = GTK_WIDGET(self->viewer),
    };
    return pages[page];
}

static const char *
title_of(DsWindow *self, DsWindowPage page)
{
    const char *const titles[DS_WINDOW_N_PAGES] = {
            [DS_WINDOW_PAGE_START] = "Deskside",
            [DS_WINDOW_PAGE_CODE] = _("Share My Screen"),
            [DS_WINDOW_PAGE_ENTRY] = _("Help Someone"),
            [DS_WINDOW_PAGE_CONSENT] = _("Share My Screen"),
            [DS_WINDOW_PAGE_STATUS] = "Deskside",
            [DS_WINDOW_PAGE_SHARING] = _("Your Screen Is Shared"),
            [DS_WINDOW_PAGE_VIEWER] = self->viewer_title,
    };
    return titles[page];
}

static void
update_header(DsWindow *self)
{
    gboolean is_viewer = self->page == DS_WINDOW_PAGE_VIEWER;
    const char *title = title_of(self, self->page);
    hdy_header_bar_set_title(self->header, title);
    gtk_window_set_title(GTK_WINDOW(self), title);
    gtk_widget_set_visible(self->back, self->page == DS_WINDOW_PAGE_ENTRY);
    gtk_widget_set_visible(self->disconnect, is_viewer);
    gtk_widget_set_visible(self->full_screen, is_viewer);
    gtk_widget_set_visible(GTK_WIDGET(self->keys),
            is_viewer && gtk_menu_button_get_menu_model(self->keys) != NULL);
    gtk_widget_set_visible(GTK_WIDGET(self->path_indicator), is_viewer);
    gtk_widget_set_visible(GTK_WIDGET(self->control_mark), is_viewer);
    gtk_widget_set_visible(
            GTK_WIDGET(self->menu), gtk_menu_button_get_menu_model(self->menu) != NULL);
}

/* Over a full screen the header bar comes down over the picture instead of standing above it. */
static void
move_header(DsWindow *self)
{
    GtkContainer *from = GTK_CONTAINER(
            self->is_full_screen ? GTK_WIDGET(self->top) : GTK_WIDGET(self->revealer));
    GtkContainer *to = GTK_CONTAINER(
            self->is_full_screen ? GTK_WIDGET(self->revealer) : GTK_WIDGET(self->top));
    GtkWidget *header = GTK_WIDGET(self->header);
    if (gtk_widget_get_parent(header) != GTK_WIDGET(from))
        return;
    g_object_ref(header);
    gtk_container_remove(from, header);
    gtk_container_add(to, header);
    g_object_unref(header);
    hdy_header_bar_set_show_close_button(self->header, !self->is_full_screen);
}

static gboolean
is_header_in_use(DsWindow *self)
{
    GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(self));
    return ds_path_indicator_is_open(self->path_indicator) ||
           gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self->keys)) ||
           gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self->menu)) ||
           (focus != NULL && gtk_widget_is_ancestor(focus, GTK_WIDGET(self->header)));
}

static gboolean
is_pointer_on_header(DsWindow *self)
{
    GtkWidget *header = GTK_WIDGET(self->header);
    GdkSeat *seat = gdk_display_get_default_seat(gtk_widget_get_display(header));
    GdkDevice *pointer = seat != NULL ? gdk_seat_get_pointer(seat) : NULL;
    int x, y;
    if (pointer == NULL)
        return FALSE;
    gdk_window_get_device_position(gtk_widget_get_window(GTK_WIDGET(self)), pointer, &x, &y, NULL);
    return x >= 0 && x < gtk_widget_get_allocated_width(header) && y >= 0 &&
           y < gtk_widget_get_allocated_height(header);
}

/* Who came to the bar by the keyboard goes back to the picture the same way. */
static void
ds_window_set_focus(GtkWindow *window, GtkWidget *focus)
{
    DsWindow *self = DS_WINDOW(window);
    GTK_WINDOW_CLASS(ds_window_parent_class)->set_focus(window, focus);
    if (self->is_full_screen && focus == GTK_WIDGET(self->viewer) && !is_pointer_on_header(self))
        gtk_revealer_set_reveal_child(self->revealer, FALSE);
}

static gboolean
ds_window_motion_notify_event(GtkWidget *widget, GdkEventMotion *event)
{
    DsWindow *self = DS_WINDOW(widget);
    int y;
    if (!self->is_full_screen)
        return GDK_EVENT_PROPAGATE;
    gdk_window_get_origin(gtk_widget_get_window(widget), NULL, &y);
    int depth = (int)event->y_root - y;
    if (depth <= EDGE_PX)
        gtk_revealer_set_reveal_child(self->revealer, TRUE);
    else if (depth > 2 * gtk_widget_get_allocated_height(GTK_WIDGET(self->header)))
        gtk_revealer_set_reveal_child(self->revealer, is_header_in_use(self));
    return GDK_EVENT_PROPAGATE;
}

static gboolean
ds_window_window_state_event(GtkWidget *widget, GdkEventWindowState *event)
{
    DsWindow *self = DS_WINDOW(widget);
    gboolean is_full_screen = (event->new_window_state & GDK_WINDOW_STATE_FULLSCREEN) != 0;
    if (is_full_screen != self->is_full_screen) {
        self->is_full_screen = is_full_screen;
        gtk_revealer_set_reveal_child(self->revealer, FALSE);
        move_header(self);
        update_header(self);
        gtk_image_set_from_icon_name(self->full_screen_icon,
                is_full_screen ? "view-restore-symbolic" : "view-fullscreen-symbolic",
                GTK_ICON_SIZE_BUTTON);
    }
    return GTK_WIDGET_CLASS(ds_window_parent_class)->window_state_event(widget, event);
}

static void
on_full_screen(DsWindow *self)
{
    if (self->is_full_screen)
        gtk_window_unfullscreen(GTK_WINDOW(self));
    else
        gtk_window_fullscreen(GTK_WINDOW(self));
    gtk_widget_grab_focus(GTK_WIDGET(self->viewer));
}

/*
 * Bring the header bar down for `focus`, which is in it. That has a window at once, not with the
 * next frame: the key that called it may be let go of before, and goes to what has the focus.
 */
static void
reveal_header(DsWindow *self, GtkWidget *focus)
{
    gtk_revealer_set_reveal_child(self->revealer, TRUE);
    gtk_widget_realize(focus);
}

static void
on_leave_keyboard(DsWindow *self)
{
    reveal_header(self, self->full_screen);
    gtk_widget_grab_focus(self->full_screen);
}

static void
on_figures(DsWindow *self)
{
    gtk_widget_set_visible(
            GTK_WIDGET(self->figures), !gtk_widget_get_visible(GTK_WIDGET(self->figures)));
}

/* While the picture has the focus, every key is for the other side: no mnemonic, no F10. */
static gboolean
is_for_viewer(DsWindow *self)
{
    return gtk_window_get_focus(GTK_WINDOW(self)) == GTK_WIDGET(self->viewer);
}

static gboolean
ds_window_key_press_event(GtkWidget *widget, GdkEventKey *event)
{
    if (is_for_viewer(DS_WINDOW(widget)) &&
            gtk_window_propagate_key_event(GTK_WINDOW(widget), event))
        return GDK_EVENT_STOP;
    return GTK_WIDGET_CLASS(ds_window_parent_class)->key_press_event(widget, event);
}

static gboolean
ds_window_key_release_event(GtkWidget *widget, GdkEventKey *event)
{
    if (is_for_viewer(DS_WINDOW(widget)) &&
            gtk_window_propagate_key_event(GTK_WINDOW(widget), event))
        return GDK_EVENT_STOP;
    return GTK_WIDGET_CLASS(ds_window_parent_class)->key_release_event(widget, event);
}

/* Returned in pixels. */
static int
char_width(GtkWidget *widget)
{
    PangoContext *context = gtk_widget_get_pango_context(widget);
    PangoFontMetrics *metrics = pango_context_get_metrics(context, NULL, NULL);
    int width = pango_font_metrics_get_approximate_char_width(metrics);
    pango_font_metrics_unref(metrics);
    return PANGO_PIXELS_CEIL(width);
}

/*
 * The labels that make way are ellipsized ones: what the window needs at least must not depend on
 * them, or it could never become narrow enough to hide them.
 */
static void
ds_window_size_allocate(GtkWidget *widget, GtkAllocation *allocation)
{
    DsWindow *self = DS_WINDOW(widget);
    int unit = char_width(widget);
    gboolean is_compact = allocation->width < COMPACT_BELOW_CHARS * unit;
    gboolean is_state_compact = allocation->width < COMPACT_STATE_BELOW_CHARS * unit;
    ds_path_indicator_set_compact(self->path_indicator, is_state_compact);
    ds_control_mark_set_compact(self->control_mark, is_state_compact);
    gtk_widget_set_visible(self->disconnect_icon, is_compact);
    gtk_widget_set_visible(self->disconnect_label, !is_compact);
    GTK_WIDGET_CLASS(ds_window_parent_class)->size_allocate(widget, allocation);
}

/* Where a text can be typed, its own paste comes first; this is for all other places. */
static void
on_paste(DsWindow *self)
{
    if (self->page != DS_WINDOW_PAGE_START && self->page != DS_WINDOW_PAGE_ENTRY)
        return;
    ds_window_show_page(self, DS_WINDOW_PAGE_ENTRY);
    ds_code_entry_clear(self->code_entry);
    ds_code_entry_paste_clipboard(self->code_entry);
}

static void
on_escape(DsWindow *self)
{
    if (self->page == DS_WINDOW_PAGE_ENTRY)
        ds_window_show_page(self, DS_WINDOW_PAGE_START);
    else if (self->page == DS_WINDOW_PAGE_CONSENT)
        ds_consent_page_decline(self->consent_page);
    else if (self->page == DS_WINDOW_PAGE_STATUS)
        ds_status_page_dismiss(self->status_page);
    else if (self->page == DS_WINDOW_PAGE_VIEWER)
        gtk_widget_grab_focus(GTK_WIDGET(self->viewer));
}

static void
on_menu(DsWindow *self)
{
    if (self->is_full_screen)
        reveal_header(self, GTK_WIDGET(self->menu));
    if (gtk_widget_get_visible(GTK_WIDGET(self->menu)))
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->menu), TRUE);
}

static void
on_help(DsWindow *self)
{
    ds_window_show_page(self, DS_WINDOW_PAGE_ENTRY);
}

static void
on_back_clicked(DsWindow *self)
{
    ds_window_show_page(self, DS_WINDOW_PAGE_START);
}

static void
on_disconnect_clicked(DsWindow *self)
{
    g_signal_emit(self, signals[DISCONNECT], 0);
}

/* Whoever closes the window while somebody looks wants that to end. */
static gboolean
ds_window_delete_event(GtkWidget *widget, GdkEventAny *event)
{
    DsWindow *self = DS_WINDOW(widget);
    if (self->page != DS_WINDOW_PAGE_SHARING)
        return GDK_EVENT_PROPAGATE;
    ds_share_controls_stop(self->share_controls);
    return GDK_EVENT_STOP;
}

static void
ds_window_finalize(GObject *object)
{
    g_clear_pointer(&DS_WINDOW(object)->viewer_title, g_free);
    G_OBJECT_CLASS(ds_window_parent_class)->finalize(object);
}

static void
bind_template(GtkWidgetClass *widget_class)
{
    gtk_widget_class_set_template_from_resource(widget_class, "/org/deskside/Deskside/window.ui");
    gtk_widget_class_bind_template_child(widget_class, DsWindow, top);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, revealer);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, header);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, back);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, disconnect);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, disconnect_icon);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, disconnect_label);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, full_screen);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, full_screen_icon);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, keys);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, menu);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, path_indicator);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, control_mark);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, pages);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, start_page);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, code_page);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, code_entry);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, consent_page);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, status_page);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, sharing_page);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, share_controls);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, viewer);
    gtk_widget_class_bind_template_child(widget_class, DsWindow, figures);
    gtk_widget_class_bind_template_callback(widget_class, on_back_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_disconnect_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_full_screen);
    gtk_widget_class_bind_template_callback(widget_class, on_help);
}

static void
ensure_types(void)
{
    g_type_ensure(DS_TYPE_CODE_ENTRY);
    g_type_ensure(DS_TYPE_CODE_PAGE);
    g_type_ensure(DS_TYPE_CONSENT_PAGE);
    g_type_ensure(DS_TYPE_CONTROL_MARK);
    g_type_ensure(DS_TYPE_FIGURES);
    g_type_ensure(DS_TYPE_PATH_INDICATOR);
    g_type_ensure(DS_TYPE_SHARE_CONTROLS);
    g_type_ensure(DS_TYPE_START_PAGE);
    g_type_ensure(DS_TYPE_STATUS_PAGE);
    g_type_ensure(DS_TYPE_VIEWER);
}

static void
ds_window_class_init(DsWindowClass *klass)
{
    const GSignalFlags key = G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION;
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    G_OBJECT_CLASS(klass)->finalize = ds_window_finalize;
    widget_class->delete_event = ds_window_delete_event;
    widget_class->key_press_event = ds_window_key_press_event;
    widget_class->key_release_event = ds_window_key_release_event;
    widget_class->motion_notify_event = ds_window_motion_notify_event;
    widget_class->size_allocate = ds_window_size_allocate;
    widget_class->window_state_event = ds_window_window_state_event;
    GTK_WINDOW_CLASS(klass)->set_focus = ds_window_set_focus;
    signals[DISCONNECT] = g_signal_new(
            "disconnect", DS_TYPE_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[PASTE] = g_signal_new_class_handler(
            "paste", DS_TYPE_WINDOW, key, G_CALLBACK(on_paste), NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[ESCAPE] = g_signal_new_class_handler(
            "escape", DS_TYPE_WINDOW, key, G_CALLBACK(on_escape), NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[MENU] = g_signal_new_class_handler(
            "menu", DS_TYPE_WINDOW, key, G_CALLBACK(on_menu), NULL, NULL, NULL, G_TYPE_NONE, 0);
    GtkBindingSet *bindings = gtk_binding_set_by_class(klass);
    gtk_binding_entry_add_signal(bindings, GDK_KEY_v, GDK_CONTROL_MASK, "paste", 0);
    gtk_binding_entry_add_signal(bindings, GDK_KEY_Insert, GDK_SHIFT_MASK, "paste", 0);
    gtk_binding_entry_add_signal(bindings, GDK_KEY_Escape, 0, "escape", 0);
    gtk_binding_entry_add_signal(bindings, GDK_KEY_F10, 0, "menu", 0);
    ensure_types();
    bind_template(widget_class);
}

static void
ds_window_init(DsWindow *self)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    self->viewer_title = g_strdup("");
    gtk_widget_init_template(GTK_WIDGET(self));
    DsKeyboard *keyboard = ds_viewer_get_keyboard(self->viewer);
    g_signal_connect_object(keyboard, "leave", G_CALLBACK(on_leave_keyboard), self, swapped);
    g_signal_connect_object(keyboard, "full-screen", G_CALLBACK(on_full_screen), self, swapped);
    g_signal_connect_object(keyboard, "figures", G_CALLBACK(on_figures), self, swapped);
    ds_viewer_set_bar(self->viewer, GTK_WIDGET(self->revealer));
    ds_window_set_viewer_title(self, "");
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
    g_return_if_fail(page < DS_WINDOW_N_PAGES);
    if (self->page == DS_WINDOW_PAGE_VIEWER && page != DS_WINDOW_PAGE_VIEWER) {
        gtk_window_unfullscreen(GTK_WINDOW(self));
        gtk_widget_hide(GTK_WIDGET(self->figures));
    }
    self->page = page;
    update_header(self);
    gtk_stack_set_visible_child(self->pages, widget_of(self, page));
    gtk_widget_grab_focus(page == DS_WINDOW_PAGE_SHARING ? GTK_WIDGET(self->share_controls)
                                                         : widget_of(self, page));
    if (page == DS_WINDOW_PAGE_CONSENT) {
        ds_window_close_dialogs(self);
        gtk_window_present(GTK_WINDOW(self));
    }
}

DsWindowPage
ds_window_get_page(DsWindow *self)
{
    g_return_val_if_fail(DS_IS_WINDOW(self), DS_WINDOW_PAGE_START);
    return self->page;
}

void
ds_window_close_dialogs(DsWindow *self)
{
    g_return_if_fail(DS_IS_WINDOW(self));
    g_autoptr(GList) windows = gtk_window_list_toplevels();
    for (GList *at = windows; at != NULL; at = at->next)
        if (gtk_window_get_transient_for(at->data) == GTK_WINDOW(self))
            gtk_window_close(at->data); /* later, from the main loop */
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->menu), FALSE);
}

void
ds_window_set_menu(DsWindow *self, GMenuModel *menu)
{
    g_return_if_fail(DS_IS_WINDOW(self));
    gtk_menu_button_set_menu_model(self->menu, menu);
    update_header(self);
}

void
ds_window_set_keys_menu(DsWindow *self, GMenuModel *menu)
{
    g_return_if_fail(DS_IS_WINDOW(self));
    gtk_menu_button_set_menu_model(self->keys, menu);
    update_header(self);
}

void
ds_window_set_viewer_title(DsWindow *self, const char *name)
{
    g_return_if_fail(DS_IS_WINDOW(self));
    g_autofree char *isolated = ds_isolate(name);
    g_free(self->viewer_title);
    /* Translators: %s is the name that the other person gave themselves. */
    self->viewer_title = name[0] != '\0' ? g_strdup_printf(_("Screen of “%s”"), isolated)
                                         : g_strdup(_("The Other Screen"));
    update_header(self);
}

DsStartPage *
ds_window_get_start_page(DsWindow *self)
{
    return self->start_page;
}

DsCodePage *
ds_window_get_code_page(DsWindow *self)
{
    return self->code_page;
}

DsCodeEntry *
ds_window_get_code_entry(DsWindow *self)
{
    return self->code_entry;
}

DsConsentPage *
ds_window_get_consent_page(DsWindow *self)
{
    return self->consent_page;
}

DsStatusPage *
ds_window_get_status_page(DsWindow *self)
{
    return self->status_page;
}

DsShareControls *
ds_window_get_share_controls(DsWindow *self)
{
    return self->share_controls;
}

DsViewer *
ds_window_get_viewer(DsWindow *self)
{
    return self->viewer;
}

DsFigures *
ds_window_get_figures(DsWindow *self)
{
    return self->figures;
}

DsPathIndicator *
ds_window_get_path_indicator(DsWindow *self)
{
    return self->path_indicator;
}

DsControlMark *
ds_window_get_control_mark(DsWindow *self)
{
    return self->control_mark;
}
