/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/switching.h"

#include <string.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/link/link.h"
#include "tests/lib/coming_path.h"

enum { SIDES = 2, TEXT_BYTES = 65521, LOAD_BYTES = 16384, PATIENCE_US = 10000000 };

/* A path that one side makes, with its line until both ends of that are gone. */
struct side {
    struct ds_link *link;
    struct coming_path making[2]; /* relay, direct */
    uint64_t to_send, handed_out, received;
    uint64_t received_us, gap_us;
    GChecksum *sent, *got;
};

static struct {
    struct event_base *base;
    struct event *tick;
    const struct switching_plan *plan;
    GRand *rand;
    struct side sides[SIDES];
    struct far_line *relay, *direct;
    uint32_t generation;
    uint8_t text[SIDES][TEXT_BYTES + DS_PATH_RECORD_MAX];
} t;

/* The streams: a text whose length is a prime, so that a byte that is missing moves all others. */

static void
write_texts(void)
{
    for (unsigned s = 0; s < SIDES; s++) {
        for (size_t i = 0; i < TEXT_BYTES; i++)
            t.text[s][i] = (uint8_t)g_rand_int(t.rand);
        memcpy(t.text[s] + TEXT_BYTES, t.text[s], DS_PATH_RECORD_MAX);
    }
}

static void
on_data(void *arg, const uint8_t *data, size_t len)
{
    struct side *side = arg;
    unsigned from = side == &t.sides[0];
    uint64_t now_us = ds_clock_us();
    if (memcmp(data, t.text[from] + side->received % TEXT_BYTES, len) != 0)
        g_error("a byte from %" G_GUINT64_FORMAT " on is wrong", side->received);
    g_checksum_update(side->got, data, (gssize)len);
    side->received += len;
    side->gap_us = MAX(side->gap_us, now_us - side->received_us);
    side->received_us = now_us;
}

static size_t
on_pull(void *arg, uint8_t *buf, size_t cap)
{
    struct side *side = arg;
    size_t n = (size_t)MIN(side->to_send - side->handed_out, cap);
    memcpy(buf, t.text[side == &t.sides[1]] + side->handed_out % TEXT_BYTES, n);
    g_checksum_update(side->sent, buf, (gssize)n);
    side->handed_out += n;
    return n;
}

static void
on_path(void *arg, struct ds_path *path)
{
}

static void
on_path_lost(void *arg, struct ds_path *path, int err, const char *text)
{
}

static void
on_closed(void *arg, int reason, bool by_peer, const char *text)
{
    g_error("the link ended: %s", text);
}

static const struct ds_link_handler link_handler = {
        .on_data = on_data,
        .pull = on_pull,
        .on_path = on_path,
        .on_path_lost = on_path_lost,
        .on_closed = on_closed,
};

/* The paths. */

static enum ds_role
role_of(unsigned side)
{
    return side == 0 ? DS_ROLE_HELPEE : DS_ROLE_HELPER;
}

static struct far_line *
make_line(enum ds_path_kind kind)
{
    gboolean is_relay = kind == DS_PATH_RELAY;
    int ends[SIDES];
    struct far_line *line = far_line_new(t.base, is_relay ? &t.plan->relay : &t.plan->direct, ends);
    t.generation++;
    for (unsigned i = 0; i < SIDES; i++)
        coming_path_make(&t.sides[i].making[is_relay ? 0 : 1], t.base, role_of(i), kind,
                t.generation, ends[i]);
    return line;
}

static void
reset_line(struct far_line **line)
{
    if (*line != NULL)
        far_line_reset(*line);
    *line = NULL;
}

/* The loop. */

static void
begin(GRand *rand, const struct switching_plan *plan)
{
    struct event_config *config = event_config_new();
    memset(&t, 0, sizeof t);
    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    t.base = event_base_new_with_config(config);
    event_config_free(config);
    t.plan = plan;
    t.rand = rand;
    write_texts();
    for (unsigned i = 0; i < SIDES; i++) {
        struct side *side = &t.sides[i];
        side->sent = g_checksum_new(G_CHECKSUM_SHA256);
        side->got = g_checksum_new(G_CHECKSUM_SHA256);
        side->received_us = ds_clock_us();
        g_assert_cmpint(ds_link_new(&side->link, t.base, role_of(i), &link_handler, side), ==, 0);
        for (unsigned k = 0; k < 2; k++)
            side->making[k].link = side->link;
    }
}

static void
end(void)
{
    for (unsigned i = 0; i < SIDES; i++) {
        ds_link_free(t.sides[i].link);
        for (unsigned k = 0; k < 2; k++)
            ds_path_free(t.sides[i].making[k].path);
        g_checksum_free(t.sides[i].sent);
        g_checksum_free(t.sides[i].got);
    }
    far_line_free(t.relay);
    far_line_free(t.direct);
    event_base_free(t.base);
}

/* Let the loop run until `is_done`, at most `us`; returns whether it is. */
static gboolean
run_until(gboolean (*is_done)(void), uint64_t us)
{
    const struct timeval tick = {0, 1000};
    uint64_t until_us = ds_clock_us() + us;
    while (is_done == NULL || !is_done()) {
        if (ds_clock_us() >= until_us)
            return FALSE;
        event_base_loopexit(t.base, &tick);
        event_base_loop(t.base, EVLOOP_ONCE);
    }
    return TRUE;
}

static void
expect(gboolean (*is_done)(void), const char *what)
{
    if (!run_until(is_done, PATIENCE_US))
        g_error("stalled: %s", what);
}

static void
dwell(void)
{
    run_until(NULL, (uint64_t)g_rand_int_range(t.rand, 0, (gint32)t.plan->dwell_ms) * 1000);
}

static gboolean
are_on(enum ds_path_kind kind)
{
    for (unsigned i = 0; i < SIDES; i++) {
        struct ds_path *path = ds_link_active_path(t.sides[i].link);
        if (path == NULL || ds_path_kind(path) != kind)
            return FALSE;
    }
    return TRUE;
}

static gboolean
are_on_relay(void)
{
    return are_on(DS_PATH_RELAY);
}

static gboolean
are_on_direct(void)
{
    return are_on(DS_PATH_PUNCHED);
}

static gboolean
has_one_moved(void)
{
    for (unsigned i = 0; i < SIDES; i++) {
        struct ds_path *path = ds_link_active_path(t.sides[i].link);
        if (path != NULL && ds_path_kind(path) == DS_PATH_PUNCHED)
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_standby_there(void)
{
    struct ds_link_path_state states[DS_LINK_PATHS_MAX];
    for (unsigned i = 0; i < SIDES; i++) {
        unsigned relays = 0;
        size_t n = ds_link_get_paths(t.sides[i].link, states);
        for (size_t k = 0; k < n; k++)
            relays += ds_path_kind(states[k].path) == DS_PATH_RELAY && states[k].is_validated;
        if (relays != 1)
            return FALSE;
    }
    return TRUE;
}

static gboolean
is_delivered(void)
{
    return t.sides[0].received == t.sides[1].to_send && t.sides[1].received == t.sides[0].to_send;
}

/* Each direction delivered so much since the marks were set. */
static uint64_t marks[SIDES];

static void
set_marks(void)
{
    for (unsigned i = 0; i < SIDES; i++)
        marks[i] = t.sides[i].received;
}

static gboolean
is_loaded(void)
{
    return t.sides[0].received >= marks[0] + LOAD_BYTES &&
           t.sides[1].received >= marks[1] + LOAD_BYTES;
}

/* The changes. */

static void
begin_change(void)
{
    for (unsigned i = 0; i < SIDES; i++)
        t.sides[i].gap_us = 0;
    set_marks();
}

/* Wait until both directions go on, and as long again as a long gap would need to show. */
static void
end_change(enum switching_change change, struct switching_report *report)
{
    expect(is_loaded, switching_change_name(change));
    run_until(NULL, 3 * t.plan->relay.delay_us);
    guint64 gap_us = MAX(t.sides[0].gap_us, t.sides[1].gap_us);
    g_array_append_val(report->gaps_us[change], gap_us);
    dwell();
}

static void
go_direct(struct switching_report *report)
{
    begin_change();
    end_change(SWITCHING_NONE, report);
    t.direct = make_line(DS_PATH_PUNCHED);
    expect(has_one_moved, "onto the direct path");
    begin_change();
    expect(are_on_direct, "onto the direct path");
    uint64_t passed[SIDES] = {far_line_passed(t.direct, 0), far_line_passed(t.direct, 1)};
    set_marks();
    end_change(SWITCHING_ONTO, report);
    for (unsigned i = 0; i < SIDES; i++)
        if (far_line_passed(t.direct, i) < passed[i] + LOAD_BYTES / 2)
            return; /* not a switch that counts */
    report->switches++;
}

static void
drop_direct(void)
{
    struct ds_link *helper = t.sides[1].link;
    ds_link_drop_path(helper, ds_link_active_path(helper));
}

static void
change_relay(struct switching_report *report)
{
    begin_change();
    reset_line(&t.relay);
    t.relay = make_line(DS_PATH_RELAY);
    expect(is_standby_there, "another standby");
    end_change(SWITCHING_RELAY, report);
}

static void
be_apart(struct switching_report *report)
{
    begin_change();
    reset_line(&t.relay);
    run_until(NULL, 50000);
    t.relay = make_line(DS_PATH_RELAY);
    expect(are_on_relay, "a new relay path");
    end_change(SWITCHING_APART, report);
}

static void
go_back(struct switching_report *report)
{
    enum switching_change change = SWITCHING_DROP;
    begin_change();
    if ((unsigned)g_rand_int_range(t.rand, 0, 100) < t.plan->silent_of_100) {
        change = SWITCHING_SILENT;
        far_line_freeze(t.direct);
    } else if (g_rand_boolean(t.rand)) {
        change = far_line_is_busy(t.relay) ? SWITCHING_FULL : SWITCHING_RESET;
        reset_line(&t.direct);
    } else {
        drop_direct();
    }
    expect(are_on_relay, switching_change_name(change));
    set_marks();
    end_change(change, report);
    reset_line(&t.direct);
    report->switches++;
}

static gboolean
is_enough(const struct switching_report *report)
{
    return report->switches >= t.plan->switches && t.sides[0].received >= t.plan->bytes &&
           t.sides[1].received >= t.plan->bytes;
}

static void
finish(struct switching_report *report)
{
    for (unsigned i = 0; i < SIDES; i++)
        t.sides[i].to_send = t.sides[i].handed_out;
    expect(is_delivered, "the rest");
    for (unsigned i = 0; i < SIDES; i++) {
        struct ds_link_stats stats;
        ds_link_get_stats(t.sides[i].link, &stats);
        report->resent_bytes += stats.resent_bytes;
        report->dropped_bytes += stats.dropped_bytes;
        report->bytes[i] = t.sides[i].handed_out;
        report->hashes[i] = g_strdup(g_checksum_get_string(t.sides[i].sent));
        g_assert_cmpstr(report->hashes[i], ==, g_checksum_get_string(t.sides[1 - i].got));
    }
}

void
switching_run(GRand *rand, const struct switching_plan *plan, struct switching_report *report)
{
    *report = (struct switching_report){.switches = 0};
    for (unsigned i = 0; i < SWITCHING_CHANGES; i++)
        report->gaps_us[i] = g_array_new(FALSE, FALSE, sizeof(guint64));
    begin(rand, plan);
    t.sides[0].to_send = t.sides[1].to_send = UINT64_MAX;
    t.relay = make_line(DS_PATH_RELAY);
    expect(are_on_relay, "the first path");
    while (!is_enough(report)) {
        if (g_rand_int_range(t.rand, 0, 20) == 0)
            be_apart(report);
        go_direct(report);
        if (g_rand_int_range(t.rand, 0, 20) == 0)
            change_relay(report);
        go_back(report);
    }
    finish(report);
    end();
}

void
switching_report_clear(struct switching_report *report)
{
    for (unsigned i = 0; i < SWITCHING_CHANGES; i++)
        g_array_unref(report->gaps_us[i]);
    for (unsigned i = 0; i < SIDES; i++)
        g_free(report->hashes[i]);
}

const char *
switching_change_name(enum switching_change change)
{
    static const char *const names[] = {[SWITCHING_NONE] = "on the relay",
            [SWITCHING_ONTO] = "onto direct",
            [SWITCHING_DROP] = "direct closed",
            [SWITCHING_RESET] = "direct reset",
            [SWITCHING_FULL] = "and full relay",
            [SWITCHING_SILENT] = "direct silent",
            [SWITCHING_RELAY] = "standby reset",
            [SWITCHING_APART] = "relay reset"};
    return names[change];
}

/* A moment, some milliseconds long, in which something else may come first. */
static void
wait_a_moment(void)
{
    uint64_t most_us = 6 * t.plan->relay.delay_us;
    run_until(is_delivered, (uint64_t)g_rand_int_range(t.rand, 0, (gint32)most_us));
}

static void
race_once(void)
{
    gboolean is_relay_first = g_rand_boolean(t.rand);
    struct far_line **lines[] = {&t.relay, &t.direct};
    static const enum ds_path_kind kinds[] = {DS_PATH_RELAY, DS_PATH_PUNCHED};
    unsigned first = is_relay_first ? 0 : 1;
    *lines[first] = make_line(kinds[first]);
    if (g_rand_boolean(t.rand))
        wait_a_moment();
    *lines[1 - first] = make_line(kinds[1 - first]);
    if (g_rand_int_range(t.rand, 0, 3) == 0) {
        wait_a_moment();
        reset_line(lines[g_rand_int_range(t.rand, 0, 2)]);
    }
    expect(is_delivered, "a race");
}

unsigned
switching_race(GRand *rand, const struct switching_plan *plan, unsigned sessions)
{
    unsigned direct = 0;
    for (unsigned i = 0; i < sessions; i++) {
        begin(rand, plan);
        t.sides[0].to_send = t.sides[1].to_send = plan->bytes;
        race_once();
        direct += are_on_direct();
        end();
    }
    return direct;
}
