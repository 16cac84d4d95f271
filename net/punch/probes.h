/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_PROBES_H
#define DS_NET_PUNCH_PROBES_H

#include <stddef.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/base/limits.h"
#include "net/punch/allocation.h"

/*
 * A burst of DS_PUNCH_PROBES questions to one STUN server, each from a fresh local port: which
 * ports does the NAT deal now, one after the other? Net thread.
 */
struct ds_probes;
struct event_base;

/**
 * Called once from the loop: the deals that were answered, in the order in which they were asked
 * for, borrowed; `count` may be 0. All is closed. The probes may be freed in the call.
 */
typedef void (*ds_probes_fn)(void *arg, const struct ds_deal *deals, size_t count);

/**
 * Ask `server` (copied). Those without an answer in DS_PUNCH_PROBE_MS are left out, or in twice the
 * time that it took until most had one. `fn` is never called from within. Returns 0 with `*out`
 * (owned), DS_ERR_SYSTEM with errno where not one can be asked, or DS_ERR_NOMEM.
 */
int ds_probes_new(struct ds_probes **out, struct event_base *base, const struct ds_addr *server,
        ds_probes_fn fn, void *arg) DS_MUST_CHECK;

/** Close and free; NULL is fine. No call follows. */
void ds_probes_free(struct ds_probes *probes);

#endif
