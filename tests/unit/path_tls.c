/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/path_tls.h"

#include <string.h>

#include "tests/lib/seed.h"
#include "tests/unit/tls_pair.h"

enum { RELAY = 1, LAN = 2, IPV6 = 3, MAPPED = 5 }; /* kinds of path, as in net/PROTOCOL.md */

enum { DIRECT = 1 << LAN | 1 << IPV6 | 1 << 4 | 1 << MAPPED };

static const guint8 key[DS_KEY_BYTES] = "a session key of thirty-two byte";
static const guint8 other_key[DS_KEY_BYTES] = "a session key of thirty-two byt3";

/* Takes rising generations, as a path's owner does. */
struct used {
    guint32 last;
    guint asked;
    guint refuse_at; /* the question that is refused, 0 for none */
};

static bool
is_new(void *arg, uint8_t kind, uint32_t generation)
{
    struct used *used = arg;
    used->asked++;
    return generation > used->last && used->asked != used->refuse_at;
}

static struct ds_path_tls *
new_helper(const guint8 *of, guint8 kind, guint32 generation)
{
    struct ds_path_tls *p = NULL;
    g_assert_cmpint(ds_path_tls_new_helper(&p, of, kind, generation), ==, 0);
    return p;
}

static struct ds_path_tls *
new_helpee_of(const guint8 *of, guint kinds, struct used *used)
{
    struct ds_path_tls *p = NULL;
    g_assert_cmpint(
            ds_path_tls_new_helpee(&p, of, kinds, used != NULL ? is_new : NULL, used), ==, 0);
    return p;
}

static struct ds_path_tls *
new_helpee(const guint8 *of, guint8 kind, struct used *used)
{
    return new_helpee_of(of, 1u << kind, used);
}

static void
assert_plaintext_refused(struct ds_tls *tls, int err)
{
    guint8 buf[16] = {0};
    g_assert_cmpint(ds_tls_write(tls, buf, sizeof buf), ==, err);
    g_assert_cmpint(ds_tls_read(tls, buf, sizeof buf), ==, err);
}

/* Neither side is proven, both know it, and the one that noticed has nothing to send. */
static void
assert_dead(struct ds_path_tls *p)
{
    struct ds_tls *tls = ds_path_tls_endpoint(p);
    g_assert_cmpint(ds_tls_handshake(tls), ==, DS_ERR_AUTH);
    g_assert_false(ds_path_tls_is_proven(p));
    g_assert_cmpuint(ds_tls_out(tls), ==, 0);
    g_assert_cmpstr(ds_tls_error_text(tls), !=, "");
    assert_plaintext_refused(tls, DS_ERR_AUTH);
}

static void
assert_crosses(struct ds_tls *from, struct ds_tls *to, const char *text)
{
    char buf[64];
    g_assert_cmpint(ds_tls_write(from, text, strlen(text)), ==, 0);
    g_assert_cmpuint(move_all(from, to), ==, strlen(text) + 22);
    g_assert_cmpint(ds_tls_read(to, buf, sizeof buf), ==, (int)strlen(text));
    g_assert_cmpmem(buf, strlen(text), text, strlen(text));
    g_assert_cmpint(ds_tls_read(to, buf, sizeof buf), ==, 0);
}

static void
test_good(void)
{
    struct used used = {0};
    for (guint32 i = 1; i <= 100; i++) {
        guint8 kind = (guint8)(1 + i % 5);
        int of_helper, of_helpee;
        struct ds_path_tls *helper = new_helper(key, kind, i);
        struct ds_path_tls *helpee = new_helpee(key, kind, &used);
        struct ds_tls *a = ds_path_tls_endpoint(helper), *b = ds_path_tls_endpoint(helpee);
        g_assert_false(ds_path_tls_is_proven(helper));
        assert_plaintext_refused(a, DS_ERR_STATE);
        assert_plaintext_refused(b, DS_ERR_STATE);
        shake(a, b, &of_helper, &of_helpee);
        g_assert_cmpint(of_helper, ==, 1);
        g_assert_cmpint(of_helpee, ==, 1);
        g_assert_true(ds_path_tls_is_proven(helper));
        g_assert_true(ds_path_tls_is_proven(helpee));
        g_assert_cmpuint(ds_path_tls_generation(helpee), ==, i);
        g_assert_cmpuint(ds_path_tls_kind(helpee), ==, kind);
        g_assert_cmpuint(ds_path_tls_kind(helper), ==, kind);
        g_assert_cmpuint(ds_path_tls_generation(helper), ==, i);
        g_assert_cmpint(SSL_version(ds_tls_ssl(a)), ==, TLS1_3_VERSION);
        g_assert_cmpint(SSL_get_min_proto_version(ds_tls_ssl(a)), ==, TLS1_3_VERSION);
        g_assert_cmpint(SSL_get_min_proto_version(ds_tls_ssl(b)), ==, TLS1_3_VERSION);
        g_assert_null(SSL_get0_peer_certificate(ds_tls_ssl(a)));
        assert_crosses(a, b, "from the helper");
        assert_crosses(b, a, "from the helpee");
        used.last = i;
        ds_path_tls_free(helper);
        ds_path_tls_free(helpee);
    }
    g_assert_cmpuint(used.asked, ==, 200);
}

/*
 * cA and the ClientHello share the 2,048 bytes that SAY may carry, and a listener reads 1,024 bytes
 * of a stranger. The whole handshake is three flights, and nothing comes after: no tickets.
 */
static void
test_flights(void)
{
    struct ds_path_tls *helper = new_helper(key, RELAY, 1);
    struct ds_path_tls *helpee = new_helpee(key, RELAY, NULL);
    struct ds_tls *a = ds_path_tls_endpoint(helper), *b = ds_path_tls_endpoint(helpee);
    g_assert_cmpint(ds_tls_handshake(a), ==, 0);
    gsize hello = ds_tls_out(a);
    g_assert_cmpuint(hello, >, 200);
    g_assert_cmpuint(hello, <=, 600);
    move_all(a, b);
    g_assert_cmpint(ds_tls_handshake(b), ==, 0);
    gsize answer = move_all(b, a);
    g_assert_cmpuint(answer, <=, 600);
    g_assert_cmpint(ds_tls_handshake(a), ==, 1);
    gsize finished = move_all(a, b);
    g_assert_cmpint(ds_tls_handshake(b), ==, 1);
    g_assert_cmpuint(ds_tls_out(b), ==, 0);
    g_test_message("flights: %zu, %zu, %zu bytes", hello, answer, finished);
    ds_path_tls_free(helper);
    ds_path_tls_free(helpee);
}

static void
test_wrong_key(void)
{
    int of_helper, of_helpee;
    struct ds_path_tls *helper = new_helper(key, RELAY, 1);
    struct ds_path_tls *helpee = new_helpee(other_key, RELAY, NULL);
    shake(ds_path_tls_endpoint(helper), ds_path_tls_endpoint(helpee), &of_helper, &of_helpee);
    assert_dead(helpee);
    g_assert_cmpint(of_helper, ==, 0); /* hears nothing, not even an alert */
    g_assert_cmpuint(ds_path_tls_generation(helpee), ==, 0);
    ds_path_tls_free(helper);
    ds_path_tls_free(helpee);
}

static void
test_other_kind(void)
{
    static const struct {
        guint8 kind;
        guint kinds;
        gboolean is_taken;
    } rows[] = {
            {RELAY, 1 << LAN, FALSE},
            {RELAY, DIRECT, FALSE},
            {LAN, 1 << RELAY, FALSE},
            {LAN, DIRECT, TRUE},
            {MAPPED, DIRECT, TRUE},
            {MAPPED, DIRECT & ~(1 << MAPPED), FALSE},
            {0, DIRECT, FALSE},
            {31, G_MAXUINT, TRUE},
            {32, G_MAXUINT, FALSE}, /* the bit of none */
            {32 + LAN, DIRECT, FALSE},
            {255, G_MAXUINT, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        int of_helper, of_helpee;
        struct ds_path_tls *helper = new_helper(key, rows[i].kind, 1);
        struct ds_path_tls *helpee = new_helpee_of(key, rows[i].kinds, NULL);
        g_test_message("kind %u", rows[i].kind);
        shake(ds_path_tls_endpoint(helper), ds_path_tls_endpoint(helpee), &of_helper, &of_helpee);
        g_assert_cmpint(ds_path_tls_is_proven(helpee), ==, rows[i].is_taken);
        g_assert_cmpuint(ds_path_tls_kind(helpee), ==, rows[i].is_taken ? rows[i].kind : 0);
        if (!rows[i].is_taken) {
            assert_dead(helpee);
            g_assert_cmpstr(ds_tls_error_text(ds_path_tls_endpoint(helpee)), ==,
                    "path identity: of another kind of path");
        }
        ds_path_tls_free(helper);
        ds_path_tls_free(helpee);
    }
}

/* Who holds no key writes another kind, or generation, into the identity: the key is another then.
 */
static void
test_altered_identity(void)
{
    for (guint at = 0; at < DS_PATH_TLS_IDENTITY_BYTES; at++) {
        static const guint8 start[] = {0, DS_PATH_TLS_IDENTITY_BYTES, 1, RELAY};
        guint8 hello[1024];
        struct ds_path_tls *helper = new_helper(key, RELAY, 1);
        struct ds_path_tls *helpee = new_helpee_of(key, DIRECT | 1 << RELAY, NULL);
        struct ds_tls *a = ds_path_tls_endpoint(helper), *b = ds_path_tls_endpoint(helpee);
        struct evbuffer *wire = evbuffer_new();
        g_assert_cmpint(ds_tls_handshake(a), ==, 0);
        g_assert_cmpint(ds_tls_take(a, wire), ==, 0);
        int n = evbuffer_remove(wire, hello, sizeof hello);
        evbuffer_free(wire);
        guint8 *identity = memmem(hello, (gsize)n, start, sizeof start);
        g_assert_nonnull(identity);
        identity[2 + at] = at == 1 ? LAN : (guint8)(identity[2 + at] + 1);
        g_assert_cmpint(ds_tls_put(b, hello, (gsize)n), ==, 0);
        g_assert_cmpint(ds_tls_handshake(b), ==, DS_ERR_AUTH);
        assert_dead(helpee);
        ds_path_tls_free(helper);
        ds_path_tls_free(helpee);
    }
}

static void
test_generation(void)
{
    static const struct {
        guint32 generation, last;
        guint refuse_at;
        gboolean is_taken;
    } rows[] = {
            {5, 4, 0, TRUE}, {5, 5, 0, FALSE}, {4, 5, 0, FALSE}, {0, 0, 0, FALSE},
            {G_MAXUINT32, G_MAXUINT32 - 1, 0, TRUE}, {5, 4, 1, FALSE},
            {5, 4, 2, FALSE}, /* another one came first, between ClientHello and Finished */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct used used = {.last = rows[i].last, .refuse_at = rows[i].refuse_at};
        int of_helper, of_helpee;
        struct ds_path_tls *helper = new_helper(key, LAN, rows[i].generation);
        struct ds_path_tls *helpee = new_helpee(key, LAN, &used);
        shake(ds_path_tls_endpoint(helper), ds_path_tls_endpoint(helpee), &of_helper, &of_helpee);
        g_test_message("row %zu", i);
        g_assert_cmpint(of_helpee, ==, rows[i].is_taken ? 1 : DS_ERR_AUTH);
        if (!rows[i].is_taken)
            assert_dead(helpee);
        ds_path_tls_free(helper);
        ds_path_tls_free(helpee);
    }
}

/* A ClientHello that was recorded gets an answer, as long as its generation is not used: no proof.
 */
static void
test_replay(void)
{
    guint8 flights[4096];
    struct used used = {0};
    struct evbuffer *wire = evbuffer_new();
    struct ds_path_tls *helper = new_helper(key, LAN, 1), *helpee = new_helpee(key, LAN, &used);
    struct ds_tls *a = ds_path_tls_endpoint(helper), *b = ds_path_tls_endpoint(helpee);
    g_assert_cmpint(ds_tls_handshake(a), ==, 0);
    g_assert_cmpint(ds_tls_take(a, wire), ==, 0);
    int hello = evbuffer_remove(wire, flights, sizeof flights);
    g_assert_cmpint(ds_tls_put(b, flights, (gsize)hello), ==, 0);
    g_assert_cmpint(ds_tls_handshake(b), ==, 0);
    move_all(b, a);
    g_assert_cmpint(ds_tls_handshake(a), ==, 1);
    g_assert_cmpint(ds_tls_take(a, wire), ==, 0);
    int rest = evbuffer_remove(wire, flights + hello, sizeof flights - (gsize)hello);
    g_assert_cmpint(ds_tls_put(b, flights + hello, (gsize)rest), ==, 0);
    g_assert_cmpint(ds_tls_handshake(b), ==, 1);
    evbuffer_free(wire);
    ds_path_tls_free(helpee);

    helpee = new_helpee(key, LAN, &used);
    b = ds_path_tls_endpoint(helpee);
    g_assert_cmpint(ds_tls_put(b, flights, (gsize)(hello + rest)), ==, 0);
    g_assert_cmpint(ds_tls_handshake(b), ==, DS_ERR_AUTH);
    assert_dead(helpee);
    ds_path_tls_free(helpee);

    used.last = 1;
    helpee = new_helpee(key, LAN, &used);
    b = ds_path_tls_endpoint(helpee);
    g_assert_cmpint(ds_tls_put(b, flights, (gsize)hello), ==, 0);
    g_assert_cmpint(ds_tls_handshake(b), ==, DS_ERR_AUTH);
    assert_dead(helpee);
    ds_path_tls_free(helper);
    ds_path_tls_free(helpee);
}

/* Something in the middle answers with a certificate that it made. */
static void
test_certificate(void)
{
    for (guint is_trusting = 0; is_trusting < 2; is_trusting++) {
        int of_helper, of_server;
        SSL_CTX *ctx = new_self_signed_ctx("deskside");
        struct ds_path_tls *helper = new_helper(key, RELAY, 1);
        struct ds_tls *a = ds_path_tls_endpoint(helper), *server = NULL;
        g_assert_cmpint(ds_tls_new(&server, ctx, true), ==, 0);
        if (is_trusting) /* as if verifying were turned off by mistake, or by openssl.cnf */
            SSL_set_verify(ds_tls_ssl(a), SSL_VERIFY_NONE, NULL);
        shake(a, server, &of_helper, &of_server);
        g_assert_cmpint(of_server, ==, 0); /* never gets a Finished, nor an alert */
        assert_dead(helper);
        g_assert_cmpint(SSL_session_reused(ds_tls_ssl(a)), ==, 0);
        ds_path_tls_free(helper);
        ds_tls_free(server);
        SSL_CTX_free(ctx);
    }
}

/*
 * The raw end of a path: what the checks are there for. `hello` is the identity that it shows, the
 * key belongs to that.
 */
struct raw {
    guint8 identity[DS_PATH_TLS_IDENTITY_BYTES + 1];
    gsize identity_len;
    const char *suites;
    const guint8 *suite; /* of the PSK */
};

static struct raw raw;

static SSL_SESSION *
raw_session(SSL *ssl, const guint8 *identity, gsize identity_len)
{
    guint8 psk[DS_KEY_BYTES];
    SSL_SESSION *session = SSL_SESSION_new();
    g_assert_cmpint(ds_kdf(psk, sizeof psk, key, "path", identity, identity_len), ==, 0);
    SSL_SESSION_set1_master_key(session, psk, sizeof psk);
    SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, raw.suite));
    SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION);
    return session;
}

static int
raw_use(SSL *ssl, const EVP_MD *digest, const unsigned char **id, size_t *len,
        SSL_SESSION **session)
{
    *id = raw.identity;
    *len = raw.identity_len;
    *session = raw_session(ssl, raw.identity, raw.identity_len);
    return 1;
}

static int
raw_find(SSL *ssl, const unsigned char *id, size_t len, SSL_SESSION **session)
{
    *session = raw_session(ssl, id, len);
    return 1;
}

static struct ds_tls *
new_raw(gboolean is_server)
{
    struct ds_tls *tls = NULL;
    SSL_CTX *ctx = is_server ? new_self_signed_ctx("deskside") : SSL_CTX_new(TLS_client_method());
    if (is_server)
        SSL_CTX_set_psk_find_session_callback(ctx, raw_find);
    else
        SSL_CTX_set_psk_use_session_callback(ctx, raw_use);
    if (raw.suites != NULL)
        g_assert_cmpint(SSL_CTX_set_ciphersuites(ctx, raw.suites), ==, 1);
    g_assert_cmpint(ds_tls_new(&tls, ctx, is_server), ==, 0);
    SSL_CTX_free(ctx);
    return tls;
}

static const guint8 sha256_suite[] = {0x13, 0x01}, sha384_suite[] = {0x13, 0x02};

static void
reset_raw(void)
{
    raw = (struct raw){.identity = {1, LAN, 0, 0, 0, 9}, .suite = sha256_suite};
    raw.identity_len = DS_PATH_TLS_IDENTITY_BYTES;
}

/* The twin of the helper without the check: it takes any certificate, and would send. */
static void
test_why_reused_is_checked(void)
{
    int of_client, of_server;
    SSL_CTX *ctx = new_self_signed_ctx("deskside");
    struct ds_tls *server = NULL;
    reset_raw();
    struct ds_tls *client = new_raw(FALSE);
    g_assert_cmpint(ds_tls_new(&server, ctx, true), ==, 0);
    shake(client, server, &of_client, &of_server);
    g_assert_cmpint(of_client, ==, 1);
    g_assert_cmpint(of_server, ==, 1);
    g_assert_cmpint(SSL_session_reused(ds_tls_ssl(client)), ==, 0);
    g_assert_cmpint(ds_tls_write(client, "secret", 6), ==, 0);
    ds_tls_free(client);
    ds_tls_free(server);
    SSL_CTX_free(ctx);
}

/* Identities that are none, from somebody who holds the key: each with the twin that is good. */
static void
test_identities(void)
{
    static const struct {
        gsize len;
        guint8 version, kind;
        const char *text; /* NULL: good */
    } rows[] = {
            {22, 1, LAN, NULL},
            {21, 1, LAN, "path identity: malformed"},
            {23, 1, LAN, "path identity: malformed"},
            {1, 1, LAN, "path identity: malformed"},
            {22, 2, LAN, "path identity: unknown version"},
            {22, 0, LAN, "path identity: unknown version"},
            {22, 1, RELAY, "path identity: of another kind of path"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        int of_client, of_helpee;
        reset_raw();
        raw.identity_len = rows[i].len;
        raw.identity[0] = rows[i].version;
        raw.identity[1] = rows[i].kind;
        struct ds_tls *client = new_raw(FALSE);
        struct ds_path_tls *helpee = new_helpee(key, LAN, NULL);
        shake(client, ds_path_tls_endpoint(helpee), &of_client, &of_helpee);
        g_assert_cmpint(of_helpee, ==, rows[i].text == NULL ? 1 : DS_ERR_AUTH);
        g_assert_cmpstr(ds_tls_error_text(ds_path_tls_endpoint(helpee)), ==,
                rows[i].text == NULL ? "" : rows[i].text);
        if (rows[i].text != NULL)
            assert_dead(helpee);
        else
            g_assert_cmpuint(ds_path_tls_generation(helpee), ==, 9);
        ds_tls_free(client);
        ds_path_tls_free(helpee);
    }
}

/* Suites, from an end that holds the key, against our helpee and against our helper. */
static void
test_suites(void)
{
    static const struct {
        const char *suites;
        const guint8 *suite;
        gboolean is_taken;
    } rows[] = {
            {"TLS_AES_128_GCM_SHA256", sha256_suite, TRUE},
            {"TLS_CHACHA20_POLY1305_SHA256", sha256_suite, TRUE},
            {"TLS_AES_256_GCM_SHA384", sha384_suite, FALSE},
            {"TLS_AES_128_CCM_SHA256", sha256_suite, FALSE},
    };
    for (gsize i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
        gboolean is_helper = i % 2 == 0;
        int of_client, of_server;
        reset_raw();
        raw.suites = rows[i / 2].suites;
        raw.suite = rows[i / 2].suite;
        struct ds_tls *end = new_raw(is_helper);
        struct ds_path_tls *p = is_helper ? new_helper(key, LAN, 9) : new_helpee(key, LAN, NULL);
        struct ds_tls *tls = ds_path_tls_endpoint(p);
        shake(is_helper ? tls : end, is_helper ? end : tls, &of_client, &of_server);
        g_test_message("%s against the %s", raw.suites, is_helper ? "helper" : "helpee");
        g_assert_cmpint(
                is_helper ? of_client : of_server, ==, rows[i / 2].is_taken ? 1 : DS_ERR_AUTH);
        g_assert_cmpint(ds_path_tls_is_proven(p), ==, rows[i / 2].is_taken);
        ds_tls_free(end);
        ds_path_tls_free(p);
    }
}

/* With TLS 1.2, or without a PSK, there is nothing that a helpee could answer with. */
static void
test_no_psk(void)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
        int of_client, of_helpee;
        struct ds_tls *client = NULL;
        SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_max_proto_version(ctx, versions[i]);
        g_assert_cmpint(ds_tls_new(&client, ctx, false), ==, 0);
        struct ds_path_tls *helpee = new_helpee(key, LAN, NULL);
        shake(client, ds_path_tls_endpoint(helpee), &of_client, &of_helpee);
        assert_dead(helpee);
        g_assert_cmpint(of_client, ==, 0);
        ds_tls_free(client);
        ds_path_tls_free(helpee);
        SSL_CTX_free(ctx);
    }
}

/*
 * Shake hands while somebody alters the byte `at`, counted over all flights. Returns how many ends
 * are proven; `starts` are the offsets of the three flights, and the end.
 */
static int
shake_altered(gsize at, guint8 bits, gsize starts[static 4])
{
    struct ds_path_tls *helper = new_helper(key, LAN, 1), *helpee = new_helpee(key, LAN, NULL);
    struct ds_tls *ends[2] = {ds_path_tls_endpoint(helper), ds_path_tls_endpoint(helpee)};
    gsize seen = 0;
    starts[0] = 0;
    for (guint turn = 0, quiet = 0; quiet < 2; turn++) {
        guint8 bytes[2048];
        struct evbuffer *wire = evbuffer_new();
        (void)!ds_tls_handshake(ends[turn % 2]);
        g_assert_cmpint(ds_tls_take(ends[turn % 2], wire), ==, 0);
        gsize n = (gsize)evbuffer_remove(wire, bytes, sizeof bytes);
        evbuffer_free(wire);
        if (at >= seen && at < seen + n)
            bytes[at - seen] ^= bits;
        g_assert_cmpint(ds_tls_put(ends[(turn + 1) % 2], bytes, n), ==, 0);
        seen += n;
        if (turn < 3)
            starts[turn + 1] = seen;
        quiet = n == 0 ? quiet + 1 : 0;
    }
    int proven = ds_path_tls_is_proven(helper) + ds_path_tls_is_proven(helpee);
    ds_path_tls_free(helper);
    ds_path_tls_free(helpee);
    return proven;
}

/* What a relay, or anybody on the way, may do to the bytes: the two are never both content. */
static void
test_altered_bytes(void)
{
    enum { STEP = 7 };
    gsize starts[4] = {0}, unused[4];
    g_autoptr(GRand) rand = test_seed();
    g_assert_cmpint(shake_altered(G_MAXSIZE, 0, starts), ==, 2);
    for (gsize at = (gsize)g_rand_int_range(rand, 0, STEP); at < starts[3]; at += STEP) {
        guint8 bits = (guint8)(1 << g_rand_int_range(rand, 0, 8));
        int proven = shake_altered(at, bits, unused);
        g_test_message("byte %zu of %zu, bits %02x: %d", at, starts[3], bits, proven);
        /* Nobody reads the version before a plaintext record: RFC 8446, section 5.1. */
        gsize in_flight = at < starts[1] ? at : at - starts[1];
        if (in_flight != 1 && in_flight != 2)
            g_assert_cmpint(proven, <, 2);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/path-tls/good", test_good);
    g_test_add_func("/path-tls/flights", test_flights);
    g_test_add_func("/path-tls/wrong-key", test_wrong_key);
    g_test_add_func("/path-tls/other-kind", test_other_kind);
    g_test_add_func("/path-tls/altered-identity", test_altered_identity);
    g_test_add_func("/path-tls/generation", test_generation);
    g_test_add_func("/path-tls/replay", test_replay);
    g_test_add_func("/path-tls/certificate", test_certificate);
    g_test_add_func("/path-tls/why-reused-is-checked", test_why_reused_is_checked);
    g_test_add_func("/path-tls/identities", test_identities);
    g_test_add_func("/path-tls/suites", test_suites);
    g_test_add_func("/path-tls/no-psk", test_no_psk);
    g_test_add_func("/path-tls/altered-bytes", test_altered_bytes);
    return g_test_run();
}
