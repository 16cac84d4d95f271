/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PATH_LEG_H
#define DS_NET_PATH_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/path/carrier.h"

/*
 * One connection to a relay: TLS on a socket that net/dial connected, with records on it
 * (net/PROTOCOL.md, 1). The leg sends HELLO itself, answers PING, pings while it is not paired and
 * watches for silence. Once paired it is also the carrier of one path.
 */
struct ds_leg;
struct event_base;

struct ds_leg_config {
    const char *host;      /* for the certificate's check and SNI; borrowed during the call */
    const uint8_t *pin;    /* 32 bytes, or NULL */
    bool may_be_unchecked; /* private address without a pin: take any certificate */
    const char *ca_file;   /* PEM file instead of the system's store, or NULL */
    const char *program;   /* name and version for HELLO */
};

struct ds_leg_handler {
    /** TLS stands and the relay said WELCOME; `observed` is our address as it sees it, or "". */
    void (*on_welcome)(void *arg, const char *observed, const char *program);
    /** A record came, other than WELCOME, REFUSED, PIPE, PING and PONG. May free the leg. */
    void (*on_record)(void *arg, uint8_t type, const uint8_t *payload, size_t len);
    /**
     * The leg is dead, called once, may free it: `err` says what happened; `reason` is not
     * DS_REASON_NONE where the relay said REFUSED, `retry_ms` and `text` (what to ask for) belong
     * to it and are 0 and "" else. Not called for what the carrier's handler is told as on_lost.
     */
    void (*on_lost)(void *arg, int err, int reason, uint32_t retry_ms, const char *text);
};

/**
 * Begin TLS on `fd` (taken, also on failure: connected, non-blocking). `handler` is borrowed for
 * the leg's life. Returns 0 and the leg in `*out` (owned), or an error. Net thread.
 */
int ds_leg_new(struct ds_leg **out, struct event_base *base, int fd,
        const struct ds_leg_config *config, const struct ds_leg_handler *handler,
        void *arg) DS_MUST_CHECK;

/** Close the connection, what was sent is flushed by the kernel. NULL is fine. No callback follows.
 */
void ds_leg_free(struct ds_leg *leg);

/**
 * Queue one record. Records sent in one turn of the loop, also before TLS stands, leave in one
 * write. Returns 0, DS_ERR_TOO_BIG or DS_ERR_NOMEM. The bytes are copied.
 */
int ds_leg_send(struct ds_leg *leg, uint8_t type, const void *payload, size_t len) DS_MUST_CHECK;

/**
 * Return the leg as a path's carrier; it takes the leg over: ops->free frees the leg, and losing it
 * is told to the carrier's handler alone. What the path sends before ds_leg_set_paired() is kept
 * and can be taken by ds_leg_take_early(); after it, each send is one PIPE.
 */
struct ds_carrier *ds_leg_carrier(struct ds_leg *leg);

/** Move what the path sent early (its ClientHello) into `out` of `cap` bytes; returns the count. */
size_t ds_leg_take_early(struct ds_leg *leg, uint8_t *out, size_t cap);

/** From now on the carrier's sends are PIPE records. Notes still come by on_record. */
void ds_leg_set_paired(struct ds_leg *leg);

/** Describe the last TLS error for a log, or "". Borrowed until the next call on the leg. */
const char *ds_leg_error_text(const struct ds_leg *leg);

#endif
