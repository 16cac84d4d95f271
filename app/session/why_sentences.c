/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/why_sentences.h"

#include <stddef.h>

#include <glib/gi18n.h>

/* What is the matter first, then the one thing that would help. */
static const char *const sentences[DS_WHYS] = {
        [DS_WHY_TRYING] = N_("A direct connection is being looked for. This takes a few seconds."),
        [DS_WHY_OFF_HERE] = N_("Direct connections are switched off on this computer. Switch them "
                               "on, and start a new session."),
        [DS_WHY_OFF_THERE] =
                N_("Direct connections are switched off on the other computer, or its Deskside is "
                   "too old for them. Ask for them to be switched on, or for an update."),
        [DS_WHY_PROXY_HERE] =
                N_("This computer reaches the internet through a proxy only. An administrator "
                   "could allow outgoing TCP connections that go past the proxy."),
        [DS_WHY_PROXY_THERE] =
                N_("The other computer reaches the internet through a proxy only. An administrator "
                   "there could allow outgoing TCP connections that go past the proxy."),
        [DS_WHY_BLOCKED_HERE] =
                N_("This network lets connections out only to the relay. An administrator could "
                   "allow outgoing TCP connections to other ports."),
        [DS_WHY_BLOCKED_THERE] =
                N_("The other network lets connections out only to the relay. An administrator "
                   "there could allow outgoing TCP connections to other ports."),
        [DS_WHY_NO_ADDRESS_HERE] =
                N_("This computer could not find out under which address it can be reached. An "
                   "administrator could allow outgoing TCP connections to the relay’s STUN ports."),
        [DS_WHY_NO_ADDRESS_THERE] =
                N_("The other computer could not find out under which address it can be reached. "
                   "An administrator there could allow outgoing TCP connections to the relay’s "
                   "STUN ports."),
        [DS_WHY_HARD_HERE] =
                N_("This network gives each connection a new port, so the other side cannot aim at "
                   "one. It would help if the router here kept one port for all (“cone NAT”), or "
                   "if both networks had IPv6."),
        [DS_WHY_HARD_THERE] =
                N_("The other network gives each connection a new port, so this side cannot aim at "
                   "one. It would help if the router there kept one port for all (“cone NAT”), or "
                   "if both networks had IPv6."),
        [DS_WHY_HARD_BOTH] =
                N_("Both networks give each connection a new port, so no direct connection can be "
                   "made. It would help if one of the two routers kept one port for all (“cone "
                   "NAT”), or if both networks had IPv6."),
        [DS_WHY_UNKNOWN] =
                N_("Nothing came through, and why could not be found out. An administrator could "
                   "have the relay answer STUN (its option “stun”), which tells more about both "
                   "networks."),
        [DS_WHY_NO_ANSWER] =
                N_("Both networks look as if a direct connection could be made, but nothing came "
                   "through. An administrator could look for a firewall that drops TCP connections "
                   "between the two."),
        [DS_WHY_SLOWER] = N_("There is a direct connection, but the relay is clearly faster, so it "
                             "is used. Nothing has to be done."),
        [DS_WHY_LOST] = N_("The direct connection broke, and another one is being looked for. "
                           "Nothing has to be done."),
};

static const char off_and_locked[] =
        N_("Your administrator has switched direct connections off on this computer. Ask them to "
           "allow direct connections, and start a new session.");

const char *
ds_why_sentence(enum ds_why why, bool is_locked)
{
    if (why == DS_WHY_OFF_HERE && is_locked)
        return _(off_and_locked);
    const char *sentence = (size_t)why < DS_WHYS ? sentences[why] : NULL;
    return sentence != NULL ? _(sentence) : "";
}
