/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_MEMORY_H
#define DS_TESTS_NETLAB_ROUTER_MEMORY_H

#include <stddef.h>

/** Return `size` bytes of zero, owned, for free(). Without memory the program ends. */
void *nl_allocate(size_t size);

#endif
