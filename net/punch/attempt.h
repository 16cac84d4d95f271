/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_ATTEMPT_H
#define DS_NET_PUNCH_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/dial/local_port.h"
#include "net/path/path.h"
#include "net/punch/listeners.h"
#include "net/punch/offer.h"
#include "net/punch/strategy.h"

/*
 * One generation of tries to get a direct path: TCP simultaneous open (RFC 9293, 3.5, figure 7)
 * from the ports of this side to all candidates of the other at once, beside listeners on the same
 * ports, until one is proven by the handshake of a path (PROTOCOL.md, 4). Net thread.
 */
struct ds_attempt;
struct event_base;

/* How this side meets the other where not both keep their ports. */
enum ds_port_window_kind {
    DS_PORT_WINDOW_UNDECIDED,
    DS_PORT_WINDOW_ONE,  /* ours are kept: one socket aims at the window of the other */
    DS_PORT_WINDOW_MANY, /* ours are dealt anew, and the other side was told where ours is met */
};

struct ds_attempt_config {
    struct event_base *base;
    enum ds_role role;
    const uint8_t *session_key;                 /* 32 bytes, borrowed during the call */
    struct ds_local_port *ports[DS_PUNCH_SETS]; /* a reference is taken to each */
    struct ds_listeners *listeners; /* on these ports, taken where they are open; NULL: none yet */
    unsigned rtt_ms;                /* between the peers over the relay; 0: unknown */
    bool is_mapped;                 /* ds_attempt_set_mapped() from the beginning */
    unsigned wait_ms; /* before the first SYN: the helper's half round trip; listens at once */
    struct ds_strategy strategy;
    enum ds_port_window_kind window; /* as if ds_attempt_set_window() followed */
};

/* This side's part of a birthday salvo: see salvo.h. */
struct ds_attempt_salvo {
    struct ds_addr target;      /* in IPv4, which the relay has confirmed; its port, where ... */
    struct ds_salvo at;         /* ... there are none here to be drawn: size 0 */
    unsigned sockets;           /* at most DS_SALVO_MAX, and at.size */
    bool is_from_one_port;      /* that of set 0, else from one each */
    unsigned wait_ms, retry_ms; /* before it, and how long what is refused is sent again */
};

struct ds_attempt_counts {
    unsigned syns;      /* connects that were begun */
    unsigned refused;   /* ended by RST or ICMP */
    unsigned resets;    /* of these, by RST where they were for a reflexive candidate */
    unsigned opened;    /* connections that stood, by connect() or accept() */
    unsigned strangers; /* of these, those that ended and had proved nothing */
    unsigned proven;    /* of these, those that were given out as paths */
    unsigned salvos;    /* 1 once the SYNs of this side's part have left */
};

struct ds_attempt_handler {
    /**
     * A path is proven (owned by the receiver, its handler is to be set in the call, as for any new
     * path). `technique` says how its connection came up: "host", "ipv6", "reflexive" or "mapped"
     * for a connect() to such a candidate, "predicted" for one to or from a predicted port, "salvo"
     * for one to or from a port that was drawn, "accept" for one that came to the listener; static.
     */
    void (*on_path)(void *arg, struct ds_path *path, const char *technique);
    /**
     * The tries are over, called once: DS_PUNCH_LINGER_MS after ds_attempt_settle(), or DS_PUNCH_MS
     * after the first SYN was due, and then later by DS_PUNCH_LINGER_MS if somebody is in the
     * middle of the proof. Not before, even where no candidate is left: the other side may come by
     * itself. All is closed already. The attempt may be freed in the call.
     */
    void (*on_over)(void *arg, const struct ds_attempt_counts *counts);
    /** ds_attempt_is_quiet() now, for the first time or again. May be NULL. */
    void (*on_quiet)(void *arg);
};

/**
 * Begin the generation of `remote`, an offer of the other side that was vetted (copied). `handler`
 * and `arg` are borrowed. No callback comes from within. Returns 0 with `*out` (owned),
 * DS_ERR_SYSTEM with errno where the ports cannot be listened on, or DS_ERR_NOMEM.
 */
int ds_attempt_new(struct ds_attempt **out, const struct ds_attempt_config *config,
        const struct ds_offer *remote, const struct ds_attempt_handler *handler,
        void *arg) DS_MUST_CHECK;

/**
 * The other side knows more of itself now: try what is new in `remote` (vetted) as well, up to
 * DS_CANDIDATES_MAX in all. Another generation's offer changes nothing, nor does one that comes
 * when the attempt is settled.
 */
void ds_attempt_add(struct ds_attempt *attempt, const struct ds_offer *remote);

/**
 * A router leads others to the port of set 0 now: who comes there from outside comes by
 * DS_PATH_MAPPED.
 */
void ds_attempt_set_mapped(struct ds_attempt *attempt);

/**
 * Say how a window is opened, from now on: once, when it is known what it has to aim at; by a side
 * whose ports are dealt anew, against one that keeps its own, when plain candidates had time to
 * come to something.
 */
void ds_attempt_set_window(struct ds_attempt *attempt, enum ds_port_window_kind kind);

/**
 * Open no window for `ms`: the other side, whose window is met by ours, learns no sooner where that
 * is. SYNs that cross between the NATs take half a round trip less than one that waits for another.
 * Where it is open already nothing happens.
 */
void ds_attempt_hold_window(struct ds_attempt *attempt, unsigned ms);

/** Return how long after the first SYN a window opens, at most; `rtt_ms` as in the config. */
unsigned ds_attempt_window_ms(unsigned rtt_ms);

/**
 * Say whether plain candidates had a relayed round trip to come to something, and no connection
 * waits for its proof. Where one does on_quiet() follows if it comes to nothing. False from
 * ds_attempt_settle() on.
 */
bool ds_attempt_is_quiet(struct ds_attempt *attempt);

/**
 * Open this side's part of a salvo: once; after ds_attempt_settle() nothing happens. With fewer
 * sockets, where descriptors are scarce when it is due; later, while a connection waits for its
 * proof, and after DS_SALVO_HOLD_MS not at all. Whatever comes of it, its sockets are closed again
 * after that time.
 */
void ds_attempt_open_salvo(struct ds_attempt *attempt, const struct ds_attempt_salvo *salvo);

/**
 * Enough has been reached: begin nothing more, leave what is under way DS_PUNCH_LINGER_MS, since an
 * early close resets what the other side may believe to be the connection; on_over follows.
 */
void ds_attempt_settle(struct ds_attempt *attempt);

/** Close everything at once and free; NULL is fine. No callback follows. */
void ds_attempt_free(struct ds_attempt *attempt);

/** Read the counts so far. */
struct ds_attempt_counts ds_attempt_get_counts(const struct ds_attempt *attempt);

#endif
