/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib/gi18n.h>

#include "app/cli/events.h"
#include "app/cli/run.h"
#include "app/cli/session.h"
#include "app/cli/shot.h"
#include "app/session/sentences.h"
#include "app/view/offer.h"

enum { CODE_LINE_MAX = 512, EXIT_USAGE = 2 };

struct connect {
    struct ds_cli_session session;
    const struct ds_cli_options *options;
    struct ds_relay_addr relay;
    struct ds_offer *offer;
    struct ds_shot *shot;
    bool is_over; /* the session's end was asked for with this reason */
    enum ds_reason reason;
};

static void
end(struct connect *connect, enum ds_reason reason)
{
    connect->is_over = true;
    connect->reason = reason;
    ds_peer_close(connect->session.peer, DS_REASON_STOPPED);
}

static void
begin_offer(struct connect *connect)
{
    struct ds_addr bound;
    int err = ds_offer_new(&connect->offer, connect->session.base, connect->session.peer,
            &connect->options->listen, &bound);
    if (err == 0) {
        ds_event_listening(&bound);
        return;
    }
    char text[DS_ADDR_TEXT_MAX];
    g_printerr(_("Cannot listen on %s: %s\n"), ds_addr_format(&connect->options->listen, text),
            g_strerror(errno));
    end(connect, DS_REASON_INTERNAL);
}

static void
on_shot(void *arg, enum ds_reason reason, const char *text)
{
    struct connect *connect = arg;
    if (text[0] != '\0')
        g_printerr("%s\n", text);
    end(connect, reason);
}

static void
on_peer(void *arg, const char *name, enum ds_level level)
{
    struct connect *connect = arg;
    ds_event_peer(name, DS_ROLE_HELPER, level);
    if (connect->options->has_listen)
        begin_offer(connect);
    else if (connect->shot != NULL)
        ds_shot_begin(connect->shot, connect->session.peer, connect->session.base);
}

static void
on_level(void *arg, enum ds_level level)
{
    ds_event_level(level);
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
    struct connect *connect = arg;
    ds_cli_session_path(&connect->session, path);
}

/* Nothing on this side is for the other side to open. */
static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    return false;
}

static void
on_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct connect *connect = arg;
    if (connect->is_over)
        reason = connect->reason;
    ds_cli_session_closed(&connect->session, reason, step, retry_ms);
}

static const struct ds_peer_handler peer_handler = {
        .on_peer = on_peer,
        .on_level = on_level,
        .on_path = on_path,
        .on_open = on_open,
        .on_closed = on_closed,
};

/* Read the code as it was typed, or one line of standard input. */
static char *
read_code_text(const struct ds_cli_options *options)
{
    char line[CODE_LINE_MAX];
    if (strcmp(options->code_text, "-") != 0)
        return g_strdup(options->code_text);
    if (fgets(line, sizeof line, stdin) == NULL)
        line[0] = '\0';
    char *text = g_strdup(line);
    explicit_bzero(line, sizeof line);
    return text;
}

/* A link may name the relay; one that is not the relay set is a question, never a detour. */
static bool
choose_relay(struct connect *connect, const struct ds_link_form *form)
{
    const struct ds_cli_options *options = connect->options;
    uint16_t port = form->port != 0 ? form->port : DS_DEFAULT_PORT;

    connect->relay = options->relay;
    if (form->host[0] == '\0') {
        if (!options->has_relay)
            g_printerr("%s\n", _("No relay is set. Name one with --relay HOST[:PORT]"));
        return options->has_relay;
    }
    if (!options->has_relay) {
        g_printerr(_("This link leads over the relay %s. If you trust whoever runs it, say so with "
                     "--relay %s:%u\n"),
                form->host, form->host, (unsigned)port);
        return false;
    }
    if (g_ascii_strcasecmp(form->host, options->relay.host) != 0 || port != options->relay.port) {
        g_printerr(_("This link leads over the relay %s:%u, and --relay names another one.\n"),
                form->host, (unsigned)port);
        return false;
    }
    if (form->has_pin && options->relay.has_pin &&
            memcmp(form->pin, options->relay.pin, sizeof form->pin) != 0) {
        g_printerr("%s\n", _("The link's pin and --relay-pin differ."));
        return false;
    }
    if (form->has_pin) {
        connect->relay.has_pin = true;
        memcpy(connect->relay.pin, form->pin, sizeof form->pin);
    }
    return true;
}

static int
start(struct connect *connect, const struct ds_code *code)
{
    const struct ds_cli_options *options = connect->options;
    int err = ds_cli_session_init(&connect->session, DS_ROLE_HELPER);
    if (err < 0)
        return err;
    struct ds_peer_config config = {
            .base = connect->session.base,
            .role = DS_ROLE_HELPER,
            .relays = &connect->relay,
            .relay_count = 1,
            .code = code,
            .name = options->name,
            .wants = DS_LEVEL_CONTROL,
            .direct = options->direct,
    };
    return ds_peer_new(&connect->session.peer, &config, &peer_handler, connect);
}

static int
run(struct connect *connect, const struct ds_code *code)
{
    int status;
    int err = start(connect, code);
    if (err < 0) {
        enum ds_reason reason = err == DS_ERR_INVALID ? DS_REASON_NO_RELAY : DS_REASON_INTERNAL;
        ds_event_closed(reason, DS_ROLE_HELPER, ds_strerror(err), 0);
        status = ds_exit_status(reason);
    } else {
        ds_cli_session_run(&connect->session);
        status = connect->session.status;
    }
    ds_offer_free(connect->offer);
    ds_shot_free(connect->shot);
    ds_cli_session_finish(&connect->session);
    return status;
}

int
ds_cli_connect(const struct ds_cli_options *options)
{
    struct connect connect = {.options = options};
    struct ds_link_form form;
    enum ds_paste paste;
    enum ds_code_why why;
    g_autoptr(GError) error = NULL;
    int status = EXIT_USAGE;

    char *text = read_code_text(options);
    int err = ds_code_paste_parse(&form, &paste, text, &why);
    explicit_bzero(text, strlen(text));
    g_free(text);
    if (err < 0) {
        ds_event_closed(DS_REASON_MISTYPED, DS_ROLE_HELPER, "", 0);
        return ds_exit_status(DS_REASON_MISTYPED);
    }
    if (choose_relay(&connect, &form)) {
        if (options->screenshot != NULL)
            connect.shot = ds_shot_new(options, on_shot, &connect, &error);
        if (error != NULL)
            g_printerr("%s\n", error->message);
        else
            status = run(&connect, &form.code);
    }
    ds_link_form_wipe(&form);
    return status;
}
