/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_NAME_H
#define DS_NET_PEER_NAME_H

#include <stddef.h>

#include "net/base/limits.h"

/* A self-declared name, cleaned: UTF-8, at most DS_NAME_MAX_CHARS characters, and the NUL. */
enum { DS_NAME_BYTES = DS_NAME_MAX_CHARS * 4 + 1 };

/**
 * Copy `len` bytes of a name that somebody declares for themselves, without what could deceive the
 * reader: invalid UTF-8, control and format characters (directions, zero-width, line and paragraph
 * separators, tags). White space is made one space, none at either end. May come out empty.
 */
void ds_name_clean(char out[static DS_NAME_BYTES], const void *text, size_t len);

#endif
