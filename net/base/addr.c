/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sockaddr_in *
as_in(const struct ds_addr *addr)
{
    return (const struct sockaddr_in *)(const void *)&addr->ss;
}

static const struct sockaddr_in6 *
as_in6(const struct ds_addr *addr)
{
    return (const struct sockaddr_in6 *)(const void *)&addr->ss;
}

static int
parse_port(const char *text, uint16_t *port)
{
    unsigned long value = 0;
    if (*text == '\0' || strlen(text) > 5)
        return DS_ERR_INVALID;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9')
            return DS_ERR_INVALID;
        value = value * 10 + (unsigned long)(*p - '0');
    }
    if (value > 65535)
        return DS_ERR_INVALID;
    *port = (uint16_t)value;
    return 0;
}

int
ds_addr_split(
        const char *text, uint16_t default_port, char host[static DS_HOST_MAX], uint16_t *port)
{
    const char *host_end, *port_text = NULL;
    const char *colon = strchr(text, ':');

    if (text[0] == '[') {
        text++;
        host_end = strchr(text, ']');
        if (host_end == NULL)
            return DS_ERR_INVALID;
        if (host_end[1] == ':')
            port_text = host_end + 2;
        else if (host_end[1] != '\0')
            return DS_ERR_INVALID;
    } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        host_end = colon;
        port_text = colon + 1;
    } else {
        host_end = text + strlen(text);
    }
    size_t len = (size_t)(host_end - text);
    if (len == 0 || len >= DS_HOST_MAX)
        return DS_ERR_INVALID;
    memcpy(host, text, len);
    host[len] = '\0';
    *port = default_port;
    if (port_text != NULL)
        return parse_port(port_text, port);
    return default_port != 0 ? 0 : DS_ERR_INVALID;
}

int
ds_addr_parse(struct ds_addr *addr, const char *text, uint16_t default_port)
{
    char host[DS_HOST_MAX];
    uint16_t port;
    int err = ds_addr_split(text, default_port, host, &port);
    if (err < 0)
        return err;
    memset(addr, 0, sizeof *addr);
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)&addr->ss;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&addr->ss;
    if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        addr->len = sizeof *in;
        return 0;
    }
    memset(addr, 0, sizeof *addr);
    if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        addr->len = sizeof *in6;
        return 0;
    }
    return DS_ERR_INVALID;
}

int
ds_addr_from_sockaddr(struct ds_addr *addr, const struct sockaddr *sa, socklen_t len)
{
    memset(addr, 0, sizeof *addr);
    if (len > sizeof addr->ss ||
            !((sa->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) ||
                    (sa->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6))))
        return DS_ERR_INVALID;
    memcpy(&addr->ss, sa, len);
    addr->len = len;
    return 0;
}

const char *
ds_addr_format_host(const struct ds_addr *addr, char text[static DS_ADDR_TEXT_MAX])
{
    const struct sockaddr_in6 *in6 = as_in6(addr);
    text[0] = '\0';
    if (addr->ss.ss_family == AF_INET)
        inet_ntop(AF_INET, &as_in(addr)->sin_addr, text, DS_ADDR_TEXT_MAX);
    else if (addr->ss.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
        inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, text, DS_ADDR_TEXT_MAX);
    else if (addr->ss.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &in6->sin6_addr, text, DS_ADDR_TEXT_MAX);
    return text;
}

const char *
ds_addr_format(const struct ds_addr *addr, char text[static DS_ADDR_TEXT_MAX])
{
    char host[DS_ADDR_TEXT_MAX];
    ds_addr_format_host(addr, host);
    snprintf(text, DS_ADDR_TEXT_MAX, strchr(host, ':') != NULL ? "[%.46s]:%u" : "%.46s:%u", host,
            (unsigned)ds_addr_port(addr));
    return text;
}

uint16_t
ds_addr_port(const struct ds_addr *addr)
{
    if (addr->ss.ss_family == AF_INET)
        return ntohs(as_in(addr)->sin_port);
    if (addr->ss.ss_family == AF_INET6)
        return ntohs(as_in6(addr)->sin6_port);
    return 0;
}

void
ds_addr_set_port(struct ds_addr *addr, uint16_t port)
{
    if (addr->ss.ss_family == AF_INET)
        ((struct sockaddr_in *)(void *)&addr->ss)->sin_port = htons(port);
    else if (addr->ss.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)&addr->ss)->sin6_port = htons(port);
}

/* Write the address as 16 bytes of IPv6, an IPv4 one as v4-mapped (RFC 4291, 2.5.5.2). */
static void
as_v6_bytes(const struct ds_addr *addr, uint8_t out[static 16])
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    memset(out, 0, 16);
    if (addr->ss.ss_family == AF_INET) {
        memcpy(out, prefix, sizeof prefix);
        memcpy(out + 12, &as_in(addr)->sin_addr, 4);
    } else if (addr->ss.ss_family == AF_INET6) {
        memcpy(out, &as_in6(addr)->sin6_addr, 16);
    }
}

static bool
bytes_are_v4(const uint8_t bytes[static 16])
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(bytes, prefix, sizeof prefix) == 0;
}

bool
ds_addr_is_same_host(const struct ds_addr *a, const struct ds_addr *b)
{
    uint8_t x[16], y[16];
    as_v6_bytes(a, x);
    as_v6_bytes(b, y);
    return memcmp(x, y, sizeof x) == 0;
}

bool
ds_addr_equal(const struct ds_addr *a, const struct ds_addr *b)
{
    return ds_addr_port(a) == ds_addr_port(b) && ds_addr_is_same_host(a, b);
}

static bool
bytes_are_loopback(const uint8_t bytes[static 16])
{
    static const uint8_t loopback[16] = {[15] = 1};
    return memcmp(bytes, loopback, sizeof loopback) == 0;
}

bool
ds_addr_is_loopback(const struct ds_addr *addr)
{
    uint8_t b[16];
    as_v6_bytes(addr, b);
    return bytes_are_v4(b) ? b[12] == 127 : bytes_are_loopback(b);
}

bool
ds_addr_is_unspecified(const struct ds_addr *addr)
{
    static const uint8_t none[16];
    uint8_t b[16];
    as_v6_bytes(addr, b);
    return memcmp(bytes_are_v4(b) ? b + 12 : b, none, bytes_are_v4(b) ? 4 : sizeof b) == 0;
}

bool
ds_addr_is_private(const struct ds_addr *addr)
{
    uint8_t b[16];
    as_v6_bytes(addr, b);
    if (bytes_are_v4(b)) {
        const uint8_t *v4 = b + 12;
        return v4[0] == 10 || v4[0] == 127 || (v4[0] == 172 && (v4[1] & 0xf0) == 16) ||
               (v4[0] == 192 && v4[1] == 168) || (v4[0] == 169 && v4[1] == 254);
    }
    if ((b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80))
        return true;
    return bytes_are_loopback(b);
}

bool
ds_addr_is_inside(const struct ds_addr *addr)
{
    uint8_t b[16];
    as_v6_bytes(addr, b);
    return ds_addr_is_private(addr) || (bytes_are_v4(b) && b[12] == 100 && (b[13] & 0xc0) == 64);
}

void
ds_addr_subscriber(const struct ds_addr *addr, uint8_t key[static 16])
{
    uint8_t b[16];
    as_v6_bytes(addr, b);
    memset(key, 0, 16);
    if (bytes_are_v4(b))
        memcpy(key, b + 12, 4);
    else
        memcpy(key, b, 8);
}
