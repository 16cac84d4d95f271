/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_PROOF_H
#define DS_NET_PEER_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/crypto/code.h"
#include "net/wire/record.h"

/*
 * From the code to the session key (net/PROTOCOL.md, 3): one side of one exchange, without sockets.
 * Helper: offer, take_offer, make, check, key. Helpee: take_offer, offer, check, make, key.
 */
struct ds_proof;

enum {
    DS_PROOF_OFFER_BYTES = 1 + 4 + 65, /* A1 or B1 */
    DS_PROOF_CONFIRM_BYTES = 32,       /* cA or cB */
    DS_SESSION_KEY_BYTES = 32,
};

/** Begin one exchange about `code` (copied, wiped on free). Net thread. */
int ds_proof_new(
        struct ds_proof **out, enum ds_role role, const struct ds_code *code) DS_MUST_CHECK;

/** Wipe and free; NULL is fine. */
void ds_proof_free(struct ds_proof *proof);

/** Write this side's A1 or B1. The helpee's comes after ds_proof_take_offer(). */
int ds_proof_offer(struct ds_proof *proof, uint8_t out[static DS_PROOF_OFFER_BYTES]) DS_MUST_CHECK;

/**
 * Take the other side's A1 or B1. Returns 0, DS_ERR_PROTOCOL for what is none (of another length, a
 * point that is not on the curve), DS_ERR_INVALID for another version of the exchange.
 */
int ds_proof_take_offer(struct ds_proof *proof, const uint8_t *data, size_t len) DS_MUST_CHECK;

/** Write cA or cB. The helpee may not before ds_proof_check() succeeded: DS_ERR_STATE. */
int ds_proof_make(struct ds_proof *proof, uint8_t out[static DS_PROOF_CONFIRM_BYTES]) DS_MUST_CHECK;

/** Check the other side's cA or cB in constant time. Returns 0 or DS_ERR_AUTH. Once only. */
int ds_proof_check(
        struct ds_proof *proof, const uint8_t confirm[static DS_PROOF_CONFIRM_BYTES]) DS_MUST_CHECK;

/**
 * Get the session key. Helpee: only after ds_proof_check() succeeded. Helper: after
 * ds_proof_make(), since the ClientHello that goes out beside cA is keyed by it. Else DS_ERR_STATE.
 */
int ds_proof_key(struct ds_proof *proof, uint8_t key[static DS_SESSION_KEY_BYTES]) DS_MUST_CHECK;

#endif
