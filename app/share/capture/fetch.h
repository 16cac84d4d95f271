/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_FETCH_H
#define DS_APP_SHARE_FETCH_H

#include <xcb/shm.h>

#include "app/share/capture/bands.h"
#include "app/share/display.h"

/*
 * Fetches pixels of the root window: through memory that is shared with the X server, or through
 * the connection where it has none for us. Screen thread.
 */
struct ds_fetch {
    struct ds_display *display; /* borrowed */
    xcb_shm_seg_t segment;      /* 0: the server cannot share memory with us */
    uint32_t *shared;
    size_t shared_bytes;
    void *replies[DS_BANDS_MAX]; /* what bands point into, where no memory is shared */
};

/** Begin on `display` (borrowed), for bands of together at most `pixels`. */
void ds_fetch_init(struct ds_fetch *fetch, struct ds_display *display, size_t pixels);

/** Give the memory back. */
void ds_fetch_finish(struct ds_fetch *fetch);

/**
 * Fetch the bands, whose `fresh` is then valid until ds_fetch_release(). Those that cannot be
 * fetched (the size just changed) are taken off the list, and false is returned.
 */
bool ds_fetch_bands(struct ds_fetch *fetch, struct ds_bands *bands);

/** Forget what was fetched. */
void ds_fetch_release(struct ds_fetch *fetch);

#endif
