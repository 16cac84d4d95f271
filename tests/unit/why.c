/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why it is not direct: tests/netlab/whys.txt, which the lab reads too, row by row. */
#include <string.h>

#include <glib.h>

#include "app/session/why_sentences.h"
#include "net/punch/offer.h"
#include "net/punch/why.h"

/* --- the table --- */

static char **lines;

static void
read_table(void)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_get_contents(WHYS, &text, NULL, &error));
    lines = g_strsplit(text, "\n", -1);
}

/* The columns of a line, stripped, where it is a row of that kind; else NULL. Owned. */
static char **
columns_of(const char *line, const char *kind)
{
    g_auto(GStrv) columns = g_strsplit(line, "|", -1);
    for (guint i = 0; columns[i] != NULL; i++)
        g_strstrip(columns[i]);
    return g_strcmp0(columns[0], kind) == 0 ? g_steal_pointer(&columns) : NULL;
}

/* Calls `check` with the columns of each row of a kind; returns how many there are. */
static guint
each_row(const char *kind, void (*check)(char **columns))
{
    guint count = 0;
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) columns = columns_of(*line, kind);
        if (columns == NULL)
            continue;
        check(columns);
        count++;
    }
    return count;
}

static guint32
fact_of(const char *word)
{
    char text[DS_FACTS_TEXT_MAX];
    for (guint32 fact = 1; fact < DS_FACTS_END; fact <<= 1)
        if (g_str_equal(ds_why_facts_text(fact, text), word))
            return fact;
    g_error("no such fact: %s", word);
}

static guint32
facts_of(const char *words)
{
    g_auto(GStrv) each = g_strsplit(words, " ", -1);
    guint32 facts = 0;
    for (guint i = 0; each[i] != NULL; i++)
        facts |= fact_of(each[i]);
    return facts;
}

/* --- what is said of two networks --- */

static void
check_side(guint32 here, guint32 there, const char *expected)
{
    const struct ds_why_facts facts = {here, there};
    struct ds_why_not got = ds_why_judge(&facts);
    g_autofree char *words = g_strdup_printf("%s %s", ds_why_name(got.why), ds_help_name(got.help));
    g_assert_cmpstr(words, ==, expected);
    g_assert_cmpuint(got.facts.here, ==, here);
    g_assert_cmpuint(got.facts.there, ==, there);
}

static void
check_verdict(char **columns)
{
    guint32 left = facts_of(columns[1]), right = facts_of(columns[2]);
    check_side(left, right, columns[3]);
    check_side(right, left, columns[4]);
}

static void
test_verdicts(void)
{
    g_assert_cmpuint(each_row("verdict", check_verdict), >, 30);
}

/* --- in sentences --- */

static enum ds_why
why_of(const char *name)
{
    for (int why = 1; why < DS_WHYS; why++)
        if (g_str_equal(ds_why_name((enum ds_why)why), name))
            return (enum ds_why)why;
    g_error("no such why: %s", name);
}

static enum ds_help
help_of(const char *name)
{
    for (int help = 1; help < DS_HELPS; help++)
        if (g_str_equal(ds_help_name((enum ds_help)help), name))
            return (enum ds_help)help;
    g_error("no such help: %s", name);
}

static void
check_text(enum ds_why why, enum ds_help help, const char *expected)
{
    const struct ds_why_not why_not = {.why = why, .help = help};
    g_autofree char *text = ds_why_text(&why_not, FALSE);
    g_assert_cmpstr(text, ==, expected);
}

static void
check_says(char **columns)
{
    check_text(why_of(columns[1]), DS_HELP_NONE, columns[2]);
}

static void
check_helps(char **columns)
{
    g_autofree char *expected = g_strconcat("Nothing came through, and why could not be found "
                                            "out. ",
            columns[2], NULL);
    check_text(DS_WHY_UNKNOWN, help_of(columns[1]), expected);
}

/* All that can be said stands in the table, once. */
static void
test_sentences(void)
{
    g_assert_cmpuint(each_row("says", check_says), ==, DS_WHYS - 1);
    g_assert_cmpuint(each_row("helps", check_helps), ==, DS_HELPS - 1);
}

/* What a sentence says to be done by itself needs no second one; all others have it. */
static void
test_plainly(void)
{
    for (int why = 0; why < DS_WHYS; why++) {
        struct ds_why_not got = ds_why_plainly((enum ds_why)why);
        gboolean is_alone = why == DS_WHY_NONE || why == DS_WHY_TRYING || why == DS_WHY_SLOWER ||
                            why == DS_WHY_LOST;
        g_assert_cmpint(got.why, ==, why);
        g_assert_cmpint(got.help == DS_HELP_NONE, ==, is_alone);
        g_assert_cmpuint(got.facts.here | got.facts.there, ==, 0);
    }
}

static void
test_same(void)
{
    const struct ds_why_not one = {DS_WHY_HARD_HERE, DS_HELP_MAP_HERE, {1, 2}};
    struct ds_why_not others[] = {one, one, one, one};
    others[0].why = DS_WHY_HARD_BOTH;
    others[1].help = DS_HELP_MAP_THERE;
    others[2].facts.here = 4;
    others[3].facts.there = 4;
    g_assert_true(ds_why_is_same(&one, &one));
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_false(ds_why_is_same(&one, &others[i]));
}

/* --- the facts that offers tell --- */

static void
add(struct ds_offer *offer, enum ds_candidate_type type, const char *text)
{
    struct ds_addr addr;
    g_assert_cmpint(ds_addr_parse(&addr, text, 0), ==, 0);
    ds_offer_add(offer, type, 0, &addr);
}

static void
check_facts(const struct ds_offer *here, const struct ds_offer *there, const char *expected_here,
        const char *expected_there)
{
    struct ds_why_facts facts = ds_why_facts_of(here, there);
    char text[DS_FACTS_TEXT_MAX];
    g_assert_cmpstr(ds_why_facts_text(facts.here, text), ==, expected_here);
    g_assert_cmpstr(ds_why_facts_text(facts.there, text), ==, expected_there);
}

static void
test_facts(void)
{
    const struct ds_offer none = {0};
    struct ds_offer rich = {.mapping = DS_MAPPING_ADDRESS,
            .network = DS_NETWORK_PROXY | DS_NETWORK_BLOCKED | DS_NETWORK_UNMAPPED |
                       DS_NETWORK_UNASKED | DS_NETWORK_BEHIND};
    struct ds_offer open = {.mapping = DS_MAPPING_NO_NAT, .salvo.sockets = 1};

    check_facts(
            &none, &none, "no-address ports-unknown no-salvo", "no-address ports-unknown no-salvo");
    add(&rich, DS_CANDIDATE_MAPPED, "198.51.100.7:23456");
    add(&rich, DS_CANDIDATE_HOST, "[2001:db8::20]:23456");
    check_facts(&rich, &none,
            "proxy blocked new-ports ipv6 mapped unmapped unasked double-nat no-salvo",
            "no-address ports-unknown no-salvo");
    add(&open, DS_CANDIDATE_HOST, "198.51.100.9:23456");
    add(&open, DS_CANDIDATE_HOST, "[fd00::20]:23456"); /* not of the world */
    check_facts(&open, &rich, "keeps-ports",
            "proxy blocked new-ports ipv6 mapped unmapped unasked double-nat no-salvo");
}

/* The one address of the world that a NAT gives to both; private ones are many a network's. */
static void
test_same_nat(void)
{
    struct ds_offer here = {.mapping = DS_MAPPING_INDEPENDENT, .salvo.sockets = 64};
    struct ds_offer there = here, other = here;

    add(&here, DS_CANDIDATE_HOST, "192.168.1.20:23456");
    add(&there, DS_CANDIDATE_HOST, "192.168.1.20:23457");
    add(&here, DS_CANDIDATE_REFLEXIVE, "10.0.0.7:40000"); /* a relay of this network sees that */
    add(&there, DS_CANDIDATE_REFLEXIVE, "10.0.0.7:40001");
    check_facts(&here, &there, "keeps-ports", "keeps-ports");
    add(&here, DS_CANDIDATE_REFLEXIVE, "198.51.100.7:40000");
    add(&other, DS_CANDIDATE_REFLEXIVE, "198.51.100.8:40000");
    check_facts(&here, &other, "keeps-ports", "keeps-ports");
    add(&there, DS_CANDIDATE_REFLEXIVE, "198.51.100.7:40001");
    check_facts(&here, &there, "keeps-ports same-nat", "keeps-ports same-nat");
}

/* All words at once have room. */
static void
test_facts_text(void)
{
    char text[DS_FACTS_TEXT_MAX];
    g_assert_cmpstr(ds_why_facts_text(0, text), ==, "");
    ds_why_facts_text(DS_FACTS_END - 1, text);
    g_assert_true(g_str_has_suffix(text, " unrevealed"));
    g_assert_cmpstr(ds_why_facts_text(DS_FACTS_END, text), ==, "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    read_table();
    g_test_add_func("/why/verdicts", test_verdicts);
    g_test_add_func("/why/sentences", test_sentences);
    g_test_add_func("/why/plainly", test_plainly);
    g_test_add_func("/why/same", test_same);
    g_test_add_func("/why/facts", test_facts);
    g_test_add_func("/why/same-nat", test_same_nat);
    g_test_add_func("/why/facts-text", test_facts_text);
    int status = g_test_run();
    g_strfreev(lines);
    return status;
}
