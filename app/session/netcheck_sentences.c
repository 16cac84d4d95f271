/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/netcheck_sentences.h"

#include <glib.h>
#include <glib/gi18n.h>

#include "app/session/sentences.h"

/* ---- which kind of network it is ---- */

static const char *const kinds[DS_NETCHECK_KINDS] = {
        [DS_NETCHECK_UNKNOWN] = N_("What this network’s router does with connections could not be "
                                   "found out."),
        [DS_NETCHECK_OFFLINE] = N_("This computer is not connected to any network."),
        [DS_NETCHECK_NO_RELAY] = N_("This computer is in a network. What that looks like from "
                                    "outside could not be seen without a relay."),
        [DS_NETCHECK_PROXY] = N_("This network lets its computers out through a proxy only."),
        [DS_NETCHECK_BLOCKED] = N_("This network lets connections out only to the relay."),
        [DS_NETCHECK_LOCAL] = N_("The relay is inside this network, so it cannot say what the "
                                 "network looks like from outside."),
        [DS_NETCHECK_OPEN] = N_("An open network: this computer has a public address, and anybody "
                                "can connect to it."),
        [DS_NETCHECK_FIREWALL] = N_("An ordinary network: this computer has a public address, and "
                                    "a firewall lets in only whom it has called."),
        [DS_NETCHECK_FULL_CONE] =
                N_("An easy network: its router keeps one port for each program, and lets anybody "
                   "in there (“full cone NAT”)."),
        [DS_NETCHECK_RESTRICTED] =
                N_("An easy network: its router keeps one port for each program, and lets in "
                   "computers that were called from there (“restricted cone NAT”)."),
        [DS_NETCHECK_PORT_RESTRICTED] =
                N_("An ordinary network, as in most homes: its router keeps one port for each "
                   "program, and lets in only programs that were called from there "
                   "(“port-restricted cone NAT”)."),
        [DS_NETCHECK_SEQUENTIAL] =
                N_("A difficult network: its router gives each connection a new port, but one "
                   "after the other, so that they can be foreseen (“symmetric NAT”)."),
        [DS_NETCHECK_BAND] =
                N_("A very difficult network: its router gives each connection a new port at "
                   "random, from a small range (“symmetric NAT”)."),
        [DS_NETCHECK_RANDOM] =
                N_("A very difficult network: its router gives each connection a new port at "
                   "random (“symmetric NAT”)."),
};

/* ---- what was found ---- */

static char *
relay_finding(const struct ds_netcheck_relay *relay)
{
    unsigned rtt_ms = (relay->rtt_us + 999) / 1000;

    if (!relay->is_set)
        return g_strdup(_("No relay is set. Who is in the same network can be helped without one, "
                          "directly from computer to computer."));
    if (!relay->is_reached)
        return g_strdup(ds_sentence(relay->reason, DS_ROLE_HELPEE));
    if (relay->via_proxy)
        return g_strdup_printf(
                _("The relay was reached through a proxy. There and back takes %u ms."), rtt_ms);
    return g_strdup_printf(_("The relay was reached. There and back takes %u ms."), rtt_ms);
}

static char *
address_finding(const struct ds_netcheck_ipv4 *ipv4)
{
    char text[DS_ADDR_TEXT_MAX];

    if (ipv4->observed.len == 0)
        return NULL;
    return g_strdup_printf(
            _("Others see this computer at %s."), ds_addr_format_host(&ipv4->observed, text));
}

static const char *
reached_finding(enum ds_answer is_reached)
{
    switch (is_reached) {
    case DS_ANSWER_YES:
        return _("The relay could come in there.");
    case DS_ANSWER_NO:
        return _("But the relay could not come in there.");
    case DS_ANSWER_UNKNOWN:
        break;
    }
    return _("Whether others can come in there could not be tried.");
}

static char *
mapped_finding(const struct ds_netcheck_router *router)
{
    g_autofree char *opened = g_strdup_printf(_("The router opens a port when it is asked (%s)."),
            ds_portmap_method_name(router->method));

    return g_strdup_printf("%s %s", opened, reached_finding(router->is_reached));
}

static const char *
unmapped_finding(enum ds_portmap_state state)
{
    switch (state) {
    case DS_PORTMAP_ASKING:
        return _("The router was asked to open a port, and did not answer in time.");
    case DS_PORTMAP_NO_GATEWAY:
        return _("There is no router that could be asked to open a port.");
    case DS_PORTMAP_SILENT:
        return _("The router does not open ports when it is asked.");
    case DS_PORTMAP_REFUSED:
    case DS_PORTMAP_LOST:
    case DS_PORTMAP_MAPPED:
        break;
    case DS_PORTMAP_BEHIND:
        return _("The router would open a port, but it is behind another router itself (“double "
                 "NAT”), where that is of no use.");
    }
    return _("The router was asked to open a port, and refused.");
}

static char *
router_finding(const struct ds_netcheck_router *router)
{
    if (!router->is_asked)
        return NULL;
    if (router->state == DS_PORTMAP_MAPPED)
        return mapped_finding(router);
    return g_strdup(unmapped_finding(router->state));
}

static char *
ipv6_finding(const struct ds_netcheck_facts *facts)
{
    const struct ds_netcheck_ipv6 *ipv6 = &facts->ipv6;

    if (!ipv6->has_address)
        return facts->ipv4.has_address ? g_strdup(_("There is no IPv6 here.")) : NULL;
    if (ipv6->is_reached != DS_ANSWER_YES)
        return g_strdup(_("This computer has an IPv6 address. Whether it leads out could not be "
                          "seen."));
    if (ipv6->lets_in == DS_ANSWER_YES)
        return g_strdup(_("IPv6 works here, and anybody can connect to this computer by it."));
    if (ipv6->lets_in == DS_ANSWER_NO)
        return g_strdup(_("IPv6 works here, and a firewall lets in only whom this computer has "
                          "called."));
    return g_strdup(_("IPv6 works here."));
}

/* ---- with whom it is direct ---- */

/* Full cone and restricted are one to all others: both are the easy ones. */
static const char *const others[DS_NETCHECK_OTHERS] = {
        [DS_NETCHECK_WITH_OPEN] = N_("open networks"),
        [DS_NETCHECK_WITH_RESTRICTED] = N_("easy networks"),
        [DS_NETCHECK_WITH_PORT_RESTRICTED] = N_("ordinary networks, as in most homes"),
        [DS_NETCHECK_WITH_SEQUENTIAL] = N_("difficult networks"),
        [DS_NETCHECK_WITH_RANDOM] = N_("very difficult networks, as many mobile ones are"),
        [DS_NETCHECK_WITH_BLOCKED] = N_("networks that let out nothing but the way to the relay"),
};

static char *
join_others(const struct ds_netcheck_verdict *verdict, enum ds_netcheck_chance chance)
{
    GString *names = g_string_new(NULL);

    for (size_t i = 0; i < DS_NETCHECK_OTHERS; i++) {
        if (verdict->chances[i] != chance || others[i] == NULL)
            continue;
        if (names->len > 0)
            g_string_append(names, C_("list", "; "));
        g_string_append(names, _(others[i]));
    }
    return g_string_free(names, FALSE);
}

/* One that says with whom it is so, where it is so with anybody. */
static void
add_expectation(GPtrArray *list, const struct ds_netcheck_verdict *verdict,
        enum ds_netcheck_chance chance, const char *intro)
{
    g_autofree char *names = join_others(verdict, chance);

    if (names[0] != '\0')
        g_ptr_array_add(list, g_strdup_printf("%s %s.", intro, names));
}

static void
add_expectations(GPtrArray *list, const struct ds_netcheck_verdict *verdict)
{
    if (verdict->chances[0] == DS_NETCHECK_NOT_KNOWN) {
        g_ptr_array_add(
                list, g_strdup(_("Direct connections can be expected within this network. With "
                                 "which others is not known.")));
    } else if (verdict->chances[0] == DS_NETCHECK_RELAYED) {
        g_ptr_array_add(list, g_strdup(_("Direct connections can be expected within this network "
                                         "only. All others go over the relay, which is slower but "
                                         "just as safe.")));
    } else {
        add_expectation(
                list, verdict, DS_NETCHECK_DIRECT, _("Direct connections can be expected with:"));
        add_expectation(list, verdict, DS_NETCHECK_LUCKY, _("Often direct:"));
        add_expectation(list, verdict, DS_NETCHECK_RELAYED, _("Over the relay:"));
    }
    if (verdict->by_ipv6)
        g_ptr_array_add(list, g_strdup(_("Direct, too, with all who have IPv6.")));
}

/* ---- what would help ---- */

static const char *const advices[DS_ADVICES] = {
        [DS_ADVICE_CONNECT] = N_("Connect this computer to a network."),
        [DS_ADVICE_SET_RELAY] = N_("To see what the network looks like from outside, set a relay "
                                   "(on a terminal: --relay HOST[:PORT])."),
        [DS_ADVICE_REACH_RELAY] =
                N_("Allow outgoing TCP connections to the relay, directly or through the proxy."),
        [DS_ADVICE_CHECK_RELAY] = N_("Check the relay: its name, its port, its key and its "
                                     "version."),
        [DS_ADVICE_PAST_PROXY] = N_("Allow outgoing TCP connections that go past the proxy."),
        [DS_ADVICE_LET_OUT] = N_("Allow outgoing TCP connections to other ports than the relay’s."),
        [DS_ADVICE_SET_STUN] = N_("Have the relay answer STUN (its option “stun”), which tells "
                                  "more about this network."),
        [DS_ADVICE_LET_MAPPED_IN] =
                N_("Find out what stands before the router: at the port that it opened nobody "
                   "could come in."),
        [DS_ADVICE_DOUBLE_NAT] =
                N_("Let one of the two routers only pass things on (“bridge mode”), or ask the "
                   "provider for a public address."),
        [DS_ADVICE_MAP_PORTS] =
                N_("Switch on UPnP, NAT-PMP or PCP in the router, so that it opens a port when it "
                   "is asked."),
        [DS_ADVICE_KEEP_PORTS] =
                N_("Have the router keep one port for all connections of a program (“cone NAT”, "
                   "“endpoint-independent mapping”)."),
        [DS_ADVICE_IPV6] = N_("Set up IPv6, which helps where the other network has it, too."),
};

/* ---- all of it ---- */

static void
add(GPtrArray *list, char *sentence)
{
    if (sentence != NULL)
        g_ptr_array_add(list, sentence);
}

/* Takes the list. */
static char **
end_list(GPtrArray *list)
{
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}

static char **
make_findings(const struct ds_netcheck_facts *facts)
{
    GPtrArray *list = g_ptr_array_new();

    add(list, relay_finding(&facts->relay));
    add(list, address_finding(&facts->ipv4));
    add(list, router_finding(&facts->router));
    add(list, ipv6_finding(facts));
    return end_list(list);
}

static char **
make_expectations(const struct ds_netcheck_verdict *verdict)
{
    GPtrArray *list = g_ptr_array_new();

    if (verdict->kind != DS_NETCHECK_OFFLINE)
        add_expectations(list, verdict);
    return end_list(list);
}

static char **
make_advices(const struct ds_netcheck_verdict *verdict)
{
    GPtrArray *list = g_ptr_array_new();

    for (size_t i = 0; i < verdict->advice_count; i++)
        add(list, g_strdup(_(advices[verdict->advices[i]])));
    return end_list(list);
}

/* Of whom it lets in no more is said than is known: the least was taken for the expectations. */
static const char *
kind_sentence(const struct ds_netcheck_facts *facts, const struct ds_netcheck_verdict *verdict)
{
    bool is_known = facts->ipv4.filtering != DS_FILTERING_UNKNOWN;

    if (verdict->kind == DS_NETCHECK_FIREWALL && !is_known)
        return _("An ordinary network: this computer has a public address. Whom a firewall lets in "
                 "could not be tried.");
    if (verdict->kind == DS_NETCHECK_PORT_RESTRICTED && !is_known)
        return _("An ordinary network: its router keeps one port for each program. Whom it lets "
                 "in there could not be tried.");
    return _(kinds[verdict->kind]);
}

struct ds_netcheck_report *
ds_netcheck_report_new(
        const struct ds_netcheck_facts *facts, const struct ds_netcheck_verdict *verdict)
{
    struct ds_netcheck_report *report = g_new0(struct ds_netcheck_report, 1);

    report->network = g_strdup(kind_sentence(facts, verdict));
    report->findings = make_findings(facts);
    report->expectations = make_expectations(verdict);
    report->advices = make_advices(verdict);
    return report;
}

void
ds_netcheck_report_free(struct ds_netcheck_report *report)
{
    if (report == NULL)
        return;
    g_free(report->network);
    g_strfreev(report->findings);
    g_strfreev(report->expectations);
    g_strfreev(report->advices);
    g_free(report);
}
