/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_FAKE_PROXY_H
#define DS_TESTS_INTEGRATION_FAKE_PROXY_H

#include <glib.h>
#include <pthread.h>

#include "net/base/addr.h"

/* One thing that the proxy reads, and what it says then. */
struct fake_step {
    gsize read_bytes; /* FAKE_HEAD: up to an empty line */
    const char *say;
    gsize say_bytes;
};

#define FAKE_HEAD G_MAXSIZE

enum fake_ending {
    FAKE_CLOSE,
    FAKE_STALL, /* wait until the client closes */
    FAKE_CARRY, /* connect to the target, and carry bytes both ways until one side closes */
};

/* One connection: `steps` ends with the first whose read_bytes is 0. */
struct fake_connection {
    const struct fake_step *steps;
    gsize say_limit_bytes; /* go to the ending after so many; G_MAXSIZE: after all */
    enum fake_ending ending;
    const struct ds_addr *target; /* FAKE_CARRY */
};

/* A proxy on a port of 127.0.0.1 with a thread of its own, which plays one connection each. */
struct fake_proxy {
    struct ds_addr addr;
    int listener;
    int at_ending; /* an eventfd that counts the connections that came to their ending */
    const struct fake_connection *connections;
    gsize count;
    GByteArray *heard; /* all that clients said before the ending; read it after the stop */
    pthread_t thread;
};

/** Start it; `connections` is borrowed. */
void fake_proxy_start(
        struct fake_proxy *proxy, const struct fake_connection *connections, gsize count);

/** Wait until all of its connections are over, and stop it. `heard` stays until the free. */
void fake_proxy_join(struct fake_proxy *proxy);

/** Free what fake_proxy_join() left. */
void fake_proxy_clear(struct fake_proxy *proxy);

#endif
