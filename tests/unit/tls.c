/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/tls.h"

#include <string.h>

#include "tests/lib/seed.h"
#include "tests/unit/tls_pair.h"

struct pair {
    struct ds_tls *client, *server;
};

static void
pair_init(struct pair *p)
{
    SSL_CTX *server = new_self_signed_ctx("h.example");
    SSL_CTX *client = SSL_CTX_new(TLS_client_method()); /* verifies nothing */
    SSL_CTX_set_num_tickets(server, 0);
    g_assert_cmpint(ds_tls_new(&p->client, client, false), ==, 0);
    g_assert_cmpint(ds_tls_new(&p->server, server, true), ==, 0);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

static void
pair_shake(struct pair *p)
{
    int of_client, of_server;
    pair_init(p);
    shake(p->client, p->server, &of_client, &of_server);
    g_assert_cmpint(of_client, ==, 1);
    g_assert_cmpint(of_server, ==, 1);
}

static void
pair_finish(struct pair *p)
{
    ds_tls_free(p->client);
    ds_tls_free(p->server);
}

static void
test_before_the_handshake(void)
{
    struct pair p;
    char buf[8] = "early";
    pair_init(&p);
    g_assert_cmpint(ds_tls_write(p.client, buf, 5), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_tls_read(p.server, buf, sizeof buf), ==, DS_ERR_STATE);
    ds_tls_close(p.client); /* nothing to close yet */
    g_assert_cmpuint(ds_tls_out(p.client), ==, 0);
    g_assert_cmpint(ds_tls_handshake(p.server), ==, 0); /* waits */
    pair_finish(&p);
    ds_tls_free(NULL);
}

/* One call, one record: 22 bytes beside the plaintext. */
static void
test_records(void)
{
    static const gsize sizes[] = {1, 2, 1000, 16383, DS_TLS_WRITE_MAX};
    static guint8 data[DS_TLS_WRITE_MAX + 1], back[sizeof data];
    struct pair p;
    pair_shake(&p);
    memset(data, 0x5a, sizeof data);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_assert_cmpint(ds_tls_write(p.client, data, sizes[i]), ==, 0);
        g_assert_cmpuint(ds_tls_out(p.client), ==, sizes[i] + 22);
        move_all(p.client, p.server);
        g_assert_cmpint(ds_tls_read(p.server, back, sizeof back), ==, (int)sizes[i]);
        g_assert_cmpmem(data, sizes[i], back, sizes[i]);
        g_assert_cmpint(ds_tls_read(p.server, back, sizeof back), ==, 0);
    }
    g_assert_cmpint(ds_tls_write(p.client, data, 0), ==, 0);
    g_assert_cmpint(ds_tls_write(p.client, data, sizeof data), ==, DS_ERR_TOO_BIG);
    g_assert_cmpuint(ds_tls_out(p.client), ==, 0);
    g_assert_cmpint(ds_tls_write(p.client, data, 1), ==, 0); /* not the end of it */
    pair_finish(&p);
}

/* Random writes, cut into random pieces on the way, read in random pieces. */
static void
test_any_pieces(void)
{
    enum { TOTAL = 200000 };
    struct pair p;
    g_autofree guint8 *data = g_malloc(TOTAL), *back = g_malloc(TOTAL);
    g_autoptr(GRand) rand = test_seed();
    struct evbuffer *wire = evbuffer_new();
    gsize sent = 0, received = 0;
    pair_shake(&p);
    for (gsize i = 0; i < TOTAL; i++)
        data[i] = (guint8)g_rand_int(rand);
    while (received < TOTAL) {
        guint8 piece[6000];
        gsize n = (gsize)g_rand_int_range(rand, 1, 5000);
        gsize cut = (gsize)g_rand_int_range(rand, 1, sizeof piece);
        n = MIN(n, TOTAL - sent);
        g_assert_cmpint(ds_tls_write(p.server, data + sent, n), ==, 0);
        sent += n;
        g_assert_cmpint(ds_tls_take(p.server, wire), ==, 0);
        int got = evbuffer_remove(wire, piece, cut);
        if (got > 0)
            g_assert_cmpint(ds_tls_put(p.client, piece, (gsize)got), ==, 0);
        do {
            cut = (gsize)g_rand_int_range(rand, 1, 3000);
            got = ds_tls_read(p.client, back + received, MIN(cut, TOTAL - received));
            g_assert_cmpint(got, >=, 0);
            received += (gsize)got;
        } while (got > 0 && received < TOTAL);
    }
    g_assert_cmpmem(data, TOTAL, back, TOTAL);
    evbuffer_free(wire);
    pair_finish(&p);
}

static void
test_byte_by_byte(void)
{
    struct pair p;
    pair_init(&p);
    struct evbuffer *wire = evbuffer_new();
    struct ds_tls *ends[2] = {p.client, p.server};
    g_assert_cmpint(ds_tls_handshake(p.client), ==, 0);
    for (guint turn = 0; turn < 4; turn++) {
        guint8 byte;
        g_assert_cmpint(ds_tls_take(ends[turn % 2], wire), ==, 0);
        while (evbuffer_remove(wire, &byte, 1) == 1) {
            g_assert_cmpint(ds_tls_put(ends[(turn + 1) % 2], &byte, 1), ==, 0);
            g_assert_cmpint(ds_tls_handshake(ends[(turn + 1) % 2]), >=, 0);
        }
    }
    g_assert_cmpint(ds_tls_handshake(p.client), ==, 1);
    g_assert_cmpint(ds_tls_handshake(p.server), ==, 1);
    evbuffer_free(wire);
    pair_finish(&p);
}

static void
test_close(void)
{
    struct pair p;
    char buf[8];
    pair_shake(&p);
    g_assert_cmpint(ds_tls_write(p.client, "last", 4), ==, 0);
    ds_tls_close(p.client);
    move_all(p.client, p.server);
    g_assert_cmpint(ds_tls_read(p.server, buf, sizeof buf), ==, 4);
    g_assert_cmpint(ds_tls_read(p.server, buf, sizeof buf), ==, DS_ERR_CLOSED);
    g_assert_cmpint(ds_tls_read(p.server, buf, sizeof buf), ==, DS_ERR_CLOSED);
    g_assert_cmpint(ds_tls_write(p.server, "still", 5), ==, 0); /* half of it is open */
    ds_tls_close(p.server);
    move_all(p.server, p.client);
    g_assert_cmpint(ds_tls_read(p.client, buf, sizeof buf), ==, 5);
    g_assert_cmpint(ds_tls_read(p.client, buf, sizeof buf), ==, DS_ERR_CLOSED);
    pair_finish(&p);
}

static void
assert_broken(struct ds_tls *tls)
{
    char buf[64];
    g_assert_cmpint(ds_tls_read(tls, buf, sizeof buf), ==, DS_ERR_TLS);
    g_assert_cmpint(ds_tls_read(tls, buf, sizeof buf), ==, DS_ERR_TLS); /* stays */
    g_assert_cmpint(ds_tls_write(tls, buf, 1), ==, DS_ERR_TLS);
    g_assert_cmpint(ds_tls_handshake(tls), ==, DS_ERR_TLS);
    g_assert_cmpstr(ds_tls_error_text(tls), !=, "");
    g_assert_cmpuint(ERR_peek_error(), ==, 0);
}

static void
test_altered_record(void)
{
    guint8 record[27];
    for (gsize at = 0; at <= sizeof record; at++) {
        struct pair p;
        char buf[8];
        struct evbuffer *wire = evbuffer_new();
        pair_shake(&p);
        g_assert_cmpint(ds_tls_write(p.client, "hello", 5), ==, 0);
        g_assert_cmpint(ds_tls_take(p.client, wire), ==, 0);
        g_assert_cmpint(evbuffer_remove(wire, record, sizeof record), ==, sizeof record);
        evbuffer_free(wire);
        if (at < sizeof record)
            record[at] ^= at == 3 ? 0x80 : 1;
        g_assert_cmpint(ds_tls_put(p.server, record, sizeof record), ==, 0);
        if (at == sizeof record)
            g_assert_cmpint(ds_tls_read(p.server, buf, sizeof buf), ==, 5); /* the good twin */
        else if (at == 4)
            g_assert_cmpint(ds_tls_read(p.server, buf, sizeof buf), <=, 0); /* longer: waits */
        else
            assert_broken(p.server);
        pair_finish(&p);
    }
}

static void
test_garbage(void)
{
    static const char *const starts[] = {
            "GET / HTTP/1.1\r\n\r\n",
            "\x16\x03\x01\x00\x04\x01\x00\x00\x00",
            "\x15\x03\x03\x00\x02\x02\x28", /* an alert */
            "SSH-2.0-x\r\n",
    };
    static const gsize sizes[] = {18, 9, 7, 11};
    for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
        struct pair p;
        pair_init(&p);
        g_assert_cmpint(ds_tls_put(p.server, starts[i], sizes[i]), ==, 0);
        g_assert_cmpint(ds_tls_handshake(p.server), ==, DS_ERR_TLS);
        g_test_message("%s", ds_tls_error_text(p.server));
        assert_broken(p.server);
        pair_finish(&p);
    }
}

static int
refuse(struct ds_tls *tls, void *arg)
{
    (*(guint *)arg)++;
    return DS_ERR_INVALID;
}

/* A handshake that its owner's check refuses is no handshake. */
static void
test_check(void)
{
    for (guint is_proof = 0; is_proof < 2; is_proof++) {
        struct pair p;
        guint asked = 0;
        int of_client, of_server;
        int expected = is_proof ? DS_ERR_AUTH : DS_ERR_INVALID;
        pair_init(&p);
        ds_tls_set_check(p.client, refuse, &asked);
        if (is_proof)
            ds_tls_set_proof(p.client);
        shake(p.client, p.server, &of_client, &of_server);
        g_assert_cmpint(of_client, ==, expected);
        g_assert_cmpuint(asked, ==, 1);
        g_assert_cmpint(ds_tls_write(p.client, "x", 1), ==, expected);
        g_assert_cmpint(of_server, ==, is_proof ? 0 : 1); /* the Finished was thrown away */
        pair_finish(&p);
    }
}

static void
test_first_error_stays(void)
{
    struct pair p;
    pair_shake(&p);
    g_assert_cmpint(ds_tls_fail(p.client, DS_ERR_PIN, "first"), ==, DS_ERR_PIN);
    g_assert_cmpint(ds_tls_fail(p.client, DS_ERR_TLS, "second"), ==, DS_ERR_PIN);
    g_assert_cmpstr(ds_tls_error_text(p.client), ==, "first");
    g_assert_cmpint(ds_tls_handshake(p.client), ==, DS_ERR_PIN);
    pair_finish(&p);
}

/* What somebody else left in the queue is not taken for our error. */
static void
test_error_queue(void)
{
    struct pair p;
    char buf[8], text[DS_TLS_ERROR_TEXT_MAX];
    pair_shake(&p);
    ERR_raise_data(ERR_LIB_USER, ERR_R_INTERNAL_ERROR, "left over");
    g_assert_cmpint(ds_tls_read(p.client, buf, sizeof buf), ==, 0);
    ERR_raise_data(ERR_LIB_USER, ERR_R_INTERNAL_ERROR, "left over");
    ds_openssl_error(text, sizeof text);
    g_assert_nonnull(strstr(text, "left over"));
    g_assert_cmpuint(ERR_peek_error(), ==, 0);
    ds_openssl_error(text, sizeof text);
    g_assert_cmpstr(text, ==, "");
    pair_finish(&p);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/before-the-handshake", test_before_the_handshake);
    g_test_add_func("/tls/records", test_records);
    g_test_add_func("/tls/any-pieces", test_any_pieces);
    g_test_add_func("/tls/byte-by-byte", test_byte_by_byte);
    g_test_add_func("/tls/close", test_close);
    g_test_add_func("/tls/altered-record", test_altered_record);
    g_test_add_func("/tls/garbage", test_garbage);
    g_test_add_func("/tls/check", test_check);
    g_test_add_func("/tls/first-error-stays", test_first_error_stays);
    g_test_add_func("/tls/error-queue", test_error_queue);
    return g_test_run();
}
