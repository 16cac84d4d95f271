/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_CODE_CODE_TEXT_H
#define DS_UI_CODE_CODE_TEXT_H

#include <glib.h>

/* How a code looks and sounds. Whether it is one, the caller of ui/ knows. Any thread. */

/**
 * Put what a person has typed so far of a code into groups: "48219130" gives "4821 9130". Up to
 * twelve digits are groups of four; more end in groups of three, as the code is shown to the other
 * person. Digits of every script become ASCII. Returns NULL where the text holds anything but
 * digits, white space, dashes and marks of direction: it may be a link or an address.
 */
char *ds_code_text_group(const char *typed);

/** Count the digits among the first `chars` characters of the text. */
int ds_code_text_count(const char *text, int chars);

/** Return the position in a grouped text, in characters, right behind its n-th digit. */
int ds_code_text_position(const char *grouped, int n);

/** Write a code so that a screen reader speaks each digit: "4821 9" gives "4, 8, 2, 1, 9". */
char *ds_code_text_spell(const char *code);

/**
 * Find what may be a code or a link in a longer text that a person pasted, such as a whole message:
 * the first word that begins with "deskside:", or else the first run of 12 to 17 digits, with the
 * numeric address that stands before it, if any. Returns NULL where there is neither.
 */
char *ds_code_text_find(const char *text);

#endif
