/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_RELAY_H
#define DS_NET_RELAY_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "net/base/addr.h"
#include "net/base/err.h"

/*
 * The relay: it lets two who share a code find each other, and forwards between them bytes that it
 * cannot read. All of it runs in one event loop. net/PROTOCOL.md, 1, is what it does.
 */
struct ds_relay;
struct event_base;

/* Its times, in milliseconds: those of net/base/limits.h, shorter ones in tests. */
struct ds_relay_times {
    uint32_t prepair_ms;                     /* from accept() to WAIT, KNOCK, MEET or CHECK */
    uint32_t idle_ms;                        /* without a byte from a side */
    uint32_t knock_ms;                       /* for a knock */
    uint32_t check_ms;                       /* for a client that wants to be dialled */
    uint32_t no_code_min_ms, no_code_max_ms; /* before "no such code" is answered */
    uint32_t rest_1_ms, rest_2_ms; /* without knocks, after the first and each later wrong guess */
    uint32_t nameplate_rest_ms;    /* before a freed nameplate is dealt again */
    uint32_t drain_ms;             /* for what is on its way to the other side after an EOF */
    uint32_t linger_ms;            /* for REFUSED to arrive */
    uint32_t stun_idle_ms;         /* from one question of STUN to the next */
    uint32_t stop_ms;              /* for all that is on its way when the relay stops */
};

extern const struct ds_relay_times ds_relay_times_default;

/* Whom the relay may dial back, when clients ask how their networks look from outside. */
enum ds_relay_dial_back {
    DS_RELAY_DIAL_BACK_NO = 0,
    DS_RELAY_DIAL_BACK_WORLD, /* who comes from the world, and not from this machine */
    DS_RELAY_DIAL_BACK_LAN,   /* whoever comes: nothing stands between the relay and its clients */
};

struct ds_relay_config {
    const struct ds_relay_times *times; /* borrowed for the relay's life */
    size_t connections_max;             /* of all clients: what the process' descriptors allow */
    size_t per_subscriber_max;          /* of one subscriber's, as long as they are not paired */
    bool helpees_are_local; /* only who is on this machine may share; others find it full */
    enum ds_relay_dial_back dial_back;
};

/** Make a relay in `base` (borrowed). Returns 0 and the relay in `*out` (owned), or an error. */
int ds_relay_new(struct ds_relay **out, struct event_base *base,
        const struct ds_relay_config *config) DS_MUST_CHECK;

/** Close every connection at once and free the relay. NULL is fine. */
void ds_relay_free(struct ds_relay *relay);

/**
 * Use `ctx` (ds_relay_tls_new(), with a certificate; a reference is kept) for connections that come
 * from now on. NULL: none, for tests of what lies above TLS.
 */
void ds_relay_set_tls(struct ds_relay *relay, SSL_CTX *ctx);

/**
 * Listen at `addr` (port 0: any) and serve what comes; `bound` gets the address with its real port.
 * [::] takes IPv4 too. Once for a relay. Returns 0, DS_ERR_SYSTEM with errno set, or DS_ERR_NOMEM.
 */
int ds_relay_listen(
        struct ds_relay *relay, const struct ds_addr *addr, struct ds_addr *bound) DS_MUST_CHECK;

/**
 * Answer STUN at `addrs`, as ds_relay_stun_listen() does, and name them to clients. Once, before
 * ds_relay_listen(). The relay's own port answers it over TCP in any case. Returns 0, DS_ERR_SYSTEM
 * with errno set or DS_ERR_NOMEM; `failed` then gets which address could not be listened on.
 */
int ds_relay_listen_stun(struct ds_relay *relay, const struct ds_addr *addrs, size_t count,
        struct ds_addr *failed) DS_MUST_CHECK;

/** Accept nothing more; who is there stays. */
void ds_relay_stop_listening(struct ds_relay *relay);

/** Serve `fd` (taken; connected, non-blocking) as if it had come from `addr` to the listener. */
void ds_relay_adopt(struct ds_relay *relay, int fd, const struct ds_addr *addr);

/**
 * Stop: accept nothing more, tell all clients (NOTE DRAIN), send what is on its way for at most
 * stop_ms, close all, then call `on_stopped` once, which may free the relay.
 */
void ds_relay_stop(struct ds_relay *relay, void (*on_stopped)(void *arg), void *arg);

/** Return how many connections there are, those that are ending included. */
size_t ds_relay_connections(const struct ds_relay *relay);

#endif
