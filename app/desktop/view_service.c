/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/view_service.h"

#include <errno.h>
#include <string.h>

#include "app/desktop/picture.h"
#include "app/view/feed.h"
#include "net/base/log.h"

struct view_service {
    struct ds_service service;
    struct ds_mailbox *mailbox; /* a reference, as are the next three */
    struct ds_frames *frames;
    struct ds_hand_box *hands;
    struct ds_wishes *wishes;
    struct event_base *base;    /* borrowed; NULL before prepare() */
    struct ds_peer *peer;       /* borrowed; NULL before begin() */
    enum ds_quality quality;    /* that is wanted */
    struct ds_decoder *decoder; /* NULL before prepare() */
    struct ds_feed feed;
};

/* Of two that wait only the newer counts, but for how it went on. */
static void
report(struct view_service *view, const struct ds_view_event *event)
{
    bool is_replaced = event->type == DS_VIEW_NEWS || event->type == DS_VIEW_FIGURES;
    ds_mailbox_put(view->mailbox, event, is_replaced ? event->type : 0);
}

static void
fail(struct view_service *view, enum ds_decoder_failure failure)
{
    report(view, &(struct ds_view_event){.type = DS_VIEW_FAILED, .failure = failure});
}

static void
on_size(unsigned width, unsigned height, void *arg)
{
    struct view_service *view = arg;
    cairo_surface_t *picture = ds_picture_new(ds_decoder_pixels(view->decoder));
    if (picture == NULL) {
        DS_WARN("view", "no memory for %u x %u pixels: %s", width, height, strerror(errno));
        fail(view, DS_DECODER_FAILURE_MEMORY);
        ds_decoder_stop(view->decoder, NULL, NULL);
        return;
    }
    ds_frames_set_picture(view->frames, picture);
    report(view, &(struct ds_view_event){.type = DS_VIEW_NEWS});
}

static void
on_update(const struct ds_rect *rects, size_t count, void *arg)
{
    struct view_service *view = arg;
    ds_frames_damage(view->frames, rects, count);
    report(view, &(struct ds_view_event){.type = DS_VIEW_NEWS});
}

static void
on_first_frame(void *arg)
{
    report(arg, &(struct ds_view_event){.type = DS_VIEW_COMPLETE});
}

static void
on_cursor(const struct ds_cursor *cursor, void *arg)
{
    struct view_service *view = arg;
    ds_frames_set_cursor(view->frames, cursor);
    report(view, &(struct ds_view_event){.type = DS_VIEW_NEWS});
}

static void
on_figures(const struct ds_decoded *figures, void *arg)
{
    report(arg, &(struct ds_view_event){.type = DS_VIEW_FIGURES, .figures = *figures});
}

static void
on_error(enum ds_decoder_failure failure, const char *text, void *arg)
{
    DS_INFO("view", "%s", text);
    fail(arg, failure);
}

static const struct ds_decoder_callbacks callbacks = {
        .on_ready = on_size,
        .on_resize = on_size,
        .on_update = on_update,
        .on_first_frame = on_first_frame,
        .on_cursor = on_cursor,
        .on_figures = on_figures,
        .on_error = on_error,
};

/* There is no picture: the other side did nothing wrong. */
static void
give_up(struct view_service *view, const char *why)
{
    DS_WARN("view", "%s", why);
    if (view->decoder != NULL)
        ds_decoder_stop(view->decoder, NULL, NULL);
    fail(view, DS_DECODER_FAILURE_MEMORY);
}

/* Returns its stream, or -1 where it could not be started, which is told. */
static int
start_decoder(struct view_service *view)
{
    const struct ds_decoder_config config = {.quality = view->quality};
    g_autoptr(GError) error = NULL;

    int fd = ds_decoder_start(&view->decoder, view->base, &config, &callbacks, view, &error);
    if (fd < 0)
        give_up(view, error->message);
    return fd;
}

/* A program that is there when the first picture comes need not be waited for. */
static void
prepare(struct ds_service *service, struct event_base *base, struct ds_peer *peer)
{
    struct view_service *view = (struct view_service *)service;

    view->base = base;
    ds_feed_init(&view->feed, base, start_decoder(view), NULL, NULL);
}

static void
begin(struct ds_service *service, struct event_base *base, struct ds_peer *peer,
        enum ds_level level)
{
    struct view_service *view = (struct view_service *)service;

    if (view->decoder == NULL)
        return; /* the session is ending */
    view->peer = peer;
    int err = ds_feed_begin(&view->feed, view->decoder, peer);
    if (err < 0)
        give_up(view, ds_strerror(err));
}

/* The person hears of it by the session's own signal. */
static void
set_level(struct ds_service *service, enum ds_level level)
{
}

/* Before there is a picture, nobody has seen anything to do something to. */
static void
send_hands(struct view_service *view)
{
    struct ds_hand_event event;
    int err;

    while ((err = ds_hand_box_take(view->hands, &event)) > 0) {
        if (view->decoder == NULL)
            continue;
        if (event.is_key)
            ds_decoder_send_key(view->decoder, event.keysym, event.pressed);
        else
            ds_decoder_send_pointer(view->decoder, event.x, event.y, event.buttons);
    }
    if (err < 0)
        fail(view, DS_DECODER_FAILURE_SILENT);
}

/* The session stands, and its picture's decoder failed: another one takes its place. */
static void
start_again(struct view_service *view)
{
    if (view->peer == NULL)
        return;
    g_clear_pointer(&view->decoder, ds_decoder_free);
    int fd = start_decoder(view);
    int err = fd < 0 ? DS_OK : ds_feed_begin_again(&view->feed, fd, view->decoder, view->peer);
    if (err < 0)
        give_up(view, ds_strerror(err));
}

/* Input before everything. */
static void
wake(struct ds_service *service)
{
    struct view_service *view = (struct view_service *)service;

    send_hands(view);
    const struct ds_wish wish = ds_wishes_take(view->wishes);
    if (wish.quality != 0)
        view->quality = wish.quality;
    if (wish.starts_again)
        start_again(view);
    if (wish.is_shown && view->decoder != NULL)
        ds_decoder_shown(view->decoder);
    if (wish.quality != 0 && view->decoder != NULL)
        ds_decoder_set_quality(view->decoder, wish.quality);
    if (wish.asks_figures && view->decoder != NULL)
        ds_decoder_ask_figures(view->decoder);
}

/* Nothing but the picture's is for the other side to open. */
static bool
open_channel(struct ds_service *service, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct view_service *view = (struct view_service *)service;
    return ds_feed_open(&view->feed, channel, kind);
}

static void
free_service(struct ds_service *service)
{
    struct view_service *view = (struct view_service *)service;
    ds_feed_finish(&view->feed);
    ds_decoder_free(view->decoder);
    ds_mailbox_unref(view->mailbox);
    ds_frames_unref(view->frames);
    ds_hand_box_unref(view->hands);
    ds_wishes_unref(view->wishes);
    g_free(view);
}

struct ds_service *
ds_view_service_new(struct ds_mailbox *mailbox, struct ds_frames *frames, struct ds_hand_box *hands,
        struct ds_wishes *wishes, enum ds_quality quality)
{
    static const struct ds_service_ops ops = {
            .prepare = prepare,
            .begin = begin,
            .set_level = set_level,
            .wake = wake,
            .open = open_channel,
            .free = free_service,
    };
    struct view_service *view = g_new0(struct view_service, 1);
    view->service.ops = &ops;
    view->service.picture = quality == DS_QUALITY_SHARPEST ? DS_PICTURE_LOSSLESS : DS_PICTURE_JPEG;
    view->quality = quality;
    view->feed.fd = -1;
    view->mailbox = ds_mailbox_ref(mailbox);
    view->frames = ds_frames_ref(frames);
    view->hands = ds_hand_box_ref(hands);
    view->wishes = ds_wishes_ref(wishes);
    return &view->service;
}
