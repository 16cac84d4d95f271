/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_ASK_H
#define DS_APP_CLI_ASK_H

#include <stdbool.h>

struct event_base;

/* A yes-or-no question on the terminal. */
struct ds_ask;

/** Called once with the answer. The question may be freed in the call. */
typedef void (*ds_ask_fn)(void *arg, bool yes);

/**
 * Ask `question` on standard error and read one line of standard input: "yes" in full, in the
 * person's language or English, is yes; everything else is no, an empty line and the end of the
 * input too. What was typed on a terminal before the question is thrown away, so that it cannot be
 * its answer; a pipe or a file is read on where the last answer ended. Returns NULL when memory is
 * out.
 */
struct ds_ask *ds_ask_new(struct event_base *base, const char *question, ds_ask_fn fn, void *arg);

/** Ask no more; NULL is fine. No callback follows. */
void ds_ask_free(struct ds_ask *ask);

#endif
