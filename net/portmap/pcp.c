/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/pcp.h"

#include <netinet/in.h>
#include <string.h>

#include "net/wire/reader.h"
#include "net/wire/writer.h"

enum {
    VERSION = 2,
    OPCODE_MAP = 1,
    RESPONSE = 0x80,
    PROTOCOL_TCP = 6,
    ANSWER_BYTES = 60, /* options may follow */
    HEAD_MIN = 4,      /* of any version: it and the result */
};

/* ---- addresses, IPv4 as v4-mapped (5) ---- */

static void
put_host(struct ds_writer *w, const struct ds_addr *addr)
{
    const struct sockaddr_in *in4 = (const struct sockaddr_in *)&addr->ss;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&addr->ss;

    if (addr->ss.ss_family == AF_INET6) {
        ds_writer_bytes(w, &in6->sin6_addr, sizeof in6->sin6_addr);
        return;
    }
    ds_writer_zero(w, 10);
    ds_writer_u16(w, 0xffff);
    ds_writer_bytes(w, &in4->sin_addr, sizeof in4->sin_addr);
}

/* Any address of the client's family: all zero, behind the prefix of a v4-mapped one. */
static void
put_suggested(struct ds_writer *w, const struct ds_pcp_request *request)
{
    struct ds_addr any = {.ss.ss_family = request->client.ss.ss_family};
    const struct ds_addr *suggested = request->suggested.len != 0 ? &request->suggested : &any;

    ds_writer_u16(w, ds_addr_port(suggested));
    put_host(w, suggested);
}

static void
read_host(struct ds_reader *r, uint16_t port, struct ds_addr *out)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    ds_reader_copy(r, &in6.sin6_addr, sizeof in6.sin6_addr);
    memcpy(&in4.sin_addr, in6.sin6_addr.s6_addr + 12, sizeof in4.sin_addr);
    if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
        ds_addr_from_sockaddr(out, (const struct sockaddr *)&in4, sizeof in4);
    else
        ds_addr_from_sockaddr(out, (const struct sockaddr *)&in6, sizeof in6);
}

/* ---- messages ---- */

void
ds_pcp_write(const struct ds_pcp_request *request, uint8_t out[static DS_PCP_REQUEST_BYTES])
{
    struct ds_writer w;

    ds_writer_init(&w, out, DS_PCP_REQUEST_BYTES);
    ds_writer_u8(&w, VERSION);
    ds_writer_u8(&w, OPCODE_MAP);
    ds_writer_zero(&w, 2);
    ds_writer_u32(&w, request->lifetime_s);
    put_host(&w, &request->client);
    ds_writer_bytes(&w, request->nonce, sizeof request->nonce);
    ds_writer_u8(&w, PROTOCOL_TCP);
    ds_writer_zero(&w, 3);
    ds_writer_u16(&w, ds_addr_port(&request->client));
    put_suggested(&w, request);
}

/* What stands behind the common head names the request that is answered. */
static bool
is_of(const struct ds_pcp_request *request, struct ds_reader *r)
{
    uint8_t nonce[DS_PCP_NONCE_BYTES];

    ds_reader_copy(r, nonce, sizeof nonce);
    uint8_t protocol = ds_reader_u8(r);
    ds_reader_bytes(r, 3);
    uint16_t port = ds_reader_u16(r);
    return memcmp(nonce, request->nonce, sizeof nonce) == 0 && protocol == PROTOCOL_TCP &&
           port == ds_addr_port(&request->client);
}

int
ds_pcp_read(struct ds_pcp_answer *answer, const struct ds_pcp_request *request, const uint8_t *data,
        size_t len)
{
    struct ds_reader r;

    *answer = (struct ds_pcp_answer){0};
    ds_reader_init(&r, data, len);
    uint8_t version = ds_reader_u8(&r), opcode = ds_reader_u8(&r);
    if (len < HEAD_MIN || len > DS_PCP_MESSAGE_MAX || (opcode & RESPONSE) == 0)
        return DS_ERR_PROTOCOL;
    if (version != VERSION) {
        answer->result = DS_PCP_UNSUPP_VERSION;
        return 0;
    }
    if (len < ANSWER_BYTES || len % 4 != 0 || opcode != (RESPONSE | OPCODE_MAP))
        return DS_ERR_PROTOCOL;
    ds_reader_u8(&r);
    answer->result = ds_reader_u8(&r);
    answer->lifetime_s = ds_reader_u32(&r);
    answer->epoch_s = ds_reader_u32(&r);
    ds_reader_bytes(&r, 12);
    if (!is_of(request, &r))
        return DS_ERR_PROTOCOL;
    uint16_t port = ds_reader_u16(&r);
    read_host(&r, port, &answer->external);
    return 0;
}

const char *
ds_pcp_result_name(unsigned result)
{
    static const char *const names[] = {
            [DS_PCP_SUCCESS] = "SUCCESS",
            [DS_PCP_UNSUPP_VERSION] = "UNSUPP_VERSION",
            [DS_PCP_NOT_AUTHORIZED] = "NOT_AUTHORIZED",
            [DS_PCP_MALFORMED_REQUEST] = "MALFORMED_REQUEST",
            [DS_PCP_UNSUPP_OPCODE] = "UNSUPP_OPCODE",
            [DS_PCP_UNSUPP_OPTION] = "UNSUPP_OPTION",
            [DS_PCP_MALFORMED_OPTION] = "MALFORMED_OPTION",
            [DS_PCP_NETWORK_FAILURE] = "NETWORK_FAILURE",
            [DS_PCP_NO_RESOURCES] = "NO_RESOURCES",
            [DS_PCP_UNSUPP_PROTOCOL] = "UNSUPP_PROTOCOL",
            [DS_PCP_USER_EX_QUOTA] = "USER_EX_QUOTA",
            [DS_PCP_CANNOT_PROVIDE_EXTERNAL] = "CANNOT_PROVIDE_EXTERNAL",
            [DS_PCP_ADDRESS_MISMATCH] = "ADDRESS_MISMATCH",
            [DS_PCP_EXCESSIVE_REMOTE_PEERS] = "EXCESSIVE_REMOTE_PEERS",
    };
    return result < sizeof names / sizeof names[0] ? names[result] : "an unknown result";
}

/* ---- the server's memory ---- */

/* Whether `slow` went so far behind `fast` that they are not two clocks of one time (8.5). */
static bool
is_behind(uint64_t slow_s, uint64_t fast_s)
{
    return slow_s + 2 < fast_s - fast_s / 16;
}

bool
ds_pcp_epoch_take(struct ds_pcp_epoch *epoch, uint32_t server_s, uint64_t now_s)
{
    struct ds_pcp_epoch before = *epoch;

    *epoch = (struct ds_pcp_epoch){.is_known = true, .server_s = server_s, .client_s = now_s};
    if (!before.is_known)
        return true;
    if ((uint64_t)server_s + 1 < before.server_s)
        return false;
    uint64_t server_delta = server_s > before.server_s ? server_s - before.server_s : 0;
    uint64_t client_delta = now_s - before.client_s;
    return !is_behind(client_delta, server_delta) && !is_behind(server_delta, client_delta);
}
