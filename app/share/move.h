/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_MOVE_H
#define DS_APP_SHARE_MOVE_H

/* Pixels that were scrolled or dragged: this rectangle shows now what it showed dx, dy before. */
struct ds_move {
    int x, y, width, height; /* where they are now, pixels of the picture */
    int dx, dy;              /* they were at x - dx, y - dy, inside of the picture too */
};

#endif
