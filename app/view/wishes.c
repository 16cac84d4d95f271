/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/wishes.h"

#include <glib.h>

struct ds_wishes {
    gatomicrefcount refs;
    GMutex lock; /* of what follows */
    struct ds_wish wish;
    bool is_waiting;
};

struct ds_wishes *
ds_wishes_new(void)
{
    struct ds_wishes *wishes = g_new0(struct ds_wishes, 1);
    g_atomic_ref_count_init(&wishes->refs);
    g_mutex_init(&wishes->lock);
    return wishes;
}

struct ds_wishes *
ds_wishes_ref(struct ds_wishes *wishes)
{
    g_atomic_ref_count_inc(&wishes->refs);
    return wishes;
}

void
ds_wishes_unref(struct ds_wishes *wishes)
{
    if (wishes == NULL || !g_atomic_ref_count_dec(&wishes->refs))
        return;
    g_mutex_clear(&wishes->lock);
    g_free(wishes);
}

bool
ds_wishes_put(struct ds_wishes *wishes, const struct ds_wish *wish)
{
    g_mutex_lock(&wishes->lock);
    bool was_empty = !wishes->is_waiting;
    wishes->is_waiting = true;
    wishes->wish.is_shown = wishes->wish.is_shown || wish->is_shown;
    wishes->wish.asks_figures = wishes->wish.asks_figures || wish->asks_figures;
    wishes->wish.starts_again = wishes->wish.starts_again || wish->starts_again;
    if (wish->quality != 0)
        wishes->wish.quality = wish->quality;
    g_mutex_unlock(&wishes->lock);
    return was_empty;
}

struct ds_wish
ds_wishes_take(struct ds_wishes *wishes)
{
    g_mutex_lock(&wishes->lock);
    struct ds_wish wish = wishes->wish;
    wishes->wish = (struct ds_wish){0};
    wishes->is_waiting = false;
    g_mutex_unlock(&wishes->lock);
    return wish;
}
