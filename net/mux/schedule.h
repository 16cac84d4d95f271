/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_MUX_SCHEDULE_H
#define DS_NET_MUX_SCHEDULE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "net/mux/mux.h"

/*
 * Which channel sends next. Two questions, two kinds of queue: `urgent` holds the channels with a
 * frame about a channel (OPEN, CREDIT, RESET) in the order in which they asked, `ready` those with
 * DATA or EOF, one queue a class, in turn within it. A channel can stand in both kinds.
 */
enum ds_class {
    DS_CLASS_CONTROL,
    DS_CLASS_INPUT,
    DS_CLASS_SCREEN, /* rfb and tcp */
    DS_CLASS_FILES,
    DS_CLASS_COUNT,
};

TAILQ_HEAD(ds_channel_queue, ds_channel);

struct ds_schedule {
    struct ds_channel_queue urgent;
    struct ds_channel_queue ready[DS_CLASS_COUNT];
};

/* What the schedule keeps in a channel. */
struct ds_schedule_entry {
    TAILQ_ENTRY(ds_channel) urgent_link;
    TAILQ_ENTRY(ds_channel) ready_link;
    bool is_urgent;
    bool is_ready;
};

/** Begin with empty queues. */
void ds_schedule_init(struct ds_schedule *schedule);

/** Say whether a kind from the wire is one that this version schedules. */
bool ds_schedule_knows_kind(unsigned kind);

/** Put `channel` at the end of the urgent ones, unless it stands there. */
void ds_schedule_add_urgent(struct ds_schedule *schedule, struct ds_channel *channel);

/** Put `channel` at the end of its class, unless it stands there. */
void ds_schedule_add_ready(struct ds_schedule *schedule, struct ds_channel *channel);

/** Take `channel` from the urgent ones, if it stands there. */
void ds_schedule_remove_urgent(struct ds_schedule *schedule, struct ds_channel *channel);

/** Take `channel` from its class, if it stands there. */
void ds_schedule_remove_ready(struct ds_schedule *schedule, struct ds_channel *channel);

/** Return the channel whose frame about a channel is next, or NULL. */
struct ds_channel *ds_schedule_next_urgent(const struct ds_schedule *schedule);

/** Return the channel whose DATA or EOF is next, or NULL. */
struct ds_channel *ds_schedule_next_ready(const struct ds_schedule *schedule);

#endif
