/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_STREAM_H
#define DS_NET_RELAY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "net/base/err.h"
#include "net/relay/queue.h"

/*
 * One client's byte stream: TLS, as the server, on a non-blocking socket. What is written waits,
 * enciphered, in a queue until it is flushed, so that many records leave in one system call; what
 * is read comes from at most one recv() for each ds_relay_stream_begin(), and what nobody wants yet
 * of that waits, enciphered too. No events, no globals: whoever has the stream watches its socket,
 * in whatever loop. One thread at a time.
 */
struct ds_relay_stream {
    int fd;                     /* owned */
    SSL *ssl;                   /* owned; NULL: without TLS, for tests of what lies above */
    struct ds_relay_pool *pool; /* borrowed: that of the loop which the stream is in */
    uint8_t *in;                /* owned: a block with bytes off the socket, or NULL */
    size_t in_at, in_end;       /* those of `in` that TLS has not read yet */
    struct ds_relay_queue out;
    size_t received; /* bytes off the socket, in all */
    size_t recv_max; /* bytes that the next recv() may take; 0: none is due */
    bool is_eof;     /* the socket has no more for us */
    bool is_broken;  /* TLS failed: nothing more may be written */
};

/**
 * Begin on `fd` (taken, also on failure) with `ctx` (ds_relay_tls_new(); a reference is kept), or
 * without TLS where it is NULL. `stream` must not move in memory. Returns 0 or DS_ERR_NOMEM.
 */
int ds_relay_stream_init(struct ds_relay_stream *stream, struct ds_relay_pool *pool, int fd,
        SSL_CTX *ctx) DS_MUST_CHECK;

/** Close the socket and free what the stream holds. A second call does nothing. */
void ds_relay_stream_finish(struct ds_relay_stream *stream);

/** Allow one recv() of at most `max` bytes, and DS_RELAY_BUFFER: the socket is readable. */
void ds_relay_stream_begin(struct ds_relay_stream *stream, size_t max);

/**
 * Read at most `cap` bytes into `out`; answers the handshake on the way. Returns their count, at
 * least 1; DS_ERR_AGAIN when no more came; DS_ERR_CLOSED at the end or when the socket broke;
 * DS_ERR_TLS when the client does not speak our TLS.
 */
int ds_relay_stream_read(struct ds_relay_stream *stream, uint8_t *out, size_t cap) DS_MUST_CHECK;

/**
 * Put bytes into the queue; each 16 KiB of them are a TLS record. The caller has looked that there
 * is room. Returns 0, DS_ERR_TLS or, when there is no room, DS_ERR_TOO_BIG: then the stream is
 * broken.
 */
int ds_relay_stream_write(
        struct ds_relay_stream *stream, const uint8_t *data, size_t len) DS_MUST_CHECK;

/** Return how many bytes fit into the queue, TLS' own included. */
size_t ds_relay_stream_room(const struct ds_relay_stream *stream);

/** Say whether all that was written has left for the kernel. */
bool ds_relay_stream_is_flushed(const struct ds_relay_stream *stream);

/** Send what the socket takes, as ds_relay_queue_send() does, with the same results. */
int ds_relay_stream_flush(struct ds_relay_stream *stream) DS_MUST_CHECK;

/** Append TLS' close_notify. Nothing may be written after it. */
void ds_relay_stream_close_notify(struct ds_relay_stream *stream);

/** Take what the client sends off the socket and throw it away, at most 64 KiB. Returns 0, or
 * DS_ERR_CLOSED when no more will come. */
int ds_relay_stream_discard(struct ds_relay_stream *stream);

#endif
