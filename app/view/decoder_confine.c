/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder_confine.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "app/view/sanitized.h"
#include "net/base/limits.h"

/* The standard ones, two sockets, a surface's memory, and what a library opens for a moment. */
enum { OPEN_FILES_MAX = 16 };

static int
limit(int resource, rlim_t most)
{
    struct rlimit value;

    if (getrlimit(resource, &value) != 0)
        return DS_ERR_SYSTEM;
    if (value.rlim_max > most)
        value.rlim_max = most;
    value.rlim_cur = value.rlim_max;
    return setrlimit(resource, &value) == 0 ? DS_OK : DS_ERR_SYSTEM;
}

int
ds_decoder_confine(void)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return DS_ERR_SYSTEM;
    if (limit(RLIMIT_CORE, 0) != DS_OK || limit(RLIMIT_NOFILE, OPEN_FILES_MAX) != DS_OK)
        return DS_ERR_SYSTEM;
    return DS_SANITIZED ? DS_OK : limit(RLIMIT_AS, DS_DECODER_ADDRESS_SPACE);
}

void
ds_decoder_limit_work(void)
{
    struct itimerval value = {.it_value = {.tv_sec = DS_DECODER_CPU_S}};
    setitimer(ITIMER_PROF, &value, NULL);
}
