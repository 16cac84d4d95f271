/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The leg to a relay that refuses, vanishes, says nothing, or what it may not say. */
#include <string.h>

#include "net/base/reason.h"
#include "net/wire/tlv.h"
#include "tests/integration/leg_setting.h"

static void
test_refused(gconstpointer arg)
{
    const bool is_reset = GPOINTER_TO_INT(arg);
    uint8_t buf[256];
    struct ds_writer w;
    struct setting s;
    setting_init(&s);
    setting_start(&s);
    s.relay->is_welcoming = false;
    setting_take_carrier(&s); /* until it is paired its owner is told, whoever has the carrier */
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_HELLO] > 0);
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_number(&w, DS_TAG_REASON, DS_REASON_TOO_OLD, 1);
    ds_tlv_put_text(&w, DS_TAG_PROGRAM, "Deskside\x1b[2J 2\xe2\x80\xae");
    ds_tlv_put_number(&w, DS_TAG_RETRY_MS, 15000, 4);
    relay_double_say(s.relay, DS_RECORD_REFUSED, buf, w.len);
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_WAIT, NULL, 0), ==, 0);
    relay_double_close(s.relay, is_reset);
    setting_run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_CLOSED);
    g_assert_cmpint(s.reason, ==, DS_REASON_TOO_OLD);
    g_assert_cmpuint(s.retry_ms, ==, 15000);
    g_assert_cmpstr(s.text, ==, "Deskside?[2J 2???");
    g_assert_cmpstr(s.error_text, ==, "relay: refused: too-old");
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_WAIT, NULL, 0), ==, DS_ERR_CLOSED);
    setting_finish(&s);
}

static void
test_silence(void)
{
    struct setting s;
    setting_init(&s);
    s.config.welcome_ms = 30;
    setting_start(&s);
    event_del(s.relay->event);
    setting_run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TIMEOUT);
    g_assert_cmpstr(s.error_text, ==, "relay: no TLS handshake in time");
    setting_finish(&s);

    setting_init(&s);
    s.config.welcome_ms = 100;
    setting_start(&s);
    s.relay->is_welcoming = false;
    setting_run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TIMEOUT);
    g_assert_cmpstr(s.error_text, ==, "relay: no WELCOME in time");
    setting_finish(&s);

    setting_init(&s);
    s.config.ping_ms = 10;
    s.config.idle_ms = 60;
    setting_start(&s);
    setting_run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TIMEOUT);
    g_assert_cmpstr(s.error_text, ==, "relay: nothing came for too long");
    g_assert_cmpuint(s.relay->count[DS_RECORD_PING], >=, 2);
    g_assert_cmpuint(s.relay->count[DS_RECORD_PING], <=, 6);
    setting_finish(&s);
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
    setting_init(&s);
    setting_start(&s);
    s.relay->is_welcoming = row->is_welcomed;
    if (row->is_welcomed)
        setting_run_until_welcome(&s);
    else
        RUN_UNTIL(&s, s.relay->count[DS_RECORD_HELLO] > 0);
    relay_double_say(s.relay, 77, "skipped", 7); /* of a later version */
    relay_double_say_raw(s.relay, row->bytes, row->len);
    setting_run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_PROTOCOL);
    g_assert_cmpstr(s.error_text, ==, row->text);
    g_assert_cmpuint(s.records->len, ==, 0);
    setting_finish(&s);
}

static void
test_not_tls(void)
{
    struct setting s;
    setting_init(&s);
    setting_start(&s);
    relay_double_send(s.relay, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    setting_run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TLS);
    g_assert_cmpuint(s.welcomes, ==, 0);
    setting_finish(&s);

    setting_init(&s);
    setting_start(&s);
    setting_run_until_welcome(&s);
    relay_double_send(s.relay, "\x17\x03\x03\x00\x20 thirty-two bytes of no ciphertext", 37);
    setting_run_until_lost(&s);
    g_assert_cmpint(s.err, ==, DS_ERR_TLS);
    setting_finish(&s);
}

/* Bytes that a relay sends until its WELCOME was read. */
static size_t
measure_welcome(void)
{
    struct setting s;
    setting_init(&s);
    setting_start(&s);
    setting_run_until_welcome(&s);
    size_t sent = s.relay->sent;
    setting_finish(&s);
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
        setting_init(&s);
        setting_start(&s);
        s.relay->budget = budget;
        setting_run_until_lost(&s);
        g_assert_cmpint(s.err, ==, DS_ERR_CLOSED);
        g_assert_cmpint(s.reason, ==, DS_REASON_NONE);
        g_assert_cmpuint(s.welcomes, ==, 0);
        setting_finish(&s);
    }
}

/* A relay that asks and never reads the answers: they are not kept. */
static void
test_ping_flood(void)
{
    enum { BATCH = 1000, BATCHES = 50 };
    uint8_t pings[12 * BATCH];
    struct setting s;
    setting_init(&s);
    setting_start(&s);
    setting_run_until_welcome(&s);
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
    setting_take_carrier(&s);
    RUN_UNTIL(&s, s.records->len > 0); /* it has read them all, and lives */
    event_add(s.relay->event, NULL);
    g_assert_cmpint(ds_leg_send(s.leg, DS_RECORD_NOTE, NULL, 0), ==, 0);
    RUN_UNTIL(&s, s.relay->count[DS_RECORD_NOTE] > 0);
    g_assert_cmpuint(s.relay->count[DS_RECORD_PONG], >, 0);
    g_assert_cmpuint(s.relay->count[DS_RECORD_PONG], <, BATCH * BATCHES / 2);
    setting_finish(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    setting_open();
    g_test_add_data_func("/leg-hostile/refused/eof", GINT_TO_POINTER(false), test_refused);
    g_test_add_data_func("/leg-hostile/refused/reset", GINT_TO_POINTER(true), test_refused);
    g_test_add_func("/leg-hostile/silence", test_silence);
    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++) {
        g_autofree char *name = g_strconcat("/leg-hostile/nonsense/", nonsense[i].name, NULL);
        g_test_add_data_func(name, &nonsense[i], test_nonsense);
    }
    g_test_add_func("/leg-hostile/not-tls", test_not_tls);
    g_test_add_func("/leg-hostile/cut", test_cut);
    g_test_add_func("/leg-hostile/ping-flood", test_ping_flood);
    int status = g_test_run();
    setting_close();
    return status;
}
