/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The relay of the hostile tests when it does nothing: every session comes to a good end. */
#include "tests/integration/hostile.h"

/* All that is forwarded is shown, and goes on as it came. */
static void
look_only(struct hostile_session *session, struct hostile_message *message)
{
    const struct hostile_try *try = session->arg;
    if (message->what == HOSTILE_PIPE)
        g_assert_cmpuint(message->path, ==, 1);
    if (message->what == HOSTILE_A1)
        g_assert_cmpstr(session->nameplate, ==, try->pairing.code.nameplate);
}

static void
test_none(void)
{
    static const struct hostile_row rows[] = {
            {.name = "no attack"},
            {.name = "large", .bytes = 300000},
            {.name = "an attack that only looks",
                    .on_message = look_only,
                    .stands = true,
                    .helper = {DS_REASON_STOPPED, ""},
                    .helpee = {DS_REASON_PEER_STOPPED, ""}},
    };
    hostile_run(rows, G_N_ELEMENTS(rows), HOSTILE_TRIES);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostile/none", test_none);
    return g_test_run();
}
