/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/relay_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/relay/now.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"

enum { PATIENCE_US = 5 * 1000 * 1000, SOCKET_BYTES = 16 * 1024 };

static uint64_t now_ms = 1000;

/* In place of the relay's own clock. */
uint64_t
ds_relay_now_ms(void)
{
    return now_ms;
}

void
relay_rig_skip(unsigned ms)
{
    now_ms += ms;
}

__attribute__((noreturn)) static void
give_up(const char *what)
{
    fprintf(stderr, "relay rig: %s\n", what);
    abort();
}

void
relay_rig_open(struct relay_rig *rig, const struct ds_relay_times *times, size_t connections_max,
        size_t per_subscriber_max)
{
    struct ds_relay_config config = {.times = times,
            .connections_max = connections_max,
            .per_subscriber_max = per_subscriber_max};
    rig->base = event_base_new();
    if (rig->base == NULL || ds_relay_new(&rig->relay, rig->base, &config) != 0)
        give_up("no relay");
}

void
relay_rig_close(struct relay_rig *rig)
{
    ds_relay_free(rig->relay);
    event_base_free(rig->base);
}

void
relay_rig_settle(struct relay_rig *rig)
{
    /* A turn handles what is ready at its start; what it makes ready is for the next. */
    for (int i = 0; i < 4; i++)
        event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

struct rig_client *
relay_rig_connect(struct relay_rig *rig, const char *address)
{
    struct rig_client *client = calloc(1, sizeof *client);
    struct ds_addr addr;
    int fds[2];
    if (client == NULL || ds_addr_parse(&addr, address, 0) != 0 ||
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0)
        give_up("no socketpair");
    /* Small, so that a reader who stops is soon felt. */
    for (int i = 0; i < 2; i++)
        setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &(int){SOCKET_BYTES}, sizeof(int));
    client->rig = rig;
    client->fd = fds[0];
    ds_relay_adopt(rig->relay, fds[1], &addr);
    return client;
}

void
relay_rig_hang_up(struct rig_client *client)
{
    close(client->fd);
    relay_rig_settle(client->rig);
    free(client);
}

size_t
rig_push(struct rig_client *client, const void *bytes, size_t len)
{
    ssize_t n = send(client->fd, bytes, len, MSG_NOSIGNAL);
    relay_rig_settle(client->rig);
    return n > 0 ? (size_t)n : 0;
}

bool
rig_send_bytes(struct rig_client *client, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    uint64_t end_us = ds_clock_us() + PATIENCE_US;
    while (len > 0) {
        ssize_t n = send(client->fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return false;
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
        if (ds_clock_us() > end_us)
            give_up("the relay does not read");
        relay_rig_settle(client->rig);
    }
    return true;
}

void
rig_send(struct rig_client *client, uint8_t type, const void *payload, size_t len)
{
    uint8_t record[DS_RECORD_HEADER + DS_RECORD_MAX];
    if (len > DS_RECORD_MAX)
        give_up("too long a record");
    ds_record_header(record, type, len);
    if (len > 0)
        memcpy(record + DS_RECORD_HEADER, payload, len);
    (void)rig_send_bytes(client, record, DS_RECORD_HEADER + len);
}

/* Moves the first record of the input to `payload`. Returns its type, or -1. */
static int
take_record(struct rig_client *client)
{
    struct ds_record record;
    int n = ds_record_parse(&record, client->input, client->len, DS_RECORD_MAX);
    if (n < 0)
        give_up("the relay sent too long a record");
    if (n == 0)
        return -1;
    if (record.len > 0)
        memcpy(client->payload, record.payload, record.len);
    client->payload[record.len] = '\0';
    client->payload_len = record.len;
    int type = record.type;
    client->len -= (size_t)n;
    memmove(client->input, client->input + n, client->len);
    return type;
}

/* Reads what is there. Returns false at the end of the stream. */
static bool
fill(struct rig_client *client)
{
    ssize_t n =
            recv(client->fd, client->input + client->len, sizeof client->input - client->len, 0);
    if (n > 0)
        client->len += (size_t)n;
    return n > 0 || (n < 0 && errno == EAGAIN);
}

int
rig_receive(struct rig_client *client)
{
    uint64_t end_us = ds_clock_us() + PATIENCE_US;
    for (;;) {
        int type = take_record(client);
        if (type >= 0)
            return type;
        relay_rig_settle(client->rig);
        if (!fill(client)) {
            if (client->len > 0)
                give_up("the stream ends within a record");
            return -1;
        }
        if (ds_clock_us() > end_us)
            give_up("nothing came");
    }
}

bool
rig_is_silent(struct rig_client *client)
{
    relay_rig_settle(client->rig);
    return fill(client) && client->len == 0;
}

size_t
rig_field_bytes(const struct rig_client *client, uint16_t tag, uint8_t *out, size_t cap)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    ds_reader_init(&r, client->payload, client->payload_len);
    while (ds_tlv_next(&r, &tlv))
        if (tlv.tag == tag && tlv.len <= cap) {
            if (tlv.len > 0)
                memcpy(out, tlv.value, tlv.len);
            return tlv.len;
        }
    return 0;
}

int64_t
rig_field(const struct rig_client *client, uint16_t tag)
{
    uint8_t bytes[7];
    size_t n = rig_field_bytes(client, tag, bytes, sizeof bytes);
    int64_t value = n > 0 ? 0 : -1;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* Sends what a writer has gathered. */
static void
send_written(struct rig_client *client, uint8_t type, const struct ds_writer *w)
{
    if (w->failed)
        give_up("too long a record");
    rig_send(client, type, w->data, w->len);
}

void
rig_hello(struct rig_client *client, uint16_t version_min, uint16_t version_max)
{
    uint8_t data[64];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_number(&w, DS_TAG_VERSION_MIN, version_min, 2);
    ds_tlv_put_number(&w, DS_TAG_VERSION_MAX, version_max, 2);
    send_written(client, DS_RECORD_HELLO, &w);
}

void
rig_wait(struct rig_client *client, const char *digits, const uint8_t *token)
{
    uint8_t data[64];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    if (digits != NULL)
        ds_tlv_put_text(&w, DS_TAG_NAMEPLATE, digits);
    if (token != NULL)
        ds_tlv_put(&w, DS_TAG_TOKEN, token, DS_TOKEN_BYTES);
    send_written(client, DS_RECORD_WAIT, &w);
}

void
rig_knock(struct rig_client *client, const char *digits, const char *say)
{
    uint8_t data[4096];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_writer_u8(&w, (uint8_t)strlen(digits));
    ds_writer_bytes(&w, digits, strlen(digits));
    ds_writer_bytes(&w, say, strlen(say));
    send_written(client, DS_RECORD_KNOCK, &w);
}

void
rig_send_id(struct rig_client *client, uint8_t type, uint32_t id, const void *more, size_t len)
{
    uint8_t data[8192];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_writer_u32(&w, id);
    ds_writer_bytes(&w, more, len);
    send_written(client, type, &w);
}

void
rig_meet(struct rig_client *client, uint8_t meeting, uint8_t role, const uint8_t *cookie)
{
    uint8_t data[128], id[DS_MEETING_BYTES];
    struct ds_writer w;
    memset(id, meeting, sizeof id);
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put(&w, DS_TAG_MEETING, id, sizeof id);
    ds_tlv_put_number(&w, DS_TAG_ROLE, role, 1);
    if (cookie != NULL)
        ds_tlv_put(&w, DS_TAG_COOKIE, cookie, DS_COOKIE_BYTES);
    send_written(client, DS_RECORD_MEET, &w);
}

struct rig_client *
rig_greet(struct relay_rig *rig, const char *address)
{
    struct rig_client *client = relay_rig_connect(rig, address);
    rig_hello(client, 1, 1);
    if (rig_receive(client) != DS_RECORD_WELCOME)
        give_up("no WELCOME");
    return client;
}

struct rig_client *
rig_helpee(struct relay_rig *rig, const char *address, char nameplate[static 16])
{
    struct rig_client *client = rig_greet(rig, address);
    rig_wait(client, NULL, NULL);
    if (rig_receive(client) != DS_RECORD_WAITING)
        give_up("no WAITING");
    nameplate[rig_field_bytes(client, DS_TAG_NAMEPLATE, (uint8_t *)nameplate, 15)] = '\0';
    return client;
}

void
rig_pair(struct rig_client *helpee, struct rig_client *helper, const char *nameplate)
{
    rig_knock(helper, nameplate, "pA");
    if (rig_receive(helpee) != DS_RECORD_KNOCKED)
        give_up("no KNOCKED");
    rig_send(helpee, DS_RECORD_ACCEPT, helpee->payload, 4);
    if (rig_receive(helpee) != DS_RECORD_PAIRED || rig_receive(helper) != DS_RECORD_PAIRED)
        give_up("no PAIRED");
}

int
rig_refused(struct rig_client *client)
{
    if (rig_receive(client) != DS_RECORD_REFUSED)
        return -1;
    int reason = (int)rig_field(client, DS_TAG_REASON);
    return rig_receive(client) == -1 ? reason : -1;
}

void
relay_rig_run(struct relay_rig *rig, unsigned ms)
{
    struct timeval time = ds_clock_timeval(ms);
    event_base_loopexit(rig->base, &time);
    event_base_dispatch(rig->base);
}
