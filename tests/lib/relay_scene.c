/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/relay_scene.h"

#include <glib.h>
#include <string.h>

#include "net/relay/state.h"

void
relay_scene_take_cookie(struct rig_client *client, uint8_t cookie[static DS_COOKIE_BYTES])
{
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_PAIRED);
    g_assert_cmpuint(client->payload_len, ==, DS_COOKIE_BYTES);
    memcpy(cookie, client->payload, DS_COOKIE_BYTES);
}

void
relay_scene_open(struct relay_scene *scene)
{
    *scene = (struct relay_scene){.times = ds_relay_times_default};
    relay_rig_open(&scene->rig, &scene->times, 1000, RELAY_SCENE_SUBSCRIBER_MAX);
}

void
relay_scene_open_pair(struct relay_scene *scene)
{
    relay_scene_open(scene);
    scene->helpee = rig_greet(&scene->rig, "192.0.2.1:1");
    scene->helper = rig_greet(&scene->rig, "192.0.2.2:1");
    rig_meet(scene->helpee, 7, DS_ROLE_HELPEE, NULL);
    rig_meet(scene->helper, 7, DS_ROLE_HELPER, NULL);
    relay_scene_take_cookie(scene->helpee, scene->cookies[0]);
    relay_scene_take_cookie(scene->helper, scene->cookies[1]);
}

void
relay_scene_close(struct relay_scene *scene)
{
    if (scene->helpee != NULL)
        relay_rig_hang_up(scene->helpee);
    if (scene->helper != NULL)
        relay_rig_hang_up(scene->helper);
    relay_rig_settle(&scene->rig);
    g_assert_cmpuint(ds_relay_connections(scene->rig.relay), ==, 0);
    g_assert_cmpuint(scene->rig.relay->meetings.count, ==, 0);
    g_assert_cmpuint(scene->rig.relay->cookies.count, ==, 0);
    g_assert_cmpuint(scene->rig.relay->subscribers.count, ==, 0);
    relay_rig_close(&scene->rig);
}

void
relay_scene_expect_parted(struct rig_client *client)
{
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_NOTE);
    g_assert_cmpint(rig_field(client, DS_TAG_NOTE), ==, DS_NOTE_PEER_GONE);
    g_assert_cmpint(rig_receive(client), ==, -1);
}
