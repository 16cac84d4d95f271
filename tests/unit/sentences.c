/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "app/session/sentences.h"
#include "app/session/why_sentences.h"

struct row {
    enum ds_reason reason;
    int status;
    const char *helpee, *helper;
};

#define N_(text) text
#define SENTENCE(reason, status, helpee, helper) {DS_REASON_##reason, status, helpee, helper},
static const struct row rows[] = {
#include "app/session/sentences_table.h"
};

/* Every reason can reach a person, but for that of a session that is still going on. */
static void
test_complete(void)
{
    for (int reason = DS_REASON_NONE + 1; reason < DS_REASON_COUNT; reason++) {
        guint found = 0;
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
            found += rows[i].reason == (enum ds_reason)reason;
        g_test_message("%s", ds_reason_name(reason));
        g_assert_cmpuint(found, ==, 1);
        g_assert_cmpstr(ds_reason_name(reason), !=, "unknown");
    }
    g_assert_cmpuint(G_N_ELEMENTS(rows), ==, DS_REASON_COUNT - 1);
}

static void
check_sentence(const char *text)
{
    gsize len = strlen(text);
    g_test_message("%s", text);
    g_assert_true(g_ascii_isupper(text[0]));
    g_assert_cmpint(text[len - 1], ==, '.');
    g_assert_null(strstr(text, "  ")); /* where two pieces of source meet */
    g_assert_null(strchr(text, '\n'));
}

static void
test_sentences(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_assert_cmpint(rows[i].status, >=, 0);
        g_assert_cmpint(rows[i].status, <=, 5);
        g_assert_cmpint(rows[i].status, !=, 2); /* is for the command line alone */
        g_assert_cmpint(ds_exit_status(rows[i].reason), ==, rows[i].status);
        g_assert_cmpstr(ds_sentence(rows[i].reason, DS_ROLE_HELPEE), ==, rows[i].helpee);
        g_assert_cmpstr(ds_sentence(rows[i].reason, DS_ROLE_HELPER), ==, rows[i].helper);
        check_sentence(rows[i].helpee);
        check_sentence(rows[i].helper);
    }
}

/* Only who asked for the end ends well; a number of another version never does. */
static void
test_statuses(void)
{
    for (int reason = -1; reason <= 256; reason++) {
        gboolean is_asked = reason == DS_REASON_STOPPED || reason == DS_REASON_PEER_STOPPED;
        g_assert_true((ds_exit_status((enum ds_reason)reason) == 0) == is_asked);
        g_assert_nonnull(ds_sentence((enum ds_reason)reason, DS_ROLE_HELPER));
    }
}

static struct ds_why_not
plainly(int why)
{
    return (struct ds_why_not){.why = (enum ds_why)why};
}

/* Each why has a sentence and a word of its own; a number of another version has neither. */
static void
test_whys(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int why = DS_WHY_NONE + 1; why < DS_WHYS; why++) {
        struct ds_why_not why_not = plainly(why);
        char *sentence = ds_why_text(&why_not, false);
        g_autofree char *locked = ds_why_text(&why_not, true);
        check_sentence(sentence);
        check_sentence(locked);
        g_assert_cmpint(strcmp(locked, sentence) != 0, ==, why == DS_WHY_OFF_HERE);
        g_assert_cmpstr(ds_why_name(why_not.why), !=, "");
        g_assert_true(g_hash_table_add(seen, sentence));
        g_assert_true(g_hash_table_add(seen, g_strdup(ds_why_name(why_not.why))));
    }
    for (int why = -1; why <= 256; why += why == DS_WHY_NONE ? DS_WHYS : 1) {
        struct ds_why_not why_not = plainly(why);
        g_assert_null(ds_why_text(&why_not, false));
        g_assert_cmpstr(ds_why_name(why_not.why), ==, "");
    }
}

static void
test_helps(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *alone = ds_why_text(&(struct ds_why_not){.why = DS_WHY_UNKNOWN}, false);
    for (int help = -1; help <= 256; help++) {
        const struct ds_why_not why_not = {.why = DS_WHY_UNKNOWN, .help = (enum ds_help)help};
        g_autofree char *text = ds_why_text(&why_not, false);
        const char *name = ds_help_name(why_not.help);
        bool is_known = help > DS_HELP_NONE && help < DS_HELPS;
        check_sentence(text);
        g_assert_cmpint(strcmp(text, alone) != 0, ==, is_known);
        g_assert_cmpint(name[0] != '\0', ==, is_known);
        if (is_known) {
            g_assert_true(g_hash_table_add(seen, g_steal_pointer(&text)));
            g_assert_true(g_hash_table_add(seen, g_strdup(name)));
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sentences/complete", test_complete);
    g_test_add_func("/sentences/sentences", test_sentences);
    g_test_add_func("/sentences/statuses", test_statuses);
    g_test_add_func("/sentences/whys", test_whys);
    g_test_add_func("/sentences/helps", test_helps);
    return g_test_run();
}
