/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <event2/event.h>
#include <glib/gi18n.h>

#include "app/cli/ask.h"
#include "app/cli/events.h"
#include "app/cli/run.h"
#include "app/cli/session.h"
#include "app/nearby/own_relay.h"
#include "app/session/relay_option.h"
#include "app/session/sentences.h"
#include "app/share/carry.h"
#include "app/share/channels.h"
#include "app/share/sharer.h"

struct share {
    struct ds_cli_session session;
    const struct ds_cli_options *options;
    struct ds_own_relay *own_relay; /* where no relay is set */
    struct ds_carry *carry;         /* of a foreign server, or: */
    struct ds_sharer *sharer;       /* of our own */
    struct ds_share_channels *channels;
    struct ds_ask *ask;
    enum ds_level whole; /* what was granted at first: all that the helper asked for */
};

/*
 * Let through what the helper does, as far as `level` allows it. With a foreign server that is all
 * or nothing: whoever asked to look alone must be able to speak to it all the same.
 */
static void
set_level(struct share *share, enum ds_level level)
{
    if (share->carry != NULL)
        ds_carry_hold(share->carry, level < share->whole);
    else
        ds_sharer_set_level(share->sharer, level);
}

static void
on_place(void *arg, const struct ds_link_form *form, uint64_t left_ms)
{
    ds_event_own_code(form, left_ms);
}

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct share *share = arg;
    struct ds_link_form form;

    if (share->own_relay != NULL) {
        ds_own_relay_show(share->own_relay, code, left_ms);
        return;
    }
    ds_relay_link_form(&form, &share->options->relay, code);
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
    if (yes)
        ds_peer_grant(share->session.peer, share->options->allow);
    else
        ds_cli_session_end(&share->session, DS_REASON_DECLINED);
}

static char *
make_question(const char *name, bool again)
{
    const char *what = again ? _("You were apart for a while. The helper wants to go on.")
                             : _("Somebody knows the code, and wants to see and control your "
                                 "desktop.");
    g_autofree char *who = name[0] != '\0' ? g_strdup_printf(_("They say: %s"), name)
                                           : g_strdup(_("They gave no name."));
    return g_strdup_printf("%s\n%s", what, who);
}

static void
on_request(void *arg, const char *name, enum ds_level wants, bool again)
{
    struct share *share = arg;

    if (share->own_relay != NULL)
        ds_own_relay_hide(share->own_relay);
    if (!share->options->ask) {
        ds_peer_grant(share->session.peer, share->options->allow);
        return;
    }
    /* Nothing that they do reaches the desktop before the answer, the second time too. */
    set_level(share, DS_LEVEL_VIEW);
    g_autofree char *question = make_question(name, again);
    ds_ask_free(share->ask);
    share->ask = ds_ask_new(share->session.base, question, on_answer, share);
    if (share->ask == NULL)
        ds_cli_session_end(&share->session, DS_REASON_DECLINED);
}

static void
on_peer(void *arg, const char *name, enum ds_level level)
{
    struct share *share = arg;
    share->whole = level;
    set_level(share, level); /* what they asked for may be less than what is allowed */
    if (share->channels != NULL)
        ds_share_channels_begin(share->channels, share->session.peer);
    ds_event_peer(name, DS_ROLE_HELPEE, level);
}

static void
on_level(void *arg, enum ds_level level)
{
    set_level(arg, level);
    ds_event_level(level, DS_ROLE_HELPEE);
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
    struct share *share = arg;
    if (share->sharer != NULL)
        ds_sharer_path(share->sharer, path);
    ds_cli_session_path(&share->session, path);
}

static void
on_punch(void *arg, const struct ds_peer_punch *punch)
{
    ds_event_punch(punch);
}

static void
on_mapping(void *arg, const struct ds_portmap_news *news)
{
    ds_event_mapping(news);
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct share *share = arg;
    if (share->carry != NULL && kind == DS_CHANNEL_TCP)
        ds_carry_open(share->carry, channel);
    else if (share->carry == NULL && kind == DS_CHANNEL_TCP)
        ds_share_channels_open(share->channels, channel);
    else
        return false;
    return true;
}

static void
on_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct share *share = arg;
    ds_ask_free(share->ask);
    share->ask = NULL;
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
        .on_punch = on_punch,
        .on_mapping = on_mapping,
};

static void
on_trouble(void *arg, enum ds_reason reason, const char *detail)
{
    ds_event_trouble(reason, DS_ROLE_HELPEE, detail);
}

static void
on_viewer_gone(void *arg, const char *text)
{
    if (text != NULL)
        ds_event_viewer_dropped(_(text));
}

static void
on_failed(void *arg, const char *text)
{
    struct share *share = arg;
    ds_event_trouble(DS_REASON_NO_SCREEN, DS_ROLE_HELPEE, _(text));
    ds_cli_session_end(&share->session, DS_REASON_NO_SCREEN);
}

static const struct ds_sharer_callbacks sharer_callbacks = {
        .on_viewer_gone = on_viewer_gone,
        .on_failed = on_failed,
};

/* Returns what it ended with, DS_REASON_NONE: nothing is wrong. */
static enum ds_reason
begin_source(struct share *share, GError **error)
{
    const struct ds_cli_options *options = share->options;
    struct event_base *base = share->session.base;

    if (options->has_vnc) {
        share->carry = ds_carry_new(base, options->vnc_host, options->vnc_port, on_trouble, share);
        return DS_REASON_NONE;
    }
    share->sharer = ds_sharer_new(base, options->display, &sharer_callbacks, share, error);
    if (share->sharer == NULL)
        return DS_REASON_NO_SCREEN;
    share->channels = ds_share_channels_new(base, share->sharer);
    return DS_REASON_NONE;
}

static int
begin_peer(struct share *share)
{
    const struct ds_cli_options *options = share->options;
    struct event_base *base = share->session.base;
    struct ds_peer_config config = {
            .base = base,
            .role = DS_ROLE_HELPEE,
            .relays = &options->relay,
            .relay_count = 1,
            .name = options->name,
            .picture = share->sharer != NULL ? DS_PICTURE_JPEG : DS_PICTURE_NONE,
            .direct = options->direct,
            .stun = options->stun,
            .map_lease_s = options->map_lease_s,
            .salvo = options->salvo,
            .times = options->times,
    };

    if (!options->has_relay) {
        int err = ds_own_relay_new(&share->own_relay, base, DS_OWN_RELAY_PORT, on_place, share);
        if (err < 0)
            return err;
        config.relays = ds_own_relay_addr(share->own_relay);
        config.proxy = "";
    }
    return ds_peer_new(&share->session.peer, &config, &peer_handler, share);
}

static enum ds_reason
begin(struct share *share, GError **error)
{
    if (ds_cli_session_init(&share->session, DS_ROLE_HELPEE) < 0)
        return DS_REASON_INTERNAL;
    enum ds_reason reason = begin_source(share, error);
    if (reason != DS_REASON_NONE)
        return reason;
    int err = begin_peer(share);
    if (err < 0)
        return err == DS_ERR_INVALID ? DS_REASON_NO_RELAY : DS_REASON_INTERNAL;
    return DS_REASON_NONE;
}

static void
on_own_relay_stopped(void *arg)
{
    struct share *share = arg;
    event_base_loopbreak(share->session.base);
}

/* What was said last is still on its way through our own relay. */
static void
end_own_relay(struct share *share)
{
    if (share->own_relay == NULL)
        return;
    ds_own_relay_stop(share->own_relay, on_own_relay_stopped, share);
    event_base_dispatch(share->session.base);
}

int
ds_cli_share(const struct ds_cli_options *options)
{
    struct share share = {.options = options};
    g_autoptr(GError) error = NULL;
    int status;

    enum ds_reason reason = begin(&share, &error);
    if (reason != DS_REASON_NONE) {
        ds_event_closed(reason, DS_ROLE_HELPEE, error != NULL ? error->message : "", 0);
        status = ds_exit_status(reason);
    } else {
        ds_cli_session_run(&share.session);
        status = share.session.status;
        end_own_relay(&share);
    }
    ds_ask_free(share.ask);
    ds_carry_free(share.carry);
    ds_share_channels_free(share.channels);
    ds_sharer_free(share.sharer);
    ds_own_relay_free(share.own_relay);
    ds_cli_session_finish(&share.session);
    return status;
}
