/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short piece of what tests/bench/switch.c does at length. */
#include <glib.h>

#include "tests/lib/seed.h"
#include "tests/lib/switching.h"

static GRand *seeds;

/* A tenth of the distances there, so that it takes seconds. */
static const struct far_line_config relay = {6000, 500000, 32768};
static const struct far_line_config direct = {4000, 6250000, 65536};

static void
test_changes(void)
{
    const struct switching_plan plan = {.relay = relay,
            .direct = direct,
            .switches = 24,
            .bytes = 1000000,
            .dwell_ms = 40,
            .silent_of_100 = 8};
    struct switching_report report;
    switching_run(seeds, &plan, &report);
    g_test_message("%u switches, %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT
                   " bytes, %" G_GUINT64_FORMAT " sent again, %" G_GUINT64_FORMAT " dropped",
            report.switches, report.bytes[0], report.bytes[1], report.resent_bytes,
            report.dropped_bytes);
    g_assert_cmpuint(report.switches, >=, plan.switches);
    g_assert_cmpuint(report.resent_bytes, >, 0);
    g_assert_cmpuint(report.dropped_bytes, >, 0);
    switching_report_clear(&report);
}

static void
test_races(void)
{
    const struct switching_plan plan = {.relay = relay, .direct = direct, .bytes = 60000};
    unsigned on_direct = switching_race(seeds, &plan, 12);
    g_test_message("%u of 12 ended on the direct path", on_direct);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    seeds = test_seed();
    g_test_add_func("/link-switching/changes", test_changes);
    g_test_add_func("/link-switching/races", test_races);
    int result = g_test_run();
    g_rand_free(seeds);
    return result;
}
