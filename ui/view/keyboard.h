/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_KEYBOARD_H
#define DS_UI_VIEW_KEYBOARD_H

#include <gtk/gtk.h>

/* What becomes of the keys. */
typedef enum {
    DS_KEYBOARD_OFF,     /* they are the window's */
    DS_KEYBOARD_REFUSES, /* so they are, but who types something is told that it does nothing */
    DS_KEYBOARD_TYPES,   /* they are the other side's */
} DsKeyboardMode;

/* What became of the wish to have all keys, the window manager's too. */
typedef enum {
    DS_KEYBOARD_GRAB_TAKEN,   /* they come here, until the focus leaves */
    DS_KEYBOARD_GRAB_ASKED,   /* as far as the desktop lets them, which it does not say */
    DS_KEYBOARD_GRAB_REFUSED, /* somebody else holds them, or the desktop gives them to nobody */
} DsKeyboardGrab;

/*
 * The keys that are pressed while a widget has the focus. What was pressed is released when the
 * focus leaves, the widget is hidden, or the mode changes. Dead keys and Compose make characters
 * here, and a shortcut with a letter of another script is the Latin one on its key, where the
 * keyboard has such a layout too. Signals:
 *   "key" (uint keycode, uint keysym, gboolean pressed): X's keycode (evdev's + 8) and keysym; a
 *       key that repeats is pressed again without being released
 *   "refused" (): a key that types something, while DS_KEYBOARD_REFUSES
 *   "leave" (): Shift+F12: the focus should go to the window's own controls
 *   "full-screen" (): Shift+F11
 *   "figures" (): Shift+F9: they should be shown, or hidden
 *   "grabbed" (DsKeyboardGrab): see ds_keyboard_set_grab()
 */
#define DS_TYPE_KEYBOARD (ds_keyboard_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsKeyboard, ds_keyboard, DS, KEYBOARD, GObject)

/** Listen to the keys of `widget` (borrowed; either may end first), DS_KEYBOARD_OFF. Owned. */
DsKeyboard *ds_keyboard_new(GtkWidget *widget);

/** Say what becomes of the keys from now on. */
void ds_keyboard_set_mode(DsKeyboard *self, DsKeyboardMode mode);

/**
 * Say whether all keys are to come here while they are the other side's and the widget has the
 * focus, those too that the window manager takes otherwise (Alt+Tab, Super, Print). Where they are
 * the other side's "grabbed" says what came of it, now or soon.
 */
void ds_keyboard_set_grab(DsKeyboard *self, gboolean is_wanted);

/** Emit a release of each key that is pressed. */
void ds_keyboard_release_all(DsKeyboard *self);

#endif
