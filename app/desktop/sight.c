/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/sight.h"

#include "app/desktop/view_service.h"

struct ds_sight {
    const struct ds_sight_handler *handler; /* borrowed */
    void *arg;                              /* borrowed */

    /* References */
    DsViewer *viewer;
    DsSession *session; /* NULL before ds_sight_begin() */
    struct ds_mailbox *mailbox;
    struct ds_frames *frames;
};

/* The pixels may be written again. */
static void
on_painted(struct ds_sight *sight)
{
    if (ds_frames_release(sight->frames))
        ds_session_wake(sight->session);
}

static void
show_pointer(DsViewer *viewer, const struct ds_cursor *cursor)
{
    const DsPointerShape shape = {
            .width = (int)cursor->width,
            .height = (int)cursor->height,
            .hot_x = (int)cursor->hot_x,
            .hot_y = (int)cursor->hot_y,
            .pixels = cursor->pixels,
    };
    ds_viewer_set_pointer(viewer, cursor->width > 0 && cursor->height > 0 ? &shape : NULL);
}

static void
show_news(struct ds_sight *sight)
{
    struct ds_frames_news news;
    cairo_rectangle_int_t rect;

    ds_frames_take(sight->frames, &news);
    if (news.picture != NULL)
        ds_viewer_set_picture(sight->viewer, news.picture);
    for (int i = 0; i < cairo_region_num_rectangles(news.damage); i++) {
        cairo_region_get_rectangle(news.damage, i, &rect);
        ds_viewer_damage(sight->viewer, rect.x, rect.y, rect.width, rect.height);
    }
    if (news.cursor != NULL)
        show_pointer(sight->viewer, news.cursor);
    if (!ds_viewer_is_painting(sight->viewer))
        on_painted(sight);
    ds_frames_news_finish(&news);
}

static void
on_view(void *arg, const void *data)
{
    struct ds_sight *sight = arg;
    const struct ds_view_event *event = data;

    switch (event->type) {
    case DS_VIEW_NEWS:
        show_news(sight);
        break;
    case DS_VIEW_COMPLETE:
        sight->handler->on_complete(sight->arg);
        break;
    case DS_VIEW_FAILED:
        sight->handler->on_failed(sight->arg, event->failure);
        break;
    }
}

struct ds_sight *
ds_sight_new(DsViewer *viewer, const struct ds_sight_handler *handler, void *arg)
{
    struct ds_sight *sight = g_new0(struct ds_sight, 1);
    sight->handler = handler;
    sight->arg = arg;
    sight->viewer = g_object_ref(viewer);
    sight->mailbox = ds_mailbox_new(sizeof(struct ds_view_event), on_view, sight);
    sight->frames = ds_frames_new();
    g_signal_connect_swapped(viewer, "painted", G_CALLBACK(on_painted), sight);
    return sight;
}

struct ds_service *
ds_sight_make_service(struct ds_sight *sight, struct ds_hand_box *box)
{
    return ds_view_service_new(sight->mailbox, sight->frames, box);
}

void
ds_sight_begin(struct ds_sight *sight, DsSession *session)
{
    g_set_object(&sight->session, session);
}

void
ds_sight_free(struct ds_sight *sight)
{
    if (sight == NULL)
        return;
    g_signal_handlers_disconnect_by_data(sight->viewer, sight);
    ds_mailbox_close(sight->mailbox);
    ds_mailbox_unref(sight->mailbox);
    ds_frames_unref(sight->frames);
    ds_viewer_set_picture(sight->viewer, NULL);
    ds_viewer_set_pointer(sight->viewer, NULL);
    g_clear_object(&sight->viewer);
    g_clear_object(&sight->session);
    g_free(sight);
}
