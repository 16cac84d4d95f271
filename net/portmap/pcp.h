/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_PCP_H
#define DS_NET_PORTMAP_PCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"

/* The bytes of PCP's MAP for TCP (RFC 6887, 7, 8 and 11). No sockets. Any thread. */

enum {
    DS_PCP_PORT = 5351, /* the router's; NAT-PMP's too */
    DS_PCP_REQUEST_BYTES = 60,
    DS_PCP_MESSAGE_MAX = 1100,
    DS_PCP_NONCE_BYTES = 12,
};

/* RFC 6887, 7.4. */
enum ds_pcp_result {
    DS_PCP_SUCCESS = 0,
    DS_PCP_UNSUPP_VERSION = 1,
    DS_PCP_NOT_AUTHORIZED = 2,
    DS_PCP_MALFORMED_REQUEST = 3,
    DS_PCP_UNSUPP_OPCODE = 4,
    DS_PCP_UNSUPP_OPTION = 5,
    DS_PCP_MALFORMED_OPTION = 6,
    DS_PCP_NETWORK_FAILURE = 7,
    DS_PCP_NO_RESOURCES = 8,
    DS_PCP_UNSUPP_PROTOCOL = 9,
    DS_PCP_USER_EX_QUOTA = 10,
    DS_PCP_CANNOT_PROVIDE_EXTERNAL = 11,
    DS_PCP_ADDRESS_MISMATCH = 12, /* a NAT lies between this machine and the server */
    DS_PCP_EXCESSIVE_REMOTE_PEERS = 13,
};

struct ds_pcp_request {
    uint8_t nonce[DS_PCP_NONCE_BYTES]; /* the same as long as the mapping is to be the same */
    uint32_t lifetime_s;               /* 0: the mapping is to go */
    struct ds_addr client;             /* our address as the server sees it, with the port */
    struct ds_addr suggested;          /* the outside end that we would like; len 0: any */
};

struct ds_pcp_answer {
    unsigned result; /* enum ds_pcp_result, or one that is not known */
    uint32_t lifetime_s;
    uint32_t epoch_s;        /* since when the server remembers */
    struct ds_addr external; /* of DS_PCP_SUCCESS */
};

/** Write a request. */
void ds_pcp_write(const struct ds_pcp_request *request, uint8_t out[static DS_PCP_REQUEST_BYTES]);

/**
 * Read the `len` bytes at `data` as the answer to `request`. An answer of another version of the
 * protocol, NAT-PMP's among them, has DS_PCP_UNSUPP_VERSION and nothing else. Returns 0, or
 * DS_ERR_PROTOCOL for what is no answer to this request: it is to be left unread (8.3, 11.4).
 */
int ds_pcp_read(struct ds_pcp_answer *answer, const struct ds_pcp_request *request,
        const uint8_t *data, size_t len) DS_MUST_CHECK;

/** Name a result for a log line ("ADDRESS_MISMATCH"). Static. */
const char *ds_pcp_result_name(unsigned result);

/* What the server's clock said last; all zero: nothing yet. */
struct ds_pcp_epoch {
    bool is_known;
    uint32_t server_s;
    uint64_t client_s;
};

/**
 * Note the epoch of an answer that came at `now_s` by a clock of ours that never stands still.
 * Returns false where the server has lost its mappings since the last one (8.5).
 */
bool ds_pcp_epoch_take(struct ds_pcp_epoch *epoch, uint32_t server_s, uint64_t now_s);

#endif
