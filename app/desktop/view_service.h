/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_VIEW_SERVICE_H
#define DS_APP_DESKTOP_VIEW_SERVICE_H

#include "app/desktop/frames.h"
#include "app/session/mailbox.h"
#include "app/session/service.h"
#include "app/view/hand_box.h"
#include "app/view/wishes.h"

/* What comes of the picture; by ds_mailbox to the main thread. */
struct ds_view_event {
    enum {
        DS_VIEW_NEWS = 1, /* the ds_frames have something new */
        DS_VIEW_COMPLETE, /* every pixel is there, once for each decoder */
        DS_VIEW_FIGURES,  /* what was decoded so far, as it was wished */
        DS_VIEW_FAILED, /* there is no picture, or no more of it; the last, until it starts again */
    } type;
    enum ds_decoder_failure failure; /* FAILED */
    struct ds_decoded figures;       /* FIGURES */
};

/**
 * Make what runs on a helper's channels: a decoder child, started when the helper knocks, and then
 * joined with one channel. It brings what it sees, in `quality` at first, to `frames` and tells
 * `mailbox` (of struct ds_view_event); woken, it sends what is in `hands` and does what is in
 * `wishes`. Of all four a reference is taken. Main thread; then it is its session's.
 */
struct ds_service *ds_view_service_new(struct ds_mailbox *mailbox, struct ds_frames *frames,
        struct ds_hand_box *hands, struct ds_wishes *wishes, enum ds_quality quality);

#endif
