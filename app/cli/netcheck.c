/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include <event2/event.h>
#include <glib/gi18n.h>

#include "app/cli/events.h"
#include "app/cli/output.h"
#include "app/cli/run.h"
#include "app/cli/signals.h"
#include "app/session/sentences.h"
#include "net/netcheck/netcheck.h"

struct check {
    struct event_base *base;
    struct ds_signals *signals;
    struct ds_netcheck *netcheck;
    int status;
};

static void
on_checked(void *arg, const struct ds_netcheck_facts *facts)
{
    struct check *check = arg;
    struct ds_netcheck_verdict verdict = ds_netcheck_judge(facts);

    ds_event_netcheck(facts, &verdict);
    check->status = facts->relay.is_reached ? 0 : ds_exit_status(DS_REASON_NO_RELAY);
    if (ds_output_error() != 0)
        check->status = EXIT_FAILURE;
    event_base_loopbreak(check->base);
}

/* Of a check that is broken off nothing is told: half of it would be taken for the whole. */
static void
on_signal(void *arg)
{
    struct check *check = arg;
    event_base_loopbreak(check->base);
}

static int
begin(struct check *check, const struct ds_cli_options *options)
{
    struct ds_netcheck_config config = {
            .relay = options->has_relay ? &options->relay : NULL,
            .stun = options->stun,
            .map_lease_s = options->map_lease_s,
    };

    check->base = config.base = event_base_new();
    if (check->base == NULL)
        return DS_ERR_NOMEM;
    check->signals = ds_signals_new(check->base, on_signal, check);
    if (check->signals == NULL)
        return DS_ERR_NOMEM;
    return ds_netcheck_new(&check->netcheck, &config, on_checked, check);
}

int
ds_cli_netcheck(const struct ds_cli_options *options)
{
    struct check check = {.status = EXIT_FAILURE};

    int err = begin(&check, options);
    if (err == 0) {
        if (!options->json)
            g_printerr("%s\n", _("Looking at this network. This takes a few seconds ..."));
        event_base_dispatch(check.base);
    } else {
        enum ds_reason reason = err == DS_ERR_INVALID ? DS_REASON_NO_RELAY : DS_REASON_INTERNAL;
        g_printerr("%s\n", ds_sentence(reason, DS_ROLE_HELPEE));
        check.status = ds_exit_status(reason);
    }
    ds_netcheck_free(check.netcheck);
    ds_signals_free(check.signals);
    if (check.base != NULL)
        event_base_free(check.base);
    return check.status;
}
