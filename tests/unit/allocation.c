/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a NAT deals its ports, by some that it dealt: rows by hand, and NATs that are simulated. */
#include "net/punch/allocation.h"

#include <glib.h>

#include "tests/lib/seed.h"

enum { DEALS_MAX = 16, PROBES = 8, RUNS = 2000, MS = 1000 };

/* ---- by hand ---- */

/* Each deal is "local external", 1 ms after the one before it; "+N" in front: N ms more. */
static const struct {
    const char *name, *deals[DEALS_MAX];
    enum ds_allocation_kind kind;
    int step;
} rows[] = {
        {"none", {NULL}, DS_ALLOCATION_UNKNOWN, 0},
        {"two", {"20000 4000", "20007 4001"}, DS_ALLOCATION_UNKNOWN, 0},
        {"equal", {"20000 20000", "20007 20007", "30001 30001"}, DS_ALLOCATION_EQUAL, 0},
        {"shifted", {"20000 40000", "20007 40007", "30001 50001"}, DS_ALLOCATION_PRESERVING, 20000},
        {"shifted down", {"20000 10000", "20007 10007", "30001 20001"}, DS_ALLOCATION_PRESERVING,
                -10000},
        {"equal but one", {"20000 20000", "20007 20007", "30001 61"}, DS_ALLOCATION_RANDOM, 0},
        {"up by 1", {"20000 4000", "31111 4001", "25555 4002"}, DS_ALLOCATION_SEQUENTIAL, 1},
        {"up by 2", {"20000 4000", "31111 4002", "25555 4004"}, DS_ALLOCATION_SEQUENTIAL, 2},
        {"down by 1", {"20000 4000", "31111 3999", "25555 3998"}, DS_ALLOCATION_SEQUENTIAL, -1},
        {"down by 4", {"20000 4000", "31111 3996", "25555 3992"}, DS_ALLOCATION_SEQUENTIAL, -4},
        {"up by 16", {"20000 4000", "31111 4016", "25555 4032"}, DS_ALLOCATION_SEQUENTIAL, 16},
        {"further apart than a step", {"20000 4000", "31111 4017", "25555 4034"},
                DS_ALLOCATION_BAND, 0},
        {"local ports in a row", {"20000 4000", "20001 4001", "20002 4002"},
                DS_ALLOCATION_PRESERVING, -16000},
        {"others in between",
                {"20000 4000", "31111 4001", "25555 4004", "22222 4005", "27777 4007",
                        "23333 4008"},
                DS_ALLOCATION_SEQUENTIAL, 1},
        {"others, by 2",
                {"20000 4000", "31111 4002", "25555 4008", "22222 4010", "27777 4014",
                        "23333 4016"},
                DS_ALLOCATION_SEQUENTIAL, 2},
        {"the range begins anew",
                {"20000 65534", "31111 65535", "25555 1024", "22222 1025", "27777 1026"},
                DS_ALLOCATION_SEQUENTIAL, 1},
        {"two overtook each other",
                {"20000 4000", "31111 4001", "25555 4003", "22222 4002", "27777 4004", "23333 4005",
                        "24444 4006", "26666 4007"},
                DS_ALLOCATION_SEQUENTIAL, 1},
        {"an older one", {"20000 3000", "+900 31111 4000", "25555 4001", "22222 4002"},
                DS_ALLOCATION_SEQUENTIAL, 1},
        {"each alone", {"20000 4000", "+900 31111 4001", "+900 25555 4002"}, DS_ALLOCATION_BAND, 0},
        {"here and there", {"20000 4000", "31111 61000", "25555 33333"}, DS_ALLOCATION_RANDOM, 0},
        {"two by chance", {"20000 4000", "31111 4001", "25555 33333", "22222 60000", "23333 1500"},
                DS_ALLOCATION_RANDOM, 0},
        {"parity",
                {"20000 4000", "31111 60001", "25555 33333", "22222 50000", "23333 1501",
                        "24444 44440", "27777 20001", "29990 10022"},
                DS_ALLOCATION_PARITY, 0},
        {"parity of too few", {"20000 4000", "31111 60001", "25555 33333", "22222 50000"},
                DS_ALLOCATION_RANDOM, 0},
        {"the same again", {"20000 4000", "31111 4000", "25555 4000"}, DS_ALLOCATION_BAND, 0},
        {"the lowest ports", {"20000 1", "31111 2", "25555 9"}, DS_ALLOCATION_RANDOM, 0},
};

static gsize
parse(const char *const *texts, struct ds_deal deals[static DEALS_MAX])
{
    gsize count = 0;
    for (uint64_t at_us = 5000; texts[count] != NULL; count++, at_us += MS) {
        g_auto(GStrv) words = g_strsplit(texts[count], " ", -1);
        guint later = words[0][0] == '+';
        at_us += later ? g_ascii_strtoull(words[0], NULL, 10) * MS : 0;
        deals[count] = (struct ds_deal){
                .local = (uint16_t)g_ascii_strtoull(words[later], NULL, 10),
                .external = (uint16_t)g_ascii_strtoull(words[later + 1], NULL, 10),
                .at_us = at_us,
        };
    }
    return count;
}

static void
test_rows(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_deal deals[DEALS_MAX];
        gsize count = parse(rows[i].deals, deals);
        struct ds_allocation got = ds_allocation_of(deals, count);
        g_test_message("%s: %s by %d", rows[i].name, ds_allocation_name(got.kind), got.step);
        g_assert_cmpint(got.kind, ==, rows[i].kind);
        g_assert_cmpint(got.step, ==, rows[i].step);
        if (got.kind == DS_ALLOCATION_SEQUENTIAL)
            g_assert_cmpuint(got.last, ==, deals[count - 1].external);
    }
}

/* ---- what comes next ---- */

static void
test_ahead(void)
{
    struct ds_allocation up = {.kind = DS_ALLOCATION_SEQUENTIAL, .step = 2, .last = 65000},
                         down = {.kind = DS_ALLOCATION_SEQUENTIAL, .step = -1, .last = 1030},
                         random = {.kind = DS_ALLOCATION_RANDOM, .step = 1, .last = 2000};
    g_assert_cmpuint(ds_allocation_ahead(&up, 1), ==, 65002);
    g_assert_cmpuint(ds_allocation_ahead(&up, 267), ==, 65534);
    g_assert_cmpuint(ds_allocation_ahead(&up, 268), ==, 0); /* where it begins anew is not known */
    g_assert_cmpuint(ds_allocation_ahead(&down, 6), ==, 1024);
    g_assert_cmpuint(ds_allocation_ahead(&down, 7), ==, 0);
    g_assert_cmpuint(ds_allocation_ahead(&up, UINT32_MAX), ==, 0);
    g_assert_cmpuint(ds_allocation_ahead(&random, 1), ==, 0);
}

/* Ten in a second came in between. */
static void
test_others(void)
{
    static const char *const texts[] = {
            "20000 4000", "+999 31111 4011", "25555 4012", "22222 4013", NULL};
    struct ds_deal deals[DEALS_MAX];
    gsize count = parse(texts, deals);
    struct ds_allocation got = ds_allocation_of(deals, count);
    g_assert_cmpint(got.kind, ==, DS_ALLOCATION_SEQUENTIAL);
    g_assert_cmpfloat_with_epsilon(got.others_per_s, 10, 0.1);
    got = ds_allocation_of(deals + 1, count - 1); /* a burst alone says nothing of them */
    g_assert_cmpfloat(got.others_per_s, ==, 0);
}

/* Within a second the range began anew: how far that was says nothing of others. */
static void
test_turn(void)
{
    static const char *const texts[] = {
            "20000 65520", "+999 31111 65534", "25555 1024", "22222 1026", "23333 1028", NULL};
    struct ds_deal deals[DEALS_MAX];
    gsize count = parse(texts, deals);
    struct ds_allocation got = ds_allocation_of(deals, count);
    g_assert_cmpint(got.kind, ==, DS_ALLOCATION_SEQUENTIAL);
    g_assert_cmpint(got.step, ==, 2);
    g_assert_cmpfloat_with_epsilon(got.others_per_s, 6, 0.1);
    deals[0].external = 65534; /* it was in the pause */
    for (gsize i = 1; i < count; i++)
        deals[i].external = (uint16_t)(1022 + 2 * i);
    g_assert_cmpfloat(ds_allocation_of(deals, count).others_per_s, ==, 0);
}

/* Near the end of all ports a window is met earlier, or not at all. */
static void
test_aim(void)
{
    struct ds_allocation up = {.kind = DS_ALLOCATION_SEQUENTIAL, .step = 2, .last = 65000};
    g_assert_cmpuint(ds_allocation_aim(&up, 0, 32), ==, 65040);
    up.others_per_s = 10;
    g_assert_cmpuint(ds_allocation_aim(&up, 1000000, 32), ==, 65060);
    up.last = 65496;
    g_assert_cmpuint(ds_allocation_aim(&up, 0, 32), ==, 65534);
    up.last = 65518;
    g_assert_cmpuint(ds_allocation_aim(&up, 0, 32), ==, 65534);
    g_assert_cmpuint(ds_allocation_aim(&up, 1000000, 32), ==, 0);
    up.last = 65520;
    g_assert_cmpuint(ds_allocation_aim(&up, 0, 32), ==, 0);
    up.others_per_s = 1e9;
    g_assert_cmpuint(ds_allocation_aim(&up, 1000000, 32), ==, 0);
    struct ds_allocation down = {.kind = DS_ALLOCATION_SEQUENTIAL, .step = -2, .last = 1050};
    g_assert_cmpuint(ds_allocation_aim(&down, 0, 32), ==, 1024);
    down.last = 1038;
    g_assert_cmpuint(ds_allocation_aim(&down, 0, 32), ==, 0);
}

/* ---- NATs that are simulated ---- */

struct nat {
    GRand *rand; /* borrowed */
    int first, count, step, next;
    double others_per_s;
    uint64_t now_us;
};

static uint16_t
deal(struct nat *nat)
{
    nat->next = (nat->next + nat->step + nat->count) % nat->count;
    return (uint16_t)(nat->first + nat->next);
}

/* Let time pass, and others be dealt ports, at random moments. */
static void
pass(struct nat *nat, guint us)
{
    nat->now_us += us;
    for (guint i = 0; i < 10; i++)
        if (g_rand_double(nat->rand) < nat->others_per_s * us / 1e7)
            deal(nat);
}

static void
deal_burst(struct nat *nat, struct ds_deal deals[static PROBES])
{
    for (gsize i = 0; i < PROBES; i++) {
        pass(nat, 200);
        deals[i] = (struct ds_deal){.local = (uint16_t)g_rand_int_range(nat->rand, 20000, 32768),
                .external = deal(nat),
                .at_us = nat->now_us};
    }
}

/* Whatever others are dealt meanwhile, a step is found, and which port comes next. */
static void
test_sequential(void)
{
    static const int steps[] = {1, 2, -1, -2, 4};
    static const double noises[] = {0, 5, 20, 200};
    g_autoptr(GRand) rand = test_seed();
    guint wrong = 0;
    for (guint run = 0; run < RUNS; run++) {
        struct ds_deal deals[PROBES];
        struct nat nat = {.rand = rand,
                .first = 1024,
                .count = 64512,
                .step = steps[run % G_N_ELEMENTS(steps)],
                .others_per_s = noises[run / 5 % G_N_ELEMENTS(noises)]};
        nat.next = g_rand_int_range(rand, 1000, 63000);
        deal_burst(&nat, deals);
        struct ds_allocation got = ds_allocation_of(deals, PROBES);
        guint ahead = (guint)g_rand_int_range(rand, 1, 100);
        uint16_t foretold = ds_allocation_ahead(&got, ahead), came = 0;
        for (guint i = 0; i < ahead; i++)
            came = deal(&nat);
        wrong += got.kind != DS_ALLOCATION_SEQUENTIAL || got.step != nat.step || foretold != came;
    }
    g_assert_cmpuint(wrong, <=, RUNS / 200); /* 200 a second can spoil any burst */
}

static uint16_t
draw(GRand *rand, int first, int count)
{
    return (uint16_t)(first + g_rand_int_range(rand, 0, count));
}

/* Random ports are rarely taken for something better, and a band has most of what is in it. */
static void
test_random(void)
{
    g_autoptr(GRand) rand = test_seed();
    static const int sizes[] = {64512, 8192, 2048, 512, 256};
    guint in_a_row = 0, held = 0, bands = 0, narrow = 0;
    for (guint run = 0; run < RUNS; run++) {
        int size = sizes[run % G_N_ELEMENTS(sizes)];
        int first = draw(rand, 1024, 64512 - size + 1);
        struct ds_deal deals[PROBES];
        for (gsize i = 0; i < PROBES; i++)
            deals[i] = (struct ds_deal){.local = draw(rand, 20000, 12768),
                    .external = draw(rand, first, size),
                    .at_us = i};
        struct ds_allocation got = ds_allocation_of(deals, PROBES);
        in_a_row += got.kind == DS_ALLOCATION_SEQUENTIAL;
        if (size > 32768)
            narrow += got.kind == DS_ALLOCATION_BAND;
        if (size > 32768 || got.kind != DS_ALLOCATION_BAND)
            continue;
        int next = draw(rand, first, size);
        bands++;
        held += next >= got.base && next < got.base + got.size;
    }
    g_assert_cmpuint(in_a_row, <=, 2);
    g_assert_cmpuint(narrow, <=, RUNS / 100);
    g_assert_cmpuint(bands, >, RUNS * 3 / 4); /* of four fifths */
    g_assert_cmpuint(held, >, bands * 9 / 10);
}

/* Any numbers are judged: what comes out is in its ranges. */
static void
test_any(void)
{
    g_autoptr(GRand) rand = test_seed();
    for (guint run = 0; run < 10 * RUNS; run++) {
        struct ds_deal deals[DEALS_MAX];
        gsize count = (gsize)g_rand_int_range(rand, 0, DEALS_MAX + 1);
        int span = g_rand_int_range(rand, 1, g_rand_boolean(rand) ? 4 : 65536);
        for (gsize i = 0; i < count; i++)
            deals[i] = (struct ds_deal){.local = draw(rand, 0, span),
                    .external = draw(rand, 0, span),
                    .at_us = g_rand_int(rand)};
        struct ds_allocation got = ds_allocation_of(deals, count);
        g_assert_cmpint(got.kind == DS_ALLOCATION_UNKNOWN, ==, count < DS_DEALS_LEAST);
        if (got.kind == DS_ALLOCATION_BAND)
            g_assert_cmpuint(got.base + got.size, <=, 65536);
        g_assert_true(got.kind != DS_ALLOCATION_SEQUENTIAL || got.step != 0);
        g_assert_true(got.others_per_s >= 0);
        guint port = ds_allocation_ahead(&got, g_rand_int(rand));
        g_assert_true(port == 0 || port >= 1024);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/allocation/rows", test_rows);
    g_test_add_func("/allocation/ahead", test_ahead);
    g_test_add_func("/allocation/others", test_others);
    g_test_add_func("/allocation/turn", test_turn);
    g_test_add_func("/allocation/aim", test_aim);
    g_test_add_func("/allocation/sequential", test_sequential);
    g_test_add_func("/allocation/random", test_random);
    g_test_add_func("/allocation/any", test_any);
    return g_test_run();
}
