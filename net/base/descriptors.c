/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/descriptors.h"

#include <dirent.h>
#include <stddef.h>
#include <sys/resource.h>

#include "net/base/limits.h"
#include "net/base/minmax.h"

/* Returns DS_DESCRIPTORS_MAX where they cannot be counted. */
static unsigned
count_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    unsigned count = 0;

    if (dir == NULL)
        return DS_DESCRIPTORS_MAX;
    while ((entry = readdir(dir)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count - 1; /* the folder itself */
}

unsigned
ds_descriptors_spare(void)
{
    struct rlimit limit;
    unsigned used = count_open();

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    unsigned most = (unsigned)MIN(limit.rlim_cur, DS_DESCRIPTORS_MAX);
    return most > used ? most - used : 0;
}
