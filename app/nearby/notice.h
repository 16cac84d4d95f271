/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_NEARBY_NOTICE_H
#define DS_APP_NEARBY_NOTICE_H

#include <glib.h>

#include "net/peer/reach.h"

/*
 * Who shares without a relay posts a notice, so that a helper on the same machine finds it by the
 * code alone: a file below XDG_RUNTIME_DIR/deskside/, which only this user can read, says at which
 * port of this machine a nameplate is good, and with which key. Never the secret. Functions: any
 * thread; they touch memory-backed files only.
 */
struct ds_notice;

/**
 * Post that `nameplate` is good at `relay`, whose host is not looked at. Returns the notice, owned,
 * or NULL with a log line: then the code alone leads nowhere.
 */
struct ds_notice *ds_notice_post(const char *nameplate, const struct ds_relay_addr *relay);

/** Take the notice down; NULL is fine. One whose program died without that counts for nothing. */
void ds_notice_free(struct ds_notice *notice);

/**
 * Look for a notice of `nameplate` whose program lives; remove those of dead ones on the way. Of
 * two that dealt the same nameplate (one in 10,000) either may be found. Returns whether there is
 * one, with 127.0.0.1, its port and its key in `*relay`.
 */
gboolean ds_notice_find(struct ds_relay_addr *relay, const char *nameplate);

#endif
