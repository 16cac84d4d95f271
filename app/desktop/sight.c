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
    struct ds_wishes *wishes;

    enum ds_quality quality;
    gboolean is_reading; /* what changed was fetched, and is not painted yet */
};

static void
wish(struct ds_sight *sight, const struct ds_wish *what)
{
    if (ds_wishes_put(sight->wishes, what))
        ds_session_wake(sight->session);
}

/* The pixels may be written again. */
static void
on_painted(struct ds_sight *sight)
{
    if (!sight->is_reading)
        return;
    sight->is_reading = FALSE;
    wish(sight, &(struct ds_wish){.is_shown = true});
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
    sight->is_reading = sight->is_reading || !cairo_region_is_empty(news.damage);
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
    case DS_VIEW_FIGURES:
        sight->handler->on_figures(sight->arg, &event->figures);
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
    sight->wishes = ds_wishes_new();
    sight->quality = DS_QUALITY_AUTOMATIC;
    g_signal_connect_swapped(viewer, "painted", G_CALLBACK(on_painted), sight);
    return sight;
}

struct ds_service *
ds_sight_make_service(struct ds_sight *sight, struct ds_hand_box *box)
{
    return ds_view_service_new(sight->mailbox, sight->frames, box, sight->wishes, sight->quality);
}

void
ds_sight_begin(struct ds_sight *sight, DsSession *session)
{
    g_set_object(&sight->session, session);
}

void
ds_sight_set_quality(struct ds_sight *sight, enum ds_quality quality)
{
    if (sight->quality == quality)
        return;
    sight->quality = quality;
    if (sight->session != NULL)
        wish(sight, &(struct ds_wish){.quality = quality});
}

void
ds_sight_start_again(struct ds_sight *sight)
{
    sight->is_reading = FALSE;
    wish(sight, &(struct ds_wish){.starts_again = true});
}

void
ds_sight_ask_figures(struct ds_sight *sight)
{
    wish(sight, &(struct ds_wish){.asks_figures = true});
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
    ds_wishes_unref(sight->wishes);
    ds_viewer_set_picture(sight->viewer, NULL);
    ds_viewer_set_pointer(sight->viewer, NULL);
    g_clear_object(&sight->viewer);
    g_clear_object(&sight->session);
    g_free(sight);
}
