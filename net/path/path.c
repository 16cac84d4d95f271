/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/path/path.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/crypto/path_tls.h"

enum { ERROR_TEXT_MAX = 200 };

struct ds_path {
    unsigned refs; /* the owner's, and one while callbacks run */
    bool is_freed;
    bool is_lost;
    bool is_proven;
    bool is_kicked; /* before the proof */
    enum ds_path_kind kind;
    uint32_t generation;    /* as configured */
    size_t handshake_bytes; /* taken from the other side before the proof at most */

    struct ds_carrier *carrier;
    struct ds_path_tls *path_tls;
    struct ds_tls *tls;  /* of path_tls */
    struct evbuffer *in; /* empty between calls, like out */
    struct evbuffer *out;
    size_t unproven_bytes; /* taken from the other side before the proof */

    struct event *timer; /* ends the handshake */
    struct event *news;  /* tells from the loop what happened elsewhere */
    int input_result;    /* of ds_path_input(): as ds_tls_handshake() says */
    int untold_err;      /* it was lost while it had no handler */

    const struct ds_path_handler *handler; /* borrowed */
    void *arg;
    char error_text[ERROR_TEXT_MAX];
};

static bool
is_alive(const struct ds_path *path)
{
    return !path->is_lost && !path->is_freed;
}

static void
unref(struct ds_path *path)
{
    if (--path->refs > 0)
        return;
    ds_event_free(path->timer);
    ds_event_free(path->news);
    if (path->in != NULL)
        evbuffer_free(path->in);
    if (path->out != NULL)
        evbuffer_free(path->out);
    ds_path_tls_free(path->path_tls);
    free(path);
}

/* --- the end --- */

static void
lose(struct ds_path *path, int err, const char *text)
{
    if (!is_alive(path))
        return;
    path->is_lost = true;
    event_del(path->timer);
    snprintf(path->error_text, sizeof path->error_text, "%s: %s",
            path->is_proven ? "path" : "path handshake", text);
    DS_DEBUG("path", "%s: %s (%s)", ds_path_kind_name(path->kind), ds_strerror(err),
            path->error_text);
    if (path->handler != NULL)
        path->handler->on_lost(path->arg, path, err);
    else
        path->untold_err = err;
}

static void
lose_handshake(struct ds_path *path, int err)
{
    if (path->unproven_bytes > path->handshake_bytes)
        lose(path, DS_ERR_AUTH, "more bytes than a handshake has");
    else if (SSL_get_verify_result(ds_tls_ssl(path->tls)) != X509_V_OK)
        lose(path, DS_ERR_AUTH, "the other side presented a certificate and not the key");
    else if (err == DS_ERR_AUTH || err == DS_ERR_TLS)
        lose(path, DS_ERR_AUTH, ds_tls_error_text(path->tls));
    else
        lose(path, err, ds_strerror(err));
}

static void
lose_stream(struct ds_path *path, int err)
{
    if (err == DS_ERR_CLOSED)
        lose(path, err, "closed by the other side");
    else if (err == DS_ERR_TLS)
        lose(path, err, "a record was altered or out of place");
    else
        lose(path, err, ds_strerror(err));
}

/* --- sending --- */

static int
send_out(struct ds_path *path)
{
    if (ds_tls_out(path->tls) == 0)
        return 0;
    int err = ds_tls_take(path->tls, path->out);
    return err < 0 ? err : path->carrier->ops->send(path->carrier, path->out);
}

static void
on_writable(void *arg)
{
    struct ds_path *path = arg;
    uint8_t record[DS_PATH_RECORD_MAX];
    if (!is_alive(path) || !path->is_proven)
        return;
    path->refs++;
    size_t n = path->handler->pull(path->arg, path, record, sizeof record);
    assert(n <= sizeof record);
    if (n > 0 && is_alive(path)) {
        int err = ds_tls_write(path->tls, record, n);
        if (err == 0)
            err = send_out(path);
        if (err < 0)
            lose_stream(path, err);
        else
            path->carrier->ops->want_writable(path->carrier);
    }
    unref(path);
}

void
ds_path_kick(struct ds_path *path)
{
    if (!path->is_proven)
        path->is_kicked = true;
    else if (!path->is_lost)
        path->carrier->ops->want_writable(path->carrier);
}

/* --- receiving --- */

/*
 * Go on with the handshake with what is in path->in. Returns as ds_tls_handshake(); its error
 * leaves nothing to send: a stranger gets no alert. The callbacks are the caller's duty.
 */
static int
shake(struct ds_path *path)
{
    path->unproven_bytes += evbuffer_get_length(path->in);
    if (path->unproven_bytes > path->handshake_bytes)
        return DS_ERR_AUTH;
    int err = ds_tls_put_buffer(path->tls, path->in);
    if (err < 0)
        return err;
    int done = ds_tls_handshake(path->tls);
    if (done < 0)
        return done;
    err = send_out(path);
    return err < 0 ? err : done;
}

static void
read_data(struct ds_path *path)
{
    uint8_t data[DS_TLS_WRITE_MAX];
    int n = 0;
    while (is_alive(path) && (n = ds_tls_read(path->tls, data, sizeof data)) > 0)
        path->handler->on_data(path->arg, path, data, (size_t)n);
    if (n == 0 && is_alive(path))
        n = send_out(path); /* TLS answers a key update */
    if (n < 0)
        lose_stream(path, n);
}

/* Tell what came of shake(), and on proof read on. */
static void
settle(struct ds_path *path, int result)
{
    if (!is_alive(path) || path->is_proven || result == 0)
        return;
    if (result < 0) {
        lose_handshake(path, result);
        return;
    }
    assert(ds_path_tls_is_proven(path->path_tls) && path->handler != NULL);
    path->is_proven = true;
    path->kind = (enum ds_path_kind)ds_path_tls_kind(path->path_tls);
    event_del(path->timer);
    path->handler->on_proven(path->arg, path);
    if (is_alive(path) && path->is_kicked)
        ds_path_kick(path);
    read_data(path);
}

/*
 * A stranger may send so much and no more. From the helper data can follow its last flight without
 * a pause, so the limit cuts the bytes and not the call.
 */
static void
on_bytes(void *arg, struct evbuffer *bytes)
{
    struct ds_path *path = arg;
    path->refs++;
    while (evbuffer_get_length(bytes) > 0 && !path->is_proven && is_alive(path)) {
        size_t taken = path->unproven_bytes;
        size_t room = taken < path->handshake_bytes ? path->handshake_bytes - taken : 1;
        int n = evbuffer_remove_buffer(bytes, path->in, room);
        settle(path, n < 0 ? DS_ERR_NOMEM : shake(path));
    }
    if (evbuffer_get_length(bytes) > 0 && is_alive(path)) {
        int err = ds_tls_put_buffer(path->tls, bytes);
        if (err < 0)
            lose_stream(path, err);
        read_data(path);
    }
    unref(path);
}

static void
on_carrier_lost(void *arg, int err)
{
    struct ds_path *path = arg;
    const char *text = path->carrier->ops->error_text(path->carrier);
    path->refs++;
    if (err == DS_ERR_CLOSED)
        text = "the connection ended"; /* whoever closed it, and how, cannot be told apart */
    lose(path, err, text[0] != '\0' ? text : ds_strerror(err));
    unref(path);
}

static const struct ds_carrier_handler carrier_handler = {on_bytes, on_writable, on_carrier_lost};

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
    struct ds_path *path = arg;
    int untold_err = path->untold_err;
    path->refs++;
    path->untold_err = 0;
    if (untold_err < 0 && path->handler != NULL)
        path->handler->on_lost(path->arg, path, untold_err);
    else
        settle(path, path->input_result);
    unref(path);
}

void
ds_path_input(struct ds_path *path, const uint8_t *data, size_t len)
{
    if (!is_alive(path) || path->is_proven || path->input_result != 0)
        return;
    path->input_result = evbuffer_add(path->in, data, len) == 0 ? shake(path) : DS_ERR_NOMEM;
    if (path->input_result != 0)
        event_active(path->news, EV_TIMEOUT, 0);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
    struct ds_path *path = arg;
    path->refs++;
    lose(path, DS_ERR_TIMEOUT, "no answer in time");
    unref(path);
}

/* --- life --- */

/* All that may come directly belongs to one exchange of candidates; the relay's are counted up. */
static bool
accept_generation(void *arg, uint8_t kind, uint32_t generation)
{
    const struct ds_path *path = arg;
    return kind == DS_PATH_RELAY ? generation >= path->generation : generation == path->generation;
}

static unsigned
kinds_taken(enum ds_path_kind kind)
{
    return kind == DS_PATH_RELAY ? 1u << DS_PATH_RELAY
                                 : 1u << DS_PATH_LAN | 1u << DS_PATH_IPV6 | 1u << DS_PATH_PUNCHED |
                                           1u << DS_PATH_MAPPED;
}

static int
start_tls(struct ds_path *path, const struct ds_path_config *config)
{
    bool is_helper = config->role == DS_ROLE_HELPER;
    int err = is_helper ? ds_path_tls_new_helper(&path->path_tls, config->session_key,
                                  (uint8_t)config->kind, config->generation)
                        : ds_path_tls_new_helpee(&path->path_tls, config->session_key,
                                  kinds_taken(config->kind), accept_generation, path);
    if (err < 0)
        return err;
    path->tls = ds_path_tls_endpoint(path->path_tls);
    return is_helper ? shake(path) : 0;
}

static int
start(struct ds_path *path, struct event_base *base, const struct ds_path_config *config)
{
    unsigned ms = config->handshake_ms > 0 ? config->handshake_ms : DS_PATH_HANDSHAKE_MS;
    path->in = evbuffer_new();
    path->out = evbuffer_new();
    path->timer = event_new(base, -1, 0, on_timeout, path);
    path->news = event_new(base, -1, 0, on_news, path);
    if (path->in == NULL || path->out == NULL || path->timer == NULL || path->news == NULL ||
            ds_event_add_ms(path->timer, ms) < 0)
        return DS_ERR_NOMEM;
    return start_tls(path, config);
}

int
ds_path_new(struct ds_path **out, struct event_base *base, struct ds_carrier *carrier,
        const struct ds_path_config *config)
{
    struct ds_path *path = calloc(1, sizeof *path);
    *out = NULL;
    if (path == NULL) {
        carrier->ops->free(carrier);
        return DS_ERR_NOMEM;
    }
    *path = (struct ds_path){.refs = 1,
            .kind = config->kind,
            .generation = config->generation,
            .handshake_bytes =
                    config->handshake_bytes > 0 ? config->handshake_bytes : DS_PATH_HANDSHAKE_BYTES,
            .carrier = carrier};
    carrier->handler = &carrier_handler;
    carrier->handler_arg = path;
    int err = start(path, base, config);
    if (err < 0) {
        ds_path_free(path);
        return err;
    }
    *out = path;
    return 0;
}

void
ds_path_free(struct ds_path *path)
{
    if (path == NULL)
        return;
    path->is_freed = true;
    if (path->timer != NULL)
        event_del(path->timer);
    if (path->news != NULL)
        event_del(path->news);
    path->carrier->ops->free(path->carrier);
    unref(path);
}

void
ds_path_set_handler(struct ds_path *path, const struct ds_path_handler *handler, void *arg)
{
    path->handler = handler;
    path->arg = arg;
    if (path->untold_err < 0)
        event_active(path->news, EV_TIMEOUT, 0);
}

/* --- questions --- */

enum ds_path_kind
ds_path_kind(const struct ds_path *path)
{
    return path->kind;
}

uint32_t
ds_path_generation(const struct ds_path *path)
{
    return ds_path_tls_generation(path->path_tls);
}

const char *
ds_path_kind_name(enum ds_path_kind kind)
{
    static const char *const names[] = {[DS_PATH_NONE] = "none",
            [DS_PATH_RELAY] = "relay",
            [DS_PATH_LAN] = "lan",
            [DS_PATH_IPV6] = "ipv6",
            [DS_PATH_PUNCHED] = "punched",
            [DS_PATH_MAPPED] = "mapped"};
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

void
ds_path_addresses(const struct ds_path *path, struct ds_addr *local, struct ds_addr *remote)
{
    path->carrier->ops->addresses(path->carrier, local, remote);
}

struct ds_carrier *
ds_path_carrier(const struct ds_path *path)
{
    return path->carrier;
}

const char *
ds_path_error_text(const struct ds_path *path)
{
    return path->error_text;
}
