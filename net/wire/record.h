/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_WIRE_RECORD_H
#define DS_NET_WIRE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

/* The protocol's versions that this build speaks, and what a refused client is told to ask for. */
#define DS_PROTOCOL_VERSION_MIN 1
#define DS_PROTOCOL_VERSION_MAX 1
#define DS_ALPN "deskside/1"
#define DS_DEFAULT_PORT 443

/* Where the relay inside a sharing program listens, if it can: 1 and DESK on a telephone. */
#define DS_OWN_RELAY_PORT 13375

/*
 * Records between a client (C) and the relay (R): u8 type, u24 length, payload. net/PROTOCOL.md
 * describes each payload. Types that a side does not know are skipped.
 */
enum ds_record_type {
    DS_RECORD_HELLO = 1,    /* C: fields; the first record */
    DS_RECORD_WELCOME = 2,  /* R: fields; the answer */
    DS_RECORD_REFUSED = 3,  /* R: fields; the last record */
    DS_RECORD_WAIT = 4,     /* C helpee: fields */
    DS_RECORD_WAITING = 5,  /* R: fields */
    DS_RECORD_KNOCK = 6,    /* C helper: u8 n, n digits of nameplate, first SAY bytes */
    DS_RECORD_KNOCKED = 7,  /* R to helpee: u32 id, first SAY bytes */
    DS_RECORD_SAY = 8,      /* both ways: u32 id (0 towards and from the helper), bytes */
    DS_RECORD_GONE = 9,     /* R to helpee: u32 id; that knock is over */
    DS_RECORD_ACCEPT = 10,  /* C helpee: u32 id */
    DS_RECORD_REJECT = 11,  /* C helpee: u32 id, u8 reason */
    DS_RECORD_PAIRED = 12,  /* R: 16 bytes of cookie */
    DS_RECORD_MEET = 13,    /* C: fields */
    DS_RECORD_LEAVE = 14,   /* C helpee: u8 reason; the code is dead */
    DS_RECORD_PIPE = 16,    /* both ways, paired: opaque bytes */
    DS_RECORD_NOTE = 17,    /* both ways: fields */
    DS_RECORD_PING = 18,    /* both ways: up to 8 opaque bytes */
    DS_RECORD_PONG = 19,    /* both ways: the same bytes */
    DS_RECORD_CHECK = 20,   /* C: fields; nothing else is wanted than to be dialled */
    DS_RECORD_CHECKED = 21, /* R: fields */
    DS_RECORD_DIAL = 22,    /* C: u8 from, u16 port, 8 bytes of token */
    DS_RECORD_DIALLED = 23, /* R: u8 result, u16 milliseconds */
};

/* Tags of the fields in HELLO, WELCOME, REFUSED, WAIT, WAITING, MEET and NOTE. */
enum ds_tag {
    DS_TAG_VERSION_MIN = 1, /* u16 */
    DS_TAG_VERSION_MAX = 2, /* u16 */
    DS_TAG_VERSION = 3,     /* u16; the version chosen */
    DS_TAG_CAPS = 4,        /* u64; capability bits */
    DS_TAG_PROGRAM = 5,     /* text; name and version of the program, for logs and sentences */
    DS_TAG_OBSERVED = 6,    /* text; the client's address as the relay sees it, "192.0.2.1:4711" */
    DS_TAG_STUN = 7,        /* text; where this relay answers STUN, comma-separated addr:port */
    DS_TAG_REASON = 8,      /* u8; enum ds_reason */
    DS_TAG_NAMEPLATE = 9,   /* text; 4 to 9 digits */
    DS_TAG_TOKEN = 10,      /* 16 bytes; proves a nameplate's owner when it comes again */
    DS_TAG_MEETING = 11,    /* 32 bytes; rendezvous id */
    DS_TAG_ROLE = 12,       /* u8; enum ds_role */
    DS_TAG_COOKIE = 13,     /* 16 bytes; of the previous connection */
    DS_TAG_NOTE = 14,       /* u8; enum ds_note */
    DS_TAG_WHERE = 15,      /* text; host:port of the relay to move to */
    DS_TAG_RETRY_MS = 16,   /* u32; how long to wait before trying again */
};

enum ds_role { DS_ROLE_HELPEE = 1, DS_ROLE_HELPER = 2 };

enum ds_note {
    DS_NOTE_DRAIN = 1,     /* R: the relay stops soon; move to WHERE, or meet again */
    DS_NOTE_PEER_GONE = 2, /* R: the other side's connection is gone */
    DS_NOTE_REPORT = 3,    /* C: how the session goes (next versions) */
    DS_NOTE_REVEAL = 4,    /* C: the other side may know where I am seen; R: where that is seen */
};

/* From where the relay dials. */
enum ds_dial_from {
    DS_DIAL_FROM_OTHER_PORT = 0,    /* the address that the connection leads to */
    DS_DIAL_FROM_OTHER_ADDRESS = 1, /* the one of its two STUN addresses that is another */
};

/* What became of it. */
enum ds_dialled {
    DS_DIALLED_CONNECTED = 0,
    DS_DIALLED_REFUSED = 1,
    DS_DIALLED_UNREACHABLE = 2,
    DS_DIALLED_SILENT = 3, /* no answer in DS_CHECK_DIAL_MS */
    DS_DIALLED_NOT_OFFERED = 4,
};

enum { DS_DIAL_TOKEN_BYTES = 8 };

enum { DS_TOKEN_BYTES = 16, DS_COOKIE_BYTES = 16, DS_MEETING_BYTES = 32 };

struct ds_record {
    uint8_t type;
    const uint8_t *payload; /* borrowed from the input */
    size_t len;
};

/**
 * Read one record from the start of `len` bytes. Returns the bytes that it takes, 0 when more are
 * needed, DS_ERR_TOO_BIG when its payload is over `payload_max` bytes. Any thread.
 */
int ds_record_parse(struct ds_record *record, const uint8_t *data, size_t len,
        size_t payload_max) DS_MUST_CHECK;

/** Write the 4-byte header of a record with `len` (below 2^24) bytes of payload. */
void ds_record_header(uint8_t header[static 4], uint8_t type, size_t len);

#endif
