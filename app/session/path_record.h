/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_PATH_RECORD_H
#define DS_APP_SESSION_PATH_RECORD_H

#include <glib.h>

#include "net/peer/peer.h"

enum { DS_PATH_RECORD_TRIES = 5 };

/* What is known of the path that carries a session, and of how it came about. All zero: nothing. */
struct ds_path_record {
    enum ds_role role; /* this side's */
    bool is_locked;    /* an administrator has set here whether it may be direct */
    struct ds_peer_path path;
    struct ds_peer_stats stats;
    struct ds_peer_punch tries[DS_PATH_RECORD_TRIES]; /* the last ones, the oldest first */
    unsigned try_count;
};

/** Take one try's beginning, or what it came to (copied): one entry a generation is kept. */
void ds_path_record_add(struct ds_path_record *record, const struct ds_peer_punch *punch);

/** Name a kind of path in the person's language. Static; NULL where there is none. Any thread. */
const char *ds_path_kind_text(enum ds_path_kind kind);

/**
 * Write a short report for whoever looks after the network: plain text in the person's language,
 * with the words of --json beside it, and when that was: `now` (borrowed), which is found again in
 * a firewall's log. It has addresses in it, but neither names nor anything secret. Returns owned
 * text.
 */
char *ds_path_report(const struct ds_path_record *record, GDateTime *now);

#endif
