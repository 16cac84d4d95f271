/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/err.h"

#include <stddef.h>

static const char *const texts[] = {
        [-DS_OK] = "no error",
        [-DS_ERR_NOMEM] = "out of memory",
        [-DS_ERR_SYSTEM] = "a system call failed",
        [-DS_ERR_INVALID] = "invalid argument",
        [-DS_ERR_PROTOCOL] = "protocol error",
        [-DS_ERR_TOO_BIG] = "over the size limit",
        [-DS_ERR_CLOSED] = "closed",
        [-DS_ERR_TIMEOUT] = "timed out",
        [-DS_ERR_TLS] = "TLS error",
        [-DS_ERR_CERTIFICATE] = "certificate not trusted",
        [-DS_ERR_PIN] = "key does not match the pin",
        [-DS_ERR_AUTH] = "proof failed",
        [-DS_ERR_RESOLVE] = "name not resolved",
        [-DS_ERR_UNREACHABLE] = "unreachable",
        [-DS_ERR_PROXY] = "proxy error",
        [-DS_ERR_PROXY_AUTH] = "proxy authentication failed",
        [-DS_ERR_STATE] = "wrong state",
        [-DS_ERR_AGAIN] = "not yet",
};

const char *
ds_strerror(int err)
{
    int i = -err;
    if (i < 0 || (size_t)i >= sizeof texts / sizeof texts[0] || texts[i] == NULL)
        return "unknown error";
    return texts[i];
}
