/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_ISOLATE_H
#define DS_UI_ISOLATE_H

/**
 * Wrap a text of a stranger (a name, borrowed) for a sentence of ours, so that neither's direction
 * of writing reorders the other. Returns owned text. Any thread. Source: Unicode UAX #9, 2.4.2.
 */
char *ds_isolate(const char *text);

#endif
