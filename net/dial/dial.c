/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/dial/connect.h"
#include "net/dial/host.h"
#include "net/dial/proxy.h"
#include "net/dial/resolve.h"
#include "net/dial/tunnel.h"

/* One of resolve, connect and tunnel is there at a time: the step that is under way. */
struct ds_dial {
    struct event_base *base; /* borrowed */
    ds_dial_fn fn;
    void *arg;
    struct event *timeout;
    struct ds_dial_result early; /* err < 0: failed before the first step; told by the timer */
    uint16_t port;
    char host[DS_HOST_MAX];
    struct ds_dial_prepare prepare;
    struct ds_proxy proxy;
    struct ds_addr remote;      /* the proxy, when the tunnel is under way */
    struct ds_resolve *resolve; /* DS_PROXY_SOCKS5: the host's addresses */
    struct ds_connect *connect; /* to the host, or to the proxy */
    struct ds_tunnel *tunnel;
    size_t known_count;
    struct ds_addr known[DS_DIAL_KNOWN_MAX];
    size_t target, target_count; /* DS_PROXY_SOCKS5: which of targets it is asked for */
    struct ds_addr targets[DS_DIAL_ADDRESSES_MAX];
};

static void
stop_step(struct ds_dial *dial)
{
    ds_resolve_free(dial->resolve);
    ds_connect_free(dial->connect);
    ds_tunnel_free(dial->tunnel);
    dial->resolve = NULL;
    dial->connect = NULL;
    dial->tunnel = NULL;
}

/* The callback may free the dial: nothing may follow a call to this. `result` is a copy. */
static void
finish(struct ds_dial *dial, struct ds_dial_result result)
{
    const int on = 1;
    stop_step(dial);
    event_del(dial->timeout);
    /* Only latency is lost if this fails. */
    if (result.err == 0)
        setsockopt(result.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    dial->fn(dial->arg, &result);
}

/* A failure that names the proxy; `detail` goes on from there. */
static struct ds_dial_result
proxy_failure(const struct ds_dial *dial, int err, const char *detail)
{
    return ds_dial_failure(err, "the proxy %.80s %s", dial->proxy.host, detail);
}

/* When the proxy itself cannot be reached, that says nothing about the relay. */
static struct ds_dial_result
first_hop_failure(const struct ds_dial *dial, const struct ds_dial_result *result)
{
    if (dial->proxy.kind == DS_PROXY_NONE)
        return *result;
    return ds_dial_failure(result->err == DS_ERR_TIMEOUT ? DS_ERR_TIMEOUT : DS_ERR_PROXY,
            "the proxy cannot be reached: %s", result->detail);
}

static int connect_first_hop(struct ds_dial *dial);

static void
go_on(struct ds_dial *dial, int err)
{
    if (err < 0)
        finish(dial, ds_dial_failure(err, "%s", ds_strerror(err)));
}

static void
on_tunnel(void *arg, const struct ds_dial_result *result)
{
    struct ds_dial *dial = arg;
    struct ds_dial_result copy = *result;

    if (copy.err == 0) {
        copy.remote = dial->remote;
        finish(dial, copy);
    } else if (copy.err != DS_ERR_PROXY_AUTH && dial->target + 1 < dial->target_count) {
        /* As happy eyeballs would: the proxy may have no IPv6, for one. */
        dial->target++;
        stop_step(dial);
        go_on(dial, connect_first_hop(dial));
    } else {
        finish(dial, proxy_failure(dial, copy.err, copy.detail));
    }
}

static int
start_tunnel(struct ds_dial *dial, int fd)
{
    char text[DS_ADDR_TEXT_MAX];
    const char *host = dial->host;
    uint16_t port = dial->port;
    if (dial->target_count > 0) {
        host = ds_addr_format_host(&dial->targets[dial->target], text);
        port = ds_addr_port(&dial->targets[dial->target]);
    }
    return ds_tunnel_start(
            &dial->tunnel, dial->base, fd, &dial->proxy, host, port, on_tunnel, dial);
}

static void
on_connected(void *arg, const struct ds_dial_result *result)
{
    struct ds_dial *dial = arg;
    struct ds_dial_result copy = *result;

    if (copy.err < 0) {
        finish(dial, first_hop_failure(dial, &copy));
    } else if (dial->proxy.kind == DS_PROXY_NONE) {
        finish(dial, copy);
    } else {
        dial->remote = copy.remote;
        stop_step(dial);
        go_on(dial, start_tunnel(dial, copy.fd));
    }
}

static int
connect_first_hop(struct ds_dial *dial)
{
    if (dial->proxy.kind == DS_PROXY_NONE)
        return ds_connect_start(&dial->connect, dial->base, dial->host, dial->port, dial->known,
                dial->known_count, dial->prepare, on_connected, dial);
    return ds_connect_start(&dial->connect, dial->base, dial->proxy.host, dial->proxy.port, NULL, 0,
            dial->prepare, on_connected, dial);
}

static void
on_resolved(void *arg, const struct ds_resolve_answer *answer)
{
    struct ds_dial *dial = arg;
    if (answer->err < 0 && dial->known_count == 0) {
        finish(dial, ds_dial_failure(answer->err, "%s", answer->detail));
        return;
    }
    dial->target_count = answer->err < 0 ? dial->known_count : answer->count;
    memcpy(dial->targets, answer->err < 0 ? dial->known : answer->addresses,
            dial->target_count * sizeof dial->targets[0]);
    stop_step(dial);
    go_on(dial, connect_first_hop(dial));
}

static struct ds_dial_result
describe_timeout(struct ds_dial *dial)
{
    if (dial->early.err < 0)
        return dial->early;
    if (dial->tunnel != NULL)
        return proxy_failure(dial, DS_ERR_TIMEOUT, "does not answer");
    if (dial->connect == NULL)
        return ds_resolve_timeout(dial->host);
    struct ds_dial_result result = ds_connect_expire(dial->connect);
    return first_hop_failure(dial, &result);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
    finish(arg, describe_timeout(arg));
}

static int
choose_proxy(struct ds_dial *dial, const char *setting)
{
    const char *why, *variable = "of Deskside";
    int err = 0;
    if (setting == NULL)
        err = ds_proxy_from_environment(&dial->proxy, dial->host, dial->port, &variable, &why);
    else if (setting[0] != '\0')
        err = ds_proxy_parse(&dial->proxy, setting, &why);
    if (err < 0)
        dial->early = ds_dial_failure(DS_ERR_PROXY, "the proxy setting %s %s", variable, why);
    return err;
}

static int
first_step(struct ds_dial *dial, const struct ds_dial_options *options)
{
    int err = choose_proxy(dial, options->proxy);
    if (err < 0)
        return err;
    if (dial->proxy.kind == DS_PROXY_SOCKS5)
        return ds_resolve_start(
                &dial->resolve, dial->base, dial->host, dial->port, on_resolved, dial);
    return connect_first_hop(dial);
}

static struct ds_dial *
dial_new(struct event_base *base, const char *host, uint16_t port,
        const struct ds_dial_options *options, ds_dial_fn fn, void *arg)
{
    struct ds_dial *dial = calloc(1, sizeof *dial);
    if (dial == NULL)
        return NULL;
    dial->timeout = evtimer_new(base, on_timeout, dial);
    if (dial->timeout == NULL) {
        free(dial);
        return NULL;
    }
    dial->base = base;
    dial->fn = fn;
    dial->arg = arg;
    dial->port = port;
    snprintf(dial->host, sizeof dial->host, "%s", host);
    dial->prepare = (struct ds_dial_prepare){options->prepare, options->prepare_arg};
    for (size_t i = 0; i < options->known_count && i < DS_DIAL_KNOWN_MAX; i++)
        dial->known[dial->known_count++] = options->known[i];
    return dial;
}

int
ds_dial_start(struct ds_dial **out, struct event_base *base, const char *host, uint16_t port,
        const struct ds_dial_options *options, ds_dial_fn fn, void *arg)
{
    static const struct ds_dial_options no_options;
    if (options == NULL)
        options = &no_options;
    if (!ds_host_is_valid(host) || port == 0)
        return DS_ERR_INVALID;
    struct ds_dial *dial = dial_new(base, host, port, options, fn, arg);
    if (dial == NULL)
        return DS_ERR_NOMEM;
    unsigned limit_ms = options->timeout_ms != 0 ? options->timeout_ms : DS_DIAL_TIMEOUT_MS;
    int err = first_step(dial, options);
    if (err < 0) {
        if (dial->early.err == 0)
            dial->early = ds_dial_failure(err, "%s", ds_strerror(err));
        limit_ms = 0;
    }
    if (ds_event_add_ms(dial->timeout, limit_ms) < 0) {
        ds_dial_free(dial);
        return DS_ERR_NOMEM;
    }
    *out = dial;
    return 0;
}

void
ds_dial_free(struct ds_dial *dial)
{
    if (dial == NULL)
        return;
    stop_step(dial);
    event_free(dial->timeout);
    ds_proxy_finish(&dial->proxy);
    free(dial);
}
