/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_NETCHECK_SENTENCES_H
#define DS_APP_SESSION_NETCHECK_SENTENCES_H

#include "net/netcheck/verdict.h"

/*
 * What a check of the network came to, in the person's language: for somebody who reads it out over
 * the phone, and for an administrator to act on. All is translated when it is made, plain text
 * without markup, and none of it ends in a newline.
 */
struct ds_netcheck_report {
    char *network;       /* which kind of network this is: one or two sentences */
    char **findings;     /* what was found out of the relay, the router, IPv6: a sentence each */
    char **expectations; /* with whom direct connections can be expected: four at most */
    char **advices;      /* what somebody could change, a sentence each; none: nothing */
};

/** Write it; returns owned. Any thread. */
struct ds_netcheck_report *ds_netcheck_report_new(
        const struct ds_netcheck_facts *facts, const struct ds_netcheck_verdict *verdict);

/** Free; NULL is fine. */
void ds_netcheck_report_free(struct ds_netcheck_report *report);

#endif
