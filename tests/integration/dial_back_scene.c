/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/dial_back_scene.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>

#include "net/wire/tlv.h"
#include "net/wire/writer.h"
#include "tests/lib/own_net.h"
#include "tests/lib/patience.h"

enum { DIAL_BYTES = 11 };

static struct own_net_home networks;

gboolean
dial_back_enter(void)
{
    if (!own_net_enter_home(&networks))
        return FALSE;
    own_net_ip("address add " DIAL_BACK_CLIENT "/32 dev lan\n"
               "address add 198.51.100.8/32 dev lan\n"
               "address add 10.0.0.5/32 dev lan\n"
               "address add 100.64.0.9/32 dev lan\n"
               "address add 2001:db8::7/64 dev lan nodad\n"
               "address add fd00::7/64 dev lan nodad\n");
    own_net_write("/proc/sys/net/ipv4/ip_forward", "1"); /* or it says nothing of what follows */
    own_net_ip("rule add pref 100 lookup local\n"
               "rule del pref 0\n"
               "rule add pref 1 ipproto tcp dport " DIAL_BACK_SHUT " unreachable\n");
    own_net_switch(networks.outside);
    own_net_ip("address add " DIAL_BACK_RELAY "/32 dev lo\n"
               "address add " DIAL_BACK_OTHER "/32 dev lo\n"
               "route add 198.51.100.0/24 via 192.168.1.20\n"
               "route add 10.0.0.5/32 via 192.168.1.20\n"
               "route add 100.64.0.9/32 via 192.168.1.20\n"
               "address add 2001:db8::1/64 dev wan nodad\n"
               "address add fd00::1/64 dev wan nodad\n");
    own_net_await("wan", TRUE);
    return TRUE;
}

/* Sockets stay where they are made: at the relay's machine, or elsewhere. */
static int
open_socket(const struct ds_addr *at)
{
    const struct ds_addr relay[] = {
            dial_back_address(DIAL_BACK_RELAY, 0), dial_back_address(DIAL_BACK_OTHER, 0)};
    bool is_there = ds_addr_is_loopback(at) || ds_addr_is_same_host(at, &relay[0]) ||
                    ds_addr_is_same_host(at, &relay[1]);
    own_net_switch(is_there ? networks.outside : networks.home);
    int fd = socket(at->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    own_net_switch(networks.outside);
    return fd;
}

struct ds_addr
dial_back_address(const char *host, uint16_t port)
{
    g_autofree char *text = g_strdup_printf("%s:%u", host, port);
    struct ds_addr addr;
    g_assert_cmpint(ds_addr_parse(&addr, text, 0), ==, 0);
    return addr;
}

static const struct sockaddr *
as_sockaddr(const struct ds_addr *addr)
{
    return (const struct sockaddr *)&addr->ss;
}

/* --- the relay --- */

void
dial_back_scene_open(struct dial_back_scene *scene, enum ds_relay_dial_back dial_back,
        size_t connections_max, const char *stun_other)
{
    const struct ds_relay_config config = {.times = &ds_relay_times_default,
            .connections_max = connections_max,
            .per_subscriber_max = 64,
            .dial_back = dial_back};
    struct ds_addr any, failed;
    g_assert_cmpint(ds_addr_parse(&any, "[::]:0", 0), ==, 0);
    scene->base = event_base_new();
    g_assert_cmpint(ds_relay_new(&scene->relay, scene->base, &config), ==, 0);
    if (stun_other != NULL) {
        const struct ds_addr stun[] = {
                dial_back_address(DIAL_BACK_RELAY, 3478), dial_back_address(stun_other, 3479)};
        g_assert_cmpint(ds_relay_listen_stun(scene->relay, stun, 2, &failed), ==, 0);
    }
    g_assert_cmpint(ds_relay_listen(scene->relay, &any, &scene->addr), ==, 0);
}

void
dial_back_scene_close(struct dial_back_scene *scene)
{
    ds_relay_free(scene->relay);
    event_base_free(scene->base);
}

void
dial_back_settle(struct dial_back_scene *scene)
{
    for (int i = 0; i < 4; i++)
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
}

/* --- a client --- */

static void
client_send_often(struct dial_back_client *client, unsigned times, uint8_t type,
        const void *payload, size_t len)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    uint8_t header[DS_RECORD_HEADER];
    ds_record_header(header, type, len);
    for (unsigned i = 0; i < times; i++) {
        g_byte_array_append(bytes, header, sizeof header);
        g_byte_array_append(bytes, payload, (guint)len);
    }
    g_assert_cmpint(send(client->fd, bytes->data, bytes->len, MSG_NOSIGNAL), ==, bytes->len);
}

static void
client_send(struct dial_back_client *client, uint8_t type, const void *payload, size_t len)
{
    client_send_often(client, 1, type, payload, len);
}

static bool
has_record(const struct dial_back_client *client, struct ds_record *record)
{
    return ds_record_parse(record, client->input, client->len, DS_RECORD_MAX) > 0;
}

/* Returns the next record's type, with its payload in `payload`; -1: the stream ended. */
static int
client_receive(struct dial_back_client *client, uint8_t payload[static 256], size_t *payload_len)
{
    struct patience patience;
    struct ds_record record;
    ssize_t n = 1;
    patience_begin(&patience, client->scene->base);
    while (!has_record(client, &record)) {
        patience_turn(&patience);
        n = recv(client->fd, client->input + client->len, sizeof client->input - client->len,
                MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            break;
        client->len += n > 0 ? (size_t)n : 0;
    }
    patience_end(&patience);
    if (!has_record(client, &record))
        return -1;
    g_assert_cmpuint(record.len, <=, 256);
    memcpy(payload, record.payload, record.len);
    *payload_len = record.len;
    size_t taken = DS_RECORD_HEADER + record.len;
    client->len -= taken;
    memmove(client->input, client->input + taken, client->len);
    return record.type;
}

void
dial_back_expect(struct dial_back_client *client, int type)
{
    uint8_t payload[256];
    size_t len;
    g_assert_cmpint(client_receive(client, payload, &len), ==, type);
}

void
dial_back_expect_refused(struct dial_back_client *client)
{
    uint8_t payload[256];
    size_t len;
    g_assert_cmpint(client_receive(client, payload, &len), ==, DS_RECORD_REFUSED);
    g_assert_cmpint(payload[len - 1], ==, DS_REASON_PROTOCOL);
    g_assert_cmpint(client_receive(client, payload, &len), ==, -1);
}

enum ds_dialled
dial_back_take_dialled(struct dial_back_client *client, unsigned *ms)
{
    uint8_t payload[256];
    size_t len;
    g_assert_cmpint(client_receive(client, payload, &len), ==, DS_RECORD_DIALLED);
    g_assert_cmpuint(len, ==, 3);
    if (ms != NULL)
        *ms = payload[1] * 256u + payload[2];
    return payload[0];
}

static void
say_hello(struct dial_back_client *client)
{
    uint8_t data[16];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_number(&w, DS_TAG_VERSION_MIN, 1, 2);
    ds_tlv_put_number(&w, DS_TAG_VERSION_MAX, 1, 2);
    client_send(client, DS_RECORD_HELLO, data, w.len);
    dial_back_expect(client, DS_RECORD_WELCOME);
}

void
dial_back_client_open(struct dial_back_client *client, struct dial_back_scene *scene,
        const char *from, const char *to)
{
    struct ds_addr local = dial_back_address(from, 0),
                   remote = dial_back_address(to, ds_addr_port(&scene->addr));
    *client = (struct dial_back_client){.scene = scene};
    client->fd = open_socket(&local);
    g_assert_cmpint(bind(client->fd, as_sockaddr(&local), local.len), ==, 0);
    g_assert_cmpint(connect(client->fd, as_sockaddr(&remote), remote.len), ==, 0);
    say_hello(client);
}

void
dial_back_open_checking_at(struct dial_back_client *client, struct dial_back_scene *scene,
        const char *from, const char *to)
{
    dial_back_client_open(client, scene, from, to);
    client_send(client, DS_RECORD_CHECK, "", 0);
    dial_back_expect(client, DS_RECORD_CHECKED);
}

void
dial_back_open_checking(
        struct dial_back_client *client, struct dial_back_scene *scene, const char *from)
{
    dial_back_open_checking_at(client, scene, from, DIAL_BACK_RELAY);
}

static uint16_t
port_of(int fd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    struct ds_addr bound;
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&ss, &len), ==, 0);
    g_assert_cmpint(ds_addr_from_sockaddr(&bound, (struct sockaddr *)&ss, len), ==, 0);
    return ds_addr_port(&bound);
}

uint16_t
dial_back_port(const struct dial_back_client *client)
{
    return port_of(client->fd);
}

void
dial_back_client_close(struct dial_back_client *client)
{
    close(client->fd);
    dial_back_settle(client->scene);
}

void
dial_back_end(struct dial_back_scene *scene, struct dial_back_client *client, int listener)
{
    close(listener);
    dial_back_client_close(client);
    dial_back_scene_close(scene);
}

void
dial_back_dial_often(
        struct dial_back_client *client, unsigned times, enum ds_dial_from from, uint16_t port)
{
    uint8_t data[DIAL_BYTES];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_writer_u8(&w, (uint8_t)from);
    ds_writer_u16(&w, port);
    ds_writer_bytes(&w, DIAL_BACK_TOKEN, DS_DIAL_TOKEN_BYTES);
    client_send_often(client, times, DS_RECORD_DIAL, data, w.len);
}

void
dial_back_dial(struct dial_back_client *client, enum ds_dial_from from, uint16_t port)
{
    dial_back_dial_often(client, 1, from, port);
}

/* --- who is dialled --- */

int
dial_back_listen_on(const char *host, uint16_t port, int backlog)
{
    struct ds_addr at = dial_back_address(host, port);
    int fd = open_socket(&at);
    g_assert_cmpint(bind(fd, as_sockaddr(&at), at.len), ==, 0);
    g_assert_cmpint(listen(fd, backlog), ==, 0);
    return fd;
}

int
dial_back_listen(const char *host, int backlog, uint16_t *port)
{
    int fd = dial_back_listen_on(host, 0, backlog);
    *port = port_of(fd);
    return fd;
}

bool
dial_back_has_visit(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, 0) > 0;
}

void
dial_back_take_visit(int fd, struct ds_addr *from)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char said[64];
    int guest = accept(fd, (struct sockaddr *)&ss, &len);
    g_assert_cmpint(guest, >=, 0);
    g_assert_cmpint(ds_addr_from_sockaddr(from, (struct sockaddr *)&ss, len), ==, 0);
    /* The token, nothing before it and nothing after it. */
    g_assert_cmpint(recv(guest, said, sizeof said, MSG_WAITALL), ==, DS_DIAL_TOKEN_BYTES);
    g_assert_cmpmem(said, DS_DIAL_TOKEN_BYTES, DIAL_BACK_TOKEN, DS_DIAL_TOKEN_BYTES);
    close(guest);
}

void
dial_back_deaf_open(struct dial_back_deaf *deaf, const char *host)
{
    deaf->listener = dial_back_listen(host, 0, &deaf->port);
    struct ds_addr at = dial_back_address(host, deaf->port);
    deaf->guest = open_socket(&at);
    g_assert_cmpint(connect(deaf->guest, as_sockaddr(&at), at.len), ==, 0);
}

void
dial_back_deaf_close(struct dial_back_deaf *deaf)
{
    close(deaf->guest);
    close(deaf->listener);
}
