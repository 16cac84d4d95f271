/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

#include "app/desktop/help_controller.h"
#include "app/desktop/share_controller.h"
#include "app/session/own_name.h"
#include "app/session/relay_option.h"
#include "ui/init.h"

enum { EXIT_USAGE = 2 };

struct _DsApplication {
    GtkApplication parent_instance;

    /* Owned */
    struct ds_net_thread *net;
    DsShareController *share;
    DsHelpController *help;

    /* Borrowed: GTK's, until it is destroyed */
    DsWindow *window;

    guint signal_sources[2];
    gboolean is_closing; /* the window goes as soon as the session has said goodbye */
};

G_DEFINE_FINAL_TYPE(DsApplication, ds_application, GTK_TYPE_APPLICATION)

/* What the command line says, read and checked. */
struct arguments {
    struct ds_relay_addr relay;
    gboolean has_relay;
    char **texts; /* codes and links, at most one; NULL: none */
};

static gboolean
read_arguments(struct arguments *arguments, GVariantDict *options, GError **error)
{
    const char *relay = NULL, *pin = NULL;
    *arguments = (struct arguments){0};
    g_variant_dict_lookup(options, "relay", "&s", &relay);
    g_variant_dict_lookup(options, "relay-pin", "&s", &pin);
    g_variant_dict_lookup(options, G_OPTION_REMAINING, "^as", &arguments->texts);
    arguments->has_relay = relay != NULL;
    if (!ds_relay_option_read(&arguments->relay, relay, pin, error))
        return FALSE;
    if (arguments->texts == NULL || g_strv_length(arguments->texts) <= 1)
        return TRUE;
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
            _("Deskside takes one code or one link. Put a code with spaces into quotes."));
    return FALSE;
}

static void
arguments_finish(struct arguments *arguments)
{
    g_strfreev(arguments->texts);
}

/* ---- the end ---- */

/* Says goodbye first, where somebody is there to hear it. */
static void
close_window(DsApplication *self)
{
    self->is_closing = TRUE;
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

/* ---- the beginning ---- */

static void
open_window(DsApplication *self)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsWindow *window = self->window = ds_window_new(GTK_APPLICATION(self));
    g_autofree char *name = ds_own_name(NULL);
    ds_code_entry_set_name(ds_window_get_code_entry(window), name);
    self->is_closing = FALSE;
    self->share = ds_share_controller_new(window, self->net);
    self->help = ds_help_controller_new(window, self->net);
    g_signal_connect_object(self->share, "stopped", G_CALLBACK(on_stopped), self, swapped);
    g_signal_connect_object(self->help, "stopped", G_CALLBACK(on_stopped), self, swapped);
    g_signal_connect_object(window, "delete-event", G_CALLBACK(on_delete), self, swapped);
    g_signal_connect_object(window, "destroy", G_CALLBACK(on_destroy), self, swapped);
}

static void
ds_application_activate(GApplication *application)
{
    DsApplication *self = DS_APPLICATION(application);
    if (self->window == NULL)
        open_window(self);
    gtk_window_present(GTK_WINDOW(self->window));
}

/* A code that comes while something else goes on is not taken: that comes first. */
static void
take_code(DsApplication *self, const char *text)
{
    DsWindowPage page = ds_window_get_page(self->window);
    if (page != DS_WINDOW_PAGE_START && page != DS_WINDOW_PAGE_ENTRY)
        return;
    ds_window_show_page(self->window, DS_WINDOW_PAGE_ENTRY);
    ds_code_entry_clear(ds_window_get_code_entry(self->window));
    ds_code_entry_paste(ds_window_get_code_entry(self->window), text);
}

static int
ds_application_command_line(GApplication *application, GApplicationCommandLine *line)
{
    DsApplication *self = DS_APPLICATION(application);
    GVariantDict *options = g_application_command_line_get_options_dict(line);
    struct arguments arguments;
    g_autoptr(GError) error = NULL;
    int status = EXIT_SUCCESS;

    if (!read_arguments(&arguments, options, &error)) {
        g_application_command_line_printerr(line, "%s\n", error->message);
        status = EXIT_USAGE;
    } else if (self->net == NULL) {
        status = EXIT_FAILURE;
    } else {
        g_application_activate(application);
        if (arguments.has_relay) {
            ds_share_controller_set_relay(self->share, &arguments.relay);
            ds_help_controller_set_relay(self->help, &arguments.relay);
        }
        if (arguments.texts != NULL)
            take_code(self, arguments.texts[0]);
    }
    arguments_finish(&arguments);
    return status;
}

/* Before anything is registered: what is wrong is said here, to whoever typed it. */
static int
ds_application_handle_local_options(GApplication *application, GVariantDict *options)
{
    struct arguments arguments;
    g_autoptr(GError) error = NULL;

    if (g_variant_dict_contains(options, "version")) {
        g_print("deskside %s\n", DS_VERSION);
        return EXIT_SUCCESS;
    }
    gboolean is_fine = read_arguments(&arguments, options, &error);
    arguments_finish(&arguments);
    if (!is_fine) {
        g_printerr("%s\n", error->message);
        return EXIT_USAGE;
    }
    if (g_variant_dict_contains(options, "new-instance"))
        g_application_set_flags(
                application, g_application_get_flags(application) | G_APPLICATION_NON_UNIQUE);
    return -1; /* go on */
}

static void
ds_application_startup(GApplication *application)
{
    static const GActionEntry actions[] = {{.name = "quit", .activate = on_quit}};
    static const char *const quit_keys[] = {"<Control>q", NULL};
    static const int numbers[] = {SIGINT, SIGTERM};
    DsApplication *self = DS_APPLICATION(application);
    g_autoptr(GError) error = NULL;

    G_APPLICATION_CLASS(ds_application_parent_class)->startup(application);
    ds_ui_init();
    gtk_window_set_default_icon_name(g_application_get_application_id(application));
    g_action_map_add_action_entries(
            G_ACTION_MAP(application), actions, G_N_ELEMENTS(actions), application);
    gtk_application_set_accels_for_action(GTK_APPLICATION(application), "app.quit", quit_keys);
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        self->signal_sources[i] = g_unix_signal_add(numbers[i], on_signal, self);
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
    application_class->startup = ds_application_startup;
    application_class->shutdown = ds_application_shutdown;
}

static void
ds_application_init(DsApplication *self)
{
    const GOptionEntry entries[] = {
            {"relay", 0, 0, G_OPTION_ARG_STRING, NULL, _("The relay"), "HOST[:PORT]"},
            {"relay-pin", 0, 0, G_OPTION_ARG_STRING, NULL,
                    _("The relay's key, as it prints it: PIN"), "SHA256"},
            {"new-instance", 0, 0, G_OPTION_ARG_NONE, NULL,
                    _("Do not join the Deskside that runs already"), NULL},
            {"version", 0, 0, G_OPTION_ARG_NONE, NULL, _("Print the version and end"), NULL},
            {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, NULL, _("[CODE|LINK]")},
            {0},
    };
    g_application_add_main_option_entries(G_APPLICATION(self), entries);
}

DsApplication *
ds_application_new(void)
{
    return g_object_new(DS_TYPE_APPLICATION, "application-id", "org.deskside.Deskside", "flags",
            G_APPLICATION_HANDLES_COMMAND_LINE, NULL);
}
