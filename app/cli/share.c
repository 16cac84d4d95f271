/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib/gi18n.h>

#include "app/cli/ask.h"
#include "app/cli/events.h"
#include "app/cli/run.h"
#include "app/cli/session.h"
#include "app/session/sentences.h"
#include "app/share/carry.h"

struct share {
    struct ds_cli_session session;
    const struct ds_cli_options *options;
    struct ds_carry *carry;
    struct ds_ask *ask;
};

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct share *share = arg;
    const struct ds_relay_addr *relay = &share->options->relay;
    struct ds_link_form form = {
            .port = relay->port == DS_DEFAULT_PORT ? 0 : relay->port,
            .has_pin = relay->has_pin,
            .code = *code,
    };
    g_strlcpy(form.host, relay->host, sizeof form.host);
    memcpy(form.pin, relay->pin, sizeof form.pin);
    ds_event_code(&form, left_ms);
    ds_link_form_wipe(&form);
}

static void
on_offline(void *arg)
{
    ds_event_offline();
}

static void
on_guess(void *arg, unsigned left)
{
    ds_event_guess(left);
}

static void
on_answer(void *arg, bool yes)
{
    struct share *share = arg;
    ds_ask_free(share->ask);
    share->ask = NULL;
    ds_carry_hold(share->carry, !yes);
    if (yes)
        ds_peer_grant(share->session.peer, share->options->allow);
    else
        ds_peer_close(share->session.peer, DS_REASON_DECLINED);
}

static void
on_request(void *arg, const char *name, enum ds_level wants, bool again)
{
    struct share *share = arg;
    const char *shown = name[0] != '\0' ? name : _("(no name)");

    if (!share->options->ask) {
        ds_peer_grant(share->session.peer, share->options->allow);
        return;
    }
    /* Nothing that they do reaches the server before the answer, the second time too. */
    ds_carry_hold(share->carry, true);
    g_autofree char *question =
            g_strdup_printf(again ? _("You were apart for a while. Who controlled your desktop, "
                                      "and says: %s, wants "
                                      "to go on.")
                                  : _("Somebody knows the code and wants to see and control your "
                                      "desktop. They say: "
                                      "%s"),
                    shown);
    ds_ask_free(share->ask);
    share->ask = ds_ask_new(share->session.base, question, on_answer, share);
    if (share->ask == NULL)
        ds_peer_close(share->session.peer, DS_REASON_DECLINED);
}

static void
on_peer(void *arg, const char *name, enum ds_level level)
{
    ds_event_peer(name, DS_ROLE_HELPEE, level);
}

static void
on_level(void *arg, enum ds_level level)
{
    ds_event_level(level);
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
    struct share *share = arg;
    ds_cli_session_path(&share->session, path);
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct share *share = arg;
    if (kind != DS_CHANNEL_TCP)
        return false;
    ds_carry_open(share->carry, channel);
    return true;
}

static void
on_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct share *share = arg;
    ds_cli_session_closed(&share->session, reason, step, retry_ms);
}

static const struct ds_peer_handler peer_handler = {
        .on_code = on_code,
        .on_offline = on_offline,
        .on_guess = on_guess,
        .on_request = on_request,
        .on_peer = on_peer,
        .on_level = on_level,
        .on_path = on_path,
        .on_open = on_open,
        .on_closed = on_closed,
};

static void
on_trouble(void *arg, enum ds_reason reason, const char *detail)
{
    ds_event_trouble(reason, detail);
}

static int
begin(struct share *share)
{
    const struct ds_cli_options *options = share->options;
    int err = ds_cli_session_init(&share->session, DS_ROLE_HELPEE);
    if (err < 0)
        return err;
    share->carry = ds_carry_new(
            share->session.base, options->vnc_host, options->vnc_port, on_trouble, share);
    struct ds_peer_config config = {
            .base = share->session.base,
            .role = DS_ROLE_HELPEE,
            .relays = &options->relay,
            .relay_count = 1,
            .name = options->name,
            .direct = options->direct,
    };
    return ds_peer_new(&share->session.peer, &config, &peer_handler, share);
}

int
ds_cli_share(const struct ds_cli_options *options)
{
    struct share share = {.options = options};
    int status;

    int err = begin(&share);
    if (err < 0) {
        enum ds_reason reason = err == DS_ERR_INVALID ? DS_REASON_NO_RELAY : DS_REASON_INTERNAL;
        ds_event_closed(reason, DS_ROLE_HELPEE, ds_strerror(err), 0);
        status = ds_exit_status(reason);
    } else {
        ds_cli_session_run(&share.session);
        status = share.session.status;
    }
    ds_ask_free(share.ask);
    ds_carry_free(share.carry);
    ds_cli_session_finish(&share.session);
    return status;
}
