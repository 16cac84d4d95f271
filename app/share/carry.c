/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/carry.h"

#include <glib.h>

#include "net/dial/dial.h"
#include "net/mux/splice.h"

/* One channel and its connection. */
struct carried {
    struct ds_carry *carry;
    struct ds_dial *dial;     /* until it is connected */
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

static void
on_dialled(void *arg, const struct ds_dial_result *result)
{
    struct carried *carried = arg;
    struct ds_carry *carry = carried->carry;

    if (result->err == 0) {
        ds_splice_attach(carried->splice, result->fd);
        return;
    }
    g_autofree char *detail = g_strdup(result->detail);
    ds_splice_break(carried->splice, DS_REASON_NO_SERVER);
    carried->splice = NULL;
    g_ptr_array_remove_fast(carry->all, carried);
    carry->fn(carry->arg, DS_REASON_NO_SERVER, detail);
}

void
ds_carry_open(struct ds_carry *carry, struct ds_channel *channel)
{
    struct ds_dial_options options = {.proxy = ""};
    struct carried *carried = g_new0(struct carried, 1);
    carried->carry = carry;

    int err = ds_splice_new(&carried->splice, carry->base, channel, -1, on_spliced, carried);
    if (err < 0) {
        ds_channel_reset(channel, DS_REASON_INTERNAL);
        g_free(carried);
        return;
    }
    ds_splice_hold(carried->splice, carry->is_held);
    g_ptr_array_add(carry->all, carried);
    err = ds_dial_start(
            &carried->dial, carry->base, carry->host, carry->port, &options, on_dialled, carried);
    if (err < 0) {
        ds_splice_break(carried->splice, DS_REASON_INTERNAL);
        carried->splice = NULL;
        g_ptr_array_remove_fast(carry->all, carried);
        carry->fn(carry->arg, DS_REASON_INTERNAL, ds_strerror(err));
    }
}

void
ds_carry_hold(struct ds_carry *carry, bool hold)
{
    carry->is_held = hold;
    for (guint i = 0; i < carry->all->len; i++) {
        struct carried *carried = g_ptr_array_index(carry->all, i);
        ds_splice_hold(carried->splice, hold);
    }
}
