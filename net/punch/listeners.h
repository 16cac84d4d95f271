/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_LISTENERS_H
#define DS_NET_PUNCH_LISTENERS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/dial/local_port.h"
#include "net/punch/offer.h"

enum { DS_LISTENERS_FAMILIES = 2, DS_LISTENERS = DS_PUNCH_SETS * DS_LISTENERS_FAMILIES };

/* The sockets that listen on the ports of one generation. All zero: there are none. Net thread. */
struct ds_listeners {
    bool is_open;
    int fds[DS_LISTENERS]; /* by set, then by family; -1: none there */
};

/**
 * Listen on all DS_PUNCH_SETS `ports` (borrowed during the call), where nothing is open yet. From
 * then on the kernel answers whoever comes, and keeps some DS_PUNCH_PENDING_MAX of each waiting.
 * Returns 0, or DS_ERR_SYSTEM with errno where one of them cannot be listened on in any family.
 */
int ds_listeners_open(
        struct ds_listeners *listeners, struct ds_local_port *const *ports) DS_MUST_CHECK;

/** Have no longer segments than `mss` bytes in connections that come from now on; 0: as usual. */
void ds_listeners_limit_segments(const struct ds_listeners *listeners, uint16_t mss);

/** Close all: whoever waits is refused. */
void ds_listeners_close(struct ds_listeners *listeners);

#endif
