/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_CARRY_H
#define DS_APP_SHARE_CARRY_H

#include <stdint.h>

#include "net/base/reason.h"
#include "net/mux/mux.h"

/*
 * Carries an existing VNC server, or any other TCP service, through the session: each channel that
 * the helper opens becomes one connection to it.
 */
struct ds_carry;
struct event_base;

/** A connection to the server failed or broke: why, for the person (borrowed). */
typedef void (*ds_carry_trouble_fn)(void *arg, enum ds_reason reason, const char *detail);

/** Make one for the server at `host` and `port` (copied). `base` and `arg` are borrowed. Net
 * thread. */
struct ds_carry *ds_carry_new(struct event_base *base, const char *host, uint16_t port,
        ds_carry_trouble_fn fn, void *arg);

/** Break all connections, free; NULL is fine. */
void ds_carry_free(struct ds_carry *carry);

/** Join a channel that was just opened with a new connection, once nothing is held. */
void ds_carry_open(struct ds_carry *carry, struct ds_channel *channel);

/**
 * Hold what the helper sends, or let it through again: while control is asked for once more nothing
 * of it reaches the server, and no new connection is made. What the server sends goes on.
 */
void ds_carry_hold(struct ds_carry *carry, bool hold);

#endif
