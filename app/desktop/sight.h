/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_SIGHT_H
#define DS_APP_DESKTOP_SIGHT_H

#include "app/session/session.h"
#include "app/view/decoder_wire.h"
#include "app/view/hand_box.h"
#include "app/view/quality.h"
#include "ui/view/viewer.h"

/*
 * What the helper sees of the other screen, for one session: the pictures of its service, shown by
 * a viewer, which has read them when it returns. Main thread.
 */
struct ds_sight;

/* What happens; `arg` is that of ds_sight_new(). Each may free the sight. */
struct ds_sight_handler {
    void (*on_complete)(void *arg); /* every pixel is there; once for each start */
    /* What was decoded (borrowed) when ds_sight_ask_figures() asked. */
    void (*on_figures)(void *arg, const struct ds_decoded *decoded);
    /* There is no picture, or no more of it; the last until ds_sight_start_again(). */
    void (*on_failed)(void *arg, enum ds_decoder_failure failure);
};

/** Make one that shows nothing yet on `viewer` (referenced); the others are borrowed. Owned. */
struct ds_sight *ds_sight_new(DsViewer *viewer, const struct ds_sight_handler *handler, void *arg);

/**
 * Return the service of its session, with the hands that are in `box` (referenced), and the quality
 * that is set. Owned.
 */
struct ds_service *ds_sight_make_service(struct ds_sight *sight, struct ds_hand_box *box);

/** Say which session (referenced) it is for, before anything can come. */
void ds_sight_begin(struct ds_sight *sight, DsSession *session);

/** Have the picture in another quality, from now on. Automatic at first. */
void ds_sight_set_quality(struct ds_sight *sight, enum ds_quality quality);

/**
 * After on_failed, while the session stands: have the picture come once more, from its beginning,
 * by another decoder.
 */
void ds_sight_start_again(struct ds_sight *sight);

/** Ask what was decoded so far: on_figures follows. */
void ds_sight_ask_figures(struct ds_sight *sight);

/** Hear no more, have the viewer show nothing, and free it; NULL is fine. */
void ds_sight_free(struct ds_sight *sight);

#endif
