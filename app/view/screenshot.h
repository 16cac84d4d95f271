/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_SCREENSHOT_H
#define DS_APP_VIEW_SCREENSHOT_H

#include <stdbool.h>

#include <glib.h>

#include "app/view/surface.h"
#include "net/base/err.h"

/**
 * Say whether a file could be saved as `path`, before a session is begun for it: makes a temporary
 * file beside it and removes it again. Returns false as ds_screenshot_save() does. Any thread.
 */
bool ds_screenshot_check(const char *path, GError **error) DS_MUST_CHECK;

/**
 * Save the pixels of `surface` as the PNG file `path` (8 bits a channel, no alpha). It is written
 * beside the old file, flushed to the disk and renamed over it: a failure leaves what was there.
 * The mode is that of any new file (umask). Blocks on the disk. Returns false with a GFileError
 * whose message names the file; also where `path` is something else than a regular file. Any
 * thread.
 */
bool ds_screenshot_save(
        const struct ds_surface *surface, const char *path, GError **error) DS_MUST_CHECK;

#endif
