/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What viewers see of pacers on lines of many kinds. */
#include <glib.h>

#include "tests/lib/paced_line.h"

enum { MBIT = 1000 * 1000, FRAME = 110 * 1000, SMALL_FRAME = 34 * 1000, FPS = 30 };
enum { HALF_TICK_MS = 1000 / FPS / 2 + 1, SLACK_MS = 15, WATCH_MS = 20 * 1000 };

static double
work_ms(const struct paced_line *line, uint64_t bytes)
{
    return (double)bytes * 1000 / (double)line->rate;
}

/* Full rate, and never a queue: what the line can do at best, and 15 ms. */
static void
expect_good(const struct paced_line *line, const struct paced_viewer *viewer, unsigned ms)
{
    double possible = MIN(viewer->fps, 1000 / work_ms(line, viewer->bytes));
    double delay_ms = (double)line->rtt_us / MS / 2 + work_ms(line, viewer->bytes) + HALF_TICK_MS;
    g_test_message("%.0f kB/s, RTT %u ms: %.1f of %.1f fps, %.0f ms, %.0f at most, best %.0f",
            (double)line->rate / 1000, (unsigned)(line->rtt_us / MS), paced_fps(viewer, ms),
            possible, paced_delay_ms(viewer), (double)viewer->result.delay_max_us / MS, delay_ms);
    g_assert_cmpfloat(paced_fps(viewer, ms), >, possible * 0.95);
    /* Of few updates the mean age of the picture may be anything up to a tick. */
    double chance_ms = viewer->result.updates < 20 ? HALF_TICK_MS : 0;
    g_assert_cmpfloat(paced_delay_ms(viewer), <, delay_ms + SLACK_MS + chance_ms);
}

/* The same number of pictures on lines of 2, 10 and 50 Mbit/s at every round trip. */
static void
test_cells(void)
{
    static const unsigned rtts_ms[] = {0, 20, 50, 100, 200};
    static const struct {
        uint64_t rate;
        uint64_t bytes;
    } lines[] = {{2 * MBIT, SMALL_FRAME}, {10 * MBIT, FRAME}, {50 * MBIT, FRAME}};

    for (size_t i = 0; i < G_N_ELEMENTS(rtts_ms); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(lines); j++) {
            struct paced_line line;
            paced_init(&line, lines[j].rate, rtts_ms[i]);
            struct paced_viewer *viewer = paced_add(&line, PACED_EACH, FPS, lines[j].bytes);
            paced_play(&line, 1000);
            paced_watch(&line, 20000);
            expect_good(&line, viewer, 20000);
        }
}

/* A change of the line, and how soon after it all is as it should be. */
struct step {
    const char *name;
    uint64_t rate, other_rate;
    unsigned rtt_ms, other_rtt_ms;
    uint64_t bytes;
    unsigned settle_ms;
};

static void
test_step(gconstpointer data)
{
    const struct step *step = data;
    struct paced_line line;
    paced_init(&line, step->rate, step->rtt_ms);
    struct paced_viewer *viewer = paced_add(&line, PACED_EACH, FPS, step->bytes);
    paced_play(&line, 4000);
    paced_set(&line, step->other_rate, step->other_rtt_ms);
    viewer->arrived_us = 0;
    paced_watch(&line, step->settle_ms);
    g_test_message("meanwhile %.1f fps, %.0f ms at most, %.0f ms apart",
            paced_fps(viewer, step->settle_ms), (double)viewer->result.delay_max_us / MS,
            (double)viewer->result.gap_max_us / MS);
    paced_watch(&line, 3000);
    expect_good(&line, viewer, 3000);
}

static const struct step steps[] = {
        {"rate-50-to-5", 50 * MBIT, 5 * MBIT, 60, 60, FRAME, 2000},
        {"rate-50-to-2", 50 * MBIT, 2 * MBIT, 60, 60, FRAME, 3000},
        {"rate-5-to-50", 5 * MBIT, 50 * MBIT, 60, 60, FRAME, 1000},
        {"rate-2-to-50", 2 * MBIT, 50 * MBIT, 60, 60, FRAME, 1000},
        {"rtt-20-to-120", 50 * MBIT, 50 * MBIT, 20, 120, FRAME, 1500},
        {"rtt-20-to-120-slow", 10 * MBIT, 10 * MBIT, 20, 120, FRAME, 2000},
        {"rtt-0-to-200", 50 * MBIT, 50 * MBIT, 0, 200, FRAME, 2000},
        {"rtt-200-to-20", 50 * MBIT, 50 * MBIT, 200, 20, FRAME, 1500},
        {"rtt-200-to-20-slow", 10 * MBIT, 10 * MBIT, 200, 20, FRAME, 2500},
};

/* Nothing arrives for seconds. Then all does, and no queue is left of it. */
static void
test_stall(void)
{
    struct paced_line line;
    paced_init(&line, 50 * MBIT, 60);
    struct paced_viewer *viewer = paced_add(&line, PACED_EACH, FPS, FRAME);
    paced_play(&line, 3000);
    line.is_stalled = true;
    paced_play(&line, 4000);
    g_assert_cmpuint(paced_queue_us(&line), <, 400 * MS);
    line.is_stalled = false;
    paced_watch(&line, 1000);
    g_test_message("meanwhile %.1f fps", paced_fps(viewer, 1000));
    g_assert_cmpfloat(paced_fps(viewer, 1000), >, FPS / 2.0);
    paced_watch(&line, 3000);
    expect_good(&line, viewer, 3000);
}

/* The transport says that it has moved to another path. */
static void
test_path(gconstpointer data)
{
    static const uint64_t rates[] = {4 * MBIT, 50 * MBIT};
    static const unsigned rtts_ms[] = {60, 40};
    bool is_told = GPOINTER_TO_INT(data);
    struct paced_line line;
    paced_init(&line, rates[0], rtts_ms[0]);
    struct paced_viewer *viewer = paced_add(&line, PACED_EACH, FPS, FRAME);
    for (unsigned i = 1; i < 6; i++) {
        paced_play(&line, 4000);
        paced_set(&line, rates[i % 2], rtts_ms[i % 2]);
        ds_pacer_path(viewer->pacer.line, line.now_us, is_told ? line.rtt_us : 0);
        paced_watch(&line, 1000);
        g_test_message("meanwhile %.1f fps, %.0f ms apart", paced_fps(viewer, 1000),
                (double)viewer->result.gap_max_us / MS);
        g_assert_cmpuint(paced_queue_us(&line), <, SECOND / 2); /* no burst */
        g_assert_cmpuint(viewer->result.gap_max_us, <, SECOND / 2);
        paced_watch(&line, 3000);
        expect_good(&line, viewer, 3000);
    }
}

/* It is the viewer that says when: never more than it asked for. */
static void
test_never(void)
{
    struct paced_line line;
    paced_init(&line, 10 * MBIT, 40);
    struct paced_viewer *viewer = paced_add(&line, PACED_NEVER, FPS, FRAME);
    paced_watch(&line, 5000);
    g_assert_cmpuint(viewer->result.updates, ==, 1);
    for (unsigned i = 0; i < 10; i++) {
        ds_pacer_asked(&viewer->pacer, line.now_us);
        paced_play(&line, 1000);
    }
    g_assert_cmpuint(viewer->result.updates, >=, 11);
}

/* One that stops to acknowledge is not fed for ever, and gets what it asks for afterwards. */
static void
test_falls_silent(void)
{
    struct paced_line line;
    paced_init(&line, 10 * MBIT, 100);
    struct paced_viewer *viewer = paced_add(&line, PACED_EACH, FPS, FRAME / 10);
    paced_play(&line, 3000);
    viewer->manner = PACED_NEVER;
    paced_watch(&line, 60 * 1000);
    g_assert_cmpuint(viewer->result.updates, <, 30);
    size_t before = viewer->result.updates;
    for (unsigned i = 0; i < 10; i++) {
        ds_pacer_asked(&viewer->pacer, line.now_us);
        paced_play(&line, 100);
    }
    g_assert_cmpuint(viewer->result.updates, <=, before + 10);
    g_assert_cmpuint(viewer->result.updates, >=, before + 7); /* probes are answers, too */
    viewer->manner = PACED_EACH; /* and it is driven again when it has caught up */
    for (unsigned i = 0; i < 100; i++)
        ds_pacer_asked(&viewer->pacer, line.now_us);
    paced_play(&line, 2000);
    paced_watch(&line, 3000);
    expect_good(&line, viewer, 3000);
}

/* One that asks once where several updates came goes on all the same. */
static void
test_merged(void)
{
    struct paced_line line;
    paced_init(&line, 50 * MBIT, 100);
    struct paced_viewer *viewer = paced_add(&line, PACED_MERGED, 60, FRAME / 10);
    paced_play(&line, 10 * 1000);
    paced_watch(&line, 10 * 1000);
    g_test_message("%.1f fps, %.0f ms", paced_fps(viewer, 10 * 1000), paced_delay_ms(viewer));
    g_assert_cmpfloat(paced_fps(viewer, 10 * 1000), >, 5); /* as it would by asking alone */
    g_assert_cmpfloat(paced_delay_ms(viewer), <, 150);
}

static void
test_manner(gconstpointer data)
{
    static const uint64_t rates[] = {2 * MBIT, 10 * MBIT, 50 * MBIT};
    for (size_t i = 0; i < G_N_ELEMENTS(rates); i++) {
        struct paced_line line;
        paced_init(&line, rates[i], 60);
        struct paced_viewer *viewer =
                paced_add(&line, (enum paced_manner)GPOINTER_TO_INT(data), FPS, SMALL_FRAME);
        paced_play(&line, 4000);
        paced_watch(&line, 10 * 1000);
        double possible = MIN(FPS, 1000 / work_ms(&line, SMALL_FRAME));
        double best_ms = 30 + work_ms(&line, SMALL_FRAME) + HALF_TICK_MS;
        g_test_message("%.1f of %.1f fps, %.0f ms, best %.0f", paced_fps(viewer, 10 * 1000),
                possible, paced_delay_ms(viewer), best_ms);
        g_assert_cmpfloat(paced_fps(viewer, 10 * 1000), >, possible * 0.9);
        /* Two updates more in the queue than of a viewer that answers to what it has. */
        g_assert_cmpfloat(
                paced_delay_ms(viewer), <, best_ms + SLACK_MS + 2 * work_ms(&line, SMALL_FRAME));
    }
}

/* What was true an hour ago does no harm: the line is slow and far now. */
static void
test_idle_hour(void)
{
    struct paced_line line;
    paced_init(&line, 50 * MBIT, 20);
    struct paced_viewer *viewer = paced_add(&line, PACED_EACH, FPS, FRAME);
    paced_play(&line, 3000);
    viewer->fps = 0;
    paced_play(&line, 2000);
    line.now_us += 3600ull * SECOND;
    paced_set(&line, 2 * MBIT, 150);
    viewer->next_paint_us = line.now_us;
    viewer->fps = FPS;
    paced_watch(&line, 1000);
    g_assert_cmpuint(paced_queue_us(&line), <, SECOND);
    paced_play(&line, 1000);
    paced_watch(&line, 5000);
    expect_good(&line, viewer, 5000);
}

/* Typing: each letter goes out at once, however far it is. */
static void
test_tiny(void)
{
    static const unsigned rtts_ms[] = {0, 50, 200, 500};
    for (size_t i = 0; i < G_N_ELEMENTS(rtts_ms); i++) {
        struct paced_line line;
        paced_init(&line, 2 * MBIT, rtts_ms[i]);
        struct paced_viewer *viewer = paced_add(&line, PACED_EACH, 25, 300);
        paced_play(&line, 2000);
        paced_watch(&line, 40 * 1000);
        g_assert_cmpfloat(paced_fps(viewer, 40 * 1000), >, 24.9);
        g_assert_cmpuint(viewer->result.delay_max_us, <, line.rtt_us / 2 + 10 * MS);
    }
}

/* A line on which somebody types without end while a film plays, and what it becomes. */
struct typed {
    const char *name;
    uint64_t rate, other_rate;
    unsigned rtt_ms;
};

static const struct typed typing[] = {
        {"0.4-to-4", 4 * MBIT / 10, 4 * MBIT, 60},
        {"0.4-to-1.2", 4 * MBIT / 10, 12 * MBIT / 10, 100},
        {"1.2-to-0.4", 12 * MBIT / 10, 4 * MBIT / 10, 100},
        {"1.2-to-0.24", 12 * MBIT / 10, 24 * MBIT / 100, 60},
        {"4-to-0.4", 4 * MBIT, 4 * MBIT / 10, 60},
        {"0.4", 4 * MBIT / 10, 4 * MBIT / 10, 60},
        {"0.24-near", 24 * MBIT / 100, 24 * MBIT / 100, 2},
};

static void
expect_known(const struct paced_line *line, const struct paced_viewer *viewer)
{
    uint64_t known = ds_pacer_bandwidth(&viewer->pacer, line->now_us);
    g_test_message("%.0f kB/s, known as %.0f; RTT %.0f ms, known as %.0f; %.0f ms late",
            (double)line->rate / 1000, (double)known / 1000, (double)line->rtt_us / MS,
            (double)ds_pacer_min_rtt(&viewer->pacer) / MS, paced_delay_ms(viewer));
    g_assert_cmpuint(known, >, line->rate * 3 / 4);
    g_assert_cmpuint(known, <, line->rate * 4 / 3);
}

/* What answers to keys is kept small, and tells all the same how much the line carries. */
static void
test_typed(gconstpointer data)
{
    const struct typed *typed = data;
    struct paced_line line;
    paced_init(&line, typed->rate, typed->rtt_ms);
    struct paced_viewer *viewer = paced_add(&line, PACED_EACH, FPS, FRAME);
    viewer->limit_us = 20 * MS;
    paced_watch(&line, 40 * 1000);
    expect_known(&line, viewer);
    paced_set(&line, typed->other_rate, typed->rtt_ms);
    paced_watch(&line, 2500);
    expect_known(&line, viewer);
    paced_watch(&line, 40 * 1000);
    expect_known(&line, viewer);
    double update_ms = work_ms(&line, MAX(line.rate / 50, 2048));
    g_assert_cmpfloat(paced_delay_ms(viewer), <,
            (double)line.rtt_us / MS / 2 + update_ms + HALF_TICK_MS + SLACK_MS);
}

/* What is measured on real ones (tests/bench), and aimed at there: ms beside half a round trip. */
struct aim {
    const char *name;
    uint64_t rate;
    unsigned rtt_ms;
    uint64_t bytes;
    unsigned encode_ms, decode_ms, busy_ms;
    double fps, delay_ms;
};

static const struct aim aims[] = {
        /* A terminal's lines, without CopyRect and with it. */
        {"terminal-100-10", 10 * MBIT, 100, 48000, 7, 2, 0, 24, 75},
        {"terminal-moved-100-10", 10 * MBIT, 100, 6000, 3, 1, 0, 29.5, 30},
        {"video-100-10", 10 * MBIT, 100, 44000, 5, 3, 0, 25, 75},
        {"video-80-2", 2 * MBIT, 80, 28000, 5, 3, 0, 8.5, 200},
        /* 17 ms on the line, and 20 ms. */
        {"motion-0-50", 50 * MBIT, 0, 104000, 6, 3, 0, 29.5, 37},
        {"motion-20-50", 50 * MBIT, 20, 104000, 6, 3, 0, 29.5, 37},
        {"motion-50-50", 50 * MBIT, 50, 104000, 6, 3, 0, 29.5, 37},
        {"motion-100-50", 50 * MBIT, 100, 104000, 6, 3, 0, 29.5, 37},
        {"motion-200-50", 50 * MBIT, 200, 104000, 6, 3, 0, 29.5, 37},
        /* On a computer that has more to do. */
        {"terminal-100-10-busy", 10 * MBIT, 100, 48000, 7, 2, 40, 24, 75},
        {"motion-0-50-busy", 50 * MBIT, 0, 104000, 12, 3, 60, 28, 45},
        {"motion-50-50-busy", 50 * MBIT, 50, 104000, 12, 3, 60, 28, 45},
        {"motion-200-50-busy", 50 * MBIT, 200, 104000, 12, 3, 60, 28, 45},
};

static void
test_aim(gconstpointer data)
{
    const struct aim *aim = data;
    struct paced_line line;
    paced_init(&line, aim->rate, aim->rtt_ms);
    struct paced_viewer *viewer = paced_add(&line, PACED_EACH, FPS, aim->bytes);
    viewer->encode_us = aim->encode_ms * MS;
    viewer->decode_us = aim->decode_ms * MS;
    viewer->busy_us = aim->busy_ms * MS;
    paced_play(&line, 1200);
    paced_watch(&line, WATCH_MS); /* with all that comes from time to time */
    double delay_ms = paced_delay_ms(viewer) - aim->rtt_ms / 2.0;
    g_test_message(
            "%.1f fps, %.0f ms and half a round trip", paced_fps(viewer, WATCH_MS), delay_ms);
    g_assert_cmpfloat(paced_fps(viewer, WATCH_MS), >, aim->fps);
    g_assert_cmpfloat(delay_ms, <, aim->delay_ms);
}

static void
expect_shared(const struct paced_line *line, unsigned ms, double delay_ms)
{
    double sum = 0, possible = 1000 / work_ms(line, SMALL_FRAME);
    for (unsigned i = 0; i < line->viewer_count; i++) {
        const struct paced_viewer *viewer = &line->viewers[i];
        g_test_message("%.1f fps, %.0f ms, RTT %u ms", paced_fps(viewer, ms),
                paced_delay_ms(viewer), (unsigned)(ds_pacer_min_rtt(&viewer->pacer) / MS));
        g_assert_cmpfloat(paced_fps(viewer, ms), >, 0.8 * possible / (double)line->viewer_count);
        g_assert_cmpfloat(paced_delay_ms(viewer), <, delay_ms);
        sum += paced_fps(viewer, ms);
    }
    g_assert_cmpfloat(sum, >, 0.95 * possible);
}

/*
 * Three viewers share a line, for minutes, and each is sent something in turn: what it waits for is
 * its own update, and the end of the one before.
 */
static void
test_shared(void)
{
    struct paced_line line;
    paced_init(&line, 10 * MBIT, 60);
    for (unsigned i = 0; i < 3; i++)
        paced_add(&line, PACED_EACH, FPS, SMALL_FRAME);
    paced_share(&line);
    paced_play(&line, 60 * 1000);
    paced_watch(&line, 30 * 1000);
    expect_shared(&line, 30 * 1000, 30 + HALF_TICK_MS + work_ms(&line, SMALL_FRAME) + SLACK_MS);
    g_assert_cmpuint(ds_pacer_bandwidth(&line.viewers[0].pacer, line.now_us), <, line.rate / 2);
}

/* Who does not know of the others takes them for a slow queue: it is full, and nobody starves. */
static void
test_shared_unknown(void)
{
    struct paced_line line;
    paced_init(&line, 10 * MBIT, 60);
    for (unsigned i = 0; i < 3; i++)
        paced_add(&line, PACED_EACH, FPS, SMALL_FRAME);
    paced_play(&line, 4000);
    paced_watch(&line, 10 * 1000);
    expect_shared(&line, 10 * 1000, 30 + HALF_TICK_MS + 3 * 4 * work_ms(&line, SMALL_FRAME));
}

/* One of those who share a line stops to acknowledge, and later goes: the others hardly notice. */
static void
test_shared_silent(void)
{
    struct paced_line line;
    paced_init(&line, 10 * MBIT, 60);
    for (unsigned i = 0; i < 3; i++)
        paced_add(&line, PACED_EACH, FPS, SMALL_FRAME);
    paced_share(&line);
    paced_play(&line, 4000);
    struct paced_viewer *silent = &line.viewers[2], *other = &line.viewers[0];
    silent->manner = PACED_NEVER;
    other->arrived_us = 0;
    paced_watch(&line, 40 * 1000);
    double possible = 1000 / work_ms(&line, SMALL_FRAME);
    g_test_message("%.1f fps, %.0f ms apart at most", paced_fps(other, 40 * 1000),
            (double)other->result.gap_max_us / MS);
    g_assert_cmpfloat(paced_fps(other, 40 * 1000), >, 0.9 * possible / 2);
    g_assert_cmpuint(other->result.gap_max_us, <, 700 * MS);
    ds_pacer_leave(&silent->pacer);
    line.viewer_count--;
    paced_watch(&line, 5000);
    expect_shared(&line, 5000, 30 + HALF_TICK_MS + work_ms(&line, SMALL_FRAME) + SLACK_MS);
}

/* Who types is not behind the film that another one on the line looks at. */
static void
test_shared_typing(void)
{
    struct paced_line line;
    paced_init(&line, 2 * MBIT, 60);
    paced_add(&line, PACED_EACH, FPS, 10000); /* 40 ms */
    struct paced_viewer *typist = paced_add(&line, PACED_EACH, 10, 300);
    paced_share(&line);
    paced_play(&line, 20 * 1000);
    paced_watch(&line, 40 * 1000);
    g_test_message("%.1f and %.1f fps, %.0f ms, %.0f at most",
            paced_fps(&line.viewers[0], 40 * 1000), paced_fps(typist, 40 * 1000),
            paced_delay_ms(typist), (double)typist->result.delay_max_us / MS);
    g_assert_cmpfloat(paced_fps(typist, 40 * 1000), >, 9.9);
    g_assert_cmpfloat(paced_delay_ms(typist), <, 30 + 40 + SLACK_MS);
    g_assert_cmpfloat(paced_fps(&line.viewers[0], 40 * 1000), >, 22);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions();
    g_test_add_func("/pacing/cells", test_cells);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *name = g_strdup_printf("/pacing/step/%s", steps[i].name);
        g_test_add_data_func(name, &steps[i], test_step);
    }
    g_test_add_func("/pacing/stall", test_stall);
    g_test_add_data_func("/pacing/path/told", GINT_TO_POINTER(true), test_path);
    g_test_add_data_func("/pacing/path/rtt-unknown", GINT_TO_POINTER(false), test_path);
    g_test_add_func("/pacing/never", test_never);
    g_test_add_func("/pacing/falls-silent", test_falls_silent);
    g_test_add_func("/pacing/merged", test_merged);
    g_test_add_data_func("/pacing/bunched", GINT_TO_POINTER(PACED_BUNCHED), test_manner);
    g_test_add_data_func("/pacing/at-head", GINT_TO_POINTER(PACED_AT_HEAD), test_manner);
    g_test_add_func("/pacing/idle-hour", test_idle_hour);
    g_test_add_func("/pacing/tiny", test_tiny);
    for (size_t i = 0; i < G_N_ELEMENTS(typing); i++) {
        g_autofree char *name = g_strdup_printf("/pacing/typed/%s", typing[i].name);
        g_test_add_data_func(name, &typing[i], test_typed);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(aims); i++) {
        g_autofree char *name = g_strdup_printf("/pacing/aim/%s", aims[i].name);
        g_test_add_data_func(name, &aims[i], test_aim);
    }
    g_test_add_func("/pacing/shared/known", test_shared);
    g_test_add_func("/pacing/shared/unknown", test_shared_unknown);
    g_test_add_func("/pacing/shared/silent", test_shared_silent);
    g_test_add_func("/pacing/shared/typing", test_shared_typing);
    return g_test_run();
}
