/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_SENTENCES_H
#define DS_APP_SESSION_SENTENCES_H

#include "net/base/reason.h"
#include "net/wire/record.h"

/**
 * Say in the person's language why it ended and what can be done, for who shares or who helps.
 * Returns static text, translated at the call; an unknown reason gives that of an internal error.
 * Any thread.
 */
const char *ds_sentence(enum ds_reason reason, enum ds_role role);

/** Return the exit status of deskside-cli for an end of this reason: 0 to 5. */
int ds_exit_status(enum ds_reason reason);

#endif
