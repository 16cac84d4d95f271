/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_CONTACT_H
#define DS_NET_PEER_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/reason.h"
#include "net/path/leg.h"
#include "net/path/path.h"
#include "net/peer/foothold.h"
#include "net/peer/proof.h"

/*
 * What waiting and knocking both end in: a relay's leg that is paired with the other side's, a path
 * on it whose handshake has begun, and the session's key.
 */
struct ds_contact {
    struct ds_leg *leg;   /* borrowed: lives as long as the path */
    struct ds_path *path; /* owned by the receiver */
    const uint8_t *first; /* ciphertext that came before the path: give it to ds_path_input() */
    size_t first_len;
    uint8_t key[DS_SESSION_KEY_BYTES];
    const struct ds_foothold *foothold; /* of the leg; borrowed */
    const uint8_t *cookie; /* DS_COOKIE_BYTES, borrowed; NULL: PAIRED is still to come */
};

#endif
