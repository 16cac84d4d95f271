/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/stun_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <openssl/rand.h>

#include "net/base/event.h"
#include "net/wire/stun.h"

struct ds_stun_client {
    struct event_base *base; /* borrowed */
    struct ds_local_port *port;
    struct ds_addr server;
    ds_stun_client_fn fn;
    void *arg;
    int fd;              /* -1: none */
    struct event *ready; /* NULL: nothing is awaited any more */
    struct event *timer;
    uint8_t id[DS_STUN_ID_BYTES];
    uint8_t answer[DS_STUN_MAX];
    size_t answer_len;
};

static void
stop_waiting(struct ds_stun_client *client)
{
    ds_event_free(client->ready);
    client->ready = NULL;
    event_del(client->timer);
}

/* The callback may free the client: nothing may follow a call to this, or to fail(). */
static void
succeed(struct ds_stun_client *client, const struct ds_addr *seen)
{
    stop_waiting(client);
    client->fn(client->arg, 0, seen);
}

static void
fail(struct ds_stun_client *client, int err)
{
    stop_waiting(client);
    close(client->fd);
    client->fd = -1;
    client->fn(client->arg, err, NULL);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
    fail(arg, DS_ERR_TIMEOUT);
}

/* ---- the answer ---- */

/* What it sees of a connection has the family of the connection. */
static bool
is_answer(const struct ds_stun_client *client, const struct ds_stun *message)
{
    return message->type == DS_STUN_RESPONSE && message->unknown_count == 0 &&
           memcmp(message->id, client->id, sizeof client->id) == 0 && message->mapped.len != 0 &&
           message->mapped.ss.ss_family == client->server.ss.ss_family;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_stun_client *client = arg;
    struct ds_stun message;
    ssize_t got = recv(
            fd, client->answer + client->answer_len, sizeof client->answer - client->answer_len, 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        fail(client, DS_ERR_CLOSED);
        return;
    }
    client->answer_len += (size_t)got;
    int used = ds_stun_parse(&message, client->answer, client->answer_len);
    if (used == 0)
        return; /* a whole message fits: there is room */
    if (used < 0 || !is_answer(client, &message))
        fail(client, DS_ERR_PROTOCOL);
    else
        succeed(client, &message.mapped);
}

/* ---- the question ---- */

static int
await(struct ds_stun_client *client, short events, event_callback_fn fn)
{
    ds_event_free(client->ready);
    client->ready = event_new(client->base, client->fd, events, fn, client);
    if (client->ready == NULL || event_add(client->ready, NULL) < 0)
        return DS_ERR_NOMEM;
    return 0;
}

static int
send_question(struct ds_stun_client *client)
{
    struct ds_stun question = {.type = DS_STUN_REQUEST};
    uint8_t bytes[DS_STUN_MAX];

    memcpy(question.id, client->id, sizeof question.id);
    int len = ds_stun_write(&question, bytes);
    if (len < 0)
        return len;
    /* A new connection takes so little at once. */
    return send(client->fd, bytes, (size_t)len, MSG_NOSIGNAL) == len ? 0 : DS_ERR_CLOSED;
}

static void
on_connected(evutil_socket_t fd, short what, void *arg)
{
    struct ds_stun_client *client = arg;
    int os_error = 0, err;
    socklen_t len = sizeof os_error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &os_error, &len) < 0)
        os_error = errno;
    if (os_error != 0)
        err = os_error == ETIMEDOUT ? DS_ERR_TIMEOUT : DS_ERR_UNREACHABLE;
    else
        err = send_question(client);
    if (err == 0)
        err = await(client, EV_READ | EV_PERSIST, on_readable);
    if (err < 0)
        fail(client, err);
}

/* Returns 0, or DS_ERR_SYSTEM with errno. */
static int
begin_connect(struct ds_stun_client *client)
{
    const struct sockaddr *sa = (const struct sockaddr *)&client->server.ss;

    client->fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (client->fd < 0 || ds_local_port_bind(client->fd, sa->sa_family, client->port) < 0)
        return DS_ERR_SYSTEM;
    if (connect(client->fd, sa, client->server.len) < 0 && errno != EINPROGRESS)
        return DS_ERR_SYSTEM;
    return 0;
}

int
ds_stun_client_new(struct ds_stun_client **out, struct event_base *base, struct ds_local_port *port,
        const struct ds_addr *server, unsigned timeout_ms, ds_stun_client_fn fn, void *arg)
{
    struct ds_stun_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return DS_ERR_NOMEM;
    client->base = base;
    client->port = ds_local_port_ref(port);
    client->server = *server;
    client->fn = fn;
    client->arg = arg;
    client->fd = -1;
    client->timer = evtimer_new(base, on_timeout, client);
    bool is_timed = client->timer != NULL && ds_event_add_ms(client->timer, timeout_ms) == 0;
    int err = is_timed ? 0 : DS_ERR_NOMEM;
    if (err == 0 && RAND_bytes(client->id, sizeof client->id) != 1)
        err = DS_ERR_SYSTEM;
    if (err == 0)
        err = begin_connect(client);
    if (err == 0)
        err = await(client, EV_WRITE | EV_PERSIST, on_connected);
    if (err < 0) {
        int os_error = errno;
        ds_stun_client_free(client);
        errno = os_error;
        return err;
    }
    *out = client;
    return 0;
}

void
ds_stun_client_free(struct ds_stun_client *client)
{
    if (client == NULL)
        return;
    ds_event_free(client->ready);
    ds_event_free(client->timer);
    if (client->fd >= 0)
        close(client->fd);
    ds_local_port_unref(client->port);
    free(client);
}
