/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_CARRY_WORLD_H
#define DS_TESTS_INTEGRATION_CARRY_WORLD_H

#include <event2/event.h>
#include <event2/listener.h>
#include <glib.h>

#include "app/share/carry.h"
#include "app/view/offer.h"
#include "tests/integration/hostile_relay.h"

/*
 * A session with a TCP service behind the helpee, and room for viewers at the helper: what share
 * --vnc and connect --listen are made of. All of it is in one loop.
 */

/* What the service does with a connection. */
enum carry_manner { CARRY_ECHO, CARRY_LISTEN, CARRY_FLOOD };

struct carry_world {
    struct event_base *base;
    struct hostile_relay *relay;
    struct ds_relay_addr relay_addr;
    struct ds_peer_times times;
    struct ds_code code;

    struct ds_peer *helpee, *helper;
    struct ds_carry *carry;
    struct ds_viewer_offer *offer;
    struct ds_addr offered;
    enum ds_level level; /* the helper's */
    guint asked_again;
    enum ds_reason helpee_end, helper_end;
    enum ds_reason helpee_trouble, helper_trouble; /* the last ones */
    guint troubles;

    struct evconnlistener *service;
    struct ds_addr service_addr;
    enum carry_manner manner; /* of the next connection */
    GPtrArray *served;        /* of struct carry_served */
    GArray *viewers;          /* of int */
};

/* One connection that the service took. */
struct carry_served {
    struct carry_world *world;
    int fd;
    enum carry_manner manner;
    struct event *event;
    GByteArray *got;
    bool is_over;
};

/** Begin: both are in when it returns, and nobody views yet. */
void carry_world_begin(struct carry_world *world);

/** End the session and all that was made for it. */
void carry_world_end(struct carry_world *world);

/** Run the loop until `is_done` says so; what takes 20 s fails. */
void carry_world_run_until(struct carry_world *world, bool (*is_done)(struct carry_world *world));

/** Say whether the helper may control. */
bool carry_world_helper_is_in(struct carry_world *world);

/** Note what went wrong at the viewers' end; the callback of an offer, `arg` is the world. */
void carry_world_on_helper_trouble(void *arg, enum ds_reason reason, const char *detail);

/** Let the service listen, where it did before. */
void carry_world_serve(struct carry_world *world);

/** Return the connection that the service took as number `i`, from 0 on; borrowed. */
struct carry_served *carry_world_served(struct carry_world *world, guint i);

/** Close one of them at the service. */
void carry_world_hang_up(struct carry_served *served);

#endif
