/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/check.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "net/relay/dialback.h"
#include "net/relay/state.h"
#include "net/wire/reader.h"
#include "net/wire/writer.h"

/* What a client may cost beside its connection: at the most one of these at a time. */
struct ds_relay_check {
    struct ds_relay_dialback *dialback; /* owned; NULL: none is under way */
    unsigned dials;                     /* that were asked for */
    uint16_t port;                      /* of the last one */
};

/* DIAL's payload. */
struct dial {
    uint8_t from; /* enum ds_dial_from */
    uint16_t port;
    uint8_t token[DS_DIAL_TOKEN_BYTES];
};

int
ds_relay_on_check(struct ds_relay_conn *conn, const struct ds_record *record)
{
    conn->check = calloc(1, sizeof *conn->check);
    if (conn->check == NULL) {
        ds_relay_conn_refuse(conn, DS_REASON_RELAY_FULL, 0);
        return 0;
    }
    ds_relay_conn_enter(conn, DS_RELAY_CHECKING, conn->relay->config.times->check_ms);
    ds_relay_conn_send(conn, DS_RECORD_CHECKED, NULL, 0);
    return 0;
}

/* A port of services ends the connection: no client of ours asks for one. */
static int
parse(struct dial *dial, const struct ds_record *record)
{
    struct ds_reader r;
    ds_reader_init(&r, record->payload, record->len);
    dial->from = ds_reader_u8(&r);
    dial->port = ds_reader_u16(&r);
    ds_reader_copy(&r, dial->token, sizeof dial->token);
    if (r.failed || ds_reader_left(&r) > 0 || dial->port < DS_CHECK_PORT_MIN)
        return DS_ERR_PROTOCOL;
    return 0;
}

/* A listener for both families sees IPv4 as mapped addresses, and dials it as what it is. */
static struct ds_addr
unmapped(const struct sockaddr_storage *ss, socklen_t len)
{
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct ds_addr addr = {.len = 0};
    if (ss->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        (void)ds_addr_from_sockaddr(&addr, (const struct sockaddr *)ss, len);
        return addr;
    }
    memcpy(&in.sin_addr, in6->sin6_addr.s6_addr + 12, sizeof in.sin_addr);
    in.sin_port = in6->sin6_port;
    (void)ds_addr_from_sockaddr(&addr, (const struct sockaddr *)&in, sizeof in);
    return addr;
}

/* Our end of a socket; len 0: it is nowhere that could be dialled from. */
static struct ds_addr
local_end(int fd)
{
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof ss;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
        return (struct ds_addr){.len = 0};
    return unmapped(&ss, len);
}

/* Say whether this machine has the address: who speaks to itself does so from there. */
static bool
is_ours(const struct ds_addr *addr)
{
    struct ds_addr local = {.len = 0};
    int fd = socket(addr->ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&addr->ss, addr->len) == 0)
        local = local_end(fd); /* nothing was sent */
    if (fd >= 0)
        close(fd);
    return local.len == 0 || ds_addr_is_same_host(&local, addr);
}

/*
 * Who comes from inside a network, or from this very machine, may be somebody who only carries
 * connections here: a proxy, a balancer. That one must not be dialled in a client's name, and where
 * nobody is in between only the admin knows.
 */
static bool
may_be_dialled(const struct ds_relay *relay, const struct ds_addr *to)
{
    if (relay->config.dial_back == DS_RELAY_DIAL_BACK_LAN)
        return true;
    return relay->config.dial_back == DS_RELAY_DIAL_BACK_WORLD && !ds_addr_is_inside(to) &&
           !is_ours(to);
}

/* Find where to dial from, and whom. Returns false where that is not offered. */
static bool
find_ends(const struct ds_relay_conn *conn, const struct dial *dial, struct ds_addr *from,
        struct ds_addr *to)
{
    struct ds_addr local = local_end(conn->stream.fd);
    *to = unmapped(&conn->addr.ss, conn->addr.len);
    ds_addr_set_port(to, dial->port);
    *from = (struct ds_addr){.len = 0};
    if (dial->from == DS_DIAL_FROM_OTHER_PORT)
        *from = local;
    else if (dial->from == DS_DIAL_FROM_OTHER_ADDRESS)
        *from = ds_relay_stun_other(conn->relay->stun, &local);
    ds_addr_set_port(from, 0);
    return from->len != 0 && from->ss.ss_family == to->ss.ss_family &&
           may_be_dialled(conn->relay, to);
}

/*
 * The port that a client speaks from is its own. Behind any other one of an address that many share
 * there may be a neighbour, whose NAT lets our addresses in since they were spoken to: those have
 * to be asked for sparingly. Which of them are in use is no matter, or the refusal would tell it.
 */
static struct ds_relay_rate *
rate_of(struct ds_relay_conn *conn, const struct ds_addr *to)
{
    struct ds_relay *relay = conn->relay;
    bool is_own = ds_addr_port(to) == ds_addr_port(&conn->addr);
    return is_own ? &relay->own_dials : &relay->other_dials;
}

static bool
has_room(struct ds_relay_conn *conn, const struct ds_addr *to)
{
    const struct ds_relay *relay = conn->relay;
    size_t share = relay->config.connections_max / 16;
    size_t most = share < DS_RELAY_DIALBACKS_MAX ? share : DS_RELAY_DIALBACKS_MAX;
    return relay->dialback_count < most && ds_relay_rate_allows(rate_of(conn, to), to);
}

static void
answer(struct ds_relay_conn *conn, enum ds_dialled result, unsigned ms)
{
    uint8_t data[3];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_writer_u8(&w, (uint8_t)result);
    ds_writer_u16(&w, ms < UINT16_MAX ? (uint16_t)ms : UINT16_MAX);
    ds_relay_conn_send(conn, DS_RECORD_DIALLED, w.data, w.len);
}

static void
give_up(struct ds_relay_conn *conn)
{
    struct ds_relay_check *check = conn->check;
    if (check->dialback == NULL)
        return;
    ds_relay_dialback_free(check->dialback);
    check->dialback = NULL;
    conn->relay->dialback_count--;
}

static void
on_dialled(void *arg, enum ds_dialled result, unsigned ms)
{
    static const char *const names[] = {[DS_DIALLED_CONNECTED] = "connected",
            [DS_DIALLED_REFUSED] = "refused",
            [DS_DIALLED_UNREACHABLE] = "unreachable",
            [DS_DIALLED_SILENT] = "no answer",
            [DS_DIALLED_NOT_OFFERED] = "not possible here"};
    struct ds_relay_conn *conn = arg;
    struct ds_relay_loop *loop = conn->loop;
    char text[DS_ADDR_TEXT_MAX];
    give_up(conn);
    ds_log_limited(&conn->relay->dials, DS_LOG_INFO, "relay", "dialled %s back at port %u: %s",
            ds_addr_format_host(&conn->addr, text), conn->check->port, names[result]);
    answer(conn, result, ms);
    ds_relay_loop_settle(loop);
}

int
ds_relay_on_dial(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct ds_relay_check *check = conn->check;
    struct ds_relay *relay = conn->relay;
    struct ds_addr from, to;
    struct dial dial;
    if (parse(&dial, record) != 0 || check->dialback != NULL || check->dials == DS_CHECK_DIALS_MAX)
        return DS_ERR_PROTOCOL;
    check->dials++;
    check->port = dial.port;
    if (!find_ends(conn, &dial, &from, &to) || !has_room(conn, &to) ||
            ds_relay_dialback_new(&check->dialback, relay->loop.base, &from, &to, dial.token,
                    on_dialled, conn) != 0)
        answer(conn, DS_DIALLED_NOT_OFFERED, 0);
    else
        relay->dialback_count++;
    return 0;
}

void
ds_relay_on_checking_gone(struct ds_relay_conn *conn, enum ds_reason reason)
{
    give_up(conn);
    free(conn->check);
    conn->check = NULL;
}
