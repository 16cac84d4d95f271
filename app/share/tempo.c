/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/tempo.h"

#include <string.h>

enum {
    COALESCE_US = 2000,        /* a change seldom comes alone */
    FRAME_US = 16000,          /* between two looks */
    ANSWER_US = 3000,          /* and when they may show what somebody has just done */
    ADVANCE_US = 2 * FRAME_US, /* so many of these come early */
    TOUCH_US = 50000,          /* so long that is */
};

void
ds_tempo_init(struct ds_tempo *tempo)
{
    memset(tempo, 0, sizeof *tempo);
}

void
ds_tempo_move(struct ds_tempo *tempo, uint64_t now_us)
{
    tempo->touched_us = now_us;
}

void
ds_tempo_press(struct ds_tempo *tempo, uint64_t now_us)
{
    tempo->touched_us = now_us;
    tempo->is_cut = tempo->is_cut || tempo->may_cut;
}

bool
ds_tempo_is_touched(const struct ds_tempo *tempo, uint64_t now_us)
{
    return tempo->touched_us > 0 && now_us - tempo->touched_us < TOUCH_US;
}

void
ds_tempo_see(struct ds_tempo *tempo, uint64_t now_us, bool is_dirty)
{
    if (!is_dirty)
        tempo->dirty_us = 0;
    else if (tempo->dirty_us == 0)
        tempo->dirty_us = now_us;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t
ds_tempo_look_us(const struct ds_tempo *tempo, uint64_t now_us)
{
    const uint64_t settled_us = tempo->dirty_us + COALESCE_US;
    if (!ds_tempo_is_touched(tempo, now_us))
        return later(settled_us, tempo->due_us);
    const uint64_t early_us = tempo->due_us > ADVANCE_US ? tempo->due_us - ADVANCE_US : 0;
    return later(settled_us, later(tempo->looked_us + ANSWER_US, early_us));
}

uint64_t
ds_tempo_turn_us(const struct ds_tempo *tempo)
{
    return tempo->due_us;
}

void
ds_tempo_begin(struct ds_tempo *tempo, uint64_t now_us)
{
    tempo->dirty_us = 0;
    tempo->looked_us = now_us;
    /* Who asks for all anew is served at once, however often; others do not wait longer for it. */
    tempo->due_us = sooner(later(tempo->due_us, now_us), now_us + ADVANCE_US) + FRAME_US;
    tempo->may_cut = !tempo->is_cut;
    tempo->is_cut = false;
}

bool
ds_tempo_is_cut(const struct ds_tempo *tempo)
{
    return tempo->is_cut;
}

void
ds_tempo_end(struct ds_tempo *tempo)
{
    tempo->may_cut = false;
}
