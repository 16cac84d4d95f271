/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stream that a peer sends into the mux. The first byte says what this side does meanwhile, the
 * second how the rest is cut into pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "net/base/limits.h"
#include "net/mux/frame.h"
#include "net/mux/mux.h"
#include "tests/fuzz/fuzz.h"

enum {
    AS_HELPER = 1 << 0,
    CONSUME = 1 << 1,       /* all that comes, at once */
    ANSWER = 1 << 2,        /* write back what comes */
    EOF_AFTER_EOF = 1 << 3, /* answer EOF by EOF */
    RESET_ON_ZERO = 1 << 4, /* reset a channel whose data begins with 0 */
    OPEN_TOO = 1 << 5,      /* open a channel for each that is opened */
    PULL = 1 << 6,          /* read what goes out, else it stays */
    FREE_ON_ONE = 1 << 7,   /* free the mux when a channel's data begins with 1 */
};

struct side {
    unsigned deeds;
    struct ds_mux *mux; /* NULL once freed */
    size_t open, held_bytes;
};

static void
on_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct side *side = arg;
    if (ds_channel_kind(channel) != DS_CHANNEL_CONTROL)
        side->held_bytes += len;
    if (side->held_bytes > (size_t)DS_MUX_CHANNELS_MAX * DS_MUX_WINDOW + DS_MUX_GROWTH_MAX)
        abort();
    if (side->deeds & CONSUME && ds_channel_kind(channel) != DS_CHANNEL_CONTROL) {
        ds_channel_consumed(channel, len);
        side->held_bytes -= len;
    }
    if (side->deeds & ANSWER && ds_channel_write(channel, data, len) > len)
        abort();
    if (side->deeds & FREE_ON_ONE && data[0] == 1) {
        struct ds_mux *mux = side->mux;
        side->mux = NULL;
        ds_mux_free(mux);
    } else if (side->deeds & RESET_ON_ZERO && data[0] == 0 &&
               ds_channel_kind(channel) != DS_CHANNEL_CONTROL) {
        side->open--;
        ds_channel_reset(channel, DS_REASON_STOPPED);
    }
}

static void
on_eof(void *arg, struct ds_channel *channel)
{
    struct side *side = arg;
    if (side->deeds & EOF_AFTER_EOF)
        ds_channel_eof(channel);
}

static void
on_gone(void *arg, struct ds_channel *channel, int reason)
{
    struct side *side = arg;
    if (ds_channel_kind(channel) != DS_CHANNEL_CONTROL && side->open-- == 0)
        abort();
}

static const struct ds_channel_handler channel_handler = {
        .on_data = on_data, .on_eof = on_eof, .on_gone = on_gone};

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct side *side = arg;
    struct ds_channel *own;
    if (kind == DS_CHANNEL_CONTROL || kind > DS_CHANNEL_FILES)
        abort();
    ds_channel_set_handler(channel, &channel_handler, side);
    side->open++;
    if (side->deeds & OPEN_TOO && ds_mux_open(side->mux, kind, &channel_handler, side, &own) == 0)
        side->open++;
    if (side->open > DS_MUX_CHANNELS_MAX)
        abort();
    return true;
}

static void
on_kick(void *arg)
{
    struct side *side = arg;
    if (side->mux != NULL && ds_mux_is_idle(side->mux))
        abort();
}

static const struct ds_mux_handler mux_handler = {.on_kick = on_kick, .on_open = on_open};

/* Pull all and read it as the other side would. */
static void
pull_all(struct side *side)
{
    uint8_t buf[DS_LINK_FRAME_MAX];
    size_t len;
    while (side->mux != NULL && (len = ds_mux_pull(side->mux, buf, sizeof buf)) > 0) {
        struct ds_mux_frame frame;
        for (size_t pos = 0; pos < len; pos += DS_MUX_HEADER_BYTES + frame.len) {
            if (len - pos < DS_MUX_HEADER_BYTES)
                abort();
            ds_mux_frame_read(&frame, buf + pos);
            if (!ds_mux_frame_is_known(&frame) || !ds_mux_frame_is_sound(&frame) ||
                    frame.len > len - pos - DS_MUX_HEADER_BYTES)
                abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    if (size_bytes < 2)
        return 0;
    struct side side = {.deeds = data[0]};
    size_t piece = data[1] == 0 ? size_bytes : data[1];
    enum ds_role role = side.deeds & AS_HELPER ? DS_ROLE_HELPER : DS_ROLE_HELPEE;
    if (ds_mux_new(&side.mux, role, &mux_handler, &side) < 0)
        return 0;
    ds_channel_set_handler(ds_mux_control(side.mux), &channel_handler, &side);
    int err = 0;
    for (size_t pos = 2; pos < size_bytes && side.mux != NULL && err == 0; pos += piece) {
        size_t n = piece < size_bytes - pos ? piece : size_bytes - pos;
        err = ds_mux_input(side.mux, data + pos, n);
        if (side.deeds & PULL)
            pull_all(&side);
    }
    if (side.mux != NULL && (err == DS_ERR_PROTOCOL) != (ds_mux_error_text(side.mux)[0] != '\0'))
        abort();
    ds_mux_free(side.mux);
    if (side.open != 0)
        abort();
    return 0;
}
