/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NOTE(REVEAL): two who are paired learn each other's address from the relay, where both want it.
 */
#include <glib.h>
#include <string.h>

#include "net/base/reason.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"
#include "tests/lib/relay_scene.h"

static void
send_note(struct rig_client *client, uint64_t note, size_t bytes)
{
    uint8_t data[64];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_number(&w, DS_TAG_NOTE, note, bytes);
    ds_tlv_put_text(&w, DS_TAG_WHERE, "no matter"); /* a field that nobody knows there */
    rig_send(client, DS_RECORD_NOTE, data, w.len);
}

static void
reveal(struct rig_client *client)
{
    send_note(client, DS_NOTE_REVEAL, 1);
}

static void
expect(struct rig_client *client, const char *address)
{
    char text[DS_ADDR_TEXT_MAX] = "";
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_NOTE);
    g_assert_cmpint(rig_field(client, DS_TAG_NOTE), ==, DS_NOTE_REVEAL);
    rig_field_bytes(client, DS_TAG_OBSERVED, (uint8_t *)text, sizeof text - 1);
    g_assert_cmpstr(text, ==, address);
}

static void
expect_silence(const struct relay_scene *scene)
{
    g_assert_true(rig_is_silent(scene->helpee));
    g_assert_true(rig_is_silent(scene->helper));
}

/* Two who come from there meet by an id, with the cookies that they had. */
static void
meet_from(struct relay_scene *scene, const char *helpee, const char *helper)
{
    scene->helpee = rig_greet(&scene->rig, helpee);
    scene->helper = rig_greet(&scene->rig, helper);
    rig_meet(scene->helpee, 7, DS_ROLE_HELPEE, NULL);
    rig_meet(scene->helper, 7, DS_ROLE_HELPER, NULL);
    relay_scene_take_cookie(scene->helpee, scene->cookies[0]);
    relay_scene_take_cookie(scene->helper, scene->cookies[1]);
}

static void
test_both(gconstpointer data)
{
    bool is_helper_first = GPOINTER_TO_INT(data);
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    reveal(is_helper_first ? scene.helper : scene.helpee);
    expect_silence(&scene);
    reveal(is_helper_first ? scene.helpee : scene.helper);
    expect(scene.helpee, "192.0.2.2:1");
    expect(scene.helper, "192.0.2.1:1");
    expect_silence(&scene);
    relay_scene_close(&scene);
}

/* Nobody is told anything, neither who asked nor the other one; the pair goes on. */
static void
test_one_alone(void)
{
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    for (int i = 0; i < 1000; i++)
        reveal(scene.helper);
    expect_silence(&scene);
    rig_send(scene.helper, DS_RECORD_PIPE, "still here", 10);
    g_assert_cmpint(rig_receive(scene.helpee), ==, DS_RECORD_PIPE);
    g_assert_true(rig_is_silent(scene.helper));
    relay_scene_close(&scene);
}

static void
test_told_once(void)
{
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    reveal(scene.helpee);
    reveal(scene.helper);
    expect(scene.helpee, "192.0.2.2:1");
    expect(scene.helper, "192.0.2.1:1");
    for (int i = 0; i < 1000; i++) {
        reveal(scene.helpee);
        reveal(scene.helper);
    }
    expect_silence(&scene);
    relay_scene_close(&scene);
}

static void
test_families(void)
{
    struct relay_scene scene;
    relay_scene_open(&scene);
    meet_from(&scene, "[::ffff:192.0.2.7]:4711", "[2001:db8::9]:22");
    reveal(scene.helpee);
    reveal(scene.helper);
    expect(scene.helpee, "[2001:db8::9]:22");
    expect(scene.helper, "192.0.2.7:4711"); /* as the IPv4 address that it is */
    relay_scene_close(&scene);
}

/* What was asked for on a pair that is gone counts for nothing on the next one. */
static void
test_again(void)
{
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    reveal(scene.helpee);
    reveal(scene.helper);
    expect(scene.helpee, "192.0.2.2:1");
    expect(scene.helper, "192.0.2.1:1");
    relay_rig_hang_up(scene.helper);
    relay_scene_expect_parted(scene.helpee);
    relay_rig_hang_up(scene.helpee);

    meet_from(&scene, "192.0.2.1:2", "198.51.100.3:9");
    reveal(scene.helpee);
    expect_silence(&scene);
    reveal(scene.helper);
    expect(scene.helpee, "198.51.100.3:9");
    expect(scene.helper, "192.0.2.1:2");
    relay_scene_close(&scene);
}

/* Other notes are passed over, and what is none ends the connection. */
static void
test_others(void)
{
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    reveal(scene.helpee);
    for (uint64_t note = 0; note < 256; note++)
        if (note != DS_NOTE_REVEAL)
            send_note(scene.helper, note, 1);
    rig_send(scene.helper, DS_RECORD_NOTE, NULL, 0);
    expect_silence(&scene);
    relay_scene_close(&scene);
}

static const struct bad {
    const char *bytes;
    size_t len;
} bad[] = {
        {"\x00", 1},
        {"\x00\x0e\x00\x02\x04", 5},
        {"\x00\x0e\x00\x02\x00\x04", 6},
        {"\x00\x0e\x00\x00", 4},
        {"\x00\x0e\x00\x01\x04\x00", 6},
};

static void
test_bad(gconstpointer data)
{
    const struct bad *note = data;
    struct relay_scene scene;
    relay_scene_open_pair(&scene);
    reveal(scene.helpee);
    rig_send(scene.helper, DS_RECORD_NOTE, note->bytes, note->len);
    g_assert_cmpint(rig_refused(scene.helper), ==, DS_REASON_PROTOCOL);
    relay_scene_expect_parted(scene.helpee);
    relay_scene_close(&scene);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/relay/reveal/both, the helpee first", GINT_TO_POINTER(0), test_both);
    g_test_add_data_func("/relay/reveal/both, the helper first", GINT_TO_POINTER(1), test_both);
    g_test_add_func("/relay/reveal/one alone", test_one_alone);
    g_test_add_func("/relay/reveal/told once", test_told_once);
    g_test_add_func("/relay/reveal/families", test_families);
    g_test_add_func("/relay/reveal/again", test_again);
    g_test_add_func("/relay/reveal/others", test_others);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *name = g_strdup_printf("/relay/reveal/bad %zu", i);
        g_test_add_data_func(name, &bad[i], test_bad);
    }
    return g_test_run();
}
