/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/share_controller.h"

#include <string.h>

#include <gdk/gdkx.h>
#include <glib/gi18n.h>

#include "app/desktop/path_view.h"
#include "app/desktop/share_service.h"
#include "app/nearby/own_relay.h"
#include "app/share/display.h"
#include "ui/share/share_bar.h"

struct _DsShareController {
    GObject parent_instance;

    /* Borrowed */
    DsWindow *window;
    struct ds_net_thread *net;

    /* Owned */
    DsSession *session; /* NULL: nothing is shared */
    DsShareBar *bar;    /* while the session stands */
    char *own_name;

    struct ds_relay_addr relay;
    gboolean has_relay;
    enum ds_direct direct;
    uint32_t map_lease_s;
    unsigned salvo;
    gboolean is_direct_locked; /* by an administrator */
    gboolean is_own;           /* the session's code is good on a relay of our own */
    struct ds_own_windows own;
    struct ds_path_view path;
    char name[DS_NAME_BYTES];      /* of who asks, or looks */
    char place[DS_PLACE_TEXT_MAX]; /* what stood before the code last, or "" */
    gboolean asks_for_control;     /* the question is about control alone */
    gboolean is_at_end;            /* the status page is ours: it says how it ended */
    gboolean is_renewed;           /* the code that comes replaces one that was guessed at */
    gboolean is_stopping;          /* the person wants no more, however it ends */
};

G_DEFINE_FINAL_TYPE(DsShareController, ds_share_controller, G_TYPE_OBJECT)

enum {
    STOPPED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* ---- what is shown ---- */

static void
show_end(DsShareController *self, const char *title, const char *text)
{
    self->is_at_end = TRUE;
    ds_status_page_show_end(ds_window_get_status_page(self->window), title, text, TRUE);
    ds_window_show_page(self->window, DS_WINDOW_PAGE_STATUS);
}

/* What there is to know of a code before it is read out; NULL: nothing. Static. */
static const char *
choose_notice(DsShareController *self, enum ds_own_relay_range range, const char *place)
{
    gboolean is_moved =
            self->place[0] != '\0' && place[0] != '\0' && strcmp(self->place, place) != 0;
    if (self->is_renewed)
        return _("Three wrong codes were tried. This is a new one.");
    if (self->is_own && range == DS_OWN_RELAY_LINK)
        return _("On another computer only the link works. Copy it and send it.");
    if (self->is_own && range == DS_OWN_RELAY_MACHINE)
        return _("There is no network. The code works on this computer only.");
    return is_moved ? _("The network has changed, and the address with it. Read both again.")
                    : NULL;
}

static void
show_code(DsShareController *self, const struct ds_link_form *form, guint64 left_ms)
{
    char digits[DS_CODE_TEXT_MAX], link[DS_LINK_TEXT_MAX], place[DS_PLACE_TEXT_MAX] = "";
    enum ds_own_relay_range range = DS_OWN_RELAY_NETWORK;
    if (self->is_own)
        range = ds_own_relay_range(form, place);
    const DsShownCode shown = {
            .address = place[0] != '\0' ? place : NULL,
            .digits = ds_code_format(&form->code, digits),
            .link = range != DS_OWN_RELAY_MACHINE ? ds_code_link_format(form, link) : NULL,
            .seconds = (guint)(left_ms / 1000),
    };
    DsCodePage *page = ds_window_get_code_page(self->window);
    ds_code_page_show_code(page, &shown);
    ds_code_page_set_relay_lost(page, FALSE);
    ds_code_page_set_notice(page, choose_notice(self, range, place));
    self->is_renewed = FALSE;
    if (place[0] != '\0')
        g_strlcpy(self->place, place, sizeof self->place);
    explicit_bzero(digits, sizeof digits);
    explicit_bzero(link, sizeof link);
}

/* With the first yes, where neither side has switched direct connections off. */
static gboolean
tells_addresses(DsShareController *self)
{
    enum ds_why why = self->path.record.path.why_not.why;
    return !self->asks_for_control && why != DS_WHY_OFF_HERE && why != DS_WHY_OFF_THERE;
}

static void
ask(DsShareController *self, gboolean only_control)
{
    self->asks_for_control = only_control;
    const DsConsentQuestion question = {
            .name = self->name,
            .seconds = DS_CONSENT_MS / 1000,
            .only_control = only_control,
            .tells_addresses = tells_addresses(self),
    };
    ds_consent_page_ask(ds_window_get_consent_page(self->window), &question);
    ds_window_show_page(self->window, DS_WINDOW_PAGE_CONSENT);
}

/* The bar's controls and the window's are the same. */
static void
get_controls(DsShareController *self, DsShareControls *controls[static 2])
{
    controls[0] = ds_share_bar_get_controls(self->bar);
    controls[1] = ds_window_get_share_controls(self->window);
}

static void
show_level(DsShareController *self, guint level)
{
    DsShareControls *controls[2];
    if (self->bar == NULL)
        return;
    get_controls(self, controls);
    for (guint i = 0; i < G_N_ELEMENTS(controls); i++)
        ds_share_controls_set_control(controls[i], level >= DS_LEVEL_CONTROL);
}

static void
show_path(DsShareController *self)
{
    DsShareControls *controls[2];
    if (self->bar == NULL)
        return;
    get_controls(self, controls);
    for (guint i = 0; i < G_N_ELEMENTS(controls); i++)
        ds_path_view_show(&self->path, ds_share_controls_get_path_indicator(controls[i]));
}

static void connect_controls(DsShareController *self, DsShareControls *controls);

static void
open_bar(DsShareController *self)
{
    DsShareControls *controls[2];
    self->bar = ds_share_bar_new(gtk_window_get_application(GTK_WINDOW(self->window)));
    gtk_widget_insert_action_group(GTK_WIDGET(self->bar), "win", G_ACTION_GROUP(self->window));
    connect_controls(self, ds_share_bar_get_controls(self->bar));
    get_controls(self, controls);
    for (guint i = 0; i < G_N_ELEMENTS(controls); i++)
        ds_share_controls_set_name(controls[i], self->name);
    gtk_widget_show(GTK_WIDGET(self->bar));
}

static void
close_bar(DsShareController *self)
{
    if (self->bar != NULL)
        gtk_widget_destroy(GTK_WIDGET(self->bar));
    self->bar = NULL;
}

/* ---- what the session says ---- */

static void
on_code(DsShareController *self, const struct ds_link_form *form, guint64 left_ms)
{
    show_code(self, form, left_ms);
}

static void
on_offline(DsShareController *self)
{
    ds_code_page_set_relay_lost(ds_window_get_code_page(self->window), TRUE);
}

static void
on_guess(DsShareController *self, guint left)
{
    g_autofree char *text = g_strdup_printf(ngettext("A wrong code was tried. %u more, and this "
                                                     "code no longer works.",
                                                    "A wrong code was tried. %u more, and this "
                                                    "code no longer works.",
                                                    left),
            left);
    if (left > 0)
        ds_code_page_set_notice(ds_window_get_code_page(self->window), text);
}

static void
on_request(DsShareController *self, const char *name, guint level, gboolean again)
{
    g_strlcpy(self->name, name, sizeof self->name);
    ask(self, again);
}

static void
on_peer(DsShareController *self, const char *name, guint level)
{
    open_bar(self);
    show_level(self, level);
    show_path(self);
    ds_window_show_page(self->window, DS_WINDOW_PAGE_SHARING);
}

static void
on_level(DsShareController *self, guint level)
{
    show_level(self, level);
}

static void
on_path(DsShareController *self, const struct ds_peer_path *path)
{
    self->path.record.path = *path;
    show_path(self);
}

static void
on_punch(DsShareController *self, const struct ds_peer_punch *punch)
{
    ds_path_record_add(&self->path.record, punch);
}

static void
on_rate(DsShareController *self, const struct ds_peer_stats *stats)
{
    ds_path_view_set_stats(&self->path, stats);
    show_path(self);
}

static void
on_ended(DsShareController *self, guint reason, const char *sentence, guint retry_ms)
{
    gboolean did_stand = self->bar != NULL;
    close_bar(self);
    g_clear_object(&self->session);
    ds_consent_page_withdraw(ds_window_get_consent_page(self->window));
    ds_code_page_wait(ds_window_get_code_page(self->window));
    if (reason == DS_REASON_STOPPED || self->is_stopping) {
        self->is_renewed = FALSE;
        ds_window_show_page(self->window, DS_WINDOW_PAGE_START);
        g_signal_emit(self, signals[STOPPED], 0);
    } else if (reason == DS_REASON_CODE_BURNED) {
        self->is_renewed = TRUE;
        ds_share_controller_start(self);
    } else {
        show_end(self, did_stand ? _("The Session Has Ended") : _("Nothing Is Shared"), sentence);
    }
}

static void
open_session(DsShareController *self)
{
    self->is_own = !self->has_relay;
    const struct ds_session_config config = {
            .role = DS_ROLE_HELPEE,
            .is_nearby = self->is_own,
            .relay = self->relay,
            .name = self->own_name,
            .direct = self->direct,
            .map_lease_s = self->map_lease_s,
            .salvo = self->salvo,
            .service = ds_share_service_new(self->own),
    };
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsSession *session = self->session = ds_session_new(self->net, &config);
    self->path = (struct ds_path_view){
            .record = {.role = DS_ROLE_HELPEE, .is_locked = self->is_direct_locked}};
    self->is_stopping = FALSE;
    self->place[0] = '\0';
    g_signal_connect_object(session, "code", G_CALLBACK(on_code), self, swapped);
    g_signal_connect_object(session, "offline", G_CALLBACK(on_offline), self, swapped);
    g_signal_connect_object(session, "guess", G_CALLBACK(on_guess), self, swapped);
    g_signal_connect_object(session, "request", G_CALLBACK(on_request), self, swapped);
    g_signal_connect_object(session, "peer", G_CALLBACK(on_peer), self, swapped);
    g_signal_connect_object(session, "level", G_CALLBACK(on_level), self, swapped);
    g_signal_connect_object(session, "path", G_CALLBACK(on_path), self, swapped);
    g_signal_connect_object(session, "punch", G_CALLBACK(on_punch), self, swapped);
    g_signal_connect_object(session, "rate", G_CALLBACK(on_rate), self, swapped);
    g_signal_connect_object(session, "ended", G_CALLBACK(on_ended), self, swapped);
}

/* ---- what the person says ---- */

static void
on_stop(DsShareController *self)
{
    ds_share_controller_stop(self);
}

static void
on_take_back(DsShareController *self)
{
    if (self->session != NULL)
        ds_session_grant(self->session, DS_LEVEL_VIEW);
}

static void
on_give_control(DsShareController *self)
{
    ask(self, TRUE);
}

/* The session counts the time for an answer too, and ends by itself. */
static void
on_answered(DsShareController *self, int answer)
{
    if (self->session == NULL)
        return;
    if (answer == DS_CONSENT_ANSWER_CONTROL)
        ds_session_grant(self->session, DS_LEVEL_CONTROL);
    else if (self->asks_for_control || answer == DS_CONSENT_ANSWER_LOOK)
        ds_session_grant(self->session, DS_LEVEL_VIEW);
    else if (answer == DS_CONSENT_ANSWER_DECLINED)
        ds_session_stop(self->session, DS_REASON_DECLINED);
    if (self->asks_for_control)
        ds_window_show_page(self->window, DS_WINDOW_PAGE_SHARING);
}

static void
on_try_again(DsShareController *self)
{
    if (self->is_at_end)
        ds_share_controller_start(self);
}

static void
on_back(DsShareController *self)
{
    if (!self->is_at_end)
        return;
    self->is_at_end = FALSE;
    ds_window_show_page(self->window, DS_WINDOW_PAGE_START);
}

static char *
on_report(DsShareController *self)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    return ds_path_report(&self->path.record, now);
}

static void
connect_controls(DsShareController *self, DsShareControls *controls)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsPathIndicator *indicator = ds_share_controls_get_path_indicator(controls);
    g_signal_connect_object(controls, "stop", G_CALLBACK(on_stop), self, swapped);
    g_signal_connect_object(controls, "take-back", G_CALLBACK(on_take_back), self, swapped);
    g_signal_connect_object(controls, "give-control", G_CALLBACK(on_give_control), self, swapped);
    g_signal_connect_object(
            ds_path_indicator_get_view(indicator), "report", G_CALLBACK(on_report), self, swapped);
}

static void
connect_window(DsShareController *self)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsWindow *window = self->window;
    DsStatusPage *status = ds_window_get_status_page(window);
    g_signal_connect_object(ds_window_get_start_page(window), "share",
            G_CALLBACK(ds_share_controller_start), self, swapped);
    g_signal_connect_object(
            ds_window_get_code_page(window), "stop", G_CALLBACK(on_stop), self, swapped);
    g_signal_connect_object(
            ds_window_get_consent_page(window), "answered", G_CALLBACK(on_answered), self, swapped);
    g_signal_connect_object(status, "try-again", G_CALLBACK(on_try_again), self, swapped);
    g_signal_connect_object(status, "back", G_CALLBACK(on_back), self, swapped);
    connect_controls(self, ds_window_get_share_controls(window));
}

static void
ds_share_controller_dispose(GObject *object)
{
    DsShareController *self = DS_SHARE_CONTROLLER(object);
    close_bar(self);
    g_clear_object(&self->session);
    G_OBJECT_CLASS(ds_share_controller_parent_class)->dispose(object);
}

static void
ds_share_controller_finalize(GObject *object)
{
    g_free(DS_SHARE_CONTROLLER(object)->own_name);
    G_OBJECT_CLASS(ds_share_controller_parent_class)->finalize(object);
}

static void
ds_share_controller_class_init(DsShareControllerClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = ds_share_controller_dispose;
    G_OBJECT_CLASS(klass)->finalize = ds_share_controller_finalize;
    signals[STOPPED] = g_signal_new("stopped", DS_TYPE_SHARE_CONTROLLER, G_SIGNAL_RUN_LAST, 0, NULL,
            NULL, NULL, G_TYPE_NONE, 0);
}

static void
ds_share_controller_init(DsShareController *self)
{
    self->own_name = g_strdup("");
}

DsShareController *
ds_share_controller_new(DsWindow *window, struct ds_net_thread *net)
{
    DsShareController *self = g_object_new(DS_TYPE_SHARE_CONTROLLER, NULL);
    self->window = window;
    self->net = net;
    connect_window(self);
    return self;
}

void
ds_share_controller_set_relay(DsShareController *self, const struct ds_relay_addr *relay)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLLER(self));
    self->has_relay = relay != NULL;
    if (relay != NULL)
        self->relay = *relay;
}

void
ds_share_controller_set_name(DsShareController *self, const char *name)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLLER(self));
    g_free(self->own_name);
    self->own_name = g_strdup(name);
}

void
ds_share_controller_set_direct(DsShareController *self, enum ds_direct direct, gboolean is_locked)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLLER(self));
    self->direct = direct;
    self->is_direct_locked = is_locked;
}

void
ds_share_controller_set_map_lease(DsShareController *self, uint32_t lease_s)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLLER(self));
    self->map_lease_s = lease_s;
}

void
ds_share_controller_set_salvo(DsShareController *self, unsigned sockets)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLLER(self));
    self->salvo = sockets;
}

gboolean
ds_share_controller_is_busy(DsShareController *self)
{
    g_return_val_if_fail(DS_IS_SHARE_CONTROLLER(self), FALSE);
    return self->session != NULL;
}

/* The X server gives each client a range of ids, of one size for all. */
static void
find_own_windows(DsShareController *self, struct ds_display *display)
{
    GdkWindow *window = gtk_widget_get_window(GTK_WIDGET(self->window));
    self->own.mask = xcb_get_setup(display->conn)->resource_id_mask;
    self->own.base = (uint32_t)GDK_WINDOW_XID(window) & ~self->own.mask;
}

/* What cannot be shared is told before there is a code. */
static gboolean
prepare(DsShareController *self, GError **error)
{
    if (!ds_display_check_session(error))
        return FALSE;
    struct ds_display *display = ds_display_open(NULL, error);
    if (display == NULL)
        return FALSE;
    find_own_windows(self, display);
    ds_display_close(display);
    return TRUE;
}

void
ds_share_controller_start(DsShareController *self)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLLER(self));
    g_autoptr(GError) error = NULL;
    if (self->session != NULL)
        return;
    if (!prepare(self, &error)) {
        show_end(self, _("Nothing Is Shared"), error->message);
    } else {
        self->is_at_end = FALSE;
        ds_code_page_wait(ds_window_get_code_page(self->window));
        ds_window_show_page(self->window, DS_WINDOW_PAGE_CODE);
        open_session(self);
    }
}

gboolean
ds_share_controller_stop(DsShareController *self)
{
    g_return_val_if_fail(DS_IS_SHARE_CONTROLLER(self), FALSE);
    if (self->session == NULL)
        return FALSE;
    gboolean is_asking = ds_window_get_page(self->window) == DS_WINDOW_PAGE_CONSENT;
    self->is_stopping = TRUE;
    close_bar(self); /* nobody sees any more, though the goodbye may take a while */
    ds_session_stop(self->session,
            is_asking && !self->asks_for_control ? DS_REASON_DECLINED : DS_REASON_STOPPED);
    return TRUE;
}
