/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every record in every state, whole, cut short and too long. */
#include <glib.h>
#include <string.h>

#include "net/base/limits.h"
#include "net/base/reason.h"
#include "tests/lib/relay_rig.h"

enum state { HELLO, CHOICE, WAITING, KNOCKING, MEETING, PAIRED, CHECKING, STATES };

static const char *const state_names[STATES] = {
        "hello", "choice", "waiting", "knocking", "meeting", "paired", "checking"};

/* A client in one state, and whoever is needed for that. */
struct scene {
    struct relay_rig rig;
    struct rig_client *client, *other;
};

static void
enter(struct scene *scene, enum state state)
{
    char nameplate[16];
    if (state == HELLO)
        return;
    rig_hello(scene->client, 1, 1);
    g_assert_cmpint(rig_receive(scene->client), ==, DS_RECORD_WELCOME);
    if (state == KNOCKING || state == PAIRED)
        scene->other = rig_helpee(&scene->rig, "192.0.2.2:1", nameplate);
    if (state == WAITING) {
        rig_wait(scene->client, NULL, NULL);
        g_assert_cmpint(rig_receive(scene->client), ==, DS_RECORD_WAITING);
    } else if (state == KNOCKING) {
        rig_knock(scene->client, nameplate, "pA");
        g_assert_cmpint(rig_receive(scene->other), ==, DS_RECORD_KNOCKED);
    } else if (state == MEETING) {
        rig_meet(scene->client, 7, DS_ROLE_HELPEE, NULL);
    } else if (state == PAIRED) {
        rig_pair(scene->other, scene->client, nameplate);
    } else if (state == CHECKING) {
        rig_send(scene->client, DS_RECORD_CHECK, NULL, 0);
        g_assert_cmpint(rig_receive(scene->client), ==, DS_RECORD_CHECKED);
    }
}

static void
open_scene(struct scene *scene, enum state state)
{
    *scene = (struct scene){0};
    relay_rig_open(&scene->rig, &ds_relay_times_default, 100, 64);
    scene->client = relay_rig_connect(&scene->rig, "192.0.2.1:1");
    enter(scene, state);
}

/* Nobody is left over, whatever happened. */
static void
close_scene(struct scene *scene)
{
    relay_rig_hang_up(scene->client);
    if (scene->other != NULL)
        relay_rig_hang_up(scene->other);
    relay_rig_settle(&scene->rig);
    g_assert_cmpuint(ds_relay_connections(scene->rig.relay), ==, 0);
    relay_rig_close(&scene->rig);
}

/* The connection lives: a PING comes back. */
static void
expect_alive(struct rig_client *client)
{
    rig_send(client, DS_RECORD_PING, "12345678", 8);
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_PONG);
    g_assert_cmpstr((char *)client->payload, ==, "12345678");
}

/* Which types a state takes at all. */
static gboolean
fits(enum state state, int type)
{
    static const int types[STATES][8] = {
            [HELLO] = {DS_RECORD_HELLO},
            [CHOICE] = {DS_RECORD_WAIT, DS_RECORD_KNOCK, DS_RECORD_MEET, DS_RECORD_CHECK,
                    DS_RECORD_PING, DS_RECORD_PONG},
            [WAITING] = {DS_RECORD_SAY, DS_RECORD_ACCEPT, DS_RECORD_REJECT, DS_RECORD_LEAVE,
                    DS_RECORD_PING, DS_RECORD_PONG},
            [KNOCKING] = {DS_RECORD_SAY, DS_RECORD_PING, DS_RECORD_PONG},
            [MEETING] = {DS_RECORD_PING, DS_RECORD_PONG},
            [PAIRED] = {DS_RECORD_PIPE, DS_RECORD_NOTE, DS_RECORD_PING, DS_RECORD_PONG},
            [CHECKING] = {DS_RECORD_DIAL, DS_RECORD_PING, DS_RECORD_PONG},
    };
    for (int i = 0; i < 8 && types[state][i] != 0; i++)
        if (types[state][i] == type)
            return TRUE;
    return FALSE;
}

static gboolean
is_known(int type)
{
    return (type >= DS_RECORD_HELLO && type <= DS_RECORD_LEAVE) ||
           (type >= DS_RECORD_PIPE && type <= DS_RECORD_DIALLED);
}

/* Payloads that are right for the types where an empty one is not. */
static void
send_right(struct scene *scene, int type)
{
    if (type == DS_RECORD_HELLO)
        rig_hello(scene->client, 1, 1);
    else if (type == DS_RECORD_KNOCK)
        rig_knock(scene->client, "0000", "");
    else if (type == DS_RECORD_MEET)
        rig_meet(scene->client, 1, DS_ROLE_HELPER, NULL);
    else if (type == DS_RECORD_SAY || type == DS_RECORD_ACCEPT)
        rig_send_id(scene->client, (uint8_t)type, 0, NULL, 0);
    else if (type == DS_RECORD_REJECT)
        rig_send_id(scene->client, (uint8_t)type, 0, "\x05", 1);
    else if (type == DS_RECORD_DIAL)
        rig_send(scene->client, (uint8_t)type, "\x00\x10\x00token...", 11);
    else
        rig_send(scene->client, (uint8_t)type, NULL, 0);
}

static void
test_every_record(gconstpointer data)
{
    enum state state = GPOINTER_TO_INT(data);
    for (int type = 0; type < 256; type++) {
        struct scene scene;
        if (fits(state, type))
            continue;
        open_scene(&scene, state);
        g_test_message("type %d", type);
        send_right(&scene, type);
        if (is_known(type) || state == HELLO)
            g_assert_cmpint(rig_refused(scene.client), ==, DS_REASON_PROTOCOL);
        else
            expect_alive(scene.client);
        close_scene(&scene);
    }
}

/* One byte more than a record may have, as its header says: nothing of it is awaited. */
static void
test_too_long(gconstpointer data)
{
    enum state state = GPOINTER_TO_INT(data);
    static const struct {
        uint8_t type;
        size_t max;
    } rows[] = {
            {DS_RECORD_HELLO, DS_HELLO_MAX},
            {DS_RECORD_WAIT, DS_HELLO_MAX},
            {DS_RECORD_KNOCK, 1 + DS_NAMEPLATE_MAX_DIGITS + DS_SAY_MAX},
            {DS_RECORD_SAY, 4 + DS_SAY_MAX},
            {DS_RECORD_MEET, DS_HELLO_MAX},
            {DS_RECORD_PIPE, DS_HELLO_MAX},
            {DS_RECORD_PING, DS_HELLO_MAX},
            {DS_RECORD_DIAL, DS_HELLO_MAX},
            {200, DS_HELLO_MAX},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct scene scene;
        uint8_t header[DS_RECORD_HEADER];
        size_t max = state == PAIRED ? DS_RECORD_MAX : rows[i].max;
        open_scene(&scene, state);
        ds_record_header(header, rows[i].type, max + 1);
        g_assert_true(rig_send_bytes(scene.client, header, sizeof header));
        g_assert_cmpint(rig_refused(scene.client), ==, DS_REASON_PROTOCOL);
        close_scene(&scene);

        /* And one that is as long as allowed is awaited. */
        open_scene(&scene, state);
        ds_record_header(header, rows[i].type, max);
        g_assert_true(rig_send_bytes(scene.client, header, sizeof header));
        g_assert_true(rig_is_silent(scene.client));
        close_scene(&scene);
    }
}

/* What the client that knocks sends, first to last. */
static const uint8_t good[] = {DS_RECORD_HELLO, 0, 0, 12, 0, 1, 0, 2, 0, 1, 0, 2, 0, 2, 0, 1,
        DS_RECORD_MEET, 0, 0, 41, 0, DS_TAG_MEETING, 0, 32, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, DS_TAG_ROLE, 0, 1, 1,
        DS_RECORD_PING, 0, 0, 2, 'h', 'i'};

static void
test_cut_short(void)
{
    for (size_t n = 0; n <= sizeof good; n++) {
        struct relay_rig rig;
        relay_rig_open(&rig, &ds_relay_times_default, 100, 64);
        struct rig_client *client = relay_rig_connect(&rig, "192.0.2.1:1");
        g_assert_true(rig_send_bytes(client, good, n));
        g_assert_cmpuint(ds_relay_connections(rig.relay), ==, 1);
        relay_rig_hang_up(client);
        g_assert_cmpuint(ds_relay_connections(rig.relay), ==, 0);
        relay_rig_close(&rig);
    }
}

static void
test_byte_by_byte(void)
{
    struct relay_rig rig;
    relay_rig_open(&rig, &ds_relay_times_default, 100, 64);
    struct rig_client *client = relay_rig_connect(&rig, "192.0.2.1:1");
    for (size_t i = 0; i < sizeof good; i++)
        g_assert_true(rig_send_bytes(client, good + i, 1));
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_WELCOME);
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_PONG);
    relay_rig_hang_up(client);
    relay_rig_close(&rig);
}

/* Payloads that are wrong in themselves. */
static void
test_bad_payloads(void)
{
    static const struct {
        enum state state;
        uint8_t type;
        const char *payload;
        size_t len;
    } rows[] = {
            {HELLO, DS_RECORD_HELLO, "", 0},
            {HELLO, DS_RECORD_HELLO, "\0\1\0\2\0\1", 6},                /* no VERSION_MAX */
            {HELLO, DS_RECORD_HELLO, "\0\1\0\2\0\2\0\2\0\2\0\1", 12},   /* upside down */
            {HELLO, DS_RECORD_HELLO, "\0\1\0\1\1\0\2\0\2\0\1", 11},     /* one of one byte */
            {HELLO, DS_RECORD_HELLO, "\0\1\0\2\0\1\0\2\0\1\1", 11},     /* and the other */
            {HELLO, DS_RECORD_HELLO, "\0\1\0\2\0\1\0\2\0\2\0\1\0", 13}, /* a field cut short */
            {CHOICE, DS_RECORD_WAIT, "\0\x09", 2},
            {CHOICE, DS_RECORD_WAIT, "\0\x0a\0\2xy", 6},       /* a token of 2 bytes */
            {CHOICE, DS_RECORD_WAIT, "\0\x09\0\4\0\0\0\0", 8}, /* NULs for digits */
            {CHOICE, DS_RECORD_KNOCK, "", 0},
            {CHOICE, DS_RECORD_KNOCK,
                    "\3"
                    "123",
                    4},
            {CHOICE, DS_RECORD_KNOCK,
                    "\4"
                    "123",
                    4},
            {CHOICE, DS_RECORD_KNOCK,
                    "\4"
                    "12x4",
                    5},
            {CHOICE, DS_RECORD_KNOCK,
                    "\x0a"
                    "1234567890",
                    11},
            {CHOICE, DS_RECORD_MEET, "", 0},
            {CHOICE, DS_RECORD_MEET, "\0\x0b\0\1\0\0\x0c\0\1\1", 10}, /* an id of 1 byte */
            {CHOICE, DS_RECORD_PING, "123456789", 9}, {CHOICE, DS_RECORD_PONG, "123456789", 9},
            {WAITING, DS_RECORD_ACCEPT, "\0\0\0\0", 4},
            {WAITING, DS_RECORD_ACCEPT, "\0\0\0\1", 4}, /* nobody has knocked */
            {WAITING, DS_RECORD_ACCEPT, "\0\0\0", 3}, {WAITING, DS_RECORD_REJECT, "\0\0\0\1\5", 5},
            {WAITING, DS_RECORD_LEAVE, "", 0}, {WAITING, DS_RECORD_LEAVE, "\6x", 2},
            {WAITING, DS_RECORD_LEAVE, "\5", 1}, /* wrong-code is no reason to leave */
            {WAITING, DS_RECORD_LEAVE, "\x09", 1}, {WAITING, DS_RECORD_SAY, "\0\0\0\1x", 5},
            {WAITING, DS_RECORD_SAY, "", 0},
            {KNOCKING, DS_RECORD_SAY, "\0\0\0\1x", 5}, /* a helper has no ids */
            {KNOCKING, DS_RECORD_SAY, "\0\0\0", 3}, {CHECKING, DS_RECORD_DIAL, "", 0},
            {CHECKING, DS_RECORD_DIAL, "\0\x10\0tokenis", 10},
            {CHECKING, DS_RECORD_DIAL, "\0\x10\0tokenisso", 12},
            {CHECKING, DS_RECORD_DIAL, "\0\0\0tokenis8", 11},
            {CHECKING, DS_RECORD_DIAL, "\0\0\x16tokenis8", 11}, /* port 22 */
            {CHECKING, DS_RECORD_DIAL, "\0\3\xfftokenis8", 11}, /* port 1,023 */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct scene scene;
        g_test_message("row %zu, in %s", i, state_names[rows[i].state]);
        open_scene(&scene, rows[i].state);
        rig_send(scene.client, rows[i].type, rows[i].payload, rows[i].len);
        g_assert_cmpint(rig_refused(scene.client), ==, DS_REASON_PROTOCOL);
        close_scene(&scene);
    }
}

static void
test_roles(void)
{
    for (unsigned role = 0; role < 256; role++) {
        struct scene scene;
        open_scene(&scene, CHOICE);
        rig_meet(scene.client, 7, (uint8_t)role, NULL);
        if (role == DS_ROLE_HELPEE || role == DS_ROLE_HELPER)
            expect_alive(scene.client);
        else
            g_assert_cmpint(rig_refused(scene.client), ==, DS_REASON_PROTOCOL);
        close_scene(&scene);
    }
}

static void
test_versions(void)
{
    static const struct {
        uint16_t min, max;
        enum ds_reason refused;
    } rows[] = {
            {1, 1, DS_REASON_NONE},
            {1, 9, DS_REASON_NONE},
            {0, 1, DS_REASON_NONE},
            {0, 0, DS_REASON_TOO_OLD},
            {2, 9, DS_REASON_RELAY_TOO_OLD},
            {65535, 65535, DS_REASON_RELAY_TOO_OLD},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct scene scene;
        uint8_t text[64] = "";
        open_scene(&scene, HELLO);
        rig_hello(scene.client, rows[i].min, rows[i].max);
        if (rows[i].refused == DS_REASON_NONE) {
            g_assert_cmpint(rig_receive(scene.client), ==, DS_RECORD_WELCOME);
            g_assert_cmpint(rig_field(scene.client, DS_TAG_VERSION), ==, 1);
            rig_field_bytes(scene.client, DS_TAG_OBSERVED, text, sizeof text - 1);
            g_assert_cmpstr((char *)text, ==, "192.0.2.1:1");
        } else {
            g_assert_cmpint(rig_refused(scene.client), ==, rows[i].refused);
        }
        if (rows[i].refused == DS_REASON_TOO_OLD) {
            g_assert_cmpint(rig_field(scene.client, DS_TAG_VERSION_MIN), ==, 1);
            rig_field_bytes(scene.client, DS_TAG_PROGRAM, text, sizeof text - 1);
            g_assert_cmpstr((char *)text, ==, "Deskside 0.1 or newer");
        }
        close_scene(&scene);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int state = 0; state < STATES; state++) {
        g_autofree char *every = g_strdup_printf("/relay/every-record/%s", state_names[state]);
        g_autofree char *long_ = g_strdup_printf("/relay/too-long/%s", state_names[state]);
        g_test_add_data_func(every, GINT_TO_POINTER(state), test_every_record);
        g_test_add_data_func(long_, GINT_TO_POINTER(state), test_too_long);
    }
    g_test_add_func("/relay/cut-short", test_cut_short);
    g_test_add_func("/relay/byte-by-byte", test_byte_by_byte);
    g_test_add_func("/relay/bad-payloads", test_bad_payloads);
    g_test_add_func("/relay/roles", test_roles);
    g_test_add_func("/relay/versions", test_versions);
    return g_test_run();
}
