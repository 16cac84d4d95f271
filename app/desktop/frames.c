/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/frames.h"

/* A region of more rectangles costs more than it saves: then all that it spans is drawn. */
enum { RECTS_MAX = 64 };

struct ds_frames {
    gatomicrefcount refs;
    GMutex lock; /* of what follows */
    struct ds_frames_news news;
};

static void
cursor_free(struct ds_cursor *cursor)
{
    if (cursor == NULL)
        return;
    g_free((gpointer)cursor->pixels);
    g_free(cursor);
}

struct ds_frames *
ds_frames_new(void)
{
    struct ds_frames *frames = g_new0(struct ds_frames, 1);
    g_atomic_ref_count_init(&frames->refs);
    g_mutex_init(&frames->lock);
    frames->news.damage = cairo_region_create();
    return frames;
}

struct ds_frames *
ds_frames_ref(struct ds_frames *frames)
{
    g_atomic_ref_count_inc(&frames->refs);
    return frames;
}

void
ds_frames_unref(struct ds_frames *frames)
{
    if (frames == NULL || !g_atomic_ref_count_dec(&frames->refs))
        return;
    ds_frames_news_finish(&frames->news);
    g_mutex_clear(&frames->lock);
    g_free(frames);
}

void
ds_frames_set_picture(struct ds_frames *frames, cairo_surface_t *picture)
{
    cairo_region_t *nothing = cairo_region_create();
    g_mutex_lock(&frames->lock);
    cairo_surface_t *old_picture = frames->news.picture;
    cairo_region_t *old_damage = frames->news.damage;
    frames->news.picture = picture;
    frames->news.damage = nothing;
    g_mutex_unlock(&frames->lock);
    cairo_surface_destroy(old_picture);
    cairo_region_destroy(old_damage);
}

void
ds_frames_damage(struct ds_frames *frames, const struct ds_rect *rects, size_t count)
{
    cairo_rectangle_int_t extents;

    g_mutex_lock(&frames->lock);
    for (size_t i = 0; i < count; i++) {
        const cairo_rectangle_int_t rect = {
                rects[i].x, rects[i].y, rects[i].width, rects[i].height};
        cairo_region_union_rectangle(frames->news.damage, &rect);
    }
    if (cairo_region_num_rectangles(frames->news.damage) > RECTS_MAX) {
        cairo_region_get_extents(frames->news.damage, &extents);
        cairo_region_union_rectangle(frames->news.damage, &extents);
    }
    g_mutex_unlock(&frames->lock);
}

void
ds_frames_set_cursor(struct ds_frames *frames, const struct ds_cursor *cursor)
{
    struct ds_cursor *copy = g_memdup2(cursor, sizeof *cursor);
    copy->pixels = g_memdup2(
            cursor->pixels, (gsize)cursor->width * cursor->height * sizeof *cursor->pixels);
    g_mutex_lock(&frames->lock);
    struct ds_cursor *old = frames->news.cursor;
    frames->news.cursor = copy;
    g_mutex_unlock(&frames->lock);
    cursor_free(old);
}

void
ds_frames_take(struct ds_frames *frames, struct ds_frames_news *news)
{
    cairo_region_t *nothing = cairo_region_create();
    g_mutex_lock(&frames->lock);
    *news = frames->news;
    frames->news = (struct ds_frames_news){.damage = nothing};
    g_mutex_unlock(&frames->lock);
}

void
ds_frames_news_finish(struct ds_frames_news *news)
{
    cairo_surface_destroy(news->picture);
    cairo_region_destroy(news->damage);
    cursor_free(news->cursor);
    *news = (struct ds_frames_news){0};
}
