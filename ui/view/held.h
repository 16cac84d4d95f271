/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_HELD_H
#define DS_UI_VIEW_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DS_HELD_KEYS_MAX = 64 };

/*
 * The keys that are pressed on the other side because of us, so that all of it can be released, and
 * each key as the one that it was pressed as: Shift let go before A must not release another key
 * than a. All zero is empty. Any thread.
 */
struct ds_held {
    struct {
        uint32_t keycode, keysym;
    } keys[DS_HELD_KEYS_MAX];
    size_t count;
};

/**
 * A key goes down, or repeats. Returns false where it must not be sent: more are held than fit.
 * `*keysym` becomes the one that it was first pressed as.
 */
bool ds_held_press(struct ds_held *held, uint32_t keycode, uint32_t *keysym);

/**
 * A key comes up. Returns false where it must not be sent, because its press was not; otherwise
 * `*keysym` is the one of its press.
 */
bool ds_held_release(struct ds_held *held, uint32_t keycode, uint32_t *keysym);

/** Say whether a key is held. */
bool ds_held_has(const struct ds_held *held, uint32_t keycode);

/** Take out the key pressed last. Returns false where none is held. */
bool ds_held_pop(struct ds_held *held, uint32_t *keycode, uint32_t *keysym);

/**
 * A button, 1 to 31, goes down or comes up: bit n of `*buttons` says whether button n is down.
 * Returns false where that changes nothing.
 */
bool ds_held_button(uint32_t *buttons, unsigned button, bool pressed);

/** Take out a button. Returns its number, 0 where none is held. */
unsigned ds_held_pop_button(uint32_t *buttons);

/**
 * Turn smooth scrolling into whole steps: add `delta` to `*rest`, take the steps out of it and
 * return them. A turn in the other direction begins anew.
 */
int ds_held_scroll(double *rest, double delta);

#endif
