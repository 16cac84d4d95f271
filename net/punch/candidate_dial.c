/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/candidate_dial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/util.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/punch/retry.h"
#include "net/punch/syn.h"

/* What is taken now (an address pair, descriptors, memory) is asked for again after that. */
enum { BUSY_US = 20000 };

struct ds_candidate_dial {
    struct ds_candidate_dial_config config;
    ds_candidate_dial_fn fn;
    void *arg;
    struct ds_retry retry;
    uint64_t sent_us; /* the SYN that is under way, or brought the connection */
    uint16_t number;  /* of the port, where the kernel has chosen it; 0: not yet */
    int fd;           /* of that SYN; -1: none */
    struct event answer_event, again_timer;
    struct ds_path *path; /* of a connection that is not proven yet */
    bool is_settled;      /* no SYN is to be sent any more */
};

/* What the end of a connect() says about the candidate. */
enum outcome {
    REFUSED, /* by RST or ICMP: the other side, or a NAT, was not ready yet */
    BUSY,    /* this side cannot try now */
    HOPELESS,
};

static enum outcome
outcome_of(int error)
{
    switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EHOSTUNREACH:
    case ETIMEDOUT:
        return REFUSED;
    case EADDRNOTAVAIL: /* the listener has this very connection, or is about to */
    case EADDRINUSE:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return BUSY;
    default: /* ENETUNREACH, no such family, forbidden here */
        return HOPELESS;
    }
}

static void
log_dial(const struct ds_candidate_dial *dial, const char *what)
{
    char text[DS_ADDR_TEXT_MAX];
    DS_DEBUG("punch", "%s: %s", ds_addr_format(&dial->config.candidate.addr, text), what);
}

static void
give_up(struct ds_candidate_dial *dial, const char *why)
{
    dial->is_settled = true;
    log_dial(dial, why);
}

static void
try_after(struct ds_candidate_dial *dial, uint64_t wait_us)
{
    struct timeval wait = {
            .tv_sec = (time_t)(wait_us / 1000000), .tv_usec = (suseconds_t)(wait_us % 1000000)};
    if (event_add(&dial->again_timer, &wait) < 0)
        give_up(dial, "out of memory");
}

static void
try_again(struct ds_candidate_dial *dial, bool by_icmp)
{
    uint64_t now_us = ds_clock_us();
    uint32_t random;
    evutil_secure_rng_get_bytes(&random, sizeof random);
    uint64_t wait_us =
            ds_retry_refused(&dial->retry, now_us, now_us - dial->sent_us, by_icmp, random);
    if (wait_us == UINT64_MAX)
        give_up(dial, "refused too often");
    else
        try_after(dial, wait_us);
}

/* It was not to arrive anywhere, and did. Where nothing may there is the listener alone. */
static void
on_near_failed(struct ds_candidate_dial *dial)
{
    uint64_t took_us = ds_clock_us() - dial->sent_us, wait_us = DS_PUNCH_NEAR_MS * 1000;

    if (dial->config.stays_near)
        give_up(dial, "refused, and nothing more may go there");
    else
        try_after(dial, took_us < wait_us ? wait_us - took_us : 0);
}

/* --- a connection that stands --- */

static void
on_proven(void *arg, struct ds_path *path)
{
    struct ds_candidate_dial *dial = arg;
    const struct ds_candidate *candidate = &dial->config.candidate;
    const char *technique = "reflexive";
    if (dial->config.technique != NULL)
        technique = dial->config.technique;
    else if (candidate->addr.ss.ss_family == AF_INET6)
        technique = "ipv6";
    else if (candidate->type == DS_CANDIDATE_HOST)
        technique = "host";
    else if (candidate->type == DS_CANDIDATE_MAPPED)
        technique = "mapped";
    dial->path = NULL;
    dial->is_settled = true;
    dial->fn(dial->arg, path, technique);
}

/* Silence can mean that the other end's half was killed: that side waits for a new SYN, too. */
static void
on_lost(void *arg, struct ds_path *path, int err)
{
    struct ds_candidate_dial *dial = arg;
    log_dial(dial, ds_path_error_text(path));
    ds_path_free(path);
    dial->path = NULL;
    dial->config.counts->strangers++;
    if (err == DS_ERR_AUTH)
        give_up(dial, "somebody else is there");
    else
        try_again(dial, false);
}

static const struct ds_path_handler path_handler = {.on_proven = on_proven, .on_lost = on_lost};

static bool
is_connected_to_itself(int fd)
{
    struct sockaddr_storage local = {0}, remote = {0};
    socklen_t local_len = sizeof local, remote_len = sizeof remote;
    return getsockname(fd, (struct sockaddr *)&local, &local_len) == 0 &&
           getpeername(fd, (struct sockaddr *)&remote, &remote_len) == 0 &&
           local_len == remote_len && memcmp(&local, &remote, local_len) == 0;
}

/* Takes `fd`. */
static void
prove(struct ds_candidate_dial *dial, int fd)
{
    const struct ds_candidate *candidate = &dial->config.candidate;
    dial->config.counts->opened++;
    if (ds_direct_path_new(&dial->path, dial->config.setting, fd, &candidate->addr,
                candidate->type == DS_CANDIDATE_MAPPED, dial->config.proof_ms) < 0)
        try_after(dial, BUSY_US);
    else
        ds_path_set_handler(dial->path, &path_handler, dial);
}

/* --- SYNs --- */

/* The first one opens our NAT, and is not to reach the other side's. */
static bool
is_near(const struct ds_candidate_dial *dial)
{
    return dial->config.hops != 0 && dial->retry.tries == 1;
}

static void
count_refusal(struct ds_candidate_dial *dial, int error, bool by_icmp)
{
    dial->config.counts->refused++;
    if (error == ECONNREFUSED && !by_icmp && dial->config.candidate.type == DS_CANDIDATE_REFLEXIVE)
        dial->config.counts->resets++;
}

static void
on_failed(struct ds_candidate_dial *dial, int error, bool by_icmp)
{
    switch (outcome_of(error)) {
    case REFUSED:
        count_refusal(dial, error, by_icmp);
        if (is_near(dial))
            on_near_failed(dial);
        else
            try_again(dial, by_icmp);
        break;
    case BUSY:
        try_after(dial, BUSY_US);
        break;
    case HOPELESS:
        give_up(dial, strerror(error));
        break;
    }
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
    struct ds_candidate_dial *dial = arg;
    bool by_icmp;
    int error = ds_syn_answer(fd, &by_icmp);
    event_del(&dial->answer_event);
    dial->fd = -1;
    if (error == 0 && !is_connected_to_itself(fd)) {
        prove(dial, fd);
        return;
    }
    close(fd); /* a socket that was refused once aborts its next connect(): a new one follows */
    if (error == 0)
        give_up(dial, "connected to itself");
    else
        on_failed(dial, error, by_icmp);
}

/* Returns a socket, or DS_ERR_SYSTEM with errno. */
static int
open_socket(struct ds_candidate_dial *dial)
{
    if (dial->config.port != NULL)
        return ds_syn_open(dial->config.port, dial->config.candidate.addr.ss.ss_family);
    int fd = ds_syn_open_any(&dial->number);
    if (fd < 0)
        dial->number = 0; /* somebody else has it now */
    return fd;
}

/* Returns what connect() does: 0 or errno. */
static int
connect_to(struct ds_candidate_dial *dial, int fd)
{
    const struct ds_candidate_dial_config *config = &dial->config;
    const struct ds_addr *addr = &config->candidate.addr;
    bool is_first_near = config->hops != 0 && dial->retry.tries == 0;

    ds_syn_limit_segments(fd, config->setting->mss);
    if (is_first_near)
        ds_syn_keep_near(fd, config->hops);
    dial->sent_us = ds_clock_us();
    int error = connect(fd, (const struct sockaddr *)&addr->ss, addr->len) < 0 ? errno : 0;
    if (is_first_near && !config->stays_near)
        ds_syn_let_go(fd); /* the kernel sends it once more */
    return error;
}

/* Returns 0 with a SYN under way, or errno. */
static int
send_syn(struct ds_candidate_dial *dial)
{
    int fd = open_socket(dial);
    if (fd < 0)
        return errno;
    int error = connect_to(dial, fd);
    if (error == 0 || error == EINPROGRESS || outcome_of(error) == REFUSED) {
        dial->config.counts->syns++;
        ds_retry_begin(&dial->retry, dial->sent_us);
    }
    if (error != 0 && error != EINPROGRESS) {
        close(fd);
        return error;
    }
    event_assign(&dial->answer_event, dial->config.setting->base, fd, EV_WRITE | EV_PERSIST,
            on_answer, dial);
    if (event_add(&dial->answer_event, NULL) < 0) {
        close(fd);
        return ENOMEM;
    }
    dial->fd = fd;
    return 0;
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
    struct ds_candidate_dial *dial = arg;
    int error = dial->is_settled ? 0 : send_syn(dial);
    if (error != 0)
        on_failed(dial, error, false);
}

/* --- life --- */

int
ds_candidate_dial_new(struct ds_candidate_dial **out, const struct ds_candidate_dial_config *config,
        ds_candidate_dial_fn fn, void *arg)
{
    struct ds_candidate_dial *dial = calloc(1, sizeof *dial);
    *out = dial;
    if (dial == NULL)
        return DS_ERR_NOMEM;
    *dial = (struct ds_candidate_dial){.config = *config, .fn = fn, .arg = arg, .fd = -1};
    dial->retry.most = config->tries;
    dial->retry.spread_ms = config->spread_ms;
    if (dial->config.port != NULL)
        ds_local_port_ref(dial->config.port);
    event_assign(&dial->again_timer, config->setting->base, -1, 0, on_again, dial);
    return 0;
}

void
ds_candidate_dial_begin(struct ds_candidate_dial *dial)
{
    on_again(-1, 0, dial);
}

void
ds_candidate_dial_settle(struct ds_candidate_dial *dial)
{
    dial->is_settled = true;
    event_del(&dial->again_timer);
}

bool
ds_candidate_dial_is_proving(const struct ds_candidate_dial *dial)
{
    return dial->path != NULL;
}

void
ds_candidate_dial_free(struct ds_candidate_dial *dial)
{
    if (dial == NULL)
        return;
    event_del(&dial->again_timer);
    if (dial->fd >= 0) {
        event_del(&dial->answer_event);
        close(dial->fd);
    }
    ds_path_free(dial->path);
    ds_local_port_unref(dial->config.port);
    free(dial);
}
