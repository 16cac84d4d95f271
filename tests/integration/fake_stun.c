/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/fake_stun.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "net/wire/stun.h"

enum { LOT_BYTES = 65536 };

static void
send_bytes(struct bufferevent *bev, const void *bytes, gsize len)
{
    g_assert_cmpint(bufferevent_write(bev, bytes, len), ==, 0);
}

static void
send_answer(struct fake_stun *server, struct bufferevent *bev, const struct ds_stun *answer)
{
    static const uint8_t lot[LOT_BYTES];
    uint8_t bytes[DS_STUN_MAX];
    int len = ds_stun_write(answer, bytes);
    g_assert_cmpint(len, >, 0);

    if (server->manner == FAKE_STUN_BYTES) {
        server->rest_len = (gsize)len - 1;
        memcpy(server->rest, bytes + 1, server->rest_len);
        len = 1;
    }
    send_bytes(bev, bytes, (gsize)(server->manner == FAKE_STUN_CLOSES_LATE ? len / 2 : len));
    if (server->manner == FAKE_STUN_MORE)
        send_bytes(bev, lot, sizeof lot);
}

static void
hang_up(struct fake_stun *server, struct bufferevent *bev)
{
    g_hash_table_remove(server->connections, bev);
    server->open--;
}

/* All that was written is out. */
static void
on_written(struct bufferevent *bev, void *arg)
{
    struct fake_stun *server = arg;
    if (server->manner == FAKE_STUN_CLOSES_LATE) {
        hang_up(server, bev);
    } else if (server->rest_len > 0) {
        send_bytes(bev, server->rest, 1);
        memmove(server->rest, server->rest + 1, --server->rest_len);
    }
}

static void
answer(struct fake_stun *server, struct bufferevent *bev, const struct ds_stun *question)
{
    static const uint8_t long_one[DS_STUN_HEADER] = {
            0x01, 0x01, 60000 >> 8, 60000 & 0xfc, 0x21, 0x12, 0xa4, 0x42};
    static const char garbage[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    struct ds_stun message = {.type = DS_STUN_RESPONSE, .mapped = server->from};

    if (server->seen.len != 0 &&
            (server->seen_port == 0 || server->seen_port == ds_addr_port(&server->from)))
        message.mapped = server->seen;
    memcpy(message.id, question->id, sizeof message.id);
    switch (server->manner) {
    case FAKE_STUN_SILENT:
        return;
    case FAKE_STUN_CLOSES:
        hang_up(server, bev);
        return;
    case FAKE_STUN_GARBAGE:
        send_bytes(bev, garbage, strlen(garbage));
        return;
    case FAKE_STUN_LONG:
        send_bytes(bev, long_one, sizeof long_one);
        return;
    case FAKE_STUN_WRONG_ID:
        message.id[0] ^= 1;
        break;
    case FAKE_STUN_ERROR:
        message = (struct ds_stun){.type = DS_STUN_ERROR, .error = 400};
        memcpy(message.id, question->id, sizeof message.id);
        break;
    case FAKE_STUN_ECHO:
        message = *question;
        break;
    case FAKE_STUN_NO_ADDRESS:
        message.mapped = (struct ds_addr){0};
        break;
    case FAKE_STUN_FAMILY:
        g_assert_cmpint(ds_addr_parse(&message.mapped, "[2001:db8::1]:20000", 0), ==, 0);
        break;
    case FAKE_STUN_HONEST:
    case FAKE_STUN_BYTES:
    case FAKE_STUN_MORE:
    case FAKE_STUN_CLOSES_LATE:
    case FAKE_STUN_MANNERS:
        break;
    }
    send_answer(server, bev, &message);
}

static void
on_question(struct bufferevent *bev, void *arg)
{
    struct fake_stun *server = arg;
    struct evbuffer *input = bufferevent_get_input(bev);
    struct ds_stun question;
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    gsize got = evbuffer_get_length(input);
    int used = ds_stun_parse(&question, evbuffer_pullup(input, -1), got);

    g_assert_cmpint(used, >=, 0);
    if (used == 0)
        return;
    g_assert_cmpint(used, ==, (int)got);
    g_assert_cmpint(question.type, ==, DS_STUN_REQUEST);
    evbuffer_drain(input, got);
    g_assert_cmpint(getpeername(bufferevent_getfd(bev), (struct sockaddr *)&ss, &len), ==, 0);
    g_assert_cmpint(ds_addr_from_sockaddr(&server->from, (struct sockaddr *)&ss, len), ==, 0);
    server->questions++;
    if (server->answers == 0 || server->questions <= server->answers)
        answer(server, bev, &question);
}

static void
on_end(struct bufferevent *bev, short what, void *arg)
{
    hang_up(arg, bev);
}

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len,
        void *arg)
{
    struct fake_stun *server = arg;
    struct bufferevent *bev =
            bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    g_assert_nonnull(bev);
    g_hash_table_add(server->connections, bev);
    server->open++;
    bufferevent_setcb(bev, on_question, on_written, on_end, server);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void
free_connection(gpointer bev)
{
    bufferevent_free(bev);
}

void
fake_stun_begin(struct fake_stun *server, struct event_base *base, const char *addr)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;

    *server = (struct fake_stun){
            .connections = g_hash_table_new_full(NULL, NULL, free_connection, NULL)};
    g_assert_cmpint(ds_addr_parse(&server->addr, addr, 0), ==, 0);
    server->listener = evconnlistener_new_bind(base, on_connection, server,
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 16,
            (struct sockaddr *)&server->addr.ss, (int)server->addr.len);
    g_assert_nonnull(server->listener);
    g_assert_cmpint(
            getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&ss, &len), ==,
            0);
    g_assert_cmpint(ds_addr_from_sockaddr(&server->addr, (struct sockaddr *)&ss, len), ==, 0);
}

void
fake_stun_end(struct fake_stun *server)
{
    if (server->listener == NULL)
        return;
    evconnlistener_free(server->listener);
    g_hash_table_destroy(server->connections);
    *server = (struct fake_stun){0};
}
