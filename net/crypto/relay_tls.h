/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_RELAY_TLS_H
#define DS_NET_CRYPTO_RELAY_TLS_H

#include <stdint.h>

#include "net/base/err.h"
#include "net/crypto/pin.h"
#include "net/crypto/tls.h"

/*
 * A client's TLS to a relay: 1.2 or newer, ALPN DS_ALPN (net/PROTOCOL.md, section 1). Net thread.
 */

/* What many connections share: settings and the store of trusted certificates. */
struct ds_relay_tls_ctx;

enum ds_relay_trust {
    DS_RELAY_TRUST_STORE, /* a chain to the store, and the host's name or address in it */
    DS_RELAY_TRUST_PIN,   /* the key is the pinned one; chain, name and dates are not looked at */
    DS_RELAY_TRUST_UNCHECKED, /* any: for private addresses, where SPAKE2 is the only proof */
};

/**
 * Make the shared part. `ca_file` is a PEM file of trusted certificates, NULL for the system's
 * store, which is read when it is first needed (that takes some 20 ms: make one, keep it). Returns
 * 0 with `*out` (owned), DS_ERR_NOMEM, DS_ERR_INVALID where the file cannot be used.
 */
int ds_relay_tls_ctx_new(struct ds_relay_tls_ctx **out, const char *ca_file) DS_MUST_CHECK;

/** Free; NULL is fine. Connections made of it live on. */
void ds_relay_tls_ctx_free(struct ds_relay_tls_ctx *ctx);

/* One connection. */
struct ds_relay_tls;

/**
 * Make a connection to `host`, a name or a numeric address without brackets (copied): a name goes
 * into SNI. `pin` has DS_PIN_BYTES bytes (copied) or is NULL; with a pin `trust` is
 * DS_RELAY_TRUST_PIN, whatever it says: a pin is always enforced. Returns 0 with `*out` (owned),
 * DS_ERR_INVALID for an impossible host or trust in a pin without a pin, DS_ERR_NOMEM.
 *
 * The endpoint's handshake fails with DS_ERR_CERTIFICATE, DS_ERR_PIN (another key than the pinned
 * one) or DS_ERR_PROTOCOL (the server does not speak DS_ALPN), before any plaintext is sent.
 */
int ds_relay_tls_client_new(struct ds_relay_tls **out, struct ds_relay_tls_ctx *ctx,
        const char *host, enum ds_relay_trust trust, const uint8_t *pin) DS_MUST_CHECK;

/**
 * Read the system's store now, where the check of this connection is going to need it: worth a call
 * while the relay's answer is on its way.
 */
void ds_relay_tls_prepare(struct ds_relay_tls *r);

/** Wipe and free with the endpoint inside; NULL is fine. */
void ds_relay_tls_free(struct ds_relay_tls *r);

/** Return the endpoint. Borrowed. */
struct ds_tls *ds_relay_tls_endpoint(struct ds_relay_tls *r);

#endif
