/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

#include "app/desktop/arguments.h"
#include "app/desktop/help_controller.h"
#include "app/desktop/menu.h"
#include "app/desktop/network_view.h"
#include "app/desktop/settings.h"
#include "app/desktop/share_controller.h"
#include "app/desktop/window_size.h"
#include "ui/init.h"
#include "ui/notice.h"

enum { EXIT_USAGE = 2 };

struct _DsApplication {
    GtkApplication parent_instance;

    /* Owned */
    struct ds_net_thread *net;
    GSettings *settings; /* NULL: nothing is remembered */
    DsShareController *share;
    DsHelpController *help;
    struct ds_menu *menu;
    struct ds_network_view *network;

    /* Borrowed: GTK's, until it is destroyed */
    DsWindow *window;

    guint signal_sources[2];
    gboolean is_closing;        /* the window goes as soon as the session has said goodbye */
    gboolean are_options_known; /* the command line holds none but ours */
    gboolean is_relay_given;    /* on the command line: the settings' counts no more */
};

G_DEFINE_FINAL_TYPE(DsApplication, ds_application, GTK_TYPE_APPLICATION)

/* ---- the end ---- */

/* Says goodbye first, where somebody is there to hear it. */
static void
close_window(DsApplication *self)
{
    self->is_closing = TRUE;
    ds_window_close_dialogs(self->window);
    gboolean has_session = ds_share_controller_stop(self->share);
    has_session = ds_help_controller_stop(self->help) || has_session;
    if (has_session)
        gtk_widget_hide(GTK_WIDGET(self->window));
    else
        gtk_widget_destroy(GTK_WIDGET(self->window));
}

static void
on_stopped(DsApplication *self)
{
    if (self->is_closing)
        gtk_widget_destroy(GTK_WIDGET(self->window));
}

/* While the screen is shared, to close the window is Stop and no more: it does so by itself. */
static gboolean
on_delete(DsApplication *self)
{
    if (ds_window_get_page(self->window) == DS_WINDOW_PAGE_SHARING)
        return GDK_EVENT_PROPAGATE;
    close_window(self);
    return GDK_EVENT_STOP;
}

static void
on_destroy(DsApplication *self)
{
    g_clear_pointer(&self->menu, ds_menu_free);
    g_clear_pointer(&self->network, ds_network_view_free);
    g_clear_object(&self->share);
    g_clear_object(&self->help);
    self->window = NULL;
}

static void
on_quit(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    DsApplication *self = data;
    if (self->window != NULL)
        close_window(self);
}

static gboolean
on_signal(gpointer data)
{
    g_action_group_activate_action(data, "quit", NULL);
    return G_SOURCE_CONTINUE;
}

/* ---- what is set ---- */

static void
set_relay(DsApplication *self, const struct ds_relay_addr *relay)
{
    ds_share_controller_set_relay(self->share, relay);
    ds_help_controller_set_relay(self->help, relay);
    ds_network_view_set_relay(self->network, relay);
}

static void
take_relay(DsApplication *self)
{
    struct ds_relay_addr relay;
    gboolean is_set;
    g_autoptr(GError) error = NULL;
    if (self->window == NULL || self->is_relay_given)
        return;
    if (!ds_settings_get_relay(self->settings, &relay, &is_set, &error))
        ds_notice_show(GTK_WINDOW(self->window), _("The Relay in Your Settings Cannot Be Used"),
                error->message);
    set_relay(self, is_set ? &relay : NULL);
}

static void
take_name(DsApplication *self)
{
    if (self->window == NULL)
        return;
    g_autofree char *name = ds_settings_get_name(self->settings);
    ds_code_entry_set_name(ds_window_get_code_entry(self->window), name);
    ds_share_controller_set_name(self->share, name);
}

static void
take_direct(DsApplication *self)
{
    gboolean is_locked;
    enum ds_direct direct = ds_settings_get_direct(self->settings, &is_locked);
    if (self->window == NULL)
        return;
    ds_share_controller_set_direct(self->share, direct, is_locked);
    ds_help_controller_set_direct(self->help, direct, is_locked);
}

static void
take_map_lease(DsApplication *self)
{
    uint32_t lease_s = ds_settings_get_map_lease(self->settings);
    if (self->window == NULL)
        return;
    ds_share_controller_set_map_lease(self->share, lease_s);
    ds_help_controller_set_map_lease(self->help, lease_s);
    ds_network_view_set_map_lease(self->network, lease_s);
}

static void
take_salvo(DsApplication *self)
{
    unsigned sockets = ds_settings_get_salvo(self->settings);
    if (self->window == NULL)
        return;
    ds_share_controller_set_salvo(self->share, sockets);
    ds_help_controller_set_salvo(self->help, sockets);
}

static void
take_quality(DsApplication *self)
{
    if (self->window != NULL)
        ds_help_controller_set_quality(self->help, ds_settings_get_quality(self->settings));
}

static void
open_settings(DsApplication *self)
{
    static const char *const relay_keys[] = {DS_SETTING_RELAY, DS_SETTING_RELAY_PIN};
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    self->settings = ds_settings_open();
    if (self->settings == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(relay_keys); i++) {
        g_autofree char *signal = g_strconcat("changed::", relay_keys[i], NULL);
        g_signal_connect_object(self->settings, signal, G_CALLBACK(take_relay), self, swapped);
    }
    g_signal_connect_object(
            self->settings, "changed::" DS_SETTING_NAME, G_CALLBACK(take_name), self, swapped);
    g_signal_connect_object(
            self->settings, "changed::" DS_SETTING_DIRECT, G_CALLBACK(take_direct), self, swapped);
    g_signal_connect_object(self->settings, "writable-changed::" DS_SETTING_DIRECT,
            G_CALLBACK(take_direct), self, swapped);
    g_signal_connect_object(self->settings, "changed::" DS_SETTING_PORT_MAPPING,
            G_CALLBACK(take_map_lease), self, swapped);
    g_signal_connect_object(
            self->settings, "changed::" DS_SETTING_SALVO, G_CALLBACK(take_salvo), self, swapped);
    g_signal_connect_object(self->settings, "changed::" DS_SETTING_QUALITY,
            G_CALLBACK(take_quality), self, swapped);
}

/* ---- the beginning ---- */

static void
open_window(DsApplication *self)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsWindow *window = self->window = ds_window_new(GTK_APPLICATION(self));
    self->share = ds_share_controller_new(window, self->net);
    self->help = ds_help_controller_new(window, self->net);
    self->network = ds_network_view_new(window, self->net);
    self->menu = ds_menu_new(window, self->settings);
    ds_window_size_keep(GTK_WINDOW(window), self->settings);
    take_name(self);
    take_direct(self);
    take_map_lease(self);
    take_salvo(self);
    take_quality(self);
    g_signal_connect_object(self->share, "stopped", G_CALLBACK(on_stopped), self, swapped);
    g_signal_connect_object(self->help, "stopped", G_CALLBACK(on_stopped), self, swapped);
    g_signal_connect_object(window, "delete-event", G_CALLBACK(on_delete), self, swapped);
    g_signal_connect_object(window, "destroy", G_CALLBACK(on_destroy), self, swapped);
}

static void
ds_application_activate(GApplication *application)
{
    DsApplication *self = DS_APPLICATION(application);
    gboolean is_new = self->window == NULL;
    self->is_closing = FALSE; /* it says goodbye still, and is wanted again */
    if (is_new)
        open_window(self);
    gtk_window_present(GTK_WINDOW(self->window));
    if (is_new)
        take_relay(self); /* what is wrong with it is said above the window */
}

/* What is asked for while something else goes on is not done: that comes first. */
static gboolean
make_room(DsApplication *self)
{
    if (ds_share_controller_is_busy(self->share) || ds_help_controller_is_busy(self->help)) {
        ds_notice_show(GTK_WINDOW(self->window), _("One Session at a Time"),
                _("End what goes on in this window first, and then try it again."));
        return FALSE;
    }
    ds_window_close_dialogs(self->window); /* a question whose yes would come on top of it */
    if (ds_window_get_page(self->window) == DS_WINDOW_PAGE_STATUS)
        ds_status_page_dismiss(ds_window_get_status_page(self->window));
    return TRUE;
}

static void
take_code(DsApplication *self, const struct ds_arguments *arguments)
{
    DsCodeEntry *entry = ds_window_get_code_entry(self->window);
    ds_window_show_page(self->window, DS_WINDOW_PAGE_ENTRY);
    ds_code_entry_clear(entry);
    ds_code_entry_paste(entry, arguments->code);
    if (arguments->is_broken)
        ds_code_entry_set_message(
                entry, _("A part of this link is missing, or it is no link of Deskside’s."));
}

static void
follow(DsApplication *self, const struct ds_arguments *arguments)
{
    if (arguments->has_relay)
        set_relay(self, &arguments->relay);
    if (!arguments->does_share && !arguments->does_help && arguments->code == NULL)
        return;
    if (arguments->does_share && ds_share_controller_is_busy(self->share))
        return; /* that is done already, and to be seen */
    if (!make_room(self))
        return;
    if (arguments->code != NULL)
        take_code(self, arguments);
    else if (arguments->does_share)
        ds_share_controller_start(self->share);
    else
        ds_window_show_page(self->window, DS_WINDOW_PAGE_ENTRY);
}

static int
ds_application_command_line(GApplication *application, GApplicationCommandLine *line)
{
    DsApplication *self = DS_APPLICATION(application);
    struct ds_arguments arguments;
    g_autoptr(GError) error = NULL;
    int status = EXIT_SUCCESS;

    if (!ds_arguments_read(&arguments, g_application_command_line_get_options_dict(line), &error)) {
        g_application_command_line_printerr(line, "%s\n", error->message);
        status = EXIT_USAGE;
    } else if (self->net == NULL) {
        status = EXIT_FAILURE;
    } else {
        self->is_relay_given |= arguments.has_relay;
        g_application_activate(application);
        follow(self, &arguments);
    }
    ds_arguments_finish(&arguments);
    return status;
}

/* Before anything is registered: what is wrong is said here, to whoever typed it. */
static int
ds_application_handle_local_options(GApplication *application, GVariantDict *options)
{
    struct ds_arguments arguments;
    g_autoptr(GError) error = NULL;

    DS_APPLICATION(application)->are_options_known = TRUE;
    if (g_variant_dict_contains(options, "version")) {
        g_print("deskside %s\n", DS_VERSION);
        return EXIT_SUCCESS;
    }
    gboolean is_fine = ds_arguments_read(&arguments, options, &error);
    ds_arguments_finish(&arguments);
    if (!is_fine) {
        g_printerr("%s\n", error->message);
        return EXIT_USAGE;
    }
    if (g_variant_dict_contains(options, "new-instance"))
        g_application_set_flags(
                application, g_application_get_flags(application) | G_APPLICATION_NON_UNIQUE);
    return -1; /* go on */
}

/* GApplication says what is wrong with an option that it does not know, and gives the status 1. */
static gboolean
ds_application_local_command_line(GApplication *application, char ***arguments, int *status)
{
    gboolean is_done = G_APPLICATION_CLASS(ds_application_parent_class)
                               ->local_command_line(application, arguments, status);
    if (is_done && *status != EXIT_SUCCESS && !DS_APPLICATION(application)->are_options_known)
        *status = EXIT_USAGE;
    return is_done;
}

static void
ds_application_startup(GApplication *application)
{
    static const GActionEntry actions[] = {{.name = "quit", .activate = on_quit}};
    static const int numbers[] = {SIGINT, SIGTERM};
    DsApplication *self = DS_APPLICATION(application);
    const char *id = g_application_get_application_id(application);
    g_autoptr(GError) error = NULL;

    /* The windows' name and class lead to the desktop file; --help had the program's own name. */
    g_set_prgname(id);
    gdk_set_program_class(id);
    G_APPLICATION_CLASS(ds_application_parent_class)->startup(application);
    ds_ui_init();
    gtk_window_set_default_icon_name(id);
    g_action_map_add_action_entries(
            G_ACTION_MAP(application), actions, G_N_ELEMENTS(actions), application);
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        self->signal_sources[i] = g_unix_signal_add(numbers[i], on_signal, self);
    open_settings(self);
    self->net = ds_net_thread_new(&error);
    if (self->net == NULL)
        g_printerr("%s\n", error->message);
}

static void
ds_application_shutdown(GApplication *application)
{
    DsApplication *self = DS_APPLICATION(application);
    if (self->window != NULL)
        gtk_widget_destroy(GTK_WIDGET(self->window));
    g_clear_pointer(&self->net, ds_net_thread_free);
    g_clear_object(&self->settings);
    g_settings_sync(); /* what was changed last may be on its way yet */
    for (guint i = 0; i < G_N_ELEMENTS(self->signal_sources); i++)
        g_clear_handle_id(&self->signal_sources[i], g_source_remove);
    G_APPLICATION_CLASS(ds_application_parent_class)->shutdown(application);
}

static void
ds_application_class_init(DsApplicationClass *klass)
{
    GApplicationClass *application_class = G_APPLICATION_CLASS(klass);
    application_class->activate = ds_application_activate;
    application_class->command_line = ds_application_command_line;
    application_class->handle_local_options = ds_application_handle_local_options;
    application_class->local_command_line = ds_application_local_command_line;
    application_class->startup = ds_application_startup;
    application_class->shutdown = ds_application_shutdown;
}

static void
ds_application_init(DsApplication *self)
{
    ds_arguments_add_options(G_APPLICATION(self));
}

DsApplication *
ds_application_new(void)
{
    return g_object_new(DS_TYPE_APPLICATION, "application-id", "org.deskside.Deskside", "flags",
            G_APPLICATION_HANDLES_COMMAND_LINE, NULL);
}
