/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_FRAMES_H
#define DS_APP_DESKTOP_FRAMES_H

#include <cairo.h>

#include "app/view/decoder.h"

/*
 * What is new of the other screen, between the net thread, which brings it, and the main one, which
 * draws it. What is not fetched in time is merged, so that a peer cannot fill it.
 */
struct ds_frames;

/* What is new since it was last asked for. */
struct ds_frames_news {
    cairo_surface_t *picture; /* another one, all of it new; NULL: the same as before */
    cairo_region_t *damage;   /* what changed, in pixels; never NULL */
    struct ds_cursor *cursor; /* the pointer's new shape; NULL: the same as before */
};

/** Make one with one reference. */
struct ds_frames *ds_frames_new(void);

/** Take a reference for the other thread, or give one up. Any thread. */
struct ds_frames *ds_frames_ref(struct ds_frames *frames);
void ds_frames_unref(struct ds_frames *frames); /**< NULL is fine. */

/** Bring another picture (taken). Any thread. */
void ds_frames_set_picture(struct ds_frames *frames, cairo_surface_t *picture);

/** Say that these pixels are new. Any thread. */
void ds_frames_damage(struct ds_frames *frames, const struct ds_rect *rects, size_t count);

/** Bring another shape of the pointer (copied). Any thread. */
void ds_frames_set_cursor(struct ds_frames *frames, const struct ds_cursor *cursor);

/** Fetch what is new; `news` is the caller's, to be finished. Any thread. */
void ds_frames_take(struct ds_frames *frames, struct ds_frames_news *news);

/** Free what `news` holds. */
void ds_frames_news_finish(struct ds_frames_news *news);

#endif
