/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a nameplate to a pair: who may knock, how often, and what becomes of it. */
#include <glib.h>
#include <openssl/rand.h>
#include <string.h>

#include "net/base/reason.h"
#include "net/relay/state.h"
#include "tests/lib/relay_rig.h"

struct scene {
    struct relay_rig rig;
    struct rig_client *helpee;
    char nameplate[16];
    uint8_t token[DS_TOKEN_BYTES];
};

static void
open_scene(struct scene *scene, const struct ds_relay_times *times)
{
    relay_rig_open(&scene->rig, times, 1000, 64);
    scene->helpee = rig_helpee(&scene->rig, "192.0.2.1:1", scene->nameplate);
    g_assert_cmpuint(rig_field_bytes(scene->helpee, DS_TAG_TOKEN, scene->token, DS_TOKEN_BYTES), ==,
            DS_TOKEN_BYTES);
}

/* The real times, with one of them short: the others cannot come in between on a slow machine. */
static struct ds_relay_times
short_knock(void)
{
    struct ds_relay_times times = ds_relay_times_default;
    times.knock_ms = 30;
    return times;
}

static struct ds_relay_times
short_no_code(void)
{
    struct ds_relay_times times = ds_relay_times_default;
    times.no_code_min_ms = 20;
    times.no_code_max_ms = 30;
    return times;
}

static void
close_scene(struct scene *scene)
{
    relay_rig_hang_up(scene->helpee);
    relay_rig_close(&scene->rig);
}

/* A helper whose record has been sent. */
static struct rig_client *
knock(struct scene *scene, const char *address, const char *say)
{
    struct rig_client *helper = rig_greet(&scene->rig, address);
    rig_knock(helper, scene->nameplate, say);
    return helper;
}

/* The next record of the helpee is of this type and for this id. */
static void
expect_id(struct scene *scene, int type, uint8_t id)
{
    g_assert_cmpint(rig_receive(scene->helpee), ==, type);
    g_assert_cmpmem(scene->helpee->payload, 4, ((uint8_t[]){0, 0, 0, id}), 4);
}

static void
reject(struct scene *scene, uint32_t id, enum ds_reason reason)
{
    uint8_t byte = (uint8_t)reason;
    rig_send_id(scene->helpee, DS_RECORD_REJECT, id, &byte, 1);
}

static void
test_talk(void)
{
    struct scene scene;
    open_scene(&scene, &ds_relay_times_default);
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    g_assert_cmpstr((char *)scene.helpee->payload + 4, ==, "pA");
    rig_send_id(scene.helpee, DS_RECORD_SAY, 1, "pB", 2);
    g_assert_cmpint(rig_receive(helper), ==, DS_RECORD_SAY);
    g_assert_cmpmem(helper->payload, helper->payload_len, "\0\0\0\0pB", 6);
    rig_send_id(helper, DS_RECORD_SAY, 0, "cA", 2);
    expect_id(&scene, DS_RECORD_SAY, 1);
    g_assert_cmpstr((char *)scene.helpee->payload + 4, ==, "cA");
    /* ACCEPT and the first PIPE in one flight. */
    rig_send_bytes(scene.helpee, "\x0a\0\0\4\0\0\0\1\x10\0\0\3abc", 15);
    g_assert_cmpint(rig_receive(helper), ==, DS_RECORD_PAIRED);
    g_assert_cmpuint(helper->payload_len, ==, DS_COOKIE_BYTES);
    g_assert_cmpint(rig_receive(helper), ==, DS_RECORD_PIPE);
    g_assert_cmpstr((char *)helper->payload, ==, "abc");
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

static gboolean is_without_random;

/* In place of OpenSSL's, which never fails. */
int
RAND_bytes(unsigned char *bytes, int len)
{
    return is_without_random ? 0 : RAND_priv_bytes(bytes, len);
}

/* The pair cannot be made: both are told, and the nameplate rests as after any end. */
static void
test_no_pair(void)
{
    struct scene scene;
    open_scene(&scene, &ds_relay_times_default);
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    is_without_random = TRUE;
    rig_send_id(scene.helpee, DS_RECORD_ACCEPT, 1, NULL, 0);
    g_assert_cmpint(rig_refused(scene.helpee), ==, DS_REASON_RELAY_FULL);
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_RELAY_FULL);
    is_without_random = FALSE;
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

static void
test_caps(void)
{
    static const char *const addresses[] = {
            "192.0.2.2:1", "192.0.2.3:1", "[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1"};
    struct rig_client *helpers[4], *more;
    struct ds_relay_times times = short_no_code();
    struct scene scene;
    open_scene(&scene, &times);
    helpers[0] = knock(&scene, addresses[0], "pA");
    more = knock(&scene, "192.0.2.2:2", "pA"); /* the same address again */
    g_assert_cmpint(rig_refused(more), ==, DS_REASON_BUSY);
    relay_rig_hang_up(more);
    for (int i = 1; i < 4; i++)
        helpers[i] = knock(&scene, addresses[i], "pA");
    for (uint8_t id = 1; id <= 4; id++)
        expect_id(&scene, DS_RECORD_KNOCKED, id);
    more = knock(&scene, "[2001:db8:0:2::9]:1", "pA"); /* the same /64 */
    g_assert_cmpint(rig_refused(more), ==, DS_REASON_BUSY);
    relay_rig_hang_up(more);
    more = knock(&scene, "192.0.2.9:1", "pA"); /* a fifth */
    g_assert_cmpint(rig_refused(more), ==, DS_REASON_BUSY);
    relay_rig_hang_up(more);
    /* A place that is free again is taken. */
    relay_rig_hang_up(helpers[1]);
    expect_id(&scene, DS_RECORD_GONE, 2);
    helpers[1] = knock(&scene, "192.0.2.9:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 5);
    /* One is accepted: the others hear that the helpee is busy. */
    rig_send_id(scene.helpee, DS_RECORD_ACCEPT, 3, NULL, 0);
    g_assert_cmpint(rig_receive(helpers[2]), ==, DS_RECORD_PAIRED);
    for (int i = 0; i < 4; i++)
        if (i != 2)
            g_assert_cmpint(rig_refused(helpers[i]), ==, DS_REASON_BUSY);
    more = knock(&scene, "192.0.2.10:1", "pA"); /* while the two are connected */
    g_assert_cmpint(rig_refused(more), ==, DS_REASON_BUSY);
    relay_rig_hang_up(more);
    for (int i = 0; i < 4; i++)
        relay_rig_hang_up(helpers[i]);
    /* They have parted: the code is dead, and its nameplate rests. */
    more = knock(&scene, "192.0.2.10:2", "pA");
    g_assert_cmpint(rig_refused(more), ==, DS_REASON_NO_SUCH_CODE);
    relay_rig_hang_up(more);
    close_scene(&scene);
}

static void
test_say_is_capped(void)
{
    g_autofree char *say = g_strnfill(DS_SAY_MAX, 's');
    struct scene scene;
    open_scene(&scene, &ds_relay_times_default);
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", say);
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    g_assert_cmpuint(scene.helpee->payload_len, ==, 4 + DS_SAY_MAX);
    rig_send_id(helper, DS_RECORD_SAY, 0, "", 0);
    expect_id(&scene, DS_RECORD_SAY, 1);
    rig_send_id(helper, DS_RECORD_SAY, 0, "1", 1);
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_PEER_LEFT);
    expect_id(&scene, DS_RECORD_GONE, 1);
    relay_rig_hang_up(helper);

    helper = knock(&scene, "192.0.2.2:1", "");
    expect_id(&scene, DS_RECORD_KNOCKED, 2);
    rig_send_id(scene.helpee, DS_RECORD_SAY, 2, say, DS_SAY_MAX);
    g_assert_cmpint(rig_receive(helper), ==, DS_RECORD_SAY);
    rig_send_id(scene.helpee, DS_RECORD_SAY, 2, "1", 1);
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_PEER_LEFT);
    expect_id(&scene, DS_RECORD_GONE, 2);
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

static void
test_time_is_capped(void)
{
    struct ds_relay_times times = short_knock();
    struct scene scene;
    open_scene(&scene, &times);
    gint64 start_us = g_get_monotonic_time();
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_PEER_LEFT);
    g_assert_cmpint(g_get_monotonic_time() - start_us, >=, 20 * 1000);
    expect_id(&scene, DS_RECORD_GONE, 1);
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

static void
test_no_such_code(void)
{
    struct ds_relay_times times = short_no_code();
    struct scene scene;
    open_scene(&scene, &times);
    char other[16];
    strcpy(other, scene.nameplate);
    other[0] = other[0] == '1' ? '2' : '1';
    struct rig_client *helper = rig_greet(&scene.rig, "192.0.2.2:1");
    gint64 start_us = g_get_monotonic_time();
    rig_knock(helper, other, "pA");
    rig_send_id(helper, DS_RECORD_SAY, 0, "not read", 8);
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_NO_SUCH_CODE);
    g_assert_cmpint(g_get_monotonic_time() - start_us, >=, 15 * 1000);
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

/* Wrong guesses close the door for longer and longer, and throw out who knocks already. */
static void
test_rests(void)
{
    static const uint32_t rests_ms[] = {5000, 15000, 15000};
    struct scene scene;
    open_scene(&scene, &ds_relay_times_default);
    uint8_t id = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(rests_ms); i++) {
        struct rig_client *guesser = knock(&scene, "192.0.2.2:1", "pA");
        struct rig_client *other = knock(&scene, "192.0.2.3:1", "pA");
        expect_id(&scene, DS_RECORD_KNOCKED, ++id);
        expect_id(&scene, DS_RECORD_KNOCKED, ++id);
        reject(&scene, id - 1u, DS_REASON_WRONG_CODE);
        g_assert_cmpint(rig_refused(guesser), ==, DS_REASON_WRONG_CODE);
        g_assert_cmpint(rig_receive(other), ==, DS_RECORD_REFUSED);
        g_assert_cmpint(rig_field(other, DS_TAG_REASON), ==, DS_REASON_BUSY);
        g_assert_cmpint(rig_field(other, DS_TAG_RETRY_MS), ==, rests_ms[i]);
        expect_id(&scene, DS_RECORD_GONE, id);
        relay_rig_hang_up(guesser);
        relay_rig_hang_up(other);

        other = knock(&scene, "192.0.2.4:1", "pA");
        g_assert_cmpint(rig_receive(other), ==, DS_RECORD_REFUSED);
        g_assert_cmpint(rig_field(other, DS_TAG_REASON), ==, DS_REASON_BUSY);
        g_assert_cmpint(rig_field(other, DS_TAG_RETRY_MS), >, 0);
        g_assert_cmpint(rig_field(other, DS_TAG_RETRY_MS), <=, rests_ms[i]);
        relay_rig_hang_up(other);
        relay_rig_skip(rests_ms[i]);
    }
    close_scene(&scene);
}

static void
test_reject_others(void)
{
    static const enum ds_reason good[] = {DS_REASON_BUSY, DS_REASON_PROTOCOL, DS_REASON_TOO_OLD};
    struct scene scene;
    open_scene(&scene, &ds_relay_times_default);
    for (uint8_t i = 0; i < G_N_ELEMENTS(good); i++) {
        struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA");
        expect_id(&scene, DS_RECORD_KNOCKED, i + 1);
        reject(&scene, i + 1u, good[i]);
        g_assert_cmpint(rig_refused(helper), ==, good[i]);
        relay_rig_hang_up(helper);
    }
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA"); /* no rest was due */
    expect_id(&scene, DS_RECORD_KNOCKED, 4);
    reject(&scene, 4, DS_REASON_NO_SUCH_CODE); /* not the helpee's to say */
    g_assert_cmpint(rig_refused(scene.helpee), ==, DS_REASON_PROTOCOL);
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_PEER_LEFT);
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

/* The helper leaves while ACCEPT and PIPE are on their way: the helpee has done nothing wrong. */
static void
test_overtaken(void)
{
    static uint8_t full[DS_RECORD_MAX];
    struct scene scene;
    open_scene(&scene, &ds_relay_times_default);
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    relay_rig_hang_up(helper);
    rig_send_id(scene.helpee, DS_RECORD_SAY, 1, "pB", 2);
    rig_send_id(scene.helpee, DS_RECORD_ACCEPT, 1, NULL, 0);
    rig_send(scene.helpee, DS_RECORD_PIPE, full, sizeof full);
    expect_id(&scene, DS_RECORD_GONE, 1);
    /* It waits on, and the next one is accepted. */
    helper = knock(&scene, "192.0.2.3:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 2);
    rig_send_id(scene.helpee, DS_RECORD_ACCEPT, 2, NULL, 0);
    rig_send(scene.helpee, DS_RECORD_PIPE, "x", 1);
    g_assert_cmpint(rig_receive(helper), ==, DS_RECORD_PAIRED);
    g_assert_cmpint(rig_receive(helper), ==, DS_RECORD_PIPE);
    g_assert_cmpuint(helper->payload_len, ==, 1);
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

static void
test_wrong_guess_and_gone(void)
{
    struct scene scene;
    open_scene(&scene, &ds_relay_times_default);
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    relay_rig_hang_up(helper);
    reject(&scene, 1, DS_REASON_WRONG_CODE); /* it vanished with its guess: that counts */
    relay_rig_settle(&scene.rig);
    helper = knock(&scene, "192.0.2.2:1", "pA");
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_BUSY);
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

/* Who comes too late hears why, as long as the nameplate rests; who had knocked, at once. */
static void
test_farewell(void)
{
    static const enum ds_reason reasons[] = {DS_REASON_CODE_EXPIRED, DS_REASON_CODE_BURNED};
    struct ds_relay_times times = short_no_code();
    for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++) {
        const uint8_t reason = (uint8_t)reasons[i];
        struct scene scene;
        open_scene(&scene, &times);
        struct rig_client *early = knock(&scene, "192.0.2.2:1", "pA");
        expect_id(&scene, DS_RECORD_KNOCKED, 1);
        rig_send(scene.helpee, DS_RECORD_LEAVE, &reason, sizeof reason);
        relay_rig_hang_up(scene.helpee);
        g_assert_cmpint(rig_refused(early), ==, reasons[i]);
        relay_rig_hang_up(early);
        struct rig_client *late = knock(&scene, "192.0.2.3:1", "pA");
        g_assert_cmpint(rig_refused(late), ==, reasons[i]);
        relay_rig_hang_up(late);
        relay_rig_close(&scene.rig);
    }
}

static void
test_helpee_leaves(void)
{
    struct ds_relay_times times = short_no_code();
    struct scene scene;
    open_scene(&scene, &times);
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA");
    relay_rig_hang_up(scene.helpee);
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_PEER_LEFT);
    relay_rig_hang_up(helper);
    helper = knock(&scene, "192.0.2.2:1", "pA");
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_NO_SUCH_CODE);
    relay_rig_hang_up(helper);

    /* Its token brings the nameplate back; a stranger's claim does not. */
    scene.helpee = rig_greet(&scene.rig, "192.0.2.7:1");
    rig_wait(scene.helpee, scene.nameplate, (const uint8_t *)"0123456789abcdef");
    g_assert_cmpint(rig_receive(scene.helpee), ==, DS_RECORD_WAITING);
    uint8_t digits[16] = "";
    rig_field_bytes(scene.helpee, DS_TAG_NAMEPLATE, digits, 15);
    g_assert_cmpstr((char *)digits, !=, scene.nameplate);
    relay_rig_hang_up(scene.helpee);

    scene.helpee = rig_greet(&scene.rig, "192.0.2.8:1");
    rig_wait(scene.helpee, scene.nameplate, scene.token);
    g_assert_cmpint(rig_receive(scene.helpee), ==, DS_RECORD_WAITING);
    memset(digits, 0, sizeof digits);
    rig_field_bytes(scene.helpee, DS_TAG_NAMEPLATE, digits, 15);
    g_assert_cmpstr((char *)digits, ==, scene.nameplate);
    helper = knock(&scene, "192.0.2.2:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

/* The helpee comes again before the relay knows that its old connection is dead. */
static void
test_replaced(void)
{
    struct scene scene;
    open_scene(&scene, &ds_relay_times_default);
    struct rig_client *old = scene.helpee;
    struct rig_client *helper = knock(&scene, "192.0.2.2:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    scene.helpee = rig_greet(&scene.rig, "192.0.2.7:1");
    rig_wait(scene.helpee, scene.nameplate, scene.token);
    g_assert_cmpint(rig_receive(scene.helpee), ==, DS_RECORD_WAITING);
    g_assert_cmpint(rig_refused(old), ==, DS_REASON_REPLACED);
    g_assert_cmpint(rig_refused(helper), ==, DS_REASON_PEER_LEFT);
    relay_rig_hang_up(helper);
    relay_rig_hang_up(old);
    helper = knock(&scene, "192.0.2.2:1", "pA");
    expect_id(&scene, DS_RECORD_KNOCKED, 1);
    relay_rig_hang_up(helper);
    close_scene(&scene);
}

/* A relay inside a sharing program: from elsewhere helpers come, and nobody who shares. */
static void
test_local_helpees(void)
{
    struct relay_rig rig;
    char nameplate[16];
    relay_rig_open(&rig, &ds_relay_times_default, 100, 64);
    rig.relay->config.helpees_are_local = true;
    struct rig_client *stranger = rig_greet(&rig, "192.168.1.9:1");
    rig_wait(stranger, NULL, NULL);
    g_assert_cmpint(rig_refused(stranger), ==, DS_REASON_RELAY_FULL);
    relay_rig_hang_up(stranger);
    stranger = rig_greet(&rig, "192.168.1.9:1");
    rig_meet(stranger, 7, DS_ROLE_HELPEE, NULL);
    g_assert_cmpint(rig_refused(stranger), ==, DS_REASON_RELAY_FULL);
    relay_rig_hang_up(stranger);
    /* The twin: here on loopback, as [::] shows it, and there a helper. */
    struct rig_client *helpee = rig_helpee(&rig, "[::ffff:127.0.0.1]:1", nameplate);
    struct rig_client *helper = rig_greet(&rig, "192.168.1.9:1");
    rig_pair(helpee, helper, nameplate);
    struct rig_client *again = rig_greet(&rig, "127.0.0.1:2"), *there;
    there = rig_greet(&rig, "192.168.1.9:2");
    rig_meet(again, 7, DS_ROLE_HELPEE, NULL);
    rig_meet(there, 7, DS_ROLE_HELPER, NULL);
    g_assert_cmpint(rig_receive(again), ==, DS_RECORD_PAIRED);
    g_assert_cmpint(rig_receive(there), ==, DS_RECORD_PAIRED);
    relay_rig_hang_up(helpee);
    relay_rig_hang_up(helper);
    relay_rig_hang_up(again);
    relay_rig_hang_up(there);
    relay_rig_close(&rig);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay/knock/talk", test_talk);
    g_test_add_func("/relay/knock/no-pair", test_no_pair);
    g_test_add_func("/relay/knock/caps", test_caps);
    g_test_add_func("/relay/knock/say-is-capped", test_say_is_capped);
    g_test_add_func("/relay/knock/time-is-capped", test_time_is_capped);
    g_test_add_func("/relay/knock/no-such-code", test_no_such_code);
    g_test_add_func("/relay/knock/rests", test_rests);
    g_test_add_func("/relay/knock/reject-others", test_reject_others);
    g_test_add_func("/relay/knock/overtaken", test_overtaken);
    g_test_add_func("/relay/knock/wrong-guess-and-gone", test_wrong_guess_and_gone);
    g_test_add_func("/relay/knock/farewell", test_farewell);
    g_test_add_func("/relay/knock/helpee-leaves", test_helpee_leaves);
    g_test_add_func("/relay/knock/replaced", test_replaced);
    g_test_add_func("/relay/knock/local-helpees", test_local_helpees);
    return g_test_run();
}
