/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_WIRE_READER_H
#define DS_NET_WIRE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A bounds-checked reader over bytes that a peer sent. Integers are big-endian. A read past the end
 * returns 0 (or NULL), moves nothing and sets `failed`, which stays: read all, then check once.
 */
struct ds_reader {
    const uint8_t *data; /* borrowed */
    size_t len;
    size_t pos;
    bool failed;
};

/** Begin at the first of `len` bytes of `data` (borrowed for as long as the reader is used). */
void ds_reader_init(struct ds_reader *r, const void *data, size_t len);

uint8_t ds_reader_u8(struct ds_reader *r);   /**< Read one byte. */
uint16_t ds_reader_u16(struct ds_reader *r); /**< Read two bytes, big-endian. */
uint32_t ds_reader_u24(struct ds_reader *r); /**< Read three bytes, big-endian. */
uint32_t ds_reader_u32(struct ds_reader *r); /**< Read four bytes, big-endian. */
uint64_t ds_reader_u64(struct ds_reader *r); /**< Read eight bytes, big-endian. */

/** Return the next `n` bytes, borrowed from the data, and step over them; NULL past the end. */
const uint8_t *ds_reader_bytes(struct ds_reader *r, size_t n);

/** Copy the next `n` bytes to `out`; past the end `out` is zeroed. */
void ds_reader_copy(struct ds_reader *r, void *out, size_t n);

/** Return how many bytes are left. */
size_t ds_reader_left(const struct ds_reader *r);

/** Say whether all was read and nothing failed. */
bool ds_reader_is_done(const struct ds_reader *r);

#endif
