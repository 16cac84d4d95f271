/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a relay sends to a helpee who waits: any records, and knocks of helpers who know the code or
 * do not. However they follow each other, three wrong guesses are the end, and cB is said only
 * after a right cA.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "net/base/limits.h"
#include "net/base/reason.h"
#include "net/peer/wait.h"
#include "net/wire/reader.h"
#include "net/wire/tlv.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/fed_leg.h"

enum { HELPERS = 6, CODE_LIFE_MS = 1000000 };

/* What the input does next, by the byte before it. */
enum deed {
    ANY_RECORD, /* u8 type, u8 length, payload */
    WAITING,    /* u8: which nameplate */
    KNOCK,      /* u8: which helper; its low bit: whether it has the right code */
    CONFIRM,    /* u8: which helper; says cA and up to 255 bytes more */
    GONE,       /* u8: which helper */
    LOSE,       /* u8: which error; u8: which reason */
    REACH,      /* u8: 0 the relay is there, else not */
    CLOG,       /* u8: whether */
    DEEDS,
};

struct helper {
    struct ds_proof *proof;
    bool is_right;
    bool has_confirm;
    uint8_t confirm[DS_PROOF_CONFIRM_BYTES];
};

static struct {
    struct event_base *base;
    struct ds_wait *wait; /* NULL once it is over */
    struct ds_code code;
    struct helper helpers[HELPERS];
    unsigned guesses;  /* that were counted */
    unsigned wrong;    /* REJECT(wrong-code) */
    bool is_confirmed; /* a right cA is being given */
} f;

/* --- the helpee's words --- */

static void
on_sent_say(const uint8_t *payload, size_t len)
{
    struct ds_reader r;
    ds_reader_init(&r, payload, len);
    uint32_t id = ds_reader_u32(&r);
    size_t left = ds_reader_left(&r);
    if (left == DS_PROOF_CONFIRM_BYTES) {
        if (!f.is_confirmed)
            abort(); /* cB before cA */
        return;
    }
    if (left != DS_PROOF_OFFER_BYTES)
        abort();
    struct helper *helper = id < HELPERS ? &f.helpers[id] : NULL;
    if (helper != NULL && helper->proof != NULL && !helper->has_confirm)
        helper->has_confirm = ds_proof_take_offer(helper->proof, payload + 4, left) == 0 &&
                              ds_proof_make(helper->proof, helper->confirm) == 0;
}

static void
on_sent_leave(const uint8_t *payload, size_t len)
{
    if (len != 1 || (payload[0] != DS_REASON_CODE_EXPIRED && payload[0] != DS_REASON_CODE_BURNED))
        abort();
    if (payload[0] == DS_REASON_CODE_BURNED && f.wrong < DS_CODE_GUESSES)
        abort();
}

static void
on_sent(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    if (type == DS_RECORD_SAY)
        on_sent_say(payload, len);
    else if (type == DS_RECORD_REJECT && len == 5)
        f.wrong += payload[4] == DS_REASON_WRONG_CODE;
    else if (type == DS_RECORD_ACCEPT && !f.is_confirmed)
        abort();
    else if (type == DS_RECORD_LEAVE)
        on_sent_leave(payload, len);
    else if (type != DS_RECORD_WAIT && type != DS_RECORD_ACCEPT)
        abort();
}

static const struct fed_handler fed_handler = {on_sent};

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    if (left_ms == 0 || left_ms > CODE_LIFE_MS || strlen(code->secret) != DS_CODE_SECRET_DIGITS)
        abort();
    f.code = *code;
}

static void
on_offline(void *arg)
{
}

static void
on_guess(void *arg, unsigned left)
{
    f.guesses++;
    if (left + f.guesses != DS_CODE_GUESSES || left == 0)
        abort();
}

static void
end(void)
{
    ds_wait_free(f.wait);
    f.wait = NULL;
}

static void
on_met(void *arg, const struct ds_contact *contact)
{
    if (!f.is_confirmed)
        abort();
    ds_path_free(contact->path);
    end();
}

static void
on_failed(void *arg, enum ds_reason reason, const char *text)
{
    if (reason == DS_REASON_NONE || text[0] == '\0')
        abort();
    if (reason == DS_REASON_CODE_BURNED)
        f.guesses++;
    end();
}

static const struct ds_wait_handler wait_handler = {
        on_code, on_offline, on_guess, on_met, on_failed};

/* --- the input --- */

static void
say_waiting(uint8_t which)
{
    static const char *const nameplates[] = {"4711", "0000", "123456789", "47110"};
    uint8_t buf[64], token[DS_TOKEN_BYTES] = {which};
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_text(&w, DS_TAG_NAMEPLATE, nameplates[which % 4]);
    ds_tlv_put(&w, DS_TAG_TOKEN, token, sizeof token);
    fed_record(DS_RECORD_WAITING, buf, w.len);
}

static void
knock(uint8_t which)
{
    struct helper *helper = &f.helpers[which % HELPERS];
    uint8_t record[4 + DS_PROOF_OFFER_BYTES] = {0, 0, 0, (uint8_t)(which % HELPERS)};
    struct ds_code code = f.code;
    if (code.nameplate[0] == '\0')
        return;
    ds_proof_free(helper->proof);
    *helper = (struct helper){.is_right = which & 0x80};
    if (!helper->is_right)
        code.secret[0] = code.secret[0] == '9' ? '0' : (char)(code.secret[0] + 1);
    if (ds_proof_new(&helper->proof, DS_ROLE_HELPER, &code) < 0 ||
            ds_proof_offer(helper->proof, record + 4) < 0)
        abort();
    fed_record(DS_RECORD_KNOCKED, record, sizeof record);
}

/* Only what a right helper says in full may bring cB. A code that was replaced makes him wrong. */
static void
confirm(uint8_t which, const uint8_t *rest, size_t rest_len)
{
    struct helper *helper = &f.helpers[which % HELPERS];
    uint8_t record[4 + DS_PROOF_CONFIRM_BYTES + 255] = {0, 0, 0, (uint8_t)(which % HELPERS)};
    if (!helper->has_confirm)
        return;
    memcpy(record + 4, helper->confirm, sizeof helper->confirm);
    if (rest_len > 0)
        memcpy(record + 4 + DS_PROOF_CONFIRM_BYTES, rest, rest_len);
    f.is_confirmed = helper->is_right;
    fed_record(DS_RECORD_SAY, record, 4 + DS_PROOF_CONFIRM_BYTES + rest_len);
    f.is_confirmed = false;
}

static void
say_gone(uint8_t which)
{
    const uint8_t record[4] = {0, 0, 0, (uint8_t)(which % HELPERS)};
    fed_record(DS_RECORD_GONE, record, sizeof record);
}

static void
lose(uint8_t error, uint8_t reason)
{
    fed_lose(-1 - error % 17, reason, 0, "");
}

/* u8 length, and as many bytes as there are. */
static const uint8_t *
read_bytes(struct ds_reader *r, size_t *len)
{
    *len = ds_reader_u8(r);
    if (*len > ds_reader_left(r))
        *len = ds_reader_left(r);
    return ds_reader_bytes(r, *len);
}

static void
do_on_leg(enum deed deed, struct ds_reader *r)
{
    uint8_t first = ds_reader_u8(r), second;
    const uint8_t *bytes;
    size_t n;
    switch (deed) {
    case ANY_RECORD:
        bytes = read_bytes(r, &n);
        fed_record(first, bytes, n);
        break;
    case WAITING:
        say_waiting(first);
        break;
    case KNOCK:
        knock(first);
        break;
    case CONFIRM:
        bytes = read_bytes(r, &n);
        confirm(first, bytes, n);
        break;
    case GONE:
        say_gone(first);
        break;
    case LOSE:
        second = ds_reader_u8(r);
        lose(first, second);
        break;
    case CLOG:
        fed_clog(first & 1);
        break;
    case REACH:
    case DEEDS:
        break;
    }
}

/* The time between two tries is not waited for: the loop runs until the next one. */
static void
reach(struct ds_reader *r)
{
    while (f.wait != NULL && !fed_is_dialling())
        event_base_loop(f.base, EVLOOP_ONCE);
    if (f.wait == NULL)
        return;
    fed_dialled(ds_reader_u8(r) == 0 ? 0 : DS_ERR_UNREACHABLE);
    if (f.wait != NULL && fed_has_leg())
        fed_welcome();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static const struct ds_relay_addr relay = {.host = "127.0.0.1", .port = 443};
    struct ds_outlet outlet = {.program = "fuzz"};
    struct ds_reader r;
    unsigned reaches = 0;

    memset(&f, 0, sizeof f);
    outlet.base = f.base = event_base_new();
    fed_begin(&fed_handler, NULL);
    if (ds_wait_start(&f.wait, &outlet, &relay, CODE_LIFE_MS, &wait_handler, NULL) < 0)
        abort();
    ds_reader_init(&r, data, size_bytes);
    while (f.wait != NULL && ds_reader_left(&r) > 0) {
        enum deed deed = ds_reader_u8(&r) % DEEDS;
        if (fed_has_leg())
            do_on_leg(deed, &r);
        else if (reaches++ < 2) /* each later one would take real time */
            reach(&r);
        else
            break;
    }
    if (f.wrong > f.guesses || f.guesses > DS_CODE_GUESSES)
        abort();
    end();
    for (size_t i = 0; i < HELPERS; i++)
        ds_proof_free(f.helpers[i].proof);
    event_base_free(f.base);
    return 0;
}
