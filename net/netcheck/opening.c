/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/opening.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "net/base/log.h"
#include "net/netcheck/dialback.h"

struct ds_opening {
    ds_opening_fn fn;
    void *arg;
    struct ds_local_port *port;
    struct ds_portmap *portmap;
    struct ds_dialback *dialback; /* NULL: nobody dials, or not any more */
    bool is_ready;                /* to be asked */
    bool is_over;
    uint16_t outside;           /* the port that was opened; 0: none yet */
    enum ds_dialback_from from; /* the next question's */
    struct ds_netcheck_router router;
};

static void
finish(struct ds_opening *opening)
{
    opening->is_over = true;
    opening->fn(opening->arg, &opening->router); /* may free the opening */
}

/* ---- somebody who comes in ---- */

/* A stranger first: who was spoken to might come in by a hole. */
static void
ask(struct ds_opening *opening)
{
    struct ds_dialback_question question = {
            .from = opening->from, .port = opening->outside, .listen = opening->port};
    int err = ds_dialback_ask(opening->dialback, &question);

    if (err == 0)
        return;
    DS_DEBUG("netcheck", "the relay cannot be asked to dial: %s", ds_strerror(err));
    finish(opening);
}

static void
on_ready(void *arg, const struct ds_foothold *foothold)
{
    struct ds_opening *opening = arg;

    opening->is_ready = true;
    if (opening->outside != 0)
        ask(opening);
}

static void
on_answer(void *arg, const struct ds_dialback_answer *answer)
{
    struct ds_opening *opening = arg;
    bool is_first = opening->from == DS_DIALBACK_OTHER_ADDRESS;

    DS_DEBUG("netcheck", "port %u, which the router opened, from another %s: %s", opening->outside,
            is_first ? "address" : "port", ds_dialback_result_name(answer->result));
    if (answer->result == DS_DIALBACK_NOT_OFFERED && is_first) {
        opening->from = DS_DIALBACK_OTHER_PORT;
        ask(opening);
        return;
    }
    if (answer->result == DS_DIALBACK_CONNECTED)
        opening->router.is_reached = DS_ANSWER_YES;
    else if (answer->result != DS_DIALBACK_NOT_OFFERED)
        opening->router.is_reached = DS_ANSWER_NO;
    finish(opening);
}

static void
on_dialback_over(void *arg, enum ds_reason reason, const char *text)
{
    struct ds_opening *opening = arg;

    ds_dialback_free(opening->dialback);
    opening->dialback = NULL;
    if (opening->outside != 0 && !opening->is_over)
        finish(opening);
}

static const struct ds_dialback_handler dialback_handler = {
        .on_ready = on_ready, .on_answer = on_answer, .on_over = on_dialback_over};

/* ---- the router ---- */

static void
on_portmap(void *arg, const struct ds_portmap_news *news)
{
    struct ds_opening *opening = arg;

    if (opening->is_over || opening->outside != 0)
        return; /* it was renewed, or lost again: that is another matter */
    opening->router.state = news->state;
    opening->router.method = news->method;
    if (news->state == DS_PORTMAP_MAPPED)
        opening->outside = ds_addr_port(&news->external);
    if (opening->outside == 0 || opening->dialback == NULL)
        finish(opening);
    else if (opening->is_ready)
        ask(opening);
}

/* ---- its life ---- */

static int
begin(struct ds_opening *opening, const struct ds_outlet *outlet, const struct ds_relay_addr *relay,
        struct ds_portmap_config *config)
{
    int err = ds_local_port_claim(&opening->port);

    if (err < 0)
        return err;
    config->port = ds_local_port_number(opening->port);
    err = ds_portmap_new(&opening->portmap, config, on_portmap, opening);
    /* Its connection is made now, since a router may take its time. */
    if (err == 0 && relay != NULL &&
            ds_dialback_new(&opening->dialback, outlet, relay, &dialback_handler, opening) < 0)
        opening->dialback = NULL;
    return err;
}

int
ds_opening_new(struct ds_opening **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_addr *observed, uint32_t lease_s,
        ds_opening_fn fn, void *arg)
{
    struct ds_portmap_config config = {
            .base = outlet->base, .family = AF_INET, .lease_s = lease_s, .observed = *observed};
    struct ds_opening *opening = calloc(1, sizeof *opening);

    if (opening == NULL)
        return DS_ERR_NOMEM;
    *opening = (struct ds_opening){
            .fn = fn, .arg = arg, .from = DS_DIALBACK_OTHER_ADDRESS, .router.is_asked = true};
    int err = begin(opening, outlet, relay, &config);
    if (err < 0) {
        ds_opening_free(opening);
        return err;
    }
    *out = opening;
    return 0;
}

struct ds_netcheck_router
ds_opening_look(const struct ds_opening *opening)
{
    return opening->router;
}

void
ds_opening_free(struct ds_opening *opening)
{
    if (opening == NULL)
        return;
    ds_dialback_free(opening->dialback);
    ds_portmap_free(opening->portmap);
    ds_local_port_unref(opening->port);
    free(opening);
}
