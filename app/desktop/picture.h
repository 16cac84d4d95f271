/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_PICTURE_H
#define DS_APP_DESKTOP_PICTURE_H

#include <cairo.h>

#include "app/view/surface.h"

/**
 * Make an image surface (RGB24) of the memory that the decoder child writes: a mapping of its own,
 * which stays while the decoder on its thread takes another or ends. Its pixels change at any
 * moment; do not draw on it. Returns it owned by the caller, or NULL with errno set. Any thread.
 * Source: mremap(2), "old_size is zero".
 */
cairo_surface_t *ds_picture_new(const struct ds_surface *surface);

#endif
