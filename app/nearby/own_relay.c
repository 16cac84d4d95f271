/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/nearby/own_relay.h"

#include <errno.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "app/nearby/lan_address.h"
#include "app/nearby/notice.h"
#include "net/base/clock.h"
#include "net/base/log.h"
#include "net/relay/cert.h"
#include "net/relay/relay.h"
#include "net/relay/tls.h"
#include "net/wire/record.h"

/*
 * A session has two connections, three more knocks may be open, and there are people who mistype.
 * Nobody at home needs more, and libvncserver aborts on a descriptor of 1,024 or more.
 */
enum { CONNECTIONS_MAX = 32, PER_SUBSCRIBER_MAX = 8 };

/* What our own peer said last is in a socket, and no helper's yet: the relay must read it first. */
enum { LAST_WORDS_MS = 200 };

struct ds_own_relay {
    struct ds_relay *relay;
    struct ds_relay_addr addr;
    struct ds_interfaces_watch *watch;
    struct ds_notice *notice;
    struct ds_addr lan;   /* len 0: there is no network */
    struct ds_code code;  /* a secret; empty: none is shown */
    uint64_t code_end_ms; /* when it dies, by ds_clock_boot_ms() */
    ds_own_relay_fn fn;
    void *arg;
    struct event last_words;
    void (*on_stopped)(void *arg);
    void *on_stopped_arg;
};

static void
find_address(struct ds_own_relay *own)
{
    own->lan = (struct ds_addr){0};
    ds_lan_address(&own->lan);
}

/* Where others find this relay now. */
static void
write_place(const struct ds_own_relay *own, struct ds_link_form *form)
{
    char host[DS_ADDR_TEXT_MAX];
    bool has_network = own->lan.len != 0;
    g_strlcpy(form->host, has_network ? ds_addr_format_host(&own->lan, host) : own->addr.host,
            sizeof form->host);
    form->port = own->addr.port;
    form->has_pin = true;
    memcpy(form->pin, own->addr.pin, sizeof form->pin);
}

static void
tell(const struct ds_own_relay *own)
{
    uint64_t now_ms = ds_clock_boot_ms();
    struct ds_link_form form = {.code = own->code};
    if (own->code.secret[0] == '\0' || now_ms >= own->code_end_ms)
        return;
    write_place(own, &form);
    own->fn(own->arg, &form, own->code_end_ms - now_ms);
    ds_link_form_wipe(&form);
}

static void
on_network_changed(void *arg, bool has_moved)
{
    struct ds_own_relay *own = arg;
    struct ds_addr before = own->lan;
    find_address(own);
    if (before.len != own->lan.len || !ds_addr_equal(&before, &own->lan))
        tell(own);
}

/* ---- beginning ---- */

static int
make_key(struct ds_own_relay *own)
{
    char pin[DS_RELAY_PIN_TEXT];
    SSL_CTX *ctx = ds_relay_tls_new();
    if (ctx == NULL)
        return DS_ERR_TLS;
    int err = ds_relay_cert_passing(ctx, pin);
    if (err == 0)
        err = ds_pin_parse(own->addr.pin, pin, strlen(pin));
    if (err == 0)
        ds_relay_set_tls(own->relay, ctx);
    SSL_CTX_free(ctx);
    return err;
}

static int
listen_at(struct ds_own_relay *own, const char *all, uint16_t port)
{
    struct ds_addr addr, bound;
    g_autofree char *text = g_strdup_printf("%s:%u", all, (unsigned)port);
    int err = ds_addr_parse(&addr, text, 0);
    if (err == 0)
        err = ds_relay_listen(own->relay, &addr, &bound);
    if (err == 0)
        own->addr.port = ds_addr_port(&bound);
    return err;
}

/* Both families, or IPv4 alone where the kernel has no other. */
static int
listen_on_all(struct ds_own_relay *own, uint16_t port)
{
    int err = listen_at(own, "[::]", port);
    if (err == DS_ERR_SYSTEM && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
        err = listen_at(own, "0.0.0.0", port);
    return err;
}

static int
begin(struct ds_own_relay *own, struct event_base *base, uint16_t port)
{
    const struct ds_relay_config config = {
            .times = &ds_relay_times_default,
            .connections_max = CONNECTIONS_MAX,
            .per_subscriber_max = PER_SUBSCRIBER_MAX,
            .helpees_are_local = true,
    };
    int err = ds_relay_new(&own->relay, base, &config);
    if (err == 0)
        err = make_key(own);
    if (err == 0) {
        err = listen_on_all(own, port);
        if (err == DS_ERR_SYSTEM && errno == EADDRINUSE && port != 0)
            err = listen_on_all(own, 0);
    }
    return err;
}

static void
on_last_words(evutil_socket_t fd, short what, void *arg)
{
    struct ds_own_relay *own = arg;
    ds_relay_stop(own->relay, own->on_stopped, own->on_stopped_arg);
}

int
ds_own_relay_new(struct ds_own_relay **out, struct event_base *base, uint16_t port,
        ds_own_relay_fn fn, void *arg)
{
    struct ds_own_relay *own = g_new0(struct ds_own_relay, 1);
    *own = (struct ds_own_relay){
            .addr = {.host = "127.0.0.1", .has_pin = true},
            .fn = fn,
            .arg = arg,
    };
    event_assign(&own->last_words, base, -1, 0, on_last_words, own);
    int err = begin(own, base, port);
    if (err < 0) {
        DS_ERROR("nearby", "no relay of our own: %s",
                err == DS_ERR_SYSTEM ? g_strerror(errno) : ds_strerror(err));
        ds_own_relay_free(own);
        return err;
    }
    if (ds_interfaces_watch_new(&own->watch, base, on_network_changed, own) < 0)
        DS_WARN("nearby", "changes of the network go unnoticed");
    find_address(own);
    *out = own;
    return 0;
}

void
ds_own_relay_free(struct ds_own_relay *own)
{
    if (own == NULL)
        return;
    event_del(&own->last_words);
    ds_interfaces_watch_free(own->watch);
    ds_notice_free(own->notice);
    ds_code_wipe(&own->code);
    ds_relay_free(own->relay);
    g_free(own);
}

/* ---- while it lives ---- */

const struct ds_relay_addr *
ds_own_relay_addr(const struct ds_own_relay *own)
{
    return &own->addr;
}

void
ds_own_relay_show(struct ds_own_relay *own, const struct ds_code *code, uint64_t left_ms)
{
    own->code = *code;
    own->code_end_ms = ds_clock_boot_ms() + left_ms;
    ds_notice_free(own->notice);
    own->notice = ds_notice_post(code->nameplate, &own->addr);
    tell(own);
}

void
ds_own_relay_hide(struct ds_own_relay *own)
{
    ds_code_wipe(&own->code);
}

void
ds_own_relay_stop(struct ds_own_relay *own, void (*on_stopped)(void *arg), void *arg)
{
    struct timeval time = ds_clock_timeval(LAST_WORDS_MS);
    ds_interfaces_watch_free(own->watch);
    own->watch = NULL;
    ds_notice_free(own->notice);
    own->notice = NULL;
    ds_relay_stop_listening(own->relay);
    own->on_stopped = on_stopped;
    own->on_stopped_arg = arg;
    event_add(&own->last_words, &time);
}

enum ds_own_relay_range
ds_own_relay_range(const struct ds_link_form *form, char place[static DS_PLACE_TEXT_MAX])
{
    struct ds_addr addr;
    place[0] = '\0';
    if (ds_addr_parse(&addr, form->host, DS_OWN_RELAY_PORT) < 0 || ds_addr_is_loopback(&addr))
        return DS_OWN_RELAY_MACHINE;
    if (!ds_addr_is_private(&addr))
        return DS_OWN_RELAY_LINK;
    ds_code_place_format(form, DS_OWN_RELAY_PORT, place);
    return DS_OWN_RELAY_NETWORK;
}
