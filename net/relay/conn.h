/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_CONN_H
#define DS_NET_RELAY_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/base/addr.h"
#include "net/base/reason.h"
#include "net/relay/now.h"
#include "net/relay/stream.h"
#include "net/wire/record.h"
#include "net/wire/writer.h"

/*
 * One client's connection: its socket's events, its one timer, the records that come in and go out,
 * and the state that it is in. What each record does in each state is the table in states.c; what
 * waiting, knocking, meeting and being paired mean is in the files of these names.
 *
 * Nothing here is freed in the middle of its own call: a connection that is dropped is closed at
 * once, and its memory goes when the loop's callback returns (ds_relay_loop_settle()).
 */
struct ds_relay;
struct ds_relay_waiting;
struct ds_relay_knock;
struct ds_relay_meeting;
struct ds_relay_pair;
struct ds_relay_check;
struct ds_relay_subscriber;

enum ds_relay_state {
    DS_RELAY_HELLO,     /* TLS' handshake and HELLO are to come */
    DS_RELAY_CHOICE,    /* WAIT, KNOCK, MEET or CHECK is to come */
    DS_RELAY_WAITING,   /* a helpee under a nameplate */
    DS_RELAY_KNOCKING,  /* a helper whose knock is open */
    DS_RELAY_MEETING,   /* waits for the other role with the same id */
    DS_RELAY_PAIRED,    /* forwards to its partner */
    DS_RELAY_CHECKING,  /* wants to be dialled */
    DS_RELAY_ANSWERING, /* will be refused when the timer ends; nothing is read */
    DS_RELAY_ENDING,    /* what is queued leaves, then the connection is closed */
    DS_RELAY_DEAD,      /* closed; freed when the callback returns */
    DS_RELAY_STATES
};

enum { DS_RELAY_RECORD_TYPES = DS_RECORD_DIALLED + 1 };

/* Room in a queue that forwarded bytes leave free, for the relay's own short records. */
enum { DS_RELAY_RESERVE = 2048 };

TAILQ_HEAD(ds_relay_conns, ds_relay_conn);

/* What the connections of one event loop share. */
struct ds_relay_loop {
    struct event_base *base; /* borrowed */
    struct ds_relay_pool pool;
    struct ds_relay_conns dead;
    TAILQ_HEAD(, ds_relay_conn) unflushed;
    uint8_t plain[DS_RECORD_HEADER + DS_RECORD_MAX]; /* input of the connection being read */
};

struct ds_relay_conn {
    TAILQ_ENTRY(ds_relay_conn) link;      /* in relay->conns, or loop->dead */
    TAILQ_ENTRY(ds_relay_conn) unflushed; /* in loop->unflushed, while is_unflushed */
    struct ds_relay *relay;               /* borrowed */
    struct ds_relay_loop *loop;           /* borrowed */
    struct ds_relay_stream stream;
    struct event read_event, write_event, timer;
    struct ds_addr addr;
    uint8_t *partial; /* owned: the start of a record that is not complete */
    size_t partial_len;
    uint64_t heard_ms;    /* when the last bytes came */
    uint64_t deadline_ms; /* when the timer ends */
    bool is_unflushed;    /* has queued something that nobody tried to send yet */
    bool is_blocked;      /* the socket is full: write_event is on */
    bool is_paused;       /* its partner is slow: read_event is off */
    bool is_doomed;       /* could not take what was queued: will be dropped */
    bool is_shut;         /* ENDING: all has left, its end is awaited */
    enum ds_relay_state state;
    enum ds_reason answer; /* ANSWERING: with what; HELLO: not NONE where there is no room */
    struct ds_relay_subscriber *subscriber; /* while it is counted as not paired */
    struct ds_relay_waiting *waiting;       /* WAITING: owned by waiting.c */
    struct ds_relay_knock *knock;           /* KNOCKING: owned by the helpee's `waiting` */
    struct ds_relay_meeting *meeting;       /* MEETING, and after that PAIRED */
    struct ds_relay_pair *pair;             /* PAIRED */
    struct ds_relay_check *check;           /* CHECKING: owned */
    uint8_t role;                           /* enum ds_role, once known */
};

/* What a state is made of. */
struct ds_relay_state_rules {
    /** Handle a record: 0 or DS_ERR_PROTOCOL. NULL: the record does not fit the state. */
    int (*on_record[DS_RELAY_RECORD_TYPES])(struct ds_relay_conn *, const struct ds_record *);
    /** The connection goes away in this state, for `reason`; it is not in the state any more. */
    void (*on_gone)(struct ds_relay_conn *, enum ds_reason reason);
    /** The time that ds_relay_conn_enter() was given is over. NULL: it is the idle time. */
    void (*on_time)(struct ds_relay_conn *);
};

extern const struct ds_relay_state_rules ds_relay_rules[DS_RELAY_STATES];

/** Begin with `base` (borrowed). */
void ds_relay_loop_init(struct ds_relay_loop *loop, struct event_base *base);

/** Free what the loop holds; no connection may be in it. */
void ds_relay_loop_finish(struct ds_relay_loop *loop);

/** Flush what was queued and free what was dropped. Every callback of an event ends with this. */
void ds_relay_loop_settle(struct ds_relay_loop *loop);

/**
 * Begin to serve `fd` (taken, also on failure; non-blocking) from `addr` in `loop`. `ctx` as for
 * ds_relay_stream_init(). `answer` other than DS_REASON_NONE: its HELLO is answered by REFUSED with
 * it. Returns 0 or DS_ERR_NOMEM. The relay owns the connection.
 */
int ds_relay_conn_new(struct ds_relay *relay, struct ds_relay_loop *loop, int fd,
        const struct ds_addr *addr, SSL_CTX *ctx, enum ds_reason answer) DS_MUST_CHECK;

/**
 * Put a detached connection into `loop`, with its timer and all that it has read and queued.
 * Returns 0 or DS_ERR_NOMEM: then it is still detached. The loop's thread.
 */
int ds_relay_conn_attach(struct ds_relay_conn *conn, struct ds_relay_loop *loop) DS_MUST_CHECK;

/** Take a connection that is not paired out of its loop, not from within a callback of its own. */
void ds_relay_conn_detach(struct ds_relay_conn *conn);

/**
 * Go to `state`, in which `ms` milliseconds may be spent. Where the state has no on_time: `ms`
 * is the idle time, and is only over when nothing came for so long.
 */
void ds_relay_conn_enter(struct ds_relay_conn *conn, enum ds_relay_state state, uint32_t ms);

/** Say whether a record with `len` bytes of payload would leave room for short ones after it. */
bool ds_relay_conn_has_room(const struct ds_relay_conn *conn, size_t len);

/**
 * Queue one record of at most DS_SAY_MAX + 4 bytes of payload; it leaves before the loop sleeps. A
 * connection that cannot take it is dropped; one that is ending ignores it.
 */
void ds_relay_conn_send(struct ds_relay_conn *conn, uint8_t type, const void *payload, size_t len);

/** Queue `len` bytes of whole records as they are, with the same care. */
void ds_relay_conn_forward(struct ds_relay_conn *conn, const uint8_t *records, size_t len);

/** Say why in REFUSED (RETRY_MS where `retry_ms` is not 0), and end the connection. */
void ds_relay_conn_refuse(struct ds_relay_conn *conn, enum ds_reason reason, uint32_t retry_ms);

/** Send REFUSED with these fields, which tell of `reason`, and end the connection. */
void ds_relay_conn_refuse_with(
        struct ds_relay_conn *conn, enum ds_reason reason, const struct ds_writer *fields);

/** Refuse the connection after `ms` milliseconds in which nothing of it is read. */
void ds_relay_conn_refuse_later(struct ds_relay_conn *conn, enum ds_reason reason, uint32_t ms);

/** Leave the state for `reason`, send what is queued within `ms` milliseconds, then close. */
void ds_relay_conn_end(struct ds_relay_conn *conn, enum ds_reason reason, uint32_t ms);

/** Hand a connection on which nothing was read yet over to STUN. */
void ds_relay_conn_give_to_stun(struct ds_relay_conn *conn);

/** Leave the state for `reason` and close at once. */
void ds_relay_conn_drop(struct ds_relay_conn *conn, enum ds_reason reason);

#endif
