/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hostile.h"

#include <string.h>

#include "net/base/clock.h"
#include "net/base/log.h"
#include "tests/lib/seed.h"

enum { BUSY_MOST = 40, FEW_BYTES = 20000, DEADLINE_MS = 50000 };

static const struct hostile_verdict good_helper = {DS_REASON_STOPPED, ""};
static const struct hostile_verdict good_helpee = {DS_REASON_PEER_STOPPED, ""};

static void
check(const struct hostile_try *try, const struct pairing_side *side,
        const struct hostile_verdict *verdict)
{
    if (side->reason == verdict->reason && strstr(side->step, verdict->step) != NULL)
        return;
    g_error("%s: the %s ended with %s (%s), and %s (%s) was expected", try->row->name,
            side->role == DS_ROLE_HELPEE ? "helpee" : "helper", ds_reason_name(side->reason),
            side->step, ds_reason_name(verdict->reason), verdict->step);
}

static void
check_try(const struct hostile_try *try)
{
    const struct hostile_row *row = try->row;
    const struct pairing *pairing = &try->pairing;
    unsigned wanted = try->is_honest || row->stands;
    check(try, &pairing->helpee, try->is_honest ? &good_helpee : &row->helpee);
    g_assert_cmpuint(pairing->helper.moments[PAIRING_PEER], ==, wanted);
    g_assert_cmpuint(pairing->helpee.moments[PAIRING_PEER], ==, wanted);
    g_assert_cmpuint(pairing->helpee.moments[PAIRING_OPEN], <=, wanted);
    if (try->is_honest)
        g_assert_cmpuint(pairing->helpee.moments[PAIRING_GUESS], ==, 0);
    if (try->is_honest || row->helper.reason == DS_REASON_STOPPED)
        g_assert_true(pairing_has_all(pairing));
}

static void
set_quiet(struct hostile_try *try)
{
    if (!try->is_quiet)
        try->batch->busy--;
    try->is_quiet = true;
    event_active(try->batch->go_on, EV_TIMEOUT, 0);
}

static void
on_helper_closed(struct hostile_try *try)
{
    struct pairing *pairing = &try->pairing;
    check(try, &pairing->helper, try->is_honest ? &good_helper : &try->row->helper);
    if (pairing->helpee.is_closed || try->is_honest)
        return;
    if (pairing->helpers == 0 && try->row->waits) {
        try->is_honest = true;
        try->session->on_message = NULL;
        pairing->helpers = 1;
    }
    if (pairing->helpers > 0)
        pairing_start_helper(pairing, &pairing->code);
}

static void
on_news(struct pairing *pairing, struct pairing_side *side)
{
    struct hostile_try *try = pairing->arg;
    if (try->session == NULL && side->moments[PAIRING_CODE] > 0) {
        try->session = hostile_relay_find(try->batch->relay, pairing->code.nameplate);
        try->session->on_message = try->row->on_message;
        try->session->arg = try;
    }
    if (!side->is_closed)
        return;
    if (side->role == DS_ROLE_HELPER)
        on_helper_closed(try);
    if (pairing_is_over(pairing) && !try->is_over) {
        try->is_over = true;
        try->batch->over++;
        check_try(try);
    }
    if (pairing->helpers == 0 && (pairing->helper.is_closed || !try->row->waits))
        set_quiet(try);
}

static void
start_try(struct hostile_batch *batch)
{
    struct hostile_try *try = &batch->tries[batch->started];
    const struct hostile_row *row = &batch->rows[batch->started % batch->row_count];
    *try = (struct hostile_try){.row = row, .batch = batch, .is_honest = row->on_message == NULL};
    try->pairing = (struct pairing){
            .base = batch->base,
            .port = hostile_relay_port(batch->relay),
            .number = batch->started,
            .bytes = row->bytes > 0 ? row->bytes : FEW_BYTES,
            .stays = row->stays,
            .helpers = MAX(row->helpers, 1),
            .on_news = on_news,
            .arg = try,
    };
    if (row->log != NULL)
        batch->log_expected += try->pairing.helpers;
    batch->started++;
    batch->busy++;
    pairing_start(&try->pairing);
}

static void
on_go_on(evutil_socket_t fd, short what, void *arg)
{
    struct hostile_batch *batch = arg;
    if (batch->over == batch->try_count)
        event_base_loopbreak(batch->base);
    while (batch->busy < BUSY_MOST && batch->started < batch->try_count)
        start_try(batch);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct hostile_batch *batch = arg;
    for (unsigned i = 0; i < batch->started; i++)
        if (!batch->tries[i].is_over)
            g_printerr("not over: %s, helpee %d, helper %d\n", batch->tries[i].row->name,
                    batch->tries[i].pairing.helpee.is_closed,
                    batch->tries[i].pairing.helper.is_closed);
    g_error("%u of %u tries are over in time", batch->over, batch->started);
}

static void
on_log(enum ds_log_level level, const char *area, const char *text, void *arg)
{
    struct hostile_batch *batch = arg;
    bool is_wanted = false;
    for (gsize i = 0; i < batch->row_count && !is_wanted; i++)
        is_wanted = batch->rows[i].log != NULL && strstr(text, batch->rows[i].log) != NULL;
    batch->log_lines += is_wanted;
}

void
hostile_run(const struct hostile_row *rows, gsize row_count, unsigned tries)
{
    struct timeval deadline = ds_clock_timeval(DEADLINE_MS);
    struct hostile_batch *batch = g_new0(struct hostile_batch, 1);
    batch->base = event_base_new();
    batch->relay = hostile_relay_new(batch->base);
    batch->rand = test_seed();
    batch->rows = rows;
    batch->row_count = row_count;
    batch->try_count = tries;
    batch->tries = g_new0(struct hostile_try, tries);
    batch->go_on = event_new(batch->base, -1, 0, on_go_on, batch);
    struct event *late = evtimer_new(batch->base, on_deadline, batch);
    evtimer_add(late, &deadline);
    ds_log_set(on_log, batch, DS_LOG_INFO);
    event_active(batch->go_on, EV_TIMEOUT, 0);
    event_base_dispatch(batch->base);
    ds_log_set(NULL, NULL, DS_LOG_ERROR);
    g_assert_cmpuint(batch->over, ==, tries);
    g_assert_cmpuint(batch->log_lines, ==, batch->log_expected);
    for (unsigned i = 0; i < tries; i++)
        pairing_finish(&batch->tries[i].pairing);
    event_free(late);
    event_free(batch->go_on);
    hostile_relay_free(batch->relay);
    event_base_free(batch->base);
    g_rand_free(batch->rand);
    g_free(batch->tries);
    g_free(batch);
}

void
hostile_flip(const struct hostile_try *try, GByteArray *bytes, guint from, guint to)
{
    GRand *rand = try->batch->rand;
    guint at = (guint)g_rand_int_range(rand, (gint32)from, (gint32)MIN(to, bytes->len));
    bytes->data[at] ^= (guint8)(1u << g_rand_int_range(rand, 0, 8));
}

void
hostile_replace(GByteArray *bytes, const void *data, gsize len)
{
    g_byte_array_set_size(bytes, 0);
    g_byte_array_append(bytes, data, (guint)len);
}
