/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PATH_LEG_H
#define DS_NET_PATH_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/base/limits.h"
#include "net/path/carrier.h"

/*
 * One connection to a relay: TLS on a socket that net/dial connected, with records on it
 * (net/PROTOCOL.md, 1). The leg sends HELLO itself, answers PING, pings when nothing else was sent
 * for a while and watches for silence. Once paired it is also the carrier of one path. Callbacks
 * come from the loop only, never from inside a call on the leg, and each may free it.
 */
struct ds_leg;
struct ds_relay_tls_ctx;
struct event_base;

struct ds_leg_config {
    const char *host;      /* for the certificate's check and SNI; borrowed during the call */
    const uint8_t *pin;    /* 32 bytes, or NULL */
    bool may_be_unchecked; /* private address without a pin: take any certificate */
    const char *program;   /* name and version for HELLO; borrowed during the call */
    struct ds_relay_tls_ctx *tls; /* made once, for all legs; borrowed during the call */
    unsigned welcome_ms;          /* for TLS and WELCOME; 0: DS_LEG_WELCOME_MS */
    unsigned ping_ms;             /* PING when nothing was sent for that; 0: DS_WAIT_PING_MS */
    unsigned idle_ms;             /* lost when nothing came for that; 0: DS_LEG_IDLE_MS */
};

/* What WELCOME says. Each text is printable ASCII; "" where there was none that makes sense. */
struct ds_leg_welcome {
    char observed[DS_ADDR_TEXT_MAX]; /* our address as the relay sees it */
    char program[DS_LEG_TEXT_MAX];
    char stun[DS_LEG_STUN_MAX]; /* the relay's STUN servers, "ADDR:PORT[,ADDR:PORT]" */
};

struct ds_leg_handler {
    /** TLS stands and the relay said WELCOME (borrowed). */
    void (*on_welcome)(void *arg, const struct ds_leg_welcome *welcome);
    /** A record came, other than WELCOME, REFUSED, PIPE, PING and PONG. Its length is in bounds. */
    void (*on_record)(void *arg, uint8_t type, const uint8_t *payload, size_t len);
    /**
     * The leg is dead, called once. `err`: DS_ERR_PIN, DS_ERR_CERTIFICATE, DS_ERR_TLS,
     * DS_ERR_PROTOCOL, DS_ERR_TIMEOUT (no WELCOME in time, or silence), DS_ERR_CLOSED (EOF, RST, or
     * REFUSED), DS_ERR_UNREACHABLE, DS_ERR_SYSTEM, DS_ERR_NOMEM. `reason` is not DS_REASON_NONE
     * where the relay said REFUSED; `retry_ms` and `text` (what to ask for: printable ASCII)
     * belong to it and are 0 and "" else. After ds_leg_set_paired() the carrier's handler is told
     * instead, before it only this one, whoever owns the leg.
     */
    void (*on_lost)(void *arg, int err, int reason, uint32_t retry_ms, const char *text);
    /** A PING was answered: what that had in it, at most DS_PING_MAX bytes. NULL: nobody cares. */
    void (*on_pong)(void *arg, const uint8_t *payload, size_t len);
};

/**
 * Begin TLS on `fd` (taken, also on failure: connected, non-blocking). `handler` is borrowed for
 * the leg's life. Returns 0 and the leg in `*out` (owned), DS_ERR_INVALID for a host or program
 * that cannot be one, or DS_ERR_NOMEM. Net thread, like all calls.
 */
int ds_leg_new(struct ds_leg **out, struct event_base *base, int fd,
        const struct ds_leg_config *config, const struct ds_leg_handler *handler,
        void *arg) DS_MUST_CHECK;

/**
 * Close and free. What was sent goes to the kernel as far as it takes it at once, so that a last
 * record on a leg that stands arrives. NULL is fine. No callback follows.
 */
void ds_leg_free(struct ds_leg *leg);

/**
 * Queue one record. Records sent in one turn of the loop, also before TLS stands, leave in one
 * write. Returns 0, DS_ERR_TOO_BIG (over DS_RECORD_MAX, or over DS_LEG_QUEUE_MAX with what waits),
 * DS_ERR_NOMEM, DS_ERR_CLOSED once the leg is lost. The bytes are copied.
 */
int ds_leg_send(struct ds_leg *leg, uint8_t type, const void *payload, size_t len) DS_MUST_CHECK;

/**
 * Return the leg as a path's carrier; it takes the leg over: ops->free frees the leg. What the path
 * sends before ds_leg_set_paired() is kept, at most DS_LEG_EARLY_MAX bytes, and can be taken by
 * ds_leg_take_early(); after it, each send is one PIPE.
 */
struct ds_carrier *ds_leg_carrier(struct ds_leg *leg);

/** Move what the path sent early (its ClientHello) into `out` of `cap` bytes; returns the count. */
size_t ds_leg_take_early(struct ds_leg *leg, uint8_t *out, size_t cap);

/**
 * From now on the carrier's sends are PIPE records (what was sent early and not taken is the
 * first), PIPE is taken from the relay, and a loss is told to the carrier's handler. Call it within
 * on_record(PAIRED), or right behind ACCEPT; the path may be made before or after, in the same turn
 * of the loop. Records still come by on_record.
 */
void ds_leg_set_paired(struct ds_leg *leg);

/** Say who is told from now on, where the leg changes hands; both borrowed, NULL for nobody. */
void ds_leg_set_handler(struct ds_leg *leg, const struct ds_leg_handler *handler, void *arg);

/** Return the leg whose carrier this is, borrowed; NULL where it is another kind of carrier. */
struct ds_leg *ds_leg_of(struct ds_carrier *carrier);

/**
 * Let the relay tell the other side our address as it sees it; where that side does so too, both
 * hear of the other's by NOTE, which comes by on_record (ds_leg_revealed_parse()). A relay that
 * does not know it says nothing. Only once paired. A second call does nothing. Returns 0 or what
 * ds_leg_send() does.
 */
int ds_leg_reveal(struct ds_leg *leg) DS_MUST_CHECK;

/** Describe what went wrong for a log, naming the step, or "". Borrowed for the leg's life. */
const char *ds_leg_error_text(const struct ds_leg *leg);

#endif
