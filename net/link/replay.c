/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/link/replay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/minmax.h"

static size_t
slot_of(uint64_t offset)
{
    return (size_t)(offset / DS_REPLAY_CHUNK % DS_REPLAY_SLOTS);
}

/* How many of `len` bytes from `offset` on lie in its chunk. */
static size_t
in_chunk(uint64_t offset, uint64_t len)
{
    uint64_t left = DS_REPLAY_CHUNK - offset % DS_REPLAY_CHUNK;
    return (size_t)MIN(left, len);
}

void
ds_replay_init(struct ds_replay *replay)
{
    *replay = (struct ds_replay){.start = 0};
}

void
ds_replay_finish(struct ds_replay *replay)
{
    for (size_t i = 0; i < DS_REPLAY_SLOTS; i++)
        free(replay->chunks[i]);
    free(replay->spare);
    ds_replay_init(replay);
}

size_t
ds_replay_reserve(struct ds_replay *replay, size_t want)
{
    uint64_t room = DS_LINK_REPLAY_MAX - (replay->end - replay->start);
    uint64_t until = replay->end + MIN(room, want);
    while (replay->reserved < until) {
        uint8_t **chunk = &replay->chunks[slot_of(replay->reserved)];
        *chunk = replay->spare != NULL ? replay->spare : malloc(DS_REPLAY_CHUNK);
        replay->spare = NULL;
        if (*chunk == NULL)
            break;
        replay->reserved += DS_REPLAY_CHUNK;
    }
    return (size_t)(MIN(replay->reserved, until) - replay->end);
}

void
ds_replay_append(struct ds_replay *replay, const uint8_t *data, size_t len)
{
    assert(len <= replay->reserved - replay->end);
    while (len > 0) {
        size_t n = in_chunk(replay->end, len);
        memcpy(replay->chunks[slot_of(replay->end)] + replay->end % DS_REPLAY_CHUNK, data, n);
        replay->end += n;
        data += n;
        len -= n;
    }
}

size_t
ds_replay_read(const struct ds_replay *replay, uint64_t offset, uint8_t *out, size_t cap)
{
    assert(offset >= replay->start && offset <= replay->end);
    uint64_t left = replay->end - offset;
    size_t count = (size_t)MIN(left, cap);
    for (size_t done = 0; done < count;) {
        uint64_t at = offset + done;
        size_t n = in_chunk(at, count - done);
        memcpy(out + done, replay->chunks[slot_of(at)] + at % DS_REPLAY_CHUNK, n);
        done += n;
    }
    return count;
}

void
ds_replay_forget(struct ds_replay *replay, uint64_t offset)
{
    assert(offset >= replay->start && offset <= replay->end);
    uint64_t chunk = replay->start / DS_REPLAY_CHUNK;
    replay->start = offset;
    for (; (chunk + 1) * DS_REPLAY_CHUNK <= offset; chunk++) {
        uint8_t **slot = &replay->chunks[chunk % DS_REPLAY_SLOTS];
        free(replay->spare);
        replay->spare = *slot;
        *slot = NULL;
    }
}
