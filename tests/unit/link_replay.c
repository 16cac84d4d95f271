/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <stdlib.h>

#include "net/link/replay.h"

static struct ds_replay replay;
static uint8_t bytes[DS_REPLAY_CHUNK];

static uint8_t
byte_at(uint64_t offset)
{
    return (uint8_t)((offset + 1) * 0x9e3779b97f4a7c15u >> 56);
}

static size_t
append(size_t want)
{
    size_t n = ds_replay_reserve(&replay, want);
    for (size_t i = 0; i < n; i++)
        bytes[i] = byte_at(replay.end + i);
    ds_replay_append(&replay, bytes, n);
    return n;
}

static void
check(uint64_t offset, size_t cap)
{
    size_t n = ds_replay_read(&replay, offset, bytes, cap);
    g_assert_cmpuint(n, ==, MIN(cap, replay.end - offset));
    for (size_t i = 0; i < n; i++)
        g_assert_cmpuint(bytes[i], ==, byte_at(offset + i));
}

static unsigned
chunks(void)
{
    unsigned n = replay.spare != NULL;
    for (size_t i = 0; i < DS_REPLAY_SLOTS; i++)
        n += replay.chunks[i] != NULL;
    return n;
}

/* Full at exactly the limit, wherever in a chunk it starts; memory comes and goes with it. */
static void
test_bound(void)
{
    ds_replay_init(&replay);
    g_assert_cmpuint(chunks(), ==, 0);
    g_assert_cmpuint(append(100), ==, 100);
    g_assert_cmpuint(chunks(), ==, 1);
    ds_replay_forget(&replay, 100);
    while (append(10000) > 0)
        ;
    g_assert_cmpuint(replay.end - replay.start, ==, DS_LINK_REPLAY_MAX);
    g_assert_cmpuint(chunks(), ==, DS_REPLAY_SLOTS);
    for (uint64_t at = replay.start; at < replay.end; at += 99991)
        check(at, 5000);
    ds_replay_forget(&replay, replay.start + 1);
    g_assert_cmpuint(append(2), ==, 1);
    check(replay.end - 1, 10);
    ds_replay_forget(&replay, replay.end);
    g_assert_cmpuint(chunks(), <=, 2);
    check(replay.end, 10);
    ds_replay_finish(&replay);
    g_assert_cmpuint(chunks(), ==, 0);
}

static void
test_random(void)
{
    ds_replay_init(&replay);
    for (unsigned i = 0; i < 3000; i++) {
        append((size_t)g_test_rand_int_range(0, DS_REPLAY_CHUNK));
        uint64_t kept = replay.end - replay.start;
        check(replay.start + (uint64_t)(g_test_rand_double() * (double)kept), 3000);
        if (g_test_rand_bit())
            ds_replay_forget(
                    &replay, replay.start + (uint64_t)(g_test_rand_double() * (double)(kept + 1)));
        g_assert_cmpuint(chunks(), <=, (replay.end - replay.start) / DS_REPLAY_CHUNK + 3);
    }
    ds_replay_finish(&replay);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link-replay/bound", test_bound);
    g_test_add_func("/link-replay/random", test_random);
    return g_test_run();
}
