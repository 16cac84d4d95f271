/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/output.h"

#include <errno.h>
#include <stdio.h>

#include <glib.h>

static ds_output_failed_fn watcher;
static void *watcher_arg;
static int first_error;

void
ds_output_watch(ds_output_failed_fn fn, void *arg)
{
    watcher = fn;
    watcher_arg = arg;
}

int
ds_output_error(void)
{
    return first_error;
}

static void
check(void)
{
    int err = errno;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    first_error = err != 0 ? err : EIO;
    if (watcher != NULL)
        watcher(watcher_arg);
}

void
ds_output_say(const char *line)
{
    if (first_error != 0)
        return;
    errno = 0;
    g_print("%s\n", line);
    check();
}

void
ds_output_put(const char *line)
{
    if (first_error != 0)
        return;
    errno = 0;
    fputs(line, stdout);
    fflush(stdout);
    check();
}
