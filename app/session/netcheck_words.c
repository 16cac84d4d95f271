/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/netcheck_words.h"

struct taker {
    ds_netcheck_word_fn fn;
    void *arg;
};

static void
put(const struct taker *to, const char *name, const char *word)
{
    to->fn(to->arg, name, word, 0);
}

static void
put_number(const struct taker *to, const char *name, gint64 number)
{
    to->fn(to->arg, name, NULL, number);
}

static void
put_yes_no(const struct taker *to, const char *name, bool is_so)
{
    put(to, name, ds_answer_name(is_so ? DS_ANSWER_YES : DS_ANSWER_NO));
}

static void
put_addr(const struct taker *to, const char *name, const struct ds_addr *addr)
{
    char text[DS_ADDR_TEXT_MAX];
    put(to, name, addr->len > 0 ? ds_addr_format(addr, text) : "");
}

static void
put_relay(const struct taker *to, const struct ds_netcheck_relay *relay)
{
    put(to, "relay", !relay->is_set ? "none" : relay->is_reached ? "reached" : "failed");
    if (relay->is_set && !relay->is_reached) {
        put(to, "reason", ds_reason_name(relay->reason));
        put(to, "detail", relay->text);
    }
    put_addr(to, "relay_addr", &relay->addr);
    put_yes_no(to, "proxy", relay->via_proxy);
    put_number(to, "rtt_ms", (relay->rtt_us + 999) / 1000);
    put_yes_no(to, "stun", relay->names_stun);
    put(to, "dials_back", ds_answer_name(relay->dials_back));
}

static void
put_ipv4(const struct taker *to, const struct ds_netcheck_ipv4 *ipv4)
{
    put_yes_no(to, "ipv4", ipv4->has_address);
    put_addr(to, "observed", &ipv4->observed);
    put_yes_no(to, "blocked", ipv4->is_blocked);
    put(to, "mapping", ds_mapping_name(ipv4->mapping));
    put(to, "allocation", ds_allocation_name(ipv4->allocation.kind));
    put_number(to, "port_step", ipv4->allocation.step);
    put_number(to, "port_band", ipv4->allocation.size);
    put(to, "filtering", ds_filtering_name(ipv4->filtering));
    put(to, "unsolicited", ds_unsolicited_name(ipv4->unsolicited));
    put(to, "hairpin", ds_answer_name(ipv4->hairpins));
}

static void
put_router(const struct taker *to, const struct ds_netcheck_router *router)
{
    put(to, "router", router->is_asked ? ds_portmap_state_name(router->state) : "");
    put(to, "router_by", ds_portmap_method_name(router->method));
    put(to, "router_reached", ds_answer_name(router->is_reached));
}

static void
put_ipv6(const struct taker *to, const struct ds_netcheck_ipv6 *ipv6)
{
    put_yes_no(to, "ipv6", ipv6->has_address);
    put(to, "ipv6_reached", ds_answer_name(ipv6->is_reached));
    put(to, "ipv6_lets_in", ds_answer_name(ipv6->lets_in));
    put(to, "ipv6_unsolicited", ds_unsolicited_name(ipv6->unsolicited));
}

static void
put_verdict(const struct taker *to, const struct ds_netcheck_verdict *verdict)
{
    g_autoptr(GString) advice = g_string_new(NULL);

    for (size_t i = 0; i < DS_NETCHECK_OTHERS; i++) {
        enum ds_netcheck_other other = (enum ds_netcheck_other)i;
        g_autofree char *name = g_strdup_printf("with_%s", ds_netcheck_other_name(other));
        put(to, g_strdelimit(name, "-", '_'), ds_netcheck_chance_name(verdict->chances[i]));
    }
    for (size_t i = 0; i < verdict->advice_count; i++)
        g_string_append_printf(
                advice, "%s%s", i > 0 ? "," : "", ds_netcheck_advice_name(verdict->advices[i]));
    put_yes_no(to, "opened_port", verdict->has_opened_port);
    put_yes_no(to, "by_ipv6", verdict->by_ipv6);
    put(to, "advice", advice->str);
}

void
ds_netcheck_words(const struct ds_netcheck_facts *facts, const struct ds_netcheck_verdict *verdict,
        ds_netcheck_word_fn fn, void *arg)
{
    const struct taker to = {fn, arg};

    put(&to, "kind", ds_netcheck_kind_name(verdict->kind));
    put_relay(&to, &facts->relay);
    put_ipv4(&to, &facts->ipv4);
    put_router(&to, &facts->router);
    put_ipv6(&to, &facts->ipv6);
    put_verdict(&to, verdict);
}
