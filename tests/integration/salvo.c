/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A side's part of a birthday salvo, in a network of the test's own: which sockets there are, how
 * long they stay, and what is left of them. */
#include <stdio.h>
#include <unistd.h>

#include "net/base/descriptors.h"
#include "net/base/limits.h"
#include "tests/integration/punching.h"
#include "tests/lib/own_net.h"

#define HOME "198.51.100.7"   /* this machine: who is not met there refuses by RST */
#define SILENT "198.51.100.8" /* nobody, and nobody says so */

enum {
    RTT_MS = 40,
    FAR_MS = 1000,
    SYN_SENT = 2,
    SALVO_PORT = 40000,
    SALVO_SIZE = 600,
    RETRY_MS = 200
};

struct world {
    struct punching punching;
    struct punching_side *helper;
    guint descriptors; /* before the start */
};

/* The helper looks for somebody by nothing but a salvo. */
static void
world_open_at(struct world *world, guint rtt_ms)
{
    punching_init(&world->punching);
    world->helper = &world->punching.side[HELPER];
    world->helper->config.rtt_ms = rtt_ms;
    world->helper->remote.count = 0;
    world->descriptors = punching_descriptors();
    punching_start(&world->punching, HELPER);
}

static void
world_open(struct world *world)
{
    world_open_at(world, RTT_MS);
}

static void
world_close(struct world *world)
{
    g_clear_pointer(&world->helper->attempt, ds_attempt_free);
    g_assert_cmpuint(punching_descriptors(), ==, world->descriptors);
    punching_finish(&world->punching);
}

static struct ds_attempt_salvo
from_many(const char *host, guint16 port, guint sockets)
{
    return (struct ds_attempt_salvo){
            .target = punching_addr(host, port), .sockets = sockets, .retry_ms = RETRY_MS};
}

static struct ds_attempt_salvo
from_one(const char *host, guint sockets)
{
    return (struct ds_attempt_salvo){.target = punching_addr(host, 1),
            .at = {SALVO_PORT, SALVO_SIZE, 70},
            .sockets = sockets,
            .is_from_one_port = true,
            .retry_ms = RETRY_MS};
}

static void
open_salvo(struct world *world, struct ds_attempt_salvo salvo)
{
    ds_attempt_open_salvo(world->helper->attempt, &salvo);
    punching_run_ms(&world->punching, 100);
}

static guint
syns(const struct world *world)
{
    return ds_attempt_get_counts(world->helper->attempt).syns;
}

/* ---- what the kernel knows of it ---- */

struct seen {
    guint sockets;
    guint locals, remotes; /* different ports */
    guint16 local, remote; /* of the last one */
    guint16 remote_min, remote_max;
};

static guint
count_ports(const gboolean is_there[static 65536])
{
    guint count = 0;
    for (guint i = 0; i < 65536; i++)
        count += is_there[i] != FALSE;
    return count;
}

/* Reads the connections that wait for an answer. */
static struct seen
look(void)
{
    struct seen seen = {.remote_min = G_MAXUINT16};
    g_autofree gboolean *locals = g_new0(gboolean, 65536), *remotes = g_new0(gboolean, 65536);
    FILE *file = fopen("/proc/self/net/tcp", "re");
    unsigned local, remote, state;
    char line[256];

    g_assert_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, " %*u: %*x:%x %*x:%x %x", &local, &remote, &state) != 3 ||
                state != SYN_SENT)
            continue;
        seen.sockets++;
        locals[local] = remotes[remote] = TRUE;
        seen.local = (guint16)local;
        seen.remote = (guint16)remote;
        seen.remote_min = MIN(seen.remote_min, seen.remote);
        seen.remote_max = MAX(seen.remote_max, seen.remote);
    }
    fclose(file);
    seen.locals = count_ports(locals);
    seen.remotes = count_ports(remotes);
    return seen;
}

/* ---- which sockets ---- */

/* Each from a port of its own, to one there. */
static void
test_from_many(void)
{
    struct world world;
    world_open(&world);
    guint before = punching_descriptors();
    open_salvo(&world, from_many(SILENT, 22222, DS_SALVO_MAX));
    struct seen seen = look();
    g_assert_cmpuint(seen.sockets, ==, DS_SALVO_MAX);
    g_assert_cmpuint(seen.locals, ==, DS_SALVO_MAX);
    g_assert_cmpuint(seen.remotes, ==, 1);
    g_assert_cmpuint(seen.remote, ==, 22222);
    g_assert_cmpuint(syns(&world), ==, DS_SALVO_MAX);
    g_assert_cmpuint(ds_attempt_get_counts(world.helper->attempt).salvos, ==, 1);
    g_assert_cmpuint(punching_descriptors(), ==, before + DS_SALVO_MAX);
    world_close(&world);
}

/* All from the port that the other side knows, each to another one there. */
static void
test_from_one(void)
{
    struct world world;
    world_open(&world);
    open_salvo(&world, from_one(SILENT, 70));
    struct seen seen = look();
    g_assert_cmpuint(seen.sockets, ==, 70);
    g_assert_cmpuint(seen.locals, ==, 1);
    g_assert_cmpuint(seen.local, ==, punching_port(&world.punching, HELPER, 0));
    g_assert_cmpuint(seen.remotes, ==, 70);
    g_assert_cmpuint(seen.remote_min, >=, SALVO_PORT);
    g_assert_cmpuint(seen.remote_max, <, SALVO_PORT + SALVO_SIZE);
    world_close(&world);
}

/* Where both sides deal at random: from many, each to another one. */
static void
test_from_many_to_many(void)
{
    struct ds_attempt_salvo salvo = from_one(SILENT, 300);
    struct world world;
    world_open(&world);
    salvo.is_from_one_port = false;
    open_salvo(&world, salvo);
    struct seen seen = look();
    g_assert_cmpuint(seen.locals, ==, 300);
    g_assert_cmpuint(seen.remotes, ==, 300);
    world_close(&world);
}

/* ---- when, and for how long ---- */

static void
test_waits(void)
{
    struct ds_attempt_salvo salvo = from_one(SILENT, 70);
    struct world world;
    world_open(&world);
    salvo.wait_ms = 60000;
    open_salvo(&world, salvo);
    g_assert_cmpuint(look().sockets, ==, 0);
    world_close(&world);
}

/* It is closed before the kernel sends again, and what else there is stays. */
static void
test_held(void)
{
    struct world world;
    world_open(&world);
    guint before = punching_descriptors();
    open_salvo(&world, from_many(SILENT, 22222, DS_SALVO_MAX));
    punching_run_ms(&world.punching, DS_SALVO_HOLD_MS - 200);
    g_assert_cmpuint(look().sockets, ==, DS_SALVO_MAX);
    punching_run_ms(&world.punching, 200);
    g_assert_cmpuint(look().sockets, ==, 0);
    g_assert_cmpuint(punching_descriptors(), ==, before);
    g_assert_cmpuint(world.helper->over, ==, 0);
    world_close(&world);
}

static void
test_once(void)
{
    struct world world;
    world_open(&world);
    open_salvo(&world, from_one(SILENT, 70));
    open_salvo(&world, from_one(SILENT, 70));
    g_assert_cmpuint(syns(&world), ==, 70);
    world_close(&world);
}

/* A path is there: no salvo any more, also where one is due. */
static void
test_settled(void)
{
    struct ds_attempt_salvo salvo = from_one(SILENT, 70);
    struct world world;
    world_open(&world);
    salvo.wait_ms = 50;
    ds_attempt_open_salvo(world.helper->attempt, &salvo);
    ds_attempt_settle(world.helper->attempt);
    punching_run_ms(&world.punching, 150);
    g_assert_cmpuint(syns(&world), ==, 0);
    g_assert_cmpuint(ds_attempt_get_counts(world.helper->attempt).salvos, ==, 0);
    world_close(&world);
}

/* ---- somebody is there ---- */

static guint
opened(const struct world *world)
{
    return ds_attempt_get_counts(world->helper->attempt).opened;
}

static gboolean
is_met(const struct punching *punching)
{
    return ds_attempt_get_counts(punching->side[HELPER].attempt).opened == 1;
}

/* Somebody comes, who may be the other side; his proof is waited for. */
static int
come(struct world *world)
{
    int fd = punching_connect(HOME, punching_port(&world->punching, HELPER, 0));
    punching_run(&world->punching, is_met);
    return fd;
}

static gboolean
is_quiet_again(const struct punching *punching)
{
    return punching->side[HELPER].quiet == 2;
}

static gboolean
is_quiet(const struct punching *punching)
{
    return punching->side[HELPER].quiet == 1;
}

/* Plain candidates have a whole round trip over the relay: they may be as far away as that. */
static void
test_quiet(void)
{
    struct world world;
    world_open_at(&world, FAR_MS);
    punching_run_ms(&world.punching, 2 * DS_PUNCH_WINDOW_WAIT_MS);
    g_assert_cmpuint(world.helper->quiet, ==, 0);
    g_assert_false(ds_attempt_is_quiet(world.helper->attempt));
    punching_run(&world.punching, is_quiet);
    g_assert_true(ds_attempt_is_quiet(world.helper->attempt));
    world_close(&world);
}

/* It is not for ever, and comes again. */
static void
test_quiet_again(void)
{
    struct world world;
    world_open(&world);
    punching_run(&world.punching, is_quiet);
    int fd = come(&world);
    g_assert_false(ds_attempt_is_quiet(world.helper->attempt));
    g_assert_false(ds_attempt_is_quiet(world.helper->attempt));
    close(fd);
    punching_run(&world.punching, is_quiet_again);
    g_assert_true(ds_attempt_is_quiet(world.helper->attempt));
    ds_attempt_settle(world.helper->attempt);
    g_assert_false(ds_attempt_is_quiet(world.helper->attempt));
    world_close(&world);
}

static gboolean
has_sent(const struct punching *punching)
{
    return ds_attempt_get_counts(punching->side[HELPER].attempt).salvos == 1;
}

/* It was decided on, and due, when somebody came: it leaves when he has proved nothing. */
static void
test_proving(void)
{
    struct world world;
    world_open(&world);
    int fd = come(&world);
    open_salvo(&world, from_one(SILENT, 70));
    g_assert_cmpuint(opened(&world), ==, 1);
    g_assert_cmpuint(syns(&world), ==, 0);
    close(fd);
    punching_run(&world.punching, has_sent);
    punching_run_ms(&world.punching, 10);
    g_assert_cmpuint(syns(&world), ==, 70);
    world_close(&world);
}

/* Later than the other side's part is open there is nobody to be met. */
static void
test_proving_long(void)
{
    struct world world;
    world_open_at(&world, 0); /* so that the proof has 3 s */
    int fd = come(&world);
    open_salvo(&world, from_one(SILENT, 70));
    punching_run_ms(&world.punching, DS_SALVO_HOLD_MS);
    g_assert_cmpuint(opened(&world), ==, 1);
    close(fd);
    punching_run_ms(&world.punching, 300);
    g_assert_cmpuint(syns(&world), ==, 0);
    g_assert_false(has_sent(&world.punching));
    world_close(&world);
}

/* ---- what is refused ---- */

/* It is sent again, from as many ports as before, and neither often nor long. */
static void
test_refused(void)
{
    struct world world;
    world_open(&world);
    open_salvo(&world, from_many(HOME, 40000, 100));
    guint early = syns(&world);
    g_assert_cmpuint(early, >=, 200);
    g_assert_cmpuint(early, <=, 100 * DS_SALVO_TRIES);
    punching_run_ms(&world.punching, RETRY_MS);
    guint late = syns(&world);
    punching_run_ms(&world.punching, 300);
    g_assert_cmpuint(syns(&world), ==, late);
    g_assert_cmpuint(ds_attempt_get_counts(world.helper->attempt).refused, ==, late);
    world_close(&world);
}

/* Descriptors that are gone meanwhile: the reserve is left, what there is of it does its work. */
static void
test_no_descriptors(void)
{
    struct world world;
    world_open(&world);
    rlim_t old = punching_limit_descriptors(punching_descriptors() + DS_SALVO_RESERVE + 40);
    open_salvo(&world, from_many(SILENT, 22222, 100));
    punching_limit_descriptors(old);
    guint sockets = look().sockets;
    g_assert_cmpuint(sockets, ==, 40);
    world_close(&world);
}

static void
test_spare(void)
{
    rlim_t old = punching_limit_descriptors(300);
    guint open = punching_descriptors();
    g_assert_cmpuint(ds_descriptors_spare(), ==, 300 - open);
    punching_limit_descriptors(4096); /* higher ones do no good */
    g_assert_cmpuint(ds_descriptors_spare(), ==, DS_DESCRIPTORS_MAX - open);
    punching_limit_descriptors(open);
    g_assert_cmpuint(ds_descriptors_spare(), ==, 0);
    punching_limit_descriptors(old);
}

/* ---- what it comes to ---- */

static void
test_through(void)
{
    struct world world;
    struct ds_attempt_salvo salvo;
    punching_init(&world.punching);
    world.helper = &world.punching.side[HELPER];
    for (int i = 0; i < SIDES; i++)
        world.punching.side[i].remote.count = 0;
    punching_start_both(&world.punching);
    salvo = from_many(HOME, punching_port(&world.punching, HELPEE, 0), 10);
    ds_attempt_open_salvo(world.helper->attempt, &salvo);
    punching_run(&world.punching, punching_is_through);
    punching_assert_through(&world.punching, DS_PATH_PUNCHED);
    g_assert_cmpstr(world.helper->paths[0].technique, ==, "salvo");
    punching_run(&world.punching, punching_is_over);
    punching_finish(&world.punching);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!own_net_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had here\n");
        return 0;
    }
    own_net_ip("link set lo up\n"
               "link add near type veth peer name far\n"
               "link set far up\n"
               "link set near up\n"
               "address add " HOME "/24 dev near\n"
               "neighbour add " SILENT " lladdr 02:00:00:00:00:08 dev near\n");
    g_test_add_func("/salvo/from-many", test_from_many);
    g_test_add_func("/salvo/from-one", test_from_one);
    g_test_add_func("/salvo/from-many-to-many", test_from_many_to_many);
    g_test_add_func("/salvo/waits", test_waits);
    g_test_add_func("/salvo/held", test_held);
    g_test_add_func("/salvo/once", test_once);
    g_test_add_func("/salvo/settled", test_settled);
    g_test_add_func("/salvo/quiet", test_quiet);
    g_test_add_func("/salvo/quiet/again", test_quiet_again);
    g_test_add_func("/salvo/proving", test_proving);
    g_test_add_func("/salvo/proving/long", test_proving_long);
    g_test_add_func("/salvo/refused", test_refused);
    g_test_add_func("/salvo/no-descriptors", test_no_descriptors);
    g_test_add_func("/salvo/spare", test_spare);
    g_test_add_func("/salvo/through", test_through);
    return g_test_run();
}
