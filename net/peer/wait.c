/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/wait.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <openssl/crypto.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/peer/backoff.h"
#include "net/wire/reader.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"

/* One helper who knocked: an exchange that waits for cA. */
struct visitor {
    uint32_t id;
    struct ds_proof *proof; /* NULL: the slot is free */
};

struct ds_wait {
    const struct ds_outlet *outlet;
    const struct ds_relay_addr *relay;
    const struct ds_wait_handler *handler;
    void *arg;
    struct ds_reach *reach;
    struct ds_leg *leg;
    struct ds_foothold foothold; /* of the leg */
    bool is_dealt;               /* WAITING came on this leg */
    struct ds_code code;         /* nameplate "": none yet */
    uint8_t token[DS_TOKEN_BYTES];
    uint64_t life_ms;
    uint64_t dies_ms; /* by the boot clock */
    unsigned guesses; /* wrong ones, of all codes */
    struct ds_log_limit rejects;
    struct visitor visitors[DS_KNOCKS_PER_NAMEPLATE];
    struct ds_backoff backoff;
    struct event *retry;
    struct event *expiry;
};

static void
forget_visitor(struct visitor *visitor)
{
    ds_proof_free(visitor->proof);
    *visitor = (struct visitor){0};
}

static void
forget_visitors(struct ds_wait *wait)
{
    for (size_t i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++)
        forget_visitor(&wait->visitors[i]);
}

static struct visitor *
find_visitor(struct ds_wait *wait, uint32_t id)
{
    for (size_t i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++)
        if (wait->visitors[i].proof != NULL && wait->visitors[i].id == id)
            return &wait->visitors[i];
    return NULL;
}

static struct visitor *
free_visitor(struct ds_wait *wait)
{
    for (size_t i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++)
        if (wait->visitors[i].proof == NULL)
            return &wait->visitors[i];
    return NULL;
}

static void
leave_relay(struct ds_wait *wait)
{
    forget_visitors(wait);
    ds_reach_free(wait->reach);
    wait->reach = NULL;
    ds_leg_free(wait->leg);
    wait->leg = NULL;
    ds_foothold_finish(&wait->foothold);
    wait->is_dealt = false;
}

/*
 * A leg that does not take our record any more is about to report its own loss, or its relay does
 * not read; then the exchange comes to nothing, which is the relay's to bring about anyway.
 */
static void
send_record(struct ds_wait *wait, uint8_t type, const void *payload, size_t len)
{
    int err = ds_leg_send(wait->leg, type, payload, len);
    if (err < 0)
        DS_DEBUG("wait", "a record of type %u was not sent: %s", type, ds_strerror(err));
}

static void
fail(struct ds_wait *wait, enum ds_reason reason, const char *text)
{
    const uint8_t farewell = (uint8_t)reason;
    /* Whoever types the code late is to hear more than that there is none. */
    if (wait->is_dealt && (reason == DS_REASON_CODE_EXPIRED || reason == DS_REASON_CODE_BURNED))
        send_record(wait, DS_RECORD_LEAVE, &farewell, sizeof farewell);
    evtimer_del(wait->retry);
    evtimer_del(wait->expiry);
    wait->handler->on_failed(wait->arg, reason, text);
}

static void
send_wait(struct ds_wait *wait)
{
    uint8_t buf[64];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    if (wait->code.nameplate[0] != '\0') {
        ds_tlv_put_text(&w, DS_TAG_NAMEPLATE, wait->code.nameplate);
        ds_tlv_put(&w, DS_TAG_TOKEN, wait->token, sizeof wait->token);
    }
    send_record(wait, DS_RECORD_WAIT, buf, w.len);
}

static void
reject(struct ds_wait *wait, struct visitor *visitor, enum ds_reason reason)
{
    uint8_t buf[5];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_writer_u32(&w, visitor->id);
    ds_writer_u8(&w, (uint8_t)reason);
    forget_visitor(visitor);
    send_record(wait, DS_RECORD_REJECT, buf, w.len);
}

static void
say(struct ds_wait *wait, uint32_t id, const uint8_t *data, size_t len)
{
    uint8_t buf[4 + DS_PROOF_OFFER_BYTES];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_writer_u32(&w, id);
    ds_writer_bytes(&w, data, len);
    send_record(wait, DS_RECORD_SAY, buf, w.len);
}

static void
on_knocked(struct ds_wait *wait, uint32_t id, const uint8_t *data, size_t len)
{
    uint8_t offer[DS_PROOF_OFFER_BYTES];
    struct visitor *visitor = free_visitor(wait);
    struct visitor refused = {.id = id};

    if (visitor == NULL || !wait->is_dealt || find_visitor(wait, id) != NULL) {
        reject(wait, &refused, DS_REASON_BUSY);
        return;
    }
    visitor->id = id;
    int err = ds_proof_new(&visitor->proof, DS_ROLE_HELPEE, &wait->code);
    if (err == 0)
        err = ds_proof_take_offer(visitor->proof, data, len);
    if (err == 0)
        err = ds_proof_offer(visitor->proof, offer);
    if (err == 0) {
        say(wait, id, offer, sizeof offer);
        return;
    }
    ds_log_limited(&wait->rejects, DS_LOG_INFO, "wait", "code proof: a helper's offer (A1): %s",
            err == DS_ERR_INVALID ? "of another version" : ds_strerror(err));
    reject(wait, visitor,
            err == DS_ERR_INVALID ? DS_REASON_TOO_OLD
            : err == DS_ERR_NOMEM ? DS_REASON_BUSY
                                  : DS_REASON_PROTOCOL);
}

static void
on_wrong_guess(struct ds_wait *wait, struct visitor *visitor)
{
    wait->guesses++;
    DS_INFO("wait", "code proof: a helper's confirmation (cA) is wrong, guess %u of %u",
            wait->guesses, (unsigned)DS_CODE_GUESSES);
    reject(wait, visitor, DS_REASON_WRONG_CODE);
    if (wait->guesses >= DS_CODE_GUESSES)
        fail(wait, DS_REASON_CODE_BURNED,
                "code proof: a helper's confirmation (cA) was wrong thrice");
    else
        wait->handler->on_guess(wait->arg, DS_CODE_GUESSES - wait->guesses);
}

/* cA was right: pair with this helper, answer its ClientHello, and let everybody else go. */
static void
let_in(struct ds_wait *wait, struct visitor *visitor, const uint8_t *hello, size_t hello_len)
{
    struct ds_contact contact = {.leg = wait->leg, .foothold = &wait->foothold};
    uint8_t confirm[DS_PROOF_CONFIRM_BYTES];
    uint8_t id[4];
    struct ds_writer w;

    int err = ds_proof_make(visitor->proof, confirm);
    if (err == 0)
        err = ds_proof_key(visitor->proof, contact.key);
    if (err < 0)
        goto out;
    ds_writer_init(&w, id, sizeof id);
    ds_writer_u32(&w, visitor->id);
    say(wait, visitor->id, confirm, sizeof confirm);
    send_record(wait, DS_RECORD_ACCEPT, id, sizeof id);
    struct ds_path_config config = {.role = DS_ROLE_HELPEE,
            .kind = DS_PATH_RELAY,
            .generation = 1,
            .session_key = contact.key};
    wait->leg = NULL; /* the path's from here on */
    err = ds_path_new(&contact.path, wait->outlet->base, ds_leg_carrier(contact.leg), &config);
    if (err < 0)
        goto out;
    ds_leg_set_paired(contact.leg);
    evtimer_del(wait->expiry);
    forget_visitors(wait);
    contact.first = hello;
    contact.first_len = hello_len;
    wait->handler->on_met(wait->arg, &contact);
out:
    OPENSSL_cleanse(&contact, sizeof contact);
    if (err < 0)
        fail(wait, DS_REASON_INTERNAL, ds_strerror(err));
}

static void
on_say(struct ds_wait *wait, uint32_t id, const uint8_t *data, size_t len)
{
    struct visitor *visitor = find_visitor(wait, id);
    if (visitor == NULL)
        return; /* we refused it, and the relay has not heard so yet */
    if (len < DS_PROOF_CONFIRM_BYTES) {
        ds_log_limited(&wait->rejects, DS_LOG_INFO, "wait",
                "code proof: a helper's confirmation (cA) is too short to be one");
        reject(wait, visitor, DS_REASON_PROTOCOL);
    } else if (ds_proof_check(visitor->proof, data) < 0)
        on_wrong_guess(wait, visitor);
    else
        let_in(wait, visitor, data + DS_PROOF_CONFIRM_BYTES, len - DS_PROOF_CONFIRM_BYTES);
}

/* Nothing that depends on the code was sent, and nothing was shown to us: this is no guess. */
static void
on_gone(struct ds_wait *wait, struct visitor *visitor)
{
    ds_log_limited(&wait->rejects, DS_LOG_INFO, "wait", "code proof: a helper left before its end");
    forget_visitor(visitor);
}

static void
fail_expired(struct ds_wait *wait)
{
    fail(wait, DS_REASON_CODE_EXPIRED, "its time is over");
}

static void
on_expired(evutil_socket_t fd, short what, void *arg)
{
    fail_expired(arg);
}

/* By the boot clock: the timer above stands still while the machine is suspended. */
static bool
is_expired(const struct ds_wait *wait)
{
    return ds_clock_boot_ms() >= wait->dies_ms;
}

/*
 * A nameplate that is not the one we had makes a new code, with a life of its own. The guesses go
 * on counting: else a relay could have as many as it likes by dealing another nameplate after each
 * two.
 */
static int
take_nameplate(struct ds_wait *wait, const char *nameplate)
{
    if (strcmp(nameplate, wait->code.nameplate) == 0)
        return 0;
    forget_visitors(wait);
    int err = ds_code_make(&wait->code, nameplate);
    if (err < 0)
        return err;
    wait->dies_ms = ds_clock_boot_ms() + wait->life_ms;
    return ds_event_add_ms(wait->expiry, wait->life_ms) == 0 ? 0 : DS_ERR_NOMEM;
}

static void
on_waiting(struct ds_wait *wait, const uint8_t *payload, size_t len)
{
    char nameplate[DS_NAMEPLATE_MAX_DIGITS + 1] = "";
    bool has_token = false;
    struct ds_reader r;
    struct ds_tlv tlv;

    ds_reader_init(&r, payload, len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == DS_TAG_NAMEPLATE && tlv.len < sizeof nameplate)
            ds_tlv_text(&tlv, nameplate, sizeof nameplate);
        if (tlv.tag == DS_TAG_TOKEN && tlv.len == sizeof wait->token) {
            memcpy(wait->token, tlv.value, tlv.len);
            has_token = true;
        }
    }
    if (wait->is_dealt) {
        fail(wait, DS_REASON_PROTOCOL, "relay: a second WAITING");
        return;
    }
    if (r.failed || !has_token || !ds_nameplate_is_valid(nameplate)) {
        fail(wait, DS_REASON_PROTOCOL, "relay: a WAITING without nameplate or token");
        return;
    }
    wait->is_dealt = true;
    ds_backoff_reset(&wait->backoff);
    int err = take_nameplate(wait, nameplate);
    uint64_t now_ms = ds_clock_boot_ms();
    if (err < 0)
        fail(wait, DS_REASON_INTERNAL, "no random numbers for the code");
    else if (is_expired(wait))
        fail_expired(wait);
    else
        wait->handler->on_code(wait->arg, &wait->code, wait->dies_ms - now_ms);
}

static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct ds_wait *wait = arg;
    struct ds_reader r;

    if (type == DS_RECORD_WAITING) {
        on_waiting(wait, payload, len);
        return;
    }
    if (type != DS_RECORD_KNOCKED && type != DS_RECORD_SAY && type != DS_RECORD_GONE)
        return;
    ds_reader_init(&r, payload, len);
    uint32_t id = ds_reader_u32(&r);
    size_t left = ds_reader_left(&r);
    if (r.failed)
        return;
    struct visitor *visitor = find_visitor(wait, id);
    if (type == DS_RECORD_KNOCKED)
        on_knocked(wait, id, payload + r.pos, left);
    else if (type == DS_RECORD_SAY)
        on_say(wait, id, payload + r.pos, left);
    else if (visitor != NULL)
        on_gone(wait, visitor);
}

static bool
try_again(struct ds_wait *wait)
{
    if (ds_event_add_ms(wait->retry, ds_backoff_next_ms(&wait->backoff)) == 0)
        return true;
    fail(wait, DS_REASON_INTERNAL, "no timer");
    return false;
}

/* Before the first code a lost relay is the end; after it the code on the screen must live again.
 */
static void
on_no_relay(struct ds_wait *wait, enum ds_reason reason, const char *text)
{
    bool has_code = wait->code.nameplate[0] != '\0';
    bool was_live = wait->is_dealt;

    if (!has_code || (reason != DS_REASON_NO_RELAY && reason != DS_REASON_DRAIN &&
                             reason != DS_REASON_RELAY_FULL && reason != DS_REASON_PROXY &&
                             reason != DS_REASON_IDLE)) {
        fail(wait, reason, text);
        return;
    }
    if (is_expired(wait)) {
        fail_expired(wait);
        return;
    }
    leave_relay(wait);
    if (try_again(wait) && was_live)
        wait->handler->on_offline(wait->arg);
}

static void
on_leg_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    struct ds_wait *wait = arg;
    char step[DS_REACH_TEXT_MAX];
    ds_reach_loss_text(step, "", wait->leg, reason, text);
    on_no_relay(wait, ds_reach_loss_reason(err, reason), step);
}

static void
on_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
    struct ds_wait *wait = arg;
    ds_foothold_welcome(&wait->foothold, welcome);
}

static const struct ds_leg_handler leg_handler = {
        .on_welcome = on_welcome,
        .on_record = on_record,
        .on_lost = on_leg_lost,
};

static void
on_reached(void *arg, struct ds_leg *leg, const struct ds_foothold *foothold, enum ds_reason reason,
        const char *text)
{
    struct ds_wait *wait = arg;
    if (leg == NULL) {
        on_no_relay(wait, reason, text);
        return;
    }
    wait->leg = leg;
    ds_foothold_copy(&wait->foothold, foothold);
    send_wait(wait);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct ds_wait *wait = arg;
    ds_reach_free(wait->reach);
    wait->reach = NULL;
    int err =
            ds_reach_start(&wait->reach, wait->outlet, wait->relay, &leg_handler, on_reached, wait);
    if (err < 0)
        fail(wait, err == DS_ERR_INVALID ? DS_REASON_NO_RELAY : DS_REASON_INTERNAL,
                ds_strerror(err));
}

int
ds_wait_start(struct ds_wait **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, uint64_t life_ms, const struct ds_wait_handler *handler,
        void *arg)
{
    struct ds_wait *wait = calloc(1, sizeof *wait);
    int err = DS_ERR_NOMEM;

    if (wait == NULL)
        return err;
    wait->outlet = outlet;
    wait->relay = relay;
    wait->life_ms = life_ms;
    wait->handler = handler;
    wait->arg = arg;
    wait->retry = evtimer_new(outlet->base, on_retry, wait);
    wait->expiry = evtimer_new(outlet->base, on_expired, wait);
    if (wait->retry != NULL && wait->expiry != NULL)
        err = ds_reach_start(&wait->reach, outlet, relay, &leg_handler, on_reached, wait);
    if (err < 0) {
        ds_wait_free(wait);
        return err;
    }
    *out = wait;
    return 0;
}

void
ds_wait_free(struct ds_wait *wait)
{
    if (wait == NULL)
        return;
    leave_relay(wait);
    ds_event_free(wait->retry);
    ds_event_free(wait->expiry);
    ds_code_wipe(&wait->code);
    OPENSSL_cleanse(wait, sizeof *wait);
    free(wait);
}
