/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib/gi18n.h>

#include "app/cli/events.h"
#include "app/cli/run.h"
#include "app/cli/session.h"
#include "app/cli/shot.h"
#include "app/session/relay_option.h"
#include "app/session/sentences.h"
#include "app/view/offer.h"
#include "app/view/screenshot.h"

enum { CODE_LINE_MAX = 512, EXIT_USAGE = 2 };

struct connect {
    struct ds_cli_session session;
    const struct ds_cli_options *options;
    struct ds_relay_addr relay;
    bool is_nearby; /* no proxy leads there */
    struct ds_viewer_offer *offer;
    struct ds_addr offered; /* where viewers connect */
    struct ds_shot *shot;
    bool is_saved; /* the screenshot */
};

static void
on_trouble(void *arg, enum ds_reason reason, const char *detail)
{
    ds_event_trouble(reason, DS_ROLE_HELPER, detail);
}

static void
on_shot(void *arg, enum ds_reason reason, const char *text)
{
    struct connect *connect = arg;
    if (connect->is_saved)
        return; /* the decoder sees the end of the session */
    if (text[0] != '\0')
        g_printerr("%s\n", text);
    connect->is_saved = reason == DS_REASON_STOPPED;
    ds_cli_session_end(&connect->session, reason);
}

static void
on_peer(void *arg, const char *name, enum ds_level level)
{
    struct connect *connect = arg;
    ds_event_peer(name, DS_ROLE_HELPER, level);
    if (connect->offer != NULL) {
        ds_viewer_offer_begin(connect->offer, connect->session.peer);
        ds_event_listening(&connect->offered);
    }
    if (connect->shot != NULL)
        ds_shot_begin(connect->shot, connect->session.peer);
}

static void
on_level(void *arg, enum ds_level level)
{
    ds_event_level(level, DS_ROLE_HELPER);
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
    struct connect *connect = arg;
    ds_cli_session_path(&connect->session, path);
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

/* Nothing but the picture's is for the other side to open. */
static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct connect *connect = arg;
    return connect->shot != NULL && ds_shot_open(connect->shot, channel, kind);
}

static void
on_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct connect *connect = arg;
    ds_cli_session_closed(&connect->session, reason, step, retry_ms);
}

static const struct ds_peer_handler peer_handler = {
        .on_peer = on_peer,
        .on_level = on_level,
        .on_path = on_path,
        .on_open = on_open,
        .on_closed = on_closed,
        .on_punch = on_punch,
        .on_mapping = on_mapping,
};

/* Read the code as it was typed, or one line of standard input. */
static char *
read_code_text(const struct ds_cli_options *options)
{
    char line[CODE_LINE_MAX];
    if (strcmp(options->code_text, "-") != 0)
        return g_strdup(options->code_text);
    if (isatty(STDIN_FILENO))
        g_printerr("%s ", _("Type the code that you were told:"));
    if (fgets(line, sizeof line, stdin) == NULL)
        line[0] = '\0';
    char *text = g_strdup(line);
    explicit_bzero(line, sizeof line);
    return text;
}

/*
 * What a link names but nobody set is a question, never a detour: it is answered by --relay. Where
 * nothing is set, an address of this machine or network needs no answer.
 */
static bool
choose_relay(struct connect *connect, const struct ds_link_form *form, enum ds_paste paste)
{
    const struct ds_cli_options *options = connect->options;
    const struct ds_relay_addr *set = options->has_relay ? &options->relay : NULL;
    char where[DS_PLACE_TEXT_MAX];

    ds_code_place_format(form, 0, where);
    switch (ds_relay_choose(&connect->relay, set, form, paste)) {
    case DS_RELAY_CHOICE_SET:
        return true;
    case DS_RELAY_CHOICE_NEARBY:
        connect->is_nearby = true;
        return true;
    case DS_RELAY_CHOICE_NONE:
        g_printerr("%s\n", _("Nobody shares under this code on this computer, and no relay is set. "
                             "On the same network, type the address that stands before the code; "
                             "otherwise name the relay with --relay HOST[:PORT]"));
        break;
    case DS_RELAY_CHOICE_UNKNOWN:
        connect->is_nearby = ds_relay_is_nearby(&connect->relay);
        if (!connect->is_nearby)
            g_printerr(_("This leads over the relay %s. If you trust whoever runs it, say so "
                         "with --relay %s\n"),
                    where, where);
        return connect->is_nearby;
    case DS_RELAY_CHOICE_OTHER:
        g_printerr(_("This leads over the relay %s, and --relay names another one.\n"), where);
        break;
    case DS_RELAY_CHOICE_PIN:
        g_printerr("%s\n", _("The link's pin and --relay-pin differ."));
        break;
    }
    return false;
}

/* The end of a try that had no session: say why, return the exit status. */
static int
give_up(enum ds_reason reason, const char *step)
{
    ds_event_closed(reason, DS_ROLE_HELPER, step, 0);
    return ds_exit_status(reason);
}

/* Listen at once: an address that is in use must not cost the code. */
static bool
listen_for_viewers(struct connect *connect, char **step)
{
    const struct ds_addr *addr = &connect->options->listen;
    char text[DS_ADDR_TEXT_MAX];

    if (!connect->options->has_listen || ds_viewer_offer_new(&connect->offer, connect->session.base,
                                                 addr, &connect->offered, on_trouble, connect) == 0)
        return true;
    *step = g_strdup_printf("%s: %s", ds_addr_format(addr, text), g_strerror(errno));
    return false;
}

static int
knock(struct connect *connect, const struct ds_code *code)
{
    const struct ds_cli_options *options = connect->options;
    struct ds_peer_config config = {
            .base = connect->session.base,
            .role = DS_ROLE_HELPER,
            .relays = &connect->relay,
            .relay_count = 1,
            .code = code,
            .name = options->name,
            .wants = DS_LEVEL_CONTROL,
            .picture = connect->shot != NULL ? DS_PICTURE_LOSSLESS : DS_PICTURE_NONE,
            .direct = options->direct,
            .stun = options->stun,
            .map_lease_s = options->map_lease_s,
            .salvo = options->salvo,
            .proxy = connect->is_nearby ? "" : NULL,
    };
    int err = ds_peer_new(&connect->session.peer, &config, &peer_handler, connect);
    if (err == 0 && connect->shot != NULL)
        ds_shot_prepare(connect->shot, connect->session.base);
    return err;
}

static int
run(struct connect *connect, const struct ds_code *code)
{
    g_autofree char *step = NULL;

    int err = ds_cli_session_init(&connect->session, DS_ROLE_HELPER);
    if (err == 0 && !listen_for_viewers(connect, &step))
        return give_up(DS_REASON_CANNOT_LISTEN, step);
    if (err == 0)
        err = knock(connect, code);
    if (err < 0)
        return give_up(
                err == DS_ERR_INVALID ? DS_REASON_NO_RELAY : DS_REASON_INTERNAL, ds_strerror(err));
    ds_cli_session_run(&connect->session);
    /* Who asked for a picture and has none was not served, whoever ended it. */
    if (connect->session.status == 0 && connect->shot != NULL && !connect->is_saved)
        return EXIT_FAILURE;
    return connect->session.status;
}

/* Look at the files first: a name that is wrong must not cost the code. Returns 0 or the status. */
static int
prepare_shot(struct connect *connect)
{
    const struct ds_cli_options *options = connect->options;
    g_autoptr(GError) error = NULL;

    if (options->screenshot == NULL)
        return 0;
    connect->shot = ds_shot_new(options, on_shot, connect, &error);
    if (connect->shot != NULL && ds_screenshot_check(options->screenshot, &error))
        return 0;
    g_printerr("%s\n", error->message);
    return connect->shot != NULL ? give_up(DS_REASON_BAD_PICTURE, "") : EXIT_USAGE;
}

int
ds_cli_connect(const struct ds_cli_options *options)
{
    struct connect connect = {.options = options};
    struct ds_link_form form;
    enum ds_paste paste;
    enum ds_code_why why;

    char *text = read_code_text(options);
    int err = ds_code_paste_parse(&form, &paste, text, &why);
    explicit_bzero(text, strlen(text));
    g_free(text);
    if (err < 0)
        return give_up(DS_REASON_MISTYPED, "");
    int status = EXIT_USAGE;
    if (choose_relay(&connect, &form, paste)) {
        status = prepare_shot(&connect);
        if (status == 0)
            status = run(&connect, &form.code);
    }
    ds_link_form_wipe(&form);
    ds_viewer_offer_free(connect.offer);
    ds_shot_free(connect.shot);
    ds_cli_session_finish(&connect.session);
    return status;
}
