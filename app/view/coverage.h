/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_COVERAGE_H
#define DS_APP_VIEW_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which pixels of a picture have been written at least once. A server may answer the first request
 * in several updates, or begin with one that holds no pixels (TigerVNC: the list of its screens),
 * so only this tells when the first full frame is there.
 */
struct ds_coverage {
    uint8_t *bits; /* owned; one a pixel, row after row, most significant first */
    size_t width, height;
    size_t missing; /* pixels never written */
};

/** Begin with nothing of `width` times `height` pixels written. Returns 0 or DS_ERR_NOMEM. */
int ds_coverage_init(struct ds_coverage *c, size_t width, size_t height)
        __attribute__((warn_unused_result));

/**
 * Say that a rectangle was written; what lies outside of the picture is ignored. Returns whether
 * this one completed the picture: true once at most.
 */
bool ds_coverage_add(struct ds_coverage *c, size_t x, size_t y, size_t width, size_t height);

/** Release the memory. The structure may be used again after ds_coverage_init(). */
void ds_coverage_finish(struct ds_coverage *c);

#endif
