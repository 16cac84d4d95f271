/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What our programs make of the ports that the lab's kinds of routers deal. */
#include <glib.h>

#include "net/base/limits.h"
#include "net/punch/allocation.h"
#include "tests/lib/seed.h"
#include "tests/netlab/router/kind.h"
#include "tests/netlab/router/ports.h"

enum { RUNS = 1000, MS = 1000, GATHERED = 1 /* the deal before the burst */ };
enum { PLAIN = 3 /* SYNs of one's own that are no part of the window */ };

struct router {
    struct nl_kind kind;
    struct nl_random random;
    struct nl_ports ports;
    uint64_t now_us;
};

static bool
is_used(const void *arg, uint16_t port)
{
    return false;
}

static void
router_begin(struct router *router, const char *name, int noise_per_s, guint32 seed)
{
    char error[NL_KIND_ERROR];
    g_autofree char *path = g_strdup_printf("%s/%s.kind", KINDS, name);
    *router = (struct router){.random.state = seed, .now_us = 5 * G_USEC_PER_SEC};
    nl_kind_init(&router->kind);
    if (!nl_kind_read(&router->kind, path, error))
        g_error("%s", error);
    router->kind.noise_per_s = noise_per_s;
    nl_ports_init(&router->ports, &router->kind, &router->random, router->now_us);
}

static uint16_t
deal(struct router *router, uint16_t inside)
{
    return nl_ports_deal(&router->ports, inside, is_used, NULL, router->now_us);
}

/* A question of the gathering, then so much later a burst, a SYN each 100 us. */
static struct ds_allocation
judge(struct router *router, GRand *rand, guint later_ms)
{
    struct ds_deal deals[GATHERED + DS_PUNCH_PROBES];
    for (gsize i = 0; i < G_N_ELEMENTS(deals); i++) {
        uint16_t local = (uint16_t)g_rand_int_range(rand, 20000, 32768);
        deals[i] = (struct ds_deal){
                .local = local, .external = deal(router, local), .at_us = router->now_us};
        router->now_us += i < GATHERED ? later_ms * MS : MS / 10;
    }
    return ds_allocation_of(deals, G_N_ELEMENTS(deals));
}

/* ---- what kind it is ---- */

static const struct {
    const char *name;
    enum ds_allocation_kind kind;
    int step;
} rows[] = {
        {"preserve", DS_ALLOCATION_EQUAL, 0},
        {"linux-old", DS_ALLOCATION_EQUAL, 0},
        {"parity", DS_ALLOCATION_PARITY, 0},
        {"sym-seq1", DS_ALLOCATION_SEQUENTIAL, 1},
        {"sym-seq2", DS_ALLOCATION_SEQUENTIAL, 2},
        {"sym-block", DS_ALLOCATION_SEQUENTIAL, 1},
        {"sym-block-random", DS_ALLOCATION_BAND, 0},
        {"sym-random", DS_ALLOCATION_RANDOM, 0},
        {"sym-address", DS_ALLOCATION_RANDOM, 0},
        {"port-restricted", DS_ALLOCATION_RANDOM, 0},
        {"carrier", DS_ALLOCATION_BAND, 0},
};

/* By chance one is taken for another now and then: random ports for those of one parity, say. */
static void
test_kind(gconstpointer data)
{
    const gsize row = GPOINTER_TO_SIZE(data);
    g_autoptr(GRand) rand = test_seed();
    guint right = 0;
    for (guint run = 0; run < RUNS; run++) {
        static const int noises[] = {0, 5, 20};
        struct router router;
        router_begin(&router, rows[row].name, noises[run % 3], g_rand_int(rand));
        struct ds_allocation got = judge(&router, rand, 100);
        right += got.kind == rows[row].kind && got.step == rows[row].step;
    }
    g_test_message("%s: %u of %u", rows[row].name, right, RUNS);
    g_assert_cmpuint(right, >, RUNS * 97 / 100);
}

/* ---- whether a window is met ---- */

/* How long after the burst it is to open, how long before it the gathering was, how late it is. */
static const struct {
    int noise_per_s;
    guint gathered_ms, opens_ms, late_ms, window;
} windows[] = {
        {0, 100, 100, 0, DS_PUNCH_WINDOW},
        {0, 1000, 1200, 5000, DS_PUNCH_WINDOW},
        {5, 100, 100, 0, DS_PUNCH_WINDOW},
        {5, 1000, 1200, 1000, DS_PUNCH_WINDOW},
        {20, 60, 60, 0, DS_PUNCH_WINDOW},
        {20, 100, 150, 100, DS_PUNCH_WINDOW},
        {20, 30000, 150, 100, DS_PUNCH_WINDOW},
        {20, 1000, 600, 100, DS_PUNCH_WINDOW},
        {20, 1000, 1200, 0, DS_PUNCH_WINDOW_BOTH},
        {20, 1000, 1200, 1000, DS_PUNCH_WINDOW_BOTH},
};

static bool
is_met(struct router *router, GRand *rand, gsize row)
{
    struct ds_allocation got = judge(router, rand, windows[row].gathered_ms);
    uint16_t aim = ds_allocation_aim(&got, windows[row].opens_ms * MS, windows[row].window);
    bool is_in = false;
    router->now_us += (windows[row].opens_ms + windows[row].late_ms) * MS;
    for (guint i = 0; i < PLAIN; i++)
        deal(router, 20000);
    for (guint i = 0; i < windows[row].window; i++) {
        is_in |= aim != 0 && deal(router, 20000) == aim;
        router->now_us += MS / 10;
    }
    return is_in;
}

static void
test_met(gconstpointer name)
{
    g_autoptr(GRand) rand = test_seed();
    for (gsize i = 0; i < G_N_ELEMENTS(windows); i++) {
        guint met = 0;
        for (guint run = 0; run < RUNS; run++) {
            struct router router;
            router_begin(&router, name, windows[i].noise_per_s, g_rand_int(rand));
            met += is_met(&router, rand, i);
        }
        g_test_message("%s, %d others a second, open %u ms after the burst, %u too late: %u of %u",
                (const char *)name, windows[i].noise_per_s, windows[i].opens_ms, windows[i].late_ms,
                met, RUNS);
        g_assert_cmpuint(met, >, RUNS * 98 / 100);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/allocation/kind/%s", rows[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_kind);
    }
    g_test_add_data_func("/allocation/met/sym-seq1", "sym-seq1", test_met);
    g_test_add_data_func("/allocation/met/sym-seq2", "sym-seq2", test_met);
    return g_test_run();
}
