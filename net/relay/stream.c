/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/stream.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>

#include "net/base/limits.h"

/*
 * OpenSSL reads and writes through a BIO of ours, which takes as many records as there are off the
 * socket at once, and puts those that are written into the queue. OpenSSL's own socket BIO costs
 * two system calls for a record read, and one for a record written. Its read-ahead saves the
 * former, but moves all that it has read ahead to the front of its buffer before each record
 * (OpenSSL 3.0, ssl3_read_n()): most of the relay's time, where records are small.
 */
static ssize_t
receive(struct ds_relay_stream *stream, void *out, size_t cap)
{
    if (stream->is_eof || stream->recv_max == 0)
        return stream->is_eof ? 0 : -1;
    ssize_t n =
            recv(stream->fd, out, cap < stream->recv_max ? cap : stream->recv_max, MSG_DONTWAIT);
    stream->recv_max = 0;
    if (n > 0)
        stream->received += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        stream->is_eof = true;
    return n;
}

static void
give_back_input(struct ds_relay_stream *stream)
{
    if (stream->in != NULL)
        ds_relay_pool_give(stream->pool, stream->in);
    stream->in = NULL;
    stream->in_at = stream->in_end = 0;
}

/* Returns as receive() does. */
static ssize_t
fill_input(struct ds_relay_stream *stream)
{
    stream->in = ds_relay_pool_take(stream->pool);
    if (stream->in == NULL) {
        stream->is_eof = true;
        return -1;
    }
    ssize_t n = receive(stream, stream->in, DS_RELAY_BUFFER);
    if (n > 0)
        stream->in_end = (size_t)n;
    else
        give_back_input(stream);
    return n;
}

static int
bio_read(BIO *bio, char *out, int cap)
{
    struct ds_relay_stream *stream = BIO_get_data(bio);
    ssize_t filled = stream->in == NULL ? fill_input(stream) : 1;
    BIO_clear_retry_flags(bio);
    if (filled <= 0) {
        if (!stream->is_eof)
            BIO_set_retry_read(bio);
        return (int)filled;
    }
    size_t left = stream->in_end - stream->in_at, n = left < (size_t)cap ? left : (size_t)cap;
    memcpy(out, stream->in + stream->in_at, n);
    stream->in_at += n;
    if (n == left)
        give_back_input(stream);
    return (int)n;
}

static int
bio_write(BIO *bio, const char *data, int len)
{
    struct ds_relay_stream *stream = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    return ds_relay_queue_put(&stream->out, stream->pool, data, (size_t)len) == 0 ? len : -1;
}

static long
bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    return command == BIO_CTRL_FLUSH; /* what is written leaves by ds_relay_stream_flush() */
}

static BIO_METHOD *bio_method; /* made once, then never changed */

static void
make_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "relay stream");
    if (method == NULL)
        return;
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
    bio_method = method;
}

static int
init_tls(struct ds_relay_stream *stream, SSL_CTX *ctx)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_bio_method);
    BIO *bio = bio_method != NULL ? BIO_new(bio_method) : NULL;
    if (bio == NULL)
        return DS_ERR_NOMEM;
    BIO_set_data(bio, stream);
    BIO_set_init(bio, 1);
    stream->ssl = SSL_new(ctx);
    if (stream->ssl == NULL) {
        BIO_free(bio);
        return DS_ERR_NOMEM;
    }
    SSL_set_bio(stream->ssl, bio, bio);
    SSL_set_accept_state(stream->ssl);
    return 0;
}

int
ds_relay_stream_init(
        struct ds_relay_stream *stream, struct ds_relay_pool *pool, int fd, SSL_CTX *ctx)
{
    *stream = (struct ds_relay_stream){.fd = fd, .pool = pool};
    if (ctx == NULL || init_tls(stream, ctx) == 0)
        return 0;
    ds_relay_stream_finish(stream);
    return DS_ERR_NOMEM;
}

void
ds_relay_stream_finish(struct ds_relay_stream *stream)
{
    SSL_free(stream->ssl);
    stream->ssl = NULL;
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    give_back_input(stream);
    ds_relay_queue_clear(&stream->out, stream->pool);
}

void
ds_relay_stream_begin(struct ds_relay_stream *stream, size_t max)
{
    stream->recv_max = max;
}

/* What SSL_read() or SSL_write() returning `n` comes to. */
static int
tls_result(struct ds_relay_stream *stream, int n)
{
    switch (SSL_get_error(stream->ssl, n)) {
    case SSL_ERROR_WANT_READ:
        return DS_ERR_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        stream->is_eof = true;
        return DS_ERR_CLOSED;
    default:
        stream->is_broken = true;
        return stream->is_eof ? DS_ERR_CLOSED : DS_ERR_TLS;
    }
}

int
ds_relay_stream_read(struct ds_relay_stream *stream, uint8_t *out, size_t cap)
{
    if (stream->ssl == NULL) {
        ssize_t n = receive(stream, out, cap);
        return n > 0 ? (int)n : stream->is_eof ? DS_ERR_CLOSED : DS_ERR_AGAIN;
    }
    ERR_clear_error();
    int n = SSL_read(stream->ssl, out, cap < INT_MAX ? (int)cap : INT_MAX);
    if (n > 0)
        return n;
    int err = tls_result(stream, n);
    /* A client that does not finish its handshake in a few packets holds memory for nothing. */
    if (err == DS_ERR_AGAIN && !SSL_is_init_finished(stream->ssl) &&
            stream->received > DS_RELAY_HANDSHAKE_MAX) {
        stream->is_broken = true;
        return DS_ERR_TLS;
    }
    return err;
}

int
ds_relay_stream_write(struct ds_relay_stream *stream, const uint8_t *data, size_t len)
{
    if (stream->is_broken)
        return DS_ERR_TLS;
    if (stream->ssl == NULL)
        return ds_relay_queue_put(&stream->out, stream->pool, data, len);
    ERR_clear_error();
    if (len == 0 || SSL_write(stream->ssl, data, (int)len) == (int)len)
        return 0;
    stream->is_broken = true;
    return DS_ERR_TLS;
}

size_t
ds_relay_stream_room(const struct ds_relay_stream *stream)
{
    return ds_relay_queue_room(&stream->out);
}

bool
ds_relay_stream_is_flushed(const struct ds_relay_stream *stream)
{
    return stream->out.used == 0;
}

int
ds_relay_stream_flush(struct ds_relay_stream *stream)
{
    return ds_relay_queue_send(&stream->out, stream->pool, stream->fd);
}

void
ds_relay_stream_close_notify(struct ds_relay_stream *stream)
{
    if (stream->ssl == NULL || stream->is_broken || !SSL_is_init_finished(stream->ssl))
        return;
    ERR_clear_error();
    (void)SSL_shutdown(stream->ssl);
    stream->is_broken = true;
}

int
ds_relay_stream_discard(struct ds_relay_stream *stream)
{
    char unused[4096];
    for (int i = 0; i < 16; i++) {
        ds_relay_stream_begin(stream, sizeof unused);
        if (receive(stream, unused, sizeof unused) <= 0)
            break;
    }
    return stream->is_eof ? DS_ERR_CLOSED : 0;
}
