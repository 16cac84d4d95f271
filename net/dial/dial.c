/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/dial/connect.h"
#include "net/dial/host.h"

struct ds_dial {
    ds_dial_fn fn;
    void *arg;
    struct event *timeout;
    struct ds_connect *connect;
};

static void
release(struct ds_dial *dial)
{
    event_del(dial->timeout);
    ds_connect_free(dial->connect);
    dial->connect = NULL;
}

/* The callback may free the dial: nothing may follow a call to this. `result` is a copy. */
static void
finish(struct ds_dial *dial, struct ds_dial_result result)
{
    const int on = 1;
    release(dial);
    /* Only latency is lost if this fails. */
    if (result.err == 0)
        setsockopt(result.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    dial->fn(dial->arg, &result);
}

static void
on_connected(void *arg, const struct ds_dial_result *result)
{
    finish(arg, *result);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
    struct ds_dial *dial = arg;
    finish(dial, ds_connect_expire(dial->connect));
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
    struct ds_dial *dial = calloc(1, sizeof *dial);
    if (dial == NULL)
        return DS_ERR_NOMEM;
    dial->fn = fn;
    dial->arg = arg;
    struct timeval limit =
            ds_clock_timeval(options->timeout_ms != 0 ? options->timeout_ms : DS_DIAL_TIMEOUT_MS);
    struct ds_dial_prepare prepare = {options->prepare, options->prepare_arg};
    int err = DS_ERR_NOMEM;
    dial->timeout = evtimer_new(base, on_timeout, dial);
    if (dial->timeout == NULL || event_add(dial->timeout, &limit) < 0)
        goto fail;
    err = ds_connect_start(&dial->connect, base, host, port, options->known, options->known_count,
            prepare, on_connected, dial);
    if (err < 0)
        goto fail;
    *out = dial;
    return 0;
fail:
    ds_dial_free(dial);
    return err;
}

void
ds_dial_free(struct ds_dial *dial)
{
    if (dial == NULL)
        return;
    if (dial->timeout != NULL) {
        release(dial);
        event_free(dial->timeout);
    }
    free(dial);
}
