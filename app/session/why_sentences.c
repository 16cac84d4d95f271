/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/why_sentences.h"

#include <stddef.h>

#include <glib.h>
#include <glib/gi18n.h>

/* What is the matter. */
static const char *const matters[DS_WHYS] = {
        [DS_WHY_TRYING] = N_("A direct connection is being looked for. This takes a few seconds."),
        [DS_WHY_OFF_HERE] = N_("Direct connections are switched off on this computer."),
        [DS_WHY_OFF_THERE] = N_("Direct connections are switched off on the other computer, or its "
                                "Deskside is too old for them."),
        [DS_WHY_PROXY_HERE] = N_("This computer reaches the internet through a proxy only."),
        [DS_WHY_PROXY_THERE] = N_("The other computer reaches the internet through a proxy only."),
        [DS_WHY_BLOCKED_HERE] = N_("This network lets connections out only to the relay."),
        [DS_WHY_BLOCKED_THERE] = N_("The other network lets connections out only to the relay."),
        [DS_WHY_NO_ADDRESS_HERE] =
                N_("This computer could not find out under which address it can be reached."),
        [DS_WHY_NO_ADDRESS_THERE] =
                N_("The other computer could not find out under which address it can be reached."),
        [DS_WHY_SAME_NAT] = N_("Both computers are behind the same router or provider, and cannot "
                               "reach each other there."),
        [DS_WHY_HARD_HERE] = N_("This network gives each connection a new port, so the other side "
                                "cannot aim at one."),
        [DS_WHY_HARD_THERE] = N_("The other network gives each connection a new port, so this side "
                                 "cannot aim at one."),
        [DS_WHY_HARD_BOTH] = N_("Both networks give each connection a new port, so neither side "
                                "can aim at the other."),
        [DS_WHY_UNKNOWN] = N_("Nothing came through, and why could not be found out."),
        [DS_WHY_NO_ANSWER] = N_("Both networks look as if a direct connection could be made, but "
                                "nothing came through."),
        [DS_WHY_SLOWER] = N_("There is a direct connection, but the relay is clearly faster, so it "
                             "is used. Nothing has to be done."),
        [DS_WHY_LOST] = N_("The direct connection broke, and another one is being looked for. "
                           "Nothing has to be done."),
};

/* Translators: each of these follows a sentence that says what is the matter. */
static const char *const helps[DS_HELPS] = {
        [DS_HELP_ALLOW_HERE] = N_("Switch direct connections on in the preferences, and start a "
                                  "new session."),
        [DS_HELP_ALLOW_THERE] = N_("Ask for direct connections to be switched on there, or for an "
                                   "update."),
        [DS_HELP_PAST_PROXY_HERE] = N_("An administrator could allow outgoing TCP connections that "
                                       "go past the proxy."),
        [DS_HELP_PAST_PROXY_THERE] = N_("An administrator there could allow outgoing TCP "
                                        "connections that go past the proxy."),
        [DS_HELP_PORTS_OUT_HERE] = N_("An administrator could allow outgoing TCP connections to "
                                      "other ports."),
        [DS_HELP_PORTS_OUT_THERE] = N_("An administrator there could allow outgoing TCP "
                                       "connections to other ports."),
        [DS_HELP_STUN_OUT_HERE] = N_("An administrator could allow outgoing TCP connections to the "
                                     "relay’s STUN ports."),
        [DS_HELP_STUN_OUT_THERE] = N_("An administrator there could allow outgoing TCP connections "
                                      "to the relay’s STUN ports."),
        [DS_HELP_HAIRPIN] = N_("An administrator could let the computers behind that router reach "
                               "each other: without “guest isolation”, or with “NAT loopback”."),
        [DS_HELP_SALVO_HERE] = N_("It would help to let Deskside on this computer make many tries "
                                  "at once: by its setting “salvo”."),
        [DS_HELP_SALVO_THERE] = N_("It would help to let Deskside on the other computer make many "
                                   "tries at once: by its setting “salvo”, or by an update."),
        [DS_HELP_RELAY_UPDATE] = N_("An administrator could update the relay: with a newer one "
                                    "both sides can make many tries at once."),
        [DS_HELP_ASK_HERE] = N_("It would help to switch on “Ask the Router to Open a Port” in the "
                                "preferences here."),
        [DS_HELP_ASK_THERE] = N_("It would help to switch on “Ask the Router to Open a Port” in "
                                 "the preferences of the other computer’s Deskside."),
        [DS_HELP_MAP_HERE] = N_("It would help to switch on “UPnP” (or NAT-PMP, or PCP) in the "
                                "router here, so that it opens a port when Deskside asks."),
        [DS_HELP_MAP_THERE] = N_("It would help to switch on “UPnP” (or NAT-PMP, or PCP) in the "
                                 "other side’s router, so that it opens a port when Deskside "
                                 "asks."),
        [DS_HELP_OUTER_HERE] = N_("The router here is behind another router. It would help to set "
                                  "that one to “bridge mode”, or to ask the provider for a public "
                                  "address."),
        [DS_HELP_OUTER_THERE] = N_("The other side’s router is behind another router. It would "
                                   "help to set that one to “bridge mode”, or to ask the provider "
                                   "there for a public address."),
        [DS_HELP_IPV6_HERE] = N_("The other network has IPv6. It would help to switch IPv6 on in "
                                 "this one, too."),
        [DS_HELP_IPV6_THERE] = N_("This network has IPv6. It would help to switch IPv6 on in the "
                                  "other one, too."),
        [DS_HELP_IPV6_FIREWALL] = N_("Both networks have IPv6, and nothing came through there "
                                     "either. An administrator could look for a firewall that "
                                     "drops TCP connections over IPv6."),
        [DS_HELP_KEEP_PORTS_HERE] = N_("It would help if the router here kept one port for all "
                                       "(“cone NAT”), or if both networks had IPv6."),
        [DS_HELP_KEEP_PORTS_THERE] = N_("It would help if the router there kept one port for all "
                                        "(“cone NAT”), or if both networks had IPv6."),
        [DS_HELP_KEEP_PORTS_ONE] = N_("It would help if one of the two routers kept one port for "
                                      "all (“cone NAT”), or if both networks had IPv6."),
        [DS_HELP_RELAY_STUN] = N_("An administrator could have the relay answer STUN (its option "
                                  "“stun”), which tells more about both networks."),
        [DS_HELP_FIREWALL] = N_("An administrator could look for a firewall that drops TCP "
                                "connections between the two."),
};

static const char off_and_locked[] =
        N_("Your administrator has switched direct connections off on this computer. Ask them to "
           "allow direct connections, and start a new session.");

static const char *
matter_of(enum ds_why why)
{
    return (size_t)why < DS_WHYS ? matters[why] : NULL;
}

static const char *
help_of(enum ds_help help)
{
    return (size_t)help < DS_HELPS ? helps[help] : NULL;
}

char *
ds_why_text(const struct ds_why_not *why_not, bool is_locked)
{
    const char *matter = matter_of(why_not->why), *help = help_of(why_not->help);

    if (matter == NULL)
        return NULL;
    if (why_not->why == DS_WHY_OFF_HERE && is_locked)
        return g_strdup(_(off_and_locked));
    return help != NULL ? g_strjoin(" ", _(matter), _(help), NULL) : g_strdup(_(matter));
}
