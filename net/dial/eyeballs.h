/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_EYEBALLS_H
#define DS_NET_DIAL_EYEBALLS_H

#include <stddef.h>

#include "net/dial/result.h"

/*
 * Connect to the first of several addresses that answers (happy eyeballs, RFC 8305): IPv6 first,
 * families in turn, the next one DS_DIAL_ATTEMPT_DELAY_MS after the one before, or at once when one
 * fails. The first connection wins and the others are closed. All on the loop's thread.
 */
struct ds_eyeballs;
struct event_base;

/**
 * Make one without addresses. `fn` is called with `arg` once, never from within a call to this
 * module, and may free the ds_eyeballs; the fd is non-blocking and close-on-exec. Errors:
 * DS_ERR_UNREACHABLE and DS_ERR_TIMEOUT, with the detail of the address whose failure says most.
 * Returns NULL without memory. Returns owned.
 */
struct ds_eyeballs *ds_eyeballs_new(struct event_base *base, struct ds_dial_prepare prepare,
        ds_dial_fn fn, void *arg) DS_MUST_CHECK;

/**
 * Add addresses (copied) and begin, or go on, with them. Those that are there already, and those
 * over DS_DIAL_ADDRESSES_MAX + DS_DIAL_KNOWN_MAX, are left out.
 */
void ds_eyeballs_add(struct ds_eyeballs *eyeballs, const struct ds_addr *addresses, size_t count);

/** Say that no more addresses come: once all have failed, the failure is reported. */
void ds_eyeballs_close(struct ds_eyeballs *eyeballs);

/**
 * Give up what is still under way, as if it had timed out, and return the failure that says most.
 * The callback does not come any more.
 */
struct ds_dial_result ds_eyeballs_expire(struct ds_eyeballs *eyeballs);

/** Free it and close what is under way; the callback never comes after. NULL is fine. */
void ds_eyeballs_free(struct ds_eyeballs *eyeballs);

#endif
