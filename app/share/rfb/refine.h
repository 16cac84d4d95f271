/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_REFINE_H
#define DS_APP_SHARE_REFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Knows which tiles of the screen a viewer holds with loss, and for how long they have rested: what
 * rests is sent again, exactly. A tile that keeps changing (a film) has to rest for longer, so that
 * nothing is spent on one that is about to change again. Pure: the clock is given, in microseconds;
 * what is noted late may be a little older than what was noted before. Any one thread.
 */
enum {
    DS_REFINE_SIDE = 64,           /* of a tile, pixels */
    DS_REFINE_REST_US = 150000,    /* of a tile that was still before */
    DS_REFINE_RESTLESS_US = 400000 /* of one that changed again and again */
};

/* A part of the screen, pixels. */
struct ds_refine_rect {
    int x, y, width, height;
};

struct ds_refine_tile {
    uint64_t changed_us; /* when it was sent with loss last */
    uint8_t changes;     /* that came soon after each other */
    bool is_lossy;
};

struct ds_refine {
    int width, height;            /* of the screen, pixels */
    int columns, rows;            /* in tiles */
    struct ds_refine_tile *tiles; /* owned, by rows */
    size_t lossy;                 /* how many of them are */
};

/** Begin for a screen of this size in pixels, of which nothing is held with loss. */
void ds_refine_init(struct ds_refine *refine, int width, int height);

/** Free what it holds. */
void ds_refine_finish(struct ds_refine *refine);

/** Note that `rect` (inside of the screen) has been sent because it changed. */
void ds_refine_sent(struct ds_refine *refine, const struct ds_refine_rect *rect, bool is_lossy,
        uint64_t now_us);

/** Note that the viewer moves what it holds: `to` is filled from `dx` and `dy` pixels before it. */
void ds_refine_moved(
        struct ds_refine *refine, const struct ds_refine_rect *to, int dx, int dy, uint64_t now_us);

/**
 * Take tiles that have rested for long enough, neighbours in one row, at most `tiles_max`: they
 * count as exact now. Those that rest for longest come first. Returns false when none is due.
 */
bool ds_refine_take(
        struct ds_refine *refine, uint64_t now_us, int tiles_max, struct ds_refine_rect *rect);

/** Say whether this tile (column and row, in tiles) keeps changing with loss, as a film does. */
bool ds_refine_is_restless(const struct ds_refine *refine, int column, int row, uint64_t now_us);

/** Tell when the next tile is due; UINT64_MAX when none is held with loss. */
uint64_t ds_refine_next_us(const struct ds_refine *refine);

#endif
