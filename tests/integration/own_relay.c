/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A relay in the same loop as the two who meet over it: begin, pair, stop, begin again. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "app/nearby/notice.h"
#include "app/nearby/own_relay.h"
#include "net/base/clock.h"
#include "tests/integration/pairing.h"

enum { BYTES = 100000, DEADLINE_MS = 20000, CODE_LIFE_MS = 60000 };

struct world {
    struct event_base *base;
    struct ds_own_relay *own;
    struct pairing pairing;
    struct ds_link_form form; /* what was to be read out last */
    uint64_t left_ms;
    unsigned shown;
    bool is_late, is_stopped;
};

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
    ((struct world *)arg)->is_late = true;
}

static void
on_place(void *arg, const struct ds_link_form *form, uint64_t left_ms)
{
    struct world *world = arg;
    world->form = *form;
    world->left_ms = left_ms;
    world->shown++;
}

static void
on_news(struct pairing *pairing, struct pairing_side *side)
{
    struct world *world = pairing->arg;
    if (side->role == DS_ROLE_HELPEE && side->moments[PAIRING_CODE] == 1 && world->shown == 0)
        ds_own_relay_show(world->own, &pairing->code, CODE_LIFE_MS);
}

static void
on_stopped(void *arg)
{
    struct world *world = arg;
    world->is_stopped = true;
    ds_own_relay_free(world->own);
    world->own = NULL;
}

static void
turn_until(struct world *world, bool (*is_done)(const struct world *world))
{
    struct timeval limit = ds_clock_timeval(DEADLINE_MS);
    struct event *deadline = evtimer_new(world->base, on_deadline, world);
    evtimer_add(deadline, &limit);
    while (!is_done(world) && !world->is_late)
        event_base_loop(world->base, EVLOOP_ONCE);
    event_free(deadline);
    g_assert_false(world->is_late);
}

static bool
is_over(const struct world *world)
{
    return pairing_is_over(&world->pairing);
}

static bool
is_stopped(const struct world *world)
{
    return world->is_stopped;
}

/* Returns 0 or the errno of a connection to a port of this machine. */
static int
knock_at(uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
            .sin_port = htons(port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int err = connect(fd, (struct sockaddr *)&in, sizeof in) == 0 ? 0 : errno;
    close(fd);
    return err;
}

static uint16_t
begin(struct world *world, uint16_t port)
{
    *world = (struct world){.base = event_base_new()};
    g_assert_cmpint(ds_own_relay_new(&world->own, world->base, port, on_place, world), ==, 0);
    port = ds_own_relay_addr(world->own)->port;
    world->pairing = (struct pairing){.base = world->base,
            .port = port,
            .bytes = BYTES,
            .helpers = 1,
            .on_news = on_news,
            .arg = world};
    return port;
}

static void
check_shown(const struct world *world)
{
    const struct ds_relay_addr *addr = ds_own_relay_addr(world->own);
    struct ds_relay_addr found;
    g_assert_cmpuint(world->shown, ==, 1);
    g_assert_cmpstr(world->form.code.secret, ==, world->pairing.code.secret);
    g_assert_cmpuint(world->form.port, ==, addr->port);
    g_assert_cmpmem(world->form.pin, DS_PIN_BYTES, addr->pin, DS_PIN_BYTES);
    g_assert_cmpuint(world->left_ms, <=, CODE_LIFE_MS);
    g_assert_true(ds_notice_find(&found, world->form.code.nameplate));
    g_assert_cmpuint(found.port, ==, addr->port);
    g_assert_cmpmem(found.pin, DS_PIN_BYTES, addr->pin, DS_PIN_BYTES);
}

/* Returns the port. */
static uint16_t
run_session(uint16_t port)
{
    struct world world;
    struct ds_relay_addr found;
    port = begin(&world, port);
    pairing_start(&world.pairing);
    turn_until(&world, is_over);
    g_assert_true(pairing_has_all(&world.pairing));
    g_assert_cmpint(world.pairing.helpee.reason, ==, DS_REASON_PEER_STOPPED);
    check_shown(&world);
    ds_own_relay_stop(world.own, on_stopped, &world);
    g_assert_cmpint(knock_at(port), ==, ECONNREFUSED); /* at once */
    g_assert_false(ds_notice_find(&found, world.form.code.nameplate));
    turn_until(&world, is_stopped);
    pairing_finish(&world.pairing);
    event_base_free(world.base);
    return port;
}

static void
test_session(void)
{
    uint16_t port = run_session(0);
    g_assert_cmpuint(run_session(port), ==, port); /* it is free again */
}

/* Where the port is taken, another is; a stop with a guest who says nothing takes its time only. */
static void
test_taken(void)
{
    struct world first, second;
    uint16_t port = begin(&first, 0), other = begin(&second, port);
    g_assert_cmpuint(other, !=, port);
    g_assert_cmpint(knock_at(other), ==, 0);
    ds_own_relay_stop(second.own, on_stopped, &second);
    turn_until(&second, is_stopped);
    g_assert_cmpint(knock_at(other), ==, ECONNREFUSED);
    g_assert_cmpint(knock_at(port), ==, 0);
    ds_own_relay_free(first.own); /* at once */
    g_assert_cmpint(knock_at(port), ==, ECONNREFUSED);
    ds_own_relay_free(NULL);
    event_base_free(first.base);
    event_base_free(second.base);
}

/* A code that is used is told no more, and one that was never shown neither. */
static void
test_hide(void)
{
    struct world world;
    struct ds_code code;
    begin(&world, 0);
    g_assert_cmpint(ds_code_make(&code, "4821"), ==, 0);
    ds_own_relay_hide(world.own);
    ds_own_relay_show(world.own, &code, 0);
    g_assert_cmpuint(world.shown, ==, 0); /* dead already */
    ds_own_relay_show(world.own, &code, CODE_LIFE_MS);
    g_assert_cmpuint(world.shown, ==, 1);
    ds_own_relay_hide(world.own);
    ds_own_relay_free(world.own);
    event_base_free(world.base);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *home = g_dir_make_tmp("own-relay-XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(home, "deskside", NULL);
    g_setenv("XDG_RUNTIME_DIR", home, TRUE);
    g_test_add_func("/own-relay/session", test_session);
    g_test_add_func("/own-relay/taken", test_taken);
    g_test_add_func("/own-relay/hide", test_hide);
    int status = g_test_run();
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_assert_cmpint(g_rmdir(home), ==, 0);
    return status;
}
