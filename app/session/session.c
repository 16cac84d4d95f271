/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/session.h"

#include <glib/gi18n.h>

#include "app/session/mailbox.h"
#include "app/session/sentences.h"
#include "app/session/transport.h"

struct _DsSession {
    GObject parent_instance;

    struct ds_net_thread *net; /* borrowed */
    struct ds_mailbox *mailbox;
    struct ds_transport *transport; /* the net thread's: passed in messages, never looked into */
    enum ds_role role;
    gboolean is_nearby;
};

G_DEFINE_FINAL_TYPE(DsSession, ds_session, G_TYPE_OBJECT)

enum { CODE, OFFLINE, GUESS, REQUEST, PEER, LEVEL, PATH, PUNCH, RATE, ENDED, SIGNALS };

static guint signals[SIGNALS];

/* A message to the transport. */
struct order {
    struct ds_transport *transport;
    void (*fn)(struct ds_transport *transport, struct event_base *base, guint number);
    guint number;
};

static void
on_order(struct event_base *base, void *data)
{
    struct order *order = data;
    order->fn(order->transport, base, order->number);
    g_free(order);
}

static void
send_order(DsSession *self, void (*fn)(struct ds_transport *, struct event_base *, guint),
        guint number)
{
    struct order *order = g_new(struct order, 1);
    *order = (struct order){self->transport, fn, number};
    ds_net_thread_call(self->net, on_order, order);
}

static void
do_start(struct ds_transport *transport, struct event_base *base, guint number)
{
    ds_transport_start(transport, base);
}

static void
do_grant(struct ds_transport *transport, struct event_base *base, guint number)
{
    ds_transport_grant(transport, number);
}

static void
do_wake(struct ds_transport *transport, struct event_base *base, guint number)
{
    ds_transport_wake(transport);
}

static void
do_stop(struct ds_transport *transport, struct event_base *base, guint number)
{
    ds_transport_stop(transport, number);
}

static void
do_free(struct ds_transport *transport, struct event_base *base, guint number)
{
    ds_transport_free(transport);
}

/* Who typed an address knows nothing of a relay. */
static const char *
choose_sentence(DsSession *self, enum ds_reason reason)
{
    if (reason == DS_REASON_NO_RELAY && self->is_nearby && self->role == DS_ROLE_HELPER)
        return _("Nobody answers at this address. Compare it with what is read out. Both computers "
                 "have to be in the same network, without a firewall between them.");
    return ds_sentence(reason, self->role);
}

static void
on_event(void *arg, const void *data)
{
    const struct ds_session_event *event = data;
    g_autoptr(DsSession) self = g_object_ref(arg);

    switch (event->type) {
    case DS_SESSION_CODE:
        g_signal_emit(self, signals[CODE], 0, &event->form, event->left_ms);
        break;
    case DS_SESSION_OFFLINE:
        g_signal_emit(self, signals[OFFLINE], 0);
        break;
    case DS_SESSION_GUESS:
        g_signal_emit(self, signals[GUESS], 0, event->left);
        break;
    case DS_SESSION_REQUEST:
        g_signal_emit(self, signals[REQUEST], 0, event->name, event->level, event->again);
        break;
    case DS_SESSION_PEER:
        g_signal_emit(self, signals[PEER], 0, event->name, event->level);
        break;
    case DS_SESSION_LEVEL:
        g_signal_emit(self, signals[LEVEL], 0, event->level);
        break;
    case DS_SESSION_PATH:
        g_signal_emit(self, signals[PATH], 0, &event->path);
        break;
    case DS_SESSION_PUNCH:
        g_signal_emit(self, signals[PUNCH], 0, &event->punch);
        break;
    case DS_SESSION_RATE:
        g_signal_emit(self, signals[RATE], 0, &event->stats);
        break;
    case DS_SESSION_ENDED:
        g_signal_emit(self, signals[ENDED], 0, event->reason, choose_sentence(self, event->reason),
                event->retry_ms);
        break;
    }
}

static void
ds_session_dispose(GObject *object)
{
    DsSession *self = DS_SESSION(object);
    if (self->mailbox != NULL) {
        ds_mailbox_close(self->mailbox);
        ds_mailbox_unref(self->mailbox);
        self->mailbox = NULL;
    }
    if (self->transport != NULL)
        send_order(self, do_free, 0);
    self->transport = NULL;
    G_OBJECT_CLASS(ds_session_parent_class)->dispose(object);
}

static guint
new_signal(const char *name, guint count, GType first, GType second, GType third)
{
    return g_signal_new(name, DS_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
            count, first, second, third);
}

static void
ds_session_class_init(DsSessionClass *class)
{
    const GType none = G_TYPE_INVALID;
    G_OBJECT_CLASS(class)->dispose = ds_session_dispose;
    signals[CODE] = new_signal("code", 2, G_TYPE_POINTER, G_TYPE_UINT64, none);
    signals[OFFLINE] = new_signal("offline", 0, none, none, none);
    signals[GUESS] = new_signal("guess", 1, G_TYPE_UINT, none, none);
    signals[REQUEST] = new_signal("request", 3, G_TYPE_STRING, G_TYPE_UINT, G_TYPE_BOOLEAN);
    signals[PEER] = new_signal("peer", 2, G_TYPE_STRING, G_TYPE_UINT, none);
    signals[LEVEL] = new_signal("level", 1, G_TYPE_UINT, none, none);
    signals[PATH] = new_signal("path", 1, G_TYPE_POINTER, none, none);
    signals[PUNCH] = new_signal("punch", 1, G_TYPE_POINTER, none, none);
    signals[RATE] = new_signal("rate", 1, G_TYPE_POINTER, none, none);
    signals[ENDED] = new_signal("ended", 3, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_UINT);
}

static void
ds_session_init(DsSession *self)
{
}

DsSession *
ds_session_new(struct ds_net_thread *net, const struct ds_session_config *config)
{
    DsSession *self = g_object_new(DS_TYPE_SESSION, NULL);
    self->net = net;
    self->role = config->role;
    self->is_nearby = config->is_nearby;
    self->mailbox = ds_mailbox_new(sizeof(struct ds_session_event), on_event, self);
    self->transport = ds_transport_new(config, self->mailbox);
    send_order(self, do_start, 0);
    return self;
}

void
ds_session_grant(DsSession *self, enum ds_level level)
{
    g_return_if_fail(DS_IS_SESSION(self));
    send_order(self, do_grant, level);
}

void
ds_session_wake(DsSession *self)
{
    g_return_if_fail(DS_IS_SESSION(self));
    send_order(self, do_wake, 0);
}

void
ds_session_stop(DsSession *self, enum ds_reason reason)
{
    g_return_if_fail(DS_IS_SESSION(self));
    send_order(self, do_stop, reason);
}
