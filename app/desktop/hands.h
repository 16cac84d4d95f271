/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_HANDS_H
#define DS_APP_DESKTOP_HANDS_H

#include "app/session/session.h"
#include "app/view/hand_box.h"
#include "ui/window.h"

/*
 * The helper's hands on the other screen, for one session: what the window's viewer is told by
 * keyboard and pointer goes into a box for the session's service. They do something only while the
 * session lets the helper control and something carries it; otherwise the viewer only shows.
 */
#define DS_TYPE_HANDS (ds_hands_get_type())
/** The class; see above. Main thread. */
G_DECLARE_FINAL_TYPE(DsHands, ds_hands, DS, HANDS, GObject)

/**
 * Put hands on the viewer of `window`, for `session`, which is new; of it and of `box` a reference
 * is taken. Dropping the last reference releases all that is held and takes them away.
 */
DsHands *ds_hands_new(DsWindow *window, DsSession *session, struct ds_hand_box *box);

#endif
