/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/probes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/dial/local_port.h"
#include "net/punch/stun_client.h"

enum { ENOUGH = DS_PUNCH_PROBES / 2 + 1 };

struct probe {
    struct ds_probes *probes;
    struct ds_stun_client *client; /* NULL: none, or over */
    struct ds_deal deal;           /* external 0: no answer */
};

struct ds_probes {
    ds_probes_fn fn;
    void *arg;
    unsigned open;     /* an answer may come */
    unsigned answered; /* of the others */
    struct event *late;
    struct probe all[DS_PUNCH_PROBES];
};

static void
finish(struct ds_probes *probes)
{
    struct ds_deal deals[DS_PUNCH_PROBES];
    size_t count = 0;

    event_del(probes->late);
    for (size_t i = 0; i < DS_PUNCH_PROBES; i++) {
        ds_stun_client_free(probes->all[i].client);
        probes->all[i].client = NULL;
        if (probes->all[i].deal.external != 0)
            deals[count++] = probes->all[i].deal;
    }
    probes->fn(probes->arg, deals, count);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
    finish(arg);
}

/* A lost SYN comes again after a second: when enough have come the rest has as long again. */
static void
wait_for_rest(struct ds_probes *probes)
{
    ds_event_add_ms(probes->late, (ds_clock_us() - probes->all[0].deal.at_us) / 1000);
}

static void
on_answer(void *arg, int err, const struct ds_addr *seen)
{
    struct probe *probe = arg;
    struct ds_probes *probes = probe->probes;

    if (err == 0) {
        probe->deal.external = ds_addr_port(seen);
        probes->answered++;
    }
    if (--probes->open == 0)
        finish(probes);
    else if (err == 0 && probes->answered == ENOUGH)
        wait_for_rest(probes);
}

static int
ask(struct probe *probe, struct event_base *base, const struct ds_addr *server)
{
    struct ds_local_port *port;
    int err = ds_local_port_claim(&port);

    if (err < 0)
        return err;
    probe->deal = (struct ds_deal){.local = ds_local_port_number(port), .at_us = ds_clock_us()};
    err = ds_stun_client_new(
            &probe->client, base, port, server, DS_PUNCH_PROBE_MS, on_answer, probe);
    ds_local_port_unref(port);
    return err;
}

int
ds_probes_new(struct ds_probes **out, struct event_base *base, const struct ds_addr *server,
        ds_probes_fn fn, void *arg)
{
    struct ds_probes *probes = calloc(1, sizeof *probes);
    int err = 0;

    *out = probes;
    if (probes == NULL)
        return DS_ERR_NOMEM;
    probes->fn = fn;
    probes->arg = arg;
    probes->late = evtimer_new(base, on_late, probes);
    if (probes->late == NULL)
        err = DS_ERR_NOMEM;
    for (size_t i = 0; i < DS_PUNCH_PROBES && err == 0; i++) {
        probes->all[i].probes = probes;
        err = ask(&probes->all[i], base, server);
        probes->open += err == 0;
    }
    if (probes->open > 0)
        return 0;
    int os_error = errno;
    ds_probes_free(probes);
    *out = NULL;
    errno = os_error;
    return err;
}

void
ds_probes_free(struct ds_probes *probes)
{
    if (probes == NULL)
        return;
    for (size_t i = 0; i < DS_PUNCH_PROBES; i++)
        ds_stun_client_free(probes->all[i].client);
    ds_event_free(probes->late);
    free(probes);
}
