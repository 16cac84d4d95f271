/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths whose middle, or whose other end, is not honest. */
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "tests/lib/path_pair.h"
#include "tests/lib/seed.h"
#include "tests/unit/tls_pair.h"

enum { DATA_BYTES = 60000 };

static uint8_t data[DATA_BYTES];

static void
fill(GRand *rand)
{
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)g_rand_int(rand);
}

/* --- two sides that do not fit --- */

static const uint8_t other_key[32] = "thirty-two bytes of another key!";

static const struct misfit {
    const char *name;
    struct ds_path_config helper;
    struct ds_path_config helpee;
    const char *text; /* of the helpee, in part */
} misfits[] = {
        {"key", {.kind = DS_PATH_RELAY, .generation = 1},
                {.kind = DS_PATH_RELAY, .generation = 1, .session_key = other_key},
                "path handshake: "},
        {"relay-on-direct", {.kind = DS_PATH_RELAY, .generation = 1},
                {.kind = DS_PATH_PUNCHED, .generation = 1}, "of another kind of path"},
        {"direct-on-relay", {.kind = DS_PATH_PUNCHED, .generation = 1},
                {.kind = DS_PATH_RELAY, .generation = 1}, "of another kind of path"},
        {"none-on-direct", {.kind = DS_PATH_NONE, .generation = 1},
                {.kind = DS_PATH_LAN, .generation = 1}, "of another kind of path"},
        {"unknown-on-direct", {.kind = (enum ds_path_kind)6, .generation = 1},
                {.kind = DS_PATH_LAN, .generation = 1}, "of another kind of path"},
        {"generation", {.kind = DS_PATH_RELAY, .generation = 1},
                {.kind = DS_PATH_RELAY, .generation = 2}, "of a generation that is not taken"},
        {"older-on-direct", {.kind = DS_PATH_LAN, .generation = 1},
                {.kind = DS_PATH_LAN, .generation = 2}, "of a generation that is not taken"},
        {"newer-on-direct", {.kind = DS_PATH_LAN, .generation = 3},
                {.kind = DS_PATH_LAN, .generation = 2}, "of a generation that is not taken"},
};

/* The helpee says nothing at all, not even that it is there. */
static void
test_misfit(gconstpointer arg)
{
    const struct misfit *misfit = arg;
    struct path_pair pair;
    path_pair_init(&pair);
    pair.end[HELPER].config.kind = misfit->helper.kind;
    pair.end[HELPER].config.generation = misfit->helper.generation;
    struct ds_path_config *config = &pair.end[HELPEE].config;
    config->kind = misfit->helpee.kind;
    config->generation = misfit->helpee.generation;
    if (misfit->helpee.session_key != NULL)
        config->session_key = misfit->helpee.session_key;
    path_pair_start(&pair, true);
    path_pair_run(&pair, path_pair_is_lost);
    g_assert_cmpint(pair.end[HELPEE].err, ==, DS_ERR_AUTH);
    g_assert_nonnull(strstr(pair.end[HELPEE].text, misfit->text));
    g_assert_cmpint(pair.end[HELPER].err, ==, DS_ERR_CLOSED);
    g_assert_cmpstr(pair.end[HELPER].text, ==, "path handshake: the connection ended");
    g_assert_cmpuint(pair.wire[HELPEE].passed, ==, 0);
    g_assert_cmpuint(pair.end[HELPER].provens + pair.end[HELPEE].provens, ==, 0);
    path_pair_finish(&pair);
}

/* All that a helper said, again to another helpee: its ClientHello is answered, never proved. */
static void
test_replay(void)
{
    static const struct {
        uint32_t lowest;
        int err;
    } rows[] = {{1, DS_ERR_AUTH}, {2, DS_ERR_AUTH}};
    struct path_pair first;
    path_pair_init(&first);
    path_pair_start(&first, true);
    path_pair_run(&first, path_pair_is_proven);
    const GByteArray *said = first.wire[HELPER].seen;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int fds[2];
        uint8_t buf[64];
        struct path_pair again;
        path_pair_init(&again);
        again.end[HELPEE].config.generation = rows[i].lowest;
        path_pair_sockets(fds);
        path_pair_start_end(&again, HELPEE, fds[0]);
        g_assert_cmpint(send(fds[1], said->data, said->len, 0), ==, said->len);
        path_pair_run(&again, path_pair_helpee_is_gone);
        g_assert_cmpint(again.end[HELPEE].err, ==, rows[i].err);
        g_assert_cmpuint(again.end[HELPEE].provens, ==, 0);
        if (rows[i].lowest > 1)
            g_assert_cmpint((int)recv(fds[1], buf, sizeof buf, 0), ==, 0);
        close(fds[1]);
        path_pair_finish(&again);
    }
    path_pair_finish(&first);
}

/* --- TLS without the key --- */

/* Let a TLS endpoint of another make talk to our side over `fd`, until ours is gone. */
static void
talk(struct path_pair *pair, int side, struct ds_tls *stranger, int fd)
{
    uint8_t buf[4096];
    struct evbuffer *out = evbuffer_new();
    while (pair->end[side].path != NULL) {
        ssize_t n = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
        if (n > 0)
            g_assert_cmpint(ds_tls_put(stranger, buf, (size_t)n), ==, 0);
        (void)!ds_tls_handshake(stranger);
        g_assert_cmpint(ds_tls_take(stranger, out), ==, 0);
        if (evbuffer_get_length(out) > 0)
            evbuffer_write(out, fd);
        event_base_loop(pair->base, EVLOOP_ONCE);
    }
    evbuffer_free(out);
}

static void
test_certificate(void)
{
    int fds[2];
    struct path_pair pair;
    SSL_CTX *ctx = new_self_signed_ctx("relay.example");
    struct ds_tls *stranger = NULL;
    g_assert_cmpint(ds_tls_new(&stranger, ctx, true), ==, 0);
    path_pair_init(&pair);
    path_pair_sockets(fds);
    path_pair_start_end(&pair, HELPER, fds[0]);
    talk(&pair, HELPER, stranger, fds[1]);
    g_assert_cmpint(pair.end[HELPER].err, ==, DS_ERR_AUTH);
    g_assert_cmpstr(pair.end[HELPER].text, ==,
            "path handshake: the other side presented a certificate and not the key");
    close(fds[1]);
    path_pair_finish(&pair);
    ds_tls_free(stranger);
    SSL_CTX_free(ctx);
}

static void
test_suites(void)
{
    int fds[2];
    uint8_t buf[64];
    struct path_pair pair;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    struct ds_tls *stranger = NULL;
    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
    g_assert_cmpint(ds_tls_new(&stranger, ctx, false), ==, 0);
    path_pair_init(&pair);
    path_pair_sockets(fds);
    path_pair_start_end(&pair, HELPEE, fds[0]);
    talk(&pair, HELPEE, stranger, fds[1]);
    g_assert_cmpint(pair.end[HELPEE].err, ==, DS_ERR_AUTH);
    g_assert_nonnull(strstr(pair.end[HELPEE].text, "path handshake: no shared cipher"));
    g_assert_cmpint((int)recv(fds[1], buf, sizeof buf, 0), ==, 0); /* no alert */
    close(fds[1]);
    path_pair_finish(&pair);
    ds_tls_free(stranger);
    SSL_CTX_free(ctx);
}

/* Whether a side that takes `limit` bytes (0: as always) stands `len` of them. */
static void
flood(int side, size_t limit, size_t len, bool is_too_much)
{
    static const uint8_t header[] = {22, 3, 3, 0x3f, 0xff};
    uint8_t junk[DS_PATH_HANDSHAKE_BYTES] = {side == HELPER ? 2 : 1, 0, 0x3f, 0};
    int fds[2];
    struct path_pair pair;
    path_pair_init(&pair);
    path_pair_sockets(fds);
    pair.end[side].config.handshake_bytes = limit;
    path_pair_start_end(&pair, side, fds[0]);
    g_assert_cmpint(send(fds[1], header, sizeof header, 0), ==, sizeof header);
    g_assert_cmpint(send(fds[1], junk, len - sizeof header, 0), ==, len - sizeof header);
    close(fds[1]); /* what is not too much is told by this */
    path_pair_run(&pair, side == HELPER ? path_pair_helper_is_gone : path_pair_helpee_is_gone);
    g_assert_cmpint(pair.end[side].err, ==, is_too_much ? DS_ERR_AUTH : DS_ERR_CLOSED);
    g_assert_cmpstr(pair.end[side].text, ==,
            is_too_much ? "path handshake: more bytes than a handshake has"
                        : "path handshake: the connection ended");
    path_pair_finish(&pair);
}

/* A stranger's bytes are bounded, whatever length its records announce. */
static void
test_flood(gconstpointer arg)
{
    const int side = GPOINTER_TO_INT(arg);
    flood(side, 0, DS_PATH_HANDSHAKE_BYTES, false);
    flood(side, 0, DS_PATH_HANDSHAKE_BYTES + 1, true);
    flood(side, DS_PUNCH_HANDSHAKE_BYTES, DS_PUNCH_HANDSHAKE_BYTES, false);
    flood(side, DS_PUNCH_HANDSHAKE_BYTES, DS_PUNCH_HANDSHAKE_BYTES + 1, true);
}

/* --- a middle that cuts and alters --- */

static void
give_data(struct path_pair *pair)
{
    for (int side = 0; side < SIDES; side++) {
        pair->end[side].data = data;
        pair->end[side].data_len = sizeof data;
    }
}

static void
assert_prefix(const struct path_pair *pair)
{
    for (int side = 0; side < SIDES; side++) {
        const GByteArray *got = pair->end[side].got;
        g_assert_cmpuint(got->len, <=, sizeof data);
        g_assert_cmpmem(got->data, got->len, data, got->len);
    }
}

/* Bytes of each direction until both sides are proven. */
static void
measure_handshake(size_t bytes[static SIDES])
{
    struct path_pair pair;
    path_pair_init(&pair);
    path_pair_start(&pair, true);
    path_pair_run(&pair, path_pair_is_proven);
    for (int side = 0; side < SIDES; side++)
        bytes[side] = pair.wire[side].passed;
    path_pair_finish(&pair);
}

static void
test_cut_handshake(void)
{
    size_t bytes[SIDES];
    measure_handshake(bytes);
    for (int side = 0; side < SIDES; side++) {
        for (size_t at = 0; at < bytes[side]; at++) {
            struct path_pair pair;
            path_pair_init(&pair);
            give_data(&pair);
            pair.wire[side].cut_at = at;
            path_pair_start(&pair, true);
            path_pair_run(&pair, path_pair_is_lost);
            g_assert_cmpuint(pair.end[1 - side].provens, ==, 0);
            g_assert_cmpuint(pair.end[HELPER].got->len + pair.end[HELPEE].got->len, ==, 0);
            g_assert_cmpint(pair.end[HELPER].err, ==, DS_ERR_CLOSED);
            g_assert_cmpint(pair.end[HELPEE].err, ==, DS_ERR_CLOSED);
            path_pair_finish(&pair);
        }
    }
}

static void
test_cut_data(void)
{
    size_t bytes[SIDES];
    g_autoptr(GRand) rand = test_seed();
    fill(rand);
    measure_handshake(bytes);
    for (int i = 0; i < 50; i++) {
        struct path_pair pair;
        int side = g_rand_int_range(rand, 0, SIDES);
        path_pair_init(&pair);
        give_data(&pair);
        pair.wire[side].cut_at = bytes[side] + (size_t)g_rand_int_range(rand, 0, DATA_BYTES);
        path_pair_start(&pair, true);
        path_pair_run(&pair, path_pair_is_lost);
        g_assert_cmpint(pair.end[HELPER].err, ==, DS_ERR_CLOSED);
        g_assert_cmpint(pair.end[HELPEE].err, ==, DS_ERR_CLOSED);
        g_assert_cmpuint(pair.end[1 - side].got->len, <, DATA_BYTES);
        assert_prefix(&pair);
        path_pair_finish(&pair);
    }
}

/* One altered byte anywhere. A length that grew leaves the other side waiting: that is TIMEOUT. */
static void
test_alter_handshake(void)
{
    size_t bytes[SIDES];
    g_autoptr(GRand) rand = test_seed();
    fill(rand);
    measure_handshake(bytes);
    for (int side = 0; side < SIDES; side++) {
        for (size_t at = 0; at < bytes[side]; at += (size_t)g_rand_int_range(rand, 1, 6)) {
            struct path_pair pair;
            path_pair_init(&pair);
            give_data(&pair);
            pair.wire[side].flip_at = at;
            pair.wire[side].flip = (uint8_t)g_rand_int_range(rand, 1, 256);
            pair.end[HELPER].config.handshake_ms = pair.end[HELPEE].config.handshake_ms = 40;
            g_test_message("side %d, byte %zu, by %u", side, at, pair.wire[side].flip);
            path_pair_start(&pair, true);
            path_pair_run(&pair, path_pair_is_over);
            assert_prefix(&pair);
            int err = pair.end[1 - side].err;
            /* RFC 8446, 5.1: the version in a plaintext record's header means nothing. */
            if (at == 1 || at == 2)
                g_assert_true(err == DS_OK || err == DS_ERR_AUTH || err == DS_ERR_TIMEOUT);
            else
                g_assert_true(err == DS_ERR_AUTH || err == DS_ERR_TIMEOUT ||
                              (err == DS_ERR_CLOSED && pair.end[side].err == DS_ERR_TIMEOUT));
            g_assert_cmpuint(pair.end[1 - side].provens, ==, err == DS_OK ? 1 : 0);
            path_pair_finish(&pair);
        }
    }
}

static void
test_alter_data(void)
{
    size_t bytes[SIDES];
    g_autoptr(GRand) rand = test_seed();
    fill(rand);
    measure_handshake(bytes);
    for (int i = 0; i < 60; i++) {
        struct path_pair pair;
        int side = g_rand_int_range(rand, 0, SIDES);
        /* In the first records, so that enough follows for one whose length grew. */
        size_t at = (size_t)g_rand_int_range(rand, 0, 2 * DS_PATH_RECORD_MAX);
        path_pair_init(&pair);
        give_data(&pair);
        pair.wire[side].flip_at = bytes[side] + at;
        pair.wire[side].flip = (uint8_t)g_rand_int_range(rand, 1, 256);
        g_test_message("side %d, byte %zu of data, by %u", side, at, pair.wire[side].flip);
        path_pair_start(&pair, true);
        path_pair_run(&pair, path_pair_is_lost);
        g_assert_cmpint(pair.end[1 - side].err, ==, DS_ERR_TLS);
        g_assert_cmpstr(pair.end[1 - side].text, ==, "path: a record was altered or out of place");
        g_assert_cmpint(pair.end[side].err, ==, DS_ERR_CLOSED);
        g_assert_cmpuint(pair.end[1 - side].got->len, <=, at);
        assert_prefix(&pair);
        path_pair_finish(&pair);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(misfits); i++) {
        g_autofree char *name = g_strconcat("/path-hostile/misfit/", misfits[i].name, NULL);
        g_test_add_data_func(name, &misfits[i], test_misfit);
    }
    g_test_add_func("/path-hostile/replay", test_replay);
    g_test_add_func("/path-hostile/certificate", test_certificate);
    g_test_add_func("/path-hostile/suites", test_suites);
    g_test_add_data_func("/path-hostile/flood/helper", GINT_TO_POINTER(HELPER), test_flood);
    g_test_add_data_func("/path-hostile/flood/helpee", GINT_TO_POINTER(HELPEE), test_flood);
    g_test_add_func("/path-hostile/cut/handshake", test_cut_handshake);
    g_test_add_func("/path-hostile/cut/data", test_cut_data);
    g_test_add_func("/path-hostile/alter/handshake", test_alter_handshake);
    g_test_add_func("/path-hostile/alter/data", test_alter_data);
    return g_test_run();
}
