/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_FAKE_IGD_H
#define DS_TESTS_INTEGRATION_FAKE_IGD_H

#include <event2/event.h>
#include <glib.h>

/*
 * A router of UPnP IGD at 127.0.0.1, in a network of the test's own, that can be told how to
 * answer; and 127.0.0.2, where nobody may ever come. It runs on the test's loop.
 */
enum fake_igd_manner {
    FAKE_IGD_HONEST,
    FAKE_IGD_ELSEWHERE,         /* its description is at 127.0.0.2 */
    FAKE_IGD_REDIRECT,          /* its description has moved there */
    FAKE_IGD_CONTROL_ELSEWHERE, /* its service is there */
    FAKE_IGD_BASE_ELSEWHERE,    /* so its URLBase says */
    FAKE_IGD_ENDLESS,           /* its description has no end */
    FAKE_IGD_SILENT,            /* it takes the connection, and that is all */
    FAKE_IGD_NONSENSE,
    FAKE_IGD_ANOTHERS,  /* in the end all its mappings are another machine's */
    FAKE_IGD_PERMANENT, /* leases are not for it: 725 */
};

struct fake_igd {
    enum fake_igd_manner manner;
    const char *external; /* the address that it gives out */
    unsigned conflicts;   /* so many ports are taken */

    struct event_base *base;
    struct event *search;
    struct evconnlistener *http, *elsewhere;
    guint16 port, elsewhere_port;

    unsigned visits; /* at 127.0.0.2 */
    unsigned adds, deletes;
    char added[2048], deleted[2048]; /* the last requests */
};

/** Open it: honest, at 192.0.2.9. */
void fake_igd_begin(struct fake_igd *igd, struct event_base *base);

/** Close it. Connections that stand go with the loop. */
void fake_igd_end(struct fake_igd *igd);

#endif
