/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/stun.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/relay/listener.h"
#include "net/relay/rate.h"
#include "net/relay/stun_answer.h"
#include "net/relay/stun_tcp.h"
#include "net/relay/stun_udp.h"

/* How many datagrams are answered before others are served. */
enum { DATAGRAMS_PER_TURN = 32 };

/*
 * The ends, by their number: bit 0 is the port's, bit 1 the address'. So the end with another port
 * and address is that with all bits turned, and CHANGE-REQUEST's flags turn theirs.
 */
enum { OTHER_PORT = 1, OTHER_ADDRESS = 2, ENDS_MAX = 4 };

_Static_assert(
        DS_STUN_CHANGE_PORT == OTHER_PORT << 1 && DS_STUN_CHANGE_ADDRESS == OTHER_ADDRESS << 1,
        "flags of CHANGE-REQUEST are those of the ends, one bit higher");

struct end {
    struct ds_relay_stun *stun;
    struct ds_addr addr;
    struct ds_relay_listener *listener; /* owned */
    struct event event;
    int fd; /* owned: of the datagrams; -1: the end is closed */
};

struct ds_relay_stun {
    struct ds_relay_stun_tcp tcp;
    struct ds_relay_rate rate; /* of answers by datagrams, which anybody may have sent in a name */
    struct end ends[ENDS_MAX];
    size_t end_count; /* 0, 1 or all */
    char names[DS_RELAY_STUN_NAMES_MAX];
};

int
ds_relay_stun_new(struct ds_relay_stun **out, const struct ds_relay_stun_config *config)
{
    struct ds_relay_stun *stun = calloc(1, sizeof *stun);
    if (stun == NULL)
        return DS_ERR_NOMEM;
    for (size_t i = 0; i < ENDS_MAX; i++)
        stun->ends[i] = (struct end){.stun = stun, .fd = -1};
    stun->tcp.base = config->base;
    stun->tcp.max = config->connections_max;
    stun->tcp.per_subscriber_max = config->per_subscriber_max;
    stun->tcp.first_ms = config->first_ms;
    stun->tcp.idle_ms = config->idle_ms;
    int err = ds_relay_stun_tcp_init(&stun->tcp);
    if (err == 0)
        err = ds_relay_rate_init(&stun->rate, DS_STUN_UDP_BURST, 1000 / DS_STUN_UDP_PER_S);
    if (err != 0) {
        free(stun);
        return err;
    }
    *out = stun;
    return 0;
}

void
ds_relay_stun_free(struct ds_relay_stun *stun)
{
    if (stun == NULL)
        return;
    ds_relay_stun_stop_listening(stun);
    ds_relay_stun_tcp_finish(&stun->tcp);
    free(stun);
}

/* ---- the ends ---- */

static const struct ds_addr *
other_addr(const struct end *end)
{
    size_t i = (size_t)(end - end->stun->ends);
    return end->stun->end_count == ENDS_MAX
                   ? &end->stun->ends[i ^ (OTHER_PORT | OTHER_ADDRESS)].addr
                   : NULL;
}

static void
on_accept(void *arg, int fd, const struct ds_addr *from)
{
    const struct end *end = arg;
    ds_relay_stun_tcp_adopt(&end->stun->tcp, fd, from, other_addr(end));
}

static void
set_port(struct ds_addr *addr, uint16_t port)
{
    if (addr->ss.ss_family == AF_INET)
        ((struct sockaddr_in *)&addr->ss)->sin_port = htons(port);
    else
        ((struct sockaddr_in6 *)&addr->ss)->sin6_port = htons(port);
}

/*
 * Answers from the end that the question asks for. Where there is one, it may be at an unspecified
 * address: then the answer comes from the address that was asked.
 */
static void
answer(struct end *end, const struct ds_relay_datagram *datagram, const struct ds_stun *request)
{
    const struct ds_addr *other = other_addr(end);
    struct ds_addr own = datagram->to, to = datagram->from;
    struct ds_relay_stun_ends ends = {.from = datagram->from, .can_change = other != NULL};
    uint8_t out[DS_STUN_MAX];

    if (other != NULL) {
        end = &end->stun->ends[(size_t)(end - end->stun->ends) ^ request->change >> 1];
        ends.origin = end->addr;
        ends.other = *other;
        own.len = 0;
        if (request->response_port != 0)
            set_port(&to, request->response_port);
    } else if (own.len != 0) {
        ends.origin = own;
        set_port(&ends.origin, ds_addr_port(&end->addr));
    }
    int n = ds_relay_stun_answer(request, &ends, out);
    if (n > 0)
        ds_relay_stun_udp_send(end->fd, &to, &own, out, (size_t)n);
}

/* What is no whole message, and nothing else, gets no answer. */
static void
take_datagram(struct end *end, const struct ds_relay_datagram *datagram)
{
    struct ds_stun request;
    if (!datagram->is_cut &&
            ds_stun_parse(&request, datagram->data, datagram->len) == (int)datagram->len &&
            ds_relay_rate_allows(&end->stun->rate, &datagram->from))
        answer(end, datagram, &request);
}

static void
on_datagram(evutil_socket_t fd, short what, void *arg)
{
    struct end *end = arg;
    struct ds_relay_datagram datagram;
    for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
        if (ds_relay_stun_udp_receive(end->fd, &datagram) != 0)
            return;
        take_datagram(end, &datagram);
    }
}

static int
open_end(struct end *end, const struct ds_addr *addr)
{
    struct ds_relay_stun *stun = end->stun;
    int err =
            ds_relay_listener_new(&end->listener, stun->tcp.base, addr, &end->addr, on_accept, end);
    if (err != 0)
        return err;
    struct ds_addr same = end->addr; /* with the port that it got */
    end->fd = ds_relay_stun_udp_open(&same, &end->addr);
    if (end->fd < 0)
        return DS_ERR_SYSTEM;
    event_assign(&end->event, stun->tcp.base, end->fd, EV_READ | EV_PERSIST, on_datagram, end);
    return event_add(&end->event, NULL) == 0 ? 0 : DS_ERR_NOMEM;
}

static bool
is_unspecified(const struct ds_addr *addr)
{
    char text[DS_ADDR_TEXT_MAX];
    ds_addr_format_host(addr, text);
    return strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0;
}

bool
ds_relay_stun_is_served(const struct ds_addr *addrs, size_t count)
{
    char first[DS_ADDR_TEXT_MAX], second[DS_ADDR_TEXT_MAX];
    if (count != DS_RELAY_STUN_ADDRS_MAX)
        return count == 1;
    ds_addr_format_host(&addrs[0], first);
    ds_addr_format_host(&addrs[1], second);
    return addrs[0].ss.ss_family == addrs[1].ss.ss_family && strcmp(first, second) != 0 &&
           ds_addr_port(&addrs[0]) != ds_addr_port(&addrs[1]) && !is_unspecified(&addrs[0]) &&
           !is_unspecified(&addrs[1]);
}

static void
write_names(struct ds_relay_stun *stun)
{
    char text[DS_ADDR_TEXT_MAX];
    size_t len = 0;
    for (size_t i = 0; i < stun->end_count; i += OTHER_PORT | OTHER_ADDRESS) {
        const char *comma = i > 0 ? "," : "";
        ds_addr_format(&stun->ends[i].addr, text);
        len += (size_t)snprintf(stun->names + len, sizeof stun->names - len, "%s%s", comma, text);
    }
}

int
ds_relay_stun_listen(struct ds_relay_stun *stun, const struct ds_addr *addrs, size_t count,
        struct ds_addr *failed)
{
    size_t end_count = count == DS_RELAY_STUN_ADDRS_MAX ? ENDS_MAX : count;
    for (size_t i = 0; i < end_count; i++) {
        struct ds_addr addr = addrs[i & OTHER_ADDRESS ? 1 : 0];
        set_port(&addr, ds_addr_port(&addrs[i & OTHER_PORT ? 1 : 0]));
        *failed = addr;
        int err = open_end(&stun->ends[i], &addr);
        if (err != 0)
            return err;
    }
    stun->end_count = end_count;
    write_names(stun);
    DS_INFO("relay", "answering STUN on %s, by TCP and UDP", stun->names);
    return 0;
}

void
ds_relay_stun_stop_listening(struct ds_relay_stun *stun)
{
    for (size_t i = 0; i < ENDS_MAX; i++) {
        struct end *end = &stun->ends[i];
        ds_relay_listener_free(end->listener);
        end->listener = NULL;
        if (end->fd < 0)
            continue;
        event_del(&end->event);
        close(end->fd);
        end->fd = -1;
    }
}

const char *
ds_relay_stun_names(const struct ds_relay_stun *stun)
{
    return stun->names;
}

struct ds_addr
ds_relay_stun_other(const struct ds_relay_stun *stun, const struct ds_addr *local)
{
    const struct ds_addr *other = &stun->ends[OTHER_ADDRESS].addr;
    if (stun->end_count != ENDS_MAX)
        return (struct ds_addr){.len = 0};
    return ds_addr_is_same_host(other, local) ? stun->ends[0].addr : *other;
}

void
ds_relay_stun_adopt(struct ds_relay_stun *stun, int fd, const struct ds_addr *from)
{
    ds_relay_stun_tcp_adopt(&stun->tcp, fd, from, NULL);
}

size_t
ds_relay_stun_connections(const struct ds_relay_stun *stun)
{
    return stun->tcp.count;
}
