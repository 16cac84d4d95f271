/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/events.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/cli/json.h"
#include "app/cli/output.h"
#include "app/nearby/own_relay.h"
#include "app/session/netcheck_sentences.h"
#include "app/session/netcheck_words.h"
#include "app/session/sentences.h"
#include "app/session/why_sentences.h"
#include "net/base/clock.h"

enum { TROUBLE_EVERY_MS = 1000 };

static bool as_json;
static uint64_t began_us;

void
ds_events_begin(bool json)
{
    as_json = json;
    began_us = ds_clock_us();
}

static uint64_t
now_ms(void)
{
    return (ds_clock_us() - began_us) / 1000u;
}

static GString *
begin_event(const char *name)
{
    return ds_json_begin(name, now_ms());
}

static void
end_event(GString *json)
{
    g_autofree char *line = ds_json_end(json);
    ds_output_put(line);
}

static void G_GNUC_PRINTF(1, 2) say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    ds_output_say(line);
}

/* A screen reader says "four thousand eight hundred ..." to 4821: give it each digit alone. */
static char *
spell(const char *text)
{
    GString *spelled = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        if (p != text)
            g_string_append(spelled, *p == ' ' ? "," : " ");
        if (*p != ' ')
            g_string_append_c(spelled, *p);
    }
    return g_string_free(spelled, FALSE);
}

/* The code stands on a line of its own, so that no terminal is too narrow for it. */
static void
say_code(const char *code, const char *link, uint64_t left_ms)
{
    g_autofree char *spelled = spell(code);
    unsigned minutes = (unsigned)((left_ms + 59999) / 60000);

    say("%s", _("Read this code to your helper:"));
    say("\n    %s\n", code);
    say(_("One by one: %s"), spelled);
    say(ngettext(
                "It works once, and for %u minute.", "It works once, and for %u minutes.", minutes),
            minutes);
    say(_("The same as a link: %s"), link);
}

/* `place` stands before the code; "": nothing does. */
static void
tell_code(const struct ds_link_form *form, const char *place, uint64_t left_ms)
{
    char digits[DS_CODE_DIGITS_MAX + 1], text[DS_CODE_TEXT_MAX], link[DS_LINK_TEXT_MAX];
    g_autofree char *whole = g_strdup_printf(
            "%s%s%s", place, place[0] != '\0' ? " " : "", ds_code_format(&form->code, text));

    ds_code_link_format(form, link);
    if (!as_json) {
        say_code(whole, link, left_ms);
        return;
    }
    GString *json = begin_event("code");
    ds_json_text(json, "code", ds_code_digits(&form->code, digits));
    if (place[0] != '\0')
        ds_json_text(json, "address", place);
    ds_json_text(json, "link", link);
    ds_json_number(json, "expires", (gint64)(left_ms / 1000));
    end_event(json);
}

void
ds_event_code(const struct ds_link_form *form, uint64_t left_ms)
{
    tell_code(form, "", left_ms);
}

void
ds_event_own_code(const struct ds_link_form *form, uint64_t left_ms)
{
    char place[DS_PLACE_TEXT_MAX];
    enum ds_own_relay_range range = ds_own_relay_range(form, place);

    tell_code(form, place, left_ms);
    if (as_json)
        return;
    switch (range) {
    case DS_OWN_RELAY_NETWORK:
        say("%s", _("It works on this network, and on this computer also without the address."));
        break;
    case DS_OWN_RELAY_LINK:
        say("%s", _("The digits work on this computer only; elsewhere the link does."));
        break;
    case DS_OWN_RELAY_MACHINE:
        say("%s", _("There is no network: it works on this computer only."));
        break;
    }
}

void
ds_event_offline(void)
{
    if (as_json)
        end_event(begin_event("offline"));
    else
        say(_("The relay is lost. The code does not work until it is found again."));
}

void
ds_event_guess(unsigned left)
{
    if (!as_json) {
        say(ngettext("Somebody tried a wrong code. After %u more the code no longer works.",
                    "Somebody tried a wrong code. After %u more the code no longer works.", left),
                left);
        return;
    }
    GString *json = begin_event("guess");
    ds_json_number(json, "left", left);
    end_event(json);
}

static const char *
level_name(enum ds_level level)
{
    return level == DS_LEVEL_CONTROL ? "control" : level == DS_LEVEL_VIEW ? "view" : "none";
}

/* The name is what somebody says of themselves, and must not read as more than that. */
static void
say_peer(const char *name, bool is_helpee)
{
    if (name[0] == '\0')
        say("%s", is_helpee ? _("A helper is connected, who gave no name.")
                            : _("Connected to somebody who gave no name."));
    else
        say(is_helpee ? _("A helper is connected, who says: %s")
                      : _("Connected to somebody who says: %s"),
                name);
    say("%s", _("To end it, press Ctrl-C."));
}

void
ds_event_peer(const char *name, enum ds_role role, enum ds_level level)
{
    bool is_helpee = role == DS_ROLE_HELPEE;
    if (!as_json) {
        say_peer(name, is_helpee);
        return;
    }
    GString *json = begin_event("peer");
    ds_json_text(json, "name", name);
    ds_json_text(json, "role", is_helpee ? "helper" : "helpee");
    ds_json_text(json, "level", level_name(level));
    end_event(json);
}

static const char *
level_sentence(enum ds_level level, enum ds_role role)
{
    if (role == DS_ROLE_HELPEE)
        return level == DS_LEVEL_CONTROL ? _("The helper may control.") : _("The helper may look.");
    return level == DS_LEVEL_CONTROL ? _("You may control.") : _("You may look.");
}

void
ds_event_level(enum ds_level level, enum ds_role role)
{
    if (!as_json) {
        say("%s", level_sentence(level, role));
        return;
    }
    GString *json = begin_event("level");
    ds_json_text(json, "level", level_name(level));
    end_event(json);
}

static const char *
path_sentence(enum ds_path_kind kind)
{
    switch (kind) {
    case DS_PATH_NONE:
        break;
    case DS_PATH_RELAY:
        return _("The connection goes over the relay, encrypted from end to end.");
    case DS_PATH_LAN:
        return _("The connection is direct now (same network), encrypted from end to end.");
    case DS_PATH_IPV6:
        return _("The connection is direct now (IPv6), encrypted from end to end.");
    case DS_PATH_PUNCHED:
        return _("The connection is direct now (through both routers), encrypted from end to end.");
    case DS_PATH_MAPPED:
        return _("The connection is direct now (port mapping), encrypted from end to end.");
    }
    return _("The connection is interrupted. Looking for a new one ...");
}

static void
say_path(const struct ds_peer_path *path)
{
    g_autofree char *why = path->kind == DS_PATH_RELAY ? ds_why_text(&path->why_not, false) : NULL;
    say("%s%s%s", path_sentence(path->kind), why != NULL ? " " : "", why != NULL ? why : "");
}

static void
add_why(GString *json, const struct ds_why_not *why_not)
{
    char text[DS_FACTS_TEXT_MAX];
    ds_json_text(json, "why", ds_why_name(why_not->why));
    ds_json_text(json, "help", ds_help_name(why_not->help));
    ds_json_text(json, "here", ds_why_facts_text(why_not->facts.here, text));
    ds_json_text(json, "there", ds_why_facts_text(why_not->facts.there, text));
}

void
ds_event_path(const struct ds_peer_path *path)
{
    char text[DS_ADDR_TEXT_MAX];
    bool is_relay = path->kind == DS_PATH_RELAY;
    bool is_none = path->kind == DS_PATH_NONE;

    if (!as_json) {
        say_path(path);
        return;
    }
    GString *json = begin_event("path");
    ds_json_text(json, "path", is_none ? "none" : is_relay ? "relay" : "direct");
    ds_json_text(json, "kind", ds_path_kind_name(path->kind));
    ds_json_text(json, "local", path->local.len > 0 ? ds_addr_format(&path->local, text) : "");
    ds_json_text(json, "remote", path->remote.len > 0 ? ds_addr_format(&path->remote, text) : "");
    ds_json_number(json, "rtt_ms", path->rtt_ms);
    add_why(json, &path->why_not);
    end_event(json);
}

/* Why it is the relay, and that it is no more, is said with the path. */
static void
say_punch(const struct ds_peer_punch *punch)
{
    if (strcmp(punch->result, "direct") == 0)
        say(_("Try %u found a direct connection."), punch->generation);
    else if (strcmp(punch->result, "started") != 0)
        say(_("Try %u found no direct connection."), punch->generation);
}

void
ds_event_punch(const struct ds_peer_punch *punch)
{
    if (!as_json) {
        say_punch(punch);
        return;
    }
    GString *json = begin_event("punch");
    ds_json_number(json, "generation", punch->generation);
    ds_json_text(json, "technique", punch->technique);
    ds_json_text(json, "result", punch->result);
    ds_json_text(json, "why", ds_why_name(punch->why));
    end_event(json);
}

static void
say_mapping(const struct ds_portmap_news *news)
{
    static bool said_behind; /* each try asks again */

    if (news->state == DS_PORTMAP_MAPPED)
        say(_("The router here has opened port %u for the other side (%s)."),
                ds_addr_port(&news->external), ds_portmap_method_name(news->method));
    else if (news->state == DS_PORTMAP_BEHIND && !said_behind)
        say("%s", _("The router here would open a port, but it is behind another router itself, "
                    "where that is of no use."));
    said_behind |= news->state == DS_PORTMAP_BEHIND;
}

void
ds_event_mapping(const struct ds_portmap_news *news)
{
    bool is_mapped = news->state == DS_PORTMAP_MAPPED;
    char text[DS_ADDR_TEXT_MAX];

    if (!as_json) {
        say_mapping(news);
        return;
    }
    GString *json = begin_event("mapping");
    ds_json_text(json, "result", ds_portmap_state_name(news->state));
    ds_json_text(json, "by", ds_portmap_method_name(news->method));
    ds_json_text(json, "address", is_mapped ? ds_addr_format(&news->external, text) : "");
    end_event(json);
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
    end_event(json);
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
    end_event(json);
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
    end_event(json);
}

static void
tell_trouble(enum ds_reason reason, const char *sentence, const char *detail)
{
    static uint64_t next_ms;

    if (now_ms() < next_ms)
        return;
    next_ms = now_ms() + TROUBLE_EVERY_MS;
    if (!as_json) {
        g_printerr(detail[0] != '\0' ? "%s (%s)\n" : "%s\n", sentence, detail);
        return;
    }
    GString *json = begin_event("trouble");
    ds_json_text(json, "reason", ds_reason_name(reason));
    ds_json_text(json, "text", sentence);
    if (detail[0] != '\0')
        ds_json_text(json, "detail", detail);
    end_event(json);
}

void
ds_event_trouble(enum ds_reason reason, enum ds_role role, const char *detail)
{
    tell_trouble(reason, ds_sentence(reason, role), detail);
}

void
ds_event_viewer_dropped(const char *why)
{
    tell_trouble(DS_REASON_PROTOCOL, _("A viewer was turned away. Others go on."), why);
}

/* ---- a check of the network ---- */

static void
say_all(char **lines, const char *before)
{
    for (size_t i = 0; lines[i] != NULL; i++)
        say("%s%s", before, lines[i]);
}

static void
say_netcheck(const struct ds_netcheck_facts *facts, const struct ds_netcheck_verdict *verdict)
{
    struct ds_netcheck_report *report = ds_netcheck_report_new(facts, verdict);

    say("%s", report->network);
    say_all(report->findings, "");
    say_all(report->expectations, "");
    if (report->advices[0] == NULL)
        say("%s", _("Nothing has to be changed."));
    else
        say("%s", _("What an administrator could change:"));
    say_all(report->advices, "- ");
    ds_netcheck_report_free(report);
}

static void
put_word(void *arg, const char *name, const char *word, gint64 number)
{
    if (word != NULL)
        ds_json_text(arg, name, word);
    else
        ds_json_number(arg, name, number);
}

void
ds_event_netcheck(const struct ds_netcheck_facts *facts, const struct ds_netcheck_verdict *verdict)
{
    if (!as_json) {
        say_netcheck(facts, verdict);
        return;
    }
    GString *json = begin_event("netcheck");
    ds_netcheck_words(facts, verdict, put_word, json);
    end_event(json);
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
    if ((reason == DS_REASON_NO_SCREEN || reason == DS_REASON_CANNOT_LISTEN) && step[0] != '\0')
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
    end_event(json);
}
