/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/listeners.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/punch/syn.h"

/* One family is enough: a machine may have no other. */
static int
listen_on(int fds[static DS_LISTENERS_FAMILIES], struct ds_local_port *port)
{
    static const int families[DS_LISTENERS_FAMILIES] = {AF_INET6, AF_INET};
    int result = DS_ERR_SYSTEM;

    for (size_t i = 0; i < DS_LISTENERS_FAMILIES; i++) {
        fds[i] = ds_local_port_listen(port, families[i]);
        result = fds[i] < 0 ? result : 0;
    }
    return result;
}

int
ds_listeners_open(struct ds_listeners *listeners, struct ds_local_port *const *ports)
{
    int result = 0;

    if (listeners->is_open)
        return 0;
    listeners->is_open = true;
    for (size_t i = 0; i < DS_LISTENERS; i++)
        listeners->fds[i] = -1;
    for (size_t set = 0; set < DS_PUNCH_SETS && result == 0; set++)
        result = listen_on(&listeners->fds[set * DS_LISTENERS_FAMILIES], ports[set]);
    if (result == 0)
        return 0;
    int error = errno;
    ds_listeners_close(listeners);
    errno = error;
    return result;
}

void
ds_listeners_limit_segments(const struct ds_listeners *listeners, uint16_t mss)
{
    for (size_t i = 0; listeners->is_open && i < DS_LISTENERS; i++)
        if (listeners->fds[i] >= 0)
            ds_syn_limit_segments(listeners->fds[i], mss);
}

void
ds_listeners_close(struct ds_listeners *listeners)
{
    if (!listeners->is_open)
        return;
    for (size_t i = 0; i < DS_LISTENERS; i++)
        if (listeners->fds[i] >= 0)
            close(listeners->fds[i]);
    listeners->is_open = false;
}
