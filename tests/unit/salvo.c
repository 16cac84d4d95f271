/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The birthday salvo without sockets: how many, which ports, how often two meet, whose turn it is.
 */
#include "net/punch/salvo.h"

#include <string.h>

#include <glib.h>

#include "net/base/limits.h"
#include "net/peer/birthday.h"
#include "tests/lib/seed.h"
#include "tests/unit/addr.h"

enum { ALL = 64512, RUNS = 400 };

static const struct ds_salvo all_ports = {.base = 1024, .size = ALL, .sockets = 512};

/* ---- how many ---- */

static void
test_sockets(void)
{
    static const struct {
        guint size, most, sockets;
    } rows[] = {{ALL, 512, 512}, {ALL, 1000, 719}, {ALL, 1, 1}, {ALL, 0, 0}, {2048, 512, 128},
            {2500, 512, 142}, {512, 512, 64}, {512, 63, 63}, {8, 512, 8}, {2, 512, 2}, {0, 512, 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpuint(ds_salvo_sockets(rows[i].size, rows[i].most), ==, rows[i].sockets);
    g_assert_cmpuint(ds_salvo_sockets_both(512, 512), ==, 256);
    g_assert_cmpuint(ds_salvo_sockets_both(ALL, 512), ==, 512);
    g_assert_cmpuint(ds_salvo_sockets_both(1, 512), ==, 0);
}

/* What else is open has its reserve, and what is wanted is no more than there may be. */
static void
test_most(void)
{
    g_assert_cmpuint(ds_salvo_most(512, 1000), ==, 512);
    g_assert_cmpuint(ds_salvo_most(9999, 9999), ==, DS_SALVO_MAX);
    g_assert_cmpuint(ds_salvo_most(512, DS_SALVO_RESERVE + 100), ==, 100);
    g_assert_cmpuint(ds_salvo_most(64, DS_SALVO_RESERVE + 100), ==, 64);
    g_assert_cmpuint(ds_salvo_most(512, DS_SALVO_RESERVE), ==, 0);
    g_assert_cmpuint(ds_salvo_most(512, 0), ==, 0);
    g_assert_cmpuint(ds_salvo_most(0, 1000), ==, 0);
}

static void
assert_salvo(const struct ds_salvo *salvo, guint base, guint size, guint sockets)
{
    g_assert_cmpuint(salvo->base, ==, base);
    g_assert_cmpuint(salvo->size, ==, size);
    g_assert_cmpuint(salvo->sockets, ==, sockets);
}

/* Only what is dealt at random is left to chance. */
static void
test_of(void)
{
    struct ds_allocation allocation = {
            .kind = DS_ALLOCATION_BAND, .base = 40000, .size = 600, .step = 1, .last = 40000};
    struct ds_salvo salvo = ds_salvo_of(&allocation, 512);
    assert_salvo(&salvo, 40000, 600, 70);
    allocation.kind = DS_ALLOCATION_RANDOM;
    salvo = ds_salvo_of(&allocation, 300);
    assert_salvo(&salvo, 1024, ALL, 300);
    allocation.kind = DS_ALLOCATION_PARITY;
    salvo = ds_salvo_of(&allocation, 512);
    assert_salvo(&salvo, 1024, ALL, 512);
    for (int kind = DS_ALLOCATION_UNKNOWN; kind < DS_ALLOCATION_PARITY; kind++) {
        allocation.kind = (enum ds_allocation_kind)kind;
        salvo = ds_salvo_of(&allocation, 512);
        assert_salvo(&salvo, 0, 0, 0);
    }
}

static void
test_sound(void)
{
    static const struct {
        struct ds_salvo salvo;
        gboolean is_sound, is_opened;
    } rows[] = {{{0, 0, 0}, TRUE, FALSE}, {{0, 0, 512}, TRUE, FALSE},
            {{1024, ALL, 512}, TRUE, TRUE}, {{1024, ALL, 0}, TRUE, FALSE},
            {{65535, 1, 1}, TRUE, TRUE}, {{65535, 2, 1}, FALSE, TRUE},
            {{1024, ALL + 1, 1}, FALSE, TRUE}, {{1023, 100, 1}, FALSE, TRUE},
            {{40000, 0, 1}, FALSE, TRUE}, {{0, 100, 1}, FALSE, FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_assert_cmpint(ds_salvo_is_sound(&rows[i].salvo), ==, rows[i].is_sound);
        g_assert_cmpint(ds_salvo_is_opened(&rows[i].salvo), ==, rows[i].is_opened);
    }
}

/* ---- which ports ---- */

static void
fill(GRand *rand, guint32 *random, gsize count)
{
    for (gsize i = 0; i < count; i++)
        random[i] = g_rand_int(rand);
}

/* All differ and are the salvo's, whatever the random numbers are. */
static void
check_drawn(const struct ds_salvo *salvo, const guint32 *random, gsize count)
{
    guint16 ports[DS_SALVO_MAX];
    g_autofree guint8 *is_drawn = g_malloc0(65536);

    ds_salvo_draw(salvo, random, ports, count);
    for (gsize i = 0; i < count; i++) {
        g_assert_cmpuint(ports[i], >=, salvo->base);
        g_assert_cmpuint(ports[i], <=, salvo->base + salvo->size - 1);
        g_assert_cmpuint(is_drawn[ports[i]], ==, 0);
        is_drawn[ports[i]] = 1;
    }
}

static void
test_draw(void)
{
    static const struct ds_salvo salvos[] = {
            {1024, ALL, 512}, {65024, 512, 512}, {40000, 513, 512}, {65535, 1, 1}};
    g_autoptr(GRand) rand = test_seed();
    guint32 random[DS_SALVO_MAX];

    for (gsize i = 0; i < G_N_ELEMENTS(salvos); i++) {
        gsize count = MIN(salvos[i].sockets, salvos[i].size);
        memset(random, 0, sizeof random);
        check_drawn(&salvos[i], random, count);
        memset(random, 0xff, sizeof random);
        check_drawn(&salvos[i], random, count);
        for (int run = 0; run < RUNS; run++) {
            fill(rand, random, count);
            check_drawn(&salvos[i], random, count);
        }
        check_drawn(&salvos[i], random, 0);
    }
}

/* Each port is drawn as often as any other: within six standard deviations. */
static void
test_draw_evenly(void)
{
    enum { SIZE = 16, COUNT = 4, DRAWS = 40000, MEAN = DRAWS * COUNT / SIZE, SPREAD = 6 * 87 };
    const struct ds_salvo salvo = {.base = 50000, .size = SIZE, .sockets = COUNT};
    g_autoptr(GRand) rand = test_seed();
    guint times[SIZE] = {0};

    for (int i = 0; i < DRAWS; i++) {
        guint32 random[COUNT];
        guint16 ports[COUNT];
        fill(rand, random, COUNT);
        ds_salvo_draw(&salvo, random, ports, COUNT);
        for (int j = 0; j < COUNT; j++)
            times[ports[j] - salvo.base]++;
    }
    for (int i = 0; i < SIZE; i++)
        g_assert_cmpint(ABS((int)times[i] - MEAN), <, SPREAD);
}

/* ---- how often two meet ---- */

/* Has one side draw, and the other's NAT deal; the latter's band may be known wrong. */
static gboolean
is_met(GRand *rand, const struct ds_salvo *drawn, const struct ds_salvo *dealt)
{
    guint32 random[DS_SALVO_MAX];
    guint16 ports[DS_SALVO_MAX];
    g_autofree guint8 *is_dealt = g_malloc0(65536);
    gsize count = ds_salvo_sockets(drawn->size, DS_SALVO_MAX);

    fill(rand, random, dealt->sockets);
    ds_salvo_draw(dealt, random, ports, dealt->sockets);
    for (gsize i = 0; i < dealt->sockets; i++)
        is_dealt[ports[i]] = 1;
    fill(rand, random, count);
    ds_salvo_draw(drawn, random, ports, count);
    for (gsize i = 0; i < count; i++)
        if (is_dealt[ports[i]])
            return TRUE;
    return FALSE;
}

static guint
meetings(const struct ds_salvo *drawn, const struct ds_salvo *dealt)
{
    g_autoptr(GRand) rand = test_seed();
    guint met = 0;

    for (int i = 0; i < RUNS; i++)
        met += is_met(rand, drawn, dealt);
    return met;
}

/* 98 %, and over 99 % of a band, in 400 runs; less than that by six standard deviations fails. */
static void
test_meet(void)
{
    const struct ds_salvo band = {.base = 40000, .size = 512, .sockets = 64},
                          wide = {.base = 30000, .size = 2048, .sockets = 128},
                          guessed = {.base = 39900, .size = 620, .sockets = 71};
    g_assert_cmpuint(meetings(&all_ports, &all_ports), >=, 370);
    g_assert_cmpuint(meetings(&band, &band), >=, 390);
    g_assert_cmpuint(meetings(&wide, &wide), >=, 390);
    g_assert_cmpuint(meetings(&guessed, &band), >=, 390);
}

/* ---- whose turn it is ---- */

/* Two sides, here a random one and an easy one, who know all that they may. */
struct turn {
    struct ds_birthday birthday;
    struct ds_offer here, there;
    struct ds_allocation allocation;
    struct ds_addr revealed;
    struct ds_birthday_facts facts;
    guint spare;
    guint64 now_ms;
    struct ds_attempt_salvo salvo; /* what was opened last */
};

static void
add(struct ds_offer *offer, const char *text)
{
    const struct ds_addr addr = addr_of(text);
    ds_offer_add(offer, DS_CANDIDATE_REFLEXIVE, 0, &addr);
}

static void
prepare(struct turn *turn)
{
    ds_birthday_prepare(&turn->birthday, turn->spare, turn->now_ms);
}

static void
turn_init(struct turn *turn, enum ds_mapping here, enum ds_mapping there)
{
    *turn = (struct turn){.here = {.generation = 1, .mapping = here},
            .there = {.generation = 1, .mapping = there, .salvo = {.sockets = 512}},
            .allocation = {.kind = DS_ALLOCATION_RANDOM},
            .revealed = addr_of("198.51.100.7:40000"),
            .spare = 1000,
            .now_ms = 1};
    turn->facts = (struct ds_birthday_facts){.here = &turn->here,
            .there = &turn->there,
            .allocation = &turn->allocation,
            .revealed = &turn->revealed,
            .rtt_ms = 60};
    add(&turn->here, "203.0.113.9:30000");
    add(&turn->there, "198.51.100.7:22222");
    ds_birthday_init(&turn->birthday, 512);
    prepare(turn);
    g_assert_cmpuint(turn->birthday.told.sockets, ==, 512);
}

static gboolean
tells(struct turn *turn)
{
    return ds_birthday_tell(&turn->birthday, &turn->facts);
}

static gboolean
opens(struct turn *turn)
{
    return ds_birthday_open(&turn->birthday, &turn->facts, &turn->salvo);
}

static void
test_turn_hard(void)
{
    struct turn turn;
    turn_init(&turn, DS_MAPPING_ADDRESS_AND_PORT, DS_MAPPING_INDEPENDENT);
    g_assert_false(opens(&turn)); /* it was not told */
    g_assert_true(tells(&turn));
    assert_salvo(&turn.birthday.told, 1024, ALL, 512);
    g_assert_true(opens(&turn));
    assert_addr(&turn.salvo.target, "198.51.100.7:22222");
    g_assert_cmpuint(turn.salvo.sockets, ==, 512);
    g_assert_cmpuint(turn.salvo.at.size, ==, 0);
    g_assert_false(turn.salvo.is_from_one_port);
    g_assert_cmpuint(turn.salvo.wait_ms, ==, 30);
    g_assert_false(tells(&turn)); /* once in a generation */
    g_assert_false(opens(&turn));
}

static void
test_turn_easy(void)
{
    struct turn turn;
    turn_init(&turn, DS_MAPPING_INDEPENDENT, DS_MAPPING_ADDRESS);
    g_assert_false(tells(&turn));
    g_assert_false(opens(&turn)); /* the other side has told nothing yet */
    turn.there.salvo = (struct ds_salvo){40000, 600, 70};
    g_assert_false(tells(&turn));
    g_assert_true(opens(&turn));
    g_assert_cmpuint(turn.salvo.sockets, ==, 70);
    g_assert_cmpuint(turn.salvo.at.base, ==, 40000);
    g_assert_cmpuint(turn.salvo.at.size, ==, 600);
    g_assert_true(turn.salvo.is_from_one_port);
    g_assert_cmpuint(turn.salvo.wait_ms, ==, 0);
    g_assert_false(opens(&turn));
}

/* How long who tells waits for its word to arrive, and who hears of it goes on with what is
 * refused. */
static void
test_turn_far(void)
{
    static const struct {
        unsigned rtt_ms, wait_ms;
    } rows[] = {{0, 0}, {200, 100}, {300, 200}, {900, 800}, {1050, 800}, {1600, 800}, {2000, 1000}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct turn hard, easy;
        turn_init(&hard, DS_MAPPING_ADDRESS_AND_PORT, DS_MAPPING_INDEPENDENT);
        turn_init(&easy, DS_MAPPING_INDEPENDENT, DS_MAPPING_ADDRESS_AND_PORT);
        hard.facts.rtt_ms = easy.facts.rtt_ms = rows[i].rtt_ms;
        g_assert_true(tells(&hard));
        easy.there.salvo = hard.birthday.told;
        g_assert_true(opens(&hard));
        g_assert_true(opens(&easy));
        g_assert_cmpuint(hard.salvo.wait_ms, ==, rows[i].wait_ms);
        g_assert_cmpuint(easy.salvo.wait_ms, ==, 0);
        g_assert_cmpuint(hard.salvo.retry_ms, ==, DS_SALVO_HOLD_MS);
        g_assert_cmpuint(easy.salvo.retry_ms, >, rows[i].wait_ms);
    }
}

/* Whoever tells second waits for its word to arrive; whoever hears it begins. */
static void
test_turn_both(void)
{
    struct turn first, second;
    turn_init(&first, DS_MAPPING_ADDRESS_AND_PORT, DS_MAPPING_ADDRESS_AND_PORT);
    turn_init(&second, DS_MAPPING_ADDRESS_AND_PORT, DS_MAPPING_ADDRESS_AND_PORT);
    g_assert_false(tells(&first)); /* any port of all: nobody could meet there */
    first.allocation = second.allocation =
            (struct ds_allocation){.kind = DS_ALLOCATION_BAND, .base = 40000, .size = 600};
    g_assert_true(tells(&first));
    assert_salvo(&first.birthday.told, 40000, 600, 300);
    g_assert_false(opens(&first));
    second.there.salvo = first.birthday.told;
    g_assert_true(tells(&second));
    g_assert_true(opens(&second));
    g_assert_cmpuint(second.salvo.wait_ms, ==, 30);
    first.there.salvo = second.birthday.told;
    g_assert_true(opens(&first));
    g_assert_cmpuint(first.salvo.wait_ms, ==, 0);
    g_assert_cmpuint(first.salvo.sockets, ==, 300);
    g_assert_cmpuint(first.salvo.at.size, ==, 600);
    g_assert_false(first.salvo.is_from_one_port);
    ds_birthday_spend(&first.birthday, first.now_ms);
    prepare(&first);
    g_assert_false(tells(&first)); /* what is left of the band is for others */
}

/* Neither tells nor opens, once something is as `spoil` makes it; `mend` undoes that. */
static void
assert_forbidden(void (*spoil)(struct turn *turn))
{
    struct turn turn;
    turn_init(&turn, DS_MAPPING_ADDRESS_AND_PORT, DS_MAPPING_INDEPENDENT);
    spoil(&turn);
    g_assert_false(tells(&turn));
    g_assert_false(opens(&turn));
    turn_init(&turn, DS_MAPPING_INDEPENDENT, DS_MAPPING_ADDRESS_AND_PORT);
    turn.there.salvo = all_ports;
    spoil(&turn);
    g_assert_false(opens(&turn));
}

static void
spoil_revealed(struct turn *turn)
{
    turn->revealed.len = 0;
}

static void
spoil_address(struct turn *turn)
{
    turn->revealed = addr_of("198.51.100.8:22222");
}

static void
spoil_own(struct turn *turn)
{
    turn->here.count = 0;
    add(&turn->here, "198.51.100.7:30000");
}

static void
spoil_further_own(struct turn *turn)
{
    add(&turn->here, "198.51.100.7:30001");
}

static void
spoil_unknown_own(struct turn *turn)
{
    turn->here.count = 0;
    add(&turn->here, "192.168.1.9:30000");
}

static void
spoil_v6(struct turn *turn)
{
    turn->revealed = addr_of("[2001:db8::7]:40000");
}

static void
spoil_theirs(struct turn *turn)
{
    turn->there.salvo.sockets = 0;
}

static void
spoil_setting(struct turn *turn)
{
    ds_birthday_init(&turn->birthday, 0);
    prepare(turn);
}

static void
spoil_descriptors(struct turn *turn)
{
    turn->spare = DS_SALVO_RESERVE;
    prepare(turn);
}

static void
spoil_budget(struct turn *turn)
{
    for (int i = 0; i < DS_SALVOS_AT_ONCE; i++)
        ds_birthday_spend(&turn->birthday, turn->now_ms);
    prepare(turn);
}

static void
spoil_candidates(struct turn *turn)
{
    turn->there.count = 0;
    add(&turn->there, "192.168.1.7:22222");
}

static void
spoil_both(struct turn *turn)
{
    turn->here.mapping = turn->there.mapping = DS_MAPPING_UNKNOWN;
}

static void
test_turn_forbidden(void)
{
    assert_forbidden(spoil_revealed);
    assert_forbidden(spoil_address);
    assert_forbidden(spoil_own);
    assert_forbidden(spoil_further_own);
    assert_forbidden(spoil_unknown_own);
    assert_forbidden(spoil_v6);
    assert_forbidden(spoil_theirs);
    assert_forbidden(spoil_setting);
    assert_forbidden(spoil_descriptors);
    assert_forbidden(spoil_budget);
    assert_forbidden(spoil_candidates);
    assert_forbidden(spoil_both);
}

/* A further generation, in which one takes place if there may be one. */
static gboolean
takes_place(struct turn *turn)
{
    prepare(turn);
    if (!opens(turn))
        return FALSE;
    ds_birthday_spend(&turn->birthday, turn->now_ms);
    return TRUE;
}

/* Two at once, one more in its time, whoever asks; and else it says that there will be none. */
static void
test_turn_budget(void)
{
    struct turn turn;
    turn_init(&turn, DS_MAPPING_INDEPENDENT, DS_MAPPING_ADDRESS_AND_PORT);
    turn.there.salvo = all_ports;
    for (int i = 0; i < DS_SALVOS_AT_ONCE; i++)
        g_assert_true(takes_place(&turn));
    g_assert_false(takes_place(&turn));
    g_assert_cmpuint(turn.birthday.told.sockets, ==, 0);
    turn.now_ms += DS_SALVOS_MS - 1;
    g_assert_false(takes_place(&turn));
    turn.now_ms += 1;
    for (int i = DS_SALVOS_AT_ONCE; i < DS_SALVOS; i++)
        g_assert_true(takes_place(&turn));
    turn.now_ms += 100 * DS_SALVOS_MS;
    g_assert_false(takes_place(&turn));
    g_assert_cmpuint(turn.birthday.told.sockets, ==, 0);
}

/* One that was decided and did not take place costs nothing. */
static void
test_turn_not_spent(void)
{
    struct turn turn;
    turn_init(&turn, DS_MAPPING_INDEPENDENT, DS_MAPPING_ADDRESS_AND_PORT);
    turn.there.salvo = all_ports;
    for (int i = 0; i < 2 * DS_SALVOS; i++) {
        prepare(&turn);
        g_assert_true(opens(&turn));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/salvo/sockets", test_sockets);
    g_test_add_func("/salvo/most", test_most);
    g_test_add_func("/salvo/of", test_of);
    g_test_add_func("/salvo/sound", test_sound);
    g_test_add_func("/salvo/draw", test_draw);
    g_test_add_func("/salvo/draw/evenly", test_draw_evenly);
    g_test_add_func("/salvo/meet", test_meet);
    g_test_add_func("/salvo/turn/hard", test_turn_hard);
    g_test_add_func("/salvo/turn/easy", test_turn_easy);
    g_test_add_func("/salvo/turn/far", test_turn_far);
    g_test_add_func("/salvo/turn/both", test_turn_both);
    g_test_add_func("/salvo/turn/forbidden", test_turn_forbidden);
    g_test_add_func("/salvo/turn/budget", test_turn_budget);
    g_test_add_func("/salvo/turn/not-spent", test_turn_not_spent);
    return g_test_run();
}
