/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_DIRECT_PATH_H
#define DS_NET_PUNCH_DIRECT_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/crypto/kdf.h"
#include "net/path/path.h"

/* What all connections of one generation have in common. */
struct ds_direct_setting {
    struct event_base *base;
    enum ds_role role;
    uint8_t session_key[DS_KEY_BYTES];
    uint32_t generation;
    bool is_mapped; /* a router leads others to the port of set 0 */
    uint16_t mss;   /* of its sockets, as struct ds_strategy has it */
};

/**
 * Name the kind of a direct path to `remote`; `is_mapped`: a router was asked for that address. Any
 * thread.
 */
enum ds_path_kind ds_direct_path_kind(const struct ds_addr *remote, bool is_mapped);

/**
 * Make the path of a TCP connection that stands. Takes `fd` (non-blocking), also on failure; the
 * setting is borrowed during the call. The other side has `proof_ms` to prove the key, in
 * DS_PUNCH_HANDSHAKE_BYTES. Returns 0 with `*out` (owned; its handler is to be set before the loop
 * runs again), DS_ERR_NOMEM or DS_ERR_SYSTEM. Net thread.
 */
int ds_direct_path_new(struct ds_path **out, const struct ds_direct_setting *setting, int fd,
        const struct ds_addr *remote, bool is_mapped, unsigned proof_ms) DS_MUST_CHECK;

#endif
