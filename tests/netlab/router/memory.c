/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/memory.h"

#include <err.h>
#include <stdlib.h>

void *
nl_allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL)
        err(EXIT_FAILURE, "memory");
    return memory;
}
