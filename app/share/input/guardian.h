/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_GUARDIAN_H
#define DS_APP_SHARE_GUARDIAN_H

#include "app/share/display.h"
#include "app/share/input/ledger.h"

/* The first argument that makes a program of ours the guardian: see ds_guardian_main(). */
#define DS_GUARDIAN_ARGUMENT "--guardian"

/*
 * What happens when this program is killed while a helper holds a key: an X server does not release
 * what a client holds by XTEST when that client goes, and keeps the keysyms that it put on keys. So
 * a child process with an X connection of its own waits until we are gone, and undoes what stands
 * in the ledger. At a clean end that is empty, and the guardian does nothing.
 */
struct ds_guardian;

/**
 * Start the guardian of what is done on `display` (borrowed for the call), whose name is `name`
 * (NULL: $DISPLAY). NULL when descriptors, memory or processes are out.
 */
struct ds_guardian *ds_guardian_new(const struct ds_display *display, const char *name);

/** Return the ledger, borrowed. It is one thread's at a time. */
struct ds_ledger *ds_guardian_ledger(struct ds_guardian *guardian);

/**
 * Be done with the X server: what the ledger still says is the guardian's from here on. That takes
 * as long as the X server does, so it is waited for only a moment. NULL is fine.
 */
void ds_guardian_free(struct ds_guardian *guardian);

/**
 * Be the guardian. A program that uses a ds_sharer calls this as the first thing in main(), and
 * nothing else, when argv[1] is DS_GUARDIAN_ARGUMENT. Returns the exit status: 2 (usage) when a
 * person started it.
 */
int ds_guardian_main(int argc, char **argv);

#endif
