/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PATH_PATH_H
#define DS_NET_PATH_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/path/carrier.h"
#include "net/wire/record.h"

/*
 * One path between the peers: TLS 1.3-PSK over a carrier (net/PROTOCOL.md, 4). A path is pulled:
 * when its carrier is writable it asks its handler for one record, so that what is sent next is
 * decided as late as possible.
 */
struct ds_path;
struct event_base;

enum ds_path_kind {
    DS_PATH_NONE = 0,
    DS_PATH_RELAY = 1,
    DS_PATH_LAN = 2,
    DS_PATH_IPV6 = 3,
    DS_PATH_PUNCHED = 4,
    DS_PATH_MAPPED = 5,
};

struct ds_path_config {
    enum ds_role role;      /* DS_ROLE_HELPEE is the TLS server */
    enum ds_path_kind kind; /* helpee, a direct path: any of them, and it takes each of them */
    /* Helper: this path's. Helpee: the lowest that it takes by the relay, the only one directly. */
    uint32_t generation;
    const uint8_t *session_key; /* 32 bytes, borrowed during the call */
    unsigned handshake_ms;      /* 0: DS_PATH_HANDSHAKE_MS */
    size_t handshake_bytes; /* from the other side before the proof; 0: DS_PATH_HANDSHAKE_BYTES */
};

/* Callbacks come from the loop only, never from inside a call on the path; each may free it. */
struct ds_path_handler {
    /**
     * The other side proved that it has the key: bytes may go. The bytes that came with the proof
     * follow as soon as this returns, to the handler that is set then.
     */
    void (*on_proven)(void *arg, struct ds_path *path);
    /** `len` bytes of plaintext in order (borrowed during the call). */
    void (*on_data)(void *arg, struct ds_path *path, const uint8_t *data, size_t len);
    /** Write up to `cap` bytes for the next record into `buf`; return the count, 0 for none now. */
    size_t (*pull)(void *arg, struct ds_path *path, uint8_t *buf, size_t cap);
    /**
     * The path is lost, called once: DS_ERR_CLOSED at EOF, RST or close_notify, DS_ERR_AUTH when
     * the handshake did not prove the key, DS_ERR_TLS when a record was altered or out of place,
     * DS_ERR_TIMEOUT when the handshake took too long, else what its carrier says.
     */
    void (*on_lost)(void *arg, struct ds_path *path, int err);
};

/**
 * Make a path over `carrier` (taken, also on failure). The helper's first flight is sent to the
 * carrier at once. The handler is set by ds_path_set_handler(), at the latest in the turn of the
 * loop in which the carrier begins to bring bytes: a socket does at once, a leg when it is paired.
 * Returns 0 with `*out` (owned), DS_ERR_NOMEM or DS_ERR_SYSTEM. Net thread, like all calls.
 */
int ds_path_new(struct ds_path **out, struct event_base *base, struct ds_carrier *carrier,
        const struct ds_path_config *config) DS_MUST_CHECK;

/** Close and free a path and its carrier; NULL is fine. No callback follows. */
void ds_path_free(struct ds_path *path);

/**
 * Say who is told; `handler` and `arg` are borrowed. The link takes over a proven path with this. A
 * time-out before there was a handler is told to the first one, from the loop.
 */
void ds_path_set_handler(struct ds_path *path, const struct ds_path_handler *handler, void *arg);

/**
 * Give it ciphertext that came another way than through the carrier, and before all that comes
 * there: the ClientHello in a SAY. Copied; the answer goes to the carrier at once, callbacks come
 * from the loop.
 */
void ds_path_input(struct ds_path *path, const uint8_t *data, size_t len);

/** Say that pull() has something to give. Cheap; the pull comes from the loop, not from here. */
void ds_path_kick(struct ds_path *path);

/** Return the path's kind; for the helpee, once it is proven, the one that the helper named. */
enum ds_path_kind ds_path_kind(const struct ds_path *path);

/** Return the generation that the handshake agreed on; for the helpee 0 before it is proven. */
uint32_t ds_path_generation(const struct ds_path *path);

/** Name a kind as --json does ("relay", "lan", ...). Static text. */
const char *ds_path_kind_name(enum ds_path_kind kind);

/** Get the addresses of the TCP connection below; len 0 where unknown. */
void ds_path_addresses(const struct ds_path *path, struct ds_addr *local, struct ds_addr *remote);

/** Return what carries it, borrowed for the path's life. */
struct ds_carrier *ds_path_carrier(const struct ds_path *path);

/** Describe what went wrong, naming the step ("path handshake: ..."), or "". Borrowed. */
const char *ds_path_error_text(const struct ds_path *path);

#endif
