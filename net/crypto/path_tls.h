/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_PATH_TLS_H
#define DS_NET_CRYPTO_PATH_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/crypto/kdf.h"
#include "net/crypto/tls.h"

/*
 * TLS 1.3 with an external PSK for one path between the peers: its handshake is the proof that the
 * other end holds the session key (net/PROTOCOL.md, section 4). The helper is the client, the
 * helpee the server. There are no certificates; a failed handshake sends no alert. Net thread.
 */
struct ds_path_tls;

enum { DS_PATH_TLS_IDENTITY_BYTES = 22 }; /* u8 version, u8 kind, u32 generation, 16 random */

/**
 * Say whether the helpee still takes `generation` on this kind of path. Asked when a ClientHello
 * names it and once more when the handshake is proved, since another may have been faster: remember
 * a generation as used only when its path is proven, or a stranger could use it up.
 */
typedef bool (*ds_path_tls_accept_fn)(void *arg, uint8_t kind, uint32_t generation);

/**
 * Make the helper's end of a path of `kind` (enum ds_path_kind) and `generation`. The key is
 * copied. ds_tls_handshake() on it writes the ClientHello. Returns 0 with `*out` (owned) or
 * DS_ERR_NOMEM, DS_ERR_SYSTEM.
 */
int ds_path_tls_new_helper(struct ds_path_tls **out, const uint8_t session_key[static DS_KEY_BYTES],
        uint8_t kind, uint32_t generation) DS_MUST_CHECK;

/**
 * Make the helpee's end, which takes only paths whose kind is in `kinds` (bits 1 << enum
 * ds_path_kind) and whose generation `accept` takes (NULL: any). The key is copied, `arg` borrowed.
 * Returns 0 with `*out` (owned) or DS_ERR_NOMEM.
 */
int ds_path_tls_new_helpee(struct ds_path_tls **out, const uint8_t session_key[static DS_KEY_BYTES],
        unsigned kinds, ds_path_tls_accept_fn accept, void *arg) DS_MUST_CHECK;

/** Wipe and free with the endpoint inside; NULL is fine. */
void ds_path_tls_free(struct ds_path_tls *p);

/**
 * Return the endpoint: feed it, drive ds_tls_handshake() until it returns 1 (DS_ERR_AUTH: the other
 * side has another key, or none), then read and write. Borrowed.
 */
struct ds_tls *ds_path_tls_endpoint(struct ds_path_tls *p);

/**
 * Say whether the handshake is done and was keyed by the PSK: SSL_session_reused(). Not before may
 * a byte of plaintext go up or down; the endpoint refuses it.
 */
bool ds_path_tls_is_proven(const struct ds_path_tls *p);

/** Return the kind: the helper's own; the helpee's from the other side, 0 until proven. */
uint8_t ds_path_tls_kind(const struct ds_path_tls *p);

/** Return the generation: the helper's own; the helpee's from the other side, 0 until proven. */
uint32_t ds_path_tls_generation(const struct ds_path_tls *p);

#endif
