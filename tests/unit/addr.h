/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_UNIT_ADDR_H
#define DS_TESTS_UNIT_ADDR_H

#include <glib.h>

#include "net/base/addr.h"

/* Return the address that `text` names with its port. */
static inline struct ds_addr
addr_of(const char *text)
{
    struct ds_addr addr;
    g_assert_cmpint(ds_addr_parse(&addr, text, 0), ==, 0);
    return addr;
}

/* Fail unless `addr` is what `text` names; "" for no address. */
static inline void
assert_addr(const struct ds_addr *addr, const char *text)
{
    char got[DS_ADDR_TEXT_MAX];
    g_assert_cmpstr(addr->len == 0 ? "" : ds_addr_format(addr, got), ==, text);
}

#endif
