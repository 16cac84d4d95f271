/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two sides of a generation of tries, on loopback. */
#include "tests/integration/punching.h"

/* Both are there from the start. */
static void
test_together(void)
{
    struct punching world;
    punching_init(&world);
    punching_start_both(&world);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    punching_run(&world, punching_is_over);
    for (int i = 0; i < SIDES; i++) {
        g_assert_cmpuint(world.side[i].over, ==, 1);
        g_assert_cmpuint(world.side[i].over_proven, ==, world.side[i].proven);
    }
    punching_finish(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attempt/together", test_together);
    return g_test_run();
}
