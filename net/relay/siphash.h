/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_SIPHASH_H
#define DS_NET_RELAY_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/**
 * Hash `len` bytes under a secret key, so that nobody can choose keys that collide in our tables.
 * Any thread. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", SipHash-2-4.
 */
uint64_t ds_relay_siphash(const uint8_t key[static 16], const void *data, size_t len);

#endif
