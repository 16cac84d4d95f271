/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/tun.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int
open_here(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) == 0)
        return tun;
    int saved = errno;
    close(tun);
    errno = saved;
    return -1;
}

int
nl_tun_open(const char *space, const char *name)
{
    int tun = -1, home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(space, O_RDONLY | O_CLOEXEC);
    if (home >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0) {
        tun = open_here(name);
        int saved = errno;
        if (setns(home, CLONE_NEWNET) != 0)
            err(EXIT_FAILURE, "setns");
        errno = saved;
    }
    int saved = errno;
    if (there >= 0)
        close(there);
    if (home >= 0)
        close(home);
    errno = saved;
    return tun;
}
