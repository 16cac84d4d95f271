/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/viewer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "app/share/rfb/opening.h"
#include "app/share/rfb/quality.h"
#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/wire/writer.h"

enum {
    /* What the path may take for an update: so that it is not idle, */
    LIMIT_US = 3 * DS_QUALITY_BUDGET_US,
    /* of one who did something, and will do more: that is behind what is on its way, */
    HURRIED_LIMIT_US = DS_QUALITY_BUDGET_US,
    HURRIED_US = 1000000, /* for so long */
    /* and of one who waits for what it comes to: it is here when all of the update is. */
    ANSWER_LIMIT_US = DS_QUALITY_BUDGET_US / 2,
    ANSWER_US = 50000, /* for so long, and until one update was sent */
    /* A key without a place, behind which all else waits. */
    REST_MAX_US = 3000000,
};

static const char greeting[] = "RFB 003.008\n";

/* RFC 6143, 7.6.1: a FramebufferUpdate of no rectangles. */
static const uint8_t probe[4] = {0};

void
ds_viewer_free(struct ds_viewer *viewer)
{
    if (viewer == NULL)
        return;
    ds_pacer_leave(&viewer->pacer);
    ds_server_client_free(viewer->client);
    g_byte_array_unref(viewer->output);
    g_byte_array_unref(viewer->unheard);
    close(viewer->fd);
    g_free(viewer);
}

/* What came of it later says nothing about why. */
static void
drop(struct ds_viewer *viewer, const char *error)
{
    if (viewer->is_gone)
        return;
    viewer->is_gone = true;
    viewer->error = error;
}

/* The version, for which our own was sent already: the library's answer says it again. */
static void
begin_client(struct ds_viewer *viewer, const struct ds_filter_message *message)
{
    viewer->client = ds_server_client_new(viewer->server, message->bytes);
    if (viewer->client == NULL)
        drop(viewer, N_("There are not enough files or memory for another viewer."));
}

static void
pass_on(struct ds_viewer *viewer, const struct ds_filter_message *message)
{
    int err = ds_server_client_input(viewer->client, message->bytes, message->len, viewer->output);
    if (err < 0)
        drop(viewer, N_("The viewer broke the RFB protocol."));
}

/* The first thing that a viewer says after the handshake is one round trip late. */
static void
take_round_trip(struct ds_viewer *viewer, uint64_t now_us)
{
    if (viewer->greeted_us == 0)
        return;
    if (now_us > viewer->greeted_us) /* else both were said here: it is of ds_opening */
        ds_pacer_rtt(&viewer->pacer, now_us, now_us - viewer->greeted_us);
    viewer->greeted_us = 0;
}

static void
take_request(struct ds_viewer *viewer, const struct ds_filter_message *message, uint64_t now_us)
{
    ds_pacer_asked(&viewer->pacer, now_us);
    if (!message->incremental)
        ds_server_client_want(
                viewer->client, message->x, message->y, message->width, message->height);
    viewer->is_urgent = viewer->is_urgent || !message->incremental;
}

static void
handle(struct ds_viewer *viewer, const struct ds_filter_message *message, uint64_t now_us,
        const struct ds_viewer_input *input)
{
    switch (message->kind) {
    case DS_FILTER_VERSION:
        begin_client(viewer, message);
        if (viewer->client != NULL)
            pass_on(viewer, message);
        break;
    case DS_FILTER_SECURITY:
        pass_on(viewer, message);
        break;
    case DS_FILTER_INIT:
        pass_on(viewer, message);
        viewer->greeted_us = now_us;
        break;
    case DS_FILTER_PIXEL_FORMAT:
    case DS_FILTER_ENCODINGS:
        take_round_trip(viewer, now_us);
        pass_on(viewer, message);
        break;
    case DS_FILTER_REQUEST:
        take_round_trip(viewer, now_us);
        take_request(viewer, message, now_us);
        break;
    case DS_FILTER_KEY:
        viewer->again_us = input->on_key(input->arg, viewer, message->keysym, message->down);
        break;
    case DS_FILTER_POINTER:
        input->on_pointer(input->arg, viewer, message->buttons, message->x, message->y);
        break;
    case DS_FILTER_CUT_TEXT:
        break;
    }
}

/* While an update is encoded nothing must touch the server: input does not, nor an answer. */
static bool
may_be_handled(const struct ds_filter_message *message, bool is_encoding)
{
    return !is_encoding || message->kind == DS_FILTER_KEY || message->kind == DS_FILTER_POINTER ||
           message->kind == DS_FILTER_CUT_TEXT ||
           (message->kind == DS_FILTER_REQUEST && message->incremental);
}

uint64_t
ds_viewer_rests_until_us(const struct ds_viewer *viewer)
{
    if (ds_backlog_first(&viewer->waiting) == NULL)
        return 0;
    return viewer->again_us > 0 ? viewer->again_us : ds_allowance_next_us(&viewer->allowance);
}

bool
ds_viewer_is_heard(const struct ds_viewer *viewer)
{
    return ds_backlog_first(&viewer->waiting) == NULL ||
           (viewer->again_us > 0 && ds_backlog_has_room(&viewer->waiting));
}

/* A key that has no place yet rests; it is lost where another viewer's keys take all for long. */
static bool
is_resting(struct ds_viewer *viewer, uint64_t now_us)
{
    if (viewer->again_us > 0 && viewer->rested_us > 0 && now_us - viewer->rested_us > REST_MAX_US)
        viewer->again_us = 0;
    if (viewer->again_us == 0)
        viewer->rested_us = 0;
    else if (viewer->rested_us == 0)
        viewer->rested_us = now_us;
    return viewer->again_us > 0;
}

/* Returns whether it was done with. */
static bool
handle_first(struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input)
{
    const struct ds_filter_message *message = ds_backlog_first(&viewer->waiting);
    if (now_us < viewer->again_us)
        return false;
    if (viewer->again_us == 0 && !ds_allowance_take(&viewer->allowance, message, now_us))
        return false;
    if (viewer->again_us > 0 && !ds_viewer_is_heard(viewer)) /* nor its acknowledgements */
        ds_pacer_rested(&viewer->pacer);
    viewer->again_us = 0;
    handle(viewer, message, now_us, input);
    if (is_resting(viewer, now_us))
        return false;
    ds_backlog_drop(&viewer->waiting);
    return true;
}

static void
handle_waiting(struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input,
        bool is_encoding)
{
    const struct ds_filter_message *message;
    while ((message = ds_backlog_first(&viewer->waiting)) != NULL && !viewer->is_gone &&
            may_be_handled(message, is_encoding) && handle_first(viewer, now_us, input))
        ;
}

/* What was decoded does not wait behind a key. Returns whether it was that. */
static bool
take_ahead(struct ds_viewer *viewer, const struct ds_filter_message *message, uint64_t now_us)
{
    if (ds_backlog_first(&viewer->waiting) == NULL || message->kind != DS_FILTER_REQUEST ||
            !message->incremental || !ds_allowance_take(&viewer->allowance, message, now_us))
        return false;
    take_request(viewer, message, now_us);
    return true;
}

/* Cut what the viewer said into messages, and handle them, up to one that has to wait. */
static void
handle_unheard(struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input,
        bool is_encoding)
{
    const GByteArray *bytes = viewer->unheard;
    struct ds_filter_message message;
    guint at = 0;

    while (at < bytes->len && !viewer->is_gone && ds_viewer_is_heard(viewer)) {
        int eaten = ds_filter_next(&viewer->filter, bytes->data + at, bytes->len - at, &message);
        if (eaten < 0) {
            drop(viewer, ds_filter_error(&viewer->filter));
            return;
        }
        at += (guint)eaten;
        if (message.kind == 0 || take_ahead(viewer, &message, now_us))
            continue;
        ds_backlog_put(&viewer->waiting, &message);
        handle_waiting(viewer, now_us, input, is_encoding);
    }
    g_byte_array_remove_range(viewer->unheard, 0, at);
}

static void
take(struct ds_viewer *viewer, const uint8_t *bytes, size_t len, uint64_t now_us,
        const struct ds_viewer_input *input)
{
    viewer->heard_us = now_us;
    g_byte_array_append(viewer->unheard, bytes, (guint)len);
    handle_unheard(viewer, now_us, input, false);
}

/* Read what came behind what waits to be handled. Returns false when there was nothing. */
static bool
receive(struct ds_viewer *viewer, uint64_t now_us)
{
    uint8_t bytes[DS_SHARE_READ_MAX];

    ssize_t n = recv(viewer->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        drop(viewer, NULL);
        return false;
    }
    viewer->heard_us = now_us;
    g_byte_array_append(viewer->unheard, bytes, (guint)n);
    return true;
}

void
ds_viewer_read(struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input)
{
    if (!ds_viewer_is_heard(viewer)) { /* so its socket can only say that it has gone */
        drop(viewer, NULL);
        return;
    }
    if (!receive(viewer, now_us))
        return;
    handle_unheard(viewer, now_us, input, false);
    if (!viewer->is_gone)
        ds_viewer_write(viewer);
}

void
ds_viewer_read_input(struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input)
{
    /* What waits keeps the rest back, which is then left in the socket. */
    if (ds_viewer_is_heard(viewer) && receive(viewer, now_us))
        handle_unheard(viewer, now_us, input, true);
}

void
ds_viewer_catch_up(struct ds_viewer *viewer, uint64_t now_us, const struct ds_viewer_input *input)
{
    if (ds_backlog_first(&viewer->waiting) == NULL || viewer->is_gone)
        return;
    handle_waiting(viewer, now_us, input, false);
    handle_unheard(viewer, now_us, input, false);
    if (!viewer->is_gone)
        ds_viewer_write(viewer);
}

/*
 * What the viewer would say goes the same way as what it says later: through the filter. What the
 * library answers it knows, but for the size.
 */
static void
play_opening(struct ds_viewer *viewer, enum ds_picture picture, uint64_t now_us,
        const struct ds_viewer_input *input)
{
    uint8_t hello[DS_OPENING_HELLO_BYTES], wishes[DS_OPENING_WISHES_MAX], size[4];
    uint16_t width, height;
    struct ds_writer w;

    ds_opening_hello(hello);
    take(viewer, hello, sizeof hello, now_us, input);
    if (viewer->is_gone)
        return;
    ds_server_size(viewer->server, &width, &height);
    ds_writer_init(&w, size, sizeof size);
    ds_writer_u16(&w, width);
    ds_writer_u16(&w, height);
    g_byte_array_set_size(viewer->output, 0);
    g_byte_array_append(viewer->output, size, sizeof size);
    take(viewer, wishes, ds_opening_wishes(wishes, picture, width, height), now_us, input);
}

struct ds_viewer *
ds_viewer_new(struct ds_server *server, int fd, enum ds_picture picture, uint64_t now_us,
        const struct ds_viewer_input *input)
{
    struct ds_viewer *viewer = g_new0(struct ds_viewer, 1);
    viewer->fd = fd;
    viewer->server = server;
    viewer->output = g_byte_array_new();
    viewer->unheard = g_byte_array_new();
    ds_filter_init(&viewer->filter);
    ds_allowance_init(&viewer->allowance, now_us);
    ds_pacer_init(&viewer->pacer);
    if (picture != DS_PICTURE_NONE)
        play_opening(viewer, picture, now_us, input);
    else
        g_byte_array_append(viewer->output, (const guint8 *)greeting, sizeof greeting - 1);
    if (!viewer->is_gone)
        ds_viewer_write(viewer);
    return viewer;
}

bool
ds_viewer_has_output(const struct ds_viewer *viewer)
{
    return viewer->output_at < viewer->output->len;
}

void
ds_viewer_write(struct ds_viewer *viewer)
{
    while (ds_viewer_has_output(viewer)) {
        ssize_t n = send(viewer->fd, viewer->output->data + viewer->output_at,
                viewer->output->len - viewer->output_at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            drop(viewer, NULL);
        if (n < 0)
            return;
        viewer->output_at += (guint)n;
    }
    g_byte_array_set_size(viewer->output, 0);
    viewer->output_at = 0;
}

bool
ds_viewer_is_ready(const struct ds_viewer *viewer, uint64_t now_us, uint64_t *next_us)
{
    *next_us = UINT64_MAX;
    if (viewer->client == NULL || ds_viewer_has_output(viewer))
        return false;
    return ds_pacer_may_send(&viewer->pacer, now_us, next_us);
}

bool
ds_viewer_is_pending(const struct ds_viewer *viewer)
{
    return viewer->client != NULL && ds_server_client_is_pending(viewer->client);
}

uint64_t
ds_viewer_refine_us(const struct ds_viewer *viewer)
{
    return viewer->client != NULL ? ds_server_client_next_us(viewer->client) : UINT64_MAX;
}

static uint32_t
limit_us(const struct ds_viewer *viewer, uint64_t now_us)
{
    const uint64_t pressed_us = viewer->pressed_us;
    const bool is_unanswered = pressed_us > 0 && pressed_us >= viewer->shown_us;
    if (is_unanswered || now_us - pressed_us < ANSWER_US)
        return ANSWER_LIMIT_US;
    return now_us - viewer->touched_us < HURRIED_US ? HURRIED_LIMIT_US : LIMIT_US;
}

/* Append an update. Returns false when there was nothing to be sent, or it failed. */
static bool
compose(struct ds_viewer *viewer, const struct ds_server_wish *wish)
{
    struct ds_server_wish known = *wish;
    guint before = viewer->output->len;
    known.bytes_per_s = ds_pacer_bandwidth(&viewer->pacer, wish->now_us);
    known.limit_us = limit_us(viewer, wish->now_us);
    int err = ds_server_client_update(viewer->client, &known, viewer->output);
    if (err < 0)
        drop(viewer, err == DS_ERR_INVALID
                             ? N_("The screen has a new size, which the viewer does not know how "
                                  "to take. It can connect again.")
                             : N_("The picture could not be encoded for the viewer."));
    return err == 0 && viewer->output->len > before;
}

void
ds_viewer_update(struct ds_viewer *viewer, const struct ds_server_wish *wish)
{
    uint64_t now_us = wish->now_us;
    viewer->is_urgent = false;
    if (!ds_viewer_is_pending(viewer) && now_us < ds_viewer_refine_us(viewer))
        return;
    const uint64_t began_us = ds_clock_us();
    const guint before = viewer->output->len;
    const bool is_probed = ds_pacer_wants_probe(&viewer->pacer, now_us);
    if (is_probed)
        g_byte_array_append(viewer->output, probe, sizeof probe);
    const guint at = viewer->output->len;
    if (!compose(viewer, wish)) {
        g_byte_array_set_size(viewer->output, before);
        return;
    }
    now_us += ds_clock_us() - began_us; /* what the encoders took is none of the path's */
    if (is_probed)
        ds_pacer_sent_probe(&viewer->pacer, now_us, sizeof probe);
    ds_pacer_sent(&viewer->pacer, now_us, viewer->output->len - at);
    viewer->shown_us = wish->now_us; /* what was done since then it does not show */
    ds_viewer_write(viewer);
}
