/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_RELAY_RIG_H
#define DS_TESTS_LIB_RELAY_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/limits.h"
#include "net/relay/relay.h"
#include "net/wire/record.h"

struct event_base;

/*
 * A relay without TLS and without a listener: its clients are ends of socketpairs in this very
 * thread, with whatever address a test gives them. A call that waits turns the loop, and ends the
 * program when nothing comes for 5 s.
 */
struct relay_rig {
    struct event_base *base;
    struct ds_relay *relay;
};

struct rig_client {
    struct relay_rig *rig;
    int fd;
    size_t len;
    uint8_t input[65536];
    uint8_t payload[DS_RECORD_MAX + 1]; /* of the record that was received last, and a NUL */
    size_t payload_len;
};

/** Begin with these times (borrowed) and caps. */
void relay_rig_open(struct relay_rig *rig, const struct ds_relay_times *times,
        size_t connections_max, size_t per_subscriber_max);

/** Free the relay; its clients are closed by their tests. */
void relay_rig_close(struct relay_rig *rig);

/** Turn the loop until nothing is left to do at once. */
void relay_rig_settle(struct relay_rig *rig);

/** Connect a client from `address`, "192.0.2.1:1000". Returned owned: relay_rig_hang_up(). */
struct rig_client *relay_rig_connect(struct relay_rig *rig, const char *address);

/** Close a client's end and free it. */
void relay_rig_hang_up(struct rig_client *client);

/** Send bytes as they are; false when the relay has closed the connection. */
bool rig_send_bytes(struct rig_client *client, const void *bytes, size_t len);

/** Send what the socket takes of the bytes at once. Returns how many that were. */
size_t rig_push(struct rig_client *client, const void *bytes, size_t len);

/** Send one record. */
void rig_send(struct rig_client *client, uint8_t type, const void *payload, size_t len);

/** Wait for the next record and return its type, or -1 at the end of the stream. */
int rig_receive(struct rig_client *client);

/** Settle, and say whether no record and no end has come. */
bool rig_is_silent(struct rig_client *client);

/** Return the value of field `tag` in the last payload, as a number; -1 when it is not there. */
int64_t rig_field(const struct rig_client *client, uint16_t tag);

/** Copy field `tag` of the last payload into `out`. Returns its length, 0 when it is not there. */
size_t rig_field_bytes(const struct rig_client *client, uint16_t tag, uint8_t *out, size_t cap);

/** Send HELLO for these versions. */
void rig_hello(struct rig_client *client, uint16_t version_min, uint16_t version_max);

/** Connect, say HELLO and take WELCOME. Ends the program where that fails. */
struct rig_client *rig_greet(struct relay_rig *rig, const char *address);

/** Greet, WAIT and take WAITING: `nameplate` gets the digits. */
struct rig_client *rig_helpee(
        struct relay_rig *rig, const char *address, char nameplate[static 16]);

/** Let a greeted helper and a helpee who waits under `nameplate` be paired; both take PAIRED. */
void rig_pair(struct rig_client *helpee, struct rig_client *helper, const char *nameplate);

/** Take REFUSED and the end of the stream. Returns the reason; -1 where something else comes. */
int rig_refused(struct rig_client *client);

/** Let the relay's clock jump `ms` milliseconds ahead: it stands still otherwise. Timers take their
 * real time, and look at that clock when they end. */
void relay_rig_skip(unsigned ms);

/** Turn the loop for `ms` milliseconds. */
void relay_rig_run(struct relay_rig *rig, unsigned ms);

/** Send WAIT; `digits` and `token` may be NULL. */
void rig_wait(struct rig_client *client, const char *digits, const uint8_t *token);

/** Send KNOCK with `say`. */
void rig_knock(struct rig_client *client, const char *digits, const char *say);

/** Send a record of a u32 and `len` more bytes: SAY, ACCEPT, REJECT. */
void rig_send_id(
        struct rig_client *client, uint8_t type, uint32_t id, const void *more, size_t len);

/** Send MEET for the id of 32 times `meeting`; `cookie` may be NULL. */
void rig_meet(struct rig_client *client, uint8_t meeting, uint8_t role, const uint8_t *cookie);

#endif
