/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/evbuffer_bio.h"

#include <pthread.h>
#include <stdlib.h>

#include <event2/buffer.h>

struct buffers {
    struct evbuffer *in;
    struct evbuffer *out;
};

static int
on_read(BIO *bio, char *data, size_t cap, size_t *n)
{
    struct buffers *b = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    int got = evbuffer_remove(b->in, data, cap);
    if (got <= 0) {
        BIO_set_retry_read(bio);
        *n = 0;
        return 0;
    }
    *n = (size_t)got;
    return 1;
}

static int
on_write(BIO *bio, const char *data, size_t len, size_t *n)
{
    struct buffers *b = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    *n = 0;
    if (evbuffer_add(b->out, data, len) != 0)
        return 0;
    *n = len;
    return 1;
}

static long
on_ctrl(BIO *bio, int command, long number, void *pointer)
{
    return command == BIO_CTRL_FLUSH;
}

static int
on_destroy(BIO *bio)
{
    free(BIO_get_data(bio));
    return 1;
}

static BIO_METHOD *method;

/* Made once for the process and kept: OpenSSL wants a method to outlive its BIOs. */
static void
make_method(void)
{
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "evbuffer");
    if (made != NULL && BIO_meth_set_read_ex(made, on_read) &&
            BIO_meth_set_write_ex(made, on_write) && BIO_meth_set_ctrl(made, on_ctrl) &&
            BIO_meth_set_destroy(made, on_destroy))
        method = made;
    else
        BIO_meth_free(made);
}

BIO *
ds_evbuffer_bio_new(struct evbuffer *in, struct evbuffer *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_method);
    struct buffers *b = malloc(sizeof *b);
    BIO *bio = method != NULL && b != NULL ? BIO_new(method) : NULL;
    if (bio == NULL) {
        free(b);
        return NULL;
    }
    *b = (struct buffers){in, out};
    BIO_set_data(bio, b);
    BIO_set_init(bio, 1);
    return bio;
}
