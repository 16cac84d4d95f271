/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/base/log.h"
#include "net/dial/dial.h"

struct ds_reach {
    const struct ds_outlet *outlet;
    const struct ds_relay_addr *relay;
    const struct ds_leg_handler *leg_handler;
    ds_reach_fn fn;
    void *arg;
    struct ds_dial *dial;
    struct ds_foothold foothold; /* its port is the one that was claimed, if any */
};

static void
fail(struct ds_reach *reach, int err, const char *detail)
{
    enum ds_reason reason = err == DS_ERR_PROXY || err == DS_ERR_PROXY_AUTH ? DS_REASON_PROXY
                            : err == DS_ERR_NOMEM                           ? DS_REASON_INTERNAL
                                                                            : DS_REASON_NO_RELAY;
    reach->fn(reach->arg, NULL, NULL, reason, detail[0] != '\0' ? detail : ds_strerror(err));
}

/* A relay at a private address without a pin is taken as it is: SPAKE2 is the proof. */
static bool
may_be_unchecked(const struct ds_reach *reach, const struct ds_dial_result *result)
{
    struct ds_addr numeric;
    if (reach->relay->has_pin)
        return false;
    if (!result->via_proxy)
        return ds_addr_is_private(&result->remote);
    return ds_addr_parse(&numeric, reach->relay->host, reach->relay->port) == 0 &&
           ds_addr_is_private(&numeric);
}

/* ds_dial_options' prepare: rather unbound than not at all. */
static int
prepare(int fd, int family, void *arg)
{
    struct ds_reach *reach = arg;

    if (reach->outlet->family != 0 && reach->outlet->family != family) {
        errno = EAFNOSUPPORT;
        return DS_ERR_UNREACHABLE;
    }
    if (reach->foothold.port != NULL && ds_local_port_bind(fd, family, reach->foothold.port) < 0)
        DS_DEBUG("reach", "no port of its own for the relay: %s", strerror(errno));
    return 0;
}

static bool
is_bound_to(int fd, const struct ds_local_port *port)
{
    struct sockaddr_storage ss;
    struct ds_addr local;
    socklen_t len = sizeof ss;

    return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
           ds_addr_from_sockaddr(&local, (const struct sockaddr *)&ss, len) == 0 &&
           ds_addr_port(&local) == ds_local_port_number(port);
}

static void
note_foothold(struct ds_foothold *foothold, const struct ds_dial_result *result)
{
    foothold->via_proxy = result->via_proxy;
    if (!result->via_proxy)
        foothold->relay = result->remote;
    if (foothold->port == NULL || (!result->via_proxy && is_bound_to(result->fd, foothold->port)))
        return;
    ds_local_port_unref(foothold->port);
    foothold->port = NULL;
}

static void
on_dialled(void *arg, const struct ds_dial_result *result)
{
    struct ds_reach *reach = arg;
    struct ds_leg *leg = NULL;
    char detail[sizeof result->detail];

    if (result->err < 0) {
        snprintf(detail, sizeof detail, "%s", result->detail);
        fail(reach, result->err, detail);
        return;
    }
    note_foothold(&reach->foothold, result);
    struct ds_leg_config config = {
            .host = reach->relay->host,
            .pin = reach->relay->has_pin ? reach->relay->pin : NULL,
            .may_be_unchecked = may_be_unchecked(reach, result),
            .tls = reach->outlet->tls,
            .program = reach->outlet->program,
    };
    int err = ds_leg_new(
            &leg, reach->outlet->base, result->fd, &config, reach->leg_handler, reach->arg);
    if (err < 0)
        fail(reach, err, "");
    else
        reach->fn(reach->arg, leg, &reach->foothold, DS_REASON_NONE, "");
}

int
ds_reach_start(struct ds_reach **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_leg_handler *leg_handler, ds_reach_fn fn,
        void *arg)
{
    struct ds_reach *reach = calloc(1, sizeof *reach);
    if (reach == NULL)
        return DS_ERR_NOMEM;
    *reach = (struct ds_reach){
            .outlet = outlet, .relay = relay, .leg_handler = leg_handler, .fn = fn, .arg = arg};
    struct ds_dial_options options = {
            .proxy = outlet->proxy, .prepare = prepare, .prepare_arg = reach};
    if (outlet->claims_ports && ds_local_port_claim(&reach->foothold.port) < 0)
        reach->foothold.port = NULL;
    int err = ds_dial_start(
            &reach->dial, outlet->base, relay->host, relay->port, &options, on_dialled, reach);
    if (err < 0) {
        ds_reach_free(reach);
        return err;
    }
    *out = reach;
    return 0;
}

void
ds_reach_free(struct ds_reach *reach)
{
    if (reach == NULL)
        return;
    ds_dial_free(reach->dial);
    ds_foothold_finish(&reach->foothold);
    free(reach);
}

/* What a relay may say in REFUSED. It cannot make an end look like one that somebody asked for. */
static bool
relay_may_say(int reason)
{
    static const int reasons[] = {DS_REASON_NO_SUCH_CODE, DS_REASON_WRONG_CODE, DS_REASON_BUSY,
            DS_REASON_TOO_OLD, DS_REASON_RELAY_TOO_OLD, DS_REASON_RELAY_FULL, DS_REASON_PEER_LEFT,
            DS_REASON_PROTOCOL, DS_REASON_REPLACED, DS_REASON_IDLE, DS_REASON_DRAIN};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i] == reason)
            return true;
    return false;
}

enum ds_reason
ds_reach_loss_reason(int err, int refused_reason)
{
    if (refused_reason != DS_REASON_NONE)
        return relay_may_say(refused_reason) ? (enum ds_reason)refused_reason : DS_REASON_PROTOCOL;
    switch (err) {
    case DS_ERR_PIN:
    case DS_ERR_CERTIFICATE:
        return DS_REASON_RELAY_UNTRUSTED;
    case DS_ERR_NOMEM:
        return DS_REASON_INTERNAL;
    case DS_ERR_PROTOCOL:
    case DS_ERR_TOO_BIG:
        return DS_REASON_PROTOCOL;
    default:
        return DS_REASON_NO_RELAY;
    }
}

void
ds_reach_loss_text(char out[static DS_REACH_TEXT_MAX], const char *step, const struct ds_leg *leg,
        int refused_reason, const char *text)
{
    if (refused_reason == DS_REASON_TOO_OLD)
        snprintf(out, DS_REACH_TEXT_MAX, "%s", text);
    else
        snprintf(out, DS_REACH_TEXT_MAX, "%s%s%s", step, step[0] != '\0' ? ": " : "",
                ds_leg_error_text(leg));
}
