/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/knock.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "net/base/limits.h"
#include "net/relay/pair.h"
#include "net/relay/state.h"
#include "net/relay/subscriber.h"
#include "net/wire/reader.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"

struct ds_relay_knock {
    uint32_t id;                     /* 0: the place is free */
    struct ds_relay_conn *helper;    /* borrowed */
    struct ds_relay_conn *helpee;    /* borrowed */
    size_t from_helper, from_helpee; /* SAY bytes so far */
};

/* What a helpee has while it waits. */
struct ds_relay_waiting {
    struct ds_nameplate *plate;
    struct ds_relay_knock knocks[DS_KNOCKS_PER_NAMEPLATE];
    uint32_t last_id;
    bool has_overtaken;
};

/* ---- waiting ---- */

struct wait_fields {
    char nameplate[DS_NAMEPLATE_MAX_DIGITS + 2]; /* one more, so that a longer one is seen */
    const uint8_t *token;
};

static int
parse_wait(struct wait_fields *fields, const struct ds_record *record)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    *fields = (struct wait_fields){0};
    ds_reader_init(&r, record->payload, record->len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == DS_TAG_NAMEPLATE &&
                !ds_tlv_text(&tlv, fields->nameplate, sizeof fields->nameplate))
            return DS_ERR_PROTOCOL;
        if (tlv.tag == DS_TAG_TOKEN) {
            if (tlv.len != DS_TOKEN_BYTES)
                return DS_ERR_PROTOCOL;
            fields->token = tlv.value;
        }
    }
    return r.failed ? DS_ERR_PROTOCOL : 0;
}

static void
send_waiting(struct ds_relay_conn *conn, const struct ds_nameplate *plate)
{
    uint8_t data[256];
    char observed[DS_ADDR_TEXT_MAX];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_text(&w, DS_TAG_NAMEPLATE, plate->digits);
    ds_tlv_put(&w, DS_TAG_TOKEN, plate->token, sizeof plate->token);
    ds_tlv_put_text(&w, DS_TAG_OBSERVED, ds_addr_format(&conn->addr, observed));
    ds_relay_conn_send(conn, DS_RECORD_WAITING, w.data, w.len);
}

/* Returns the nameplate that the helpee asks for and may have, else a new one. */
static struct ds_nameplate *
get_nameplate(struct ds_relay *relay, const struct wait_fields *fields)
{
    uint64_t now_ms = ds_relay_now_ms();
    struct ds_nameplate *plate =
            ds_nameplates_claim(&relay->nameplates, now_ms, fields->nameplate, fields->token);
    if (plate == NULL)
        return ds_nameplates_deal(&relay->nameplates, now_ms);
    if (plate->waiting != NULL) {
        struct ds_relay_conn *old = plate->waiting;
        old->waiting->plate = NULL; /* it goes on to the new connection, without a rest */
        ds_relay_conn_refuse(old, DS_REASON_REPLACED, 0);
    }
    return plate;
}

int
ds_relay_on_wait(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct wait_fields fields;
    if (parse_wait(&fields, record) != 0)
        return DS_ERR_PROTOCOL;
    struct ds_nameplate *plate = NULL;
    struct ds_relay_waiting *waiting = NULL;
    if (ds_relay_takes_helpee(conn->relay, &conn->addr))
        waiting = calloc(1, sizeof *waiting);
    if (waiting != NULL)
        plate = get_nameplate(conn->relay, &fields);
    if (plate == NULL) {
        free(waiting);
        ds_relay_conn_refuse(conn, DS_REASON_RELAY_FULL, 0);
        return 0;
    }
    waiting->plate = plate;
    plate->waiting = conn;
    ds_addr_subscriber(&conn->addr, plate->subscriber);
    conn->waiting = waiting;
    conn->role = DS_ROLE_HELPEE;
    ds_relay_conn_enter(conn, DS_RELAY_WAITING, conn->relay->config.times->idle_ms);
    send_waiting(conn, plate);
    return 0;
}

static void
send_gone(struct ds_relay_conn *helpee, uint32_t id)
{
    uint8_t data[4];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_writer_u32(&w, id);
    ds_relay_conn_send(helpee, DS_RECORD_GONE, data, sizeof data);
}

/* Free the place of a knock; its helper is no longer tied to it. */
static struct ds_relay_conn *
unlink_knock(struct ds_relay_knock *knock)
{
    struct ds_relay_conn *helper = knock->helper;
    helper->knock = NULL;
    *knock = (struct ds_relay_knock){0};
    return helper;
}

/* Refuse the helpers of all open knocks; the helpee hears of each by GONE where `tells` is set. */
static void
refuse_knocks(struct ds_relay_conn *helpee, struct ds_relay_waiting *waiting, bool tells,
        enum ds_reason reason, uint32_t retry_ms)
{
    for (size_t i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++) {
        uint32_t id = waiting->knocks[i].id;
        if (id == 0)
            continue;
        ds_relay_conn_refuse(unlink_knock(&waiting->knocks[i]), reason, retry_ms);
        if (tells)
            send_gone(helpee, id);
    }
}

void
ds_relay_on_waiting_gone(struct ds_relay_conn *conn, enum ds_reason reason)
{
    struct ds_relay_waiting *waiting = conn->waiting;
    if (waiting == NULL)
        return; /* it accepted a helper, and there was no memory for the pair */
    conn->waiting = NULL;
    struct ds_nameplate *plate = waiting->plate;
    bool has_words = plate != NULL && plate->farewell != DS_REASON_NONE;
    refuse_knocks(conn, waiting, false, has_words ? plate->farewell : DS_REASON_PEER_LEFT, 0);
    if (plate != NULL)
        ds_nameplates_release(&conn->relay->nameplates, plate, ds_relay_now_ms());
    free(waiting);
}

/*
 * Find the open knock `id`. Returns 0; DS_ERR_CLOSED where it was over already, which the helpee
 * could not know; DS_ERR_PROTOCOL where there never was one.
 */
static int
find_knock(struct ds_relay_waiting *waiting, uint32_t id, struct ds_relay_knock **out)
{
    if (id == 0 || id > waiting->last_id)
        return DS_ERR_PROTOCOL;
    for (size_t i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++)
        if (waiting->knocks[i].id == id) {
            *out = &waiting->knocks[i];
            return 0;
        }
    return DS_ERR_CLOSED;
}

int
ds_relay_on_accept(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct ds_relay_waiting *waiting = conn->waiting;
    struct ds_relay_knock *knock = NULL;
    struct ds_reader r;
    ds_reader_init(&r, record->payload, record->len);
    int err = find_knock(waiting, ds_reader_u32(&r), &knock);
    if (!ds_reader_is_done(&r) || err == DS_ERR_PROTOCOL)
        return DS_ERR_PROTOCOL;
    if (err != 0) {
        waiting->has_overtaken = true;
        return 0;
    }
    struct ds_relay_conn *helper = unlink_knock(knock);
    refuse_knocks(conn, waiting, false, DS_REASON_BUSY, 0);
    struct ds_nameplate *plate = waiting->plate;
    conn->waiting = NULL;
    free(waiting);
    plate->waiting = NULL;
    ds_relay_pair_join(conn, helper, plate);
    return 0;
}

static bool
is_reject_reason(uint8_t reason)
{
    return reason == DS_REASON_WRONG_CODE || reason == DS_REASON_BUSY ||
           reason == DS_REASON_PROTOCOL || reason == DS_REASON_TOO_OLD;
}

/*
 * A wrong guess closes the door for a while, also to those who knock already: four that knocked
 * together could otherwise burn the code's three guesses within one rest.
 */
static void
count_wrong_guess(struct ds_relay_conn *helpee)
{
    const struct ds_relay_times *times = helpee->relay->config.times;
    struct ds_relay_waiting *waiting = helpee->waiting;
    uint64_t now_ms = ds_relay_now_ms();
    ds_nameplate_wrong_guess(waiting->plate, now_ms, times->rest_1_ms, times->rest_2_ms);
    refuse_knocks(helpee, waiting, true, DS_REASON_BUSY,
            ds_nameplate_no_knock_ms(waiting->plate, now_ms));
}

int
ds_relay_on_reject(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct ds_relay_knock *knock = NULL;
    struct ds_reader r;
    ds_reader_init(&r, record->payload, record->len);
    int err = find_knock(conn->waiting, ds_reader_u32(&r), &knock);
    uint8_t reason = ds_reader_u8(&r);
    if (!ds_reader_is_done(&r) || !is_reject_reason(reason) || err == DS_ERR_PROTOCOL)
        return DS_ERR_PROTOCOL;
    if (err == 0)
        ds_relay_conn_refuse(unlink_knock(knock), reason, 0);
    /* A helper that left in the meantime has made its guess all the same. */
    if (reason == DS_REASON_WRONG_CODE)
        count_wrong_guess(conn);
    return 0;
}

int
ds_relay_on_leave(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct ds_reader r;
    ds_reader_init(&r, record->payload, record->len);
    uint8_t reason = ds_reader_u8(&r);
    if (!ds_reader_is_done(&r) ||
            (reason != DS_REASON_CODE_EXPIRED && reason != DS_REASON_CODE_BURNED))
        return DS_ERR_PROTOCOL;
    conn->waiting->plate->farewell = (enum ds_reason)reason;
    return 0;
}

/* The helper goes; on_gone tells the helpee. */
static void
end_knock(struct ds_relay_conn *helper)
{
    ds_relay_conn_refuse(helper, DS_REASON_PEER_LEFT, 0);
}

/* Send u32 id and `len` bytes. */
static void
send_with_id(
        struct ds_relay_conn *conn, uint8_t type, uint32_t id, const uint8_t *bytes, size_t len)
{
    uint8_t data[4 + DS_SAY_MAX];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_writer_u32(&w, id);
    ds_writer_bytes(&w, bytes, len);
    ds_relay_conn_send(conn, type, w.data, w.len);
}

/* Count SAY bytes; says whether they may go on to `to`. */
static bool
may_say(size_t *so_far, size_t len, const struct ds_relay_conn *to)
{
    *so_far += len;
    return *so_far <= DS_SAY_MAX && ds_relay_conn_has_room(to, 4 + len);
}

int
ds_relay_on_helpee_say(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct ds_relay_knock *knock = NULL;
    struct ds_reader r;
    ds_reader_init(&r, record->payload, record->len);
    int err = find_knock(conn->waiting, ds_reader_u32(&r), &knock);
    if (r.failed || err == DS_ERR_PROTOCOL)
        return DS_ERR_PROTOCOL;
    if (err != 0)
        return 0;
    size_t len = ds_reader_left(&r);
    if (may_say(&knock->from_helpee, len, knock->helper))
        send_with_id(knock->helper, DS_RECORD_SAY, 0, ds_reader_bytes(&r, len), len);
    else
        end_knock(knock->helper);
    return 0;
}

int
ds_relay_on_overtaken_pipe(struct ds_relay_conn *conn, const struct ds_record *record)
{
    return conn->waiting->has_overtaken ? 0 : DS_ERR_PROTOCOL;
}

bool
ds_relay_waiting_has_overtaken(const struct ds_relay_conn *conn)
{
    return conn->waiting != NULL && conn->waiting->has_overtaken;
}

/* ---- knocking ---- */

static void
refuse_unknown(struct ds_relay_conn *conn, const char *digits)
{
    const struct ds_relay_times *times = conn->relay->config.times;
    uint32_t random = 0, span = times->no_code_max_ms - times->no_code_min_ms;
    if (RAND_bytes((unsigned char *)&random, sizeof random) != 1)
        random = UINT32_MAX;
    enum ds_reason reason =
            ds_nameplates_why_not(&conn->relay->nameplates, ds_relay_now_ms(), digits);
    ds_relay_conn_refuse_later(conn, reason, times->no_code_min_ms + random % (span + 1));
}

/* Returns a free place, or NULL where there is none or the helper's address has one already. */
static struct ds_relay_knock *
find_place(struct ds_relay_waiting *waiting, const struct ds_relay_conn *helper)
{
    struct ds_relay_knock *place = NULL;
    for (size_t i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++) {
        if (waiting->knocks[i].id == 0)
            place = &waiting->knocks[i];
        else if (waiting->knocks[i].helper->subscriber == helper->subscriber)
            return NULL;
    }
    return place;
}

static void
begin_knock(
        struct ds_relay_conn *helper, struct ds_relay_conn *helpee, const uint8_t *say, size_t len)
{
    struct ds_relay_waiting *waiting = helpee->waiting;
    uint32_t rest_ms = ds_nameplate_no_knock_ms(waiting->plate, ds_relay_now_ms());
    struct ds_relay_knock *knock = find_place(waiting, helper);
    if (knock == NULL || rest_ms > 0 || !ds_relay_conn_has_room(helpee, 4 + len)) {
        ds_relay_conn_refuse(helper, DS_REASON_BUSY, rest_ms);
        return;
    }
    *knock = (struct ds_relay_knock){
            .id = ++waiting->last_id, .helper = helper, .helpee = helpee, .from_helper = len};
    helper->knock = knock;
    helper->role = DS_ROLE_HELPER;
    ds_relay_conn_enter(helper, DS_RELAY_KNOCKING, helper->relay->config.times->knock_ms);
    send_with_id(helpee, DS_RECORD_KNOCKED, knock->id, say, len);
}

int
ds_relay_on_knock(struct ds_relay_conn *conn, const struct ds_record *record)
{
    char digits[DS_NAMEPLATE_MAX_DIGITS + 1] = {0};
    struct ds_reader r;
    ds_reader_init(&r, record->payload, record->len);
    uint8_t n = ds_reader_u8(&r);
    if (n < DS_NAMEPLATE_MIN_DIGITS || n > DS_NAMEPLATE_MAX_DIGITS)
        return DS_ERR_PROTOCOL;
    ds_reader_copy(&r, digits, n);
    size_t len = ds_reader_left(&r);
    if (r.failed || strspn(digits, "0123456789") != n || len > DS_SAY_MAX)
        return DS_ERR_PROTOCOL;
    struct ds_nameplate *plate = ds_nameplates_find(&conn->relay->nameplates, digits);
    if (plate == NULL)
        refuse_unknown(conn, digits);
    else if (plate->waiting == NULL)
        ds_relay_conn_refuse(conn, DS_REASON_BUSY, 0);
    else
        begin_knock(conn, plate->waiting, ds_reader_bytes(&r, len), len);
    return 0;
}

int
ds_relay_on_helper_say(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct ds_relay_knock *knock = conn->knock;
    struct ds_reader r;
    ds_reader_init(&r, record->payload, record->len);
    uint32_t id = ds_reader_u32(&r);
    if (r.failed || id != 0)
        return DS_ERR_PROTOCOL;
    size_t len = ds_reader_left(&r);
    if (may_say(&knock->from_helper, len, knock->helpee))
        send_with_id(knock->helpee, DS_RECORD_SAY, knock->id, ds_reader_bytes(&r, len), len);
    else
        end_knock(conn);
    return 0;
}

void
ds_relay_on_knocking_gone(struct ds_relay_conn *conn, enum ds_reason reason)
{
    if (conn->knock == NULL)
        return; /* the helpee ended it */
    struct ds_relay_conn *helpee = conn->knock->helpee;
    uint32_t id = conn->knock->id;
    unlink_knock(conn->knock);
    send_gone(helpee, id);
}

void
ds_relay_on_knocking_time(struct ds_relay_conn *conn)
{
    end_knock(conn);
}
