/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/keyboard.h"

#include "ui/view/held.h"

struct _DsKeyboard {
    GObject parent_instance;

    struct ds_held held;
    DsKeyboardMode mode;
};

G_DEFINE_FINAL_TYPE(DsKeyboard, ds_keyboard, G_TYPE_OBJECT)

enum {
    KEY,
    REFUSED,
    LEAVE,
    FULL_SCREEN,
    FIGURES,
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

static gboolean
on_press(DsKeyboard *self, const GdkEventKey *event)
{
    guint32 keysym = event->keyval;
    if (is_ours(self, event))
        return GDK_EVENT_STOP;
    if (self->mode != DS_KEYBOARD_TYPES) {
        if (!is_text(event) || self->mode == DS_KEYBOARD_OFF)
            return GDK_EVENT_PROPAGATE;
        /* It stops here: GTK would come with it a second time. */
        g_signal_emit(self, signals[REFUSED], 0);
        return GDK_EVENT_STOP;
    }
    if (ds_held_press(&self->held, event->hardware_keycode, &keysym))
        g_signal_emit(self, signals[KEY], 0, (guint)event->hardware_keycode, keysym, TRUE);
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

static gboolean
on_focus_out(DsKeyboard *self)
{
    ds_keyboard_release_all(self);
    return GDK_EVENT_PROPAGATE;
}

static void
ds_keyboard_class_init(DsKeyboardClass *klass)
{
    const GType type = DS_TYPE_KEYBOARD, none = G_TYPE_NONE, u = G_TYPE_UINT;
    const GSignalFlags last = G_SIGNAL_RUN_LAST;
    signals[KEY] =
            g_signal_new("key", type, last, 0, NULL, NULL, NULL, none, 3, u, u, G_TYPE_BOOLEAN);
    signals[REFUSED] = g_signal_new("refused", type, last, 0, NULL, NULL, NULL, none, 0);
    signals[LEAVE] = g_signal_new("leave", type, last, 0, NULL, NULL, NULL, none, 0);
    signals[FULL_SCREEN] = g_signal_new("full-screen", type, last, 0, NULL, NULL, NULL, none, 0);
    signals[FIGURES] = g_signal_new("figures", type, last, 0, NULL, NULL, NULL, none, 0);
}

static void
ds_keyboard_init(DsKeyboard *self)
{
}

DsKeyboard *
ds_keyboard_new(GtkWidget *widget)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsKeyboard *self = g_object_new(DS_TYPE_KEYBOARD, NULL);
    gtk_widget_add_events(
            widget, GDK_KEY_PRESS_MASK | GDK_KEY_RELEASE_MASK | GDK_FOCUS_CHANGE_MASK);
    g_signal_connect_object(widget, "key-press-event", G_CALLBACK(on_press), self, swapped);
    g_signal_connect_object(widget, "key-release-event", G_CALLBACK(on_release), self, swapped);
    g_signal_connect_object(widget, "focus-out-event", G_CALLBACK(on_focus_out), self, swapped);
    g_signal_connect_object(widget, "unmap", G_CALLBACK(ds_keyboard_release_all), self, swapped);
    return self;
}

void
ds_keyboard_set_mode(DsKeyboard *self, DsKeyboardMode mode)
{
    g_return_if_fail(DS_IS_KEYBOARD(self));
    if (mode == self->mode)
        return;
    ds_keyboard_release_all(self);
    self->mode = mode;
}

void
ds_keyboard_release_all(DsKeyboard *self)
{
    g_return_if_fail(DS_IS_KEYBOARD(self));
    guint32 keycode, keysym;
    while (ds_held_pop(&self->held, &keycode, &keysym))
        g_signal_emit(self, signals[KEY], 0, keycode, keysym, FALSE);
}
