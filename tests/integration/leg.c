/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The leg beside a relay's double that is honest, or not. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>

#include <openssl/sha.h>

#include "net/base/limits.h"
#include "net/base/reason.h"
#include "net/crypto/relay_tls.h"
#include "net/path/leg.h"
#include "net/path/path.h"
#include "net/wire/tlv.h"
#include "tests/integration/relay_double.h"

enum moment { AT_NONE, AT_WELCOME, AT_RECORD, AT_LOST, AT_BYTES, AT_WRITABLE };

/*
 * All tests but those of trust share these: to make a certificate, or to read the system's store,
 * takes longer than the rest of a test.
 */
static SSL_CTX *server_ctx;
static struct ds_relay_tls_ctx *shared_ctx;

/* One leg, what its owner and the path on it were told, and the relay's end. */
struct setting {
    struct event_base *base;
    SSL_CTX *ctx; /* a reference */
    struct ds_leg_config config;
    struct relay_double *relay;
    struct ds_leg *leg; /* NULL once freed */
    enum moment free_at;
    unsigned welcomes;
    char observed[DS_ADDR_TEXT_MAX];
    GArray *records; /* uint8_t types */
    bool pairs;      /* set_paired() at PAIRED */
    unsigned losses;
    int err;
    int reason;
    uint32_t retry_ms;
    char text[DS_LEG_TEXT_MAX];
    char error_text[200];
    GByteArray *piped; /* as its carrier */
    unsigned writables;
    unsigned carrier_losses;
};

static void
free_if(struct setting *s, enum moment moment)
{
    if (s->free_at != moment)
        return;
    ds_leg_free(s->leg);
    s->leg = NULL;
}

static void
on_welcome(void *arg, const char *observed, const char *program)
{
    struct setting *s = arg;
    s->welcomes++;
    g_assert_cmpstr(program, ==, "double 1.0");
    free_if(s, AT_WELCOME);
    g_strlcpy(s->observed, observed, sizeof s->observed);
}

static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct setting *s = arg;
    g_assert_cmpuint(s->welcomes, ==, 1);
    g_array_append_val(s->records, type);
    if (type == DS_RECORD_PAIRED && s->pairs)
        ds_leg_set_paired(s->leg);
    free_if(s, AT_RECORD);
    if (len > 0)
        g_assert_cmpmem(payload, 1, payload + len - 1, 1); /* readable to its end, freed or not */
}

static void
lose(struct setting *s, int err)
{
    s->err = err;
    g_strlcpy(s->error_text, ds_leg_error_text(s->leg), sizeof s->error_text);
    free_if(s, AT_LOST);
}

static void
on_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    struct setting *s = arg;
    s->losses++;
    s->reason = reason;
    s->retry_ms = retry_ms;
    lose(s, err);
    g_strlcpy(s->text, text, sizeof s->text);
}

static const struct ds_leg_handler handler = {on_welcome, on_record, on_lost};

static void
on_bytes(void *arg, struct evbuffer *bytes)
{
    struct setting *s = arg;
    free_if(s, AT_BYTES);
    g_byte_array_append(s->piped, evbuffer_pullup(bytes, -1), (guint)evbuffer_get_length(bytes));
}

static void
on_writable(void *arg)
{
    struct setting *s = arg;
    s->writables++;
    free_if(s, AT_WRITABLE);
}

static void
on_carrier_lost(void *arg, int err)
{
    struct setting *s = arg;
    s->carrier_losses++;
    lose(s, err);
}

static const struct ds_carrier_handler carrier_handler = {on_bytes, on_writable, on_carrier_lost};

/* --- a setting --- */

static void
init(struct setting *s)
{
    *s = (struct setting){.base = event_base_new(),
            .ctx = server_ctx,
            .records = g_array_new(FALSE, FALSE, 1),
            .piped = g_byte_array_new(),
            .pairs = true,
            .config = {.host = "localhost",
                    .may_be_unchecked = true,
                    .program = "test 1.0",
                    .tls = shared_ctx}};
    SSL_CTX_up_ref(s->ctx);
}

static void
start(struct setting *s)
{
    int fd;
    s->relay = relay_double_new(s->base, s->ctx, &fd);
    g_assert_cmpint(ds_leg_new(&s->leg, s->base, fd, &s->config, &handler, s), ==, 0);
}

static struct ds_carrier *
take_carrier(struct setting *s)
{
    struct ds_carrier *carrier = ds_leg_carrier(s->leg);
    carrier->handler = &carrier_handler;
    carrier->handler_arg = s;
    return carrier;
}

/* The numbers stay to be read. */
static void
finish(struct setting *s)
{
    ds_leg_free(s->leg);
    s->leg = NULL;
    g_assert_cmpuint(s->losses + s->carrier_losses, <=, 1);
    relay_double_free(s->relay);
    SSL_CTX_free(s->ctx);
    event_base_free(s->base);
    g_array_unref(s->records);
    g_byte_array_unref(s->piped);
}

static void
on_guard(evutil_socket_t fd, short what, void *arg)
{
    g_error("nothing came of it in 10 s");
}

#define RUN_UNTIL(s, condition)                                                                    \
    do {                                                                                           \
        const struct timeval limit = {.tv_sec = 10};                                               \
        struct event *guard = event_new((s)->base, -1, 0, on_guard, NULL);                         \
        event_add(guard, &limit);                                                                  \
        while (!(condition))                                                                       \
            event_base_loop((s)->base, EVLOOP_ONCE);                                               \
        event_free(guard);                                                                         \
    } while (0)

static void
run_until_lost(struct setting *s)
{
    RUN_UNTIL(s, s->losses + s->carrier_losses > 0);
}

static void
run_until_welcome(struct setting *s)
{
    RUN_UNTIL(s, s->welcomes > 0);
}

/* A leg that is paired, with the test as its path. */
static struct ds_carrier *
start_paired(struct setting *s)
{
    static const uint8_t cookie[DS_COOKIE_BYTES];
    start(s);
    run_until_welcome(s);
    struct ds_carrier *carrier = take_carrier(s);
    relay_double_say(s->relay, DS_RECORD_PAIRED, cookie, sizeof cookie);
    RUN_UNTIL(s, s->records->len > 0);
    return carrier;
}

static int
carrier_send(struct ds_carrier *carrier, const void *data, size_t len)
{
    struct evbuffer *bytes = evbuffer_new();
    evbuffer_add(bytes, data, len);
    int err = carrier->ops->send(carrier, bytes);
    evbuffer_free(bytes);
    return err;
}

/* --- the beginning --- */

static uint64_t
field(GBytes *payload, uint16_t tag)
{
    gsize len;
    const uint8_t *data = g_bytes_get_data(payload, &len);
    struct ds_reader r;
    struct ds_tlv tlv;
    uint64_t number = UINT64_MAX;
    ds_reader_init(&r, data, len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == tag && tag == DS_TAG_PROGRAM)
            return tlv.len == 8 && memcmp(tlv.value, "test 1.0", 8) == 0;
        if (tlv.tag == tag)
            g_assert_true(ds_tlv_number(&tlv, &number));
    }
    return number;
}

/* Start-up is 1 round trip for TLS, and what was sent before leaves with the client's Finished. */
static void
test_first_flight(void)
{
    struct setting s;
    init(&s);
    start(&s);
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_KNOCK,
                            "\x04"
                            "4821pA",
                            7),
            ==, 0);
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_KNOCK] > 0);
    g_assert_cmpuint(s.relay->reads, ==, 2);
    g_assert_cmpuint(s.relay->count[DS_RECORD_HELLO], ==, 1);
    GBytes *hello = relay_double_last(s.relay, DS_RECORD_HELLO);
    g_assert_cmpuint(field(hello, DS_TAG_VERSION_MIN), ==, DS_PROTOCOL_VERSION_MIN);
    g_assert_cmpuint(field(hello, DS_TAG_VERSION_MAX), ==, DS_PROTOCOL_VERSION_MAX);
    g_assert_cmpuint(field(hello, DS_TAG_CAPS), ==, 0);
    g_assert_cmpuint(field(hello, DS_TAG_PROGRAM), ==, 1);
    run_until_welcome(&s);
    g_assert_cmpstr(s.observed, ==, "192.0.2.1:4711");
    g_assert_cmpuint(s.welcomes, ==, 1);
    finish(&s);
}

static void
pin_of(SSL_CTX *ctx, uint8_t pin[static 32])
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(SSL_CTX_get0_privatekey(ctx), &der);
    g_assert_cmpint(len, >, 0);
    SHA256(der, (size_t)len, pin);
    OPENSSL_free(der);
}

/* Make a client's settings whose store holds the certificate of `ctx` alone. */
static struct ds_relay_tls_ctx *
new_client_ctx(SSL_CTX *ctx)
{
    struct ds_relay_tls_ctx *client_ctx = NULL;
    char *path = NULL;
    int fd = g_file_open_tmp("leg-XXXXXX.pem", &path, NULL);
    FILE *file = fdopen(fd, "w");
    PEM_write_X509(file, SSL_CTX_get0_certificate(ctx));
    fclose(file);
    g_assert_cmpint(ds_relay_tls_ctx_new(&client_ctx, path), ==, 0);
    unlink(path);
    g_free(path);
    return client_ctx;
}

enum { NO_ALPN = 1, ONLY_TLS_1_2 = 2, RIGHT_PIN = 4, WRONG_PIN = 8, STORE = 16, IN_STORE = 32 };

static const struct trust {
    const char *name;
    int how;
    const char *host;
    int err;
    const char *text; /* in part */
} trusts[] = {
        {"unchecked", 0, "localhost", 0, NULL},
        {"tls-1.2", ONLY_TLS_1_2, "localhost", 0, NULL},
        {"pin", RIGHT_PIN, "elsewhere.example", 0, NULL},
        {"store", STORE | IN_STORE, "localhost", 0, NULL},
        {"wrong-pin", WRONG_PIN, "localhost", DS_ERR_PIN, "relay: "},
        {"unknown", STORE, "localhost", DS_ERR_CERTIFICATE, "self-signed"},
        {"name", STORE | IN_STORE, "elsewhere.example", DS_ERR_CERTIFICATE, "ostname"},
        {"no-alpn", NO_ALPN, "localhost", DS_ERR_PROTOCOL, "deskside/1"},
};

static void
test_trust(gconstpointer arg)
{
    const struct trust *trust = arg;
    uint8_t pin[32];
    struct ds_relay_tls_ctx *client_ctx = NULL;
    struct setting s;
    init(&s);
    SSL_CTX_free(s.ctx);
    s.ctx = relay_double_ctx((trust->how & NO_ALPN) == 0);
    if (trust->how & ONLY_TLS_1_2)
        SSL_CTX_set_max_proto_version(s.ctx, TLS1_2_VERSION);
    if (trust->how & IN_STORE)
        s.config.tls = client_ctx = new_client_ctx(s.ctx);
    pin_of(s.ctx, pin);
    if (trust->how & WRONG_PIN)
        pin[31] ^= 1;
    if (trust->how & (RIGHT_PIN | WRONG_PIN))
        s.config.pin = pin;
    s.config.may_be_unchecked = (trust->how & STORE) == 0;
    s.config.host = trust->host;
    start(&s);
    if (trust->err == 0) {
        run_until_welcome(&s);
    } else {
        run_until_lost(&s);
        g_assert_cmpint(s.err, ==, trust->err);
        g_assert_nonnull(strstr(s.error_text, trust->text));
        ds_leg_free(g_steal_pointer(&s.leg));
        RUN_UNTIL(&s, s.relay->is_eof);
        g_assert_cmpuint(s.relay->count[DS_RECORD_HELLO], ==, 0); /* nothing was said */
    }
    finish(&s);
    ds_relay_tls_ctx_free(client_ctx);
}

/* --- the end --- */

static void
test_refused(gconstpointer arg)
{
    const bool is_reset = GPOINTER_TO_INT(arg);
    uint8_t buf[256];
    struct ds_writer w;
    struct setting s;
    init(&s);
    start(&s);
    s.relay->is_welcoming = false;
    take_carrier(&s); /* until it is paired its owner is told, whoever has the carrier */
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_HELLO] > 0);
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_number(&w, DS_TAG_REASON, DS_REASON_TOO_OLD, 1);
    ds_tlv_put_text(&w, DS_TAG_PROGRAM, "Deskside\x1b[2J 2\xe2\x80\xae");
    ds_tlv_put_number(&w, DS_TAG_RETRY_MS, 15000, 4);
    relay_double_say(s.relay, DS_RECORD_REFUSED, buf, w.len);
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_WAIT, NULL, 0), ==, 0);
    relay_double_close(s.relay, is_reset);
    run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_CLOSED);
    g_assert_cmpint(s.reason, ==, DS_REASON_TOO_OLD);
    g_assert_cmpuint(s.retry_ms, ==, 15000);
    g_assert_cmpstr(s.text, ==, "Deskside?[2J 2???");
    g_assert_cmpstr(s.error_text, ==, "relay: refused: too-old");
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_WAIT, NULL, 0), ==, DS_ERR_CLOSED);
    finish(&s);
}

static void
test_silence(void)
{
    struct setting s;
    init(&s);
    s.config.welcome_ms = 30;
    start(&s);
    event_del(s.relay->event);
    run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TIMEOUT);
    g_assert_cmpstr(s.error_text, ==, "relay: no TLS handshake in time");
    finish(&s);

    init(&s);
    s.config.welcome_ms = 100;
    start(&s);
    s.relay->is_welcoming = false;
    run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TIMEOUT);
    g_assert_cmpstr(s.error_text, ==, "relay: no WELCOME in time");
    finish(&s);

    init(&s);
    s.config.ping_ms = 10;
    s.config.idle_ms = 60;
    start(&s);
    run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TIMEOUT);
    g_assert_cmpstr(s.error_text, ==, "relay: nothing came for too long");
    g_assert_cmpuint(s.relay->count[DS_RECORD_PING], >=, 2);
    g_assert_cmpuint(s.relay->count[DS_RECORD_PING], <=, 6);
    finish(&s);
}

/* What a relay may not say, each in plaintext behind HELLO. */
static const struct nonsense {
    const char *name;
    bool is_welcomed;
    uint8_t bytes[24];
    size_t len;
    const char *text;
} nonsense[] = {
        {"second-welcome", true, {DS_RECORD_WELCOME, 0, 0, 0}, 4, "relay: a second WELCOME"},
        {"early", false, {DS_RECORD_WAITING, 0, 0, 0}, 4, "relay: a record before WELCOME"},
        {"early-ping", false, {DS_RECORD_PING, 0, 0, 0}, 4, "relay: a record before WELCOME"},
        {"hello", true, {DS_RECORD_HELLO, 0, 0, 0}, 4, "relay: a record that only clients send"},
        {"pipe", true, {DS_RECORD_PIPE, 0, 0, 1, 0}, 5, "relay: PIPE before the pairing"},
        {"oversized", true, {99, 0, 0x3f, 0xfd}, 4, "relay: an oversized record"},
        {"huge", true, {DS_RECORD_PIPE, 0xff, 0xff, 0xff}, 4, "relay: an oversized record"},
        {"ping", true, {DS_RECORD_PING, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 13,
                "relay: a record of a wrong length"},
        {"cookie", true, {DS_RECORD_PAIRED, 0, 0, 15, 0}, 19, "relay: a record of a wrong length"},
        {"gone", true, {DS_RECORD_GONE, 0, 0, 3, 0}, 7, "relay: a record of a wrong length"},
        {"welcome-fields", false, {DS_RECORD_WELCOME, 0, 0, 3, 0}, 7,
                "relay: a WELCOME that makes no sense"},
        {"welcome-version", false, {DS_RECORD_WELCOME, 0, 0, 6, 0, DS_TAG_VERSION, 0, 2, 0, 99}, 10,
                "relay: a WELCOME that makes no sense"},
        {"no-version", false, {DS_RECORD_WELCOME, 0, 0, 0}, 4,
                "relay: a WELCOME that makes no sense"},
        {"no-reason", false, {DS_RECORD_REFUSED, 0, 0, 0}, 4,
                "relay: a REFUSED that makes no sense"},
};

static void
test_nonsense(gconstpointer arg)
{
    const struct nonsense *row = arg;
    struct setting s;
    init(&s);
    start(&s);
    s.relay->is_welcoming = row->is_welcomed;
    if (row->is_welcomed)
        run_until_welcome(&s);
    else
        RUN_UNTIL(&s, s.relay->count[DS_RECORD_HELLO] > 0);
    relay_double_say(s.relay, 77, "skipped", 7); /* of a later version */
    relay_double_say_raw(s.relay, row->bytes, row->len);
    run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_PROTOCOL);
    g_assert_cmpstr(s.error_text, ==, row->text);
    g_assert_cmpuint(s.records->len, ==, 0);
    finish(&s);
}

static void
test_not_tls(void)
{
    struct setting s;
    init(&s);
    start(&s);
    relay_double_send(s.relay, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TLS);
    g_assert_cmpuint(s.welcomes, ==, 0);
    finish(&s);

    init(&s);
    start(&s);
    run_until_welcome(&s);
    relay_double_send(s.relay, "\x17\x03\x03\x00\x20 thirty-two bytes of no ciphertext", 37);
    run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TLS);
    finish(&s);
}

/* Bytes that a relay sends until its WELCOME was read. */
static size_t
measure_welcome(void)
{
    struct setting s;
    init(&s);
    start(&s);
    run_until_welcome(&s);
    size_t sent = s.relay->sent;
    finish(&s);
    return sent;
}

/* After each byte that a relay sends it may vanish: the owner hears of it once, and no more. */
static void
test_cut(void)
{
    const size_t total = measure_welcome();
    g_assert_cmpuint(total, >, 500);
    /* The signature's length varies by two bytes, and then the measured total is not this one's. */
    for (size_t budget = 0; budget < total - 4; budget++) {
        struct setting s;
        init(&s);
        start(&s);
        s.relay->budget = budget;
        run_until_lost(&s);
        g_assert_cmpint(s.err, ==, DS_ERR_CLOSED);
        g_assert_cmpint(s.reason, ==, DS_REASON_NONE);
        g_assert_cmpuint(s.welcomes, ==, 0);
        finish(&s);
    }
}

/* --- as a carrier --- */

static void
test_pipe(void)
{
    g_autofree uint8_t *full = g_malloc0(DS_PIPE_MAX);
    uint8_t early[8];
    struct setting s;
    init(&s);
    start(&s);
    struct ds_carrier *carrier = take_carrier(&s);
    g_assert_cmpint(carrier_send(carrier, "hello", 5), ==, 0);
    g_assert_cmpuint(ds_leg_take_early(s.leg, early, 2), ==, 2);
    g_assert_cmpmem(early, 2, "he", 2);
    g_assert_cmpint(carrier_send(carrier, full, DS_LEG_EARLY_MAX - 2), ==, DS_ERR_TOO_BIG);
    run_until_welcome(&s);
    g_assert_cmpuint(s.relay->count[DS_RECORD_PIPE], ==, 0);
    ds_leg_set_paired(s.leg); /* as a helpee does behind ACCEPT; the rest is the first PIPE */
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_PIPE] > 0);
    GBytes *pipe = relay_double_last(s.relay, DS_RECORD_PIPE);
    g_assert_cmpmem(g_bytes_get_data(pipe, NULL), g_bytes_get_size(pipe), "llo", 3);

    memset(full, 'f', DS_PIPE_MAX);
    g_assert_cmpint(carrier_send(carrier, full, DS_PIPE_MAX), ==, 0);
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_PIPE] > 1);
    g_assert_cmpint(s.relay->largest_read, ==, DS_TLS_WRITE_MAX); /* one TLS record */

    relay_double_say(s.relay, DS_RECORD_PIPE, full, DS_PIPE_MAX);
    relay_double_say(s.relay, DS_RECORD_PIPE, NULL, 0);
    relay_double_say(s.relay, DS_RECORD_NOTE, NULL, 0);
    RUN_UNTIL(&s, s.records->len > 0);
    g_assert_cmpint(g_array_index(s.records, uint8_t, 0), ==, DS_RECORD_NOTE);
    g_assert_cmpmem(s.piped->data, s.piped->len, full, DS_PIPE_MAX);

    carrier->ops->want_writable(carrier);
    g_assert_cmpuint(s.writables, ==, 0);
    RUN_UNTIL(&s, s.writables > 0);
    for (int i = 0; i < 5; i++)
        event_base_loop(s.base, EVLOOP_NONBLOCK);
    g_assert_cmpuint(s.writables, ==, 1);

    relay_double_close(s.relay, false);
    run_until_lost(&s);
    g_assert_cmpuint(s.carrier_losses, ==, 1);
    g_assert_cmpuint(s.losses, ==, 0);
    g_assert_cmpint(s.err, ==, DS_ERR_CLOSED);
    finish(&s);
}

static void
test_pong(void)
{
    struct setting s;
    init(&s);
    start(&s);
    run_until_welcome(&s);
    relay_double_say(s.relay, DS_RECORD_PING, "12345678", 8);
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_PONG] > 0);
    GBytes *pong = relay_double_last(s.relay, DS_RECORD_PONG);
    g_assert_cmpmem(g_bytes_get_data(pong, NULL), g_bytes_get_size(pong), "12345678", 8);
    finish(&s);
}

/* A relay that asks and never reads the answers: they are not kept. */
static void
test_ping_flood(void)
{
    enum { BATCH = 1000, BATCHES = 50 };
    uint8_t pings[12 * BATCH];
    struct setting s;
    init(&s);
    start(&s);
    run_until_welcome(&s);
    event_del(s.relay->event);
    for (size_t i = 0; i < BATCH; i++)
        memcpy(pings + 12 * i,
                "\x12\x00\x00\x08"
                "12345678",
                12);
    for (int i = 0; i < BATCHES; i++) {
        relay_double_say_raw(s.relay, pings, sizeof pings);
        event_base_loop(s.base, EVLOOP_NONBLOCK);
    }
    static const uint8_t cookie[DS_COOKIE_BYTES];
    relay_double_say(s.relay, DS_RECORD_PAIRED, cookie, sizeof cookie);
    take_carrier(&s);
    RUN_UNTIL(&s, s.records->len > 0); /* it has read them all, and lives */
    event_add(s.relay->event, NULL);
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_NOTE, NULL, 0), ==, 0);
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_NOTE] > 0);
    g_assert_cmpuint(s.relay->count[DS_RECORD_PONG], >, 0);
    g_assert_cmpuint(s.relay->count[DS_RECORD_PONG], <, BATCH * BATCHES / 2);
    finish(&s);
}

static void
test_queue_limit(void)
{
    uint8_t payload[DS_RECORD_MAX + 1] = {0};
    struct setting s;
    init(&s);
    start(&s);
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_SAY, payload, sizeof payload), ==, DS_ERR_TOO_BIG);
    int err = 0;
    size_t count = 0;
    while ((err = ds_leg_send(s.leg, DS_RECORD_SAY, payload, DS_RECORD_MAX)) == 0)
        count++;
    g_assert_cmpint(err, ==, DS_ERR_TOO_BIG);
    g_assert_cmpuint(count, ==, DS_LEG_QUEUE_MAX / (DS_RECORD_HEADER + DS_RECORD_MAX) - 1);
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_SAY] == count);
    finish(&s);
}

/* --- each callback may free the leg: the address sanitizer is the judge --- */

static void
test_free(gconstpointer arg)
{
    const enum moment moment = (enum moment)GPOINTER_TO_INT(arg);
    struct setting s;
    init(&s);
    s.free_at = moment;
    if (moment == AT_WELCOME || moment == AT_RECORD) {
        start(&s);
        RUN_UNTIL(&s, s.relay->count[DS_RECORD_HELLO] > 0);
        relay_double_say(s.relay, DS_RECORD_WAITING, NULL, 0);
    } else {
        struct ds_carrier *carrier = start_paired(&s);
        uint8_t two[] = {DS_RECORD_PIPE, 0, 0, 1, 'a', DS_RECORD_PIPE, 0, 0, 1, 'b'};
        if (moment == AT_LOST)
            relay_double_close(s.relay, false);
        else if (moment == AT_BYTES)
            relay_double_say_raw(s.relay, two, sizeof two);
        else
            carrier->ops->want_writable(carrier);
    }
    RUN_UNTIL(&s, s.leg == NULL);
    for (int i = 0; i < 5; i++)
        event_base_loop(s.base, EVLOOP_NONBLOCK);
    g_assert_cmpuint(s.piped->len, ==, moment == AT_BYTES ? 1 : 0);
    g_assert_cmpuint(s.losses, ==, 0);
    finish(&s);
}

static void
test_free_unpaired(void)
{
    struct setting s;
    init(&s);
    s.free_at = AT_LOST;
    start(&s);
    run_until_welcome(&s);
    relay_double_say(s.relay, DS_RECORD_HELLO, NULL, 0);
    RUN_UNTIL(&s, s.leg == NULL);
    g_assert_cmpint(s.err, ==, DS_ERR_PROTOCOL);
    finish(&s);
}

/* A last record on a leg that stands arrives, though the leg is freed at once. */
static void
test_last_word(void)
{
    struct setting s;
    init(&s);
    start(&s);
    run_until_welcome(&s);
    for (int i = 0; i < 3; i++)
        relay_double_say(s.relay, DS_RECORD_NOTE, NULL, 0); /* unread by the leg */
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_REJECT, "\0\0\0\1\5", 5), ==, 0);
    ds_leg_free(g_steal_pointer(&s.leg));
    RUN_UNTIL(&s, s.relay->is_eof);
    g_assert_cmpuint(s.relay->count[DS_RECORD_REJECT], ==, 1);
    g_assert_false(s.relay->is_reset); /* RST would overtake it on a slower line */
    finish(&s);
}

static void
test_invalid(void)
{
    struct setting s;
    int fd;
    char name[DS_HELLO_MAX + 1];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    init(&s);
    s.config.host = "";
    s.relay = relay_double_new(s.base, s.ctx, &fd);
    g_assert_cmpint(ds_leg_new(&s.leg, s.base, fd, &s.config, &handler, &s), ==, DS_ERR_INVALID);
    relay_double_free(s.relay);
    s.config.host = "localhost";
    s.config.program = name;
    s.relay = relay_double_new(s.base, s.ctx, &fd);
    g_assert_cmpint(ds_leg_new(&s.leg, s.base, fd, &s.config, &handler, &s), ==, DS_ERR_INVALID);
    g_assert_null(s.leg);
    finish(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    server_ctx = relay_double_ctx(true);
    shared_ctx = new_client_ctx(server_ctx);
    g_test_add_func("/leg/first-flight", test_first_flight);
    for (size_t i = 0; i < G_N_ELEMENTS(trusts); i++) {
        g_autofree char *name = g_strconcat("/leg/trust/", trusts[i].name, NULL);
        g_test_add_data_func(name, &trusts[i], test_trust);
    }
    g_test_add_data_func("/leg/refused/eof", GINT_TO_POINTER(false), test_refused);
    g_test_add_data_func("/leg/refused/reset", GINT_TO_POINTER(true), test_refused);
    g_test_add_func("/leg/silence", test_silence);
    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++) {
        g_autofree char *name = g_strconcat("/leg/nonsense/", nonsense[i].name, NULL);
        g_test_add_data_func(name, &nonsense[i], test_nonsense);
    }
    g_test_add_func("/leg/not-tls", test_not_tls);
    g_test_add_func("/leg/cut", test_cut);
    g_test_add_func("/leg/pipe", test_pipe);
    g_test_add_func("/leg/pong", test_pong);
    g_test_add_func("/leg/ping-flood", test_ping_flood);
    g_test_add_func("/leg/queue-limit", test_queue_limit);
    g_test_add_data_func("/leg/free/on-welcome", GINT_TO_POINTER(AT_WELCOME), test_free);
    g_test_add_data_func("/leg/free/on-record", GINT_TO_POINTER(AT_RECORD), test_free);
    g_test_add_data_func("/leg/free/carrier-lost", GINT_TO_POINTER(AT_LOST), test_free);
    g_test_add_data_func("/leg/free/on-bytes", GINT_TO_POINTER(AT_BYTES), test_free);
    g_test_add_data_func("/leg/free/on-writable", GINT_TO_POINTER(AT_WRITABLE), test_free);
    g_test_add_func("/leg/free/on-lost", test_free_unpaired);
    g_test_add_func("/leg/last-word", test_last_word);
    g_test_add_func("/leg/invalid", test_invalid);
    int status = g_test_run();
    ds_relay_tls_ctx_free(shared_ctx);
    SSL_CTX_free(server_ctx);
    return status;
}
