/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decisions about direct paths, without sockets: who may say what when, and what follows. */
#include <string.h>

#include <glib.h>

#include "net/base/limits.h"
#include "net/peer/budget.h"
#include "net/peer/exchange.h"
#include "net/peer/ladder.h"
#include "net/peer/stun_servers.h"

static struct ds_addr
addr(const char *text)
{
    struct ds_addr out;
    g_assert_cmpint(ds_addr_parse(&out, text, 0), ==, 0);
    return out;
}

static struct ds_control_message
message(enum ds_control_type type, guint32 generation, const char *candidate)
{
    struct ds_control_message out = {.type = type, .offer = {.generation = generation}};
    if (candidate != NULL) {
        struct ds_addr at = addr(candidate);
        ds_offer_add(&out.offer, DS_CANDIDATE_HOST, 0, &at);
    }
    return out;
}

static int
take(struct ds_exchange *exchange, enum ds_control_type type, guint32 generation,
        const char *candidate)
{
    const struct ds_addr own = addr("10.9.0.1:20001");
    struct ds_control_message in = message(type, generation, candidate);
    const struct ds_vetting vetting = {.own = &own, .own_count = 1};
    return ds_exchange_take(exchange, &in, &vetting);
}

/* --- who may say what --- */

static void
test_helper(void)
{
    struct ds_exchange x = {.role = DS_ROLE_HELPER};

    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 1, "10.9.0.2:20002"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpuint(x.remote.count, ==, 0);
    x.is_open = true;
    g_assert_cmpint(take(&x, DS_CONTROL_GO, 1, NULL), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(take(&x, DS_CONTROL_AGAIN, 1, NULL), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(take(&x, DS_CONTROL_GRANT, 1, NULL), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 2, "10.9.0.2:20002"), ==, DS_EXCHANGE_NEW);
    g_assert_false(x.is_met);
    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 2, "10.9.0.3:20002"), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.count, ==, 2);
    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 1, "10.9.0.4:20002"), ==, DS_EXCHANGE_OLD);
    g_assert_cmpuint(x.remote.count, ==, 2);
    x.is_met = true;
    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 3, "10.9.0.5:20002"), ==, DS_EXCHANGE_NEW);
    g_assert_cmpuint(x.remote.count, ==, 1);
    g_assert_cmpuint(x.remote.generation, ==, 3);
    g_assert_false(x.is_met);
}

/* Of one generation the first aim counts: to take another would be a way to dial for ever. */
static void
test_aim(void)
{
    struct ds_exchange x = {.role = DS_ROLE_HELPER, .is_open = true};
    struct ds_control_message in = message(DS_CONTROL_OFFER, 1, "10.9.0.2:20002");
    const struct ds_vetting nothing = {.relay = NULL};

    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_NEW);
    g_assert_cmpuint(x.remote.aim, ==, 0);
    in.offer.aim = 1023;
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.aim, ==, 0);
    in.offer.aim = 40018;
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.aim, ==, 40018);
    in.offer.aim++;
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.aim, ==, 40018);
    in.offer.generation = 2;
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_NEW);
    g_assert_cmpuint(x.remote.aim, ==, 40019);
}

/* ... and the first salvo that is opened, though before that it may say how large one could be. */
static void
test_salvo(void)
{
    struct ds_exchange x = {.role = DS_ROLE_HELPER, .is_open = true};
    struct ds_control_message in = message(DS_CONTROL_OFFER, 1, NULL);
    const struct ds_addr outside = addr("198.51.100.7:40000");
    const struct ds_vetting nothing = {.relay = NULL};

    ds_offer_add(&in.offer, DS_CANDIDATE_REFLEXIVE, 0, &outside);
    in.offer.salvo = (struct ds_salvo){.sockets = 512};
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_NEW);
    g_assert_cmpuint(x.remote.salvo.sockets, ==, 512);
    in.offer.salvo = (struct ds_salvo){.base = 40000, .size = 600, .sockets = 70};
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.salvo.base, ==, 40000);
    in.offer.salvo.base = 50000;
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.salvo.base, ==, 40000);
    in.offer.salvo = (struct ds_salvo){0};
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.salvo.base, ==, 40000);
    in.offer.generation = 2;
    g_assert_cmpint(ds_exchange_take(&x, &in, &nothing), ==, DS_EXCHANGE_NEW);
    g_assert_cmpuint(x.remote.salvo.sockets, ==, 0);
}

static void
test_helpee(void)
{
    struct ds_exchange x = {.role = DS_ROLE_HELPEE};

    g_assert_cmpint(take(&x, DS_CONTROL_AGAIN, 0, NULL), ==, DS_ERR_PROTOCOL);
    x.is_open = true;
    g_assert_cmpint(take(&x, DS_CONTROL_GO, 1, NULL), ==, DS_ERR_PROTOCOL);
    g_assert_cmpuint(ds_exchange_next(&x), ==, 1);
    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 2, NULL), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(take(&x, DS_CONTROL_GO, 2, "10.9.0.2:20002"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(take(&x, DS_CONTROL_AGAIN, 2, NULL), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(take(&x, DS_CONTROL_GO, 1, "10.9.0.2:20002"), ==, DS_EXCHANGE_NEW);
    g_assert_cmpint(take(&x, DS_CONTROL_GO, 1, "10.9.0.3:20002"), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.count, ==, 2);
    g_assert_cmpint(take(&x, DS_CONTROL_AGAIN, 1, NULL), ==, DS_EXCHANGE_AGAIN);
    g_assert_cmpuint(ds_exchange_next(&x), ==, 2);
    g_assert_cmpuint(x.remote.count, ==, 0);
    g_assert_cmpint(take(&x, DS_CONTROL_AGAIN, 1, NULL), ==, DS_EXCHANGE_OLD);
    g_assert_cmpint(take(&x, DS_CONTROL_GO, 1, "10.9.0.4:20002"), ==, DS_EXCHANGE_OLD);
    g_assert_cmpuint(x.remote.count, ==, 0);
}

/* Our own addresses, and those that nobody may dial, are out; what comes later is looked at too. */
static void
test_vetted(void)
{
    struct ds_exchange x = {.role = DS_ROLE_HELPER, .is_open = true};

    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 1, "10.9.0.1:20001"), ==, DS_EXCHANGE_NEW);
    g_assert_cmpuint(x.remote.count, ==, 0);
    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 1, "127.0.0.1:20001"), ==, DS_EXCHANGE_MORE);
    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 1, "10.9.0.2:22"), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.count, ==, 0);
    g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 1, "10.9.0.2:20002"), ==, DS_EXCHANGE_MORE);
    g_assert_cmpuint(x.remote.count, ==, 1);
}

/* Other people's addresses without end: of a generation only the first few are ever dialled. */
static void
test_scan(void)
{
    struct ds_exchange x = {.role = DS_ROLE_HELPER, .is_open = true};
    g_autoptr(GHashTable) dialled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (unsigned i = 0; i < 2000; i++) {
        g_autofree char *public =
                g_strdup_printf("198.51.%u.%u:443%u", i / 250, i % 250 + 1, i % 10);
        g_autofree char *private = g_strdup_printf("10.0.%u.%u:20001", i / 250, i % 250 + 1);
        g_assert_cmpint(take(&x, DS_CONTROL_OFFER, 1, i % 2 ? public : private), >=, 0);
        for (size_t j = 0; j < x.remote.count; j++) {
            char text[DS_ADDR_TEXT_MAX];
            ds_addr_format(&x.remote.candidates[j].addr, text);
            g_hash_table_add(dialled, g_strdup(text));
        }
    }
    g_assert_cmpuint(g_hash_table_size(dialled), ==, DS_CANDIDATES_MAX);
}

/* --- when --- */

static void
test_ladder(void)
{
    static const uint64_t waits_ms[DS_PUNCH_AGAIN_STEPS] = {100, 300, 1000, 5000};
    struct ds_ladder ladder = {0};

    for (int round = 0; round < 100; round++) {
        for (int step = 0; step < DS_PUNCH_AGAIN_STEPS + 2; step++) {
            uint64_t about_ms = waits_ms[MIN(step, DS_PUNCH_AGAIN_STEPS - 1)];
            uint64_t ms = ds_ladder_next_ms(&ladder, waits_ms);
            g_assert_cmpuint(ms, >=, about_ms * 4 / 5);
            g_assert_cmpuint(ms, <=, about_ms * 6 / 5);
        }
        ds_ladder_reset(&ladder);
    }
}

static void
test_budget(void)
{
    const uint64_t start_ms = 5;
    struct ds_budget budget = {.most = DS_PUNCH_BUDGET, .each_ms = DS_PUNCH_BUDGET_MS};

    for (unsigned i = 0; i < DS_PUNCH_BUDGET; i++) {
        g_assert_cmpuint(ds_budget_wait_ms(&budget, start_ms), ==, 0);
        ds_budget_take(&budget, start_ms);
    }
    g_assert_cmpuint(ds_budget_wait_ms(&budget, start_ms), ==, DS_PUNCH_BUDGET_MS);
    g_assert_cmpuint(ds_budget_wait_ms(&budget, start_ms + 1000), ==, DS_PUNCH_BUDGET_MS - 1000);
    ds_budget_give(&budget);
    g_assert_cmpuint(ds_budget_wait_ms(&budget, start_ms), ==, 0);
    ds_budget_take(&budget, start_ms);
    g_assert_cmpuint(ds_budget_wait_ms(&budget, start_ms + DS_PUNCH_BUDGET_MS), ==, 0);
    ds_budget_take(&budget, start_ms + DS_PUNCH_BUDGET_MS);
    g_assert_cmpuint(
            ds_budget_wait_ms(&budget, start_ms + DS_PUNCH_BUDGET_MS), ==, DS_PUNCH_BUDGET_MS);
}

/* What is not used adds up to no more than there was. */
static void
test_budget_hour(void)
{
    const uint64_t begin_ms = 10 * 3600000, end_ms = begin_ms + 3600000;
    struct ds_budget budget = {.most = DS_PUNCH_BUDGET, .each_ms = DS_PUNCH_BUDGET_MS};
    unsigned taken = 0;

    ds_budget_give(&budget);
    for (uint64_t now_ms = begin_ms; now_ms < end_ms; now_ms += 100)
        for (; ds_budget_wait_ms(&budget, now_ms) == 0; taken++)
            ds_budget_take(&budget, now_ms);
    g_assert_cmpuint(taken, ==, DS_PUNCH_BUDGET + 3600000 / DS_PUNCH_BUDGET_MS - 1);
}

/* --- whom to ask --- */

static void
check_servers(const char *relay, const char *named, const char *setting, const char *expected)
{
    struct ds_foothold foothold = {0};
    struct ds_addr out[3];
    g_autoptr(GString) got = g_string_new(NULL);

    if (relay[0] != '\0')
        foothold.relay = addr(relay);
    g_strlcpy(foothold.stun, named, sizeof foothold.stun);
    size_t count = ds_stun_servers(out, G_N_ELEMENTS(out), &foothold, setting);
    for (size_t i = 0; i < count; i++) {
        char text[DS_ADDR_TEXT_MAX];
        g_string_append_printf(got, "%s%s", i > 0 ? " " : "", ds_addr_format(&out[i], text));
    }
    g_assert_cmpstr(got->str, ==, expected);
}

static void
test_stun_servers(void)
{
    check_servers("198.51.100.1:443", "", NULL, "");
    check_servers("198.51.100.1:443", "198.51.100.1:3478,198.51.100.2:3479", NULL,
            "198.51.100.1:3478 198.51.100.2:3479");
    check_servers("198.51.100.1:443", "198.51.100.1", NULL, "198.51.100.1:3478");
    check_servers(
            "198.51.100.1:443", "[2001:db8::1]:3478,nonsense,,x:1", NULL, "[2001:db8::1]:3478");
    /* A name is resolved for nobody. */
    check_servers(
            "198.51.100.1:443", "stun.example:3478,198.51.100.2:3478", NULL, "198.51.100.2:3478");
    check_servers("198.51.100.1:443", "localhost:3478", NULL, "");
    /* No relay of the world sends us into our own network. */
    check_servers("198.51.100.1:443", "10.0.0.1:3478,127.0.0.1:3478,198.51.100.2:3478", NULL,
            "198.51.100.2:3478");
    check_servers("198.51.100.1:443", "[fd00::1]:3478,[fe80::1]:3478,100.64.0.1:3478", NULL, "");
    check_servers("198.51.100.1:443", "[::ffff:10.0.0.1]:3478,[2002:a00:1::1]:3478", NULL, "");
    check_servers("", "10.0.0.1:3478", NULL, "");
    check_servers("10.0.0.9:443", "10.0.0.1:3478", NULL, "10.0.0.1:3478");
    /* Nor does any relay send us to this machine, unless it is here; nor to services. */
    check_servers("10.0.0.9:443", "127.0.0.1:3478,[::1]:3478,0.0.0.0:3478", NULL, "0.0.0.0:3478");
    check_servers("127.0.0.1:443", "127.0.0.1:3478", NULL, "127.0.0.1:3478");
    check_servers("198.51.100.1:443", "198.51.100.2:25,198.51.100.3:1023,198.51.100.4:1024", NULL,
            "198.51.100.4:1024");
    check_servers("198.51.100.1:443", "198.51.100.1:80", NULL, "");
    check_servers("198.51.100.1:443", "224.0.0.1:3478,240.0.0.1:3478,169.254.1.1:3478", NULL, "");
    /* Two are what a server can have (RFC 5780). */
    check_servers("198.51.100.1:443", "1.1.1.1:3478,1.1.1.2:3478,1.1.1.3:3478", NULL,
            "1.1.1.1:3478 1.1.1.2:3478");
    /* What was set counts, and alone. */
    check_servers("198.51.100.1:443", "198.51.100.1:3478", "10.0.0.1:5000", "10.0.0.1:5000");
    check_servers("198.51.100.1:443", "", "1.1.1.1:1,1.1.1.1:2,1.1.1.1:3,1.1.1.1:4",
            "1.1.1.1:1 1.1.1.1:2 1.1.1.1:3");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/direct/exchange/helper", test_helper);
    g_test_add_func("/direct/exchange/helpee", test_helpee);
    g_test_add_func("/direct/exchange/aim", test_aim);
    g_test_add_func("/direct/exchange/salvo", test_salvo);
    g_test_add_func("/direct/exchange/vetted", test_vetted);
    g_test_add_func("/direct/exchange/scan", test_scan);
    g_test_add_func("/direct/ladder", test_ladder);
    g_test_add_func("/direct/budget", test_budget);
    g_test_add_func("/direct/budget/hour", test_budget_hour);
    g_test_add_func("/direct/stun-servers", test_stun_servers);
    return g_test_run();
}
