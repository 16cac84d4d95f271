/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_COMPOSE_H
#define DS_UI_VIEW_COMPOSE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Dead keys and Compose: several keys that make one character. It is made on this side, since the
 * program on the other one may have no such sequences, or others. Any one thread.
 */
struct ds_compose;

enum { DS_COMPOSE_MAX = 8 }; /* characters that a sequence makes; more are none */

/**
 * Make one for the sequences of `locale`, and the person's own (Compose(5)). Where that has no
 * Unicode, or nothing is known of it, they are those of en_US.UTF-8; and where these are not
 * installed either, keys are what they are.
 */
struct ds_compose *ds_compose_new(const char *locale);

/** Free it; NULL is fine. */
void ds_compose_free(struct ds_compose *compose);

/**
 * A key goes down that means `keysym` (X's). Returns how many keysyms are to be sent for it, which
 * are put into `keysyms`: one, that of the key or of a character; none while a sequence goes on, or
 * when it was given up by Escape or BackSpace; several where a sequence makes a text, or a dead key
 * and a character go together with nothing: then it is both.
 */
size_t ds_compose_press(
        struct ds_compose *compose, uint32_t keysym, uint32_t keysyms[static DS_COMPOSE_MAX]);

/** Forget a sequence that has begun. */
void ds_compose_reset(struct ds_compose *compose);

#endif
