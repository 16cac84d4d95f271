/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/fake_router.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 5351, PCP_BYTES = 60, MAP_BYTES = 12 };

static guint32
get_u32(const guint8 *at)
{
    guint32 value;
    memcpy(&value, at, sizeof value);
    return GUINT32_FROM_BE(value);
}

static void
put_u32(guint8 *at, guint32 value)
{
    value = GUINT32_TO_BE(value);
    memcpy(at, &value, sizeof value);
}

static guint16
get_u16(const guint8 *at)
{
    return (guint16)(at[0] << 8 | at[1]);
}

static void
put_u16(guint8 *at, guint16 value)
{
    at[0] = (guint8)(value >> 8);
    at[1] = (guint8)value;
}

/* Returns what is granted. */
static guint32
note(struct fake_router *router, guint32 lifetime_s, guint16 suggested)
{
    if (lifetime_s == 0) {
        router->unmaps++;
        return 0;
    }
    router->maps++;
    router->asked_s = lifetime_s;
    router->suggested = suggested;
    return router->lifetime_s == G_MAXUINT32 ? lifetime_s : router->lifetime_s;
}

static gsize
answer_pcp(struct fake_router *router, guint8 *data)
{
    guint16 suggested = get_u16(data + 42);
    guint32 granted_s = note(router, get_u32(data + 4), suggested);

    memcpy(router->nonces[router->maps > 1], data + 24, sizeof router->nonces[0]);
    data[1] |= 0x80;
    data[3] = router->result;
    put_u32(data + 4, granted_s);
    put_u32(data + 8, router->epoch_s);
    memset(data + 12, 0, 12);
    data[24] ^= router->flip;
    put_u16(data + 42, router->port != 0 ? router->port : suggested);
    memset(data + 44, 0, 10);
    memset(data + 54, 0xff, 2);
    inet_pton(AF_INET, router->external, data + 56);
    return PCP_BYTES;
}

static gsize
answer_natpmp(struct fake_router *router, guint8 *data)
{
    gboolean is_map = data[1] == 2;
    guint16 suggested = get_u16(data + 6);
    guint32 lifetime_s = get_u32(data + 8);

    data[1] |= 0x80;
    put_u16(data + 2, is_map ? router->result : 0);
    if (!is_map) {
        put_u32(data + 4, router->epoch_s);
        inet_pton(AF_INET, router->external, data + 8);
        return MAP_BYTES;
    }
    memmove(data + 8, data + 4, 2);
    put_u32(data + 4, router->epoch_s);
    put_u16(data + 10, router->port != 0 ? router->port : suggested);
    put_u32(data + 12, note(router, lifetime_s, suggested));
    return 16;
}

/* NAT-PMP's answer to another version (RFC 6886, 3.5). */
static gsize
answer_version(guint8 *data)
{
    memset(data, 0, 8);
    data[1] = 0x80;
    data[3] = 1;
    return 8;
}

static void
on_question(evutil_socket_t fd, short what, void *arg)
{
    struct fake_router *router = arg;
    guint8 data[1200] = {0};
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    gsize len = 0;

    ssize_t got = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &from_len);
    g_assert_cmpint(got, >, 0);
    gboolean is_natpmp = data[0] == 0;
    if (is_natpmp)
        len = answer_natpmp(router, data);
    else if (router->is_natpmp)
        len = answer_version(data);
    else
        len = answer_pcp(router, data);
    if (router->is_silent || (is_natpmp && router->is_pcp_alone))
        return;
    for (guint32 i = 0; i < router->floods; i++) {
        guint8 strange[PCP_BYTES] = {2, 0x81};
        sendto(fd, strange, sizeof strange, 0, (struct sockaddr *)&from, from_len);
    }
    sendto(fd, data, len, 0, (struct sockaddr *)&from, from_len);
}

void
fake_router_begin(struct fake_router *router, struct event_base *base)
{
    const struct sockaddr_in here = {.sin_family = AF_INET,
            .sin_port = htons(PORT),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    *router = (struct fake_router){.external = "192.0.2.9", .lifetime_s = G_MAXUINT32};
    router->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    g_assert_cmpint(router->fd, >=, 0);
    g_assert_cmpint(bind(router->fd, (const struct sockaddr *)&here, sizeof here), ==, 0);
    router->event = event_new(base, router->fd, EV_READ | EV_PERSIST, on_question, router);
    event_add(router->event, NULL);
}

void
fake_router_end(struct fake_router *router)
{
    event_free(router->event);
    close(router->fd);
}
