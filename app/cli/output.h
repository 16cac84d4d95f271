/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_OUTPUT_H
#define DS_APP_CLI_OUTPUT_H

/*
 * Standard output, flushed after every line and watched: a session that nobody can follow any more,
 * because its reader is gone or the disk is full, must not go on unseen. Main thread.
 */

/** Called when a line could not be written, from inside of the call that tried. */
typedef void (*ds_output_failed_fn)(void *arg);

/** Have `fn` called at the first failure from now on; NULL: nobody. `arg` is borrowed. */
void ds_output_watch(ds_output_failed_fn fn, void *arg);

/** Return the errno of the first failure, 0 while all is well. */
int ds_output_error(void);

/** Print a line of text, UTF-8, as the terminal's encoding can show it; the line feed is added. */
void ds_output_say(const char *line);

/** Print bytes that end with a line feed as they are. */
void ds_output_put(const char *line);

#endif
