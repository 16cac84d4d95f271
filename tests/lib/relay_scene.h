/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_RELAY_SCENE_H
#define DS_TESTS_LIB_RELAY_SCENE_H

#include "tests/lib/relay_rig.h"

enum { RELAY_SCENE_SUBSCRIBER_MAX = 8 }; /* connections of one address */

/* Two at a relay. */
struct relay_scene {
    struct relay_rig rig;
    struct ds_relay_times times;        /* the default ones, to be changed */
    struct rig_client *helpee, *helper; /* or NULL */
    uint8_t cookies[2][DS_COOKIE_BYTES];
};

/** Begin with nobody there. */
void relay_scene_open(struct relay_scene *scene);

/** Begin with two who have met by id 7, each with its cookie. */
void relay_scene_open_pair(struct relay_scene *scene);

/** Let who is there go, see that the relay has forgotten everybody, and end. */
void relay_scene_close(struct relay_scene *scene);

/** Take PAIRED, with its cookie. */
void relay_scene_take_cookie(struct rig_client *client, uint8_t cookie[static DS_COOKIE_BYTES]);

/** Expect that the other side is gone: a NOTE says so, then the stream ends. */
void relay_scene_expect_parted(struct rig_client *client);

#endif
