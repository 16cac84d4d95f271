/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The load for a relay or a TCP proxy: pairs of TLS connections, half of which carry bytes one way
 * and half the other way, in PIPE records of one size, which are hashed at both ends.
 *
 *     bench-load relay ADDR:PORT PAIRS BYTES RECORD
 *     bench-load proxy ADDR:PORT PAIRS BYTES RECORD PEM SINK_FD
 *
 * BYTES are those of all pairs; RECORD is the size of one TLS record's plaintext. Through a proxy,
 * the ends that it dials are accepted from the listening socket SINK_FD with PEM's certificate.
 *
 * Prints READY when all pairs stand, begins at SIGUSR1, prints `DONE BYTES SECONDS` when all bytes
 * have come and their hashes are right, and stays until it is ended: so others can read what it and
 * what it loads have used by then.
 */
#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/wire/record.h"
#include "tests/bench/load_pairs.h"

enum { PAIRS_MAX = 32, RECORD_MAX = DS_RECORD_HEADER + DS_PIPE_MAX, DIGEST_BYTES = 32 };

/* One end at its work: as many records as `left` says go out, or come in. */
struct worker {
    pthread_t thread;
    SSL *ssl; /* borrowed */
    uint32_t seed;
    size_t record_bytes;
    uint64_t left;
    uint8_t digest[DIGEST_BYTES];
};

struct load {
    struct load_pair pairs[PAIRS_MAX];
    struct worker senders[PAIRS_MAX], receivers[PAIRS_MAX];
    unsigned pair_count;
    size_t record_bytes;
    uint64_t records_per_pair;
};

static EVP_MD_CTX *
begin_hash(void)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    if (hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1)
        errx(EXIT_FAILURE, "SHA-256");
    return hash;
}

static void
end_hash(EVP_MD_CTX *hash, uint8_t digest[static DIGEST_BYTES])
{
    if (EVP_DigestFinal_ex(hash, digest, NULL) != 1)
        errx(EXIT_FAILURE, "SHA-256");
    EVP_MD_CTX_free(hash);
}

static void
update_hash(EVP_MD_CTX *hash, const void *data, size_t len)
{
    if (EVP_DigestUpdate(hash, data, len) != 1)
        errx(EXIT_FAILURE, "SHA-256");
}

/* A record that differs from every other of its pair. */
static void *
send_all(void *arg)
{
    struct worker *worker = arg;
    uint8_t record[RECORD_MAX];
    EVP_MD_CTX *hash = begin_hash();
    for (size_t i = 0; i < worker->record_bytes; i++)
        record[i] = (uint8_t)((i + worker->seed) * 2654435761u >> 24);
    ds_record_header(record, DS_RECORD_PIPE, worker->record_bytes - DS_RECORD_HEADER);
    for (; worker->left > 0; worker->left--) {
        memcpy(record + DS_RECORD_HEADER, &worker->left, sizeof worker->left);
        update_hash(hash, record, worker->record_bytes);
        load_write(worker->ssl, record, worker->record_bytes);
    }
    end_hash(hash, worker->digest);
    return NULL;
}

static void *
receive_all(void *arg)
{
    struct worker *worker = arg;
    uint8_t record[RECORD_MAX];
    EVP_MD_CTX *hash = begin_hash();
    for (; worker->left > 0; worker->left--) {
        load_read(worker->ssl, record, worker->record_bytes);
        update_hash(hash, record, worker->record_bytes);
    }
    end_hash(hash, worker->digest);
    return NULL;
}

static void
begin_worker(const struct load *load, struct worker *worker, unsigned pair, SSL *ssl,
        void *(*work)(void *))
{
    *worker = (struct worker){.ssl = ssl,
            .seed = pair,
            .record_bytes = load->record_bytes,
            .left = load->records_per_pair};
    if (pthread_create(&worker->thread, NULL, work, worker) != 0)
        errx(EXIT_FAILURE, "no thread");
}

static void
carry(struct load *load)
{
    for (unsigned i = 0; i < load->pair_count; i++) {
        SSL **ends = load->pairs[i].ends;
        begin_worker(load, &load->receivers[i], i, ends[i % 2 == 0], receive_all);
        begin_worker(load, &load->senders[i], i, ends[i % 2], send_all);
    }
    for (unsigned i = 0; i < load->pair_count; i++) {
        pthread_join(load->senders[i].thread, NULL);
        pthread_join(load->receivers[i].thread, NULL);
        if (memcmp(load->senders[i].digest, load->receivers[i].digest, DIGEST_BYTES) != 0)
            errx(EXIT_FAILURE, "pair %u: other bytes came than were sent", i);
    }
}

static void
connect_pairs(struct load *load, char **argv, int argc)
{
    struct ds_addr addr;
    SSL_CTX *client = load_client_context(), *server = NULL;
    if (argc == 8)
        server = load_server_context(argv[6]);
    if (ds_addr_parse(&addr, argv[2], 0) != 0)
        errx(EXIT_FAILURE, "%s: no address", argv[2]);
    for (unsigned i = 0; i < load->pair_count; i++)
        load->pairs[i] = server == NULL ? load_meet(client, &addr, i)
                                        : load_through(client, server, &addr, atoi(argv[7]));
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

static bool
read_sizes(struct load *load, char **argv)
{
    unsigned long long pairs = strtoull(argv[3], NULL, 10), bytes = strtoull(argv[4], NULL, 10),
                       record = strtoull(argv[5], NULL, 10);
    if (pairs < 1 || pairs > PAIRS_MAX || record < DS_RECORD_HEADER + sizeof(uint64_t) ||
            record > RECORD_MAX)
        return false;
    load->pair_count = (unsigned)pairs;
    load->record_bytes = (size_t)record;
    load->records_per_pair = bytes / pairs / record;
    return load->records_per_pair > 0;
}

/* The main thread waits for it; no other may be ended by it. */
static sigset_t
block_start_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return set;
}

int
main(int argc, char **argv)
{
    static struct load load;
    bool is_relay = argc == 6 && strcmp(argv[1], "relay") == 0;
    bool is_proxy = argc == 8 && strcmp(argv[1], "proxy") == 0;
    int number;

    if ((!is_relay && !is_proxy) || !read_sizes(&load, argv))
        errx(2, "usage: bench-load relay|proxy ADDR:PORT PAIRS BYTES RECORD [PEM SINK_FD]");
    sigset_t start = block_start_signal();
    signal(SIGPIPE, SIG_IGN);
    connect_pairs(&load, argv, argc);
    printf("READY\n");
    fflush(stdout);
    sigwait(&start, &number);
    uint64_t began_us = ds_clock_us();
    carry(&load);
    printf("DONE %llu %.3f\n",
            (unsigned long long)(load.records_per_pair * load.record_bytes * load.pair_count),
            (double)(ds_clock_us() - began_us) / 1e6);
    fflush(stdout);
    sigwait(&start, &number);
    for (unsigned i = 0; i < load.pair_count; i++)
        load_pair_close(&load.pairs[i]);
    return EXIT_SUCCESS;
}
