/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_DAMM_H
#define DS_NET_CRYPTO_DAMM_H

#include <stddef.h>

/**
 * Return the check digit '0' to '9' of the first `n` characters, all ASCII digits, of `digits`.
 * Over digits that end with their own check digit it is '0'. It catches every single wrong digit
 * and every swap of two neighbours. Any thread. Source: H. M. Damm, Total anti-symmetrische
 * Quasigruppen, Marburg 2004, the quasigroup of order 10.
 */
char ds_damm(const char *digits, size_t n);

#endif
