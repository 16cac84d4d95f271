/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/attempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/util.h>

#include "net/base/clock.h"
#include "net/base/descriptors.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/base/minmax.h"
#include "net/punch/candidate_dial.h"
#include "net/punch/doorway.h"
#include "net/punch/volley.h"

/* The ports of one set, and the other side's candidates that they aim at. */
struct set {
    struct ds_attempt *attempt;
    struct ds_local_port *port;
    struct event start_timer;
    bool has_begun;
};

struct ds_attempt {
    struct ds_direct_setting setting;
    const struct ds_attempt_handler *handler; /* borrowed */
    void *arg;
    unsigned proof_ms, rtt_ms;
    struct ds_strategy strategy;
    struct set sets[DS_PUNCH_SETS];
    struct event end_timer;
    bool is_settled;

    struct ds_offer known;                              /* the other side's candidates ... */
    struct ds_candidate_dial *dials[DS_CANDIDATES_MAX]; /* ... and the way to each, or NULL */
    struct ds_doorway *doorway;
    struct ds_attempt_counts counts;

    enum ds_port_window_kind window_kind;
    struct event window_timer;
    bool is_window_held;      /* until that */
    struct ds_volley *window; /* NULL: not open */

    struct event quiet_timer;
    bool is_quiet;                 /* plain candidates had their time */
    struct ds_attempt_salvo salvo; /* sockets 0: none */
    uint64_t salvo_due_us;         /* by the monotonic clock */
    struct event salvo_timer;
    struct ds_volley *salvo_volley; /* NULL: not open */
};

static unsigned
clamp(unsigned value, unsigned low, unsigned high)
{
    if (value < low)
        return low;
    return value < high ? value : high;
}

/* --- what comes up --- */

static void
on_dialled(void *arg, struct ds_path *path, const char *technique)
{
    struct ds_attempt *attempt = arg;
    attempt->counts.proven++;
    attempt->handler->on_path(attempt->arg, path, technique);
}

static void
on_accepted(void *arg, struct ds_path *path)
{
    on_dialled(arg, path, "accept");
}

/* --- the end --- */

static bool
is_proving(const struct ds_attempt *attempt)
{
    for (size_t i = 0; i < attempt->known.count; i++)
        if (attempt->dials[i] != NULL && ds_candidate_dial_is_proving(attempt->dials[i]))
            return true;
    return ds_volley_is_proving(attempt->window) || ds_volley_is_proving(attempt->salvo_volley) ||
           ds_doorway_is_proving(attempt->doorway);
}

static void
close_all(struct ds_attempt *attempt)
{
    for (size_t i = 0; i < DS_CANDIDATES_MAX; i++) {
        ds_candidate_dial_free(attempt->dials[i]);
        attempt->dials[i] = NULL;
    }
    ds_volley_free(attempt->window);
    ds_volley_free(attempt->salvo_volley);
    attempt->window = attempt->salvo_volley = NULL;
    ds_doorway_free(attempt->doorway);
    attempt->doorway = NULL;
    for (size_t i = 0; i < DS_PUNCH_SETS; i++)
        event_del(&attempt->sets[i].start_timer);
    event_del(&attempt->window_timer);
    event_del(&attempt->quiet_timer);
    event_del(&attempt->salvo_timer);
    event_del(&attempt->end_timer);
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
    struct ds_attempt *attempt = arg;
    if (!attempt->is_settled && is_proving(attempt)) {
        ds_attempt_settle(attempt); /* whoever is in the middle of the proof may finish it */
        return;
    }
    attempt->is_settled = true;
    close_all(attempt);
    attempt->handler->on_over(attempt->arg, &attempt->counts);
}

void
ds_attempt_settle(struct ds_attempt *attempt)
{
    if (attempt->is_settled)
        return;
    attempt->is_settled = true;
    for (size_t i = 0; i < DS_PUNCH_SETS; i++)
        event_del(&attempt->sets[i].start_timer);
    for (size_t i = 0; i < attempt->known.count; i++)
        if (attempt->dials[i] != NULL)
            ds_candidate_dial_settle(attempt->dials[i]);
    event_del(&attempt->window_timer);
    event_del(&attempt->quiet_timer);
    event_del(&attempt->salvo_timer);
    ds_volley_settle(attempt->window);
    ds_volley_settle(attempt->salvo_volley);
    ds_event_add_ms(&attempt->end_timer, DS_PUNCH_LINGER_MS);
}

/* --- many sockets at once --- */

static struct ds_candidate_dial_config
dial_config(struct ds_attempt *attempt, const struct ds_addr *target, const char *technique,
        unsigned tries)
{
    return (struct ds_candidate_dial_config){.setting = &attempt->setting,
            .counts = &attempt->counts,
            .candidate = {.type = DS_CANDIDATE_REFLEXIVE, .addr = *target},
            .technique = technique,
            .tries = tries,
            .proof_ms = attempt->proof_ms};
}

/* --- the window --- */

/* Write the window's ports, each with a reference. Returns the count: fewer where none is left. */
static size_t
choose_ports(
        const struct ds_attempt *attempt, struct ds_local_port *ports[static DS_PUNCH_WINDOW_BOTH])
{
    size_t wanted = attempt->known.aim != 0 ? DS_PUNCH_WINDOW_BOTH : DS_PUNCH_WINDOW, count = 0;

    if (attempt->window_kind == DS_PORT_WINDOW_ONE) {
        ports[0] = ds_local_port_ref(attempt->sets[0].port);
        return 1;
    }
    while (count < wanted && ds_local_port_claim(&ports[count]) == 0)
        count++;
    return count;
}

static void
open_window(struct ds_attempt *attempt, const struct ds_addr *target)
{
    struct ds_local_port *ports[DS_PUNCH_WINDOW_BOTH];
    struct ds_volley_config config = {
            .dial = dial_config(attempt, target, "predicted", DS_PUNCH_WINDOW_TRIES),
            .ports = ports,
            .count = choose_ports(attempt, ports)};
    char text[DS_ADDR_TEXT_MAX];

    config.dial.spread_ms = DS_PUNCH_MS; /* the word of where it is met may be slow */
    DS_DEBUG("punch", "%zu sockets aim at %s", config.count, ds_addr_format(target, text));
    int err = ds_volley_new(&attempt->window, &config, on_dialled, attempt);
    if (err < 0)
        DS_WARN("punch", "no window: %s", ds_strerror(err));
    for (size_t i = 0; i < config.count; i++)
        ds_local_port_unref(ports[i]);
}

/* From the ports of set 0 a known candidate is dialled already. */
static bool
is_dialled(const struct ds_attempt *attempt, const struct ds_addr *addr)
{
    for (size_t i = 0; i < attempt->known.count; i++)
        if (ds_addr_equal(&attempt->known.candidates[i].addr, addr))
            return true;
    return false;
}

static bool
may_open(const struct ds_attempt *attempt, const struct ds_addr *target)
{
    if (attempt->window != NULL || attempt->is_settled || !attempt->sets[0].has_begun ||
            attempt->is_window_held)
        return false;
    if (attempt->window_kind == DS_PORT_WINDOW_ONE)
        return attempt->known.aim != 0 && !is_dialled(attempt, target);
    return attempt->window_kind == DS_PORT_WINDOW_MANY;
}

/*
 * A NAT that lets in whoever comes needs no window, and would let in each of its sockets: so it
 * waits for what plain candidates come to. Where the other side has an aim they come to nothing.
 */
static void
review_window(struct ds_attempt *attempt)
{
    bool is_aimed = attempt->known.aim != 0;
    struct ds_addr target;

    if (!ds_offer_target(&attempt->known, &target) || !may_open(attempt, &target))
        return;
    if (is_proving(attempt))
        ds_event_add_ms(&attempt->window_timer, ds_attempt_window_ms(attempt->rtt_ms));
    else if (is_aimed || !evtimer_pending(&attempt->window_timer, NULL))
        open_window(attempt, &target);
}

static void
on_window_due(evutil_socket_t fd, short what, void *arg)
{
    struct ds_attempt *attempt = arg;
    attempt->is_window_held = false;
    review_window(attempt);
}

void
ds_attempt_hold_window(struct ds_attempt *attempt, unsigned ms)
{
    if (attempt->window != NULL || attempt->is_settled)
        return;
    attempt->is_window_held = ds_event_add_ms(&attempt->window_timer, ms) == 0;
}

void
ds_attempt_set_window(struct ds_attempt *attempt, enum ds_port_window_kind kind)
{
    attempt->window_kind = kind;
    review_window(attempt);
}

unsigned
ds_attempt_window_ms(unsigned rtt_ms)
{
    return rtt_ms == 0 ? DS_PUNCH_WINDOW_WAIT_MS
                       : clamp(3 * rtt_ms / 4, DS_PUNCH_WAIT_MIN_MS, DS_PUNCH_WINDOW_WAIT_MS);
}

/* --- the salvo --- */

/* Whoever can be met by a plain SYN is met in a round trip, which is no longer than the relayed. */
static unsigned
time_for_plain(unsigned rtt_ms)
{
    return rtt_ms == 0 ? DS_PUNCH_WINDOW_WAIT_MS : MAX(rtt_ms, DS_PUNCH_WAIT_MIN_MS);
}

static void
wait_for_quiet(struct ds_attempt *attempt)
{
    attempt->is_quiet = false;
    ds_event_add_ms(&attempt->quiet_timer, time_for_plain(attempt->rtt_ms));
}

static void
on_quiet_due(evutil_socket_t fd, short what, void *arg)
{
    struct ds_attempt *attempt = arg;

    if (is_proving(attempt)) {
        wait_for_quiet(attempt);
        return;
    }
    attempt->is_quiet = true;
    if (attempt->handler->on_quiet != NULL)
        attempt->handler->on_quiet(attempt->arg);
}

bool
ds_attempt_is_quiet(struct ds_attempt *attempt)
{
    if (attempt->is_settled)
        return false;
    if (attempt->is_quiet && is_proving(attempt))
        wait_for_quiet(attempt); /* it may come to nothing */
    return attempt->is_quiet;
}

static void
draw_targets(const struct ds_attempt_salvo *salvo, uint16_t targets[static DS_SALVO_MAX])
{
    uint32_t random[DS_SALVO_MAX];

    evutil_secure_rng_get_bytes(random, sizeof random);
    ds_salvo_draw(&salvo->at, random, targets, salvo->sockets);
}

static void
send_salvo(struct ds_attempt *attempt)
{
    const struct ds_attempt_salvo *salvo = &attempt->salvo;
    uint16_t targets[DS_SALVO_MAX];
    struct ds_volley_config config = {
            .dial = dial_config(attempt, &salvo->target, "salvo", DS_SALVO_TRIES),
            .count = ds_salvo_most(salvo->sockets, ds_descriptors_spare()),
            .retry_ms = salvo->retry_ms,
            .hold_ms = DS_SALVO_HOLD_MS};
    char text[DS_ADDR_TEXT_MAX];

    config.dial.spread_ms = salvo->retry_ms;
    if (salvo->is_from_one_port)
        config.dial.port = attempt->sets[0].port;
    if (salvo->at.size != 0) {
        draw_targets(salvo, targets);
        config.targets = targets;
    }
    DS_DEBUG("punch", "a salvo of %zu sockets to %s, %u ports from %u on", config.count,
            ds_addr_format(&salvo->target, text), salvo->at.size, salvo->at.base);
    int err = ds_volley_new(&attempt->salvo_volley, &config, on_dialled, attempt);
    if (err < 0)
        DS_WARN("punch", "no salvo: %s", ds_strerror(err));
    else
        attempt->counts.salvos += config.count > 0;
}

/* A connection that may be the path is waited for, while the other side's part is still open. */
static void
on_salvo_due(evutil_socket_t fd, short what, void *arg)
{
    struct ds_attempt *attempt = arg;
    uint64_t late_us = ds_clock_us() - attempt->salvo_due_us;

    if (!is_proving(attempt))
        send_salvo(attempt);
    else if (late_us < DS_SALVO_HOLD_MS * 1000ULL)
        ds_event_add_ms(&attempt->salvo_timer, DS_PUNCH_WAIT_MIN_MS);
}

void
ds_attempt_open_salvo(struct ds_attempt *attempt, const struct ds_attempt_salvo *salvo)
{
    if (attempt->is_settled || attempt->salvo.sockets != 0)
        return;
    attempt->salvo = *salvo;
    attempt->salvo_due_us = ds_clock_us() + salvo->wait_ms * 1000ULL;
    ds_event_add_ms(&attempt->salvo_timer, salvo->wait_ms);
}

/* --- the start --- */

static void
on_start(evutil_socket_t fd, short what, void *arg)
{
    struct set *set = arg;
    struct ds_attempt *attempt = set->attempt;
    set->has_begun = true;
    for (size_t i = 0; i < attempt->known.count; i++)
        if (attempt->dials[i] != NULL && &attempt->sets[attempt->known.candidates[i].set] == set)
            ds_candidate_dial_begin(attempt->dials[i]);
    if (set != &attempt->sets[0])
        return;
    if (!attempt->is_window_held)
        ds_event_add_ms(&attempt->window_timer, ds_attempt_window_ms(attempt->rtt_ms));
    wait_for_quiet(attempt);
    review_window(attempt);
}

/* What others see of a NAT, as far as it is in IPv4: whoever else is met opens his own door. */
static bool
is_behind_nat(const struct ds_candidate *candidate)
{
    return candidate->type == DS_CANDIDATE_REFLEXIVE && candidate->addr.ss.ss_family == AF_INET;
}

static void
aim_at(struct ds_attempt *attempt, const struct ds_candidate *candidate)
{
    size_t before = attempt->known.count;
    ds_offer_add(&attempt->known, candidate->type, candidate->set, &candidate->addr);
    if (attempt->known.count == before)
        return;
    struct set *set = &attempt->sets[candidate->set];
    struct ds_candidate_dial_config config = {.setting = &attempt->setting,
            .counts = &attempt->counts,
            .port = set->port,
            .candidate = *candidate,
            .proof_ms = attempt->proof_ms};
    if (is_behind_nat(candidate)) {
        config.hops = attempt->strategy.hops;
        config.stays_near = attempt->strategy.stays_near;
    }
    if (ds_candidate_dial_new(&attempt->dials[before], &config, on_dialled, attempt) == 0 &&
            set->has_begun)
        ds_candidate_dial_begin(attempt->dials[before]);
}

void
ds_attempt_add(struct ds_attempt *attempt, const struct ds_offer *remote)
{
    if (attempt->is_settled || remote->generation != attempt->setting.generation)
        return;
    for (size_t i = 0; i < remote->count; i++)
        if (remote->candidates[i].set < DS_PUNCH_SETS)
            aim_at(attempt, &remote->candidates[i]);
    attempt->known.mapping = remote->mapping;
    attempt->known.aim = remote->aim;
    review_window(attempt);
}

/* --- life --- */

/*
 * Over a slow relay three of its round trips would leave the spare port no time, and say little of
 * those between the peers.
 */
static unsigned
time_for_spare(unsigned rtt_ms)
{
    return clamp(3 * rtt_ms, DS_PUNCH_RESYN_MS, DS_PUNCH_RESYN_MAX_MS);
}

/* In one round trip the helper has its proof, in one and a half the helpee. */
static unsigned
time_for_proof(unsigned rtt_ms)
{
    if (rtt_ms == 0)
        return DS_PUNCH_HANDSHAKE_MS;
    return clamp(3 * rtt_ms, DS_PUNCH_WORD_MS, DS_PUNCH_HANDSHAKE_MS);
}

static int
start_timers(struct ds_attempt *attempt, const struct ds_attempt_config *config)
{
    unsigned begin_ms = config->wait_ms;
    unsigned spare_ms = begin_ms + time_for_spare(config->rtt_ms);
    bool ok = ds_event_add_ms(&attempt->sets[0].start_timer, begin_ms) == 0 &&
              ds_event_add_ms(&attempt->sets[1].start_timer, spare_ms) == 0 &&
              ds_event_add_ms(&attempt->end_timer, begin_ms + DS_PUNCH_MS) == 0;
    return ok ? 0 : DS_ERR_NOMEM;
}

static int
start(struct ds_attempt *attempt, const struct ds_attempt_config *config,
        const struct ds_offer *remote)
{
    struct ds_listeners own = {0};
    struct ds_doorway_config doorway = {.setting = &attempt->setting,
            .counts = &attempt->counts,
            .expected = &attempt->known,
            .listeners = config->listeners != NULL ? config->listeners : &own};
    int err = ds_listeners_open(doorway.listeners, config->ports);
    if (err == 0)
        err = ds_doorway_new(&attempt->doorway, &doorway, on_accepted, attempt);
    if (err < 0)
        return err;
    ds_attempt_add(attempt, remote);
    return start_timers(attempt, config);
}

int
ds_attempt_new(struct ds_attempt **out, const struct ds_attempt_config *config,
        const struct ds_offer *remote, const struct ds_attempt_handler *handler, void *arg)
{
    struct ds_attempt *attempt = calloc(1, sizeof *attempt);
    *out = NULL;
    if (attempt == NULL)
        return DS_ERR_NOMEM;
    *attempt = (struct ds_attempt){.handler = handler,
            .arg = arg,
            .proof_ms = time_for_proof(config->rtt_ms),
            .rtt_ms = config->rtt_ms,
            .strategy = config->strategy,
            .window_kind = config->window};
    attempt->setting = (struct ds_direct_setting){.base = config->base,
            .role = config->role,
            .generation = remote->generation,
            .is_mapped = config->is_mapped,
            .mss = config->strategy.mss};
    memcpy(attempt->setting.session_key, config->session_key, DS_KEY_BYTES);
    for (size_t i = 0; i < DS_PUNCH_SETS; i++) {
        struct set *set = &attempt->sets[i];
        *set = (struct set){.attempt = attempt, .port = ds_local_port_ref(config->ports[i])};
        event_assign(&set->start_timer, config->base, -1, 0, on_start, set);
    }
    event_assign(&attempt->window_timer, config->base, -1, 0, on_window_due, attempt);
    event_assign(&attempt->quiet_timer, config->base, -1, 0, on_quiet_due, attempt);
    event_assign(&attempt->salvo_timer, config->base, -1, 0, on_salvo_due, attempt);
    event_assign(&attempt->end_timer, config->base, -1, 0, on_end, attempt);
    int err = start(attempt, config, remote);
    if (err < 0) {
        int error = errno;
        ds_attempt_free(attempt);
        errno = error;
        return err;
    }
    *out = attempt;
    return 0;
}

void
ds_attempt_set_mapped(struct ds_attempt *attempt)
{
    attempt->setting.is_mapped = true;
}

void
ds_attempt_free(struct ds_attempt *attempt)
{
    if (attempt == NULL)
        return;
    close_all(attempt);
    for (size_t i = 0; i < DS_PUNCH_SETS; i++)
        ds_local_port_unref(attempt->sets[i].port);
    OPENSSL_cleanse(attempt, sizeof *attempt);
    free(attempt);
}

struct ds_attempt_counts
ds_attempt_get_counts(const struct ds_attempt *attempt)
{
    return attempt->counts;
}
