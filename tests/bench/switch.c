/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long nothing is delivered when a session moves between a relay path and direct ones, both
 * directions full: 4 Mbit/s and 60 ms there and back, 50 Mbit/s and 40 ms. What comes is hashed.
 *
 *     bench-switch [SWITCHES [MEGABYTES [RACES]]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/seed.h"
#include "tests/lib/switching.h"

enum { RELAY_RTT_MS = 60, DIRECT_RTT_MS = 40 };

static const struct far_line_config relay = {RELAY_RTT_MS * 500, 500000, 65536};
static const struct far_line_config direct = {DIRECT_RTT_MS * 500, 6250000, 65536};

/* What is aimed at, 0 where nothing is: in another's hands, or as long as the other side takes. */
static const unsigned aims_ms[SWITCHING_CHANGES] = {[SWITCHING_ONTO] = DIRECT_RTT_MS + 10,
        [SWITCHING_RESET] = RELAY_RTT_MS + 50,
        [SWITCHING_SILENT] = 1500};

static int
compare(const void *a, const void *b)
{
    const guint64 *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double
at_ms(const GArray *gaps_us, double share)
{
    guint index = (guint)(share * (double)(gaps_us->len - 1));
    return (double)g_array_index(gaps_us, guint64, index) / 1000;
}

static void
print_gaps(enum switching_change change, GArray *gaps_us)
{
    if (gaps_us->len == 0)
        return;
    qsort(gaps_us->data, gaps_us->len, sizeof(guint64), compare);
    printf("%-14s %5u %8.1f %8.1f %8.1f %8.1f", switching_change_name(change), gaps_us->len,
            at_ms(gaps_us, 0.5), at_ms(gaps_us, 0.95), at_ms(gaps_us, 0.99), at_ms(gaps_us, 1));
    if (aims_ms[change] > 0)
        printf(" %8u   ratio: %.2f", aims_ms[change], at_ms(gaps_us, 1) / aims_ms[change]);
    printf("\n");
}

static void
switch_paths(GRand *rand, unsigned switches, uint64_t bytes)
{
    const struct switching_plan plan = {.relay = relay,
            .direct = direct,
            .switches = switches,
            .bytes = bytes,
            .silent_of_100 = 3,
            .dwell_ms = 400};
    struct switching_report report;
    switching_run(rand, &plan, &report);
    printf("%u switches with both directions loaded on both paths\n", report.switches);
    for (unsigned i = 0; i < 2; i++)
        printf("%s: %" G_GUINT64_FORMAT " bytes sent and received, sha256 %s\n",
                i == 0 ? "helpee" : "helper", report.bytes[i], report.hashes[i]);
    printf("%" G_GUINT64_FORMAT " bytes sent again, %" G_GUINT64_FORMAT " came twice\n",
            report.resent_bytes, report.dropped_bytes);
    printf("\nlongest time in which a side got nothing, ms\n%-14s %5s %8s %8s %8s %8s %8s\n", "",
            "count", "median", "95 %", "99 %", "longest", "aim");
    for (unsigned i = 0; i < SWITCHING_CHANGES; i++)
        print_gaps((enum switching_change)i, report.gaps_us[i]);
    switching_report_clear(&report);
}

int
main(int argc, char **argv)
{
    unsigned switches = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
    uint64_t bytes = (argc > 2 ? (uint64_t)atoi(argv[2]) : 200) * 1000000;
    unsigned races = argc > 3 ? (unsigned)atoi(argv[3]) : 1000;
    const struct switching_plan race = {.relay = relay, .direct = direct, .bytes = 60000};
    GRand *rand = test_seed();
    setlinebuf(stdout);
    if (switches > 0)
        switch_paths(rand, switches, bytes);
    if (races > 0)
        printf("\n%u sessions that raced both paths: none stalled, %u ended direct\n", races,
                switching_race(rand, &race, races));
    g_rand_free(rand);
    return EXIT_SUCCESS;
}
