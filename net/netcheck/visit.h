/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_VISIT_H
#define DS_NET_NETCHECK_VISIT_H

#include "net/netcheck/dialback.h"
#include "net/netcheck/facts.h"

/*
 * The relay as a stranger at our door: it dials a port of ours that speaks to it, from another port
 * or from another address than the one that is spoken to. Where it gets in it may try one of ours,
 * too, that nobody here has opened, so that it is known what that gives. Each has a connection to
 * the relay of its own, so that several can wait at once. Net thread.
 */
struct ds_visit;

struct ds_visit_plan {
    enum ds_dialback_from from;
    bool tries_closed; /* where it gets in. The relay dials few ports but our own, for all who share
                          our address: not more than one visit of a check is to try it */
};

struct ds_visit_result {
    bool is_ready;  /* the relay was reached, and knows how to dial back; all else needs that */
    bool is_direct; /* ... by no proxy: it was asked */
    enum ds_dialback_result door;   /* the port that speaks to it; DS_DIALBACK_NOT_OFFERED: none */
    enum ds_dialback_result closed; /* one that nobody opened; DS_DIALBACK_NOT_OFFERED: not tried */
};

/** It is over, called once from the loop. `result` is borrowed; the visit may be freed in it. */
typedef void (*ds_visit_fn)(void *arg, const struct ds_visit_result *result);

/**
 * Begin: `outlet`, whose claims_ports is true, and `relay` are borrowed for the visit's life;
 * `plan` is copied. Returns 0 with `*out` (owned) or as ds_dialback_new(). `fn` is never called
 * from within.
 */
int ds_visit_new(struct ds_visit **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_visit_plan *plan, ds_visit_fn fn,
        void *arg) DS_MUST_CHECK;

/** Return what is known by now. */
struct ds_visit_result ds_visit_look(const struct ds_visit *visit);

/** Stop and free; NULL is fine. No callback follows. */
void ds_visit_free(struct ds_visit *visit);

/** Say who gets in, by what came of dialling from another port and from another address. Pure. */
enum ds_filtering ds_filtering_of(
        enum ds_dialback_result other_port, enum ds_dialback_result other_address);

/** Say what who does not get in gets; DS_UNSOLICITED_UNKNOWN of what says nothing of it. Pure. */
enum ds_unsolicited ds_unsolicited_of(enum ds_dialback_result result);

#endif
