/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/dial/eyeballs.h"
#include "net/dial/resolve.h"

struct ds_connect {
    ds_dial_fn fn;
    void *arg;
    char host[DS_HOST_MAX];
    struct ds_resolve *resolve; /* NULL: has answered */
    struct ds_eyeballs *eyeballs;
    struct event *known_timer;
    size_t known_count;
    struct ds_addr known[DS_DIAL_KNOWN_MAX];
    struct ds_dial_result unresolved; /* err < 0: how the resolver failed */
};

static void
add_known(struct ds_connect *connect)
{
    event_del(connect->known_timer);
    ds_eyeballs_add(connect->eyeballs, connect->known, connect->known_count);
}

static void
on_resolver_slow(evutil_socket_t fd, short what, void *arg)
{
    add_known(arg);
}

static void
on_resolver_failed(struct ds_connect *connect, int err, const char *detail)
{
    connect->unresolved = ds_dial_failure(err, "%s", detail);
    add_known(connect);
    ds_eyeballs_close(connect->eyeballs);
}

static void
on_answer(void *arg, const struct ds_resolve_answer *answer)
{
    struct ds_connect *connect = arg;
    ds_resolve_free(connect->resolve);
    connect->resolve = NULL;
    if (answer->err < 0) {
        on_resolver_failed(connect, answer->err, answer->detail);
        return;
    }
    event_del(connect->known_timer);
    ds_eyeballs_add(connect->eyeballs, answer->addresses, answer->count);
    ds_eyeballs_close(connect->eyeballs);
}

static void
on_connected(void *arg, const struct ds_dial_result *result)
{
    struct ds_connect *connect = arg;
    /* That old addresses do not answer says less than that the name has none. */
    bool is_unresolved = result->err < 0 && connect->unresolved.err < 0;
    struct ds_dial_result copy = is_unresolved ? connect->unresolved : *result;
    ds_resolve_free(connect->resolve);
    connect->resolve = NULL;
    event_del(connect->known_timer);
    connect->fn(connect->arg, &copy);
}

int
ds_connect_start(struct ds_connect **out, struct event_base *base, const char *host, uint16_t port,
        const struct ds_addr *known, size_t known_count, struct ds_dial_prepare prepare,
        ds_dial_fn fn, void *arg)
{
    struct ds_connect *connect = calloc(1, sizeof *connect);
    int err = DS_ERR_NOMEM;
    if (connect == NULL)
        return DS_ERR_NOMEM;
    connect->fn = fn;
    connect->arg = arg;
    snprintf(connect->host, sizeof connect->host, "%s", host);
    for (; connect->known_count < known_count && connect->known_count < DS_DIAL_KNOWN_MAX;
            connect->known_count++)
        connect->known[connect->known_count] = known[connect->known_count];
    connect->eyeballs = ds_eyeballs_new(base, prepare, on_connected, connect);
    connect->known_timer = evtimer_new(base, on_resolver_slow, connect);
    if (connect->eyeballs == NULL || connect->known_timer == NULL ||
            ds_event_add_ms(connect->known_timer, DS_DIAL_KNOWN_DELAY_MS) < 0)
        goto fail;
    err = ds_resolve_start(&connect->resolve, base, host, port, on_answer, connect);
    if (err == DS_ERR_RESOLVE)
        on_resolver_failed(connect, err, "too many names are being looked up already");
    else if (err < 0)
        goto fail;
    *out = connect;
    return 0;
fail:
    ds_connect_free(connect);
    return err;
}

struct ds_dial_result
ds_connect_expire(struct ds_connect *connect)
{
    struct ds_dial_result result = ds_eyeballs_expire(connect->eyeballs);
    if (connect->unresolved.err < 0)
        result = connect->unresolved;
    else if (connect->resolve != NULL)
        result = ds_resolve_timeout(connect->host);
    ds_resolve_free(connect->resolve);
    connect->resolve = NULL;
    event_del(connect->known_timer);
    return result;
}

void
ds_connect_free(struct ds_connect *connect)
{
    if (connect == NULL)
        return;
    ds_resolve_free(connect->resolve);
    ds_eyeballs_free(connect->eyeballs);
    ds_event_free(connect->known_timer);
    free(connect);
}
