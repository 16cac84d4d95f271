/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_HAND_QUEUE_H
#define DS_APP_VIEW_HAND_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/limits.h"

/* What the helper's hands did: a key, or how the pointer is now. */
struct ds_hand_event {
    bool is_key;
    uint32_t keysym; /* key: X's */
    bool pressed;
    uint16_t x, y;   /* pointer: pixels of the picture */
    uint8_t buttons; /* bit n: button n + 1 is down */
};

/*
 * Such events, in their order, by value and bounded. Of moves that follow each other only the
 * newest counts; keys and buttons are never lost. All zero is empty. Any one thread.
 */
struct ds_hand_queue {
    struct {
        struct ds_hand_event event;
        bool is_move;      /* a newer move may take its place */
    } slots[DS_HANDS_MAX]; /* a ring */
    unsigned first, count;
    uint8_t buttons; /* of the last one that was put */
};

/**
 * Put an event in (copied). A move that finds no room is left out: the next event says where the
 * pointer is. Returns false where a key or a button finds none: nobody has taken any for long.
 */
bool ds_hand_queue_put(struct ds_hand_queue *queue, const struct ds_hand_event *event);

/** Take the oldest event out; false when there is none. */
bool ds_hand_queue_take(struct ds_hand_queue *queue, struct ds_hand_event *event);

#endif
