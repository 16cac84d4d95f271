/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/events.h"

#include <stdio.h>

#include <glib/gi18n.h>

#include "app/cli/json.h"
#include "app/session/sentences.h"
#include "net/base/clock.h"

static bool as_json;
static uint64_t began_us;

void
ds_events_begin(bool json)
{
    as_json = json;
    began_us = ds_clock_us();
}

static GString *
begin_event(const char *name)
{
    return ds_json_begin(name, (ds_clock_us() - began_us) / 1000u);
}

static void G_GNUC_PRINTF(1, 2) say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    g_print("%s\n", line);
    fflush(stdout);
}

void
ds_event_code(const struct ds_link_form *form, uint64_t left_ms)
{
    char digits[DS_CODE_DIGITS_MAX + 1], text[DS_CODE_TEXT_MAX], link[DS_LINK_TEXT_MAX];

    ds_code_link_format(form, link);
    if (!as_json) {
        say(_("Read this code to your helper:  %s"), ds_code_format(&form->code, text));
        say(_("It works for %u minutes. As a link: %s"), (unsigned)((left_ms + 59999) / 60000),
                link);
        return;
    }
    GString *json = begin_event("code");
    ds_json_text(json, "code", ds_code_digits(&form->code, digits));
    ds_json_text(json, "link", link);
    ds_json_number(json, "expires", (gint64)(left_ms / 1000));
    ds_json_end(json);
}

void
ds_event_offline(void)
{
    if (as_json)
        ds_json_end(begin_event("offline"));
    else
        say(_("The relay is lost. The code does not work until it is found again."));
}

void
ds_event_guess(unsigned left)
{
    if (!as_json) {
        say(_("Somebody tried a wrong code. After %u more the code no longer works."), left);
        return;
    }
    GString *json = begin_event("guess");
    ds_json_number(json, "left", left);
    ds_json_end(json);
}

static const char *
level_name(enum ds_level level)
{
    return level == DS_LEVEL_CONTROL ? "control" : level == DS_LEVEL_VIEW ? "view" : "none";
}

void
ds_event_peer(const char *name, enum ds_role role, enum ds_level level)
{
    bool is_helpee = role == DS_ROLE_HELPEE;
    if (!as_json) {
        const char *shown = name[0] != '\0' ? name : _("(no name)");
        say(is_helpee ? _("A helper is connected, who says: %s")
                      : _("Connected to somebody who says: %s"),
                shown);
        return;
    }
    GString *json = begin_event("peer");
    ds_json_text(json, "name", name);
    ds_json_text(json, "role", is_helpee ? "helper" : "helpee");
    ds_json_text(json, "level", level_name(level));
    ds_json_end(json);
}

void
ds_event_level(enum ds_level level)
{
    if (!as_json) {
        say(level == DS_LEVEL_CONTROL ? _("The helper may control.") : _("The helper may look."));
        return;
    }
    GString *json = begin_event("level");
    ds_json_text(json, "level", level_name(level));
    ds_json_end(json);
}

void
ds_event_path(const struct ds_peer_path *path)
{
    char text[DS_ADDR_TEXT_MAX];
    bool is_relay = path->kind == DS_PATH_RELAY;
    bool is_none = path->kind == DS_PATH_NONE;

    if (!as_json) {
        say("%s", is_none    ? _("The connection is interrupted. Looking for a new one ...")
                  : is_relay ? _("The session runs over the relay, encrypted from end to end.")
                             : _("The session runs directly, encrypted from end to end."));
        return;
    }
    GString *json = begin_event("path");
    ds_json_text(json, "path", is_none ? "none" : is_relay ? "relay" : "direct");
    ds_json_text(json, "kind", ds_path_kind_name(path->kind));
    ds_json_text(json, "local", path->local.len > 0 ? ds_addr_format(&path->local, text) : "");
    ds_json_text(json, "remote", path->remote.len > 0 ? ds_addr_format(&path->remote, text) : "");
    ds_json_number(json, "rtt_ms", path->rtt_ms);
    ds_json_end(json);
}

void
ds_event_listening(const struct ds_addr *addr)
{
    char text[DS_ADDR_TEXT_MAX];
    ds_addr_format(addr, text);
    if (!as_json) {
        say(_("Point a VNC viewer at %s"), text);
        return;
    }
    GString *json = begin_event("listening");
    ds_json_text(json, "addr", text);
    ds_json_end(json);
}

void
ds_event_frame(unsigned width_px, unsigned height_px)
{
    if (!as_json) {
        say(_("The picture is there: %u x %u."), width_px, height_px);
        return;
    }
    GString *json = begin_event("frame");
    ds_json_number(json, "width", width_px);
    ds_json_number(json, "height", height_px);
    ds_json_end(json);
}

void
ds_event_rate(const struct ds_peer_stats *stats)
{
    if (!as_json)
        return;
    GString *json = begin_event("rate");
    ds_json_number(json, "rx", (gint64)stats->received_bytes);
    ds_json_number(json, "tx", (gint64)stats->sent_bytes);
    ds_json_number(json, "resent", (gint64)stats->resent_bytes);
    ds_json_number(json, "rtt_ms", stats->rtt_ms);
    ds_json_end(json);
}

void
ds_event_trouble(enum ds_reason reason, const char *detail)
{
    const char *sentence = ds_sentence(reason, DS_ROLE_HELPEE);
    if (!as_json) {
        g_printerr("%s (%s)\n", sentence, detail);
        return;
    }
    GString *json = begin_event("trouble");
    ds_json_text(json, "reason", ds_reason_name(reason));
    ds_json_text(json, "text", sentence);
    ds_json_text(json, "detail", detail);
    ds_json_end(json);
}

void
ds_event_closed(enum ds_reason reason, enum ds_role role, const char *step, uint32_t retry_ms)
{
    const char *sentence = ds_sentence(reason, role);
    if (ds_exit_status(reason) != 0)
        g_printerr("%s\n", sentence);
    else if (!as_json)
        say("%s", sentence);
    if (reason == DS_REASON_TOO_OLD && step[0] != '\0')
        g_printerr(_("Ask for: %s\n"), step);
    if (reason == DS_REASON_NO_SCREEN && step[0] != '\0')
        g_printerr("%s\n", step);
    if (!as_json)
        return;
    GString *json = begin_event("closed");
    ds_json_text(json, "reason", ds_reason_name(reason));
    ds_json_text(json, "text", sentence);
    if (step[0] != '\0')
        ds_json_text(json, "step", step);
    if (retry_ms > 0)
        ds_json_number(json, "retry_ms", retry_ms);
    ds_json_end(json);
}
