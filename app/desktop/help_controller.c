/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/help_controller.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/desktop/figures_view.h"
#include "app/desktop/hands.h"
#include "app/desktop/path_view.h"
#include "app/desktop/relay_question.h"
#include "app/desktop/sight.h"
#include "app/desktop/tries.h"
#include "app/session/sentences.h"

/* A relay that wants more than this is busy, whatever the reason; less is no rest. */
#define REST_MAX_MS 20000
#define REST_MIN_MS 1000

struct _DsHelpController {
    GObject parent_instance;

    /* Borrowed */
    DsWindow *window;
    struct ds_net_thread *net;

    /* Owned */
    DsSession *session; /* NULL: there is none, nor the next two */
    struct ds_sight *sight;
    DsHands *hands;
    guint retry; /* source: the code rests, and is tried again after that */

    struct ds_relay_question *question; /* over which relay */

    struct ds_link_form form; /* what was typed: a secret */
    enum ds_paste paste;      /* how */
    enum ds_direct direct;
    uint32_t map_lease_s;
    unsigned salvo;
    gboolean is_direct_locked; /* by an administrator */
    enum ds_quality quality;
    struct ds_tries tries;
    struct ds_path_view path;
    struct ds_figures_view figures;
    gboolean does_stand;             /* the session does */
    gboolean has_picture;            /* every pixel of it was there */
    gboolean is_picture_lost;        /* the session stands without; the status page is ours */
    enum ds_decoder_failure failure; /* why it is being stopped; 0: not for the picture's sake */
    enum ds_reason reason;           /* how the last one ended; NONE: it did not */
    gboolean is_stopping;            /* the person wants no more, however it ends */
    gboolean is_at_end;              /* the status page is ours: it says how it ended */
};

G_DEFINE_FINAL_TYPE(DsHelpController, ds_help_controller, G_TYPE_OBJECT)

enum {
    STOPPED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* ---- what a code is ---- */

static DsCodeEntryVerdict
check_code(const char *text, const char **message, gpointer data)
{
    struct ds_link_form form;
    enum ds_paste paste;
    enum ds_code_why why;

    if (ds_code_paste_parse(&form, &paste, text, &why) == 0) {
        ds_link_form_wipe(&form);
        return DS_CODE_ENTRY_COMPLETE;
    }
    if (why == DS_CODE_CHECK) {
        *message = ds_sentence(DS_REASON_MISTYPED, DS_ROLE_HELPER);
        return DS_CODE_ENTRY_WRONG;
    }
    if (why == DS_CODE_TOO_LONG) {
        *message = _("These are too many digits for a code.");
        return DS_CODE_ENTRY_WRONG;
    }
    return DS_CODE_ENTRY_PARTIAL; /* a link in the middle of being typed, too */
}

/* ---- what is shown ---- */

static void
show_busy(DsHelpController *self, const char *text)
{
    ds_status_page_show_busy(ds_window_get_status_page(self->window), text);
    ds_window_show_page(self->window, DS_WINDOW_PAGE_STATUS);
}

static void
show_end(DsHelpController *self, const char *title, const char *text, gboolean can_try_again)
{
    self->is_at_end = TRUE;
    ds_status_page_show_end(ds_window_get_status_page(self->window), title, text, can_try_again);
    ds_window_show_page(self->window, DS_WINDOW_PAGE_STATUS);
}

static void
show_path(DsHelpController *self)
{
    ds_path_view_show(&self->path, ds_window_get_path_indicator(self->window));
}

static void
forget_code(DsHelpController *self)
{
    ds_link_form_wipe(&self->form);
    ds_code_entry_clear(ds_window_get_code_entry(self->window));
}

/* ---- what the session and its picture say ---- */

static void
on_complete_picture(gpointer data)
{
    DsHelpController *self = data;
    self->has_picture = TRUE;
    ds_window_show_page(self->window, DS_WINDOW_PAGE_VIEWER);
}

/* The session goes on: the picture is a button away, and needs no new code. */
static void
show_lost_picture(DsHelpController *self, enum ds_decoder_failure failure)
{
    self->is_picture_lost = TRUE;
    self->has_picture = FALSE;
    ds_status_page_show_lost(ds_window_get_status_page(self->window), _("The Picture Was Lost"),
            _(ds_decoder_failure_text(failure)));
    ds_window_show_page(self->window, DS_WINDOW_PAGE_STATUS);
}

static void
on_failed_picture(gpointer data, enum ds_decoder_failure failure)
{
    DsHelpController *self = data;
    if (self->does_stand && ds_decoder_failure_is_ours(failure)) {
        show_lost_picture(self, failure);
        return;
    }
    self->failure = failure;
    ds_session_stop(self->session, DS_REASON_STOPPED);
}

static void
on_figures(gpointer data, const struct ds_decoded *decoded)
{
    DsHelpController *self = data;
    ds_figures_view_show(&self->figures, decoded, g_get_monotonic_time(), &self->path,
            ds_window_get_figures(self->window));
}

static const struct ds_sight_handler sight_handler = {
        .on_complete = on_complete_picture,
        .on_figures = on_figures,
        .on_failed = on_failed_picture,
};

/* The picture comes with the grant, by another mailbox: it may be here before. */
static void
on_peer(DsHelpController *self, const char *name, guint level)
{
    self->does_stand = TRUE;
    ds_window_set_viewer_title(self->window, name);
    if (!self->has_picture)
        show_busy(self, _("Waiting for the picture…"));
}

static void
on_path(DsHelpController *self, const struct ds_peer_path *path)
{
    self->path.record.path = *path;
    show_path(self);
}

static void
on_punch(DsHelpController *self, const struct ds_peer_punch *punch)
{
    ds_path_record_add(&self->path.record, punch);
}

/* Once a second. */
static void
on_rate(DsHelpController *self, const struct ds_peer_stats *stats)
{
    ds_path_view_set_stats(&self->path, stats);
    show_path(self);
    if (gtk_widget_get_visible(GTK_WIDGET(ds_window_get_figures(self->window))))
        ds_sight_ask_figures(self->sight);
}

/* Let go of the session and its picture. */
static void
close_session(DsHelpController *self)
{
    g_clear_object(&self->hands);
    g_clear_pointer(&self->sight, ds_sight_free);
    g_clear_object(&self->session);
}

/* Says how many tries are left; returned owned. */
static char *
tell_wrong(DsHelpController *self)
{
    unsigned left = ds_tries_count(&self->tries, &self->form.code);
    if (left == 0)
        return g_strdup(ds_sentence(DS_REASON_CODE_BURNED, DS_ROLE_HELPER));
    return g_strdup_printf(
            /* Translators: %s is "This code is wrong." and what to do. */
            ngettext("%s %u try is left.", "%s %u tries are left.", left),
            ds_sentence(DS_REASON_WRONG_CODE, DS_ROLE_HELPER), left);
}

static void start(DsHelpController *self);

static gboolean
on_rested(gpointer data)
{
    DsHelpController *self = data;
    self->retry = 0;
    start(self);
    return G_SOURCE_REMOVE;
}

/* The relay lets a code rest after a wrong one: nobody is busy, and it goes on by itself. */
static void
wait_for_rest(DsHelpController *self, guint retry_ms)
{
    show_busy(self, _("Connecting. After a wrong code this takes a few seconds…"));
    self->retry = g_timeout_add(MAX(retry_ms, REST_MIN_MS), on_rested, self);
}

/* The person wants no more: back to the code, or to the beginning where it has served. */
static void
leave(DsHelpController *self)
{
    if (self->is_picture_lost || ds_window_get_page(self->window) == DS_WINDOW_PAGE_VIEWER) {
        forget_code(self);
        ds_window_show_page(self->window, DS_WINDOW_PAGE_START);
    } else {
        ds_window_show_page(self->window, DS_WINDOW_PAGE_ENTRY);
    }
    g_signal_emit(self, signals[STOPPED], 0);
}

static void
on_ended(DsHelpController *self, guint reason, const char *sentence, guint retry_ms)
{
    const char *title = self->does_stand ? _("The Session Has Ended") : _("Not Connected");
    close_session(self);
    if (self->is_stopping) {
        reason = DS_REASON_STOPPED;
    } else if (reason == DS_REASON_STOPPED && self->failure != 0) {
        reason = ds_decoder_failure_reason(self->failure);
        sentence = _(ds_decoder_failure_text(self->failure));
    }
    self->reason = reason;
    if (reason == DS_REASON_STOPPED) {
        leave(self);
    } else if (reason == DS_REASON_BUSY && retry_ms > 0 && retry_ms <= REST_MAX_MS) {
        wait_for_rest(self, retry_ms);
    } else {
        g_autofree char *wrong = reason == DS_REASON_WRONG_CODE ? tell_wrong(self) : NULL;
        show_end(self, title, wrong != NULL ? wrong : sentence, TRUE);
    }
    self->is_picture_lost = FALSE;
}

/* ---- the way to it ---- */

static void
open_session(DsHelpController *self, const struct ds_relay_addr *relay, gboolean is_nearby)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    self->sight = ds_sight_new(ds_window_get_viewer(self->window), &sight_handler, self);
    ds_sight_set_quality(self->sight, self->quality);
    struct ds_hand_box *box = ds_hand_box_new();
    const struct ds_session_config config = {
            .role = DS_ROLE_HELPER,
            .is_nearby = is_nearby,
            .relay = *relay,
            .code = self->form.code,
            .name = ds_code_entry_get_name(ds_window_get_code_entry(self->window)),
            .wants = DS_LEVEL_CONTROL,
            .direct = self->direct,
            .map_lease_s = self->map_lease_s,
            .salvo = self->salvo,
            .service = ds_sight_make_service(self->sight, box),
    };
    DsSession *session = self->session = ds_session_new(self->net, &config);
    ds_sight_begin(self->sight, session);
    self->hands = ds_hands_new(self->window, session, box);
    ds_hand_box_unref(box);
    g_signal_connect_object(session, "peer", G_CALLBACK(on_peer), self, swapped);
    g_signal_connect_object(session, "path", G_CALLBACK(on_path), self, swapped);
    g_signal_connect_object(session, "punch", G_CALLBACK(on_punch), self, swapped);
    g_signal_connect_object(session, "rate", G_CALLBACK(on_rate), self, swapped);
    g_signal_connect_object(session, "ended", G_CALLBACK(on_ended), self, swapped);
}

static void
on_relay(gpointer data, const struct ds_relay_addr *relay, gboolean is_nearby)
{
    DsHelpController *self = data;
    if (self->session != NULL)
        return;
    self->is_at_end = FALSE;
    self->does_stand = FALSE;
    self->has_picture = FALSE;
    self->is_picture_lost = FALSE;
    self->is_stopping = FALSE;
    self->failure = 0;
    self->reason = DS_REASON_NONE;
    self->path = (struct ds_path_view){
            .record = {.role = DS_ROLE_HELPER, .is_locked = self->is_direct_locked}};
    self->figures = (struct ds_figures_view){0};
    show_busy(self, _("Connecting. The person who shares is being asked…"));
    open_session(self, relay, is_nearby);
}

static void
on_no_relay(gpointer data, const char *sentence)
{
    show_end(data, _("Not Connected"), sentence, FALSE);
}

static const struct ds_relay_question_handler question_handler = {
        .on_relay = on_relay,
        .on_none = on_no_relay,
};

static void
start(DsHelpController *self)
{
    ds_relay_question_ask(self->question, &self->form, self->paste);
}

/* ---- what the person says ---- */

static void
on_complete(DsHelpController *self, const char *text)
{
    enum ds_code_why why;
    if (self->session == NULL && ds_code_paste_parse(&self->form, &self->paste, text, &why) == 0)
        start(self);
}

static void
on_stop(DsHelpController *self)
{
    if (ds_help_controller_stop(self) || self->retry == 0)
        return;
    g_clear_handle_id(&self->retry, g_source_remove);
    leave(self);
}

static void
get_picture_back(DsHelpController *self)
{
    self->is_picture_lost = FALSE;
    self->figures = (struct ds_figures_view){0};
    show_busy(self, _("Waiting for the picture…"));
    ds_sight_start_again(self->sight);
}

/* A code that was no good is looked at once more; for all else the same code is tried at once. */
static void
on_try_again(DsHelpController *self)
{
    const int bad_code = 3;
    if (self->is_picture_lost) {
        get_picture_back(self);
        return;
    }
    if (!self->is_at_end)
        return;
    if (ds_exit_status(self->reason) != bad_code) {
        start(self);
        return;
    }
    self->is_at_end = FALSE;
    ds_window_show_page(self->window, DS_WINDOW_PAGE_ENTRY);
}

static void
on_back(DsHelpController *self)
{
    if (!self->is_at_end)
        return;
    self->is_at_end = FALSE;
    forget_code(self);
    ds_window_show_page(self->window, DS_WINDOW_PAGE_START);
}

static char *
on_report(DsHelpController *self)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    return ds_path_report(&self->path.record, now);
}

static void
connect_window(DsHelpController *self)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsWindow *window = self->window;
    DsCodeEntry *entry = ds_window_get_code_entry(window);
    DsStatusPage *status = ds_window_get_status_page(window);
    ds_code_entry_set_check(entry, check_code, NULL);
    g_signal_connect_object(entry, "complete", G_CALLBACK(on_complete), self, swapped);
    g_signal_connect_object(status, "cancel", G_CALLBACK(on_stop), self, swapped);
    g_signal_connect_object(status, "try-again", G_CALLBACK(on_try_again), self, swapped);
    g_signal_connect_object(status, "disconnect", G_CALLBACK(on_stop), self, swapped);
    g_signal_connect_object(status, "back", G_CALLBACK(on_back), self, swapped);
    g_signal_connect_object(ds_path_indicator_get_view(ds_window_get_path_indicator(window)),
            "report", G_CALLBACK(on_report), self, swapped);
    g_signal_connect_object(window, "disconnect", G_CALLBACK(on_stop), self, swapped);
    ds_viewer_set_view_only(ds_window_get_viewer(window), TRUE);
}

static void
ds_help_controller_dispose(GObject *object)
{
    DsHelpController *self = DS_HELP_CONTROLLER(object);
    g_clear_handle_id(&self->retry, g_source_remove);
    close_session(self);
    g_clear_pointer(&self->question, ds_relay_question_free);
    G_OBJECT_CLASS(ds_help_controller_parent_class)->dispose(object);
}

static void
ds_help_controller_finalize(GObject *object)
{
    ds_link_form_wipe(&DS_HELP_CONTROLLER(object)->form);
    G_OBJECT_CLASS(ds_help_controller_parent_class)->finalize(object);
}

static void
ds_help_controller_class_init(DsHelpControllerClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = ds_help_controller_dispose;
    G_OBJECT_CLASS(klass)->finalize = ds_help_controller_finalize;
    signals[STOPPED] = g_signal_new("stopped", DS_TYPE_HELP_CONTROLLER, G_SIGNAL_RUN_LAST, 0, NULL,
            NULL, NULL, G_TYPE_NONE, 0);
}

static void
ds_help_controller_init(DsHelpController *self)
{
    self->quality = DS_QUALITY_AUTOMATIC;
}

DsHelpController *
ds_help_controller_new(DsWindow *window, struct ds_net_thread *net)
{
    DsHelpController *self = g_object_new(DS_TYPE_HELP_CONTROLLER, NULL);
    self->window = window;
    self->net = net;
    self->question = ds_relay_question_new(GTK_WINDOW(window), &question_handler, self);
    connect_window(self);
    return self;
}

void
ds_help_controller_set_relay(DsHelpController *self, const struct ds_relay_addr *relay)
{
    g_return_if_fail(DS_IS_HELP_CONTROLLER(self));
    ds_relay_question_set_relay(self->question, relay);
}

void
ds_help_controller_set_direct(DsHelpController *self, enum ds_direct direct, gboolean is_locked)
{
    g_return_if_fail(DS_IS_HELP_CONTROLLER(self));
    self->direct = direct;
    self->is_direct_locked = is_locked;
}

void
ds_help_controller_set_map_lease(DsHelpController *self, uint32_t lease_s)
{
    g_return_if_fail(DS_IS_HELP_CONTROLLER(self));
    self->map_lease_s = lease_s;
}

void
ds_help_controller_set_salvo(DsHelpController *self, unsigned sockets)
{
    g_return_if_fail(DS_IS_HELP_CONTROLLER(self));
    self->salvo = sockets;
}

void
ds_help_controller_set_quality(DsHelpController *self, enum ds_quality quality)
{
    g_return_if_fail(DS_IS_HELP_CONTROLLER(self));
    self->quality = quality;
    if (self->sight != NULL)
        ds_sight_set_quality(self->sight, quality);
}

gboolean
ds_help_controller_is_busy(DsHelpController *self)
{
    g_return_val_if_fail(DS_IS_HELP_CONTROLLER(self), FALSE);
    return self->session != NULL;
}

gboolean
ds_help_controller_stop(DsHelpController *self)
{
    g_return_val_if_fail(DS_IS_HELP_CONTROLLER(self), FALSE);
    if (self->session == NULL)
        return FALSE;
    self->is_stopping = TRUE;
    ds_session_stop(self->session, DS_REASON_STOPPED);
    return TRUE;
}
