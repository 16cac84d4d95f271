/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PATH_LEG_INPUT_H
#define DS_NET_PATH_LEG_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/limits.h"
#include "net/path/leg.h"
#include "net/wire/record.h"

/*
 * What a relay sent to a leg, after TLS: cut into records, and each checked against what may come
 * now (net/PROTOCOL.md, 1). No sockets, no TLS: this is what the fuzzer feeds.
 */
struct ds_leg_input {
    uint8_t buf[DS_RECORD_HEADER + DS_RECORD_MAX]; /* room for any one record */
    size_t pos;                                    /* of the next record */
    size_t len;                                    /* filled */
    bool is_welcomed;                              /* WELCOME was given out */
    bool is_paired;                                /* set by the owner: PIPE may come */
    const char *error_text;                        /* static: what was wrong, or NULL */
};

/* The fields of REFUSED. */
struct ds_leg_refused {
    int reason; /* enum ds_reason, never DS_REASON_NONE */
    uint32_t retry_ms;
    char program[DS_LEG_TEXT_MAX]; /* what to ask for, printable ASCII, or "" */
};

/**
 * Return where to write the next plaintext, and its room in `*cap`, which is over 0 whenever
 * ds_leg_input_next() returned 0. Borrowed until the next call.
 */
uint8_t *ds_leg_input_room(struct ds_leg_input *in, size_t *cap);

/** Say that `n` bytes were written there. */
void ds_leg_input_added(struct ds_leg_input *in, size_t n);

/**
 * Give out the next record, borrowed until ds_leg_input_room(); types that this version does not
 * know are skipped. Returns 1 with `*record` set, 0 when more bytes are needed, DS_ERR_PROTOCOL
 * with `in->error_text` for what may not come now or is too long.
 */
int ds_leg_input_next(struct ds_leg_input *in, struct ds_record *record) DS_MUST_CHECK;

/** Read WELCOME. Returns 0, DS_ERR_PROTOCOL for broken fields or a version that we do not speak. */
int ds_leg_welcome_parse(
        struct ds_leg_welcome *welcome, const struct ds_record *record) DS_MUST_CHECK;

/**
 * Read NOTE's payload. Returns true with the other side's address, as the relay sees it, in `addr`
 * where it is REVEAL; false for another note, and for one that makes no sense.
 */
bool ds_leg_revealed_parse(struct ds_addr *addr, const uint8_t *payload, size_t len);

/** Read REFUSED. Returns 0, DS_ERR_PROTOCOL for broken fields or where it names no reason. */
int ds_leg_refused_parse(
        struct ds_leg_refused *refused, const struct ds_record *record) DS_MUST_CHECK;

#endif
