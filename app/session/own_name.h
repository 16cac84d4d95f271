/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_OWN_NAME_H
#define DS_APP_SESSION_OWN_NAME_H

/**
 * Return what this side calls itself, as UTF-8, owned by the caller: `given` (borrowed), or the
 * account's real name where that is NULL; "" where nobody knows one. Any thread.
 */
char *ds_own_name(const char *given);

#endif
