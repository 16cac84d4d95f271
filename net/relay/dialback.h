/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_DIALBACK_H
#define DS_NET_RELAY_DIALBACK_H

#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/wire/record.h"

/*
 * One connection that the relay itself makes: it says a token and closes. Whom it may be made to is
 * for the caller to know (check.h). Relay thread.
 */
struct ds_relay_dialback;
struct event_base;

/**
 * Called once, from the loop: what became of it, other than DS_DIALLED_NOT_OFFERED unless this
 * machine itself could not try; `ms` from the SYN to that. It may be freed in the call.
 */
typedef void (*ds_relay_dialback_fn)(void *arg, enum ds_dialled result, unsigned ms);

/**
 * Connect from `from` (its port 0: any) to `to`, of the same family, both copied, for at most
 * DS_CHECK_DIAL_MS, in which the kernel sends two SYNs, or up to four from Linux 6.5 on; then send
 * `token` and close. Returns 0 with `*out` (owned) or DS_ERR_NOMEM; all else is told by `fn`.
 */
int ds_relay_dialback_new(struct ds_relay_dialback **out, struct event_base *base,
        const struct ds_addr *from, const struct ds_addr *to,
        const uint8_t token[static DS_DIAL_TOKEN_BYTES], ds_relay_dialback_fn fn,
        void *arg) DS_MUST_CHECK;

/** Give up and free; NULL is fine. No call follows. */
void ds_relay_dialback_free(struct ds_relay_dialback *dialback);

/** Return what the end of a connect() with this errno (0: it stands) means. Any thread. */
enum ds_dialled ds_relay_dialback_result(int os_error);

#endif
