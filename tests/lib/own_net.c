/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/own_net.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/dial/netlink.h"

void
own_net_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, text, strlen(text)), ==, (ssize_t)strlen(text));
    close(fd);
}

gboolean
own_net_enter(void)
{
    g_autofree char *uid = g_strdup_printf("0 %u 1", (unsigned)geteuid());
    g_autofree char *gid = g_strdup_printf("0 %u 1", (unsigned)getegid());

    if (unshare(CLONE_NEWNET) == 0)
        return TRUE;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return FALSE;
    own_net_write("/proc/self/setgroups", "deny");
    own_net_write("/proc/self/uid_map", uid);
    own_net_write("/proc/self/gid_map", gid);
    return TRUE;
}

int
own_net_here(void)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    return fd;
}

void
own_net_switch(int fd)
{
    g_assert_cmpint(setns(fd, CLONE_NEWNET), ==, 0);
}

gboolean
own_net_enter_home(struct own_net_home *networks)
{
    g_autofree char *cable = NULL;
    if (!own_net_enter())
        return FALSE;
    networks->outside = own_net_here();
    g_assert_true(own_net_enter());
    networks->home = own_net_here();
    cable = g_strdup_printf("link set lo up\n"
                            "link add lan type veth peer name wan netns /proc/%d/fd/%d\n"
                            "link set lan up\n"
                            "address add 192.168.1.20/24 dev lan\n",
            (int)getpid(), networks->outside);
    own_net_ip(cable);
    own_net_switch(networks->outside);
    own_net_ip("link set lo up\n"
               "link set wan up\n"
               "address add 192.168.1.1/24 dev wan\n");
    own_net_switch(networks->home);
    own_net_await("lan", TRUE);
    own_net_ip("route add default via 192.168.1.1\n");
    return TRUE;
}

void
own_net_ip(const char *script)
{
    FILE *commands = popen("ip -batch -", "we");
    g_assert_nonnull(commands);
    g_assert_cmpint(fputs(script, commands), >=, 0);
    g_assert_cmpint(pclose(commands), ==, 0);
}

void
own_net_await(const char *interface, gboolean is_plugged_in)
{
    struct ifreq request = {0};
    char unread[4096];
    int fd = ds_netlink_open(RTMGRP_LINK, 0);

    g_assert_cmpint(fd, >=, 0);
    g_strlcpy(request.ifr_name, interface, sizeof request.ifr_name);
    for (;;) {
        g_assert_cmpint(ioctl(fd, SIOCGIFFLAGS, &request), ==, 0);
        if (((request.ifr_flags & IFF_RUNNING) != 0) == is_plugged_in)
            break;
        g_assert_cmpint(recv(fd, unread, sizeof unread, 0), >, 0);
    }
    close(fd);
}
