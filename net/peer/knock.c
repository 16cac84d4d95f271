/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/knock.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <openssl/crypto.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/wire/reader.h"
#include "net/wire/writer.h"

enum { LIMIT_MS = DS_DIAL_TIMEOUT_MS + DS_KNOCK_MS };

enum stage { REACHING, KNOCKED, PROVING, PROVEN };

/* The step that fails where the leg is lost or nothing comes. */
static const struct step {
    const char *name;
    const char *missing;
    enum ds_reason reason;
} steps[] = {
        [REACHING] = {"", "relay: no answer", DS_REASON_NO_RELAY},
        [KNOCKED] = {"knock", "knock: no answer of the sharer (B1) came", DS_REASON_PEER_LEFT},
        [PROVING] = {"code proof", "code proof: no confirmation of the sharer (cB) came",
                DS_REASON_PEER_LEFT},
        [PROVEN] = {"pairing", "pairing: the relay did not pair us", DS_REASON_PEER_LEFT},
};

struct ds_knock {
    struct ds_outlet const *outlet;
    const struct ds_knock_handler *handler;
    void *arg;
    struct ds_code code;
    enum stage stage;
    struct ds_reach *reach;
    struct ds_leg *leg;          /* owned until the path exists, then the path's */
    struct ds_foothold foothold; /* of the leg */
    struct ds_path *path;
    struct ds_proof *proof;
    struct event *timer;
};

static void
fail(struct ds_knock *knock, enum ds_reason reason, uint32_t retry_ms, const char *text)
{
    evtimer_del(knock->timer);
    knock->handler->on_failed(knock->arg, reason, retry_ms, text);
}

static void
fail_missing(struct ds_knock *knock)
{
    fail(knock, steps[knock->stage].reason, 0, steps[knock->stage].missing);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
    fail_missing(arg);
}

/* Nothing can come on a leg that is not paired, so the only news of its path is that it waits no
 * longer. */
static void
on_path_lost(void *arg, struct ds_path *path, int err)
{
    fail_missing(arg);
}

static const struct ds_path_handler path_handler = {.on_lost = on_path_lost};

static int
send_knock(struct ds_knock *knock)
{
    uint8_t buf[1 + DS_NAMEPLATE_MAX_DIGITS + DS_PROOF_OFFER_BYTES];
    uint8_t offer[DS_PROOF_OFFER_BYTES];
    size_t len = strlen(knock->code.nameplate);
    struct ds_writer w;

    int err = ds_proof_offer(knock->proof, offer);
    if (err < 0)
        return err;
    ds_writer_init(&w, buf, sizeof buf);
    ds_writer_u8(&w, (uint8_t)len);
    ds_writer_bytes(&w, knock->code.nameplate, len);
    ds_writer_bytes(&w, offer, sizeof offer);
    return w.failed ? DS_ERR_TOO_BIG : ds_leg_send(knock->leg, DS_RECORD_KNOCK, buf, w.len);
}

static void
on_reached(void *arg, struct ds_leg *leg, const struct ds_foothold *foothold, enum ds_reason reason,
        const char *text)
{
    struct ds_knock *knock = arg;
    if (leg == NULL) {
        fail(knock, reason, 0, text);
        return;
    }
    knock->leg = leg;
    ds_foothold_copy(&knock->foothold, foothold);
    if (send_knock(knock) < 0)
        fail(knock, DS_REASON_INTERNAL, 0, "the knock could not be sent");
}

/* The key is not proved to us yet: the ClientHello that it keys tells the other side no more than
 * cA beside it does, and the path is given to nobody before cB is checked. */
static int
start_path(struct ds_knock *knock, const uint8_t confirm[static DS_PROOF_CONFIRM_BYTES])
{
    uint8_t say[4 + DS_SAY_MAX];
    uint8_t hello[DS_SAY_MAX - DS_PROOF_OFFER_BYTES - DS_PROOF_CONFIRM_BYTES];
    uint8_t key[DS_SESSION_KEY_BYTES];
    struct ds_writer w;

    int err = ds_proof_key(knock->proof, key);
    if (err < 0)
        return err;
    struct ds_path_config config = {
            .role = DS_ROLE_HELPER, .kind = DS_PATH_RELAY, .generation = 1, .session_key = key};
    err = ds_path_new(&knock->path, knock->outlet->base, ds_leg_carrier(knock->leg), &config);
    OPENSSL_cleanse(key, sizeof key);
    if (err < 0) {
        knock->leg = NULL; /* went with the carrier */
        return err;
    }
    ds_path_set_handler(knock->path, &path_handler, knock);
    size_t len = ds_leg_take_early(knock->leg, hello, sizeof hello);
    ds_writer_init(&w, say, sizeof say);
    ds_writer_u32(&w, 0);
    ds_writer_bytes(&w, confirm, DS_PROOF_CONFIRM_BYTES);
    ds_writer_bytes(&w, hello, len);
    return w.failed ? DS_ERR_TOO_BIG : ds_leg_send(knock->leg, DS_RECORD_SAY, say, w.len);
}

static void
on_offer(struct ds_knock *knock, const uint8_t *data, size_t len)
{
    uint8_t confirm[DS_PROOF_CONFIRM_BYTES];

    int err = ds_proof_take_offer(knock->proof, data, len);
    if (err < 0) {
        fail(knock, err == DS_ERR_INVALID ? DS_REASON_RELAY_TOO_OLD : DS_REASON_NOT_PROVEN, 0,
                "code proof: the sharer's answer (B1) is none");
        return;
    }
    knock->stage = PROVING;
    err = ds_proof_make(knock->proof, confirm);
    if (err == 0)
        err = start_path(knock, confirm);
    if (err < 0)
        fail(knock, DS_REASON_INTERNAL, 0, ds_strerror(err));
}

static void
on_confirm(struct ds_knock *knock, const uint8_t *data, size_t len)
{
    if (len != DS_PROOF_CONFIRM_BYTES || ds_proof_check(knock->proof, data) < 0)
        fail(knock, DS_REASON_NOT_PROVEN, 0, "code proof: the sharer's confirmation (cB) is wrong");
    else
        knock->stage = PROVEN;
}

static void
on_say(struct ds_knock *knock, const uint8_t *payload, size_t len)
{
    struct ds_reader r;
    ds_reader_init(&r, payload, len);
    ds_reader_u32(&r);
    size_t left = ds_reader_left(&r);
    const uint8_t *data = ds_reader_bytes(&r, left);
    if (data == NULL)
        fail(knock, DS_REASON_PROTOCOL, 0, "relay: a SAY that is too short");
    else if (knock->stage == KNOCKED)
        on_offer(knock, data, left);
    else if (knock->stage == PROVING)
        on_confirm(knock, data, left);
    else
        fail(knock, DS_REASON_PROTOCOL, 0, "relay: a SAY too many");
}

static void
on_paired(struct ds_knock *knock, const uint8_t cookie[static DS_COOKIE_BYTES])
{
    if (knock->stage != PROVEN) {
        fail(knock, DS_REASON_NOT_PROVEN, 0, "code proof: the relay paired us without cB");
        return;
    }
    struct ds_contact contact = {
            .leg = knock->leg, .path = knock->path, .foothold = &knock->foothold, .cookie = cookie};
    if (ds_proof_key(knock->proof, contact.key) < 0) {
        fail(knock, DS_REASON_INTERNAL, 0, "no key");
        return;
    }
    ds_leg_set_paired(knock->leg);
    knock->leg = NULL;
    knock->path = NULL;
    knock->handler->on_met(knock->arg, &contact);
    OPENSSL_cleanse(&contact, sizeof contact);
}

static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct ds_knock *knock = arg;
    if (type == DS_RECORD_SAY)
        on_say(knock, payload, len);
    else if (type == DS_RECORD_PAIRED)
        on_paired(knock, payload); /* the leg has checked its length */
}

static void
on_leg_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    struct ds_knock *knock = arg;
    bool is_dead = reason == DS_REASON_CODE_EXPIRED || reason == DS_REASON_CODE_BURNED;
    enum ds_reason why = is_dead ? (enum ds_reason)reason : ds_reach_loss_reason(err, reason);
    char step[DS_REACH_TEXT_MAX];
    ds_reach_loss_text(step, steps[knock->stage].name, knock->leg, reason, text);
    if (why == DS_REASON_NO_RELAY && knock->stage != REACHING && knock->stage != KNOCKED)
        why = DS_REASON_PEER_LEFT; /* the relay was there a moment ago */
    fail(knock, why, retry_ms, step);
}

static void
on_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
    struct ds_knock *knock = arg;
    ds_foothold_welcome(&knock->foothold, welcome);
    if (knock->handler->on_welcome != NULL)
        knock->handler->on_welcome(knock->arg, &knock->foothold);
    if (knock->stage == REACHING)
        knock->stage = KNOCKED;
}

static const struct ds_leg_handler leg_handler = {
        .on_welcome = on_welcome,
        .on_record = on_record,
        .on_lost = on_leg_lost,
};

int
ds_knock_start(struct ds_knock **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_code *code,
        const struct ds_knock_handler *handler, void *arg)
{
    struct ds_knock *knock = calloc(1, sizeof *knock);
    int err = DS_ERR_NOMEM;

    if (knock == NULL)
        return err;
    knock->outlet = outlet;
    knock->handler = handler;
    knock->arg = arg;
    knock->code = *code;
    knock->timer = evtimer_new(outlet->base, on_time, knock);
    if (knock->timer != NULL && ds_event_add_ms(knock->timer, LIMIT_MS) == 0)
        err = ds_proof_new(&knock->proof, DS_ROLE_HELPER, code);
    if (err == 0)
        err = ds_reach_start(&knock->reach, outlet, relay, &leg_handler, on_reached, knock);
    if (err < 0) {
        ds_knock_free(knock);
        return err;
    }
    *out = knock;
    return 0;
}

void
ds_knock_free(struct ds_knock *knock)
{
    if (knock == NULL)
        return;
    ds_event_free(knock->timer);
    ds_reach_free(knock->reach);
    if (knock->path != NULL)
        ds_path_free(knock->path); /* with its leg */
    else
        ds_leg_free(knock->leg);
    ds_foothold_finish(&knock->foothold);
    ds_proof_free(knock->proof);
    ds_code_wipe(&knock->code);
    free(knock);
}
