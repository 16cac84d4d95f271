/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_MIRROR_H
#define DS_UI_VIEW_MIRROR_H

#include <gdk/gdk.h>

/*
 * A picture as the X server keeps it, who takes what is new straight from the memory that it lies
 * in: no pixel goes through us or the connection. Main thread.
 */
struct ds_mirror;

/**
 * Make one of a picture whose pixels lie in a file of memory, `memory` (borrowed for the call),
 * from its beginning: in the layout of CAIRO_FORMAT_RGB24, rows without padding. The file must not
 * get shorter. What is in the mirror is undefined before ds_mirror_update(). Returns NULL where the
 * display has no such server: it is not X11, is on another computer, or has other pixels; where it
 * has no MIT-SHM 1.2; and where it refuses.
 * Source: "MIT-SHM: The MIT Shared Memory Extension", ShmAttachFd; its header xcb/shm.h.
 */
struct ds_mirror *ds_mirror_new(GdkScreen *screen, int memory, int width, int height);

/**
 * Have the server take these pixels, all of them inside of the picture. It has read them when this
 * returns, and they may be written again: it costs the way to the server and back. Returns FALSE
 * where it refused; then the mirror is of no use any more.
 */
gboolean ds_mirror_update(struct ds_mirror *mirror, const cairo_region_t *pixels);

/** Return what is to be drawn from: borrowed, of the picture's size. */
cairo_surface_t *ds_mirror_get_surface(struct ds_mirror *mirror);

/** Free it and what the server keeps; NULL is fine. Nothing may draw from its surface any more. */
void ds_mirror_free(struct ds_mirror *mirror);

#endif
