/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/network_check.h"

#include "app/session/mailbox.h"
#include "app/session/network_report.h"
#include "app/session/relay_option.h"
#include "net/base/log.h"
#include "net/netcheck/netcheck.h"

/* The half that lives on the net thread. */
struct errand {
    struct ds_mailbox *mailbox; /* a reference */
    struct ds_relay_addr relay;
    gboolean has_relay;
    uint32_t map_lease_s;
    struct ds_netcheck *netcheck;
};

struct ds_network_check {
    struct ds_net_thread *net; /* borrowed */
    struct ds_mailbox *mailbox;
    struct errand *errand; /* passed in messages, never looked into */
    ds_network_check_fn fn;
    void *arg;
};

/* ---- net thread ---- */

static void
on_checked(void *arg, const struct ds_netcheck_facts *facts)
{
    struct errand *errand = arg;
    ds_mailbox_put(errand->mailbox, facts, 0);
}

static void
start(struct event_base *base, void *data)
{
    struct errand *errand = data;
    const struct ds_netcheck_config config = {
            .base = base,
            .relay = errand->has_relay ? &errand->relay : NULL,
            .proxy = errand->has_relay && ds_relay_is_nearby(&errand->relay) ? "" : NULL,
            .map_lease_s = errand->map_lease_s,
    };
    int err = ds_netcheck_new(&errand->netcheck, &config, on_checked, errand);
    if (err == 0)
        return;
    DS_WARN("session", "the network cannot be checked: %s", ds_strerror(err));
    on_checked(errand, &(struct ds_netcheck_facts){.relay.is_set = errand->has_relay});
}

static void
end(struct event_base *base, void *data)
{
    struct errand *errand = data;
    ds_netcheck_free(errand->netcheck);
    ds_mailbox_unref(errand->mailbox);
    g_free(errand);
}

/* ---- main thread ---- */

static void
on_facts(void *arg, const void *event)
{
    struct ds_network_check *check = arg;
    const struct ds_netcheck_facts *facts = event;
    const struct ds_netcheck_verdict verdict = ds_netcheck_judge(facts);
    struct ds_netcheck_report *sentences = ds_netcheck_report_new(facts, &verdict);
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *report = ds_network_report(facts, &verdict, sentences, now);

    check->fn(check->arg, sentences, report); /* may free the check */
    ds_netcheck_report_free(sentences);
}

struct ds_network_check *
ds_network_check_new(struct ds_net_thread *net, const struct ds_network_check_config *config,
        ds_network_check_fn fn, void *arg)
{
    struct ds_network_check *check = g_new0(struct ds_network_check, 1);
    struct errand *errand = check->errand = g_new0(struct errand, 1);

    check->net = net;
    check->fn = fn;
    check->arg = arg;
    check->mailbox = ds_mailbox_new(sizeof(struct ds_netcheck_facts), on_facts, check);
    errand->mailbox = ds_mailbox_ref(check->mailbox);
    errand->has_relay = config->relay != NULL;
    if (errand->has_relay)
        errand->relay = *config->relay;
    errand->map_lease_s = config->map_lease_s;
    ds_net_thread_call(net, start, errand);
    return check;
}

void
ds_network_check_free(struct ds_network_check *check)
{
    if (check == NULL)
        return;
    ds_mailbox_close(check->mailbox);
    ds_mailbox_unref(check->mailbox);
    ds_net_thread_call(check->net, end, check->errand);
    g_free(check);
}
