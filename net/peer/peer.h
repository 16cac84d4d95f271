/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_PEER_H
#define DS_NET_PEER_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/base/reason.h"
#include "net/crypto/code.h"
#include "net/mux/mux.h"
#include "net/path/path.h"
#include "net/peer/control.h"
#include "net/peer/reach.h"
#include "net/portmap/portmap.h"
#include "net/punch/why.h"

/*
 * The one handle that the application has on the transport: one side of one session, from the code
 * to its end. Net thread. The callbacks come from the loop; none of them may free the peer but
 * on_closed, which is the last.
 */
struct ds_peer;

/* How long what may take, in milliseconds. */
struct ds_peer_times {
    uint64_t code_life;   /* a code */
    uint64_t consent;     /* the helpee's answer */
    uint64_t apart;       /* without a path, then it is over */
    uint64_t ask_again;   /* without a path, then control is asked for once more */
    uint64_t direct_only; /* until a direct path is up, where only that will do */
    uint64_t punch_again[DS_PUNCH_AGAIN_STEPS]; /* from tries that failed to the next ones */
    uint64_t punch_pace;   /* between the beginnings of two generations of tries, at least */
    uint64_t punch_gather; /* that long an answer to OFFER waits for an address of one's own */
    uint64_t punch_prune;  /* from a direct path to the end of those that are not needed */
    uint64_t punch_steady; /* one that lived so long and is lost is looked for at once */
};

/** Return the times of net/base/limits.h. Static. */
const struct ds_peer_times *ds_peer_default_times(void);

struct ds_peer_config {
    struct event_base *base; /* borrowed for the peer's life */
    enum ds_role role;
    const struct ds_relay_addr *relays; /* copied; the first is where the code lives */
    size_t relay_count;                 /* 1 to DS_PEER_RELAYS_MAX */
    const struct ds_code *code;         /* helper: what was typed; copied */
    const char *name;                   /* what this side calls itself, or "" */
    enum ds_level wants;                /* helper: what it asks for */
    enum ds_picture picture;            /* how this side can send or take one */
    enum ds_direct direct;
    const struct ds_peer_times *times; /* NULL: the default; borrowed for the peer's life */
    /* STUN servers to ask in place of those that the relay names, "ADDR:PORT[,ADDR:PORT]"; or NULL;
     * borrowed, as the next one, for the peer's life. */
    const char *stun;
    const char *proxy;    /* as ds_dial_options has it */
    uint32_t map_lease_s; /* the router is asked to open a port, for so long each time; 0: never */
    unsigned salvo;       /* sockets of a birthday salvo, DS_SALVO_MAX at most; 0: none is opened */
};

enum { DS_PEER_RELAYS_MAX = 4 };

/* What carries the session now. It is told again when `why_not` alone changes. */
struct ds_peer_path {
    enum ds_path_kind kind; /* DS_PATH_NONE: none, a new one is being looked for */
    struct ds_addr local;   /* of the TCP connection; len 0 where unknown */
    struct ds_addr remote;
    unsigned rtt_ms;           /* 0: not measured yet */
    struct ds_why_not why_not; /* on the relay: why it is not direct */
};

/* What one generation of tries for a direct path came to, or that it began. */
struct ds_peer_punch {
    uint32_t generation;   /* from 1 on */
    const char *technique; /* as struct ds_attempt_handler has it, or "" */
    const char *result;    /* "started", "direct", "failed" or "skipped"; static */
    enum ds_why why;       /* of "failed" and "skipped" */
};

struct ds_peer_handler {
    /** Helpee: a code is live; see ds_wait_handler. */
    void (*on_code)(void *arg, const struct ds_code *code, uint64_t left_ms);
    /** Helpee: the code does not work at the moment; the relay is looked for. */
    void (*on_offline)(void *arg);
    /** Helpee: a wrong code was tried; `left` more and the code is dead. */
    void (*on_guess)(void *arg, unsigned left);
    /**
     * Helpee: somebody proved the code; answer with ds_peer_grant() or ds_peer_close(). `name` is
     * what they say (cleaned, may be ""). With `again`, the two were apart for so long that control
     * is to be asked for once more; the session is at DS_LEVEL_VIEW until then.
     */
    void (*on_request)(void *arg, const char *name, enum ds_level wants, bool again);
    /** The session stands: both may open channels. Helper: let in at `level`. */
    void (*on_peer)(void *arg, const char *name, enum ds_level level);
    /** The helpee's grant changed, or was renewed. */
    void (*on_level)(void *arg, enum ds_level level);
    /** The path changed; of many changes in a short time some are left out, the last one never. */
    void (*on_path)(void *arg, const struct ds_peer_path *path);
    /** The other side opened a channel: as ds_mux_handler's on_open. Only after on_peer. */
    bool (*on_open)(void *arg, struct ds_channel *channel, enum ds_channel_kind kind);
    /**
     * It is over, called once: why, and the step that failed for the log and --json (borrowed, may
     * be ""). `retry_ms` says when another try makes sense, 0 where nothing is known.
     */
    void (*on_closed)(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms);
    /** Tries for a direct path began, or came to something. May be NULL. */
    void (*on_punch)(void *arg, const struct ds_peer_punch *punch);
    /** What came of asking this network's router to open a port; borrowed. May be NULL. */
    void (*on_mapping)(void *arg, const struct ds_portmap_news *news);
};

struct ds_peer_stats {
    uint64_t sent_bytes;
    uint64_t received_bytes;
    uint64_t resent_bytes;
    unsigned rtt_ms; /* smoothed, 0: not measured yet */
};

/**
 * Begin: the helpee waits for a helper, the helper knocks. `handler` and `arg` are borrowed.
 * Returns 0; DS_ERR_INVALID for a relay that cannot be one, or too many; DS_ERR_NOMEM, or another
 * error where TLS or the code's proof cannot be set up.
 */
int ds_peer_new(struct ds_peer **out, const struct ds_peer_config *config,
        const struct ds_peer_handler *handler, void *arg) DS_MUST_CHECK;

/** Wipe and free without a word to the other side; NULL is fine. Channels get their on_gone. */
void ds_peer_free(struct ds_peer *peer);

/**
 * Helpee: let the helper in at `level`, or what it asked for where that is less, after on_request;
 * later, change it. on_peer or on_level comes within the call, but on_peer waits for a direct path
 * where a side takes that or none. Does nothing before or at the end.
 */
void ds_peer_grant(struct ds_peer *peer, enum ds_level level);

/**
 * End it: DS_REASON_STOPPED, DS_REASON_DECLINED or what happened on this side. The other side is
 * told, also over a path that comes within 5 s; on_closed follows.
 */
void ds_peer_close(struct ds_peer *peer, enum ds_reason reason);

/** Open a channel, after on_peer. As ds_mux_open(); DS_ERR_STATE before. */
int ds_peer_open(struct ds_peer *peer, enum ds_channel_kind kind,
        const struct ds_channel_handler *handler, void *arg, struct ds_channel **out) DS_MUST_CHECK;

/**
 * Say whether the helpee opens the picture's channel (DS_CHANNEL_RFB) with its first grant, and how
 * it may come then: DS_PICTURE_NONE where not both sides can. From on_peer on.
 */
enum ds_picture ds_peer_picture(const struct ds_peer *peer);

/** Read the counters; zero before the link stands. */
void ds_peer_get_stats(const struct ds_peer *peer, struct ds_peer_stats *stats);

#endif
