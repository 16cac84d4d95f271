/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/visit.h"

#include <stdlib.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/log.h"

enum { PORTS = 65536 };

struct ds_visit {
    struct ds_visit_plan plan;
    ds_visit_fn fn;
    void *arg;
    struct ds_dialback *dialback;
    const struct ds_foothold *foothold; /* the dialback's; NULL: not ready */
    bool is_closed_asked;
    bool is_over;
    struct ds_visit_result result;
};

static void
finish(struct ds_visit *visit)
{
    visit->is_over = true;
    visit->fn(visit->arg, &visit->result); /* may free the visit */
}

static void
ask(struct ds_visit *visit, uint16_t port, struct ds_local_port *listen)
{
    struct ds_dialback_question question = {
            .from = visit->plan.from, .port = port, .listen = listen};
    int err = ds_dialback_ask(visit->dialback, &question);

    if (err == 0)
        return;
    DS_DEBUG("netcheck", "the relay cannot be asked to dial: %s", ds_strerror(err));
    finish(visit);
}

/* Far from those that this program or another one here speaks from. */
static void
ask_closed(struct ds_visit *visit)
{
    uint16_t open = ds_addr_port(&visit->foothold->observed);
    uint16_t port = (uint16_t)((open + PORTS / 2) % PORTS);

    visit->is_closed_asked = true;
    ask(visit, port < DS_DIALBACK_LEAST_PORT ? port + DS_DIALBACK_LEAST_PORT : port, NULL);
}

static void
on_ready(void *arg, const struct ds_foothold *foothold)
{
    struct ds_visit *visit = arg;

    visit->result.is_ready = true;
    visit->result.is_direct = !foothold->via_proxy;
    visit->foothold = foothold;
    if (foothold->via_proxy || foothold->port == NULL || foothold->observed.len == 0)
        finish(visit);
    else
        ask(visit, ds_addr_port(&foothold->observed), foothold->port);
}

static void
on_answer(void *arg, const struct ds_dialback_answer *answer)
{
    struct ds_visit *visit = arg;

    DS_DEBUG("netcheck", "%s, from another %s: %s in %u ms",
            visit->is_closed_asked ? "a closed port" : "our port",
            visit->plan.from == DS_DIALBACK_OTHER_PORT ? "port" : "address",
            ds_dialback_result_name(answer->result), answer->ms);
    if (visit->is_closed_asked) {
        visit->result.closed = answer->result;
        finish(visit);
        return;
    }
    visit->result.door = answer->result;
    if (answer->result == DS_DIALBACK_CONNECTED && visit->plan.tries_closed)
        ask_closed(visit);
    else
        finish(visit);
}

static void
on_over(void *arg, enum ds_reason reason, const char *text)
{
    struct ds_visit *visit = arg;

    if (visit->is_over)
        return;
    DS_DEBUG("netcheck", "no visit of the relay: %s %s", ds_reason_name(reason), text);
    finish(visit);
}

static const struct ds_dialback_handler handler = {
        .on_ready = on_ready, .on_answer = on_answer, .on_over = on_over};

int
ds_visit_new(struct ds_visit **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_visit_plan *plan, ds_visit_fn fn,
        void *arg)
{
    struct ds_visit *visit = calloc(1, sizeof *visit);
    if (visit == NULL)
        return DS_ERR_NOMEM;
    *visit = (struct ds_visit){.plan = *plan,
            .fn = fn,
            .arg = arg,
            .result = {.door = DS_DIALBACK_NOT_OFFERED, .closed = DS_DIALBACK_NOT_OFFERED}};
    int err = ds_dialback_new(&visit->dialback, outlet, relay, &handler, visit);
    if (err < 0) {
        free(visit);
        return err;
    }
    *out = visit;
    return 0;
}

struct ds_visit_result
ds_visit_look(const struct ds_visit *visit)
{
    return visit->result;
}

void
ds_visit_free(struct ds_visit *visit)
{
    if (visit == NULL)
        return;
    ds_dialback_free(visit->dialback);
    free(visit);
}

/* ---- what it means ---- */

static bool
is_kept_out(enum ds_dialback_result result)
{
    return ds_unsolicited_of(result) != DS_UNSOLICITED_UNKNOWN;
}

enum ds_filtering
ds_filtering_of(enum ds_dialback_result other_port, enum ds_dialback_result other_address)
{
    if (other_address == DS_DIALBACK_CONNECTED)
        return DS_FILTERING_NONE;
    if (other_port == DS_DIALBACK_CONNECTED)
        return is_kept_out(other_address) ? DS_FILTERING_ADDRESS : DS_FILTERING_ADDRESS_OR_NONE;
    return is_kept_out(other_port) ? DS_FILTERING_ADDRESS_AND_PORT : DS_FILTERING_UNKNOWN;
}

enum ds_unsolicited
ds_unsolicited_of(enum ds_dialback_result result)
{
    switch (result) {
    case DS_DIALBACK_SILENT:
        return DS_UNSOLICITED_DROP;
    case DS_DIALBACK_REFUSED:
        return DS_UNSOLICITED_RST;
    case DS_DIALBACK_UNREACHABLE:
        return DS_UNSOLICITED_ICMP;
    case DS_DIALBACK_CONNECTED:
    case DS_DIALBACK_NOT_OFFERED:
    case DS_DIALBACK_ASTRAY:
        break;
    }
    return DS_UNSOLICITED_UNKNOWN;
}
