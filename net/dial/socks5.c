/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/socks5.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "net/dial/host.h"

enum {
    VERSION = 5,
    METHOD_NONE = 0,
    METHOD_LOGIN = 2,
    METHOD_REFUSED = 0xff,
    LOGIN_VERSION = 1,
    COMMAND_CONNECT = 1,
    ADDRESS_V4 = 1,
    ADDRESS_NAME = 3,
    ADDRESS_V6 = 4,
    PORT_BYTES = 2,
};

/* RFC 1928, 6. */
static const struct refusal {
    int err;
    const char *text;
} refusals[] = {
        [1] = {DS_ERR_PROXY, "could not connect and does not say why"},
        [2] = {DS_ERR_PROXY, "does not allow this connection"},
        [3] = {DS_ERR_UNREACHABLE, "cannot reach the network of"},
        [4] = {DS_ERR_UNREACHABLE, "cannot reach"},
        [5] = {DS_ERR_UNREACHABLE, "was refused the connection by"},
        [6] = {DS_ERR_UNREACHABLE, "is too far away from"},
        [7] = {DS_ERR_PROXY, "does not know the command CONNECT"},
        [8] = {DS_ERR_PROXY, "cannot connect to this type of address"},
};

static int
fail(char *detail, int err, const char *text)
{
    snprintf(detail, DS_DIAL_DETAIL_MAX, "%s", text);
    return err;
}

static void
expect(struct ds_socks5 *socks, enum ds_socks5_step step, size_t wanted)
{
    socks->step = step;
    socks->wanted = wanted;
    socks->have = 0;
}

void
ds_socks5_start(struct ds_socks5 *socks, const struct ds_proxy *proxy, const char *host,
        uint16_t port, struct ds_writer *out)
{
    *socks = (struct ds_socks5){.proxy = proxy, .host = host, .port = port};
    ds_writer_u8(out, VERSION);
    ds_writer_u8(out, proxy->has_credentials ? 2 : 1);
    ds_writer_u8(out, METHOD_NONE);
    if (proxy->has_credentials)
        ds_writer_u8(out, METHOD_LOGIN);
    expect(socks, DS_SOCKS5_METHOD, 2);
}

static void
append_text(struct ds_writer *out, const char *text)
{
    size_t len = strlen(text);
    assert(len <= UINT8_MAX);
    ds_writer_u8(out, (uint8_t)len);
    ds_writer_bytes(out, text, len);
}

static void
send_login(struct ds_socks5 *socks, struct ds_writer *out)
{
    ds_writer_u8(out, LOGIN_VERSION);
    append_text(out, socks->proxy->user);
    append_text(out, socks->proxy->password);
    expect(socks, DS_SOCKS5_LOGIN, 2);
}

static void
send_request(struct ds_socks5 *socks, struct ds_writer *out)
{
    struct ds_addr addr;
    ds_writer_u8(out, VERSION);
    ds_writer_u8(out, COMMAND_CONNECT);
    ds_writer_u8(out, 0);
    if (!ds_host_to_addr(socks->host, socks->port, &addr)) {
        ds_writer_u8(out, ADDRESS_NAME);
        append_text(out, socks->host);
    } else if (addr.ss.ss_family == AF_INET) {
        ds_writer_u8(out, ADDRESS_V4);
        ds_writer_bytes(out, &((struct sockaddr_in *)(void *)&addr.ss)->sin_addr, 4);
    } else {
        ds_writer_u8(out, ADDRESS_V6);
        ds_writer_bytes(out, &((struct sockaddr_in6 *)(void *)&addr.ss)->sin6_addr, 16);
    }
    ds_writer_u16(out, socks->port);
    expect(socks, DS_SOCKS5_REPLY, 4);
}

static int
on_method(struct ds_socks5 *socks, struct ds_writer *out, char *detail)
{
    bool has_credentials = socks->proxy->has_credentials;
    if (socks->in[0] != VERSION)
        return fail(detail, DS_ERR_PROXY, "does not speak SOCKS5");
    if (socks->in[1] == METHOD_NONE)
        send_request(socks, out);
    else if (socks->in[1] == METHOD_LOGIN && has_credentials)
        send_login(socks, out);
    else if (socks->in[1] == METHOD_REFUSED)
        return fail(detail, DS_ERR_PROXY_AUTH,
                has_credentials ? "wants another login than a user name and password"
                                : "wants a user name and password");
    else
        return fail(detail, DS_ERR_PROXY, "chose a login that was not offered");
    return 0;
}

/* The version before the status is not looked at: servers differ in it, and curl does not either.
 */
static int
on_login(struct ds_socks5 *socks, struct ds_writer *out, char *detail)
{
    if (socks->in[1] != 0)
        return fail(detail, DS_ERR_PROXY_AUTH, "does not accept the user name and password");
    send_request(socks, out);
    return 0;
}

static int
describe_refusal(const struct ds_socks5 *socks, uint8_t code, char *detail)
{
    if (code >= sizeof refusals / sizeof refusals[0]) {
        snprintf(detail, DS_DIAL_DETAIL_MAX, "refused with the unknown code %u", code);
        return DS_ERR_PROXY;
    }
    const struct refusal *refusal = &refusals[code];
    if (refusal->err == DS_ERR_UNREACHABLE)
        snprintf(detail, DS_DIAL_DETAIL_MAX, "%s %.100s", refusal->text, socks->host);
    else
        snprintf(detail, DS_DIAL_DETAIL_MAX, "%s", refusal->text);
    return refusal->err;
}

static int
on_reply(struct ds_socks5 *socks, char *detail)
{
    if (socks->in[0] != VERSION)
        return fail(detail, DS_ERR_PROXY, "does not speak SOCKS5");
    if (socks->in[1] != 0)
        return describe_refusal(socks, socks->in[1], detail);
    switch (socks->in[3]) {
    case ADDRESS_V4:
        expect(socks, DS_SOCKS5_BOUND, 4 + PORT_BYTES);
        return 0;
    case ADDRESS_V6:
        expect(socks, DS_SOCKS5_BOUND, 16 + PORT_BYTES);
        return 0;
    case ADDRESS_NAME:
        expect(socks, DS_SOCKS5_BOUND_NAME, 1);
        return 0;
    default:
        return fail(detail, DS_ERR_PROXY, "answered with an unknown type of address");
    }
}

size_t
ds_socks5_wants(const struct ds_socks5 *socks)
{
    return socks->wanted - socks->have;
}

int
ds_socks5_feed(struct ds_socks5 *socks, const uint8_t *data, size_t len, struct ds_writer *out,
        char detail[static DS_DIAL_DETAIL_MAX])
{
    assert(len <= ds_socks5_wants(socks));
    memcpy(socks->in + socks->have, data, len);
    socks->have += len;
    if (socks->have < socks->wanted)
        return 0;
    switch (socks->step) {
    case DS_SOCKS5_METHOD:
        return on_method(socks, out, detail);
    case DS_SOCKS5_LOGIN:
        return on_login(socks, out, detail);
    case DS_SOCKS5_REPLY:
        return on_reply(socks, detail);
    case DS_SOCKS5_BOUND_NAME:
        expect(socks, DS_SOCKS5_BOUND, socks->in[0] + (size_t)PORT_BYTES);
        return 0;
    case DS_SOCKS5_BOUND:
        return 1;
    }
    return DS_ERR_STATE;
}
