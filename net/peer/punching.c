/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/punching.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/dial/interfaces.h"
#include "net/peer/exchange.h"
#include "net/peer/generation.h"
#include "net/peer/turn.h"

enum stage {
    IDLE,
    GATHERING, /* OFFER or GO waits for an address of our own that it can name */
    WAITING,   /* OFFER or AGAIN is out, the answer is due */
    TRYING,
};

struct ds_punching {
    struct ds_punching_config config;
    const struct ds_punching_handler *handler;
    void *arg;
    struct ds_exchange exchange;
    bool is_direct, was_direct;
    uint64_t direct_since_ms;
    struct ds_why_not why;

    /* The generation under way, or the one that is prepared. */
    enum stage stage;
    struct ds_generation generation;
    struct ds_offer sent; /* our last OFFER or GO */
    uint32_t running;     /* the generation that was told to begin and came to nothing yet, or 0 */
    struct event *limit;  /* of GATHERING and WAITING */

    struct ds_turn turn;               /* of the next one */
    struct ds_interfaces_watch *watch; /* NULL: the kernel gives no word */
};

/* --- news --- */

static void
tell(struct ds_punching *p, const char *technique, const char *result, enum ds_why why)
{
    const struct ds_peer_punch punch = {
            .generation = p->running, .technique = technique, .result = result, .why = why};

    DS_DEBUG("punch", "generation %u: %s %s%s", punch.generation, result, technique,
            ds_why_name(why));
    p->handler->on_punch(p->arg, &punch);
}

static void
set_why(struct ds_punching *p, struct ds_why_not why)
{
    if (ds_why_is_same(&p->why, &why))
        return;
    p->why = why;
    p->handler->on_why(p->arg);
}

/* --- what is prepared, and what is said of it --- */

static void
clear(struct ds_punching *p)
{
    ds_generation_clear(&p->generation);
    evtimer_del(p->limit);
    p->stage = IDLE;
}

/* For the generation to come. */
static void
prepare(struct ds_punching *p)
{
    clear(p);
    if (!p->is_direct)
        ds_generation_let_close(&p->generation); /* no path is left that came by it */
    ds_turn_gather(&p->turn);
    ds_generation_prepare(&p->generation, p->exchange.generation + 1);
}

/* Before the yes, to be ready then: as often as there is budget for. */
static void
prepare_early(struct ds_punching *p)
{
    if (ds_turn_may_gather(&p->turn))
        prepare(p);
    else
        clear(p); /* it is of a connection that is gone */
}

static struct ds_offer
own_offer(const struct ds_punching *p)
{
    return ds_generation_offer(&p->generation, p->exchange.generation);
}

/* OFFER or GO, with what is known by now. */
static void
say(struct ds_punching *p)
{
    p->sent = own_offer(p);
    ds_generation_spend(&p->generation);
    p->handler->send(
            p->arg, p->config.role == DS_ROLE_HELPEE ? DS_CONTROL_OFFER : DS_CONTROL_GO, &p->sent);
}

/* Fresh in each generation: after OFFER or GO, which does not wait for it. */
static void
probe(struct ds_punching *p)
{
    if (p->running != 0 && p->stage > GATHERING)
        ds_generation_probe(&p->generation);
}

/* --- when the next generation begins --- */

/* Helper: an OFFER came that is not answered yet. */
static bool
is_pending(const struct ds_punching *p)
{
    return p->config.role == DS_ROLE_HELPER && p->exchange.generation > 0 && !p->exchange.is_met;
}

/*
 * The helper alone climbs the ladder; the helpee hears AGAIN. It is there for what has to change
 * elsewhere: where we go about it in another way there is nothing to wait for.
 */
static void
schedule_retry(struct ds_punching *p)
{
    if (p->config.role != DS_ROLE_HELPER || !p->exchange.is_open || p->is_direct || is_pending(p))
        return;
    if (ds_generation_has_another_way(&p->generation, p->exchange.generation))
        ds_turn_in(&p->turn, 0);
    else
        ds_turn_again(&p->turn);
}

static void
enter(struct ds_punching *p, enum stage stage, uint64_t limit_ms)
{
    p->stage = stage;
    ds_event_add_ms(p->limit, limit_ms);
}

/* --- one generation --- */

static struct ds_why_not
judge_offers(const struct ds_punching *p)
{
    struct ds_why_facts facts = ds_why_facts_of(&p->sent, &p->exchange.remote);

    if (p->generation.revealed.len == 0)
        facts.here |= DS_FACT_UNREVEALED;
    return p->exchange.is_met ? ds_why_judge(&facts) : ds_why_plainly(DS_WHY_UNKNOWN);
}

struct ds_why_not
ds_punching_judge(const struct ds_punching *p)
{
    struct ds_why_not why = judge_offers(p);
    bool is_at_a_loss = why.why == DS_WHY_UNKNOWN || why.why == DS_WHY_NO_ANSWER;

    return is_at_a_loss && p->was_direct ? ds_why_plainly(DS_WHY_LOST) : why;
}

/* It came to nothing. */
static void
fail(struct ds_punching *p)
{
    struct ds_why_not why = ds_punching_judge(p);
    bool is_hopeless = p->sent.count == 0 && p->exchange.remote.count == 0;

    clear(p);
    tell(p, "", is_hopeless ? "skipped" : "failed", why.why);
    p->running = 0;
    if (!p->is_direct)
        set_why(p, why);
    schedule_retry(p);
}

/* Some routers send out by a mapping, too, and cut what they no longer map. */
static bool
may_need_opening(const struct ds_punching *p, enum ds_path_kind kind)
{
    bool is_v4 = kind == DS_PATH_MAPPED || kind == DS_PATH_PUNCHED;
    return kind == DS_PATH_IPV6 || (is_v4 && p->generation.is_mapped);
}

static void
on_attempt_path(void *arg, struct ds_path *path, const char *technique)
{
    struct ds_punching *p = arg;
    if (may_need_opening(p, ds_path_kind(path)))
        ds_generation_keep_open(&p->generation);
    p->handler->on_path(p->arg, path);
    if (p->running == 0)
        return;
    ds_attempt_settle(p->generation.attempt);
    tell(p, technique, "direct", DS_WHY_NONE);
    p->running = 0;
}

static void
on_attempt_over(void *arg, const struct ds_attempt_counts *counts)
{
    struct ds_punching *p = arg;

    DS_DEBUG("punch", "generation %u: %u SYNs, %u refused, %u opened, %u strangers, %u proven",
            p->exchange.generation, counts->syns, counts->refused, counts->opened,
            counts->strangers, counts->proven);
    if (counts->proven == 0) {
        fail(p);
        return;
    }
    clear(p);
    schedule_retry(p); /* where what was proven never carries anything */
}

static void
on_attempt_quiet(void *arg)
{
    probe(arg);
}

static void
begin_tries(struct ds_punching *p)
{
    evtimer_del(p->limit);
    p->stage = TRYING;
    int err = ds_generation_try(
            &p->generation, &p->exchange.remote, p->handler->relayed_rtt_ms(p->arg));
    if (err < 0) {
        DS_WARN("punch", "no tries for a direct path: %s", ds_strerror(err));
        fail(p);
        return;
    }
    probe(p);
}

/* When the relay's path broke the other side has to come back first, and to read what it missed. */
static unsigned
time_for_answer(const struct ds_punching *p)
{
    bool is_apart = p->exchange.generation > 1 && p->handler->relayed_rtt_ms(p->arg) == 0;
    return is_apart ? DS_PUNCH_RETURN_MS : DS_PUNCH_ANSWER_MS;
}

/* Helpee: OFFER. Helper: GO, and go. */
static void
speak(struct ds_punching *p)
{
    ds_generation_listen(&p->generation);
    say(p);
    if (p->config.role == DS_ROLE_HELPEE) {
        enter(p, WAITING, time_for_answer(p));
        probe(p);
        return;
    }
    p->exchange.is_met = true;
    ds_turn_cancel(&p->turn);
    begin_tries(p);
}

/* One that a newer generation overtook ends without a verdict. */
static void
overtake(struct ds_punching *p)
{
    if (p->running != 0)
        tell(p, "", "failed", DS_WHY_TRYING);
    p->running = 0;
}

static void
begin(struct ds_punching *p, bool may_wait)
{
    overtake(p);
    if (!ds_generation_is_prepared(&p->generation) || p->stage == TRYING)
        prepare(p);
    ds_turn_begin(&p->turn);
    p->running = p->exchange.generation;
    p->sent.generation = 0;
    tell(p, "", "started", DS_WHY_NONE);
    struct ds_offer own = own_offer(p);
    if (may_wait && ds_generation_is_gathering(&p->generation) && !ds_offer_is_ready(&own))
        enter(p, GATHERING, p->config.times->punch_gather);
    else
        speak(p);
}

/* Helpee. The first OFFER rides with the yes, and so waits for nothing. */
static void
begin_next(struct ds_punching *p)
{
    bool is_first = p->exchange.generation == 0;

    if (!is_first)
        clear(p);
    ds_exchange_next(&p->exchange);
    begin(p, !is_first);
}

/* Helper. */
static void
ask_again(struct ds_punching *p)
{
    const struct ds_offer over = {.generation = p->exchange.generation};

    overtake(p);
    ds_turn_begin(&p->turn);
    prepare(p); /* to be ready when OFFER comes */
    p->handler->send(p->arg, DS_CONTROL_AGAIN, &over);
    enter(p, WAITING, DS_PUNCH_ANSWER_MS);
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
    struct ds_punching *p = arg;

    if (p->config.role == DS_ROLE_HELPEE)
        begin_next(p);
    else if (is_pending(p))
        begin(p, true);
    else
        ask_again(p);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
    struct ds_punching *p = arg;

    if (p->stage == GATHERING) {
        speak(p);
    } else if (p->config.role == DS_ROLE_HELPEE) {
        fail(p);
    } else {
        p->stage = IDLE; /* what is prepared serves an OFFER that comes late */
        schedule_retry(p);
    }
}

static void
on_gathered(void *arg, const struct ds_offer *known, bool is_done)
{
    struct ds_punching *p = arg;
    bool is_said = p->sent.generation == p->exchange.generation && p->running != 0;

    if (p->stage == GATHERING && (is_done || ds_offer_is_ready(known)))
        speak(p);
    else if (p->stage > GATHERING && is_said && !ds_offer_is_same(known, &p->sent))
        say(p);
    probe(p);
}

static void
on_told(void *arg)
{
    struct ds_punching *p = arg;

    if (p->stage > GATHERING && p->running != 0)
        say(p);
}

static void
on_mapping(void *arg, const struct ds_portmap_news *news)
{
    struct ds_punching *p = arg;

    p->handler->on_mapping(p->arg, news);
}

/* --- what the peer tells --- */

void
ds_punching_stand(struct ds_punching *p, const struct ds_foothold *foothold)
{
    ds_generation_stand(&p->generation, foothold);
    if (!p->exchange.is_open)
        prepare_early(p);
    else if (p->config.role == DS_ROLE_HELPEE && !p->is_direct)
        ds_turn_in(&p->turn, 0);
}

void
ds_punching_allow(struct ds_punching *p)
{
    if (p->exchange.is_open)
        return;
    p->exchange.is_open = true;
    if (p->config.role == DS_ROLE_HELPEE)
        begin_next(p);
}

void
ds_punching_reveal(struct ds_punching *p, const struct ds_addr *remote)
{
    char text[DS_ADDR_TEXT_MAX];

    if (!p->exchange.is_open || ds_addr_equal(remote, &p->generation.revealed))
        return;
    DS_DEBUG("punch", "the relay sees the other side at %s", ds_addr_format(remote, text));
    p->generation.revealed = *remote;
    probe(p);
}

/* AGAIN has waited for its turn, so the answer to it need not. */
static void
schedule_answer(struct ds_punching *p)
{
    if (p->stage == WAITING)
        ds_turn_forget(&p->turn);
    ds_turn_in(&p->turn, 0);
}

static void
take_news(struct ds_punching *p, enum ds_exchange_news news)
{
    switch (news) {
    case DS_EXCHANGE_OLD:
        break;
    case DS_EXCHANGE_NEW:
        if (p->config.role == DS_ROLE_HELPER)
            schedule_answer(p);
        else if (p->stage == WAITING)
            begin_tries(p);
        break;
    case DS_EXCHANGE_MORE:
        if (p->stage == TRYING && !is_pending(p)) /* else it is of the one that waits */
            ds_generation_add(&p->generation, &p->exchange.remote);
        break;
    case DS_EXCHANGE_AGAIN:
        if (p->running != 0)
            fail(p);
        ds_turn_in(&p->turn, 0);
        break;
    }
}

int
ds_punching_take(struct ds_punching *p, const struct ds_control_message *message)
{
    struct ds_interface all[DS_INTERFACES_MAX];
    struct ds_addr own[DS_GENERATION_OWN_MAX];
    size_t count = ds_interfaces_watch_read(p->watch, all, DS_INTERFACES_MAX);
    const struct ds_vetting vetting = {
            .own = own,
            .own_count = ds_generation_own(&p->generation, all, count, own),
            .interfaces = all,
            .interface_count = count,
            .relay = &p->generation.foothold.relay,
    };
    int news = ds_exchange_take(&p->exchange, message, &vetting);

    if (news < 0)
        return news;
    take_news(p, (enum ds_exchange_news)news);
    return 0;
}

void
ds_punching_set_direct(struct ds_punching *p, bool is_direct)
{
    uint64_t now_ms = ds_clock_boot_ms();
    bool is_lost = p->is_direct && !is_direct;

    if (!p->is_direct && is_direct) {
        p->was_direct = true;
        p->direct_since_ms = now_ms;
        if (!is_pending(p))
            ds_turn_cancel(&p->turn);
    }
    p->is_direct = is_direct;
    if (!is_lost)
        return;
    ds_generation_let_close(&p->generation);
    set_why(p, ds_why_plainly(DS_WHY_LOST));
    if (now_ms - p->direct_since_ms < p->config.times->punch_steady) {
        schedule_retry(p);
    } else if (p->config.role == DS_ROLE_HELPER) {
        ds_turn_reset(&p->turn);
        ds_turn_in(&p->turn, 0);
    }
}

void
ds_punching_doubt(struct ds_punching *p)
{
    if (p->generation.last.was_stuck)
        return;
    DS_INFO("punch", "full segments do not get through on the direct path");
    p->generation.last.was_stuck = true;
    if (p->config.role != DS_ROLE_HELPER || is_pending(p) || p->running != 0)
        return;
    clear(p);
    ds_turn_in(&p->turn, 0);
}

struct ds_why_not
ds_punching_why(const struct ds_punching *p)
{
    return p->why;
}

/* --- this machine's network --- */

static void
on_interfaces(void *arg, bool has_moved)
{
    struct ds_punching *p = arg;

    if (!has_moved)
        return;
    p->handler->on_network(p->arg);
    ds_turn_excuse(&p->turn); /* nobody but this machine brought it about */
    if (p->exchange.is_open) {
        clear(p);
        ds_generation_forget(&p->generation);
        ds_turn_in(&p->turn, 0);
    } else if (ds_generation_is_prepared(&p->generation)) {
        prepare_early(p);
    }
}

/* --- life --- */

static const struct ds_attempt_handler attempt_handler = {
        .on_path = on_attempt_path,
        .on_over = on_attempt_over,
        .on_quiet = on_attempt_quiet,
};

int
ds_punching_new(struct ds_punching **out, const struct ds_punching_config *config,
        const struct ds_punching_handler *handler, void *arg)
{
    struct ds_punching *p = calloc(1, sizeof *p);

    if (p == NULL)
        return DS_ERR_NOMEM;
    p->config = *config;
    p->handler = handler;
    p->arg = arg;
    p->exchange.role = config->role;
    p->generation.config = (struct ds_generation_config){.base = config->base,
            .role = config->role,
            .session_key = config->session_key,
            .stun = config->stun,
            .map_lease_s = config->map_lease_s,
            .on_gathered = on_gathered,
            .on_mapping = on_mapping,
            .on_told = on_told,
            .attempt_handler = &attempt_handler,
            .arg = p};
    p->generation.windows =
            (struct ds_budget){.most = DS_PUNCH_WINDOWS, .each_ms = DS_PUNCH_WINDOWS_MS};
    ds_birthday_init(&p->generation.birthday, config->salvo);
    p->why = ds_why_plainly(DS_WHY_TRYING);
    p->limit = evtimer_new(config->base, on_limit, p);
    int err = ds_turn_init(&p->turn, config->base, config->times, on_next, p);
    if (p->limit == NULL || err < 0) {
        ds_punching_free(p);
        return DS_ERR_NOMEM;
    }
    err = ds_interfaces_watch_new(&p->watch, config->base, on_interfaces, p);
    if (err < 0) {
        DS_WARN("punch", "no word of changes of the network: %s", ds_strerror(err));
        p->watch = NULL;
    }
    *out = p;
    return 0;
}

void
ds_punching_free(struct ds_punching *p)
{
    if (p == NULL)
        return;
    ds_generation_finish(&p->generation);
    ds_interfaces_watch_free(p->watch);
    ds_event_free(p->limit);
    ds_turn_finish(&p->turn);
    free(p);
}
