/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/path_record.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/session/why_sentences.h"

void
ds_path_record_add(struct ds_path_record *record, const struct ds_peer_punch *punch)
{
    struct ds_peer_punch *tries = record->tries;
    unsigned count = record->try_count;

    if (count > 0 && tries[count - 1].generation == punch->generation) {
        tries[count - 1] = *punch;
        return;
    }
    if (count == DS_PATH_RECORD_TRIES)
        memmove(tries, tries + 1, --count * sizeof *tries);
    tries[count] = *punch;
    record->try_count = count + 1;
}

const char *
ds_path_kind_text(enum ds_path_kind kind)
{
    switch (kind) {
    case DS_PATH_NONE:
        break;
    case DS_PATH_RELAY:
        return _("Through the relay");
    case DS_PATH_LAN:
        return _("Direct, in the same network");
    case DS_PATH_IPV6:
        return _("Direct, over IPv6");
    case DS_PATH_PUNCHED:
        return _("Direct, through both routers");
    case DS_PATH_MAPPED:
        return _("Direct, by a port mapping");
    }
    return NULL;
}

static void
add_line(GString *report, const char *heading, const char *text)
{
    g_string_append_printf(report, "%s: %s\n", heading, text);
}

/* A text for people, and the word that --json has for the same. */
static void
add_words(GString *report, const char *heading, const char *text, const char *word)
{
    g_autofree char *line = text != NULL ? g_strdup_printf("%s (%s)", text, word) : g_strdup(word);
    add_line(report, heading, line);
}

static void
add_address(GString *report, const char *heading, const struct ds_addr *addr)
{
    char text[DS_ADDR_TEXT_MAX];
    if (addr->len > 0)
        add_line(report, heading, ds_addr_format(addr, text));
}

static void
add_bytes(GString *report, const char *heading, uint64_t bytes)
{
    g_autofree char *size = g_format_size_full(bytes, G_FORMAT_SIZE_LONG_FORMAT);
    add_line(report, heading, size);
}

static void
add_facts(GString *report, const char *heading, uint32_t facts)
{
    char text[DS_FACTS_TEXT_MAX];
    if (facts != 0)
        add_line(report, heading, ds_why_facts_text(facts, text));
}

static void
add_why(GString *report, const struct ds_why_not *why_not, bool is_locked)
{
    g_autofree char *text = ds_why_text(why_not, is_locked);
    const char *help = ds_help_name(why_not->help);
    g_autofree char *words =
            g_strconcat(ds_why_name(why_not->why), help[0] != '\0' ? ", " : "", help, NULL);

    if (text != NULL)
        add_words(report, _("Why"), text, words);
    add_facts(report, _("This network"), why_not->facts.here);
    add_facts(report, _("Other network"), why_not->facts.there);
}

static void
add_path(GString *report, const struct ds_path_record *record)
{
    const struct ds_peer_path *path = &record->path;
    unsigned rtt_ms = record->stats.rtt_ms > 0 ? record->stats.rtt_ms : path->rtt_ms;
    g_autofree char *rtt = g_strdup_printf(_("%.0f ms"), (double)rtt_ms);

    add_words(report, _("Path"), ds_path_kind_text(path->kind), ds_path_kind_name(path->kind));
    add_why(report, &path->why_not, record->is_locked);
    if (rtt_ms > 0)
        add_line(report, _("Round trip"), rtt);
    add_address(report, _("This computer"), &path->local);
    add_address(report, _("Other end"), &path->remote);
    add_bytes(report, _("Received"), record->stats.received_bytes);
    add_bytes(report, _("Sent"), record->stats.sent_bytes);
}

static void
add_try(GString *report, const struct ds_peer_punch *punch)
{
    const char *const words[] = {punch->result, punch->technique, ds_why_name(punch->why)};
    const char *separator = ": ";

    g_string_append_printf(report, "  %u", punch->generation);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (words[i][0] == '\0')
            continue;
        g_string_append_printf(report, "%s%s", separator, words[i]);
        separator = ", ";
    }
    g_string_append_c(report, '\n');
}

char *
ds_path_report(const struct ds_path_record *record, GDateTime *now)
{
    g_autofree char *when = g_date_time_format(now, "%F %T %z");
    GString *report = g_string_new(NULL);
    g_string_append_printf(report,
            /* Translators: the first line of a report; %s is a version. */
            record->role == DS_ROLE_HELPEE ? _("Deskside %s on the computer that is shared")
                                           : _("Deskside %s on the helper’s computer"),
            DS_VERSION);
    g_string_append_c(report, '\n');
    add_line(report, _("Time"), when);
    add_path(report, record);
    if (record->try_count > 0)
        g_string_append_printf(report, "%s:\n", _("Last tries for a direct connection"));
    for (unsigned i = 0; i < record->try_count; i++)
        add_try(report, &record->tries[i]);
    return g_string_free(report, FALSE);
}
