/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_ANCHORS_H
#define DS_APP_SHARE_ANCHORS_H

#include "app/share/capture/band.h"

/*
 * Guesses by how much the content of some bands was scrolled or dragged. An anchor is a run of
 * pixels that was in one place only: where it is now says a way, and the way that most of them say
 * is the guess. Nothing is certain: who uses a guess compares the pixels. The work grows with the
 * square root of the bands' area, so that a screen of 8K costs little more than a small one; the
 * memory is fixed. Pure; one thread at a time.
 */
struct ds_anchors;

/* Where to something went, in pixels, and how many anchors say so. */
struct ds_way {
    int dx, dy;
    unsigned votes;
};

/** Make an empty store of about 300 KB; aborts when memory is out, as all of GLib. */
struct ds_anchors *ds_anchors_new(void);

/** Free it; NULL is fine. */
void ds_anchors_free(struct ds_anchors *anchors);

/** Forget all, and remember where anchors are in the picture below `count` bands. */
void ds_anchors_learn(struct ds_anchors *anchors, const struct ds_canvas *canvas,
        const struct ds_band *bands, size_t count);

/**
 * Look for them among the band's fresh pixels, where these are not what the picture shows. Fills
 * `ways` with at most `max` guesses, the best first, and returns how many there are.
 */
size_t ds_anchors_guess(struct ds_anchors *anchors, const struct ds_canvas *canvas,
        const struct ds_band *band, struct ds_way *ways, size_t max);

/** Return how many pixels it has looked at so far: what it costs, for tests. */
uint64_t ds_anchors_looked(const struct ds_anchors *anchors);

#endif
