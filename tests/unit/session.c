/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include <event2/event.h>

#include "app/session/mailbox.h"
#include "app/session/net_thread.h"

enum { MANY = 1000 };

/* What a mailbox delivered. */
struct inbox {
    struct ds_mailbox *mailbox;
    GThread *main;
    guint count, sum, last, close_after;
};

static void
on_event(void *arg, const void *event)
{
    struct inbox *inbox = arg;
    g_assert_true(g_thread_self() == inbox->main);
    inbox->last = *(const guint *)event;
    inbox->sum += inbox->last;
    inbox->count++;
    if (inbox->count == inbox->close_after)
        ds_mailbox_close(inbox->mailbox);
}

static void
inbox_init(struct inbox *inbox)
{
    *inbox = (struct inbox){.main = g_thread_self()};
    inbox->mailbox = ds_mailbox_new(sizeof(guint), on_event, inbox);
}

static void
inbox_finish(struct inbox *inbox)
{
    ds_mailbox_close(inbox->mailbox);
    ds_mailbox_unref(inbox->mailbox);
}

static gpointer
put_many(gpointer arg)
{
    struct ds_mailbox *mailbox = arg;
    for (guint i = 1; i <= MANY; i++)
        ds_mailbox_put(mailbox, &i, 0);
    ds_mailbox_unref(mailbox);
    return NULL;
}

/* Each event comes once, on the main thread, in order, whoever puts it. */
static void
test_mailbox(void)
{
    struct inbox inbox;
    inbox_init(&inbox);
    GThread *thread = g_thread_new("putter", put_many, ds_mailbox_ref(inbox.mailbox));
    while (inbox.count < MANY)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(inbox.last, ==, MANY);
    g_assert_cmpuint(inbox.sum, ==, MANY * (MANY + 1) / 2);
    g_thread_join(thread);
    inbox_finish(&inbox);
}

static void
test_mailbox_replace(void)
{
    struct inbox inbox;
    inbox_init(&inbox);
    for (guint i = 1; i <= MANY; i++)
        ds_mailbox_put(inbox.mailbox, &i, 7);
    ds_mailbox_put(inbox.mailbox, &(guint){5}, 8);
    while (inbox.count < 2)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(inbox.sum, ==, MANY + 5);
    g_assert_false(g_main_context_iteration(NULL, FALSE));
    inbox_finish(&inbox);
}

/* After it was closed, from within a delivery too, nothing comes, though the putter goes on. */
static void
test_mailbox_close(void)
{
    struct inbox inbox;
    inbox_init(&inbox);
    inbox.close_after = 3;
    for (guint i = 1; i <= 10; i++)
        ds_mailbox_put(inbox.mailbox, &i, 0);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    ds_mailbox_put(inbox.mailbox, &(guint){1}, 0);
    g_assert_false(g_main_context_iteration(NULL, FALSE));
    g_assert_cmpuint(inbox.count, ==, 3);
    ds_mailbox_unref(inbox.mailbox);
}

struct called {
    struct ds_mailbox *mailbox;
    GThread *net;
    guint number;
};

/* On the net thread: say the number, and that all calls are on one thread. */
static void
on_call(struct event_base *base, void *data)
{
    static GThread *net;
    struct called *called = data;
    g_assert_nonnull(base);
    if (called->number == 1)
        net = g_thread_self();
    g_assert_true(g_thread_self() == net);
    ds_mailbox_put(called->mailbox, &called->number, 0);
    ds_mailbox_unref(called->mailbox);
    g_free(called);
}

static void
test_net_thread(void)
{
    struct inbox inbox;
    g_autoptr(GError) error = NULL;
    inbox_init(&inbox);
    struct ds_net_thread *thread = ds_net_thread_new(&error);
    g_assert_no_error(error);
    for (guint i = 1; i <= MANY; i++) {
        struct called *called = g_new0(struct called, 1);
        called->mailbox = ds_mailbox_ref(inbox.mailbox);
        called->number = i;
        ds_net_thread_call(thread, on_call, called);
    }
    ds_net_thread_free(thread); /* what was sent before is handled */
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpuint(inbox.count, ==, MANY);
    g_assert_cmpuint(inbox.last, ==, MANY);
    inbox_finish(&inbox);
    ds_net_thread_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session/mailbox", test_mailbox);
    g_test_add_func("/session/mailbox/replace", test_mailbox_replace);
    g_test_add_func("/session/mailbox/close", test_mailbox_close);
    g_test_add_func("/session/net-thread", test_net_thread);
    return g_test_run();
}
