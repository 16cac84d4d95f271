/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_TEMPO_H
#define DS_APP_SHARE_TEMPO_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When the screen is looked at: 60 times a second at most in the long run. What somebody has just
 * done does not wait for its turn: it shows at once, and looks that nobody waits for come the later
 * for it. However much is done, there are no more of them. Pure: the clock is given, in
 * microseconds that only rise. Any one thread.
 */
struct ds_tempo {
    uint64_t dirty_us;   /* since when the screen differs from the picture, 0: it does not */
    uint64_t looked_us;  /* when it was looked at last */
    uint64_t due_us;     /* when the next look is due that nobody waits for */
    uint64_t touched_us; /* when somebody did something last */
    bool may_cut, is_cut;
};

/** Begin with nothing seen and nothing done. */
void ds_tempo_init(struct ds_tempo *tempo);

/** Somebody moved the pointer. */
void ds_tempo_move(struct ds_tempo *tempo, uint64_t now_us);

/**
 * Somebody pressed or let go of a key or a button. What is being sent since ds_tempo_begin() is to
 * end early, so that what comes of it is in the next frame: see ds_tempo_is_cut().
 */
void ds_tempo_press(struct ds_tempo *tempo, uint64_t now_us);

/** Say whether somebody did something so recently that what changes now is likely to show it. */
bool ds_tempo_is_touched(const struct ds_tempo *tempo, uint64_t now_us);

/** Note whether the screen differs from the picture. */
void ds_tempo_see(struct ds_tempo *tempo, uint64_t now_us, bool is_dirty);

/** Tell when a screen that differs is to be looked at. */
uint64_t ds_tempo_look_us(const struct ds_tempo *tempo, uint64_t now_us);

/** Tell when something is to be sent for which the screen need not differ. */
uint64_t ds_tempo_turn_us(const struct ds_tempo *tempo);

/** The screen is looked at, and a frame of it is sent from now on. */
void ds_tempo_begin(struct ds_tempo *tempo, uint64_t now_us);

/**
 * Say whether the frame that is being sent is to end early. Of two frames one is whole: who presses
 * keys without end takes no more than every other one from the rest.
 */
bool ds_tempo_is_cut(const struct ds_tempo *tempo);

/** The frame has been sent, as far as it was. */
void ds_tempo_end(struct ds_tempo *tempo);

#endif
