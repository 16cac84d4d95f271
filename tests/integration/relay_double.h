/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_RELAY_DOUBLE_H
#define DS_TESTS_INTEGRATION_RELAY_DOUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <glib.h>
#include <openssl/ssl.h>

#include "net/crypto/tls.h"

/*
 * A relay's end of one leg, which says what a test wants, broken or not, and counts what it hears.
 * With a partner it forwards PIPE, as a relay does.
 */
struct relay_double {
    int fd; /* -1 once closed */
    struct ds_tls *tls;
    struct event *event;
    struct relay_double *partner;
    bool is_welcoming; /* answers HELLO by WELCOME */
    size_t budget;     /* bytes that may still be sent, then it closes; SIZE_MAX */
    size_t sent;       /* bytes */
    unsigned reads;    /* recv() calls that brought bytes */
    int largest_read;  /* bytes of plaintext in one TLS record */
    bool is_eof;       /* the leg is gone, also by RST */
    bool is_reset;
    int tls_err;         /* of the handshake */
    GByteArray *in;      /* plaintext that is no whole record yet */
    GArray *heard;       /* struct heard */
    unsigned count[256]; /* heard, by type */
};

struct heard {
    uint8_t type;
    GBytes *payload;
};

/** Make a connection over loopback TCP; `*fd` is the leg's end, non-blocking, the caller's. */
struct relay_double *relay_double_new(struct event_base *base, SSL_CTX *ctx, int *fd);

/** Close and free it. */
void relay_double_free(struct relay_double *relay);

/** Send one record. */
void relay_double_say(struct relay_double *relay, uint8_t type, const void *payload, size_t len);

/** Send plaintext that need not be records, as one TLS record. */
void relay_double_say_raw(struct relay_double *relay, const void *data, size_t len);

/** Send WELCOME with `version` (none where it is 0). */
void relay_double_welcome(struct relay_double *relay, uint16_t version);

/** Send bytes below TLS. */
void relay_double_send(struct relay_double *relay, const void *data, size_t len);

/** Close, with RST where `is_reset`. */
void relay_double_close(struct relay_double *relay, bool is_reset);

/** Return the last record of `type` that was heard, NULL for none. Borrowed. */
GBytes *relay_double_last(const struct relay_double *relay, uint8_t type);

/** Make a server's context that speaks deskside/1 (or nothing), with a certificate for localhost.
 */
SSL_CTX *relay_double_ctx(bool has_alpn);

#endif
