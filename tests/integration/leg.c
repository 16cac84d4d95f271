/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The leg to a relay that is as it should be. What a hostile one says is in leg_hostile.c. */
#include <string.h>

#include <event2/buffer.h>

#include <openssl/sha.h>

#include "net/crypto/relay_tls.h"
#include "net/wire/tlv.h"
#include "tests/integration/leg_setting.h"

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
    setting_init(&s);
    setting_start(&s);
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
    setting_run_until_welcome(&s);
    g_assert_cmpstr(s.observed, ==, "192.0.2.1:4711");
    g_assert_cmpuint(s.welcomes, ==, 1);
    setting_finish(&s);
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
    setting_init(&s);
    SSL_CTX_free(s.ctx);
    s.ctx = relay_double_ctx((trust->how & NO_ALPN) == 0);
    if (trust->how & ONLY_TLS_1_2)
        SSL_CTX_set_max_proto_version(s.ctx, TLS1_2_VERSION);
    if (trust->how & IN_STORE)
        s.config.tls = client_ctx = setting_new_client_ctx(s.ctx);
    pin_of(s.ctx, pin);
    if (trust->how & WRONG_PIN)
        pin[31] ^= 1;
    if (trust->how & (RIGHT_PIN | WRONG_PIN))
        s.config.pin = pin;
    s.config.may_be_unchecked = (trust->how & STORE) == 0;
    s.config.host = trust->host;
    setting_start(&s);
    if (trust->err == 0) {
        setting_run_until_welcome(&s);
    } else {
        setting_run_until_lost(&s);
        g_assert_cmpint(s.err, ==, trust->err);
        g_assert_nonnull(strstr(s.error_text, trust->text));
        ds_leg_free(g_steal_pointer(&s.leg));
        RUN_UNTIL(&s, s.relay->is_eof);
        g_assert_cmpuint(s.relay->count[DS_RECORD_HELLO], ==, 0); /* nothing was said */
    }
    setting_finish(&s);
    ds_relay_tls_ctx_free(client_ctx);
}

/* --- as a carrier --- */

static int
carrier_send(struct ds_carrier *carrier, const void *data, size_t len)
{
    struct evbuffer *bytes = evbuffer_new();
    evbuffer_add(bytes, data, len);
    int err = carrier->ops->send(carrier, bytes);
    evbuffer_free(bytes);
    return err;
}

static void
test_pipe(void)
{
    g_autofree uint8_t *full = g_malloc0(DS_PIPE_MAX);
    uint8_t early[8];
    struct setting s;
    setting_init(&s);
    setting_start(&s);
    struct ds_carrier *carrier = setting_take_carrier(&s);
    g_assert_cmpint(carrier_send(carrier, "hello", 5), ==, 0);
    g_assert_cmpuint(ds_leg_take_early(s.leg, early, 2), ==, 2);
    g_assert_cmpmem(early, 2, "he", 2);
    g_assert_cmpint(carrier_send(carrier, full, DS_LEG_EARLY_MAX - 2), ==, DS_ERR_TOO_BIG);
    setting_run_until_welcome(&s);
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
    setting_run_until_lost(&s);
    g_assert_cmpuint(s.carrier_losses, ==, 1);
    g_assert_cmpuint(s.losses, ==, 0);
    g_assert_cmpint(s.err, ==, DS_ERR_CLOSED);
    setting_finish(&s);
}

static void
test_pong(void)
{
    struct setting s;
    setting_init(&s);
    setting_start(&s);
    setting_run_until_welcome(&s);
    relay_double_say(s.relay, DS_RECORD_PING, "12345678", 8);
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_PONG] > 0);
    GBytes *pong = relay_double_last(s.relay, DS_RECORD_PONG);
    g_assert_cmpmem(g_bytes_get_data(pong, NULL), g_bytes_get_size(pong), "12345678", 8);
    setting_finish(&s);
}

static void
test_queue_limit(void)
{
    uint8_t payload[DS_RECORD_MAX + 1] = {0};
    struct setting s;
    setting_init(&s);
    setting_start(&s);
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_SAY, payload, sizeof payload), ==, DS_ERR_TOO_BIG);
    int err = 0;
    size_t count = 0;
    while ((err = ds_leg_send(s.leg, DS_RECORD_SAY, payload, DS_RECORD_MAX)) == 0)
        count++;
    g_assert_cmpint(err, ==, DS_ERR_TOO_BIG);
    g_assert_cmpuint(count, ==, DS_LEG_QUEUE_MAX / (DS_RECORD_HEADER + DS_RECORD_MAX) - 1);
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_SAY] == count);
    setting_finish(&s);
}

/* --- each callback may free the leg: the address sanitizer is the judge --- */

static void
test_free(gconstpointer arg)
{
    const enum moment moment = (enum moment)GPOINTER_TO_INT(arg);
    struct setting s;
    setting_init(&s);
    s.free_at = moment;
    if (moment == AT_WELCOME || moment == AT_RECORD) {
        setting_start(&s);
        RUN_UNTIL(&s, s.relay->count[DS_RECORD_HELLO] > 0);
        relay_double_say(s.relay, DS_RECORD_WAITING, "borrowed", 8);
    } else {
        struct ds_carrier *carrier = setting_start_paired(&s);
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
    setting_finish(&s);
}

static void
test_free_unpaired(void)
{
    struct setting s;
    setting_init(&s);
    s.free_at = AT_LOST;
    setting_start(&s);
    setting_run_until_welcome(&s);
    relay_double_say(s.relay, DS_RECORD_HELLO, NULL, 0);
    RUN_UNTIL(&s, s.leg == NULL);
    g_assert_cmpint(s.err, ==, DS_ERR_PROTOCOL);
    setting_finish(&s);
}

/* A last record on a leg that stands arrives, though the leg is freed at once. */
static void
test_last_word(void)
{
    struct setting s;
    setting_init(&s);
    setting_start(&s);
    setting_run_until_welcome(&s);
    for (int i = 0; i < 3; i++)
        relay_double_say(s.relay, DS_RECORD_NOTE, NULL, 0); /* unread by the leg */
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_REJECT, "\0\0\0\1\5", 5), ==, 0);
    ds_leg_free(g_steal_pointer(&s.leg));
    RUN_UNTIL(&s, s.relay->is_eof);
    g_assert_cmpuint(s.relay->count[DS_RECORD_REJECT], ==, 1);
    g_assert_false(s.relay->is_reset); /* RST would overtake it on a slower line */
    setting_finish(&s);
}

static void
test_invalid(void)
{
    struct setting s;
    int fd;
    char name[DS_HELLO_MAX + 1];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    setting_init(&s);
    s.config.host = "";
    s.relay = relay_double_new(s.base, s.ctx, &fd);
    g_assert_cmpint(ds_leg_new(&s.leg, s.base, fd, &s.config, NULL, NULL), ==, DS_ERR_INVALID);
    relay_double_free(s.relay);
    s.config.host = "localhost";
    s.config.program = name;
    s.relay = relay_double_new(s.base, s.ctx, &fd);
    g_assert_cmpint(ds_leg_new(&s.leg, s.base, fd, &s.config, NULL, NULL), ==, DS_ERR_INVALID);
    g_assert_null(s.leg);
    setting_finish(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    setting_open();
    g_test_add_func("/leg/first-flight", test_first_flight);
    for (size_t i = 0; i < G_N_ELEMENTS(trusts); i++) {
        g_autofree char *name = g_strconcat("/leg/trust/", trusts[i].name, NULL);
        g_test_add_data_func(name, &trusts[i], test_trust);
    }
    g_test_add_func("/leg/pipe", test_pipe);
    g_test_add_func("/leg/pong", test_pong);
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
    setting_close();
    return status;
}
