/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_TRIES_H
#define DS_APP_DESKTOP_TRIES_H

#include "net/crypto/code.h"

/*
 * How often this helper was told that a code is wrong. The helpee counts everybody's tries and does
 * not tell: what is left here is the most that there can be.
 */
struct ds_tries {
    char nameplate[DS_NAMEPLATE_MAX_DIGITS + 1]; /* of the last wrong code; empty: none yet */
    unsigned wrong;
};

/**
 * Count a code that was wrong. Codes of one nameplate are tries for the same code. Returns how many
 * more there can be; 0: the code is dead.
 */
unsigned ds_tries_count(struct ds_tries *tries, const struct ds_code *code);

#endif
