/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decoder as a process: sealed, killed, stuck, stopped, and freed whenever that may be. */
#include <signal.h>
#include <string.h>

#include "app/view/decoder_child.h"
#include "app/view/sanitized.h"
#include "tests/integration/decoder_run.h"

/* From outside: the kernel filters what it calls. */
static void
test_sealed(void)
{
    struct run run;

    run_start(&run);
    run_send(&run, rfb_whole_session());
    run_until(&run, &run.frames, 1);
    g_autofree char *path = g_strdup_printf("/proc/%d/status", run_child());
    g_autofree char *status = NULL;
    g_assert_true(g_file_get_contents(path, &status, NULL, NULL));
    g_assert_nonnull(strstr(status, DS_SANITIZED ? "\nSeccomp:\t0\n" : "\nSeccomp:\t2\n"));
    g_assert_nonnull(strstr(status, "\nNoNewPrivs:\t1\n"));
    run_finish(&run);
}

static void
test_child_killed(void)
{
    struct run run;

    run_start(&run);
    run_send(&run, rfb_whole_session());
    run_until(&run, &run.frames, 1);
    kill(run_child(), SIGKILL);
    run_expect_error(&run, DS_DECODER_FAILURE_CRASHED);
    run_finish(&run);
}

/* A child that hangs before the first frame is a silent one; stopping it does not wait for it. */
static void
test_child_hangs(void)
{
    struct run run;

    run_start_with(&run, NULL, true, 100);
    kill(run_child(), SIGSTOP);
    run_expect_error(&run, DS_DECODER_FAILURE_SILENT);
    run_finish(&run);
    run_start(&run);
    run_send(&run, rfb_whole_session());
    run_until(&run, &run.frames, 1);
    kill(run_child(), SIGSTOP);
    run_stop(&run);
    run_finish(&run);
    run_start(&run);
    kill(run_child(), SIGSTOP);
    run_finish(&run); /* nor does freeing it */
}

static void
test_stop(void)
{
    struct run run;

    run_start(&run); /* at once */
    run_stop(&run);
    run_finish(&run);
    run_start(&run); /* in the middle, twice */
    run_send(&run, rfb_whole_session());
    run_until(&run, &run.frames, 1);
    run_stop(&run);
    run.is_stopped = false;
    run_stop(&run);
    g_assert_cmpuint(run.errors, ==, 0);
    run_finish(&run);
}

/* Each callback frees its decoder. */
static void
test_free_in_callbacks(void)
{
    struct run run;
    unsigned *const counters[] = {
            &run.readies, &run.resizes, &run.updates, &run.frames, &run.cursors, &run.errors};

    for (size_t i = 0; i < G_N_ELEMENTS(counters); i++) {
        GByteArray *bytes = rfb_whole_session();
        put_cursor(bytes, 2, 1, 1);
        put_update(bytes, 1);
        put_rect(bytes, 0, 0, 3, 3, RFB_NEW_SIZE);
        run_start(&run);
        run.free_at = counters[i];
        run_send(&run, bytes);
        run_end_stream(&run);
        run_until(&run, counters[i], 1);
        g_assert_null(run.decoder);
        run_finish(&run);
    }
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decoder-child/sealed", test_sealed);
    g_test_add_func("/decoder-child/killed", test_child_killed);
    g_test_add_func("/decoder-child/hangs", test_child_hangs);
    g_test_add_func("/decoder-child/stop", test_stop);
    g_test_add_func("/decoder-child/free-in-callbacks", test_free_in_callbacks);
    return g_test_run();
}
