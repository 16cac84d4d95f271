/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "app/share/rfb/pacer.h"

enum { MS = 1000, SECOND = 1000 * MS, FRAME = 100 * 1000, FRAMES = 512 };

/*
 * A path of one bottleneck queue: an update arrives half a round trip after the queue has sent it,
 * its acknowledgement half a round trip later. What a viewer would see is counted.
 */
struct path {
    uint64_t rtt_us;
    uint64_t rate_bps; /* bytes per second */
    uint64_t free_us;  /* when the queue is empty */
    uint64_t acks_us[FRAMES];
    size_t sent, acked;
    uint64_t delay_us; /* of the update that took longest, from its sending to its arrival */
};

struct result {
    double fps;
    uint64_t delay_us;
};

static void
path_send(struct path *path, uint64_t now_us, uint64_t bytes)
{
    path->free_us = MAX(path->free_us, now_us) + bytes * SECOND / path->rate_bps;
    path->delay_us = MAX(path->delay_us, path->free_us + path->rtt_us / 2 - now_us);
    g_assert_cmpuint(path->sent, <, FRAMES);
    path->acks_us[path->sent++] = path->free_us + path->rtt_us;
}

/* Offer 30 frames a second for `seconds`, of `bytes` each; the first two seconds do not count. */
static struct result
play(struct ds_pacer *pacer, struct path *path, uint64_t from_us, unsigned seconds, uint64_t bytes)
{
    const uint64_t end_us = from_us + (uint64_t)seconds * SECOND;
    const uint64_t counted_us = from_us + 2 * SECOND;
    size_t frames = 0;
    uint64_t next_frame_us = from_us;
    bool is_waiting = false;
    struct result result = {0};

    for (uint64_t now_us = from_us; now_us < end_us; now_us += MS) {
        uint64_t next_us;
        if (now_us == counted_us)
            path->delay_us = 0;
        while (path->acked < path->sent && path->acks_us[path->acked] <= now_us) {
            ds_pacer_acked(pacer, now_us);
            path->acked++;
        }
        if (now_us >= next_frame_us) {
            is_waiting = true;
            next_frame_us += SECOND / 30;
        }
        if (is_waiting && ds_pacer_may_send(pacer, now_us, &next_us)) {
            path_send(path, now_us, bytes);
            ds_pacer_sent(pacer, now_us, bytes);
            frames += now_us >= counted_us;
            is_waiting = false;
        }
    }
    result.fps = (double)frames / (seconds - 2);
    result.delay_us = path->delay_us;
    return result;
}

/* Full rate at every round trip, and never a queue of more than a frame or two. */
static void
test_full_rate(void)
{
    static const unsigned rtts_ms[] = {0, 20, 50, 100, 200};
    static const uint64_t rates[] = {
            50 * 1000 * 1000 / 8, 10 * 1000 * 1000 / 8, 2 * 1000 * 1000 / 8};

    for (size_t i = 0; i < G_N_ELEMENTS(rtts_ms); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(rates); j++) {
            struct ds_pacer pacer;
            struct path path = {.rtt_us = rtts_ms[i] * MS, .rate_bps = rates[j]};
            uint64_t bytes = j == 2 ? FRAME / 3 : FRAME;
            ds_pacer_init(&pacer);
            ds_pacer_rtt(&pacer, 0, path.rtt_us);
            struct result result = play(&pacer, &path, SECOND, 10, bytes);
            double possible = MIN(30.0, (double)rates[j] / (double)bytes);
            uint64_t work_us = bytes * SECOND / rates[j];
            g_test_message("RTT %u ms, %" G_GUINT64_FORMAT " B/s: %.1f of %.1f fps, %u ms",
                    rtts_ms[i], rates[j], result.fps, possible, (unsigned)(result.delay_us / MS));
            g_assert_cmpfloat(result.fps, >, possible * 0.93);
            g_assert_cmpuint(result.delay_us, <, path.rtt_us / 2 + 2 * work_us + 20 * MS);
        }
}

/* One update at a time until something is known. */
static void
test_first(void)
{
    struct ds_pacer pacer;
    uint64_t next_us;
    ds_pacer_init(&pacer);
    g_assert_true(ds_pacer_may_send(&pacer, SECOND, &next_us));
    ds_pacer_sent(&pacer, SECOND, FRAME);
    g_assert_false(ds_pacer_may_send(&pacer, 10 * SECOND, &next_us));
    g_assert_cmpuint(next_us, ==, UINT64_MAX);
    ds_pacer_acked(&pacer, 11 * SECOND);
    g_assert_true(ds_pacer_may_send(&pacer, 11 * SECOND, &next_us));
}

/* A viewer that never acknowledges is not fed for ever, and one that does twice harms nobody. */
static void
test_silent_and_eager(void)
{
    struct ds_pacer pacer;
    struct path path = {.rtt_us = 10 * MS, .rate_bps = 1000 * 1000};
    uint64_t next_us;
    size_t sent = 0;
    ds_pacer_init(&pacer);
    ds_pacer_rtt(&pacer, 0, path.rtt_us);
    play(&pacer, &path, SECOND, 4, FRAME / 10);
    for (uint64_t now_us = 5 * SECOND; now_us < 60 * SECOND; now_us += MS)
        if (ds_pacer_may_send(&pacer, now_us, &next_us)) {
            ds_pacer_sent(&pacer, now_us, FRAME / 10);
            sent++;
        }
    g_assert_cmpuint(sent, <, 20);
    for (int i = 0; i < 1000; i++)
        ds_pacer_acked(&pacer, 61 * SECOND);
    g_assert_true(ds_pacer_may_send(&pacer, 61 * SECOND, &next_us));
}

/* The path gets ten times slower, and fast again: what queues up is gone within seconds. */
static void
test_steps(void)
{
    struct ds_pacer pacer;
    struct path path = {.rtt_us = 60 * MS, .rate_bps = 50 * 1000 * 1000 / 8};
    ds_pacer_init(&pacer);
    ds_pacer_rtt(&pacer, 0, path.rtt_us);
    play(&pacer, &path, SECOND, 4, FRAME);
    path.rate_bps /= 10;
    struct result slow = play(&pacer, &path, 5 * SECOND, 8, FRAME);
    g_assert_cmpuint(slow.delay_us, <, 420 * MS); /* one frame takes 160 ms */
    g_assert_cmpfloat(slow.fps, >, 5.5);
    path.rate_bps *= 10;
    g_assert_cmpfloat(play(&pacer, &path, 13 * SECOND, 5, FRAME).fps, >, 27.0);
}

static void
test_rtt(void)
{
    struct ds_pacer pacer;
    ds_pacer_init(&pacer);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 0);
    ds_pacer_rtt(&pacer, SECOND, 50 * MS);
    ds_pacer_rtt(&pacer, 2 * SECOND, 30 * MS);
    ds_pacer_rtt(&pacer, 3 * SECOND, 70 * MS);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 30 * MS);
    ds_pacer_rtt(&pacer, 20 * SECOND, 70 * MS);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 30 * MS);
    ds_pacer_rtt(&pacer, 40 * SECOND, 60 * MS); /* the old path is forgotten */
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 60 * MS);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pacer/first", test_first);
    g_test_add_func("/pacer/rtt", test_rtt);
    g_test_add_func("/pacer/full-rate", test_full_rate);
    g_test_add_func("/pacer/silent-and-eager", test_silent_and_eager);
    g_test_add_func("/pacer/steps", test_steps);
    return g_test_run();
}
