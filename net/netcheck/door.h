/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_DOOR_H
#define DS_NET_NETCHECK_DOOR_H

#include <stdint.h>

#include "net/dial/local_port.h"
#include "net/wire/record.h"

/*
 * A listener that waits for one who says a token. Anybody may come meanwhile: who says anything
 * else is closed without a word, and few are heard at a time. Net thread.
 */
struct ds_door;
struct event_base;

/** Called once, from the loop: somebody said the token. The door may be freed in the call. */
typedef void (*ds_door_fn)(void *arg);

/**
 * Listen on `port` (a reference is taken) in `family`, AF_INET or AF_INET6, for whoever says
 * `token` (copied). Returns 0 with `*out` (owned), DS_ERR_SYSTEM with errno, or DS_ERR_NOMEM.
 */
int ds_door_new(struct ds_door **out, struct event_base *base, struct ds_local_port *port,
        int family, const uint8_t token[static DS_DIAL_TOKEN_BYTES], ds_door_fn fn,
        void *arg) DS_MUST_CHECK;

/** Listen no more, close who is there and free; NULL is fine. No call follows. */
void ds_door_free(struct ds_door *door);

#endif
