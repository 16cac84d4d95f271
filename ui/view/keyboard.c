/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/keyboard.h"

#include <locale.h>

#ifdef GDK_WINDOWING_WAYLAND
#include <gdk/gdkwayland.h>
#endif

#include "ui/view/compose.h"
#include "ui/view/held.h"

/* A window manager that switches windows holds the keyboard until its own keys are up. */
enum { GRAB_TRIES = 12, GRAB_RETRY_MS = 250 };

struct _DsKeyboard {
    GObject parent_instance;

    GtkWidget *widget;          /* borrowed; NULL when it has ended */
    struct ds_compose *compose; /* owned */
    struct ds_held held;
    DsKeyboardMode mode;
    gboolean has_focus;
    gboolean wants_grab, has_grab;
    guint grab_retry; /* a timer */
    guint grab_tries;
};

G_DEFINE_FINAL_TYPE(DsKeyboard, ds_keyboard, G_TYPE_OBJECT)

enum {
    KEY,
    REFUSED,
    LEAVE,
    FULL_SCREEN,
    FIGURES,
    GRABBED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* The chords that are not for the other side; the Shift that begins them is, so it is let go. */
static gboolean
is_ours(DsKeyboard *self, const GdkEventKey *event)
{
    static const struct {
        guint keysym;
        int signal;
    } chords[] = {
            {GDK_KEY_F9, FIGURES},
            {GDK_KEY_F11, FULL_SCREEN},
            {GDK_KEY_F12, LEAVE},
    };
    if ((event->state & gtk_accelerator_get_default_mod_mask()) != GDK_SHIFT_MASK)
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(chords); i++) {
        if (event->keyval != chords[i].keysym)
            continue;
        ds_keyboard_release_all(self);
        g_signal_emit(self, signals[chords[i].signal], 0);
        return TRUE;
    }
    return FALSE;
}

/* What types something, and is no shortcut of the window. */
static gboolean
is_text(const GdkEventKey *event)
{
    guint modifiers = event->state & gtk_accelerator_get_default_mod_mask();
    return (modifiers & ~(guint)GDK_SHIFT_MASK) == 0 &&
           g_unichar_isprint(gdk_keyval_to_unicode(event->keyval));
}

/* What the key types on the first of its layouts that has Latin letters, 0 where none has. */
static guint32
latin_keysym(guint keycode)
{
    g_autofree GdkKeymapKey *keys = NULL;
    g_autofree guint *keysyms = NULL;
    GdkKeymap *keymap = gdk_keymap_get_for_display(gdk_display_get_default());
    int count = 0;
    gdk_keymap_get_entries_for_keycode(keymap, keycode, &keys, &keysyms, &count);
    for (int i = 0; i < count; i++)
        if (keys[i].level == 0 && keysyms[i] < 0x80 && g_ascii_isalpha((char)keysyms[i]))
            return keysyms[i];
    return 0;
}

/* What the key means, were it not for Caps Lock. */
static guint
plain_keysym(const GdkEventKey *event)
{
    guint keysym = event->keyval;
    GdkKeymap *keymap = gdk_keymap_get_for_display(gdk_display_get_default());
    if ((event->state & GDK_LOCK_MASK) != 0)
        gdk_keymap_translate_keyboard_state(keymap, event->hardware_keycode,
                event->state & ~(guint)GDK_LOCK_MASK, event->group, &keysym, NULL, NULL, NULL);
    return keysym;
}

/*
 * Ctrl+C is on the key of C, whatever it types: a layout of the other side may lack the letter, and
 * what Caps Lock makes of it would be Ctrl+Shift+C there.
 */
static guint32
shortcut_keysym(const GdkEventKey *event)
{
    guint keysym = plain_keysym(event);
    gboolean is_foreign = keysym >= 0x80 && gdk_keyval_to_unicode(keysym) >= 0x80;
    guint32 latin = is_foreign ? latin_keysym(event->hardware_keycode) : 0;
    return latin != 0 ? latin : keysym;
}

/* What to send for a key that goes down now: see ds_compose_press(). */
static size_t
find_keysyms(DsKeyboard *self, const GdkEventKey *event, guint32 keysyms[static DS_COMPOSE_MAX])
{
    const guint shortcuts = GDK_CONTROL_MASK | GDK_MOD1_MASK | GDK_SUPER_MASK | GDK_META_MASK;
    keysyms[0] = event->keyval;
    if (ds_held_has(&self->held, event->hardware_keycode))
        return 1;
    if ((event->state & shortcuts) == 0)
        return ds_compose_press(self->compose, event->keyval, keysyms);
    keysyms[0] = shortcut_keysym(event);
    return 1;
}

/* The last of what the key makes is held with it. */
static void
press(DsKeyboard *self, const GdkEventKey *event)
{
    guint32 keysyms[DS_COMPOSE_MAX];
    guint keycode = event->hardware_keycode;
    size_t count = find_keysyms(self, event, keysyms);
    for (size_t i = 0; i + 1 < count; i++) {
        g_signal_emit(self, signals[KEY], 0, keycode, keysyms[i], TRUE);
        g_signal_emit(self, signals[KEY], 0, keycode, keysyms[i], FALSE);
    }
    if (count > 0 && ds_held_press(&self->held, keycode, &keysyms[count - 1]))
        g_signal_emit(self, signals[KEY], 0, keycode, keysyms[count - 1], TRUE);
}

static gboolean
on_press(DsKeyboard *self, const GdkEventKey *event)
{
    if (is_ours(self, event))
        return GDK_EVENT_STOP;
    if (self->mode != DS_KEYBOARD_TYPES) {
        if (!is_text(event) || self->mode == DS_KEYBOARD_OFF)
            return GDK_EVENT_PROPAGATE;
        /* It stops here: GTK would come with it a second time. */
        g_signal_emit(self, signals[REFUSED], 0);
        return GDK_EVENT_STOP;
    }
    press(self, event);
    return GDK_EVENT_STOP;
}

static gboolean
on_release(DsKeyboard *self, const GdkEventKey *event)
{
    guint32 keysym;
    if (ds_held_release(&self->held, event->hardware_keycode, &keysym))
        g_signal_emit(self, signals[KEY], 0, (guint)event->hardware_keycode, keysym, FALSE);
    return self->mode == DS_KEYBOARD_TYPES ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
}

/* ---- all keys ---- */

/*
 * What a grab is worth. GDK 3 asks a Wayland desktop for its keys and says that it has them: it
 * takes no answer, and does so too where the desktop cannot be asked.
 */
static DsKeyboardGrab
grab_of(GdkDisplay *display)
{
#ifdef GDK_WINDOWING_WAYLAND
    const char *manager = "zwp_keyboard_shortcuts_inhibit_manager_v1";
    if (GDK_IS_WAYLAND_DISPLAY(display))
        return gdk_wayland_display_query_registry(display, manager) ? DS_KEYBOARD_GRAB_ASKED
                                                                    : DS_KEYBOARD_GRAB_REFUSED;
#endif
    return DS_KEYBOARD_GRAB_TAKEN;
}

static void
tell_grab(DsKeyboard *self)
{
    GdkDisplay *display = gtk_widget_get_display(self->widget);
    g_signal_emit(self, signals[GRABBED], 0,
            self->has_grab ? grab_of(display) : DS_KEYBOARD_GRAB_REFUSED);
}

static gboolean
take_grab(DsKeyboard *self)
{
    GdkWindow *window = gtk_widget_get_window(gtk_widget_get_toplevel(self->widget));
    GdkSeat *seat = gdk_display_get_default_seat(gtk_widget_get_display(self->widget));
    /* A Wayland desktop may have no seat. */
    return seat != NULL && gdk_seat_grab(seat, window, GDK_SEAT_CAPABILITY_KEYBOARD, TRUE, NULL,
                                   NULL, NULL, NULL) == GDK_GRAB_SUCCESS;
}

static gboolean
try_grab(DsKeyboard *self)
{
    self->has_grab = self->has_focus && take_grab(self);
    if (!self->has_grab && ++self->grab_tries < GRAB_TRIES)
        return FALSE;
    self->grab_retry = 0;
    tell_grab(self);
    return TRUE;
}

static gboolean
on_grab_retry(gpointer data)
{
    return try_grab(data) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* Without the focus it is tried, too: who holds the keyboard may have it. */
static void
begin_grab(DsKeyboard *self)
{
    gboolean is_wanted = self->wants_grab && self->mode == DS_KEYBOARD_TYPES;
    if (!is_wanted || self->has_grab || self->grab_retry != 0)
        return;
    self->grab_tries = 0;
    if (!try_grab(self))
        self->grab_retry = g_timeout_add(GRAB_RETRY_MS, on_grab_retry, self);
}

static void
drop_grab(DsKeyboard *self)
{
    g_clear_handle_id(&self->grab_retry, g_source_remove);
    if (self->has_grab && self->widget != NULL)
        gdk_seat_ungrab(gdk_display_get_default_seat(gtk_widget_get_display(self->widget)));
    self->has_grab = FALSE;
}

static gboolean
on_grab_broken(DsKeyboard *self, const GdkEventGrabBroken *event)
{
    if (event->keyboard)
        self->has_grab = FALSE;
    return GDK_EVENT_PROPAGATE;
}

static gboolean
on_focus_in(DsKeyboard *self)
{
    self->has_focus = TRUE;
    begin_grab(self);
    return GDK_EVENT_PROPAGATE;
}

static gboolean
on_focus_out(DsKeyboard *self)
{
    self->has_focus = FALSE;
    drop_grab(self);
    ds_keyboard_release_all(self);
    return GDK_EVENT_PROPAGATE;
}

static void
on_unmap(DsKeyboard *self)
{
    drop_grab(self);
    ds_keyboard_release_all(self);
}

static void
ds_keyboard_dispose(GObject *object)
{
    DsKeyboard *self = DS_KEYBOARD(object);
    drop_grab(self);
    g_clear_weak_pointer(&self->widget);
    G_OBJECT_CLASS(ds_keyboard_parent_class)->dispose(object);
}

static void
ds_keyboard_finalize(GObject *object)
{
    ds_compose_free(DS_KEYBOARD(object)->compose);
    G_OBJECT_CLASS(ds_keyboard_parent_class)->finalize(object);
}

static void
ds_keyboard_class_init(DsKeyboardClass *klass)
{
    const GType type = DS_TYPE_KEYBOARD, none = G_TYPE_NONE, u = G_TYPE_UINT;
    const GSignalFlags last = G_SIGNAL_RUN_LAST;
    G_OBJECT_CLASS(klass)->dispose = ds_keyboard_dispose;
    G_OBJECT_CLASS(klass)->finalize = ds_keyboard_finalize;
    signals[KEY] =
            g_signal_new("key", type, last, 0, NULL, NULL, NULL, none, 3, u, u, G_TYPE_BOOLEAN);
    signals[REFUSED] = g_signal_new("refused", type, last, 0, NULL, NULL, NULL, none, 0);
    signals[LEAVE] = g_signal_new("leave", type, last, 0, NULL, NULL, NULL, none, 0);
    signals[FULL_SCREEN] = g_signal_new("full-screen", type, last, 0, NULL, NULL, NULL, none, 0);
    signals[FIGURES] = g_signal_new("figures", type, last, 0, NULL, NULL, NULL, none, 0);
    signals[GRABBED] =
            g_signal_new("grabbed", type, last, 0, NULL, NULL, NULL, none, 1, G_TYPE_INT);
}

static void
ds_keyboard_init(DsKeyboard *self)
{
    self->compose = ds_compose_new(setlocale(LC_CTYPE, NULL));
}

DsKeyboard *
ds_keyboard_new(GtkWidget *widget)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsKeyboard *self = g_object_new(DS_TYPE_KEYBOARD, NULL);
    g_set_weak_pointer(&self->widget, widget);
    gtk_widget_add_events(
            widget, GDK_KEY_PRESS_MASK | GDK_KEY_RELEASE_MASK | GDK_FOCUS_CHANGE_MASK);
    g_signal_connect_object(widget, "key-press-event", G_CALLBACK(on_press), self, swapped);
    g_signal_connect_object(widget, "key-release-event", G_CALLBACK(on_release), self, swapped);
    g_signal_connect_object(widget, "focus-out-event", G_CALLBACK(on_focus_out), self, swapped);
    g_signal_connect_object(widget, "focus-in-event", G_CALLBACK(on_focus_in), self, swapped);
    g_signal_connect_object(widget, "grab-broken-event", G_CALLBACK(on_grab_broken), self, swapped);
    g_signal_connect_object(widget, "unmap", G_CALLBACK(on_unmap), self, swapped);
    return self;
}

void
ds_keyboard_set_mode(DsKeyboard *self, DsKeyboardMode mode)
{
    g_return_if_fail(DS_IS_KEYBOARD(self));
    if (mode == self->mode)
        return;
    ds_keyboard_release_all(self);
    drop_grab(self);
    self->mode = mode;
    begin_grab(self);
}

void
ds_keyboard_set_grab(DsKeyboard *self, gboolean is_wanted)
{
    g_return_if_fail(DS_IS_KEYBOARD(self));
    self->wants_grab = is_wanted;
    if (!is_wanted)
        drop_grab(self);
    else if (self->has_grab)
        tell_grab(self);
    else
        begin_grab(self);
}

void
ds_keyboard_release_all(DsKeyboard *self)
{
    g_return_if_fail(DS_IS_KEYBOARD(self));
    guint32 keycode, keysym;
    ds_compose_reset(self->compose);
    while (ds_held_pop(&self->held, &keycode, &keysym))
        g_signal_emit(self, signals[KEY], 0, keycode, keysym, FALSE);
}
