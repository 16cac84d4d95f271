/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_HOSTILE_RELAY_H
#define DS_TESTS_INTEGRATION_HOSTILE_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/reason.h"
#include "net/wire/record.h"

/*
 * A relay that is honest until told otherwise: it serves real peers over TCP and TLS on loopback,
 * and shows a test everything that it forwards, to be altered, dropped or answered in its place.
 * One helper at a time knocks on a nameplate. It has none of a real relay's caps and time-outs.
 */
struct hostile_relay;
struct hostile_conn;

enum hostile_what {
    HOSTILE_A1,
    HOSTILE_B1,
    HOSTILE_A2,
    HOSTILE_B2,
    HOSTILE_PAIRED, /* both were told that they are paired; no bytes */
    HOSTILE_PIPE,
    HOSTILE_MEET, /* bytes: the id; `session` may be exchanged for another */
    HOSTILE_NOTE, /* bytes: its fields; it goes no further */
    /* What the helpee says to a knock of the relay's own (hostile_relay_knock()). */
    HOSTILE_OWN_SAY,
    HOSTILE_OWN_ACCEPT,
    HOSTILE_OWN_REJECT, /* bytes: the reason */
};

enum { HOSTILE_OWN_KNOCK = 1000000 };

struct hostile_session;

struct hostile_message {
    struct hostile_session *session;
    enum hostile_what what;
    enum ds_role to;   /* whom it is for; MEET, NOTE: who sent it */
    unsigned path;     /* 1: met by the code; 2 and on: met again */
    unsigned index;    /* PIPE: its number on this path in this direction, from 0 */
    uint32_t knock;    /* OWN: the number of the knock */
    GByteArray *bytes; /* SAY bytes, PIPE bytes or the id, to be changed at will */
    unsigned copies;   /* how often it goes on: 1 */
};

/* Two who share a nameplate, over all their connections. */
struct hostile_session {
    struct hostile_relay *relay;
    char nameplate[16];
    uint8_t token[DS_TOKEN_BYTES];
    uint8_t meeting[DS_MEETING_BYTES];
    bool has_meeting;
    uint8_t cookie[3][DS_COOKIE_BYTES]; /* by role, of the newest pair */
    uint32_t knock;                     /* id of the newest */
    unsigned says;                      /* of the helpee to it */
    unsigned path;                      /* of the newest pair */
    struct hostile_conn *side[3];       /* by role: who waits, knocks or is paired */
    struct hostile_conn *come[3];       /* by role: who came to meet again */
    void (*on_message)(struct hostile_session *session, struct hostile_message *message);
    void *arg;
    gpointer malice;            /* what an attack keeps; freed with the session */
    GDestroyNotify malice_free; /* NULL: g_free() */
};

/** Listen on loopback. */
struct hostile_relay *hostile_relay_new(struct event_base *base);

/** Listen at another address, in network order: in a network of the test's own alone. */
struct hostile_relay *hostile_relay_new_at(struct event_base *base, in_addr_t at);

/** Close all and free. */
void hostile_relay_free(struct hostile_relay *relay);

/** Return the port. */
uint16_t hostile_relay_port(const struct hostile_relay *relay);

/** Return the session of a nameplate, borrowed. */
struct hostile_session *hostile_relay_find(struct hostile_relay *relay, const char *nameplate);

/** Send any record to a side, if it is there. */
void hostile_relay_tell(struct hostile_session *session, enum ds_role to, uint8_t type,
        const void *payload, size_t len);

/** Send plaintext that need not be records. */
void hostile_relay_tell_raw(
        struct hostile_session *session, enum ds_role to, const void *data, size_t len);

/** Send SAY(id, bytes) to a side; `id` is the helpee's number of the helper, else 0. */
void hostile_relay_tell_say(struct hostile_session *session, enum ds_role to, uint32_t id,
        const void *bytes, size_t len);

/** Knock in the relay's own name; `id` is at least HOSTILE_OWN_KNOCK. */
void hostile_relay_knock(
        struct hostile_session *session, uint32_t id, const void *bytes, size_t len);

/** Say that a knock of its own is gone. */
void hostile_relay_gone(struct hostile_session *session, uint32_t id);

/** Refuse a side with a reason (any number), and close. */
void hostile_relay_refuse(struct hostile_session *session, enum ds_role to, uint8_t reason);

/** Close one side's connection, and so its partner's. */
void hostile_relay_cut(struct hostile_session *session, enum ds_role side);

#endif
