/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_PICTURE_H
#define DS_APP_DESKTOP_PICTURE_H

#include <cairo.h>

#include "app/view/surface.h"

/**
 * Make an image surface (RGB24) of the memory that the decoder child writes: a mapping of its own,
 * which stays while the decoder on its thread takes another or ends. Its pixels change at any
 * moment; do not draw on it. Returns it owned by the caller, or NULL with errno set. Any thread.
 */
cairo_surface_t *ds_picture_new(const struct ds_surface *surface);

/**
 * Return the file of memory that a picture of ds_picture_new() lies in, open as long as that is
 * there; or -1 where there were no more descriptors.
 */
int ds_picture_memory(cairo_surface_t *picture);

#endif
