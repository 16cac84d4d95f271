/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/sight.h"

#include "app/desktop/picture.h"
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
};

static void
wish(struct ds_sight *sight, const struct ds_wish *what)
{
    if (ds_wishes_put(sight->wishes, what))
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

    ds_frames_take(sight->frames, &news);
    if (news.picture != NULL)
        ds_viewer_set_picture(sight->viewer, news.picture, ds_picture_memory(news.picture));
    if (!cairo_region_is_empty(news.damage)) {
        ds_viewer_damage(sight->viewer, news.damage);
        wish(sight, &(struct ds_wish){.is_shown = true});
    }
    if (news.cursor != NULL)
        show_pointer(sight->viewer, news.cursor);
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
    ds_mailbox_close(sight->mailbox);
    ds_mailbox_unref(sight->mailbox);
    ds_frames_unref(sight->frames);
    ds_wishes_unref(sight->wishes);
    ds_viewer_set_picture(sight->viewer, NULL, -1);
    ds_viewer_set_pointer(sight->viewer, NULL);
    g_clear_object(&sight->viewer);
    g_clear_object(&sight->session);
    g_free(sight);
}
