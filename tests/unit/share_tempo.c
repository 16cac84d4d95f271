/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "app/share/tempo.h"

enum { MS = 1000, SECOND = 1000 * MS, BEGIN = 100 * SECOND };
enum { EVERY_US = 500 };

static void
frame(struct ds_tempo *tempo, uint64_t now_us)
{
    ds_tempo_begin(tempo, now_us);
    ds_tempo_end(tempo);
}

/* What happens to a screen that always differs from the picture: a touch this often, 0: none. */
struct flood {
    uint64_t touch_us;
    void (*touch)(struct ds_tempo *tempo, uint64_t now_us);
};

/* Returns the looks in 10 s. */
static unsigned
count_looks(const struct flood *flood)
{
    struct ds_tempo tempo;
    unsigned looks = 0;
    ds_tempo_init(&tempo);
    for (uint64_t now_us = BEGIN; now_us < BEGIN + 10 * SECOND; now_us += EVERY_US) {
        if (flood->touch_us > 0 && now_us % flood->touch_us == 0)
            flood->touch(&tempo, now_us);
        ds_tempo_see(&tempo, now_us, true);
        if (now_us < ds_tempo_look_us(&tempo, now_us))
            continue;
        frame(&tempo, now_us);
        looks++;
    }
    return looks;
}

/* However often the pointer moves, or keys are pressed, there are 60 a second and a few early. */
static void
test_cap(void)
{
    static const struct flood floods[] = {
            {0, NULL},
            {MS, ds_tempo_move},
            {8 * MS, ds_tempo_move},
            {EVERY_US, ds_tempo_press},
            {40 * MS, ds_tempo_press},
            {100 * MS, ds_tempo_press},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(floods); i++) {
        unsigned looks = count_looks(&floods[i]);
        g_test_message("%u looks", looks);
        g_assert_cmpuint(looks, <=, 10 * 1000 / 16 + 4);
        g_assert_cmpuint(looks, >=, 10 * 1000 / 16 - 10);
    }
}

/* A change is looked at when it has settled, and the next one after a frame. */
static void
test_frames(void)
{
    struct ds_tempo tempo;
    ds_tempo_init(&tempo);
    ds_tempo_see(&tempo, BEGIN, true);
    ds_tempo_see(&tempo, BEGIN + MS, true); /* it counts from the first one */
    g_assert_cmpuint(ds_tempo_look_us(&tempo, BEGIN + MS), ==, BEGIN + 2 * MS);
    frame(&tempo, BEGIN + 2 * MS);
    ds_tempo_see(&tempo, BEGIN + 3 * MS, false);
    g_assert_cmpuint(ds_tempo_turn_us(&tempo), ==, BEGIN + 18 * MS);
    ds_tempo_see(&tempo, BEGIN + 4 * MS, true);
    g_assert_cmpuint(ds_tempo_look_us(&tempo, BEGIN + 4 * MS), ==, BEGIN + 18 * MS);
    ds_tempo_see(&tempo, BEGIN + 40 * MS, false);
    ds_tempo_see(&tempo, BEGIN + 50 * MS, true);
    g_assert_cmpuint(ds_tempo_look_us(&tempo, BEGIN + 50 * MS), ==, BEGIN + 52 * MS);
}

/* What comes of a key, or of the pointer, is not behind a film's frame. */
static void
test_answer(gconstpointer data)
{
    const bool is_key = GPOINTER_TO_INT(data);
    struct ds_tempo tempo;
    ds_tempo_init(&tempo);
    for (uint64_t film_us = BEGIN; film_us < BEGIN + SECOND; film_us += 33 * MS) {
        ds_tempo_see(&tempo, film_us, true);
        g_assert_cmpuint(ds_tempo_look_us(&tempo, film_us), ==, film_us + 2 * MS);
        frame(&tempo, film_us + 2 * MS);
        if (is_key)
            ds_tempo_press(&tempo, film_us + 3 * MS);
        else
            ds_tempo_move(&tempo, film_us + 3 * MS);
        ds_tempo_see(&tempo, film_us + 4 * MS, true);
        g_assert_cmpuint(ds_tempo_look_us(&tempo, film_us + 4 * MS), ==, film_us + 6 * MS);
        frame(&tempo, film_us + 6 * MS);
    }
}

/* A key ends the frame that is being sent, the pointer does not, and no two frames are cut. */
static void
test_cut(void)
{
    struct ds_tempo tempo;
    unsigned whole = 0;
    ds_tempo_init(&tempo);
    ds_tempo_press(&tempo, BEGIN); /* nothing is being sent */
    ds_tempo_begin(&tempo, BEGIN);
    ds_tempo_move(&tempo, BEGIN);
    g_assert_false(ds_tempo_is_cut(&tempo));
    ds_tempo_press(&tempo, BEGIN);
    g_assert_true(ds_tempo_is_cut(&tempo));
    ds_tempo_end(&tempo);
    for (unsigned i = 0; i < 100; i++) {
        ds_tempo_press(&tempo, BEGIN);
        ds_tempo_begin(&tempo, BEGIN);
        g_assert_false(ds_tempo_is_cut(&tempo));
        ds_tempo_press(&tempo, BEGIN);
        whole += !ds_tempo_is_cut(&tempo);
        ds_tempo_end(&tempo);
    }
    g_assert_cmpuint(whole, ==, 50);
}

/* Who asks for all of it without end is sent it; what others wait for does not come later for it.
 */
static void
test_anew(void)
{
    struct ds_tempo tempo;
    ds_tempo_init(&tempo);
    for (unsigned i = 0; i < 1000; i++)
        frame(&tempo, BEGIN + i * MS);
    g_assert_cmpuint(ds_tempo_turn_us(&tempo), <=, BEGIN + 999 * MS + 48 * MS);
    g_assert_cmpuint(ds_tempo_turn_us(&tempo), >=, BEGIN + 999 * MS + 16 * MS);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/tempo/cap", test_cap);
    g_test_add_func("/share/tempo/frames", test_frames);
    g_test_add_data_func("/share/tempo/answer-key", GINT_TO_POINTER(true), test_answer);
    g_test_add_data_func("/share/tempo/answer-pointer", GINT_TO_POINTER(false), test_answer);
    g_test_add_func("/share/tempo/anew", test_anew);
    g_test_add_func("/share/tempo/cut", test_cut);
    return g_test_run();
}
