/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/code/code_entry.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"
#include "ui/code/code_text.h"

struct _DsCodeEntry {
    GtkBin parent_instance;

    /* Template widgets */
    GtkEntry *code;
    GtkEntry *name;
    GtkLabel *message;
    GtkWidget *connect;

    /* Borrowed */
    DsCodeEntryCheck check;
    gpointer check_data;

    gboolean is_grouping; /* the text is being replaced by us */
};

G_DEFINE_FINAL_TYPE(DsCodeEntry, ds_code_entry, GTK_TYPE_BIN)

enum {
    COMPLETE,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static DsCodeEntryVerdict
judge(DsCodeEntry *self, const char *text, const char **message)
{
    *message = NULL;
    if (self->check == NULL)
        return DS_CODE_ENTRY_PARTIAL;
    return self->check(text, message, self->check_data);
}

static void
emit_complete(DsCodeEntry *self)
{
    /* A copy: whoever hears it may clear the entry. */
    g_autofree char *text = g_strdup(gtk_entry_get_text(self->code));
    g_signal_emit(self, signals[COMPLETE], 0, text);
}

/* Shows what is wrong, and connects when nothing is missing any more. */
static void
consider(DsCodeEntry *self)
{
    const char *message;
    DsCodeEntryVerdict verdict = judge(self, gtk_entry_get_text(self->code), &message);
    gtk_widget_set_sensitive(self->connect, verdict == DS_CODE_ENTRY_COMPLETE);
    ds_code_entry_set_message(self, message);
    if (verdict == DS_CODE_ENTRY_COMPLETE)
        emit_complete(self);
}

/* Puts a text that is in groups already, past our own handlers. */
static void
set_grouped(DsCodeEntry *self, const char *grouped)
{
    self->is_grouping = TRUE;
    gtk_entry_set_text(self->code, grouped);
    self->is_grouping = FALSE;
}

/* Returns the text with `with` in the place of its characters from `start` to before `end`. */
static char *
text_with(DsCodeEntry *self, int start, int end, const char *with)
{
    const char *text = gtk_entry_get_text(self->code);
    const char *from = g_utf8_offset_to_pointer(text, start);
    const char *rest = end < 0 ? "" : g_utf8_offset_to_pointer(text, end);
    return g_strdup_printf("%.*s%s%s", (int)(from - text), text, with, rest);
}

static void
on_insert_text(DsCodeEntry *self, const char *text, int bytes, int *position)
{
    if (self->is_grouping)
        return;
    g_autofree char *added = bytes < 0 ? g_strdup(text) : g_strndup(text, (gsize)bytes);
    g_autofree char *whole = text_with(self, *position, *position, added);
    g_autofree char *grouped = ds_code_text_group(whole);
    if (grouped == NULL)
        return;
    int digits = ds_code_text_count(whole, *position + (int)g_utf8_strlen(added, -1));
    g_signal_stop_emission_by_name(self->code, "insert-text");
    set_grouped(self, grouped);
    *position = ds_code_text_position(grouped, digits);
}

/* A space between groups comes back by itself: who deletes it means the digit beside it. */
static void
widen_to_digit(DsCodeEntry *self, int *start, int *end)
{
    const char *text = gtk_entry_get_text(self->code);
    if (*end - *start != 1 || *g_utf8_offset_to_pointer(text, *start) != ' ')
        return;
    if (gtk_editable_get_position(GTK_EDITABLE(self->code)) == *start)
        (*end)++;
    else
        (*start)--;
}

static void
on_delete_text(DsCodeEntry *self, int start, int end)
{
    if (self->is_grouping)
        return;
    g_autofree char *before = ds_code_text_group(gtk_entry_get_text(self->code));
    if (before != NULL)
        widen_to_digit(self, &start, &end);
    g_autofree char *whole = text_with(self, start, end, "");
    g_autofree char *grouped = ds_code_text_group(whole);
    if (grouped == NULL)
        return;
    int digits = ds_code_text_count(whole, start);
    g_signal_stop_emission_by_name(self->code, "delete-text");
    set_grouped(self, grouped);
    gtk_editable_set_position(GTK_EDITABLE(self->code), ds_code_text_position(grouped, digits));
}

static void
on_connect_clicked(DsCodeEntry *self)
{
    emit_complete(self);
}

/* Enter: as Connect, where that is possible. */
static void
on_code_activate(DsCodeEntry *self)
{
    if (gtk_widget_get_sensitive(self->connect))
        emit_complete(self);
    else if (gtk_label_get_text(self->message)[0] == '\0')
        ds_code_entry_set_message(self, _("Digits are missing. Type the whole code."));
}

static void
on_clipboard_text(GtkClipboard *clipboard, const char *text, gpointer data)
{
    g_autoptr(DsCodeEntry) self = data;
    if (text != NULL)
        ds_code_entry_paste(self, text);
}

/* Into an empty code everything goes that holds a code; into some digits, what GTK makes of it. */
static void
on_paste_clipboard(DsCodeEntry *self)
{
    if (gtk_entry_get_text_length(self->code) > 0 &&
            !gtk_editable_get_selection_bounds(GTK_EDITABLE(self->code), NULL, NULL))
        return;
    g_signal_stop_emission_by_name(self->code, "paste-clipboard");
    ds_code_entry_paste_clipboard(self);
}

static void
ds_code_entry_grab_focus(GtkWidget *widget)
{
    gtk_widget_grab_focus(GTK_WIDGET(DS_CODE_ENTRY(widget)->code));
}

static void
ds_code_entry_class_init(DsCodeEntryClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    widget_class->grab_focus = ds_code_entry_grab_focus;
    signals[COMPLETE] = g_signal_new("complete", DS_TYPE_CODE_ENTRY, G_SIGNAL_RUN_LAST, 0, NULL,
            NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/code/code_entry.ui");
    gtk_widget_class_bind_template_child(widget_class, DsCodeEntry, code);
    gtk_widget_class_bind_template_child(widget_class, DsCodeEntry, name);
    gtk_widget_class_bind_template_child(widget_class, DsCodeEntry, message);
    gtk_widget_class_bind_template_child(widget_class, DsCodeEntry, connect);
    gtk_widget_class_bind_template_callback(widget_class, on_code_activate);
    gtk_widget_class_bind_template_callback(widget_class, on_connect_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_delete_text);
    gtk_widget_class_bind_template_callback(widget_class, on_insert_text);
    gtk_widget_class_bind_template_callback(widget_class, on_paste_clipboard);
    gtk_widget_class_bind_template_callback(widget_class, consider);
}

static void
ds_code_entry_init(DsCodeEntry *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    /* Digits run from left to right everywhere, and so do their groups. */
    gtk_widget_set_direction(GTK_WIDGET(self->code), GTK_TEXT_DIR_LTR);
}

void
ds_code_entry_set_check(DsCodeEntry *self, DsCodeEntryCheck check, gpointer data)
{
    g_return_if_fail(DS_IS_CODE_ENTRY(self));
    self->check = check;
    self->check_data = data;
}

void
ds_code_entry_paste(DsCodeEntry *self, const char *text)
{
    g_return_if_fail(DS_IS_CODE_ENTRY(self));
    const char *message;
    g_autofree char *part = NULL;
    if (judge(self, text, &message) != DS_CODE_ENTRY_COMPLETE)
        part = ds_code_text_find(text);
    g_autofree char *taken = g_strstrip(g_strdup(part != NULL ? part : text));
    g_autofree char *grouped = ds_code_text_group(taken);
    gtk_entry_set_text(self->code, grouped != NULL ? grouped : taken);
    gtk_editable_set_position(GTK_EDITABLE(self->code), -1);
}

void
ds_code_entry_paste_clipboard(DsCodeEntry *self)
{
    g_return_if_fail(DS_IS_CODE_ENTRY(self));
    GtkClipboard *clipboard = gtk_widget_get_clipboard(GTK_WIDGET(self), GDK_SELECTION_CLIPBOARD);
    gtk_clipboard_request_text(clipboard, on_clipboard_text, g_object_ref(self));
}

void
ds_code_entry_clear(DsCodeEntry *self)
{
    g_return_if_fail(DS_IS_CODE_ENTRY(self));
    gtk_entry_set_text(self->code, "");
    ds_code_entry_set_message(self, NULL);
}

void
ds_code_entry_set_message(DsCodeEntry *self, const char *message)
{
    g_return_if_fail(DS_IS_CODE_ENTRY(self));
    const char *text = message != NULL ? message : "";
    GtkStyleContext *style = gtk_widget_get_style_context(GTK_WIDGET(self->code));
    if (message != NULL)
        gtk_style_context_add_class(style, GTK_STYLE_CLASS_ERROR);
    else
        gtk_style_context_remove_class(style, GTK_STYLE_CLASS_ERROR);
    if (g_str_equal(text, gtk_label_get_text(self->message)))
        return;
    gtk_label_set_text(self->message, text);
    if (message != NULL)
        ds_announce(GTK_WIDGET(self), text);
}

void
ds_code_entry_set_name(DsCodeEntry *self, const char *name)
{
    g_return_if_fail(DS_IS_CODE_ENTRY(self));
    gtk_entry_set_text(self->name, name);
}

const char *
ds_code_entry_get_name(DsCodeEntry *self)
{
    g_return_val_if_fail(DS_IS_CODE_ENTRY(self), "");
    return gtk_entry_get_text(self->name);
}
