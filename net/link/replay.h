/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_LINK_REPLAY_H
#define DS_NET_LINK_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/limits.h"

/*
 * What was sent and is not acknowledged, kept for sending again on another path. Offsets are those
 * of the stream. Memory comes and goes in chunks with what is kept, up to DS_LINK_REPLAY_MAX and
 * two chunks.
 */
enum {
    DS_REPLAY_CHUNK = 64 * 1024,
    DS_REPLAY_SLOTS = DS_LINK_REPLAY_MAX / DS_REPLAY_CHUNK + 1, /* both ends lie inside a chunk */
};

struct ds_replay {
    uint64_t start;                   /* the oldest byte kept: all before is acknowledged */
    uint64_t end;                     /* behind the newest byte: the next fresh one */
    uint64_t reserved;                /* there is memory up to here */
    uint8_t *chunks[DS_REPLAY_SLOTS]; /* of offset o: [o / DS_REPLAY_CHUNK % DS_REPLAY_SLOTS] */
    uint8_t *spare;                   /* the last chunk given back, for the next one */
};

/** Begin with nothing kept, at offset 0. */
void ds_replay_init(struct ds_replay *replay);

/** Give all memory back. */
void ds_replay_finish(struct ds_replay *replay);

/**
 * Get memory for the next `want` bytes. Returns how many of them ds_replay_append() will take: less
 * when DS_LINK_REPLAY_MAX bytes are kept or memory ran out.
 */
size_t ds_replay_reserve(struct ds_replay *replay, size_t want);

/** Keep `len` fresh bytes (copied), at most what was reserved. */
void ds_replay_append(struct ds_replay *replay, const uint8_t *data, size_t len);

/** Copy up to `cap` bytes from `offset` on, which lies in [start, end]; returns how many. */
size_t ds_replay_read(const struct ds_replay *replay, uint64_t offset, uint8_t *out, size_t cap);

/** Forget everything before `offset`, which lies in [start, end]. */
void ds_replay_forget(struct ds_replay *replay, uint64_t offset);

#endif
