/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/hands.h"

#include <glib/gi18n.h>

/* RFB has a bit for each of eight buttons. The wheels are buttons, too: a step is a click. */
enum { BUTTONS = 8, WHEEL_UP = 4, WHEEL_DOWN = 5, WHEEL_LEFT = 6, WHEEL_RIGHT = 7 };

struct _DsHands {
    GObject parent_instance;

    /* Owned: references */
    DsViewer *viewer;
    DsControlMark *mark;
    DsSession *session;
    struct ds_hand_box *box;

    guint8 buttons; /* bit n: button n + 1 is down */
    enum ds_level level;
    gboolean is_cut; /* nothing carries the session */
};

G_DEFINE_FINAL_TYPE(DsHands, ds_hands, G_TYPE_OBJECT)

static void
put(DsHands *self, const struct ds_hand_event *event)
{
    if (ds_hand_box_put(self->box, event))
        ds_session_wake(self->session);
}

static void
put_pointer(DsHands *self, int x, int y)
{
    put(self,
            &(struct ds_hand_event){.x = (uint16_t)x, .y = (uint16_t)y, .buttons = self->buttons});
}

/* ---- what the viewer is told ---- */

static void
on_moved(DsHands *self, int x, int y)
{
    put_pointer(self, x, y);
}

static void
on_button(DsHands *self, guint button, gboolean pressed, int x, int y)
{
    if (button == 0 || button > BUTTONS)
        return;
    guint8 bit = (guint8)(1U << (button - 1));
    self->buttons = pressed ? self->buttons | bit : self->buttons & (guint8)~bit;
    put_pointer(self, x, y);
}

static void
turn_wheel(DsHands *self, guint button, int steps, int x, int y)
{
    for (int i = 0; i < steps; i++) {
        on_button(self, button, TRUE, x, y);
        on_button(self, button, FALSE, x, y);
    }
}

static void
on_scrolled(DsHands *self, int steps_x, int steps_y, int x, int y)
{
    turn_wheel(self, steps_y < 0 ? WHEEL_UP : WHEEL_DOWN, ABS(steps_y), x, y);
    turn_wheel(self, steps_x < 0 ? WHEEL_LEFT : WHEEL_RIGHT, ABS(steps_x), x, y);
}

/* A lock is in what the other keys mean already; on the other side it would stay. */
static gboolean
is_lock(guint keysym)
{
    return keysym == GDK_KEY_Caps_Lock || keysym == GDK_KEY_Shift_Lock ||
           keysym == GDK_KEY_Num_Lock || keysym == GDK_KEY_Scroll_Lock ||
           keysym == GDK_KEY_ISO_Lock || keysym == GDK_KEY_ISO_Level3_Lock ||
           keysym == GDK_KEY_ISO_Level5_Lock;
}

static void
on_refused(DsHands *self)
{
    const char *looks = _("You only look. The other person can let you control.");
    const char *cut = _("Not connected at the moment. Keys and clicks do nothing.");
    ds_viewer_show_hint(self->viewer, self->is_cut ? cut : looks);
}

static void
on_key(DsHands *self, guint keycode, guint keysym, gboolean pressed)
{
    if (keysym == 0 || keysym == GDK_KEY_VoidSymbol || is_lock(keysym))
        return;
    put(self, &(struct ds_hand_event){.is_key = true, .keysym = keysym, .pressed = pressed});
}

/* ---- what the session says ---- */

/* To take the hands away releases what they hold: that still goes to the other side. */
static void
update(DsHands *self)
{
    gboolean may_act = self->level >= DS_LEVEL_CONTROL && !self->is_cut;
    ds_viewer_set_view_only(self->viewer, !may_act);
}

static void
on_level(DsHands *self, guint level)
{
    self->level = level;
    update(self);
    ds_control_mark_set_control(self->mark, level >= DS_LEVEL_CONTROL);
}

static void
on_peer(DsHands *self, const char *name, guint level)
{
    on_level(self, level);
}

/* What is done into the void would happen later, unseen. */
static void
on_path(DsHands *self, const struct ds_peer_path *path)
{
    self->is_cut = path->kind == DS_PATH_NONE;
    update(self);
}

static void
ds_hands_dispose(GObject *object)
{
    DsHands *self = DS_HANDS(object);
    if (self->viewer != NULL)
        ds_viewer_set_view_only(self->viewer, TRUE);
    g_clear_object(&self->viewer);
    g_clear_object(&self->mark);
    g_clear_object(&self->session);
    g_clear_pointer(&self->box, ds_hand_box_unref);
    G_OBJECT_CLASS(ds_hands_parent_class)->dispose(object);
}

static void
ds_hands_class_init(DsHandsClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = ds_hands_dispose;
}

static void
ds_hands_init(DsHands *self)
{
}

DsHands *
ds_hands_new(DsWindow *window, DsSession *session, struct ds_hand_box *box)
{
    const GConnectFlags swapped = G_CONNECT_SWAPPED;
    DsHands *self = g_object_new(DS_TYPE_HANDS, NULL);
    DsViewer *viewer = self->viewer = g_object_ref(ds_window_get_viewer(window));
    DsKeyboard *keyboard = ds_viewer_get_keyboard(viewer);
    self->mark = g_object_ref(ds_window_get_control_mark(window));
    self->session = g_object_ref(session);
    self->box = ds_hand_box_ref(box);
    g_signal_connect_object(viewer, "moved", G_CALLBACK(on_moved), self, swapped);
    g_signal_connect_object(viewer, "button", G_CALLBACK(on_button), self, swapped);
    g_signal_connect_object(viewer, "scrolled", G_CALLBACK(on_scrolled), self, swapped);
    g_signal_connect_object(viewer, "refused", G_CALLBACK(on_refused), self, swapped);
    g_signal_connect_object(keyboard, "key", G_CALLBACK(on_key), self, swapped);
    g_signal_connect_object(keyboard, "refused", G_CALLBACK(on_refused), self, swapped);
    g_signal_connect_object(session, "peer", G_CALLBACK(on_peer), self, swapped);
    g_signal_connect_object(session, "level", G_CALLBACK(on_level), self, swapped);
    g_signal_connect_object(session, "path", G_CALLBACK(on_path), self, swapped);
    update(self);
    return self;
}
