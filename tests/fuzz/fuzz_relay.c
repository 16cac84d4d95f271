/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records of three clients, without TLS. The input is pieces: a byte whose two lowest bits name the
 * client (3: let it hang up and come again), a byte of length, then so many bytes as they are.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/log.h"
#include "net/wire/reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/relay_rig.h"

enum { CLIENTS = 3, PIECES_MAX = 200 };

static const char *const addresses[CLIENTS] = {"192.0.2.1:1", "192.0.2.2:1", "[2001:db8::1]:1"};

static void
be_silent(enum ds_log_level level, const char *area, const char *text, void *arg)
{
}

/* What comes back is thrown away, or the client's socket would fill up. */
static void
drain(struct rig_client *client)
{
    relay_rig_settle(client->rig);
    while (recv(client->fd, client->input, sizeof client->input, 0) > 0)
        relay_rig_settle(client->rig);
}

static void
feed(struct relay_rig *rig, struct rig_client *clients[CLIENTS], const uint8_t *data, size_t size)
{
    struct ds_reader r;
    ds_reader_init(&r, data, size);
    for (int i = 0; i < PIECES_MAX && ds_reader_left(&r) >= 2; i++) {
        uint8_t head = ds_reader_u8(&r);
        size_t len = ds_reader_u8(&r);
        if ((head & 3) == 3) {
            int which = head / 4 % CLIENTS;
            relay_rig_hang_up(clients[which]);
            clients[which] = relay_rig_connect(rig, addresses[which]);
            continue;
        }
        if (len > ds_reader_left(&r))
            len = ds_reader_left(&r);
        if (len > 0)
            rig_push(clients[head & 3], ds_reader_bytes(&r, len), len);
        drain(clients[head & 3]);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ds_relay_times times = ds_relay_times_default;
    struct relay_rig rig;
    struct rig_client *clients[CLIENTS];
    times.no_code_min_ms = times.no_code_max_ms = 0; /* nobody is left to be answered */
    ds_log_set(be_silent, NULL, DS_LOG_ERROR);
    relay_rig_open(&rig, &times, 100, 64);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = relay_rig_connect(&rig, addresses[i]);
    feed(&rig, clients, data, size);
    for (int i = 0; i < CLIENTS; i++)
        relay_rig_hang_up(clients[i]);
    relay_rig_settle(&rig);
    size_t left = ds_relay_connections(rig.relay);
    relay_rig_close(&rig);
    if (left != 0)
        abort();
    return 0;
}
