/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/result.h"

#include <stdarg.h>
#include <stdio.h>

struct ds_dial_result
ds_dial_failure(int err, const char *format, ...)
{
    struct ds_dial_result result = {.err = err, .fd = -1};
    va_list args;
    va_start(args, format);
    vsnprintf(result.detail, sizeof result.detail, format, args);
    va_end(args);
    return result;
}
