/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_PAIRING_H
#define DS_TESTS_INTEGRATION_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <glib.h>

#include "net/peer/peer.h"

/*
 * A helpee and a helper of the product, in one loop, from the code to the end: both carry bytes
 * that are checked one by one, then the helper stops.
 */
struct pairing;

/* Where a side stands, to stop there. */
enum pairing_moment {
    PAIRING_NEVER,
    PAIRING_CODE,
    PAIRING_GUESS,
    PAIRING_OFFLINE,
    PAIRING_REQUEST,
    PAIRING_PEER,
    PAIRING_LEVEL,
    PAIRING_PATH,
    PAIRING_OPEN,
    PAIRING_DATA,
    PAIRING_EOF,
    PAIRING_MOMENTS,
};

struct pairing_side {
    struct pairing *pairing;
    enum ds_role role;
    struct ds_peer *peer; /* NULL once freed, in on_closed */
    struct ds_channel *channel;
    GChecksum *sum; /* of what came */
    gsize written;  /* bytes */
    gsize received;
    bool is_eof;                        /* the other side's */
    unsigned moments[PAIRING_MOMENTS];  /* how often each came */
    unsigned asked_again;               /* of the requests */
    enum ds_level level;                /* the last one told */
    struct ds_peer_path path;           /* likewise */
    unsigned kinds[DS_PATH_MAPPED + 1]; /* how often a path of each kind was told */
    unsigned generations, directs;      /* tries that began, and that brought a direct path */
    bool is_closed;
    enum ds_reason reason;
    char step[256];
    uint32_t retry_ms;
    enum pairing_moment close_at; /* ds_peer_close() in that callback */
};

struct pairing {
    struct event_base *base;
    const char *relay;                 /* where it is; NULL: on 127.0.0.1 */
    uint16_t port;                     /* of the relay */
    unsigned number;                   /* of its streams' patterns */
    gsize bytes;                       /* that each side sends */
    bool stays;                        /* the helper does not stop when all came */
    bool is_silent;                    /* the helpee answers no question */
    const enum ds_direct *direct;      /* what the helpee and the helper want; NULL: never */
    const struct ds_peer_times *times; /* NULL: the default */
    unsigned helpers;                  /* how many try, one after the other */
    struct ds_code code;
    struct pairing_side helpee;
    struct pairing_side helper;
    /* Called for each moment and end of a side, from its callback; may be NULL. */
    void (*on_news)(struct pairing *pairing, struct pairing_side *side);
    void *arg;
};

/** Make the helpee; the helper comes when there is a code. All fields above are set before. */
void pairing_start(struct pairing *pairing);

/** Make a helper with this code (again). */
void pairing_start_helper(struct pairing *pairing, const struct ds_code *code);

/** Say whether all bytes of both sides came. */
bool pairing_has_all(const struct pairing *pairing);

/** Say whether both are closed. */
bool pairing_is_over(const struct pairing *pairing);

/** Free what is left, without a word. */
void pairing_finish(struct pairing *pairing);

#endif
