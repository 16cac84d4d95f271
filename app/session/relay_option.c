/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/relay_option.h"

#include <string.h>

#include <glib/gi18n.h>

#include "net/wire/record.h"

bool
ds_host_option_read(
        const char *text, uint16_t default_port, char host[static DS_HOST_MAX], uint16_t *port)
{
    return ds_addr_split(text, default_port, host, port) == 0 && *port != 0 &&
           strspn(host, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.:%") == strlen(host);
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

enum ds_relay_choice
ds_relay_choose(struct ds_relay_addr *relay, const struct ds_relay_addr *set,
        const struct ds_link_form *form)
{
    uint16_t port = form->port != 0 ? form->port : DS_DEFAULT_PORT;
    bool names_relay = form->host[0] != '\0';

    if (set == NULL)
        return names_relay ? DS_RELAY_CHOICE_UNKNOWN : DS_RELAY_CHOICE_NONE;
    if (names_relay && (g_ascii_strcasecmp(form->host, set->host) != 0 || port != set->port))
        return DS_RELAY_CHOICE_OTHER;
    if (form->has_pin && set->has_pin && memcmp(form->pin, set->pin, sizeof form->pin) != 0)
        return DS_RELAY_CHOICE_PIN;
    *relay = *set;
    if (form->has_pin) {
        relay->has_pin = true;
        memcpy(relay->pin, form->pin, sizeof form->pin);
    }
    return DS_RELAY_CHOICE_FINE;
}
