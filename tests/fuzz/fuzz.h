/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_FUZZ_FUZZ_H
#define DS_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/**
 * Feed one input to the code under test; every fuzz_NAME.c defines it. `data` holds `size_bytes`
 * bytes and is borrowed. Returns 0: an input is never refused, and a fault is an abort() or a
 * sanitizer's report. Source: LLVM's libFuzzer documentation, "Fuzz Target".
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

#endif
