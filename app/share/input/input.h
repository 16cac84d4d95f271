/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_INPUT_H
#define DS_APP_SHARE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "app/share/display.h"
#include "app/share/input/ledger.h"
#include "net/peer/control.h"

/*
 * The viewers' hands: keys, pointer and buttons by XTEST. What a viewer holds is remembered, and
 * let go of at every end. Below DS_LEVEL_CONTROL nothing is injected. `who` stands for a viewer and
 * is only compared. Screen thread.
 */
struct ds_input;

/**
 * Make one on `display`, at DS_LEVEL_VIEW. What it does there is written to `ledger` before; both
 * are borrowed.
 */
struct ds_input *ds_input_new(struct ds_display *display, struct ds_ledger *ledger);

/**
 * Let go of everything, give borrowed keys back, clear the ledger if the X server has done it,
 * free; NULL is fine.
 */
void ds_input_free(struct ds_input *input);

/** Take an event; it is looked at only if it is about the keyboard. */
void ds_input_event(struct ds_input *input, const xcb_generic_event_t *event);

/** Say what the viewers may do; below DS_LEVEL_CONTROL everything is let go of. */
void ds_input_set_level(struct ds_input *input, enum ds_level level);

/** See ds_sharer_guard(). */
void ds_input_set_guard(struct ds_input *input, uint32_t base, uint32_t mask);

/**
 * Press or release a key; one that ds_keysyms_is_order() is for nobody from afar. Returns 0, or,
 * where nothing is done yet, when to come again with it, before anything else that `who` does: see
 * ds_keymap_find().
 */
uint64_t ds_input_key(struct ds_input *input, const void *who, uint32_t keysym, bool down);

/**
 * Move the pointer and press or release buttons: bit n of `buttons` is button n + 1. Presses over
 * our own windows are dropped. Returns whether it was done.
 */
bool ds_input_pointer(struct ds_input *input, const void *who, uint8_t buttons, int x, int y);

/** Let go of what `who` holds; NULL: of what anybody holds. */
void ds_input_release(struct ds_input *input, const void *who);

/** Let go of those keys that repeat as long as `who` holds them. */
void ds_input_release_repeating(struct ds_input *input, const void *who);

/** Say whether `who` holds a key that repeats. */
bool ds_input_is_repeating(const struct ds_input *input, const void *who);

#endif
