/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/net_thread.h"

#include <errno.h>
#include <gio/gio.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/limits.h"
#include "net/portmap/portmap.h"

struct message {
    ds_net_call_fn fn;
    void *data;
};

struct ds_net_thread {
    GThread *thread;
    struct event_base *base;
    struct event *wake_event;
    int wake_fd;

    GMutex lock; /* of what follows; held for a push or a pop, never while calling out */
    GQueue messages;
    gboolean is_ending;
};

static struct message *
next_message(struct ds_net_thread *thread)
{
    g_mutex_lock(&thread->lock);
    struct message *message = g_queue_pop_head(&thread->messages);
    if (message == NULL && thread->is_ending)
        event_base_loopbreak(thread->base);
    g_mutex_unlock(&thread->lock);
    return message;
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct ds_net_thread *thread = arg;
    struct message *message;
    eventfd_t count;

    eventfd_read(fd, &count); /* before the queue is looked at: no message is overlooked */
    while ((message = next_message(thread)) != NULL) {
        message->fn(thread->base, message->data);
        g_free(message);
    }
}

static gpointer
run(gpointer arg)
{
    struct ds_net_thread *thread = arg;
    event_base_loop(thread->base, EVLOOP_NO_EXIT_ON_EMPTY);
    return NULL;
}

static void
release(struct ds_net_thread *thread)
{
    if (thread->wake_event != NULL)
        event_free(thread->wake_event);
    if (thread->base != NULL)
        event_base_free(thread->base);
    if (thread->wake_fd >= 0)
        close(thread->wake_fd);
    g_mutex_clear(&thread->lock);
    g_free(thread);
}

static gboolean
prepare(struct ds_net_thread *thread, GError **error)
{
    thread->base = event_base_new();
    thread->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (thread->base != NULL && thread->wake_fd >= 0)
        thread->wake_event =
                event_new(thread->base, thread->wake_fd, EV_READ | EV_PERSIST, on_wake, thread);
    if (thread->wake_event != NULL && event_add(thread->wake_event, NULL) == 0)
        return TRUE;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
            "The network loop could not be made: %s", g_strerror(errno));
    return FALSE;
}

struct ds_net_thread *
ds_net_thread_new(GError **error)
{
    struct ds_net_thread *thread = g_new0(struct ds_net_thread, 1);
    thread->wake_fd = -1;
    g_mutex_init(&thread->lock);
    g_queue_init(&thread->messages);
    if (prepare(thread, error))
        thread->thread = g_thread_try_new("net", run, thread, error);
    if (thread->thread == NULL) {
        release(thread);
        return NULL;
    }
    return thread;
}

static void
wake(struct ds_net_thread *thread)
{
    eventfd_write(thread->wake_fd, 1); /* only fails at 2^64-2, and then it is awake */
}

void
ds_net_thread_call(struct ds_net_thread *thread, ds_net_call_fn fn, void *data)
{
    struct message *message = g_new(struct message, 1);
    *message = (struct message){fn, data};
    g_mutex_lock(&thread->lock);
    g_queue_push_tail(&thread->messages, message);
    g_mutex_unlock(&thread->lock);
    wake(thread);
}

void
ds_net_thread_free(struct ds_net_thread *thread)
{
    if (thread == NULL)
        return;
    g_mutex_lock(&thread->lock);
    thread->is_ending = TRUE;
    g_mutex_unlock(&thread->lock);
    wake(thread);
    g_thread_join(thread->thread);
    ds_portmap_settle(DS_PORTMAP_SETTLE_MS); /* else what a router opened ends with its lease */
    release(thread);
}
