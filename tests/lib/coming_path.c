/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/coming_path.h"

#include <glib.h>

static void
on_proven(void *arg, struct ds_path *path)
{
    struct coming_path *coming = arg;
    coming->path = NULL;
    g_assert_cmpint(ds_link_add_path(coming->link, path), ==, 0);
}

static void
on_data(void *arg, struct ds_path *path, const uint8_t *data, size_t len)
{
    g_assert_not_reached();
}

static size_t
pull(void *arg, struct ds_path *path, uint8_t *buf, size_t cap)
{
    return 0;
}

static void
on_lost(void *arg, struct ds_path *path, int err)
{
    struct coming_path *coming = arg;
    coming->path = NULL;
    ds_path_free(path);
}

static const struct ds_path_handler handler = {
        .on_proven = on_proven,
        .on_data = on_data,
        .pull = pull,
        .on_lost = on_lost,
};

void
coming_path_make(struct coming_path *coming, struct event_base *base, enum ds_role role,
        enum ds_path_kind kind, uint32_t generation, int fd)
{
    static const uint8_t key[32] = {1, 2, 3};
    const struct ds_path_config config = {
            .role = role, .kind = kind, .generation = generation, .session_key = key};
    struct ds_carrier *carrier;
    ds_path_free(coming->path);
    g_assert_cmpint(ds_carrier_from_fd(&carrier, base, fd), ==, 0);
    g_assert_cmpint(ds_path_new(&coming->path, base, carrier, &config), ==, 0);
    ds_path_set_handler(coming->path, &handler, coming);
}
