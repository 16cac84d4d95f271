/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/hand_queue.h"

bool
ds_hand_queue_put(struct ds_hand_queue *queue, const struct ds_hand_event *event)
{
    bool is_move = !event->is_key && event->buttons == queue->buttons;
    unsigned last = (queue->first + queue->count + DS_HANDS_MAX - 1) % DS_HANDS_MAX;

    if (!event->is_key)
        queue->buttons = event->buttons;
    if (is_move && queue->count > 0 && queue->slots[last].is_move) {
        queue->slots[last].event = *event;
        return true;
    }
    if (queue->count == DS_HANDS_MAX)
        return is_move;
    unsigned next = (queue->first + queue->count++) % DS_HANDS_MAX;
    queue->slots[next].event = *event;
    queue->slots[next].is_move = is_move;
    return true;
}

bool
ds_hand_queue_take(struct ds_hand_queue *queue, struct ds_hand_event *event)
{
    if (queue->count == 0)
        return false;
    *event = queue->slots[queue->first].event;
    queue->first = (queue->first + 1) % DS_HANDS_MAX;
    queue->count--;
    return true;
}
