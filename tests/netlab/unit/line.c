/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, the queue of what is under way, and the files of kinds. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tests/netlab/router/kind.h"
#include "tests/netlab/router/pipe.h"
#include "tests/netlab/router/queue.h"

static uint64_t
entered(struct nl_pipe *pipe, size_t len, uint64_t now_us)
{
    struct nl_random random = {1};
    uint64_t due_us;
    g_assert_cmpint(nl_pipe_enter(pipe, len, &random, now_us, &due_us), ==, NL_PIPE_PASS);
    return due_us;
}

static void
test_delay(void)
{
    struct nl_pipe pipe = {.delay_us = 20000};
    g_assert_cmpuint(entered(&pipe, 100, 5), ==, 20005);
    pipe.delay_us = 1000; /* nothing overtakes */
    g_assert_cmpuint(entered(&pipe, 100, 6), ==, 20005);
    g_assert_cmpuint(entered(&pipe, 100, 19005), ==, 20005);
    g_assert_cmpuint(entered(&pipe, 100, 19006), ==, 20006);
}

static void
test_rate(void)
{
    struct nl_random random = {1};
    struct nl_pipe pipe = {.delay_us = 10, .rate_bps = 8000000, .queue_bytes = 3000};
    uint64_t due_us;
    g_assert_cmpuint(entered(&pipe, 1000, 0), ==, 1010);
    g_assert_cmpuint(entered(&pipe, 1000, 0), ==, 2010);
    g_assert_cmpuint(entered(&pipe, 1000, 0), ==, 3010);
    g_assert_cmpint(nl_pipe_enter(&pipe, 1, &random, 0, &due_us), ==, NL_PIPE_OVERFLOW);
    g_assert_cmpuint(entered(&pipe, 1000, 1000), ==, 4010);
    g_assert_cmpuint(entered(&pipe, 1000, 9000), ==, 10010);
}

static void
test_loss(void)
{
    struct nl_random random = {7}, same = {7};
    struct nl_pipe pipe = {.loss_ppm = 100000};
    uint64_t due_us;
    int lost = 0;
    for (int i = 0; i < 10000; i++) {
        enum nl_pipe_fate fate = nl_pipe_enter(&pipe, 100, &random, 0, &due_us);
        g_assert_cmpint(fate, ==, nl_pipe_enter(&pipe, 100, &same, 0, &due_us));
        lost += fate == NL_PIPE_LOST;
    }
    g_assert_cmpint(lost, >, 880);
    g_assert_cmpint(lost, <, 1120);
}

static void
test_queue(void)
{
    static const uint64_t dues[] = {5, 3, 9, 3, 1, 7, 5, 3};
    static const size_t wanted[] = {4, 1, 3, 7, 0, 6, 5, 2};
    struct nl_packet *packets[G_N_ELEMENTS(dues)];
    struct nl_queue queue = {0};
    g_assert_cmpuint(nl_queue_due(&queue), ==, UINT64_MAX);
    for (size_t i = 0; i < G_N_ELEMENTS(dues); i++) {
        packets[i] = g_malloc(sizeof *packets[i]);
        packets[i]->due_us = dues[i];
        nl_queue_put(&queue, packets[i]);
    }
    g_assert_null(nl_queue_take(&queue, 0));
    for (size_t i = 0; i < 6; i++) {
        struct nl_packet *packet = nl_queue_take(&queue, 5 + 2 * (i > 5));
        g_assert_true(packet == packets[wanted[i]]);
        g_free(packet);
    }
    g_assert_null(nl_queue_take(&queue, 6));
    g_assert_cmpuint(nl_queue_due(&queue), ==, 7);
    nl_queue_finish(&queue);
}

/* Read a file of this text into `kind`; return what is wrong, owned, or NULL. */
static char *
read_kind(struct nl_kind *kind, const char *text)
{
    char error[NL_KIND_ERROR];
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("XXXXXX.kind", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(g_close(fd, NULL));
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    nl_kind_init(kind);
    bool is_good = nl_kind_read(kind, path, error) && nl_kind_check(kind, error);
    g_unlink(path);
    const char *colon = strrchr(error, '/');
    return is_good ? NULL : g_strdup(colon != NULL ? strchr(colon, ':') : error);
}

static void
test_kind(void)
{
    struct nl_kind kind;
    g_assert_null(read_kind(&kind, "# a comment\n\n  mapping = address-dependent  # more\n"
                                   "step=7\nhairpin = yes\nport_max = 2000"));
    g_assert_cmpint(kind.mapping, ==, NL_ADDRESS_DEPENDENT);
    g_assert_cmpint(kind.step, ==, 7);
    g_assert_cmpint(kind.hairpin, ==, true);
    g_assert_cmpint(kind.port_max, ==, 2000);
    g_assert_cmpint(kind.filtering, ==, NL_ADDRESS_AND_PORT_DEPENDENT);
}

static void
test_kind_bad(void)
{
    static const char *const rows[][2] = {
            {"mapping = endpoint\n", ":1: mapping cannot be \"endpoint\""},
            {"\nsteps = 1\n", ":2: nothing is called \"steps\""},
            {"step 1\n", ":1: no \"name = value\": \"step 1\""},
            {"step = -1\n", ":1: step cannot be \"-1\""},
            {"step = 1x\n", ":1: step cannot be \"1x\""},
            {"port_min = 65536\n", ":1: port_min cannot be \"65536\""},
            {"port_min = 9\nport_max = 8\n", "port_min is 1 at least and not above port_max"},
            {"port_max = 2023\nblock = 1001\n", "block is larger than the range of ports"},
            {"step = 0\n", "step is 1 at least"},
            {"allocation = preserve\nmapping = address-dependent\n",
                    "what preserves ports maps independently of the endpoint"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct nl_kind kind;
        g_autofree char *error = read_kind(&kind, rows[i][0]);
        g_assert_cmpstr(error, ==, rows[i][1]);
    }
    char error[NL_KIND_ERROR];
    struct nl_kind kind;
    g_assert_false(nl_kind_read(&kind, "/nowhere/x.kind", error));
    g_assert_cmpstr(error, ==, "/nowhere/x.kind: No such file or directory");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/line/delay", test_delay);
    g_test_add_func("/line/rate", test_rate);
    g_test_add_func("/line/loss", test_loss);
    g_test_add_func("/line/queue", test_queue);
    g_test_add_func("/line/kind", test_kind);
    g_test_add_func("/line/kind/bad", test_kind_bad);
    return g_test_run();
}
