/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An attacker at the product's own relay who says cA and closes his connection in the same write:
 * the relay hears EOF with it, and the guess counts all the same.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <glib.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/crypto/relay_tls.h"
#include "net/path/leg.h"
#include "net/peer/proof.h"
#include "net/relay/relay.h"
#include "net/wire/writer.h"
#include "tests/integration/pairing.h"
#include "tests/integration/relay_double.h"

enum { DEADLINE_MS = 20000 };

struct thief {
    struct ds_leg *leg; /* NULL: at rest */
    struct ds_proof *proof;
    unsigned guesses; /* said */
};

struct world {
    struct event_base *base;
    struct ds_relay *relay;
    struct ds_addr addr;
    struct ds_relay_tls_ctx *tls;
    struct pairing pairing;
    struct thief thief;
    bool is_late;
};

/* --- the thief --- */

static void
rest(struct thief *thief)
{
    ds_leg_free(thief->leg); /* what was sent goes out with the end of the connection behind it */
    thief->leg = NULL;
    ds_proof_free(thief->proof);
    thief->proof = NULL;
}

static void
on_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
}

static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct thief *thief = &((struct world *)arg)->thief;
    uint8_t say[4 + DS_PROOF_CONFIRM_BYTES] = {0};
    if (type != DS_RECORD_SAY)
        return;
    g_assert_cmpint(ds_proof_take_offer(thief->proof, payload + 4, len - 4), ==, 0);
    g_assert_cmpint(ds_proof_make(thief->proof, say + 4), ==, 0);
    g_assert_cmpint(ds_leg_send(thief->leg, DS_RECORD_SAY, say, sizeof say), ==, 0);
    thief->guesses++;
    rest(thief);
}

static void
on_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    g_assert_cmpstr(ds_reason_name(reason), ==, "busy"); /* the nameplate rests */
    rest(&((struct world *)arg)->thief);
}

static const struct ds_leg_handler leg_handler = {on_welcome, on_record, on_lost};

static int
dial(const struct world *world)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fd, (const struct sockaddr *)&world->addr.ss, world->addr.len), ==, 0);
    g_assert_cmpint(fcntl(fd, F_SETFL, O_NONBLOCK), ==, 0);
    return fd;
}

static void
guess(struct world *world)
{
    struct thief *thief = &world->thief;
    struct ds_code code = world->pairing.code;
    struct ds_leg_config config = {
            .host = "127.0.0.1", .may_be_unchecked = true, .tls = world->tls, .program = "thief"};
    uint8_t knock[1 + DS_NAMEPLATE_MAX_DIGITS + DS_PROOF_OFFER_BYTES];
    uint8_t offer[DS_PROOF_OFFER_BYTES];
    struct ds_writer w;
    code.secret[0] = code.secret[0] == '9' ? '0' : (char)(code.secret[0] + 1);
    g_assert_cmpint(ds_proof_new(&thief->proof, DS_ROLE_HELPER, &code), ==, 0);
    g_assert_cmpint(ds_proof_offer(thief->proof, offer), ==, 0);
    ds_writer_init(&w, knock, sizeof knock);
    ds_writer_u8(&w, (uint8_t)strlen(code.nameplate));
    ds_writer_bytes(&w, code.nameplate, strlen(code.nameplate));
    ds_writer_bytes(&w, offer, sizeof offer);
    g_assert_cmpint(
            ds_leg_new(&thief->leg, world->base, dial(world), &config, &leg_handler, world), ==, 0);
    g_assert_cmpint(ds_leg_send(thief->leg, DS_RECORD_KNOCK, knock, w.len), ==, 0);
}

/* --- the test --- */

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
    ((struct world *)arg)->is_late = true;
}

static void
start(struct world *world)
{
    static struct ds_relay_times times;
    static const struct ds_relay_config config = {
            .times = &times, .connections_max = 16, .per_subscriber_max = 16};
    struct ds_addr any;
    times = ds_relay_times_default;
    times.rest_1_ms = times.rest_2_ms = 20;
    world->base = event_base_new();
    SSL_CTX *ctx = relay_double_ctx(true);
    g_assert_cmpint(ds_relay_new(&world->relay, world->base, &config), ==, 0);
    ds_relay_set_tls(world->relay, ctx);
    SSL_CTX_free(ctx);
    g_assert_cmpint(ds_addr_parse(&any, "127.0.0.1:0", 0), ==, 0);
    g_assert_cmpint(ds_relay_listen(world->relay, &any, &world->addr), ==, 0);
    g_assert_cmpint(ds_relay_tls_ctx_new(&world->tls, NULL), ==, 0);
    world->pairing = (struct pairing){
            .base = world->base, .port = ds_addr_port(&world->addr), .bytes = 1000};
    pairing_start(&world->pairing);
}

static void
test_vanish(void)
{
    struct world world = {0};
    struct timeval limit = ds_clock_timeval(DEADLINE_MS);
    const struct pairing_side *helpee = &world.pairing.helpee;
    start(&world);
    struct event *deadline = evtimer_new(world.base, on_deadline, &world);
    evtimer_add(deadline, &limit);
    while (!helpee->is_closed && !world.is_late) {
        bool is_counted = helpee->moments[PAIRING_GUESS] == world.thief.guesses;
        if (helpee->moments[PAIRING_CODE] > 0 && world.thief.leg == NULL && is_counted)
            guess(&world);
        event_base_loop(world.base, EVLOOP_ONCE);
    }
    g_assert_cmpuint(world.thief.guesses, ==, DS_CODE_GUESSES);
    g_assert_cmpint(helpee->reason, ==, DS_REASON_CODE_BURNED);
    rest(&world.thief);
    pairing_finish(&world.pairing);
    event_free(deadline);
    ds_relay_tls_ctx_free(world.tls);
    ds_relay_free(world.relay);
    event_base_free(world.base);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guess/tcp/vanish", test_vanish);
    return g_test_run();
}
