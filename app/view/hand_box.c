/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/hand_box.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>

struct ds_hand_box {
    gatomicrefcount refs;
    pthread_mutex_t lock; /* of what follows */
    struct ds_hand_queue queue;
    bool has_lost;
};

struct ds_hand_box *
ds_hand_box_new(void)
{
    struct ds_hand_box *box = g_new0(struct ds_hand_box, 1);
    g_atomic_ref_count_init(&box->refs);
    pthread_mutex_init(&box->lock, NULL);
    return box;
}

struct ds_hand_box *
ds_hand_box_ref(struct ds_hand_box *box)
{
    g_atomic_ref_count_inc(&box->refs);
    return box;
}

/* What was typed does not stay behind in memory. */
void
ds_hand_box_unref(struct ds_hand_box *box)
{
    if (box == NULL || !g_atomic_ref_count_dec(&box->refs))
        return;
    pthread_mutex_destroy(&box->lock);
    explicit_bzero(box, sizeof *box);
    g_free(box);
}

bool
ds_hand_box_put(struct ds_hand_box *box, const struct ds_hand_event *event)
{
    pthread_mutex_lock(&box->lock);
    bool was_empty = box->queue.count == 0;
    box->has_lost = !ds_hand_queue_put(&box->queue, event) || box->has_lost;
    pthread_mutex_unlock(&box->lock);
    return was_empty;
}

int
ds_hand_box_take(struct ds_hand_box *box, struct ds_hand_event *event)
{
    pthread_mutex_lock(&box->lock);
    int result = box->has_lost ? DS_ERR_TOO_BIG : ds_hand_queue_take(&box->queue, event);
    pthread_mutex_unlock(&box->lock);
    return result;
}
