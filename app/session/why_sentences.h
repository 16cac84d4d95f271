/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_WHY_SENTENCES_H
#define DS_APP_SESSION_WHY_SENTENCES_H

#include <stdbool.h>

#include "net/punch/why.h"

/**
 * Say in the person's language why the session goes over the relay, and then the one thing that
 * would help: for a helper to read out, and an administrator to act on. `is_locked`: only an
 * administrator can change whether this side allows direct connections. Returns owned text, NULL
 * for DS_WHY_NONE and for what another version may mean. Any thread.
 */
char *ds_why_text(const struct ds_why_not *why_not, bool is_locked);

#endif
