/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_PORTS_H
#define DS_TESTS_NETLAB_ROUTER_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/netlab/router/kind.h"
#include "tests/netlab/router/random.h"

/* Deals the ports of one router's outside address. */
struct nl_ports {
    const struct nl_kind *kind; /* borrowed */
    struct nl_random *random;   /* borrowed */
    uint32_t first, count;      /* the ports that it deals */
    uint32_t next;              /* of NL_SEQUENTIAL: an offset into these */
    uint64_t noise_us;          /* when the next foreign mapping is made */
};

/** Begin anew, as after a reboot: another block, another first port. `now_us` is monotonic. */
void nl_ports_init(struct nl_ports *ports, const struct nl_kind *kind, struct nl_random *random,
        uint64_t now_us);

/**
 * Deal a port for one inside that is not used yet, by what `is_used(arg, port)` says, after what
 * others were dealt until now. Returns 0 if all are used.
 */
uint16_t nl_ports_deal(struct nl_ports *ports, uint16_t inside,
        bool (*is_used)(const void *arg, uint16_t port), const void *arg, uint64_t now_us);

#endif
