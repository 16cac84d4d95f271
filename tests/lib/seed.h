/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_SEED_H
#define DS_TESTS_LIB_SEED_H

#include <glib.h>

/**
 * Return the numbers of this run, owned: from SEED of the environment, or from a new seed. Prints
 * the seed as a TAP comment, so that a failure can be played again.
 */
static inline GRand *
test_seed(void)
{
    const char *text = g_getenv("SEED");
    guint32 seed = text != NULL ? (guint32)g_ascii_strtoull(text, NULL, 10) : g_random_int();
    g_test_message("SEED=%u", seed);
    return g_rand_new_with_seed(seed);
}

#endif
