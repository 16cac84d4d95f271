/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/wire/stun.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "net/wire/reader.h"
#include "net/wire/writer.h"

#define MAGIC_COOKIE 0x2112a442u    /* RFC 8489, 5 */
#define FINGERPRINT_XOR 0x5354554eu /* RFC 8489, 14.7 */

enum { TLS_HANDSHAKE = 22 };

/* RFC 8489, 18.3, and RFC 5780, 9.1. */
enum attribute {
    MAPPED_ADDRESS = 0x0001,
    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    ERROR_CODE = 0x0009,
    UNKNOWN_ATTRIBUTES = 0x000a,
    REALM = 0x0014,
    NONCE = 0x0015,
    MESSAGE_INTEGRITY_SHA256 = 0x001c,
    PASSWORD_ALGORITHM = 0x001d,
    USERHASH = 0x001e,
    XOR_MAPPED_ADDRESS = 0x0020,
    COMPREHENSION_OPTIONAL = 0x8000, /* and all above */
    FINGERPRINT = 0x8028,
    RESPONSE_ORIGIN = 0x802b,
    OTHER_ADDRESS = 0x802c,
};

enum { FAMILY_V4 = 1, FAMILY_V6 = 2 };
enum { ATTRIBUTE_HEADER = 4, FINGERPRINT_BYTES = ATTRIBUTE_HEADER + 4 };

bool
ds_stun_is_first_byte(uint8_t byte)
{
    return byte < 0x40 && byte != TLS_HANDSHAKE;
}

/* CRC-32 of ITU-T V.42, four bits at a time: strangers can have it taken of 2 KB. */
static uint32_t
fingerprint_of(const uint8_t *data, size_t len)
{
    static const uint32_t steps[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190,
            0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
            0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        crc = (crc >> 4) ^ steps[crc & 15];
        crc = (crc >> 4) ^ steps[crc & 15];
    }
    return ~crc ^ FINGERPRINT_XOR;
}

/* What an XOR-MAPPED-ADDRESS is mixed with: the cookie, then the transaction. */
static void
make_mask(uint8_t mask[static 16], const uint8_t id[static DS_STUN_ID_BYTES])
{
    struct ds_writer w;
    ds_writer_init(&w, mask, 16);
    ds_writer_u32(&w, MAGIC_COOKIE);
    ds_writer_bytes(&w, id, DS_STUN_ID_BYTES);
}

static void
mix(uint8_t *bytes, size_t len, const uint8_t *mask)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] ^= mask[i];
}

/* ---- reading ---- */

/* Reads an address that is mixed with `mask`: zeros where it stands as it is. */
static int
read_addr(struct ds_addr *addr, struct ds_reader *value, const uint8_t mask[static 16])
{
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    uint8_t host[16], port[2];

    if (addr->len != 0)
        return 0; /* of an attribute that comes twice the first counts: RFC 8489, 14 */
    ds_reader_u8(value);
    uint8_t family = ds_reader_u8(value);
    size_t host_len = family == FAMILY_V4 ? 4 : 16;
    if (family != FAMILY_V4 && family != FAMILY_V6)
        return DS_ERR_PROTOCOL;
    ds_reader_copy(value, port, sizeof port);
    ds_reader_copy(value, host, host_len);
    if (!ds_reader_is_done(value))
        return DS_ERR_PROTOCOL;
    mix(port, sizeof port, mask);
    mix(host, host_len, mask);
    memcpy(&in4.sin_port, port, sizeof port);
    memcpy(&in6.sin6_port, port, sizeof port);
    memcpy(&in4.sin_addr, host, sizeof in4.sin_addr);
    if (family == FAMILY_V4)
        return ds_addr_from_sockaddr(addr, (const struct sockaddr *)&in4, sizeof in4);
    memcpy(&in6.sin6_addr, host, sizeof in6.sin6_addr);
    return ds_addr_from_sockaddr(addr, (const struct sockaddr *)&in6, sizeof in6);
}

static int
read_error(struct ds_stun *message, struct ds_reader *value)
{
    ds_reader_u16(value);
    unsigned hundreds = ds_reader_u8(value) & 7, rest = ds_reader_u8(value);
    if (value->failed || hundreds < 3 || hundreds > 6 || rest > 99)
        return DS_ERR_PROTOCOL;
    if (message->error == 0)
        message->error = hundreds * 100 + rest;
    return 0;
}

static int
read_change(struct ds_stun *message, struct ds_reader *value)
{
    message->change = ds_reader_u32(value) & (DS_STUN_CHANGE_PORT | DS_STUN_CHANGE_ADDRESS);
    return ds_reader_is_done(value) ? 0 : DS_ERR_PROTOCOL;
}

static void
note_unknown(struct ds_stun *message, uint16_t type)
{
    if (message->unknown_count < DS_STUN_UNKNOWN_MAX)
        message->unknown[message->unknown_count] = type;
    message->unknown_count++;
}

/*
 * Those of authentication are known and passed over: a server of this kind must not ask for it
 * (RFC 8489, 12), and its client sends none.
 */
static int
read_attribute(struct ds_stun *message, uint16_t type, struct ds_reader *value,
        const uint8_t mask[static 16])
{
    static const uint8_t no_mask[16];
    switch (type) {
    case XOR_MAPPED_ADDRESS:
        return read_addr(&message->mapped, value, mask);
    case MAPPED_ADDRESS:
        return read_addr(&message->plain, value, no_mask);
    case OTHER_ADDRESS:
        return read_addr(&message->other, value, no_mask);
    case RESPONSE_ORIGIN:
        return read_addr(&message->origin, value, no_mask);
    case DS_STUN_CHANGE_REQUEST:
        return read_change(message, value);
    case DS_STUN_RESPONSE_PORT:
        message->response_port = ds_reader_u16(value);
        return value->failed ? DS_ERR_PROTOCOL : 0;
    case ERROR_CODE:
        return read_error(message, value);
    case UNKNOWN_ATTRIBUTES:
    case USERNAME:
    case USERHASH:
    case REALM:
    case NONCE:
    case PASSWORD_ALGORITHM:
    case MESSAGE_INTEGRITY:
    case MESSAGE_INTEGRITY_SHA256:
        return 0;
    default:
        if (type < COMPREHENSION_OPTIONAL)
            note_unknown(message, type);
        return 0;
    }
}

/* `at` is where the attribute begins in the message; it must be its last. */
static int
check_fingerprint(const struct ds_reader *r, size_t at, struct ds_reader *value)
{
    uint32_t fingerprint = ds_reader_u32(value);
    bool is_right = ds_reader_is_done(value) && ds_reader_left(r) == 0 &&
                    fingerprint == fingerprint_of(r->data, at);
    return is_right ? 0 : DS_ERR_PROTOCOL;
}

/* Reads what follows the header. What follows MESSAGE-INTEGRITY does not count (RFC 8489, 14.5). */
static int
read_attributes(struct ds_stun *message, struct ds_reader *r)
{
    uint8_t mask[16];
    bool is_sealed = false;
    int err = 0;

    make_mask(mask, message->id);
    while (err == 0 && ds_reader_left(r) > 0) {
        size_t at = r->pos;
        uint16_t type = ds_reader_u16(r), len = ds_reader_u16(r);
        const uint8_t *bytes = ds_reader_bytes(r, len);
        struct ds_reader value;
        ds_reader_bytes(r, -len & 3u);
        if (r->failed)
            return DS_ERR_PROTOCOL;
        ds_reader_init(&value, bytes, len);
        if (type == FINGERPRINT)
            err = check_fingerprint(r, at, &value);
        else if (!is_sealed)
            err = read_attribute(message, type, &value, mask);
        is_sealed |= type == MESSAGE_INTEGRITY || type == MESSAGE_INTEGRITY_SHA256;
    }
    if (message->mapped.len == 0)
        message->mapped = message->plain;
    return err;
}

static bool
is_known_type(uint16_t type)
{
    return type == DS_STUN_REQUEST || type == DS_STUN_INDICATION || type == DS_STUN_RESPONSE ||
           type == DS_STUN_ERROR;
}

int
ds_stun_parse(struct ds_stun *message, const uint8_t *data, size_t len)
{
    struct ds_reader r;

    *message = (struct ds_stun){0};
    if (len < DS_STUN_HEADER)
        return 0;
    ds_reader_init(&r, data, DS_STUN_HEADER);
    uint16_t type = ds_reader_u16(&r), body_len = ds_reader_u16(&r);
    if (!is_known_type(type) || body_len % 4 != 0 || ds_reader_u32(&r) != MAGIC_COOKIE)
        return DS_ERR_PROTOCOL;
    if (len < (size_t)DS_STUN_HEADER + body_len)
        return body_len > DS_STUN_MAX - DS_STUN_HEADER ? DS_ERR_TOO_BIG : 0;
    message->type = type;
    ds_reader_copy(&r, message->id, sizeof message->id);
    r.len += body_len; /* all of it is here */
    return read_attributes(message, &r) == 0 ? (int)r.len : DS_ERR_PROTOCOL;
}

/* ---- writing ---- */

static void
put_header(struct ds_writer *w, uint16_t type, size_t len)
{
    ds_writer_u16(w, type);
    ds_writer_u16(w, (uint16_t)len);
}

/* A v4-mapped address, which a socket of both families gives, is an IPv4 one to everybody else. */
static int
put_addr(struct ds_writer *w, uint16_t type, const struct ds_addr *addr,
        const uint8_t mask[static 16])
{
    const struct sockaddr_in *in4 = (const struct sockaddr_in *)&addr->ss;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&addr->ss;
    uint8_t bytes[16];
    size_t host_len = 16;

    if (addr->len == 0)
        return 0;
    if (addr->ss.ss_family == AF_INET) {
        host_len = 4;
        memcpy(bytes, &in4->sin_addr, host_len);
    } else if (addr->ss.ss_family != AF_INET6) {
        return DS_ERR_INVALID;
    } else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        host_len = 4;
        memcpy(bytes, in6->sin6_addr.s6_addr + 12, host_len);
    } else {
        memcpy(bytes, &in6->sin6_addr, host_len);
    }
    mix(bytes, host_len, mask);
    put_header(w, type, 4 + host_len);
    ds_writer_u8(w, 0);
    ds_writer_u8(w, host_len == 4 ? FAMILY_V4 : FAMILY_V6);
    ds_writer_u16(w, (uint16_t)(ds_addr_port(addr) ^ (mask[0] << 8 | mask[1])));
    ds_writer_bytes(w, bytes, host_len);
    return 0;
}

static void
put_error(struct ds_writer *w, const struct ds_stun *message)
{
    size_t n = message->unknown_count < DS_STUN_UNKNOWN_MAX ? message->unknown_count
                                                            : DS_STUN_UNKNOWN_MAX;
    put_header(w, ERROR_CODE, 4); /* without its phrase, which nobody is to rely on */
    ds_writer_u16(w, 0);
    ds_writer_u8(w, (uint8_t)(message->error / 100));
    ds_writer_u8(w, (uint8_t)(message->error % 100));
    if (n == 0)
        return;
    put_header(w, UNKNOWN_ATTRIBUTES, 2 * n);
    for (size_t i = 0; i < n; i++)
        ds_writer_u16(w, message->unknown[i]);
    ds_writer_zero(w, -(2 * n) & 3u);
}

/* The length in the header counts what is still to come, when the fingerprint is taken. */
static void
set_length(struct ds_writer *w, size_t len)
{
    w->data[2] = (uint8_t)((len - DS_STUN_HEADER) >> 8);
    w->data[3] = (uint8_t)(len - DS_STUN_HEADER);
}

int
ds_stun_write(const struct ds_stun *message, uint8_t out[static DS_STUN_MAX])
{
    static const uint8_t no_mask[16];
    uint8_t mask[16];
    struct ds_writer w;

    make_mask(mask, message->id);
    ds_writer_init(&w, out, DS_STUN_MAX);
    ds_writer_u16(&w, (uint16_t)message->type);
    ds_writer_u16(&w, 0);
    ds_writer_bytes(&w, mask, sizeof mask); /* the cookie and the transaction, as they stand */
    if (message->change != 0) {
        put_header(&w, DS_STUN_CHANGE_REQUEST, 4);
        ds_writer_u32(&w, message->change);
    }
    if (message->error != 0)
        put_error(&w, message);
    if (put_addr(&w, XOR_MAPPED_ADDRESS, &message->mapped, mask) != 0 ||
            put_addr(&w, MAPPED_ADDRESS, &message->plain, no_mask) != 0 ||
            put_addr(&w, RESPONSE_ORIGIN, &message->origin, no_mask) != 0 ||
            put_addr(&w, OTHER_ADDRESS, &message->other, no_mask) != 0)
        return DS_ERR_INVALID;
    set_length(&w, w.len + FINGERPRINT_BYTES);
    put_header(&w, FINGERPRINT, 4);
    ds_writer_u32(&w, fingerprint_of(out, w.len - ATTRIBUTE_HEADER));
    assert(!w.failed);
    return (int)w.len;
}
