/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths on legs through a real relay, from WAIT and KNOCK, or from MEET. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "net/base/limits.h"
#include "net/base/reason.h"
#include "net/crypto/relay_tls.h"
#include "net/path/leg.h"
#include "net/relay/cert.h"
#include "net/relay/relay.h"
#include "net/relay/tls.h"
#include "net/wire/tlv.h"
#include "tests/lib/path_pair.h"
#include "tests/lib/pattern.h"

enum { DATA_BYTES = 3 * 1024 * 1024 };

struct world;

/* One side, before its path takes its leg. */
struct party {
    struct world *world;
    int side;
    struct ds_leg *leg; /* NULL once the path has it */
    char nameplate[DS_NAMEPLATE_MAX_DIGITS + 1];
    int lost_err;
    int lost_reason;
};

struct world {
    struct path_pair pair; /* first: predicates get it */
    struct ds_relay *relay;
    struct ds_addr addr;
    struct ds_relay_tls_ctx *client_ctx;
    uint8_t pin[DS_PIN_BYTES];
    struct party party[SIDES];
};

/* --- the knock --- */

static void
send_record(struct party *party, uint8_t type, const void *payload, size_t len)
{
    g_assert_cmpint(ds_leg_send(party->leg, type, payload, len), ==, 0);
}

static void
take_waiting(struct party *party, const uint8_t *payload, size_t len)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    ds_reader_init(&r, payload, len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == DS_TAG_NAMEPLATE)
            g_assert_true(ds_tlv_text(&tlv, party->nameplate, sizeof party->nameplate));
    }
    g_assert_cmpstr(party->nameplate, !=, "");
}

/* The helper's path begins before the pairing, and its first flight travels in a SAY. */
static void
send_client_hello(struct party *party)
{
    uint8_t say[4 + DS_LEG_EARLY_MAX] = {0};
    path_pair_start_on(&party->world->pair, party->side, ds_leg_carrier(party->leg));
    size_t n = ds_leg_take_early(party->leg, say + 4, DS_LEG_EARLY_MAX);
    g_assert_cmpuint(n, >, 100);
    send_record(party, DS_RECORD_SAY, say, 4 + n);
}

static void
accept_helper(struct party *party, const uint8_t *payload, size_t len)
{
    send_record(party, DS_RECORD_ACCEPT, payload, 4);
    ds_leg_set_paired(party->leg);
    path_pair_start_on(&party->world->pair, party->side, ds_leg_carrier(party->leg));
    ds_path_input(party->world->pair.end[party->side].path, payload + 4, len - 4);
}

static void
pair(struct party *party)
{
    if (party->world->pair.end[party->side].path == NULL)
        path_pair_start_on(&party->world->pair, party->side, ds_leg_carrier(party->leg));
    ds_leg_set_paired(party->leg);
}

static void
on_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
    g_assert_cmpstr(welcome->observed, !=, "");
}

static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct party *party = arg;
    switch (type) {
    case DS_RECORD_WAITING:
        take_waiting(party, payload, len);
        break;
    case DS_RECORD_KNOCKED:
        send_record(party, DS_RECORD_SAY, payload, 4); /* an answer, empty here */
        break;
    case DS_RECORD_SAY:
        if (party->side == HELPER)
            send_client_hello(party);
        else
            accept_helper(party, payload, len);
        break;
    case DS_RECORD_PAIRED:
        pair(party);
        break;
    default:
        g_assert_not_reached();
    }
}

static void
on_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    struct party *party = arg;
    party->lost_err = err;
    party->lost_reason = reason;
}

static const struct ds_leg_handler leg_handler = {on_welcome, on_record, on_lost};

/* --- the world --- */

static void
start_relay(struct world *world)
{
    static const struct ds_relay_times times = {.prepair_ms = DS_PREPAIR_MS,
            .idle_ms = DS_LEG_IDLE_MS,
            .knock_ms = DS_KNOCK_MS,
            .no_code_min_ms = 5,
            .no_code_max_ms = 10,
            .nameplate_rest_ms = DS_NAMEPLATE_REST_MS,
            .drain_ms = DS_RELAY_DRAIN_MS,
            .linger_ms = 1000,
            .stop_ms = 1000};
    const struct ds_relay_config config = {
            .times = &times, .connections_max = 16, .per_subscriber_max = 16};
    char pin[DS_RELAY_PIN_TEXT];
    g_autofree char *dir = g_dir_make_tmp("path-leg-XXXXXX", NULL);
    struct ds_addr any;
    SSL_CTX *ctx = ds_relay_tls_new();
    g_assert_cmpint(ds_relay_cert_self_signed(ctx, dir, pin), ==, 0);
    g_assert_cmpint(ds_pin_parse(world->pin, pin, strlen(pin)), ==, 0);
    g_assert_cmpint(ds_relay_new(&world->relay, world->pair.base, &config), ==, 0);
    ds_relay_set_tls(world->relay, ctx);
    SSL_CTX_free(ctx);
    g_assert_cmpint(ds_addr_parse(&any, "127.0.0.1:0", 1), ==, 0);
    g_assert_cmpint(ds_relay_listen(world->relay, &any, &world->addr), ==, 0);
    g_autofree char *cert = g_build_filename(dir, "cert.pem", NULL);
    g_autofree char *key = g_build_filename(dir, "key.pem", NULL);
    g_assert_cmpint(ds_relay_tls_ctx_new(&world->client_ctx, cert), ==, 0);
    g_unlink(cert);
    g_unlink(key);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

static void
start_leg(struct world *world, int side)
{
    struct party *party = &world->party[side];
    const struct ds_leg_config config = {.host = "127.0.0.1",
            .pin = world->pin,
            .program = "test 1.0",
            .tls = world->client_ctx};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int err = connect(fd, (const struct sockaddr *)&world->addr.ss, world->addr.len);
    g_assert_true(err == 0 || errno == EINPROGRESS);
    *party = (struct party){.world = world, .side = side};
    g_assert_cmpint(
            ds_leg_new(&party->leg, world->pair.base, fd, &config, &leg_handler, party), ==, 0);
}

static void
init(struct world *world)
{
    static uint8_t data[SIDES][DATA_BYTES];
    *world = (struct world){.relay = NULL};
    path_pair_init(&world->pair);
    for (int side = 0; side < SIDES; side++) {
        pattern_fill(data[side], DATA_BYTES, (guint)side, 0);
        world->pair.end[side].data = data[side];
        world->pair.end[side].data_len = DATA_BYTES;
    }
    start_relay(world);
}

static void
finish(struct world *world)
{
    for (int side = 0; side < SIDES; side++) {
        if (world->pair.end[side].path == NULL && world->pair.end[side].losses == 0)
            ds_leg_free(world->party[side].leg); /* no path has taken it */
        ds_path_free(g_steal_pointer(&world->pair.end[side].path));
    }
    ds_relay_free(world->relay);
    ds_relay_tls_ctx_free(world->client_ctx);
    path_pair_finish(&world->pair);
}

static void
assert_delivered(const struct world *world)
{
    for (int side = 0; side < SIDES; side++) {
        const GByteArray *got = world->pair.end[1 - side].got;
        g_assert_cmpmem(got->data, got->len, world->pair.end[side].data, DATA_BYTES);
    }
}

static bool
is_waiting(const struct path_pair *path_pair)
{
    const struct world *world = (const struct world *)path_pair; /* its first member */
    return world->party[HELPEE].nameplate[0] != '\0';
}

static bool
is_refused(const struct path_pair *path_pair)
{
    return ((const struct world *)path_pair)->party[HELPER].lost_err != 0;
}

static bool
has_arrived(const struct path_pair *path_pair)
{
    return path_pair->end[HELPER].got->len == DATA_BYTES &&
           path_pair->end[HELPEE].got->len == DATA_BYTES;
}

static bool
has_begun(const struct path_pair *path_pair)
{
    return path_pair->end[HELPER].got->len > 0 && path_pair->end[HELPEE].got->len > 0;
}

static void
knock(struct world *world, const char *nameplate)
{
    uint8_t payload[1 + DS_NAMEPLATE_MAX_DIGITS + 1];
    size_t n = strlen(nameplate);
    payload[0] = (uint8_t)n;
    memcpy(payload + 1, nameplate, n);
    payload[1 + n] = 'A';
    start_leg(world, HELPER);
    send_record(&world->party[HELPER], DS_RECORD_KNOCK, payload, n + 2);
}

/* --- the tests --- */

static void
test_knock(void)
{
    struct world world;
    init(&world);
    start_leg(&world, HELPEE);
    send_record(&world.party[HELPEE], DS_RECORD_WAIT, NULL, 0);
    path_pair_run(&world.pair, is_waiting);
    knock(&world, world.party[HELPEE].nameplate);
    path_pair_run(&world.pair, has_arrived);
    assert_delivered(&world);
    struct ds_addr local;
    struct ds_addr remote;
    ds_path_addresses(world.pair.end[HELPER].path, &local, &remote);
    g_assert_true(ds_addr_equal(&remote, &world.addr));
    finish(&world);
}

static void
meet(struct world *world)
{
    for (int side = 0; side < SIDES; side++) {
        uint8_t payload[64];
        struct ds_writer w;
        ds_writer_init(&w, payload, sizeof payload);
        ds_tlv_put(&w, DS_TAG_MEETING, "a meeting of exactly thirty-two!", DS_MEETING_BYTES);
        ds_tlv_put_number(&w, DS_TAG_ROLE, side == HELPEE ? DS_ROLE_HELPEE : DS_ROLE_HELPER, 1);
        start_leg(world, side);
        send_record(&world->party[side], DS_RECORD_MEET, payload, w.len);
    }
}

static void
test_meet(void)
{
    struct world world;
    init(&world);
    meet(&world);
    path_pair_run(&world.pair, has_arrived);
    assert_delivered(&world);
    finish(&world);
}

/* The relay dies in the middle: one loss for each path, none for the legs' owners. */
static void
test_relay_dies(void)
{
    struct world world;
    init(&world);
    meet(&world);
    path_pair_run(&world.pair, has_begun);
    ds_relay_free(g_steal_pointer(&world.relay));
    path_pair_run(&world.pair, path_pair_is_lost);
    for (int side = 0; side < SIDES; side++) {
        g_assert_cmpint(world.pair.end[side].err, ==, DS_ERR_CLOSED);
        g_assert_cmpint(world.party[side].lost_err, ==, 0);
    }
    finish(&world);
}

static void
test_no_such_code(void)
{
    struct world world;
    init(&world);
    knock(&world, "0000");
    path_pair_run(&world.pair, is_refused);
    g_assert_cmpint(world.party[HELPER].lost_err, ==, DS_ERR_CLOSED);
    g_assert_cmpint(world.party[HELPER].lost_reason, ==, DS_REASON_NO_SUCH_CODE);
    finish(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/path-leg/knock", test_knock);
    g_test_add_func("/path-leg/meet", test_meet);
    g_test_add_func("/path-leg/relay-dies", test_relay_dies);
    g_test_add_func("/path-leg/no-such-code", test_no_such_code);
    return g_test_run();
}
