/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hostile_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <event2/listener.h>
#include <openssl/rand.h>

#include "net/base/limits.h"
#include "net/wire/tlv.h"
#include "tests/integration/hostile_conn.h"

enum { NAMEPLATE_FIRST = 1000 };

struct hostile_relay {
    struct evconnlistener *listener;
    GPtrArray *sessions;
    struct hostile_crowd crowd;
};

/* --- the end of a connection --- */

static void
leave_session(struct hostile_conn *conn)
{
    struct hostile_session *session = conn->session;
    for (int role = DS_ROLE_HELPEE; session != NULL && role <= DS_ROLE_HELPER; role++) {
        if (session->side[role] == conn)
            session->side[role] = NULL;
        if (session->come[role] == conn)
            session->come[role] = NULL;
    }
}

static void
close_conn(struct hostile_conn *conn)
{
    if (conn == NULL || conn->is_closed)
        return;
    leave_session(conn);
    hostile_conn_close(conn);
}

static void
close_pair(struct hostile_conn *conn)
{
    struct hostile_conn *partner = conn->partner;
    close_conn(conn);
    if (partner != NULL)
        partner->partner = conn->partner = NULL;
    close_conn(partner);
}

static void
refuse(struct hostile_conn *conn, uint8_t reason)
{
    uint8_t buf[16];
    struct ds_writer w;
    if (conn == NULL)
        return;
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_number(&w, DS_TAG_REASON, reason, 1);
    hostile_conn_send(conn, DS_RECORD_REFUSED, buf, w.len);
    close_conn(conn);
}

/* --- what is forwarded --- */

/* Show a message to the attack; `*session` may be another after it. */
static guint
show(struct hostile_session **session, struct hostile_message *message, const void *bytes,
        size_t len)
{
    message->session = *session;
    message->bytes = g_byte_array_sized_new((guint)len);
    message->copies = 1;
    g_byte_array_append(message->bytes, bytes, (guint)len);
    if ((*session)->on_message != NULL)
        (*session)->on_message(*session, message);
    *session = message->session;
    return message->copies;
}

static void
forward_say(struct hostile_session *session, enum ds_role to, uint32_t id, enum hostile_what what,
        const void *bytes, size_t len)
{
    struct hostile_message message = {.what = what, .to = to};
    for (guint n = show(&session, &message, bytes, len); n > 0; n--)
        hostile_conn_send_id(session->side[to],
                what == HOSTILE_A1 ? DS_RECORD_KNOCKED : DS_RECORD_SAY, id, message.bytes->data,
                message.bytes->len);
    g_byte_array_unref(message.bytes);
}

static void
forward_pipe(struct hostile_conn *from, const void *bytes, size_t len)
{
    struct hostile_session *session = from->session;
    struct hostile_message message = {
            .what = HOSTILE_PIPE,
            .to = from->role == DS_ROLE_HELPER ? DS_ROLE_HELPEE : DS_ROLE_HELPER,
            .path = from->path,
            .index = from->pipes++,
    };
    for (guint n = show(&session, &message, bytes, len); n > 0; n--)
        hostile_conn_send(from->partner, DS_RECORD_PIPE, message.bytes->data, message.bytes->len);
    g_byte_array_unref(message.bytes);
}

/* --- records of clients --- */

static void
on_hello(struct hostile_conn *conn)
{
    uint8_t buf[64];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_number(&w, DS_TAG_VERSION, DS_PROTOCOL_VERSION_MAX, 2);
    ds_tlv_put_text(&w, DS_TAG_OBSERVED, "192.0.2.1:4711");
    hostile_conn_send(conn, DS_RECORD_WELCOME, buf, w.len);
}

static struct hostile_session *
new_session(struct hostile_relay *relay)
{
    struct hostile_session *session = g_new0(struct hostile_session, 1);
    session->relay = relay;
    g_snprintf(session->nameplate, sizeof session->nameplate, "%u",
            NAMEPLATE_FIRST + relay->sessions->len);
    RAND_bytes(session->token, sizeof session->token);
    g_ptr_array_add(relay->sessions, session);
    return session;
}

struct hostile_session *
hostile_relay_find(struct hostile_relay *relay, const char *nameplate)
{
    for (guint i = 0; i < relay->sessions->len; i++) {
        struct hostile_session *session = g_ptr_array_index(relay->sessions, i);
        if (g_str_equal(session->nameplate, nameplate))
            return session;
    }
    return NULL;
}

/* Who waited before has its nameplate again. */
static void
on_wait(struct hostile_conn *conn, struct ds_reader *r)
{
    char nameplate[16] = "";
    uint8_t buf[128];
    struct ds_tlv tlv;
    struct ds_writer w;
    while (ds_tlv_next(r, &tlv))
        if (tlv.tag == DS_TAG_NAMEPLATE)
            ds_tlv_text(&tlv, nameplate, sizeof nameplate);
    struct hostile_session *session = hostile_relay_find(conn->relay, nameplate);
    if (session == NULL)
        session = new_session(conn->relay);
    conn->session = session;
    conn->role = DS_ROLE_HELPEE;
    session->side[DS_ROLE_HELPEE] = conn;
    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_text(&w, DS_TAG_NAMEPLATE, session->nameplate);
    ds_tlv_put(&w, DS_TAG_TOKEN, session->token, sizeof session->token);
    hostile_conn_send(conn, DS_RECORD_WAITING, buf, w.len);
}

static void
on_knock(struct hostile_conn *conn, struct ds_reader *r)
{
    char nameplate[16] = "";
    size_t digits = ds_reader_u8(r);
    ds_reader_copy(r, nameplate, MIN(digits, sizeof nameplate - 1));
    struct hostile_session *session = hostile_relay_find(conn->relay, nameplate);
    if (session == NULL || session->side[DS_ROLE_HELPEE] == NULL) {
        refuse(conn, DS_REASON_NO_SUCH_CODE);
        return;
    }
    g_assert_null(session->side[DS_ROLE_HELPER]);
    conn->session = session;
    conn->role = DS_ROLE_HELPER;
    session->side[DS_ROLE_HELPER] = conn;
    session->knock++;
    session->says = 0;
    size_t left = ds_reader_left(r);
    forward_say(
            session, DS_ROLE_HELPEE, session->knock, HOSTILE_A1, ds_reader_bytes(r, left), left);
}

/* Returns whether the helpee's record answers a knock of the relay's own. */
static bool
is_own(struct hostile_conn *conn, enum hostile_what what, uint32_t id, const void *bytes,
        size_t len)
{
    struct hostile_session *session = conn->session;
    struct hostile_message message = {.what = what, .to = DS_ROLE_HELPER, .knock = id};
    if (conn->role != DS_ROLE_HELPEE || id < HOSTILE_OWN_KNOCK)
        return false;
    show(&session, &message, bytes, len);
    g_byte_array_unref(message.bytes);
    return true;
}

static void
on_say(struct hostile_conn *conn, struct ds_reader *r)
{
    uint32_t id = ds_reader_u32(r);
    size_t left = ds_reader_left(r);
    const uint8_t *bytes = ds_reader_bytes(r, left);
    struct hostile_session *session = conn->session;
    if (is_own(conn, HOSTILE_OWN_SAY, id, bytes, left))
        return;
    if (conn->role == DS_ROLE_HELPER)
        forward_say(session, DS_ROLE_HELPEE, session->knock, HOSTILE_A2, bytes, left);
    else if (id == session->knock)
        forward_say(session, DS_ROLE_HELPER, 0, session->says++ == 0 ? HOSTILE_B1 : HOSTILE_B2,
                bytes, left);
}

static void
pair(struct hostile_session *session, struct hostile_conn *helpee, struct hostile_conn *helper)
{
    struct hostile_conn *both[] = {helpee, helper};
    struct hostile_message message = {.what = HOSTILE_PAIRED, .path = session->path + 1};
    session->path++;
    helpee->partner = helper;
    helper->partner = helpee;
    session->come[DS_ROLE_HELPEE] = session->come[DS_ROLE_HELPER] = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        both[i]->session = session;
        both[i]->path = session->path;
        session->side[both[i]->role] = both[i];
        uint8_t *cookie = session->cookie[both[i]->role];
        RAND_bytes(cookie, DS_COOKIE_BYTES);
        hostile_conn_send(both[i], DS_RECORD_PAIRED, cookie, DS_COOKIE_BYTES);
    }
    show(&session, &message, "", 0);
    g_byte_array_unref(message.bytes);
}

static void
on_accept(struct hostile_conn *conn, struct ds_reader *r)
{
    struct hostile_session *session = conn->session;
    uint32_t id = ds_reader_u32(r);
    if (is_own(conn, HOSTILE_OWN_ACCEPT, id, "", 0))
        return;
    if (id == session->knock && session->side[DS_ROLE_HELPER] != NULL)
        pair(session, conn, session->side[DS_ROLE_HELPER]);
}

static void
on_reject(struct hostile_conn *conn, struct ds_reader *r)
{
    struct hostile_session *session = conn->session;
    uint32_t id = ds_reader_u32(r);
    uint8_t reason = ds_reader_u8(r);
    if (is_own(conn, HOSTILE_OWN_REJECT, id, &reason, 1))
        return;
    if (id == session->knock)
        refuse(session->side[DS_ROLE_HELPER], reason);
}

/* The session of one who comes again: by the id, and at first by the cookie. */
static struct hostile_session *
find_meeting(struct hostile_relay *relay, const uint8_t *id, const uint8_t *cookie)
{
    for (guint i = 0; i < relay->sessions->len; i++) {
        struct hostile_session *session = g_ptr_array_index(relay->sessions, i);
        if (session->has_meeting && memcmp(session->meeting, id, DS_MEETING_BYTES) == 0)
            return session;
    }
    for (guint i = 0; i < relay->sessions->len && cookie != NULL; i++) {
        struct hostile_session *session = g_ptr_array_index(relay->sessions, i);
        for (int role = DS_ROLE_HELPEE; role <= DS_ROLE_HELPER; role++)
            if (memcmp(session->cookie[role], cookie, DS_COOKIE_BYTES) == 0)
                return session;
    }
    return NULL;
}

/* A cookie that is still a connection's closes it and its partner's. */
static void
close_cookie(struct hostile_session *session, const uint8_t *cookie)
{
    for (int role = DS_ROLE_HELPEE; role <= DS_ROLE_HELPER; role++)
        if (session->side[role] != NULL &&
                memcmp(session->cookie[role], cookie, DS_COOKIE_BYTES) == 0)
            close_pair(session->side[role]);
}

static void
come_again(struct hostile_session *session, struct hostile_conn *conn)
{
    conn->session = session;
    close_conn(session->come[conn->role]);
    session->come[conn->role] = conn;
    if (session->come[DS_ROLE_HELPEE] != NULL && session->come[DS_ROLE_HELPER] != NULL)
        pair(session, session->come[DS_ROLE_HELPEE], session->come[DS_ROLE_HELPER]);
}

static void
on_meet(struct hostile_conn *conn, struct ds_reader *r)
{
    struct hostile_message message = {.what = HOSTILE_MEET};
    const uint8_t *id = NULL, *cookie = NULL;
    uint64_t role = 0;
    struct ds_tlv tlv;
    while (ds_tlv_next(r, &tlv)) {
        if (tlv.tag == DS_TAG_MEETING && tlv.len == DS_MEETING_BYTES)
            id = tlv.value;
        if (tlv.tag == DS_TAG_COOKIE && tlv.len == DS_COOKIE_BYTES)
            cookie = tlv.value;
        if (tlv.tag == DS_TAG_ROLE)
            g_assert_true(ds_tlv_number(&tlv, &role));
    }
    g_assert_true(id != NULL && (role == DS_ROLE_HELPEE || role == DS_ROLE_HELPER));
    struct hostile_session *session = find_meeting(conn->relay, id, cookie);
    if (session == NULL)
        return; /* who was never paired: nobody will come */
    memcpy(session->meeting, id, sizeof session->meeting);
    session->has_meeting = true;
    if (cookie != NULL)
        close_cookie(session, cookie);
    conn->role = message.to = (enum ds_role)role;
    if (show(&session, &message, id, DS_MEETING_BYTES) > 0)
        come_again(session, conn);
    else
        close_conn(conn);
    g_byte_array_unref(message.bytes);
}

static void
on_note(struct hostile_conn *conn, const struct ds_record *record)
{
    struct hostile_message message = {.what = HOSTILE_NOTE, .to = conn->role, .path = conn->path};
    struct hostile_session *session = conn->session;
    show(&session, &message, record->payload, record->len);
    g_byte_array_unref(message.bytes);
}

static void
on_record(struct hostile_conn *conn, const struct ds_record *record)
{
    struct ds_reader r;
    ds_reader_init(&r, record->payload, record->len);
    if (record->type == DS_RECORD_PIPE && conn->partner != NULL)
        forward_pipe(conn, record->payload, record->len);
    else if (record->type == DS_RECORD_HELLO)
        on_hello(conn);
    else if (record->type == DS_RECORD_WAIT)
        on_wait(conn, &r);
    else if (record->type == DS_RECORD_KNOCK)
        on_knock(conn, &r);
    else if (record->type == DS_RECORD_MEET)
        on_meet(conn, &r);
    else if (record->type == DS_RECORD_SAY)
        on_say(conn, &r);
    else if (record->type == DS_RECORD_ACCEPT)
        on_accept(conn, &r);
    else if (record->type == DS_RECORD_REJECT)
        on_reject(conn, &r);
    else if (record->type == DS_RECORD_NOTE && conn->partner != NULL)
        on_note(conn, record);
    else if (record->type == DS_RECORD_PING)
        hostile_conn_send(conn, DS_RECORD_PONG, record->payload, record->len);
}

static void
on_lost(struct hostile_conn *conn)
{
    struct hostile_session *session = conn->session;
    bool is_first = session != NULL && conn->partner == NULL && session->side[conn->role] == conn;
    if (is_first && conn->role == DS_ROLE_HELPER)
        hostile_relay_gone(session, session->knock);
    else if (is_first)
        refuse(session->side[DS_ROLE_HELPER], DS_REASON_PEER_LEFT);
    close_pair(conn);
}

static const struct hostile_conn_handler conn_handler = {on_record, on_lost};

/* --- life --- */

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *addr, int len,
        void *arg)
{
    struct hostile_relay *relay = arg;
    struct hostile_conn *conn = hostile_conn_new(&relay->crowd, fd);
    conn->relay = relay;
}

static void
free_session(void *arg)
{
    struct hostile_session *session = arg;
    if (session->malice_free != NULL && session->malice != NULL)
        session->malice_free(session->malice);
    else
        g_free(session->malice);
    g_free(session);
}

struct hostile_relay *
hostile_relay_new(struct event_base *base)
{
    return hostile_relay_new_at(base, htonl(INADDR_LOOPBACK));
}

struct hostile_relay *
hostile_relay_new_at(struct event_base *base, in_addr_t at)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = at};
    struct hostile_relay *relay = g_new0(struct hostile_relay, 1);
    /* Nobody asks the system's store about a relay on loopback, and reading it takes each peer 20
     * ms and more. */
    g_setenv("SSL_CERT_FILE", "/dev/null", TRUE);
    g_setenv("SSL_CERT_DIR", "/dev/null", TRUE);
    relay->sessions = g_ptr_array_new_with_free_func(free_session);
    hostile_crowd_init(&relay->crowd, base, &conn_handler);
    relay->listener = evconnlistener_new_bind(base, on_accepted, relay,
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 512,
            (struct sockaddr *)&addr, sizeof addr);
    g_assert_nonnull(relay->listener);
    return relay;
}

void
hostile_relay_free(struct hostile_relay *relay)
{
    evconnlistener_free(relay->listener);
    hostile_crowd_finish(&relay->crowd);
    g_ptr_array_unref(relay->sessions);
    g_free(relay);
}

uint16_t
hostile_relay_port(const struct hostile_relay *relay)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;
    getsockname(evconnlistener_get_fd(relay->listener), (struct sockaddr *)&addr, &len);
    return ntohs(addr.sin_port);
}

/* --- deeds --- */

void
hostile_relay_tell(struct hostile_session *session, enum ds_role to, uint8_t type,
        const void *payload, size_t len)
{
    if (session->side[to] != NULL)
        hostile_conn_send(session->side[to], type, payload, len);
}

void
hostile_relay_tell_raw(
        struct hostile_session *session, enum ds_role to, const void *data, size_t len)
{
    hostile_conn_send_raw(session->side[to], data, len);
}

void
hostile_relay_tell_say(struct hostile_session *session, enum ds_role to, uint32_t id,
        const void *bytes, size_t len)
{
    if (session->side[to] != NULL)
        hostile_conn_send_id(session->side[to], DS_RECORD_SAY, id, bytes, len);
}

void
hostile_relay_knock(struct hostile_session *session, uint32_t id, const void *bytes, size_t len)
{
    g_assert_cmpuint(id, >=, HOSTILE_OWN_KNOCK);
    if (session->side[DS_ROLE_HELPEE] != NULL)
        hostile_conn_send_id(session->side[DS_ROLE_HELPEE], DS_RECORD_KNOCKED, id, bytes, len);
}

void
hostile_relay_gone(struct hostile_session *session, uint32_t id)
{
    if (session->side[DS_ROLE_HELPEE] != NULL)
        hostile_conn_send_id(session->side[DS_ROLE_HELPEE], DS_RECORD_GONE, id, "", 0);
}

void
hostile_relay_refuse(struct hostile_session *session, enum ds_role to, uint8_t reason)
{
    refuse(session->side[to], reason);
}

void
hostile_relay_cut(struct hostile_session *session, enum ds_role side)
{
    if (session->side[side] != NULL)
        close_pair(session->side[side]);
}
