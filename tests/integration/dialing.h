/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_DIALING_H
#define DS_TESTS_INTEGRATION_DIALING_H

#include <glib.h>

#include "net/dial/dial.h"

/*
 * What the tests of net/dial share: loopback sockets, one try run to its end, and a getaddrinfo()
 * in place of libc's, so that no name leaves the machine:
 *   two.test    ::1, then 127.0.0.1
 *   four.test   127.0.0.1
 *   many.test   40 addresses of IPv6 where nobody listens, then 127.0.0.1
 *   none.test   there is no such name
 *   stuck.test  no answer before dialing_release(); then as four.test
 * Any other name aborts the test.
 */
struct dialing {
    struct event_base *base;
    struct ds_dial *dial;
    bool free_inside; /* the callback frees the dial */
    unsigned calls;
    struct ds_dial_result result;
    guint64 elapsed_ms;
};

/** Return a socket bound to a free port of `host`, listening if `backlog` is not negative. */
int dialing_socket(const char *host, int backlog, struct ds_addr *addr);

/**
 * Return a listening socket of `host` which answers no more SYN, until it is closed with `fillers`
 * (connections that sit in its queue).
 */
int dialing_blackhole(const char *host, struct ds_addr *addr, int fillers[static 2]);

/** Begin a try on a loop of its own. It must not report before the loop runs. */
void dialing_start(struct dialing *dialing, const char *host, uint16_t port,
        const struct ds_dial_options *options);

/** Run the loop until the try has reported, which it must do once, and free both. */
void dialing_finish(struct dialing *dialing);

/** dialing_start() and dialing_finish(). */
void dialing_run(struct dialing *dialing, const char *host, uint16_t port,
        const struct ds_dial_options *options);

/** Assert that the try got an fd as promised, and one that leads to `listener`; close it. */
void dialing_assert_leads_to(const struct dialing *dialing, int listener);

/** Assert how the try failed. */
void dialing_assert_failed(const struct dialing *dialing, int err, const char *detail);

/** Return how many sockets this process has open. (A worker may still close its eventfd.) */
unsigned dialing_count_sockets(void);

/** Wait until `count` look-ups of stuck.test are under way, each in its own thread. */
void dialing_await_stuck(unsigned count);

/** Answer the look-ups of stuck.test that are under way, and those to come. Waits for them. */
void dialing_release(void);

/** Let stuck.test be stuck again, and return how many look-ups of it have been made since before.
 */
unsigned dialing_hold(void);

#endif
