/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a peer says to a link that has sent some bytes. The first byte chooses: bit 0 the link's
 * role, bit 1 whether HELLO comes before the rest, bit 2 whether a second path gets the rest too.
 */
#include <stdlib.h>
#include <string.h>

#include "net/link/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/link_world.h"

/* NULL: the link refused it, because it is over. */
static struct ds_path *
connect_raw(unsigned side)
{
    static const struct world_way way = {
            .kind = DS_PATH_RELAY, .delay_us = 1000, .in_pieces = TRUE};
    struct ds_path *path = world_connect(&way);
    return side == 1 ? path : world_other(path);
}

static void
say(struct ds_path *raw, int has_hello, const uint8_t *data, size_t size_bytes)
{
    if (has_hello) {
        uint8_t hello[DS_LINK_HELLO_BYTES] = {DS_FRAME_HELLO, 0, 0x0b, 0xb4};
        world_write(raw, hello, sizeof(hello));
    }
    world_write(raw, data, size_bytes);
    world_run(50000);
}

/* Whatever came: what is kept is bounded, and it is over after a protocol error and its goodbye. */
static void
check(struct world_side *side)
{
    struct ds_link_stats stats;
    ds_link_get_stats(side->link, &stats);
    if (stats.in_flight_bytes > DS_LINK_REPLAY_MAX || stats.received_bytes != side->received ||
            side->closed > 1)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    if (size_bytes < 1)
        return 0;
    unsigned side = data[0] & 1;
    int has_hello = (data[0] & 2) != 0;
    world_begin(1);
    world_side(side)->to_send = 200000;
    world_side(side)->is_unchecked = TRUE;
    world_make_link(side);
    struct ds_path *raw = connect_raw(side);
    world_run(10000);
    say(raw, has_hello, data + 1, size_bytes - 1);
    if ((data[0] & 4) != 0 && (raw = connect_raw(side)) != NULL)
        say(raw, has_hello, data + 1, size_bytes - 1);
    check(world_side(side));
    world_run(30000000); /* the raw side falls silent: its paths are lost */
    check(world_side(side));
    world_end();
    return 0;
}
