/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_SURFACE_H
#define DS_APP_VIEW_SURFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/view/decoder_wire.h"
#include "net/base/err.h"

/*
 * The pixels that the decoder child writes and its parent reads: one u32 a pixel in native byte
 * order, 0x00RRGGBB with an undefined top byte, rows from the top without padding (the layout of
 * CAIRO_FORMAT_RGB24). The parent makes the memory, so that it takes no descriptor from a child
 * that may be an attacker's, and seals its size, so that the child cannot cut it away under the
 * parent's reads (SIGBUS).
 */
struct ds_surface {
    uint32_t *pixels; /* NULL where there is none */
    unsigned width, height;
    int memory; /* the parent's: the file that they lie in, owned; -1 in the child */
};

/**
 * Make zeroed memory for an allowed size (ds_decoder_size_is_allowed()) and map it for reading.
 * `surface->memory` is what the child needs. Returns 0, or DS_ERR_SYSTEM with errno set.
 * Source: memfd_create(2), fcntl(2) "File Sealing".
 */
int ds_surface_create(struct ds_surface *surface, unsigned width, unsigned height) DS_MUST_CHECK;

/** Map the memory of `fd` (borrowed) for reading and writing. Returns 0 or DS_ERR_SYSTEM. */
int ds_surface_map(
        struct ds_surface *surface, unsigned width, unsigned height, int fd) DS_MUST_CHECK;

/**
 * Copy `to`'s size of pixels from `from_x`, `from_y` to where `to` (borrowed) is, as they are
 * before the first is written. Where either place is not inside of the picture nothing is done. The
 * child.
 */
void ds_surface_move(
        struct ds_surface *surface, unsigned from_x, unsigned from_y, const struct ds_rect *to);

/** Unmap it, close the memory and clear the structure. An empty one is fine. */
void ds_surface_finish(struct ds_surface *surface);

#endif
