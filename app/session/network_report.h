/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_NETWORK_REPORT_H
#define DS_APP_SESSION_NETWORK_REPORT_H

#include <glib.h>

#include "app/session/netcheck_sentences.h"

/**
 * Write what a check of the network came to for whoever looks after it: plain text in the person's
 * language, then the words of --json, and when that was: `now` (borrowed, like all). It has this
 * network's address in it, but no name and nothing secret. Returns owned text. Any thread.
 */
char *ds_network_report(const struct ds_netcheck_facts *facts,
        const struct ds_netcheck_verdict *verdict, const struct ds_netcheck_report *sentences,
        GDateTime *now);

#endif
