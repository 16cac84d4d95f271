/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_EVENTS_H
#define DS_APP_CLI_EVENTS_H

#include <stdbool.h>

#include "net/crypto/code_link.h"
#include "net/netcheck/verdict.h"
#include "net/peer/peer.h"

/*
 * What happens, told on standard output: as sentences, or with --json as one object a line, flushed
 * at once, each with "event" and "t" (seconds since the program began). Main thread.
 */

/** Choose JSON or sentences. The time begins now: call it when the program starts. */
void ds_events_begin(bool json);

/** A code is live: `form` is what the link says, `left_ms` how long it still lives. */
void ds_event_code(const struct ds_link_form *form, uint64_t left_ms);

/**
 * The same for a code that is good on a relay of our own: where `form` says, which is told in a way
 * that can be read out (ds_own_relay_range()).
 */
void ds_event_own_code(const struct ds_link_form *form, uint64_t left_ms);

/** The code does not work while the relay is looked for. */
void ds_event_offline(void);

/** A wrong code was tried. */
void ds_event_guess(unsigned left);

/** The session stands. `role` is this side's; `name` is what the other side says, or "". */
void ds_event_peer(const char *name, enum ds_role role, enum ds_level level);

/** What the helper may do changed, or was confirmed. `role` is this side's. */
void ds_event_level(enum ds_level level, enum ds_role role);

/** The path changed, or why it is the relay's. */
void ds_event_path(const struct ds_peer_path *path);

/** A try for a direct path began, which only --json tells, or came to something. */
void ds_event_punch(const struct ds_peer_punch *punch);

/** This network's router opened a port, or did not, of which only --json and a double NAT tell. */
void ds_event_mapping(const struct ds_portmap_news *news);

/** Viewers may connect to `addr`. */
void ds_event_listening(const struct ds_addr *addr);

/** The first full picture is there. */
void ds_event_frame(unsigned width_px, unsigned height_px);

/** Bytes so far, and the round-trip time. */
void ds_event_rate(const struct ds_peer_stats *stats);

/**
 * One connection through the session failed; the session goes on. `role` is this side's, `detail`
 * may be "". The other side can bring this about as often as it likes: one a second is told.
 */
void ds_event_trouble(enum ds_reason reason, enum ds_role role, const char *detail);

/** A viewer of the shared desktop was turned away: why, in one sentence. Told as trouble is. */
void ds_event_viewer_dropped(const char *why);

/** A check of the network is done: all that was found, and what it means. */
void ds_event_netcheck(
        const struct ds_netcheck_facts *facts, const struct ds_netcheck_verdict *verdict);

/** It is over. The sentence goes to standard error unless it ended as asked. */
void ds_event_closed(enum ds_reason reason, enum ds_role role, const char *step, uint32_t retry_ms);

#endif
