/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/transport.h"

#include <event2/event.h>
#include <openssl/crypto.h>

#include "app/nearby/own_relay.h"
#include "app/session/relay_option.h"
#include "net/base/clock.h"
#include "net/base/log.h"

enum { RATE_MS = 1000 };

struct ds_transport {
    struct ds_session_config config; /* name: own copy */
    char *name;
    struct ds_mailbox *mailbox; /* a reference */
    struct event_base *base;
    struct ds_own_relay *own_relay; /* NULL: we are none */
    struct ds_peer *peer;
    struct event *rate_timer;
    enum ds_reason end_reason; /* what on_closed said, until our own relay has ended too */
    uint32_t end_retry_ms;
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
tell_code(void *arg, const struct ds_link_form *form, uint64_t left_ms)
{
    struct ds_session_event event = {.type = DS_SESSION_CODE, .form = *form, .left_ms = left_ms};
    report(arg, &event);
    ds_link_form_wipe(&event.form);
}

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct ds_transport *transport = arg;
    struct ds_link_form form;

    if (transport->own_relay != NULL) {
        ds_own_relay_show(transport->own_relay, code, left_ms);
        return;
    }
    ds_relay_link_form(&form, &transport->config.relay, code);
    tell_code(transport, &form, left_ms);
    ds_link_form_wipe(&form);
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
    struct ds_transport *transport = arg;
    struct ds_session_event event = {.type = DS_SESSION_REQUEST, .level = wants, .again = again};
    if (transport->own_relay != NULL)
        ds_own_relay_hide(transport->own_relay);
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

static void
on_punch(void *arg, const struct ds_peer_punch *punch)
{
    report(arg, &(struct ds_session_event){.type = DS_SESSION_PUNCH, .punch = *punch});
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

/* Nothing listens any more, and the other side has heard what was said last. */
static void
on_own_relay_stopped(void *arg)
{
    struct ds_transport *transport = arg;
    ds_own_relay_free(transport->own_relay);
    transport->own_relay = NULL;
    end(transport, transport->end_reason, transport->end_retry_ms);
}

static void
on_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct ds_transport *transport = arg;
    if (step[0] != '\0')
        DS_INFO("session", "ended: %s (%s)", ds_reason_name(reason), step);
    event_del(transport->rate_timer);
    transport->is_over = true;
    transport->end_reason = reason;
    transport->end_retry_ms = retry_ms;
    if (transport->own_relay != NULL)
        ds_own_relay_stop(transport->own_relay, on_own_relay_stopped, transport);
    else
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
        .on_punch = on_punch,
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

static int
start_peer(struct ds_transport *transport)
{
    const struct ds_session_config *wanted = &transport->config;
    struct ds_peer_config config = {
            .base = transport->base,
            .role = wanted->role,
            .relays = transport->own_relay != NULL ? ds_own_relay_addr(transport->own_relay)
                                                   : &wanted->relay,
            .relay_count = 1,
            .code = &wanted->code,
            .name = transport->name,
            .wants = wanted->wants,
            .picture = wanted->service->picture,
            .direct = wanted->direct,
            .map_lease_s = wanted->map_lease_s,
            .salvo = wanted->salvo,
            .proxy = wanted->is_nearby ? "" : NULL,
    };
    return ds_peer_new(&transport->peer, &config, &peer_handler, transport);
}

void
ds_transport_start(struct ds_transport *transport, struct event_base *base)
{
    bool is_own = transport->config.is_nearby && transport->config.role == DS_ROLE_HELPEE;
    int err = 0;

    transport->base = base;
    transport->rate_timer = event_new(base, -1, EV_PERSIST, on_rate, transport);
    if (transport->rate_timer == NULL)
        err = DS_ERR_NOMEM;
    if (err == 0 && is_own)
        err = ds_own_relay_new(
                &transport->own_relay, base, DS_OWN_RELAY_PORT, tell_code, transport);
    if (err == 0)
        err = start_peer(transport);
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
    struct ds_service *service = transport->config.service;
    if (transport->is_over)
        return;
    service->ops->set_level(service, DS_LEVEL_VIEW); /* the goodbye takes a while */
    ds_peer_close(transport->peer, reason);
}

void
ds_transport_free(struct ds_transport *transport)
{
    transport->config.service->ops->free(transport->config.service);
    ds_peer_free(transport->peer);
    ds_own_relay_free(transport->own_relay);
    if (transport->rate_timer != NULL)
        event_free(transport->rate_timer);
    ds_mailbox_unref(transport->mailbox);
    ds_code_wipe(&transport->config.code);
    g_free(transport->name);
    g_free(transport);
}
