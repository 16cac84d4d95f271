/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_WIRE_WRITER_H
#define DS_NET_WIRE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A bounds-checked writer into memory of a fixed size. Integers are big-endian. A write that does
 * not fit writes nothing and sets `failed`, which stays: write all, then check once.
 */
struct ds_writer {
    uint8_t *data; /* borrowed */
    size_t cap;
    size_t len;
    bool failed;
};

/** Begin with an empty message in the `cap` bytes at `data` (borrowed while the writer is used). */
void ds_writer_init(struct ds_writer *w, void *data, size_t cap);

void ds_writer_u8(struct ds_writer *w, uint8_t value);   /**< Append one byte. */
void ds_writer_u16(struct ds_writer *w, uint16_t value); /**< Append two bytes, big-endian. */
void ds_writer_u24(
        struct ds_writer *w, uint32_t value); /**< Append three bytes; over 2^24-1 fails. */
void ds_writer_u32(struct ds_writer *w, uint32_t value); /**< Append four bytes, big-endian. */
void ds_writer_u64(struct ds_writer *w, uint64_t value); /**< Append eight bytes, big-endian. */

/** Append `n` bytes, copied. */
void ds_writer_bytes(struct ds_writer *w, const void *data, size_t n);

/** Append `n` zero bytes. */
void ds_writer_zero(struct ds_writer *w, size_t n);

#endif
