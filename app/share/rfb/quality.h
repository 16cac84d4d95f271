/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_QUALITY_H
#define DS_APP_SHARE_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Chooses how much loss pictures are sent with: the best quality with which the path carries an
 * update in about 40 ms, so that what moves is never late by more. How many bytes a pixel takes is
 * learnt from what was sent. Pure.
 */
struct ds_quality {
    double scale; /* bytes that a pixel takes here, against the table's */
};

/* One step, as libvncserver's public fields name it. */
struct ds_quality_step {
    int jpeg;        /* 1 to 100 */
    int subsampling; /* of colours: 0 none (4:4:4), 1 both ways (4:2:0), 2 sideways (4:2:2) */
};

enum { DS_QUALITY_BUDGET_US = 40000 };

/** Begin with what a film takes. */
void ds_quality_init(struct ds_quality *quality);

/**
 * Choose for `pixels` on a path of `bytes_per_s` (0: not known) of which `spent_bytes` of this
 * update are gone already. `ceiling` is the JPEG quality (1 to 100) that the viewer asked for. A
 * film keeps its colours at half the size both ways, as nearly all films do before they are shown.
 */
struct ds_quality_step ds_quality_choose(const struct ds_quality *quality, uint64_t pixels,
        uint64_t bytes_per_s, uint64_t spent_bytes, int ceiling, bool is_film);

/** Learn that `pixels` took `bytes` with this step. */
void ds_quality_learn(struct ds_quality *quality, const struct ds_quality_step *step,
        uint64_t pixels, uint64_t bytes);

/** Say how many bytes the path carries in DS_QUALITY_BUDGET_US; never so few that nothing fits. */
uint64_t ds_quality_budget(uint64_t bytes_per_s);

#endif
