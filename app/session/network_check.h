/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_NETWORK_CHECK_H
#define DS_APP_SESSION_NETWORK_CHECK_H

#include "app/session/net_thread.h"
#include "app/session/netcheck_sentences.h"
#include "net/peer/reach.h"

/* One check of the network as the main thread sees it: it runs on the net thread. */
struct ds_network_check;

struct ds_network_check_config {
    const struct ds_relay_addr *relay; /* copied; NULL: none is set */
    uint32_t map_lease_s;              /* as ds_netcheck_config has it */
};

/**
 * Called once, from the main loop: what it came to in sentences (borrowed), and all of it as a
 * report for whoever looks after the network (borrowed): plain text in the person's language with
 * the words of --json beside it. The check may be freed in the call.
 */
typedef void (*ds_network_check_fn)(
        void *arg, const struct ds_netcheck_report *sentences, const char *report);

/**
 * Begin on `net` (borrowed, outlives it). `fn` is never called from within; `arg` is borrowed.
 * Main thread, like what follows. Returns owned.
 */
struct ds_network_check *ds_network_check_new(struct ds_net_thread *net,
        const struct ds_network_check_config *config, ds_network_check_fn fn, void *arg);

/** End it if it runs still, and free; NULL is fine. No callback follows. */
void ds_network_check_free(struct ds_network_check *check);

#endif
