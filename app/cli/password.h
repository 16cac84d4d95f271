/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_PASSWORD_H
#define DS_APP_CLI_PASSWORD_H

#include <glib.h>

/**
 * Read a password, the first line of the file at `path`, which may be a pipe. Returns it without
 * its line feed, owned by the caller, who wipes it; NULL with a GFileError where the file cannot be
 * read, or its first line is empty, too long or no text. Any thread; a pipe blocks it.
 */
char *ds_password_read(const char *path, GError **error);

#endif
