/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/mailbox.h"

#include <string.h>

struct letter {
    guint replaces;
    gsize size;
    gpointer event;
};

struct ds_mailbox {
    gatomicrefcount refs;
    gsize size;
    ds_mailbox_fn fn;
    void *arg;
    GSource *source;

    GMutex lock; /* of what follows; never held while calling out */
    GQueue letters;
    gboolean is_closed;
};

/* A source that is dispatched when its ready time is set to now. */
struct source {
    GSource source;
    struct ds_mailbox *mailbox;
};

/* An event may hold a code: nothing of it stays behind. */
static void
forget_event(struct letter *letter)
{
    if (letter->event != NULL)
        explicit_bzero(letter->event, letter->size);
    g_free(letter->event);
}

static void
letter_free(gpointer data)
{
    struct letter *letter = data;
    forget_event(letter);
    g_free(letter);
}

static struct letter *
next_letter(struct ds_mailbox *mailbox)
{
    g_mutex_lock(&mailbox->lock);
    struct letter *letter = mailbox->is_closed ? NULL : g_queue_pop_head(&mailbox->letters);
    g_mutex_unlock(&mailbox->lock);
    return letter;
}

static gboolean
dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    struct ds_mailbox *mailbox = ds_mailbox_ref(((struct source *)source)->mailbox);
    struct letter *letter;

    g_source_set_ready_time(source, -1); /* before the queue is looked at: none is overlooked */
    while ((letter = next_letter(mailbox)) != NULL) {
        mailbox->fn(mailbox->arg, letter->event);
        letter_free(letter);
    }
    ds_mailbox_unref(mailbox);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {.dispatch = dispatch};

struct ds_mailbox *
ds_mailbox_new(gsize size, ds_mailbox_fn fn, void *arg)
{
    struct ds_mailbox *mailbox = g_new0(struct ds_mailbox, 1);
    g_atomic_ref_count_init(&mailbox->refs);
    g_mutex_init(&mailbox->lock);
    g_queue_init(&mailbox->letters);
    mailbox->size = size;
    mailbox->fn = fn;
    mailbox->arg = arg;
    mailbox->source = g_source_new(&source_funcs, sizeof(struct source));
    ((struct source *)mailbox->source)->mailbox = mailbox;
    g_source_set_static_name(mailbox->source, "deskside mailbox");
    g_source_attach(mailbox->source, g_main_context_get_thread_default());
    return mailbox;
}

struct ds_mailbox *
ds_mailbox_ref(struct ds_mailbox *mailbox)
{
    g_atomic_ref_count_inc(&mailbox->refs);
    return mailbox;
}

void
ds_mailbox_unref(struct ds_mailbox *mailbox)
{
    if (mailbox == NULL || !g_atomic_ref_count_dec(&mailbox->refs))
        return;
    g_queue_clear_full(&mailbox->letters, letter_free);
    g_source_unref(mailbox->source);
    g_mutex_clear(&mailbox->lock);
    g_free(mailbox);
}

void
ds_mailbox_close(struct ds_mailbox *mailbox)
{
    g_mutex_lock(&mailbox->lock);
    mailbox->is_closed = TRUE;
    g_mutex_unlock(&mailbox->lock);
    g_source_destroy(mailbox->source);
}

static struct letter *
find_letter(struct ds_mailbox *mailbox, guint replaces)
{
    for (GList *l = mailbox->letters.head; replaces != 0 && l != NULL; l = l->next)
        if (((struct letter *)l->data)->replaces == replaces)
            return l->data;
    return NULL;
}

void
ds_mailbox_put(struct ds_mailbox *mailbox, const void *event, guint replaces)
{
    gpointer copy = g_memdup2(event, mailbox->size);

    g_mutex_lock(&mailbox->lock);
    struct letter *letter = find_letter(mailbox, replaces);
    if (letter == NULL) {
        letter = g_new0(struct letter, 1);
        letter->replaces = replaces;
        letter->size = mailbox->size;
        g_queue_push_tail(&mailbox->letters, letter);
    }
    forget_event(letter);
    letter->event = copy;
    g_mutex_unlock(&mailbox->lock);
    g_source_set_ready_time(mailbox->source, 0);
}
