/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_PORT_WINDOW_H
#define DS_NET_PUNCH_PORT_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "net/punch/candidate_dial.h"

/*
 * Many sockets that all aim at one address and port of the other side, each from a local port of
 * its own. A NAT that deals a new port for each connection opens as many of its ports so, one of
 * which the other side aims at. Net thread.
 */
struct ds_port_window;

/**
 * Open it: one socket from each of `ports`, at most DS_PUNCH_WINDOW_BOTH (references are taken),
 * sends its SYN now. Of `config` the port is not read. `fn` and `arg` are those of each dial: it
 * comes from the loop only, maybe more than once. Returns 0 with `*out` (owned) or DS_ERR_NOMEM.
 */
int ds_port_window_new(struct ds_port_window **out, const struct ds_candidate_dial_config *config,
        struct ds_local_port *const *ports, size_t count, ds_candidate_dial_fn fn,
        void *arg) DS_MUST_CHECK;

/** Send no SYN any more; what is under way stays. NULL is fine, as below. */
void ds_port_window_settle(struct ds_port_window *window);

/** Say whether a connection stands that is not proven yet. */
bool ds_port_window_is_proving(const struct ds_port_window *window);

/** Close all and free. No callback follows. */
void ds_port_window_free(struct ds_port_window *window);

#endif
