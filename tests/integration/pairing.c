/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/pairing.h"

#include <string.h>

#include "tests/lib/pattern.h"

enum { PIECE = 4096 };

/* Returns whether the side was told to stop here, and did. */
static bool
note(struct pairing_side *side, enum pairing_moment moment)
{
    side->moments[moment]++;
    if (side->pairing->on_news != NULL)
        side->pairing->on_news(side->pairing, side);
    if (side->close_at != moment)
        return false;
    ds_peer_close(side->peer, DS_REASON_STOPPED);
    return true;
}

/* --- the channel --- */

static guint
stream_of(const struct pairing_side *side)
{
    return side->pairing->number * 2 + side->role;
}

static const struct pairing_side *
other(const struct pairing_side *side)
{
    struct pairing *pairing = side->pairing;
    return side == &pairing->helpee ? &pairing->helper : &pairing->helpee;
}

static void
pump(struct pairing_side *side)
{
    guint8 piece[PIECE];
    while (side->channel != NULL && side->written < side->pairing->bytes) {
        gsize len = MIN(sizeof piece, side->pairing->bytes - side->written);
        pattern_fill(piece, len, stream_of(side), side->written);
        gsize taken = ds_channel_write(side->channel, piece, len);
        side->written += taken;
        if (taken < len)
            return;
    }
    if (side->channel != NULL)
        ds_channel_eof(side->channel);
}

static void
stop_when_done(struct pairing *pairing)
{
    if (pairing_has_all(pairing) && !pairing->stays && pairing->helper.peer != NULL)
        ds_peer_close(pairing->helper.peer, DS_REASON_STOPPED);
}

static void
on_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct pairing_side *side = arg;
    pattern_check(data, len, stream_of(other(side)), side->received);
    g_checksum_update(side->sum, data, (gssize)len);
    side->received += len;
    ds_channel_consumed(channel, len);
    note(side, PAIRING_DATA);
}

static void
on_writable(void *arg, struct ds_channel *channel)
{
    pump(arg);
}

static void
on_eof(void *arg, struct ds_channel *channel)
{
    struct pairing_side *side = arg;
    side->is_eof = true;
    note(side, PAIRING_EOF);
    stop_when_done(side->pairing);
}

static void
on_gone(void *arg, struct ds_channel *channel, int reason)
{
    struct pairing_side *side = arg;
    side->channel = NULL;
}

static const struct ds_channel_handler channel_handler = {
        .on_data = on_data, .on_writable = on_writable, .on_eof = on_eof, .on_gone = on_gone};

/* --- the peers --- */

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct pairing_side *side = arg;
    struct pairing *pairing = side->pairing;
    pairing->code = *code;
    note(side, PAIRING_CODE);
    if (pairing->helper.peer == NULL && pairing->helpers > 0)
        pairing_start_helper(pairing, code);
}

static void
on_offline(void *arg)
{
    note(arg, PAIRING_OFFLINE);
}

static void
on_guess(void *arg, unsigned left)
{
    note(arg, PAIRING_GUESS);
}

static void
on_request(void *arg, const char *name, enum ds_level wants, bool again)
{
    struct pairing_side *side = arg;
    side->asked_again += again;
    if (!note(side, PAIRING_REQUEST) && !side->pairing->is_silent)
        ds_peer_grant(side->peer, DS_LEVEL_CONTROL);
}

static void
on_peer(void *arg, const char *name, enum ds_level level)
{
    struct pairing_side *side = arg;
    side->level = level;
    if (note(side, PAIRING_PEER) || side->role == DS_ROLE_HELPEE)
        return;
    g_assert_cmpint(
            ds_peer_open(side->peer, DS_CHANNEL_TCP, &channel_handler, side, &side->channel), ==,
            0);
    pump(side);
}

static void
on_level(void *arg, enum ds_level level)
{
    struct pairing_side *side = arg;
    side->level = level;
    note(side, PAIRING_LEVEL);
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
    struct pairing_side *side = arg;
    side->path = *path;
    side->kinds[path->kind]++;
    note(side, PAIRING_PATH);
}

static void
on_punch(void *arg, const struct ds_peer_punch *punch)
{
    struct pairing_side *side = arg;
    side->generations += g_str_equal(punch->result, "started");
    side->directs += g_str_equal(punch->result, "direct");
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct pairing_side *side = arg;
    if (note(side, PAIRING_OPEN))
        return false;
    g_assert_null(side->channel);
    side->channel = channel;
    ds_channel_set_handler(channel, &channel_handler, side);
    pump(side);
    return true;
}

static void
on_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct pairing_side *side = arg;
    g_assert_false(side->is_closed);
    side->is_closed = true;
    side->reason = reason;
    side->retry_ms = retry_ms;
    g_strlcpy(side->step, step, sizeof side->step);
    ds_peer_free(side->peer); /* as an owner may */
    side->peer = NULL;
    if (side->pairing->on_news != NULL)
        side->pairing->on_news(side->pairing, side);
}

static const struct ds_peer_handler peer_handler = {
        .on_code = on_code,
        .on_offline = on_offline,
        .on_guess = on_guess,
        .on_request = on_request,
        .on_peer = on_peer,
        .on_level = on_level,
        .on_path = on_path,
        .on_open = on_open,
        .on_closed = on_closed,
        .on_punch = on_punch,
};

static void
start_side(struct pairing_side *side, const struct ds_code *code)
{
    const char *host = side->pairing->relay != NULL ? side->pairing->relay : "127.0.0.1";
    struct ds_relay_addr relay = {.port = side->pairing->port};
    struct ds_peer_config config = {
            .base = side->pairing->base,
            .role = side->role,
            .relays = &relay,
            .relay_count = 1,
            .code = code,
            .name = side->role == DS_ROLE_HELPEE ? "Maria" : "Tom",
            .wants = DS_LEVEL_CONTROL,
            .times = side->pairing->times,
            .direct = side->pairing->direct != NULL
                              ? side->pairing->direct[side->role == DS_ROLE_HELPER]
                              : DS_DIRECT_NEVER,
    };
    g_strlcpy(relay.host, host, sizeof relay.host);
    side->is_closed = false;
    side->step[0] = '\0';
    g_assert_cmpint(ds_peer_new(&side->peer, &config, &peer_handler, side), ==, 0);
}

static void
init_side(struct pairing *pairing, struct pairing_side *side, enum ds_role role)
{
    side->pairing = pairing;
    side->role = role;
    side->sum = g_checksum_new(G_CHECKSUM_SHA256);
}

void
pairing_start(struct pairing *pairing)
{
    init_side(pairing, &pairing->helpee, DS_ROLE_HELPEE);
    init_side(pairing, &pairing->helper, DS_ROLE_HELPER);
    start_side(&pairing->helpee, NULL);
}

void
pairing_start_helper(struct pairing *pairing, const struct ds_code *code)
{
    g_assert_cmpuint(pairing->helpers, >, 0);
    pairing->helpers--;
    start_side(&pairing->helper, code);
}

static bool
has_all(const struct pairing_side *side)
{
    g_autoptr(GChecksum) expected = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guint8 *bytes = g_malloc(side->pairing->bytes + 1);
    if (!side->is_eof || side->received != side->pairing->bytes)
        return false;
    pattern_fill(bytes, side->pairing->bytes, stream_of(other(side)), 0);
    g_checksum_update(expected, bytes, (gssize)side->pairing->bytes);
    g_autoptr(GChecksum) came = g_checksum_copy(side->sum);
    g_assert_cmpstr(g_checksum_get_string(came), ==, g_checksum_get_string(expected));
    return true;
}

bool
pairing_has_all(const struct pairing *pairing)
{
    return has_all(&pairing->helpee) && has_all(&pairing->helper);
}

bool
pairing_is_over(const struct pairing *pairing)
{
    return pairing->helpee.is_closed && pairing->helper.is_closed;
}

void
pairing_finish(struct pairing *pairing)
{
    struct pairing_side *sides[] = {&pairing->helpee, &pairing->helper};
    for (gsize i = 0; i < G_N_ELEMENTS(sides); i++) {
        ds_peer_free(sides[i]->peer);
        sides[i]->peer = NULL;
        g_checksum_free(sides[i]->sum);
        sides[i]->sum = NULL;
    }
}
