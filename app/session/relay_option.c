/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/relay_option.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "app/nearby/notice.h"
#include "net/wire/record.h"

/* Whoever pastes a web address, or types a word too many, is told so, and not the resolver. */
static bool
is_host(const char *host)
{
    if (strchr(host, ':') == NULL)
        return strspn(host, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.") == strlen(host);
    g_autofree char *address = g_strndup(host, strcspn(host, "%")); /* without its zone */
    return g_hostname_is_ip_address(address);
}

bool
ds_host_option_read(
        const char *text, uint16_t default_port, char host[static DS_HOST_MAX], uint16_t *port)
{
    return ds_addr_split(text, default_port, host, port) == 0 && *port != 0 && is_host(host);
}

/* What was typed may be no UTF-8, and the message quotes it. */
static void
refuse_host(const char *host, GError **error)
{
    g_autofree char *valid = g_utf8_make_valid(host, -1);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
            _("--relay takes HOST or HOST:PORT. Not: %s"), valid);
}

gboolean
ds_relay_option_read(struct ds_relay_addr *relay, const char *host, const char *pin, GError **error)
{
    if (host != NULL && !ds_host_option_read(host, DS_DEFAULT_PORT, relay->host, &relay->port)) {
        refuse_host(host, error);
        return FALSE;
    }
    if (pin == NULL)
        return TRUE;
    if (ds_pin_parse(relay->pin, pin, strlen(pin)) < 0) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("--relay-pin takes the 64 hex digits that the relay prints as PIN"));
        return FALSE;
    }
    relay->has_pin = true;
    return TRUE;
}

void
ds_relay_link_form(
        struct ds_link_form *form, const struct ds_relay_addr *relay, const struct ds_code *code)
{
    *form = (struct ds_link_form){
            .port = relay->port == DS_DEFAULT_PORT ? 0 : relay->port,
            .has_pin = relay->has_pin,
            .code = *code,
    };
    g_strlcpy(form->host, relay->host, sizeof form->host);
    memcpy(form->pin, relay->pin, sizeof form->pin);
}

bool
ds_relay_is_nearby(const struct ds_relay_addr *relay)
{
    struct ds_addr addr;
    return ds_addr_parse(&addr, relay->host, DS_DEFAULT_PORT) == 0 && ds_addr_is_private(&addr);
}

/* Where the form leads. In a link no port means a relay's; who types an address, a sharer's. */
static void
read_place(struct ds_relay_addr *relay, const struct ds_link_form *form, enum ds_paste paste)
{
    uint16_t usual = paste == DS_PASTE_LAN ? DS_OWN_RELAY_PORT : DS_DEFAULT_PORT;
    *relay = (struct ds_relay_addr){
            .port = form->port != 0 ? form->port : usual,
            .has_pin = form->has_pin,
    };
    g_strlcpy(relay->host, form->host, sizeof relay->host);
    memcpy(relay->pin, form->pin, sizeof relay->pin);
}

/* The relay that is set is named, too: each of the two pins is enforced. */
static enum ds_relay_choice
choose_set(struct ds_relay_addr *relay, const struct ds_relay_addr *set)
{
    if (relay->has_pin && set->has_pin && memcmp(relay->pin, set->pin, sizeof set->pin) != 0)
        return DS_RELAY_CHOICE_PIN;
    if (!relay->has_pin)
        *relay = *set;
    return DS_RELAY_CHOICE_SET;
}

enum ds_relay_choice
ds_relay_choose(struct ds_relay_addr *relay, const struct ds_relay_addr *set,
        const struct ds_link_form *form, enum ds_paste paste)
{
    if (form->host[0] == '\0' && set != NULL) {
        *relay = *set;
        return DS_RELAY_CHOICE_SET;
    }
    if (form->host[0] == '\0')
        return ds_notice_find(relay, form->code.nameplate) ? DS_RELAY_CHOICE_NEARBY
                                                           : DS_RELAY_CHOICE_NONE;
    read_place(relay, form, paste);
    if (set != NULL && g_ascii_strcasecmp(relay->host, set->host) == 0 && relay->port == set->port)
        return choose_set(relay, set);
    if (paste == DS_PASTE_LAN && ds_relay_is_nearby(relay))
        return DS_RELAY_CHOICE_NEARBY;
    return set == NULL ? DS_RELAY_CHOICE_UNKNOWN : DS_RELAY_CHOICE_OTHER;
}
