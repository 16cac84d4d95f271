/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/carry.h"

#include <glib.h>

#include "net/dial/dial.h"
#include "net/mux/splice.h"

/* One channel and its connection. */
struct carried {
    struct ds_carry *carry;
    struct ds_dial *dial;     /* NULL: held back */
    struct ds_splice *splice; /* NULL when it is over */
};

struct ds_carry {
    struct event_base *base;
    char *host;
    uint16_t port;
    ds_carry_trouble_fn fn;
    void *arg;
    bool is_held;
    GPtrArray *all; /* of struct carried, owned */
};

static void
carried_free(gpointer data)
{
    struct carried *carried = data;
    ds_dial_free(carried->dial);
    ds_splice_free(carried->splice);
    g_free(carried);
}

struct ds_carry *
ds_carry_new(
        struct event_base *base, const char *host, uint16_t port, ds_carry_trouble_fn fn, void *arg)
{
    struct ds_carry *carry = g_new0(struct ds_carry, 1);
    carry->base = base;
    carry->host = g_strdup(host);
    carry->port = port;
    carry->fn = fn;
    carry->arg = arg;
    carry->all = g_ptr_array_new_with_free_func(carried_free);
    return carry;
}

void
ds_carry_free(struct ds_carry *carry)
{
    if (carry == NULL)
        return;
    g_ptr_array_unref(carry->all);
    g_free(carry->host);
    g_free(carry);
}

static void
on_spliced(void *arg, struct ds_splice *splice, int reason)
{
    struct carried *carried = arg;
    carried->splice = NULL; /* the splice frees itself after this */
    g_ptr_array_remove_fast(carried->carry->all, carried);
}

/* Forget a connection that was not made, and tell the helper's viewer and the helpee why. */
static void
give_up(struct carried *carried, enum ds_reason reason, const char *detail)
{
    struct ds_carry *carry = carried->carry;
    ds_splice_break(carried->splice, reason);
    carried->splice = NULL;
    g_ptr_array_remove_fast(carry->all, carried);
    carry->fn(carry->arg, reason, detail);
}

static void
on_dialled(void *arg, const struct ds_dial_result *result)
{
    struct carried *carried = arg;

    if (result->err == 0) {
        ds_splice_attach(carried->splice, result->fd);
        return;
    }
    g_autofree char *detail = g_strdup(result->detail);
    give_up(carried, DS_REASON_NO_SERVER, detail);
}

static void
dial(struct carried *carried)
{
    struct ds_dial_options options = {.proxy = ""};
    struct ds_carry *carry = carried->carry;

    int err = ds_dial_start(
            &carried->dial, carry->base, carry->host, carry->port, &options, on_dialled, carried);
    if (err < 0)
        give_up(carried, DS_REASON_INTERNAL, ds_strerror(err));
}

void
ds_carry_open(struct ds_carry *carry, struct ds_channel *channel)
{
    struct carried *carried = g_new0(struct carried, 1);
    carried->carry = carry;

    int err = ds_splice_new(&carried->splice, carry->base, channel, -1, on_spliced, carried);
    if (err < 0) {
        ds_channel_reset(channel, DS_REASON_INTERNAL);
        g_free(carried);
        return;
    }
    g_ptr_array_add(carry->all, carried);
    ds_splice_hold(carried->splice, carry->is_held);
    if (!carry->is_held)
        dial(carried);
}

void
ds_carry_hold(struct ds_carry *carry, bool hold)
{
    carry->is_held = hold;
    for (guint i = carry->all->len; i-- > 0;) { /* one that fails leaves the array */
        struct carried *carried = g_ptr_array_index(carry->all, i);
        ds_splice_hold(carried->splice, hold);
        if (!hold && carried->dial == NULL)
            dial(carried);
    }
}
