/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_WIRE_TLV_H
#define DS_NET_WIRE_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/wire/reader.h"
#include "net/wire/writer.h"

/* One field of a hello, a note or a control message: u16 tag, u16 length, value. */
struct ds_tlv {
    uint16_t tag;
    const uint8_t *value; /* borrowed from the reader's data */
    size_t len;
};

/**
 * Read the next field. Returns true with `*tlv` set; false at the end, or with r->failed set where
 * the bytes are cut short. Whoever reads skips the tags that it does not know.
 */
bool ds_tlv_next(struct ds_reader *r, struct ds_tlv *tlv);

/** Append a field with `len` bytes of value, at most 65,535. */
void ds_tlv_put(struct ds_writer *w, uint16_t tag, const void *value, size_t len);

/** Append a field whose value is text without its NUL. */
void ds_tlv_put_text(struct ds_writer *w, uint16_t tag, const char *text);

/** Append a field whose value is one number of 1, 2, 4 or 8 bytes, big-endian. */
void ds_tlv_put_number(struct ds_writer *w, uint16_t tag, uint64_t value, size_t bytes);

/** Read a value of 1 to 8 bytes as a big-endian number. Returns false where the length is none. */
bool ds_tlv_number(const struct ds_tlv *tlv, uint64_t *value);

/**
 * Copy a value as NUL-terminated text into `out` of `cap` bytes; cut there. Returns false, with an
 * empty text, where the value holds a NUL.
 */
bool ds_tlv_text(const struct ds_tlv *tlv, char *out, size_t cap);

#endif
