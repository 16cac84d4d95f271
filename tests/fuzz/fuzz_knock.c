/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a relay sends to a helper who knocks. The helper says at most one cA, and believes that it
 * met the sharer only after a right cB.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "net/base/limits.h"
#include "net/base/reason.h"
#include "net/peer/knock.h"
#include "net/wire/reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/fed_leg.h"

/* What the input does next, by the byte before it. */
enum deed {
    ANY_RECORD,    /* u8 type, u8 length, payload */
    RIGHT_OFFER,   /* B1 of who knows the code; a byte of it may be changed: u8 at, u8 xor */
    RIGHT_CONFIRM, /* cB; likewise */
    LOSE,          /* u8: which error; u8: which reason */
    DEEDS,
};

static struct {
    struct ds_knock *knock; /* NULL once it is over */
    struct ds_proof *sharer;
    unsigned knocks, confirms;
    bool is_offered;   /* an unchanged B1 was given */
    bool is_confirmed; /* and an unchanged cB */
} f;

static void
on_sent_knock(const uint8_t *payload, size_t len)
{
    size_t skip = 1 + (len > 0 ? payload[0] : 0u);
    f.knocks++;
    if (len != skip + DS_PROOF_OFFER_BYTES || f.knocks > 1 ||
            ds_proof_take_offer(f.sharer, payload + skip, DS_PROOF_OFFER_BYTES) < 0)
        abort();
}

static void
on_sent(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    if (type == DS_RECORD_KNOCK) {
        on_sent_knock(payload, len);
        return;
    }
    if (type != DS_RECORD_SAY || ++f.confirms > 1 || len <= 4 + DS_PROOF_CONFIRM_BYTES)
        abort();
    if ((ds_proof_check(f.sharer, payload + 4) == 0) != f.is_offered)
        abort();
}

static const struct fed_handler fed_handler = {on_sent};

static void
end(void)
{
    ds_knock_free(f.knock);
    f.knock = NULL;
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
on_failed(void *arg, enum ds_reason reason, uint32_t retry_ms, const char *text)
{
    if (reason == DS_REASON_NONE || reason == DS_REASON_STOPPED)
        abort();
    end();
}

static const struct ds_knock_handler knock_handler = {on_met, on_failed};

/* Say a message with one byte changed, or none; returns whether it is as it was. */
static bool
say(uint8_t *message, size_t len, struct ds_reader *r, bool *is_given)
{
    uint8_t at = ds_reader_u8(r), flip = ds_reader_u8(r);
    if (at >= 4 && at < len)
        message[at] ^= flip;
    *is_given = at < 4 || at >= len || flip == 0;
    return fed_record(DS_RECORD_SAY, message, len);
}

static void
say_offer(struct ds_reader *r)
{
    uint8_t message[4 + DS_PROOF_OFFER_BYTES] = {0};
    if (f.confirms > 0 || ds_proof_offer(f.sharer, message + 4) < 0)
        return;
    say(message, sizeof message, r, &f.is_offered);
}

static void
say_confirm(struct ds_reader *r)
{
    uint8_t message[4 + DS_PROOF_CONFIRM_BYTES] = {0};
    if (ds_proof_make(f.sharer, message + 4) < 0)
        return; /* the helper said nothing, or is no helper of ours */
    say(message, sizeof message, r, &f.is_confirmed);
}

static void
any_record(struct ds_reader *r)
{
    uint8_t type = ds_reader_u8(r);
    size_t n = ds_reader_u8(r);
    n = n < ds_reader_left(r) ? n : ds_reader_left(r);
    fed_record(type, ds_reader_bytes(r, n), n);
}

static void
lose(struct ds_reader *r)
{
    uint8_t error = ds_reader_u8(r);
    fed_lose(-1 - error % 17, ds_reader_u8(r), 0, "");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static void (*const deeds[DEEDS])(struct ds_reader *) = {
            [ANY_RECORD] = any_record,
            [RIGHT_OFFER] = say_offer,
            [RIGHT_CONFIRM] = say_confirm,
            [LOSE] = lose,
    };
    static const struct ds_relay_addr relay = {.host = "127.0.0.1", .port = 443};
    static const struct ds_code code = {.nameplate = "4711", .secret = "9130577"};
    struct ds_outlet outlet = {.base = event_base_new(), .program = "fuzz"};
    struct ds_reader r;

    memset(&f, 0, sizeof f);
    fed_begin(&fed_handler, NULL);
    if (ds_proof_new(&f.sharer, DS_ROLE_HELPEE, &code) < 0 ||
            ds_knock_start(&f.knock, &outlet, &relay, &code, &knock_handler, NULL) < 0)
        abort();
    fed_dialled(0);
    if (f.knocks != 1)
        abort();
    fed_welcome();
    ds_reader_init(&r, data, size_bytes);
    while (f.knock != NULL && ds_reader_left(&r) > 0)
        deeds[ds_reader_u8(&r) % DEEDS](&r);
    end();
    ds_proof_free(f.sharer);
    event_base_free(outlet.base);
    return 0;
}
