/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SESSION_RELAY_OPTION_H
#define DS_APP_SESSION_RELAY_OPTION_H

#include <glib.h>

#include "net/crypto/code_link.h"
#include "net/peer/reach.h"

/**
 * Read HOST or HOST:PORT as an option takes it. Port 0 is none; a name that is not ASCII would have
 * to be punycode, since no resolver takes it as it is; and what no name of a computer and no
 * address holds, as a web address does, is refused. Returns whether it is fine. Any thread.
 */
bool ds_host_option_read(
        const char *text, uint16_t default_port, char host[static DS_HOST_MAX], uint16_t *port);

/**
 * Read the options --relay (`host`, HOST or HOST:PORT) and --relay-pin (`pin`, 64 hex digits); what
 * is NULL was not given and stays as it is. Returns FALSE with a G_OPTION_ERROR whose message is a
 * translated sentence. Any thread.
 */
gboolean ds_relay_option_read(
        struct ds_relay_addr *relay, const char *host, const char *pin, GError **error);

/** Write a code that is good on a relay, as a link says it. `form` is a secret then. Any thread. */
void ds_relay_link_form(
        struct ds_link_form *form, const struct ds_relay_addr *relay, const struct ds_code *code);

/* Over which relay a code leads that was typed or pasted. */
enum ds_relay_choice {
    DS_RELAY_CHOICE_SET,     /* the one that is set */
    DS_RELAY_CHOICE_NEARBY,  /* the sharer's own, on this machine or this network */
    DS_RELAY_CHOICE_NONE,    /* none is set, the code names none, nobody shares it here */
    DS_RELAY_CHOICE_UNKNOWN, /* none is set, and one is named: a question of trust */
    DS_RELAY_CHOICE_OTHER,   /* one is named that is another than the one that is set: the same */
    DS_RELAY_CHOICE_PIN,     /* the link's pin is another than the one that is set */
};

/**
 * Choose the relay for `form`, which ds_code_paste_parse() said is a `paste`: the one that is set
 * (`set`, NULL: none), with the link's pin where it has one; without one, who shares under this
 * code on this machine. A private address that was typed before the code counts before what is set;
 * any other place is never gone to unasked. `*relay` is where it leads, and counts but with
 * DS_RELAY_CHOICE_NONE and _PIN. Any thread; reads small files.
 */
enum ds_relay_choice ds_relay_choose(struct ds_relay_addr *relay, const struct ds_relay_addr *set,
        const struct ds_link_form *form, enum ds_paste paste);

/**
 * Say whether this is a numeric address of this machine or of a private network: it is not checked
 * without a pin, and no proxy leads there. Any thread.
 */
bool ds_relay_is_nearby(const struct ds_relay_addr *relay);

#endif
