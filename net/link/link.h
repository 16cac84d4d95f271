/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_LINK_LINK_H
#define DS_NET_LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/base/limits.h"
#include "net/base/reason.h"
#include "net/path/path.h"

/*
 * One ordered reliable byte stream each way between the peers that outlives its paths
 * (net/PROTOCOL.md, 5). It takes proven paths, sends HELLO on each, and lives until CLOSE.
 */
struct ds_link;
struct event_base;

enum { DS_LINK_PULL_MIN = 64 };

/* Every callback but pull() may free the link. None comes from inside a call on the link. */
struct ds_link_handler {
    /** The next `len` bytes of the stream (borrowed). Each byte comes exactly once. */
    void (*on_data)(void *arg, const uint8_t *data, size_t len);
    /**
     * Write up to `cap` (at least DS_LINK_PULL_MIN) next bytes of the stream into `buf`; return the
     * count, 0 for none before ds_link_kick(). May close the link, must not free it.
     */
    size_t (*pull)(void *arg, uint8_t *buf, size_t cap);
    /**
     * What this side sends on changed: `path` (borrowed) is the active one, or NULL when none is
     * validated (the other side's HELLO was read). A path that is handed over from is told until
     * nothing fresh goes there. It comes with NULL, too, whenever the last path is lost: the owner
     * should bring a new one. Not when the other side closed and has its answer.
     */
    void (*on_path)(void *arg, struct ds_path *path);
    /**
     * A path died: why, and its last words ("path handshake: ...", borrowed). Comes before on_path.
     * `path` is freed after the call, not by the owner.
     */
    void (*on_path_lost)(void *arg, struct ds_path *path, int err, const char *text);
    /**
     * The link is over, called once, from the loop, when all its paths are freed: `by_peer` says
     * who closed; `reason` is enum ds_reason (a newer peer's may be unknown to it), or
     * DS_REASON_PROTOCOL with `text` naming what broke the protocol, else "". The owner frees the
     * link, in the call or later.
     */
    void (*on_closed)(void *arg, int reason, bool by_peer, const char *text);
};

struct ds_link_stats {
    uint64_t sent_bytes;      /* of the stream, each byte once */
    uint64_t received_bytes;  /* delivered */
    uint64_t resent_bytes;    /* sent again on a new path, or on a second one */
    uint64_t dropped_bytes;   /* came again and were dropped */
    uint64_t in_flight_bytes; /* sent and not acknowledged */
    uint64_t bandwidth_bps;   /* bytes per second, 0: not known yet */
    unsigned rtt_ms;          /* of the active path, smoothed; 0: not known yet */
    unsigned rtt_min_ms;
};

/* One path of the link, as it is now. */
struct ds_link_path_state {
    struct ds_path *path; /* borrowed, until on_path_lost or ds_link_drop_path() */
    bool is_validated;    /* the other side's HELLO was read */
    bool is_suspect;      /* an answer on it is overdue, or it is not trusted again yet */
    bool is_active;       /* this side sends on it */
    uint64_t rtt_min_us;  /* 0: not measured yet */
};

/** Make a link without paths. `handler` and `arg` are borrowed. Net thread, like all of these. */
int ds_link_new(struct ds_link **out, struct event_base *base, enum ds_role role,
        const struct ds_link_handler *handler, void *arg) DS_MUST_CHECK;

/** Free the link and its paths without a word to the other side; NULL is fine. */
void ds_link_free(struct ds_link *link);

/**
 * Take a proven path (owned from now on, also on failure). HELLO goes out at once. Where there is
 * no validated path, data follows right behind it; else when the other side's HELLO came and it is
 * the best. Returns 0, DS_ERR_NOMEM, DS_ERR_TOO_BIG over DS_LINK_PATHS_MAX, or DS_ERR_CLOSED where
 * the link needs no path any more.
 */
int ds_link_add_path(struct ds_link *link, struct ds_path *path) DS_MUST_CHECK;

/**
 * Close a path that is not needed, in the loop's next turn; on_path_lost does not come for it. The
 * other side sees it lost. Where it is the active one another is chosen in the same turn, and where
 * it is the last on_path comes with NULL. A path that the link does not have (any more) is ignored.
 */
void ds_link_drop_path(struct ds_link *link, const struct ds_path *path);

/**
 * Describe all paths in `states`, the oldest first; returns how many. A relay path is a standby as
 * long as it is listed, validated and not suspect.
 */
size_t ds_link_get_paths(
        const struct ds_link *link, struct ds_link_path_state states[static DS_LINK_PATHS_MAX]);

/**
 * From now on a direct path that answers is better than the relay's, however slow it is: for a
 * session that takes nothing else.
 */
void ds_link_prefer_direct(struct ds_link *link);

/**
 * Ask every path for an answer now: this machine's network changed, and one that is dead is to be
 * suspect about a second from now and not when it is needed.
 */
void ds_link_probe(struct ds_link *link);

/** Say that pull() has something to give. */
void ds_link_kick(struct ds_link *link);

/**
 * Close with `reason`: nothing more is pulled, what was pulled is delivered, CLOSE goes out on
 * every path there is or comes within DS_LINK_LINGER_MS. on_closed(by_peer false) follows when it
 * was acknowledged or that time is over; until then on_data goes on. A second call does nothing,
 * nor does one after the other side's CLOSE: on_closed(by_peer true) follows then.
 */
void ds_link_close(struct ds_link *link, enum ds_reason reason);

/** Return the path that on_path told last, borrowed, or NULL. */
struct ds_path *ds_link_active_path(const struct ds_link *link);

/** Read the counters. */
void ds_link_get_stats(const struct ds_link *link, struct ds_link_stats *stats);

#endif
