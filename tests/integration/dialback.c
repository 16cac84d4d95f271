/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who asks a relay to dial: at the product's relay, and at one that is old, lies or goes away. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/crypto/relay_tls.h"
#include "net/netcheck/dialback.h"
#include "net/relay/relay.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"
#include "tests/integration/hostile_conn.h"
#include "tests/integration/relay_double.h"
#include "tests/lib/own_net.h"
#include "tests/lib/patience.h"

enum moment { NEVER, AT_READY, AT_ANSWER, AT_OVER };

/* What a relay that is none of ours says to CHECK and to DIAL; type 0: nothing. */
struct script {
    uint8_t on_check, on_dial;
    const char *check, *dial; /* payloads */
    size_t check_len, dial_len;
    bool hangs_up;    /* instead of an answer to DIAL */
    unsigned late_ms; /* before the answer to DIAL; 0: at once */
};

struct world {
    struct event_base *base;
    struct ds_relay *relay; /* the product's, or: */
    struct evconnlistener *listener;
    struct hostile_crowd crowd;
    const struct script *script;

    struct ds_outlet outlet;
    struct ds_relay_addr addr;
    struct ds_dialback *dialback; /* NULL once freed */
    enum moment free_at;
    const struct ds_foothold *foothold; /* borrowed */
    unsigned readies, answers, overs;
    struct ds_dialback_answer answer;
    enum ds_reason reason;
    char text[DS_REACH_TEXT_MAX];
};

/* --- who asks --- */

static void
free_now(struct world *world, enum moment moment)
{
    if (world->free_at != moment)
        return;
    ds_dialback_free(world->dialback);
    world->dialback = NULL;
}

static void
on_ready(void *arg, const struct ds_foothold *foothold)
{
    struct world *world = arg;
    world->readies++;
    world->foothold = foothold;
    free_now(world, AT_READY);
}

static void
on_answer(void *arg, const struct ds_dialback_answer *answer)
{
    struct world *world = arg;
    world->answers++;
    world->answer = *answer;
    free_now(world, AT_ANSWER);
}

static void
on_over(void *arg, enum ds_reason reason, const char *text)
{
    struct world *world = arg;
    world->overs++;
    world->reason = reason;
    g_strlcpy(world->text, text, sizeof world->text);
    free_now(world, AT_OVER);
}

static const struct ds_dialback_handler handler = {on_ready, on_answer, on_over};

static void
run_until(struct world *world, const unsigned *count, unsigned wanted)
{
    struct patience patience;
    patience_begin(&patience, world->base);
    while (*count < wanted && (world->overs == 0 || count == &world->overs))
        patience_turn(&patience);
    patience_end(&patience);
    g_assert_cmpuint(*count, ==, wanted);
}

static void
start(struct world *world, uint16_t port)
{
    g_assert_cmpint(ds_relay_tls_ctx_new(&world->outlet.tls, NULL), ==, 0);
    world->outlet.base = world->base;
    world->outlet.proxy = "";
    world->outlet.program = "test";
    world->outlet.claims_ports = true;
    world->addr = (struct ds_relay_addr){.host = "127.0.0.1", .port = port};
    g_assert_cmpint(
            ds_dialback_new(&world->dialback, &world->outlet, &world->addr, &handler, world), ==,
            0);
}

/* --- the product's relay --- */

static void
open_relay(struct world *world, enum ds_relay_dial_back dial_back)
{
    const struct ds_relay_config config = {.times = &ds_relay_times_default,
            .connections_max = 1000,
            .per_subscriber_max = 16,
            .dial_back = dial_back};
    struct ds_addr any, bound, failed, stun[2];
    SSL_CTX *ctx = relay_double_ctx(true);
    *world = (struct world){.base = event_base_new()};
    g_assert_cmpint(ds_relay_new(&world->relay, world->base, &config), ==, 0);
    ds_relay_set_tls(world->relay, ctx);
    SSL_CTX_free(ctx);
    g_assert_cmpint(ds_addr_parse(&stun[0], "127.0.0.1:3478", 0), ==, 0);
    g_assert_cmpint(ds_addr_parse(&stun[1], "127.0.0.2:3479", 0), ==, 0);
    g_assert_cmpint(ds_relay_listen_stun(world->relay, stun, 2, &failed), ==, 0);
    g_assert_cmpint(ds_addr_parse(&any, "127.0.0.1:0", 0), ==, 0);
    g_assert_cmpint(ds_relay_listen(world->relay, &any, &bound), ==, 0);
    start(world, ds_addr_port(&bound));
}

/* --- another --- */

static struct world *
world_of(const struct hostile_conn *conn)
{
    return (struct world *)((char *)conn->crowd - offsetof(struct world, crowd));
}

static void
answer_dial(evutil_socket_t fd, short what, void *arg)
{
    struct hostile_conn *conn = arg;
    const struct script *script = world_of(conn)->script;
    if (!conn->is_closed)
        hostile_conn_send(conn, script->on_dial, script->dial, script->dial_len);
}

static void
on_record(struct hostile_conn *conn, const struct ds_record *record)
{
    const struct world *world = world_of(conn);
    const struct script *script = world->script;
    uint8_t buf[64];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    if (record->type == DS_RECORD_HELLO) {
        ds_tlv_put_number(&w, DS_TAG_VERSION, DS_PROTOCOL_VERSION_MAX, 2);
        ds_tlv_put_text(&w, DS_TAG_OBSERVED, "192.0.2.1:4711");
        hostile_conn_send(conn, DS_RECORD_WELCOME, buf, w.len);
    } else if (record->type == DS_RECORD_CHECK && script->on_check != 0) {
        hostile_conn_send(conn, script->on_check, script->check, script->check_len);
    } else if (record->type == DS_RECORD_DIAL && script->hangs_up) {
        hostile_conn_close(conn);
    } else if (record->type == DS_RECORD_DIAL && script->on_dial != 0) {
        const struct timeval late = ds_clock_timeval(script->late_ms);
        g_assert_cmpint(
                event_base_once(world->base, -1, EV_TIMEOUT, answer_dial, conn, &late), ==, 0);
    }
}

static void
on_lost(struct hostile_conn *conn)
{
    if (!conn->is_closed)
        hostile_conn_close(conn);
}

static const struct hostile_conn_handler conn_handler = {on_record, on_lost};

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *addr, int len,
        void *arg)
{
    struct world *world = arg;
    hostile_conn_new(&world->crowd, fd);
}

static void
open_other(struct world *world, const struct script *script)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    *world = (struct world){.base = event_base_new(), .script = script};
    hostile_crowd_init(&world->crowd, world->base, &conn_handler);
    world->listener = evconnlistener_new_bind(world->base, on_accepted, world,
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16, (struct sockaddr *)&at, sizeof at);
    g_assert_nonnull(world->listener);
    getsockname(evconnlistener_get_fd(world->listener), (struct sockaddr *)&at, &len);
    start(world, ntohs(at.sin_port));
}

static void
close_world(struct world *world)
{
    ds_dialback_free(world->dialback);
    event_base_loop(world->base, EVLOOP_NONBLOCK);
    if (world->listener != NULL) {
        evconnlistener_free(world->listener);
        hostile_crowd_finish(&world->crowd);
    }
    ds_relay_free(world->relay);
    ds_relay_tls_ctx_free(world->outlet.tls);
    event_base_free(world->base);
}

/* --- questions --- */

static int
ask(struct world *world, enum ds_dialback_from from, uint16_t port, struct ds_local_port *listen)
{
    const struct ds_dialback_question question = {.from = from, .port = port, .listen = listen};
    return ds_dialback_ask(world->dialback, &question);
}

static void
expect(struct world *world, enum ds_dialback_result result)
{
    run_until(world, &world->answers, world->answers + 1);
    g_assert_cmpstr(
            ds_dialback_result_name(world->answer.result), ==, ds_dialback_result_name(result));
}

static uint16_t
own_port(const struct world *world)
{
    return ds_addr_port(&world->foothold->observed);
}

/* The leg's own port, and another one, from both addresses; then nobody listens there any more. */
static void
test_reached(void)
{
    struct world world;
    struct ds_local_port *other = NULL;
    open_relay(&world, DS_RELAY_DIAL_BACK_LAN);
    run_until(&world, &world.readies, 1);
    g_assert_cmpuint(own_port(&world), ==, ds_local_port_number(world.foothold->port));
    g_assert_cmpstr(world.foothold->stun, ==, "127.0.0.1:3478,127.0.0.2:3479");
    g_assert_cmpint(ds_local_port_claim(&other), ==, 0);
    for (enum ds_dialback_from from = 0; from <= DS_DIALBACK_OTHER_ADDRESS; from++) {
        g_assert_cmpint(ask(&world, from, own_port(&world), world.foothold->port), ==, 0);
        expect(&world, DS_DIALBACK_CONNECTED);
        g_assert_cmpint(ask(&world, from, ds_local_port_number(other), other), ==, 0);
        expect(&world, DS_DIALBACK_CONNECTED);
        g_assert_cmpint(ask(&world, from, ds_local_port_number(other), NULL), ==, 0);
        expect(&world, DS_DIALBACK_REFUSED);
    }
    g_assert_cmpint(ask(&world, 0, ds_local_port_number(other), NULL), ==, DS_ERR_STATE); /* 7th */
    ds_local_port_unref(other);
    close_world(&world);
}

static int
listen_somewhere(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    getsockname(fd, (struct sockaddr *)&at, &len);
    *port = ntohs(at.sin_port);
    return fd;
}

/* Somebody answers there, and it is not us. Where we did not say that we listen, that is all. */
static void
test_astray(void)
{
    struct world world;
    uint16_t port;
    int fd = listen_somewhere(&port);
    open_relay(&world, DS_RELAY_DIAL_BACK_LAN);
    run_until(&world, &world.readies, 1);
    g_assert_cmpint(ask(&world, DS_DIALBACK_OTHER_PORT, port, world.foothold->port), ==, 0);
    expect(&world, DS_DIALBACK_ASTRAY);
    g_assert_cmpint(ask(&world, DS_DIALBACK_OTHER_PORT, port, NULL), ==, 0);
    expect(&world, DS_DIALBACK_CONNECTED);
    close(fd);
    close_world(&world);
}

static int
come_in(uint16_t port, const char *say)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
            .sin_port = htons(port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof to), ==, 0);
    g_assert_cmpint(send(fd, say, strlen(say), MSG_NOSIGNAL), ==, strlen(say));
    return fd;
}

/* Who comes meanwhile and says nothing, half of it or anything else, is not the relay, nor does it
 * keep that one out. */
static void
test_strangers(void)
{
    static const char *const says[] = {
            "", "8 bytes!", "half", "", "a long word of theirs", "", "", "", "half"};
    struct world world;
    int fds[G_N_ELEMENTS(says)];
    uint16_t astray;
    int fd = listen_somewhere(&astray);
    open_relay(&world, DS_RELAY_DIAL_BACK_LAN);
    run_until(&world, &world.readies, 1);
    struct ds_local_port *port = world.foothold->port;
    for (int i = 0; i < 2; i++) {
        bool is_reached = i == 0;
        g_assert_cmpint(
                ask(&world, DS_DIALBACK_OTHER_PORT, is_reached ? own_port(&world) : astray, port),
                ==, 0);
        for (gsize k = 0; k < G_N_ELEMENTS(says); k++)
            fds[k] = come_in(ds_local_port_number(port), says[k]);
        expect(&world, is_reached ? DS_DIALBACK_CONNECTED : DS_DIALBACK_ASTRAY);
        for (gsize k = 0; k < G_N_ELEMENTS(says); k++)
            close(fds[k]);
    }
    close(fd);
    close_world(&world);
}

static void
test_not_offered(void)
{
    struct world world;
    open_relay(&world, DS_RELAY_DIAL_BACK_WORLD);                  /* and this is loopback */
    g_assert_cmpint(ask(&world, 0, 4096, NULL), ==, DS_ERR_STATE); /* not ready */
    run_until(&world, &world.readies, 1);
    g_assert_cmpint(ask(&world, 0, 1023, NULL), ==, DS_ERR_INVALID);
    g_assert_cmpint(ask(&world, 0, own_port(&world), world.foothold->port), ==, 0);
    g_assert_cmpint(ask(&world, 0, own_port(&world), NULL), ==, DS_ERR_STATE); /* one at a time */
    expect(&world, DS_DIALBACK_NOT_OFFERED);
    g_assert_cmpuint(world.answer.ms, ==, 0);
    close_world(&world);
}

static void
test_freed(gconstpointer data)
{
    struct world world;
    open_relay(&world, DS_RELAY_DIAL_BACK_LAN);
    world.free_at = GPOINTER_TO_INT(data);
    run_until(&world, &world.readies, 1);
    if (world.free_at == AT_ANSWER) {
        g_assert_cmpint(ask(&world, 0, own_port(&world), world.foothold->port), ==, 0);
        run_until(&world, &world.answers, 1);
    } else if (world.free_at == AT_OVER) {
        ds_relay_free(world.relay);
        world.relay = NULL;
        run_until(&world, &world.overs, 1);
    }
    g_assert_null(world.dialback);
    close_world(&world);
}

/* --- other relays --- */

#define SAYS(type, payload) .on_dial = type, .dial = payload, .dial_len = sizeof payload - 1
#define CHECKED .on_check = DS_RECORD_CHECKED, .check = ""

static const struct other {
    const char *name;
    struct script script;
    enum ds_reason reason;
    bool is_ready;
} others[] = {
        {"an older one", {0}, DS_REASON_NONE, false},
        {"says DIALLED unasked", {.on_check = DS_RECORD_DIALLED, .check = "\0\0\1", .check_len = 3},
                DS_REASON_PROTOCOL, false},
        {"pairs us", {.on_check = DS_RECORD_PAIRED, .check = "0123456789abcdef", .check_len = 16},
                DS_REASON_PROTOCOL, false},
        {"is full", {.on_check = DS_RECORD_REFUSED, .check = "\0\x08\0\1\x0f", .check_len = 5},
                DS_REASON_RELAY_FULL, false},
        {"checks twice", {CHECKED, SAYS(DS_RECORD_CHECKED, "")}, DS_REASON_PROTOCOL, true},
        {"says too little", {CHECKED, SAYS(DS_RECORD_DIALLED, "\0\0")}, DS_REASON_PROTOCOL, true},
        {"says too much", {CHECKED, SAYS(DS_RECORD_DIALLED, "\0\0\0\0")}, DS_REASON_PROTOCOL, true},
        {"goes away", {CHECKED, .hangs_up = true}, DS_REASON_NO_RELAY, true},
        {"never answers", {CHECKED}, DS_REASON_NO_RELAY, true},
};

static void
test_other(gconstpointer data)
{
    const struct other *other = data;
    struct world world;
    open_other(&world, &other->script);
    if (other->is_ready) {
        run_until(&world, &world.readies, 1);
        g_assert_cmpint(ask(&world, 0, 4096, world.foothold->port), ==, 0);
    }
    run_until(&world, &world.overs, 1);
    g_assert_cmpstr(ds_reason_name(world.reason), ==, ds_reason_name(other->reason));
    g_assert_cmpstr(world.text, !=, "");
    g_assert_cmpuint(world.readies, ==, other->is_ready);
    g_assert_cmpuint(world.answers, ==, 0);
    g_assert_cmpint(ask(&world, 0, 4096, NULL), ==, DS_ERR_STATE);
    close_world(&world);
}

/* What it says without having dialled is its word alone. */
static void
test_liar(void)
{
    static const struct {
        struct script script;
        bool listens;
        enum ds_dialback_result result;
    } rows[] = {
            {{CHECKED, SAYS(DS_RECORD_DIALLED, "\0\0\1")}, true, DS_DIALBACK_ASTRAY},
            {{CHECKED, SAYS(DS_RECORD_DIALLED, "\0\0\1")}, false, DS_DIALBACK_CONNECTED},
            {{CHECKED, SAYS(DS_RECORD_DIALLED, "\1\0\1")}, true, DS_DIALBACK_REFUSED},
            {{CHECKED, SAYS(DS_RECORD_DIALLED, "\2\0\1")}, true, DS_DIALBACK_UNREACHABLE},
            {{CHECKED, SAYS(DS_RECORD_DIALLED, "\3\0\1")}, true, DS_DIALBACK_SILENT},
            {{CHECKED, SAYS(DS_RECORD_DIALLED, "\4\0\1")}, true, DS_DIALBACK_NOT_OFFERED},
            {{CHECKED, SAYS(DS_RECORD_DIALLED, "\5\0\1")}, true, DS_DIALBACK_NOT_OFFERED},
            {{CHECKED, SAYS(DS_RECORD_DIALLED, "\xff\0\1")}, false, DS_DIALBACK_NOT_OFFERED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct world world;
        g_test_message("row %zu", i);
        open_other(&world, &rows[i].script);
        run_until(&world, &world.readies, 1);
        g_assert_cmpint(ask(&world, 0, 4096, rows[i].listens ? world.foothold->port : NULL), ==, 0);
        expect(&world, rows[i].result);
        close_world(&world);
    }
}

/* The relay's time begins when DIAL has come there, and its word has the same way back. */
static void
test_slow_leg(void)
{
    static const struct script script = {
            CHECKED, SAYS(DS_RECORD_DIALLED, "\3\x0b\xb8"), .late_ms = DS_CHECK_DIAL_MS + 1500};
    struct world world;
    open_other(&world, &script);
    run_until(&world, &world.readies, 1);
    g_assert_cmpint(ask(&world, 0, 4096, world.foothold->port), ==, 0);
    expect(&world, DS_DIALBACK_SILENT);
    g_assert_cmpuint(world.answer.ms, ==, 3000);
    close_world(&world);
}

static void
test_nobody(void)
{
    struct world world = {.base = event_base_new()};
    uint16_t port;
    close(listen_somewhere(&port));
    start(&world, port);
    run_until(&world, &world.overs, 1);
    g_assert_cmpint(world.reason, ==, DS_REASON_NO_RELAY);
    close_world(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!own_net_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had here\n");
        return 0;
    }
    own_net_ip("link set lo up\n");
    g_setenv("SSL_CERT_FILE", "/dev/null", TRUE); /* nobody asks the store about loopback */
    g_setenv("SSL_CERT_DIR", "/dev/null", TRUE);
    g_test_add_func("/dialback/reached", test_reached);
    g_test_add_func("/dialback/astray", test_astray);
    g_test_add_func("/dialback/strangers", test_strangers);
    g_test_add_func("/dialback/not offered", test_not_offered);
    g_test_add_data_func("/dialback/freed when ready", GINT_TO_POINTER(AT_READY), test_freed);
    g_test_add_data_func("/dialback/freed when answered", GINT_TO_POINTER(AT_ANSWER), test_freed);
    g_test_add_data_func("/dialback/freed when over", GINT_TO_POINTER(AT_OVER), test_freed);
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *name = g_strdup_printf("/dialback/relay %s", others[i].name);
        g_test_add_data_func(name, &others[i], test_other);
    }
    g_test_add_func("/dialback/liar", test_liar);
    g_test_add_func("/dialback/slow leg", test_slow_leg);
    g_test_add_func("/dialback/nobody", test_nobody);
    return g_test_run();
}
