/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/mux_pair.h"

#include "net/base/limits.h"

static void
on_kick(void *arg)
{
    struct mux_end *end = arg;
    /* Once for each time that there was nothing. */
    g_assert_false(end->is_kicked);
    g_assert_true(end->mux == NULL || !ds_mux_is_idle(end->mux));
    end->is_kicked = true;
    end->kicks++;
    if (end->on_kick != NULL)
        end->on_kick(end->arg);
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct mux_end *end = arg;
    return end->on_open != NULL && end->on_open(end->arg, channel, kind);
}

static const struct ds_mux_handler handler = {.on_kick = on_kick, .on_open = on_open};

void
mux_pair_init(struct mux_pair *pair, GRand *rand)
{
    static const enum ds_role roles[2] = {DS_ROLE_HELPER, DS_ROLE_HELPEE};
    *pair = (struct mux_pair){.rand = rand, .cap_max = DS_LINK_FRAME_MAX - 8};
    for (int i = 0; i < 2; i++) {
        struct mux_end *end = &pair->end[i];
        g_assert_cmpint(ds_mux_new(&end->mux, roles[i], &handler, end), ==, 0);
        end->wire = g_byte_array_new();
    }
}

void
mux_pair_finish(struct mux_pair *pair)
{
    for (int i = 0; i < 2; i++) {
        ds_mux_free(g_steal_pointer(&pair->end[i].mux));
        g_byte_array_unref(pair->end[i].wire);
    }
    if (pair->rand != NULL)
        g_rand_free(pair->rand);
}

static gsize
piece(struct mux_pair *pair, gsize min, gsize max)
{
    if (pair->rand == NULL || max <= min)
        return max;
    /* As often short ones as long ones. */
    gsize top = g_rand_boolean(pair->rand) ? max : MIN(max, min + 100);
    return (gsize)g_rand_int_range(pair->rand, (gint32)min, (gint32)top + 1);
}

bool
mux_pair_pull(struct mux_pair *pair, int from)
{
    struct mux_end *end = &pair->end[from];
    uint8_t buf[DS_LINK_FRAME_MAX];
    if (end->mux == NULL || !end->is_kicked)
        return false;
    gsize cap = piece(pair, 64, pair->cap_max);
    gsize n = ds_mux_pull(end->mux, buf, cap);
    g_assert_cmpuint(n, <=, cap);
    end->is_kicked = end->mux != NULL && !ds_mux_is_idle(end->mux);
    g_byte_array_append(end->wire, buf, (guint)n);
    return true;
}

bool
mux_pair_deliver(struct mux_pair *pair, int from)
{
    GByteArray *wire = pair->end[from].wire;
    struct mux_end *to = &pair->end[1 - from];
    if (wire->len == 0)
        return false;
    gsize n = piece(pair, 1, wire->len);
    /* A copy of just these bytes: a read past them is found. */
    g_autofree uint8_t *bytes = g_memdup2(wire->data, n);
    g_byte_array_remove_range(wire, 0, (guint)n);
    if (to->mux == NULL)
        return true;
    int err = ds_mux_input(to->mux, bytes, n);
    if (to->mux == NULL)
        g_assert_cmpint(err, ==, DS_ERR_CLOSED);
    else
        g_assert_cmpstr(ds_mux_error_text(to->mux), ==, "");
    return true;
}

void
mux_pair_settle(struct mux_pair *pair)
{
    bool goes_on = true;
    while (goes_on) {
        goes_on = false;
        for (int i = 0; i < 2; i++) {
            goes_on |= mux_pair_pull(pair, i);
            goes_on |= mux_pair_deliver(pair, i);
        }
    }
}

bool
mux_frame_next(const GByteArray *wire, gsize *pos, struct ds_mux_frame *frame)
{
    if (*pos == wire->len)
        return false;
    g_assert_cmpuint(wire->len - *pos, >=, DS_MUX_HEADER_BYTES);
    ds_mux_frame_read(frame, wire->data + *pos);
    *pos += DS_MUX_HEADER_BYTES + frame->len;
    g_assert_cmpuint(*pos, <=, wire->len);
    return true;
}
