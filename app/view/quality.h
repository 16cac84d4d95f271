/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_QUALITY_H
#define DS_APP_VIEW_QUALITY_H

/* How sharp the helper wants the picture, against how soon it comes. */
enum ds_quality {
    DS_QUALITY_AUTOMATIC = 1, /* as the path allows; what rests becomes exact */
    DS_QUALITY_SHARPEST = 2,  /* every pixel as it is, however long that takes */
    DS_QUALITY_FASTEST = 3,   /* few bytes, whatever it looks like */
};

#define DS_QUALITY_MAX DS_QUALITY_FASTEST

#endif
