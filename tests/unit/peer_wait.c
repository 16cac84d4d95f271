/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting and knocking, told what a relay says by hand, and the time. */
#include <string.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/peer/knock.h"
#include "net/peer/wait.h"
#include "net/wire/reader.h"
#include "net/wire/tlv.h"
#include "tests/lib/fed_leg.h"

enum { LIFE_MS = 60000 };

/* In the place of net/base/clock.c: this machine sleeps when it is told to. */
static uint64_t boot_ms = 1000000;

uint64_t
ds_clock_us(void)
{
    return boot_ms * 1000;
}

uint64_t
ds_clock_boot_ms(void)
{
    return boot_ms;
}

struct timeval
ds_clock_timeval(uint64_t ms)
{
    return (struct timeval){
            .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

static const struct ds_relay_addr relay = {.host = "127.0.0.1", .port = 443};

struct side {
    struct event_base *base;
    struct ds_outlet outlet;
    struct ds_wait *wait; /* NULL once freed */
    struct ds_knock *knock;
    unsigned codes, offlines, guesses, fails;
    const void *free_at; /* one of the counters above: free the wait when it counts */
    struct ds_code code;
    uint64_t left_ms;
    enum ds_reason reason;
    char text[300];
    uint32_t retry_ms;
    /* The last record that it sent. */
    uint8_t type;
    uint8_t sent[512];
    size_t sent_len;
};

static void
count(struct side *side, unsigned *counter)
{
    (*counter)++;
    if (side->free_at == counter) {
        ds_wait_free(side->wait);
        side->wait = NULL;
    }
}

static void
on_sent(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct side *side = arg;
    g_assert_cmpuint(len, <=, sizeof side->sent);
    side->type = type;
    side->sent_len = len;
    if (len > 0)
        memcpy(side->sent, payload, len);
}

static const struct fed_handler fed_handler = {on_sent};

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct side *side = arg;
    side->code = *code;
    side->left_ms = left_ms;
    count(side, &side->codes);
}

static void
on_offline(void *arg)
{
    struct side *side = arg;
    count(side, &side->offlines);
}

static void
on_guess(void *arg, unsigned left)
{
    struct side *side = arg;
    count(side, &side->guesses);
}

static void
on_met(void *arg, const struct ds_contact *contact)
{
    g_assert_not_reached();
}

static void
on_failed(void *arg, enum ds_reason reason, const char *text)
{
    struct side *side = arg;
    side->reason = reason;
    g_strlcpy(side->text, text, sizeof side->text);
    side->free_at = &side->fails; /* as an owner does */
    count(side, &side->fails);
}

static const struct ds_wait_handler wait_handler = {
        on_code, on_offline, on_guess, on_met, on_failed};

static void
on_knock_failed(void *arg, enum ds_reason reason, uint32_t retry_ms, const char *text)
{
    struct side *side = arg;
    on_failed(side, reason, text);
    side->retry_ms = retry_ms;
    ds_knock_free(side->knock);
    side->knock = NULL;
}

static const struct ds_knock_handler knock_handler = {on_met, on_knock_failed};

static void
begin(struct side *side)
{
    memset(side, 0, sizeof *side);
    side->base = event_base_new();
    side->outlet = (struct ds_outlet){.base = side->base, .program = "test"};
    fed_begin(&fed_handler, side);
}

static void
reach(struct side *side)
{
    while (!fed_is_dialling())
        event_base_loop(side->base, EVLOOP_ONCE);
    fed_dialled(0);
    fed_welcome();
}

static void
begin_wait(struct side *side)
{
    begin(side);
    g_assert_cmpint(
            ds_wait_start(&side->wait, &side->outlet, &relay, LIFE_MS, &wait_handler, side), ==, 0);
    reach(side);
    g_assert_cmpuint(side->type, ==, DS_RECORD_WAIT);
}

static void
begin_knock(struct side *side)
{
    static const struct ds_code code = {.nameplate = "4711", .secret = "9130577"};
    begin(side);
    g_assert_cmpint(
            ds_knock_start(&side->knock, &side->outlet, &relay, &code, &knock_handler, side), ==,
            0);
    reach(side);
    g_assert_cmpuint(side->type, ==, DS_RECORD_KNOCK);
}

static void
finish(struct side *side)
{
    ds_wait_free(side->wait);
    ds_knock_free(side->knock);
    event_base_free(side->base);
}

static void
say_waiting(const char *nameplate)
{
    static const uint8_t token[DS_TOKEN_BYTES] = "a token";
    uint8_t buf[64];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_text(&w, DS_TAG_NAMEPLATE, nameplate);
    ds_tlv_put(&w, DS_TAG_TOKEN, token, sizeof token);
    g_assert_true(fed_record(DS_RECORD_WAITING, buf, w.len));
}

/* Knock with a wrong secret, take B1, say cA. */
static void
guess(struct side *side)
{
    uint8_t record[4 + DS_PROOF_OFFER_BYTES] = {0, 0, 0, 7};
    struct ds_proof *proof;
    struct ds_code code = side->code;
    code.secret[6] = code.secret[6] == '9' ? '0' : (char)(code.secret[6] + 1);
    g_assert_cmpint(ds_proof_new(&proof, DS_ROLE_HELPER, &code), ==, 0);
    g_assert_cmpint(ds_proof_offer(proof, record + 4), ==, 0);
    g_assert_true(fed_record(DS_RECORD_KNOCKED, record, sizeof record));
    g_assert_cmpuint(side->type, ==, DS_RECORD_SAY);
    g_assert_cmpuint(side->sent_len, ==, sizeof record);
    g_assert_cmpint(ds_proof_take_offer(proof, side->sent + 4, DS_PROOF_OFFER_BYTES), ==, 0);
    g_assert_cmpint(ds_proof_make(proof, record + 4), ==, 0);
    g_assert_true(fed_record(DS_RECORD_SAY, record, 4 + DS_PROOF_CONFIRM_BYTES));
    ds_proof_free(proof);
}

/* --- tests --- */

static void
test_waiting_hostile(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
            {"", 0},
            {"\0\x09\0\x04"
             "4711",
                    8}, /* no token */
            {"\0\x0a\0\x10"
             "0123456789abcdef",
                    20}, /* no nameplate */
            {"\0\x09\0\x04"
             "4711"
             "\0\x0a\0\x0f"
             "0123456789abcde",
                    27}, /* a short token */
            {"\0\x09\0\x04"
             "47a1"
             "\0\x0a\0\x10"
             "0123456789abcdef",
                    28},
            {"\0\x09\0\x03"
             "471"
             "\0\x0a\0\x10"
             "0123456789abcdef",
                    27},
            {"\0\x09\0\x0a"
             "4711471147"
             "\0\x0a\0\x10"
             "0123456789abcdef",
                    34},
            {"\0\x09\0\x04"
             "47\0"
             "1"
             "\0\x0a\0\x10"
             "0123456789abcdef",
                    28},
            {"\0\x09\0\x04"
             "4711"
             "\0\x0a\0\x10"
             "0123456789abcdef"
             "\0",
                    29}, /* cut field */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct side side;
        begin_wait(&side);
        g_assert_true(fed_record(DS_RECORD_WAITING, rows[i].bytes, rows[i].len));
        g_assert_cmpuint(side.fails, ==, 1);
        g_assert_cmpuint(side.codes, ==, 0);
        g_assert_cmpint(side.reason, ==, DS_REASON_PROTOCOL);
        g_assert_true(g_str_has_prefix(side.text, "relay: "));
        finish(&side);
    }
}

static void
lose_and_return(struct side *side)
{
    fed_lose(DS_ERR_CLOSED, DS_REASON_NONE, 0, "");
    g_assert_cmpuint(side->fails, ==, 0);
    reach(side);
}

/* The code keeps its secret, its guesses and its time over a lost relay, also one lost in sleep. */
static void
test_return(void)
{
    struct side side;
    begin_wait(&side);
    say_waiting("4711");
    g_assert_cmpuint(side.left_ms, ==, LIFE_MS);
    struct ds_code first = side.code;
    guess(&side);
    boot_ms += 20000;
    lose_and_return(&side);
    g_assert_cmpuint(side.offlines, ==, 1);
    g_assert_nonnull(memmem(side.sent, side.sent_len, "a token", 7));
    g_assert_nonnull(memmem(side.sent, side.sent_len, "4711", 4));
    say_waiting("4711");
    g_assert_cmpstr(side.code.secret, ==, first.secret);
    g_assert_cmpuint(side.left_ms, ==, LIFE_MS - 20000);
    boot_ms += LIFE_MS;
    fed_lose(DS_ERR_CLOSED, DS_REASON_NONE, 0, "");
    g_assert_cmpint(side.reason, ==, DS_REASON_CODE_EXPIRED);
    g_assert_cmpuint(side.offlines, ==, 1);
    g_assert_cmpuint(side.codes, ==, 2);
    finish(&side);
}

/* It grows old while the relay is looked for. */
static void
test_return_too_late(void)
{
    struct side side;
    begin_wait(&side);
    say_waiting("4711");
    lose_and_return(&side);
    boot_ms += LIFE_MS;
    say_waiting("4711");
    g_assert_cmpint(side.reason, ==, DS_REASON_CODE_EXPIRED);
    g_assert_cmpint(side.type, ==, DS_RECORD_LEAVE);
    g_assert_cmpuint(side.sent[0], ==, DS_REASON_CODE_EXPIRED);
    g_assert_cmpuint(side.codes, ==, 1);
    finish(&side);
}

/* Another nameplate makes another secret, and not three guesses more. */
static void
test_dealt_again(void)
{
    struct side side;
    begin_wait(&side);
    say_waiting("4711");
    struct ds_code first = side.code;
    guess(&side);
    lose_and_return(&side);
    say_waiting("4712");
    g_assert_cmpstr(side.code.secret, !=, first.secret);
    guess(&side);
    lose_and_return(&side);
    say_waiting("4711");
    guess(&side);
    g_assert_cmpint(side.reason, ==, DS_REASON_CODE_BURNED);
    g_assert_cmpuint(side.guesses, ==, 2);
    finish(&side);
}

static void
test_out_of_turn(void)
{
    uint8_t knocked[4 + DS_PROOF_OFFER_BYTES] = {0, 0, 0, 7};
    struct side side;
    begin_wait(&side);
    say_waiting("4711");
    lose_and_return(&side);
    g_assert_true(fed_record(DS_RECORD_KNOCKED, knocked, sizeof knocked));
    g_assert_cmpuint(side.type, ==, DS_RECORD_REJECT);
    g_assert_cmpuint(side.sent[4], ==, DS_REASON_BUSY);
    say_waiting("4711");
    g_assert_cmpuint(side.fails, ==, 0);
    say_waiting("4711");
    g_assert_cmpint(side.reason, ==, DS_REASON_PROTOCOL);
    g_assert_cmpstr(side.text, ==, "relay: a second WAITING");
    finish(&side);
}

/* A relay that does not read: nothing piles up, and the code lives on. */
static void
test_clogged(void)
{
    uint8_t knocked[4 + DS_PROOF_OFFER_BYTES] = {0};
    struct side side;
    begin_wait(&side);
    say_waiting("4711");
    fed_clog(true);
    for (uint8_t id = 0; id < 20; id++) {
        knocked[3] = id;
        g_assert_true(fed_record(DS_RECORD_KNOCKED, knocked, sizeof knocked));
    }
    fed_clog(false);
    guess(&side);
    g_assert_cmpuint(side.guesses, ==, 1);
    finish(&side);
}

static void
test_free_in_callbacks(void)
{
    struct side side;
    begin_wait(&side);
    side.free_at = &side.codes;
    say_waiting("4711");
    g_assert_null(side.wait);
    finish(&side);
    begin_wait(&side);
    say_waiting("4711");
    side.free_at = &side.guesses;
    guess(&side);
    g_assert_null(side.wait);
    finish(&side);
    begin_wait(&side);
    say_waiting("4711");
    side.free_at = &side.offlines;
    fed_lose(DS_ERR_CLOSED, DS_REASON_NONE, 0, "");
    g_assert_null(side.wait);
    finish(&side);
}

/* What a relay may refuse with is believed; what only a peer or a person may say is not. */
static void
test_refused(void)
{
    for (int reason = 1; reason < 256; reason++) {
        bool is_relays = reason == DS_REASON_NO_SUCH_CODE || reason == DS_REASON_WRONG_CODE ||
                         reason == DS_REASON_BUSY || reason == DS_REASON_TOO_OLD ||
                         reason == DS_REASON_RELAY_TOO_OLD || reason == DS_REASON_RELAY_FULL ||
                         reason == DS_REASON_PEER_LEFT || reason == DS_REASON_PROTOCOL ||
                         reason == DS_REASON_REPLACED || reason == DS_REASON_IDLE ||
                         reason == DS_REASON_DRAIN || reason == DS_REASON_CODE_EXPIRED ||
                         reason == DS_REASON_CODE_BURNED;
        struct side side;
        begin_knock(&side);
        fed_lose(DS_ERR_CLOSED, reason, 5000, "Deskside 9");
        g_assert_cmpint(side.reason, ==, is_relays ? reason : DS_REASON_PROTOCOL);
        g_assert_cmpuint(side.retry_ms, ==, 5000);
        g_assert_cmpstr(
                side.text, ==, reason == DS_REASON_TOO_OLD ? "Deskside 9" : "knock: fed: lost");
        finish(&side);
    }
}

/* A relay cannot make a code look dead to who waits under it: that is found out on this side. */
static void
test_refused_waiting(void)
{
    static const enum ds_reason reasons[] = {DS_REASON_CODE_EXPIRED, DS_REASON_CODE_BURNED};
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++) {
        struct side side;
        begin_wait(&side);
        say_waiting("4711");
        fed_lose(DS_ERR_CLOSED, reasons[i], 0, "");
        g_assert_cmpint(side.reason, ==, DS_REASON_PROTOCOL);
        finish(&side);
    }
}

/* The step is named as far as the two had come. */
static void
test_knock_steps(void)
{
    static const struct ds_code code = {.nameplate = "4711", .secret = "9130577"};
    uint8_t offer[4 + DS_PROOF_OFFER_BYTES] = {0}, confirm[4 + DS_PROOF_CONFIRM_BYTES] = {0};
    struct ds_proof *sharer;
    struct side side;
    begin_knock(&side);
    g_assert_cmpint(ds_proof_new(&sharer, DS_ROLE_HELPEE, &code), ==, 0);
    g_assert_cmpint(ds_proof_take_offer(sharer, side.sent + 5, DS_PROOF_OFFER_BYTES), ==, 0);
    g_assert_cmpint(ds_proof_offer(sharer, offer + 4), ==, 0);
    g_assert_true(fed_record(DS_RECORD_SAY, offer, sizeof offer));
    g_assert_cmpint(ds_proof_check(sharer, side.sent + 4), ==, 0);
    g_assert_cmpint(ds_proof_make(sharer, confirm + 4), ==, 0);
    g_assert_true(fed_record(DS_RECORD_SAY, confirm, sizeof confirm));
    fed_lose(DS_ERR_CLOSED, DS_REASON_NONE, 0, "");
    g_assert_cmpint(side.reason, ==, DS_REASON_PEER_LEFT);
    g_assert_cmpstr(side.text, ==, "pairing: fed: lost");
    ds_proof_free(sharer);
    finish(&side);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer/wait/waiting-hostile", test_waiting_hostile);
    g_test_add_func("/peer/wait/return", test_return);
    g_test_add_func("/peer/wait/return/too-late", test_return_too_late);
    g_test_add_func("/peer/wait/dealt-again", test_dealt_again);
    g_test_add_func("/peer/wait/out-of-turn", test_out_of_turn);
    g_test_add_func("/peer/wait/clogged", test_clogged);
    g_test_add_func("/peer/wait/free-in-callbacks", test_free_in_callbacks);
    g_test_add_func("/peer/knock/refused", test_refused);
    g_test_add_func("/peer/wait/refused", test_refused_waiting);
    g_test_add_func("/peer/knock/steps", test_knock_steps);
    return g_test_run();
}
