/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_BENCH_LOAD_PAIRS_H
#define DS_TESTS_BENCH_LOAD_PAIRS_H

#include <openssl/ssl.h>

#include "net/base/addr.h"

/*
 * Pairs of TLS connections through what is measured: one byte stream from end to end each way. Both
 * ends are blocking sockets of this process, with the options and the one cipher suite of our
 * clients. Whatever fails ends the program with a line on stderr.
 */
struct load_pair {
    SSL *ends[2]; /* owned, with their sockets */
};

/** Return a context for ends that are clients; certificates are not checked. Owned. */
SSL_CTX *load_client_context(void);

/** Return a context for ends that serve with the certificate and key in a PEM file. Owned. */
SSL_CTX *load_server_context(const char *pem);

/** Connect both ends of a pair to our relay, and let them meet there. `number` tells pairs apart.
 */
struct load_pair load_meet(SSL_CTX *client, const struct ds_addr *relay, unsigned number);

/** Connect one end to a TCP proxy, which connects to the listening socket `sink_fd` of ours. */
struct load_pair load_through(
        SSL_CTX *client, SSL_CTX *server, const struct ds_addr *proxy, int sink_fd);

/** Read exactly `len` bytes. */
void load_read(SSL *ssl, void *out, size_t len);

/** Write `len` bytes: one TLS record, where they are at most 16 KiB. */
void load_write(SSL *ssl, const void *data, size_t len);

/** Close both ends. */
void load_pair_close(struct load_pair *pair);

#endif
