/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/transport.h"

#include <string.h>

#include <event2/event.h>
#include <openssl/crypto.h>

#include "net/base/clock.h"
#include "net/base/log.h"

enum { RATE_MS = 1000 };

struct ds_transport {
    struct ds_session_config config; /* name: own copy */
    char *name;
    struct ds_mailbox *mailbox; /* a reference */
    struct event_base *base;
    struct ds_peer *peer;
    struct event *rate_timer;
    bool is_over;
};

/* Only the newest of these counts; the others are each worth being told. */
static bool
is_newest_only(enum ds_session_event_type type)
{
    return type == DS_SESSION_PATH || type == DS_SESSION_RATE || type == DS_SESSION_LEVEL;
}

static void
report(struct ds_transport *transport, const struct ds_session_event *event)
{
    ds_mailbox_put(transport->mailbox, event, is_newest_only(event->type) ? event->type : 0);
}

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct ds_transport *transport = arg;
    const struct ds_relay_addr *relay = &transport->config.relay;
    struct ds_session_event event = {.type = DS_SESSION_CODE, .left_ms = left_ms};

    g_strlcpy(event.form.host, relay->host, sizeof event.form.host);
    event.form.port = relay->port == DS_DEFAULT_PORT ? 0 : relay->port;
    event.form.has_pin = relay->has_pin;
    memcpy(event.form.pin, relay->pin, sizeof event.form.pin);
    event.form.code = *code;
    report(transport, &event);
    ds_link_form_wipe(&event.form);
}

static void
on_offline(void *arg)
{
    report(arg, &(struct ds_session_event){.type = DS_SESSION_OFFLINE});
}

static void
on_guess(void *arg, unsigned left)
{
    report(arg, &(struct ds_session_event){.type = DS_SESSION_GUESS, .left = left});
}

static void
prepare(struct ds_transport *transport)
{
    struct ds_service *service = transport->config.service;
    if (service->ops->prepare != NULL)
        service->ops->prepare(service, transport->base, transport->peer);
}

static void
on_request(void *arg, const char *name, enum ds_level wants, bool again)
{
    struct ds_session_event event = {.type = DS_SESSION_REQUEST, .level = wants, .again = again};
    g_strlcpy(event.name, name, sizeof event.name);
    report(arg, &event);
    prepare(arg);
}

static void
on_peer(void *arg, const char *name, enum ds_level level)
{
    struct ds_transport *transport = arg;
    struct ds_service *service = transport->config.service;
    struct ds_session_event event = {.type = DS_SESSION_PEER, .level = level};
    struct timeval every = ds_clock_timeval(RATE_MS);

    g_strlcpy(event.name, name, sizeof event.name);
    report(transport, &event);
    event_add(transport->rate_timer, &every);
    service->ops->begin(service, transport->base, transport->peer, level);
}

static void
on_level(void *arg, enum ds_level level)
{
    struct ds_transport *transport = arg;
    struct ds_service *service = transport->config.service;
    report(transport, &(struct ds_session_event){.type = DS_SESSION_LEVEL, .level = level});
    service->ops->set_level(service, level);
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
    struct ds_transport *transport = arg;
    struct ds_service *service = transport->config.service;
    report(transport, &(struct ds_session_event){.type = DS_SESSION_PATH, .path = *path});
    if (service->ops->path != NULL)
        service->ops->path(service, path);
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct ds_transport *transport = arg;
    struct ds_service *service = transport->config.service;
    return service->ops->open(service, channel, kind);
}

static void
end(struct ds_transport *transport, enum ds_reason reason, uint32_t retry_ms)
{
    transport->is_over = true;
    report(transport, &(struct ds_session_event){
                              .type = DS_SESSION_ENDED, .reason = reason, .retry_ms = retry_ms});
}

static void
on_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct ds_transport *transport = arg;
    if (step[0] != '\0')
        DS_INFO("session", "ended: %s (%s)", ds_reason_name(reason), step);
    event_del(transport->rate_timer);
    end(transport, reason, retry_ms);
}

static const struct ds_peer_handler peer_handler = {
        .on_code = on_code,
        .on_offline = on_offline,
        .on_guess = on_guess,
        .on_request = on_request,
        .on_peer = on_peer,
        .on_level = on_level,
        .on_path = on_path,
        .on_open = on_open,
        .on_closed = on_closed,
};

static void
on_rate(evutil_socket_t fd, short what, void *arg)
{
    struct ds_transport *transport = arg;
    struct ds_session_event event = {.type = DS_SESSION_RATE};
    ds_peer_get_stats(transport->peer, &event.stats);
    report(transport, &event);
}

struct ds_transport *
ds_transport_new(const struct ds_session_config *config, struct ds_mailbox *mailbox)
{
    struct ds_transport *transport = g_new0(struct ds_transport, 1);
    transport->config = *config;
    transport->config.name = transport->name = g_strdup(config->name);
    transport->mailbox = ds_mailbox_ref(mailbox);
    return transport;
}

void
ds_transport_start(struct ds_transport *transport, struct event_base *base)
{
    struct ds_peer_config config = {
            .base = base,
            .role = transport->config.role,
            .relays = &transport->config.relay,
            .relay_count = 1,
            .code = &transport->config.code,
            .name = transport->name,
            .wants = transport->config.wants,
            .picture = transport->config.service->picture,
            .direct = transport->config.direct,
    };
    int err = DS_ERR_NOMEM;

    transport->base = base;
    transport->rate_timer = event_new(base, -1, EV_PERSIST, on_rate, transport);
    if (transport->rate_timer != NULL)
        err = ds_peer_new(&transport->peer, &config, &peer_handler, transport);
    if (err < 0)
        end(transport, err == DS_ERR_INVALID ? DS_REASON_NO_RELAY : DS_REASON_INTERNAL, 0);
    else if (transport->config.role == DS_ROLE_HELPER)
        prepare(transport);
}

void
ds_transport_grant(struct ds_transport *transport, enum ds_level level)
{
    if (!transport->is_over)
        ds_peer_grant(transport->peer, level);
}

void
ds_transport_wake(struct ds_transport *transport)
{
    struct ds_service *service = transport->config.service;
    if (!transport->is_over && service->ops->wake != NULL)
        service->ops->wake(service);
}

void
ds_transport_stop(struct ds_transport *transport, enum ds_reason reason)
{
    if (!transport->is_over)
        ds_peer_close(transport->peer, reason);
}

void
ds_transport_free(struct ds_transport *transport)
{
    transport->config.service->ops->free(transport->config.service);
    ds_peer_free(transport->peer);
    if (transport->rate_timer != NULL)
        event_free(transport->rate_timer);
    ds_mailbox_unref(transport->mailbox);
    ds_code_wipe(&transport->config.code);
    g_free(transport->name);
    g_free(transport);
}
