/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/paced_line.h"

#include <string.h>

#include <glib.h>

enum { STEP_US = 500, BUNCH_US = 100 * MS, MERGE_US = 30 * MS, UPDATE_BYTES_MIN = 2048 };

void
paced_set(struct paced_line *line, uint64_t bits_per_s, unsigned rtt_ms)
{
    line->rate = bits_per_s / 8;
    line->rtt_us = (uint64_t)rtt_ms * MS;
}

void
paced_init(struct paced_line *line, uint64_t bits_per_s, unsigned rtt_ms)
{
    memset(line, 0, sizeof *line);
    line->now_us = 100 * SECOND;
    ds_line_init(&line->known);
    paced_set(line, bits_per_s, rtt_ms);
}

struct paced_viewer *
paced_add(struct paced_line *line, enum paced_manner manner, unsigned fps, uint64_t bytes)
{
    g_assert_cmpuint(line->viewer_count, <, PACED_VIEWERS_MAX);
    struct paced_viewer *viewer = &line->viewers[line->viewer_count++];
    ds_pacer_init(&viewer->pacer);
    ds_pacer_rtt(&viewer->pacer, line->now_us, MAX(line->rtt_us, STEP_US));
    ds_pacer_asked(&viewer->pacer, line->now_us);
    viewer->manner = manner;
    viewer->fps = fps;
    viewer->bytes = bytes;
    viewer->next_paint_us = line->now_us;
    return viewer;
}

void
paced_share(struct paced_line *line)
{
    for (size_t i = 0; i < line->viewer_count; i++)
        ds_pacer_join(&line->viewers[i].pacer, &line->known);
}

/* The same numbers each time: Numerical Recipes' generator. */
static uint64_t
random_us(struct paced_line *line, uint64_t max_us)
{
    line->random = line->random * 1664525u + 1013904223u;
    return max_us > 0 && line->random >> 16 < UINT16_MAX / 3
                   ? (line->random >> 16) * max_us * 3 / UINT16_MAX
                   : 0;
}

/* Its last byte, or for one that looks at the head its first, is out of the queue. */
static void
schedule_answer(struct paced_line *line, struct paced_update *update)
{
    struct paced_viewer *viewer = &line->viewers[update->viewer];
    switch (viewer->manner) {
    case PACED_EACH:
    case PACED_AT_HEAD:
        update->acked_us =
                line->now_us + line->rtt_us + viewer->decode_us + random_us(line, viewer->busy_us);
        break;
    case PACED_BUNCHED:
        update->acked_us = (line->now_us / BUNCH_US + 1) * BUNCH_US + line->rtt_us;
        break;
    case PACED_MERGED:
        update->acked_us = (line->now_us / MERGE_US + 1) * MERGE_US + line->rtt_us;
        break;
    case PACED_NEVER:
        return;
    }
    update->acked_us = MAX(update->acked_us, viewer->answer_us); /* they stay in order */
    viewer->answer_us = update->acked_us;
}

static void
arrive(struct paced_line *line, struct paced_update *update)
{
    struct paced_viewer *viewer = &line->viewers[update->viewer];
    struct paced_result *result = &viewer->result;

    update->arrived_us = line->now_us + line->rtt_us / 2 + viewer->decode_us;
    if (update->is_probe)
        return;
    uint64_t delay_us = update->arrived_us - update->painted_us;
    result->updates++;
    result->delay_sum_us += delay_us;
    result->delay_max_us = MAX(result->delay_max_us, delay_us);
    if (viewer->arrived_us > 0)
        result->gap_max_us = MAX(result->gap_max_us, update->arrived_us - viewer->arrived_us);
    viewer->arrived_us = update->arrived_us;
}

/* The queue works for one step. */
static void
work(struct paced_line *line)
{
    uint64_t room = line->rate * STEP_US / SECOND;
    for (size_t i = 0; i < line->flying && room > 0; i++) {
        struct paced_update *update = &line->flight[i];
        if (update->left == 0)
            continue;
        uint64_t part = MIN(update->left, room);
        bool is_new = update->left == update->bytes;
        update->left -= part;
        room -= part;
        if (update->left == 0)
            arrive(line, update);
        if (line->viewers[update->viewer].manner == PACED_AT_HEAD ? is_new : update->left == 0)
            schedule_answer(line, update);
    }
}

/* One request for everything that one answer is about, where the viewer merges. */
static void
answer(struct paced_line *line, const struct paced_update *update)
{
    struct paced_viewer *viewer = &line->viewers[update->viewer];
    if (viewer->manner == PACED_MERGED && viewer->reply_us == update->acked_us)
        return;
    viewer->reply_us = update->acked_us;
    ds_pacer_asked(&viewer->pacer, line->now_us);
}

static void
deliver_answers(struct paced_line *line)
{
    size_t kept = 0;
    for (size_t i = 0; i < line->flying; i++) {
        struct paced_update *update = &line->flight[i];
        if (update->acked_us <= line->now_us) {
            answer(line, update);
            update->acked_us = UINT64_MAX - 1;
        }
        bool is_over = update->left == 0 &&
                       (update->acked_us == UINT64_MAX - 1 || update->acked_us == UINT64_MAX);
        if (!is_over)
            line->flight[kept++] = *update;
    }
    line->flying = kept;
}

static void
send_one(struct paced_line *line, size_t at, uint64_t bytes, bool is_probe)
{
    struct paced_viewer *viewer = &line->viewers[at];
    g_assert_cmpuint(line->flying, <, PACED_FLIGHT_MAX);
    line->flight[line->flying++] = (struct paced_update){
            .painted_us = viewer->captured_us,
            .bytes = bytes,
            .left = bytes,
            .acked_us = UINT64_MAX,
            .viewer = at,
            .is_probe = is_probe,
    };
    if (is_probe)
        ds_pacer_sent_probe(&viewer->pacer, line->now_us, bytes);
    else
        ds_pacer_sent(&viewer->pacer, line->now_us, bytes);
}

static void
paint(struct paced_viewer *viewer, uint64_t now_us)
{
    if (viewer->fps == 0 || now_us < viewer->next_paint_us)
        return;
    viewer->painted_us = viewer->next_paint_us;
    viewer->next_paint_us += SECOND / viewer->fps;
}

/* As the sharer has it: no update is too small for anything. */
static uint64_t
update_bytes(const struct paced_line *line, const struct paced_viewer *viewer)
{
    uint64_t rate = ds_pacer_bandwidth(&viewer->pacer, line->now_us);
    if (viewer->limit_us == 0 || rate == 0)
        return viewer->bytes;
    return MIN(viewer->bytes, MAX(rate * viewer->limit_us / SECOND, UPDATE_BYTES_MIN));
}

static void
send_encoded(struct paced_line *line, size_t at)
{
    struct paced_viewer *viewer = &line->viewers[at];
    if (viewer->is_probed)
        send_one(line, at, PACED_PROBE_BYTES, true);
    send_one(line, at, update_bytes(line, viewer), false);
    viewer->encoded_us = 0;
}

/* As the sharer does it: whether a probe goes first is decided before anything is encoded. */
static void
offer(struct paced_line *line, size_t at)
{
    struct paced_viewer *viewer = &line->viewers[at];
    uint64_t unused;

    paint(viewer, line->now_us);
    if (viewer->encoded_us == 0 && viewer->painted_us > 0 &&
            ds_pacer_may_send(&viewer->pacer, line->now_us, &unused)) {
        viewer->is_probed = ds_pacer_wants_probe(&viewer->pacer, line->now_us);
        viewer->captured_us = viewer->painted_us;
        viewer->painted_us = 0;
        viewer->encoded_us = line->now_us + viewer->encode_us;
    }
    if (viewer->encoded_us > 0 && line->now_us >= viewer->encoded_us)
        send_encoded(line, at);
}

/* One processor encodes for all. */
static bool
is_encoding(const struct paced_line *line)
{
    for (size_t i = 0; i < line->viewer_count; i++)
        if (line->viewers[i].encoded_us > line->now_us)
            return true;
    return false;
}

/* Who was sent something longest ago comes first, as in the sharer. */
static size_t
find_next(const struct paced_line *line, unsigned offered)
{
    size_t next = line->viewer_count;
    for (size_t i = 0; i < line->viewer_count; i++)
        if (!(offered & 1u << i) &&
                (next == line->viewer_count ||
                        line->viewers[i].pacer.sent_us < line->viewers[next].pacer.sent_us))
            next = i;
    return next;
}

static void
offer_all(struct paced_line *line)
{
    unsigned offered = 0;
    for (size_t i = 0; i < line->viewer_count && !is_encoding(line); i++) {
        size_t next = find_next(line, offered);
        offered |= 1u << next;
        offer(line, next);
    }
}

void
paced_play(struct paced_line *line, unsigned ms)
{
    const uint64_t end_us = line->now_us + (uint64_t)ms * MS;
    for (; line->now_us < end_us; line->now_us += STEP_US) {
        if (!line->is_stalled) {
            work(line);
            deliver_answers(line);
        }
        offer_all(line);
    }
}

void
paced_watch(struct paced_line *line, unsigned ms)
{
    for (size_t i = 0; i < line->viewer_count; i++)
        line->viewers[i].result = (struct paced_result){0};
    paced_play(line, ms);
}

double
paced_fps(const struct paced_viewer *viewer, unsigned ms)
{
    return (double)viewer->result.updates * 1000 / ms;
}

double
paced_delay_ms(const struct paced_viewer *viewer)
{
    const struct paced_result *result = &viewer->result;
    return result->updates > 0 ? (double)result->delay_sum_us / (double)result->updates / MS : 0;
}

uint64_t
paced_queue_us(const struct paced_line *line)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < line->flying; i++)
        bytes += line->flight[i].left;
    return bytes * SECOND / line->rate;
}
