/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/network_report.h"

#include <glib/gi18n.h>

#include "app/session/netcheck_words.h"

static void
add_sentences(GString *text, const char *heading, char *const *sentences)
{
    if (sentences[0] == NULL)
        return;
    g_string_append_printf(text, "\n%s:\n", heading);
    for (size_t i = 0; sentences[i] != NULL; i++)
        g_string_append_printf(text, "  %s\n", sentences[i]);
}

static void
add_word(void *arg, const char *name, const char *word, gint64 number)
{
    GString *text = arg;
    if (word != NULL)
        g_string_append_printf(text, "  %s: %s\n", name, word);
    else
        g_string_append_printf(text, "  %s: %" G_GINT64_FORMAT "\n", name, number);
}

char *
ds_network_report(const struct ds_netcheck_facts *facts, const struct ds_netcheck_verdict *verdict,
        const struct ds_netcheck_report *sentences, GDateTime *now)
{
    g_autofree char *when = g_date_time_format(now, "%F %T %z");
    GString *text = g_string_new(NULL);

    /* Translators: the first line of a report; %s is a version. */
    g_string_append_printf(text, _("Deskside %s: the network of this computer"), DS_VERSION);
    g_string_append_printf(text, "\n%s: %s\n\n%s\n", _("Time"), when, sentences->network);
    add_sentences(text, _("Direct connections"), sentences->expectations);
    add_sentences(text, _("What could be changed"), sentences->advices);
    add_sentences(text, _("What was found"), sentences->findings);
    g_string_append_printf(text, "\n%s:\n", _("In words for administrators"));
    ds_netcheck_words(facts, verdict, add_word, text);
    return g_string_free(text, FALSE);
}
