/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_HOSTILE_CONN_H
#define DS_TESTS_INTEGRATION_HOSTILE_CONN_H

#include <event2/event.h>
#include <glib.h>
#include <openssl/ssl.h>

#include "net/crypto/tls.h"
#include "net/path/sock.h"
#include "net/wire/record.h"

/* The connections of clients to a hostile relay: records over TLS over TCP. */
struct hostile_conn;
struct hostile_relay;
struct hostile_session;

struct hostile_conn_handler {
    /** A record came (borrowed). */
    void (*on_record)(struct hostile_conn *conn, const struct ds_record *record);
    /** It ended, or brought what is no TLS: close it. */
    void (*on_lost)(struct hostile_conn *conn);
};

/* All that stand, and those that are over and go with the loop's next turn. */
struct hostile_crowd {
    struct event_base *base;
    const struct hostile_conn_handler *handler;
    SSL_CTX *ctx;
    GPtrArray *conns;
    GPtrArray *dead;
    struct event *bury;
};

struct hostile_conn {
    struct hostile_crowd *crowd;
    struct ds_sock *sock;
    struct ds_tls *tls;
    GByteArray *in;
    bool is_closed;

    /* What the relay knows of it. */
    struct hostile_relay *relay;
    struct hostile_session *session;
    enum ds_role role;            /* 0: not said yet */
    struct hostile_conn *partner; /* paired with */
    unsigned path;
    unsigned pipes;
};

/** Begin with nobody; `base` and `handler` are borrowed. */
void hostile_crowd_init(struct hostile_crowd *crowd, struct event_base *base,
        const struct hostile_conn_handler *handler);

/** Close all. */
void hostile_crowd_finish(struct hostile_crowd *crowd);

/** Take a socket that was accepted; the connection is the crowd's. */
struct hostile_conn *hostile_conn_new(struct hostile_crowd *crowd, int fd);

/** Close it; what was sent still goes out. It is freed by the loop. Once. */
void hostile_conn_close(struct hostile_conn *conn);

/** Send a record; does nothing on NULL, or on one that is closed, like the next two. */
void hostile_conn_send(struct hostile_conn *conn, uint8_t type, const void *payload, size_t len);

/** Send a record that begins with a u32. */
void hostile_conn_send_id(
        struct hostile_conn *conn, uint8_t type, uint32_t id, const void *bytes, size_t len);

/** Send plaintext that need not be records. */
void hostile_conn_send_raw(struct hostile_conn *conn, const void *data, size_t len);

#endif
