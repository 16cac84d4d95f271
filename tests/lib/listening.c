/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/listening.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <glib.h>

enum { FDS_MOST = 4096 };

unsigned
listening_ports(uint16_t ports[static LISTENING_MAX])
{
    unsigned count = 0;

    for (int fd = 0; fd < FDS_MOST; fd++) {
        struct sockaddr_in in4 = {0};
        int is_listener = 0;
        socklen_t len = sizeof is_listener, in4_len = sizeof in4;
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listener, &len) < 0 || !is_listener ||
                getsockname(fd, (struct sockaddr *)&in4, &in4_len) < 0 || in4.sin_family != AF_INET)
            continue;
        g_assert_cmpuint(count, <, LISTENING_MAX);
        ports[count++] = ntohs(in4.sin_port);
    }
    return count;
}
