/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_NETCHECK_WORDS_H
#define DS_APP_SESSION_NETCHECK_WORDS_H

#include <glib.h>

#include "net/netcheck/verdict.h"

/** Takes one thing that is known, of a name: `word` (borrowed), or where that is NULL `number`. */
typedef void (*ds_netcheck_word_fn)(void *arg, const char *name, const char *word, gint64 number);

/**
 * Give all that a check of the network found, and what it means, to `fn`, one thing after the
 * other: in the words of --json, which are never translated. Any thread.
 */
void ds_netcheck_words(const struct ds_netcheck_facts *facts,
        const struct ds_netcheck_verdict *verdict, ds_netcheck_word_fn fn, void *arg);

#endif
