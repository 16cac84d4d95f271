/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_WIRE_STUN_H
#define DS_NET_WIRE_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"

/*
 * STUN (RFC 8489): Binding requests and their answers, over TCP and UDP, with what RFC 5780 adds
 * for finding out how a NAT behaves. No sockets. Any thread.
 */
enum {
    DS_STUN_PORT = 3478,
    DS_STUN_HEADER = 20,
    DS_STUN_ID_BYTES = 12,
    DS_STUN_MAX = 548, /* RFC 8489, 6.1: what every UDP path carries; more is not read over TCP */
};

enum ds_stun_type {
    DS_STUN_REQUEST = 0x0001,
    DS_STUN_INDICATION = 0x0011,
    DS_STUN_RESPONSE = 0x0101,
    DS_STUN_ERROR = 0x0111,
};

/* What a request may ask beside its own address, and CHANGE-REQUEST's flags (RFC 5780, 7.2, 7.5).
 */
enum { DS_STUN_CHANGE_REQUEST = 0x0003, DS_STUN_RESPONSE_PORT = 0x0027 };
enum { DS_STUN_CHANGE_PORT = 2, DS_STUN_CHANGE_ADDRESS = 4 };

enum { DS_STUN_UNKNOWN_MAX = 8 };
enum { DS_STUN_ERROR_UNKNOWN_ATTRIBUTE = 420 };

struct ds_stun {
    enum ds_stun_type type;
    uint8_t id[DS_STUN_ID_BYTES]; /* of the transaction */
    struct ds_addr mapped;        /* XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS; len 0: none */
    struct ds_addr plain;         /* MAPPED-ADDRESS, which NATs are known to change; len 0: none */
    struct ds_addr other;         /* OTHER-ADDRESS; len 0: none */
    struct ds_addr origin;        /* RESPONSE-ORIGIN; len 0: none */
    uint32_t change;              /* CHANGE-REQUEST's flags */
    uint16_t response_port;       /* RESPONSE-PORT, which is only read; 0: none */
    unsigned error;               /* ERROR-CODE: 300 to 699; 0: none */
    uint16_t unknown[DS_STUN_UNKNOWN_MAX]; /* comprehension-required attributes not known here */
    size_t unknown_count;                  /* in all: may be over DS_STUN_UNKNOWN_MAX */
};

/** Say whether a connection that begins with this byte speaks STUN: its first two bits are 0, and
 *  it is not a TLS record (22), as RFC 7983 tells them apart. */
bool ds_stun_is_first_byte(uint8_t byte);

/**
 * Read one message from the start of `len` bytes. Returns the bytes that it takes, 0 when more are
 * needed (a stream), DS_ERR_PROTOCOL for what is no STUN message of this kind, DS_ERR_TOO_BIG
 * where the whole is over DS_STUN_MAX and not there (a datagram always is). A FINGERPRINT that is
 * there must be right. Source: RFC 8489, 5, 6.3 and 14.
 */
int ds_stun_parse(struct ds_stun *message, const uint8_t *data, size_t len) DS_MUST_CHECK;

/**
 * Write a message with what is set in it, and FINGERPRINT, into `out`; returns its length, or
 * DS_ERR_INVALID for an address that is neither IPv4 nor IPv6.
 */
int ds_stun_write(const struct ds_stun *message, uint8_t out[static DS_STUN_MAX]) DS_MUST_CHECK;

#endif
