/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_OWN_NET_H
#define DS_TESTS_LIB_OWN_NET_H

#include <glib.h>

/* Networks of a test's own: nothing in them is seen outside, and all of it ends with the test. */

/**
 * Go on in a network with nothing but a loopback, which is down. Who is not root becomes it in a
 * name space of users. Returns FALSE where that cannot be had. Before the first thread.
 */
gboolean own_net_enter(void);

/** Return an fd (owned) of the network that the thread is in, for own_net_switch(). */
int own_net_here(void);

/** Go on in another network: sockets stay where they were made. */
void own_net_switch(int fd);

/* Two networks with a cable between them: `lan` at home, 192.168.1.20, and `wan` outside of it,
 * 192.168.1.1, by which all the world is reached. */
struct own_net_home {
    int outside, home; /* fds, for own_net_switch() */
};

/** Go on at home. Returns FALSE where that cannot be had. Before the first thread. */
gboolean own_net_enter_home(struct own_net_home *networks);

/** Run ip(8) with the commands of `script`, one a line. */
void own_net_ip(const char *script);

/** Wait until the kernel has noticed that there is a cable in `interface`, or none. */
void own_net_await(const char *interface, gboolean is_plugged_in);

/** Write `text` to the file at `path`, which is there: a setting of the kernel. */
void own_net_write(const char *path, const char *text);

#endif
