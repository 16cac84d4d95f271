/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/hands.h"

#include <glib/gi18n.h>

#include "app/desktop/keys_menu.h"

/* RFB has a bit for each of eight buttons. The wheels are buttons, too: a step is a click. */
enum { BUTTONS = 8, WHEEL_UP = 4, WHEEL_DOWN = 5, WHEEL_LEFT = 6, WHEEL_RIGHT = 7 };

struct _DsHands {
    GObject parent_instance;

    /* Owned: references */
    DsWindow *window;
    DsViewer *viewer;
    DsControlMark *mark;
    DsSession *session;
    struct ds_hand_box *box;
    GSimpleActionGroup *actions; /* of the menu of keys */

    guint8 buttons; /* bit n: button n + 1 is down */
    enum ds_level level;
    gboolean is_cut; /* nothing carries the session */
    gboolean is_full_screen;
    gboolean was_grabbing; /* before the full screen, in which all keys are sent at first */
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

/* Why nothing that the person does here has an effect; NULL when it has. */
static const char *
why_not(const DsHands *self)
{
    if (self->is_cut)
        return _("Not connected at the moment. Keys and clicks do nothing.");
    if (self->level < DS_LEVEL_CONTROL)
        return _("You only look. The other person can let you control.");
    return NULL;
}

static void
on_refused(DsHands *self)
{
    const char *reason = why_not(self);
    if (reason != NULL)
        ds_viewer_show_hint(self->viewer, reason);
}

static void
put_key(DsHands *self, guint keysym, gboolean pressed)
{
    put(self, &(struct ds_hand_event){.is_key = true, .keysym = keysym, .pressed = pressed});
}

static void
on_key(DsHands *self, guint keycode, guint keysym, gboolean pressed)
{
    if (keysym != 0 && keysym != GDK_KEY_VoidSymbol && !is_lock(keysym))
        put_key(self, keysym, pressed);
}

/* ---- the menu of keys, and the keys that the desktop takes ---- */

static void
on_send(GSimpleAction *action, GVariant *name, gpointer data)
{
    DsHands *self = data;
    const guint *chord = ds_keys_menu_chord(g_variant_get_string(name, NULL));
    size_t count = 0;
    if (chord == NULL || why_not(self) != NULL)
        return;
    for (; chord[count] != 0; count++)
        put_key(self, chord[count], TRUE);
    while (count > 0)
        put_key(self, chord[--count], FALSE);
    gtk_widget_grab_focus(GTK_WIDGET(self->viewer));
}

static void
on_grab(GSimpleAction *action, GVariant *state, gpointer data)
{
    DsHands *self = data;
    g_simple_action_set_state(action, state);
    ds_keyboard_set_grab(ds_viewer_get_keyboard(self->viewer), g_variant_get_boolean(state));
    gtk_widget_grab_focus(GTK_WIDGET(self->viewer));
}

/* How to come to the window's own controls, which a full screen hides. */
static const char *
way_out(const DsHands *self)
{
    return self->is_full_screen ? _("Shift+F12, or the pointer at the upper edge, shows the bar.")
                                : _("Shift+F12 comes back.");
}

static void
on_grabbed(DsHands *self, DsKeyboardGrab grab)
{
    const char *const texts[] = {
            [DS_KEYBOARD_GRAB_TAKEN] = _("All keys go to the other computer."),
            [DS_KEYBOARD_GRAB_ASKED] =
                    _("All keys go to the other computer, as far as this desktop lets them."),
            [DS_KEYBOARD_GRAB_REFUSED] = _("Some keys stay on this computer, since its desktop or "
                                           "another program holds them. The menu can send them."),
    };
    g_autofree char *hint = g_strdup_printf("%s %s", texts[grab], way_out(self));
    ds_viewer_show_hint(self->viewer, hint);
}

/* Nobody wants to see the own desktop's switcher over a full screen; it can be had, though. */
static gboolean
on_window_state(DsHands *self, const GdkEventWindowState *event)
{
    GAction *grab = g_action_map_lookup_action(G_ACTION_MAP(self->actions), "grab");
    g_autoptr(GVariant) state = g_action_get_state(grab);
    if ((event->changed_mask & GDK_WINDOW_STATE_FULLSCREEN) == 0)
        return GDK_EVENT_PROPAGATE;
    self->is_full_screen = (event->new_window_state & GDK_WINDOW_STATE_FULLSCREEN) != 0;
    if (self->is_full_screen)
        self->was_grabbing = g_variant_get_boolean(state);
    g_action_change_state(grab, g_variant_new_boolean(self->is_full_screen || self->was_grabbing));
    /* Otherwise it is said with what became of the keys. */
    if (self->is_full_screen && why_not(self) != NULL)
        ds_viewer_show_hint(self->viewer, way_out(self));
    return GDK_EVENT_PROPAGATE;
}

static void
update_menu(DsHands *self)
{
    static const char *const names[] = {"send", "grab"};
    const char *reason = why_not(self);
    g_autoptr(GMenuModel) model = ds_keys_menu_new(reason);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self->actions), names[i]);
        g_simple_action_set_enabled(G_SIMPLE_ACTION(action), reason == NULL);
    }
    ds_window_set_keys_menu(self->window, model);
}

static void
add_actions(DsHands *self)
{
    static const GActionEntry entries[] = {
            {.name = "send", .activate = on_send, .parameter_type = "s"},
            {.name = "grab", .state = "false", .change_state = on_grab},
    };
    self->actions = g_simple_action_group_new();
    g_action_map_add_action_entries(
            G_ACTION_MAP(self->actions), entries, G_N_ELEMENTS(entries), self);
    gtk_widget_insert_action_group(GTK_WIDGET(self->window), "keys", G_ACTION_GROUP(self->actions));
}

/* ---- what the session says ---- */

/* To take the hands away releases what they hold: that still goes to the other side. */
static void
update(DsHands *self)
{
    ds_viewer_set_view_only(self->viewer, why_not(self) != NULL);
    update_menu(self);
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
    if (self->viewer != NULL) {
        ds_viewer_set_view_only(self->viewer, TRUE);
        ds_keyboard_set_grab(ds_viewer_get_keyboard(self->viewer), FALSE);
        ds_window_set_keys_menu(self->window, NULL);
        gtk_widget_insert_action_group(GTK_WIDGET(self->window), "keys", NULL);
    }
    g_clear_object(&self->actions);
    g_clear_object(&self->viewer);
    g_clear_object(&self->window);
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
    self->window = g_object_ref(window);
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
    g_signal_connect_object(keyboard, "grabbed", G_CALLBACK(on_grabbed), self, swapped);
    g_signal_connect_object(
            window, "window-state-event", G_CALLBACK(on_window_state), self, swapped);
    g_signal_connect_object(session, "peer", G_CALLBACK(on_peer), self, swapped);
    g_signal_connect_object(session, "level", G_CALLBACK(on_level), self, swapped);
    g_signal_connect_object(session, "path", G_CALLBACK(on_path), self, swapped);
    add_actions(self);
    update(self);
    return self;
}
