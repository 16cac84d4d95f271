/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "app/share/rfb/server_parts.h"

#define US_PER_S 1000000u

enum {
    SIDE = DS_REFINE_SIDE,
    UPDATE_BYTES_MIN = 2048, /* fewer are hardly more than what every update has */
    PHOTO_SHARE = 4,       /* photos get one part in so many of an update, whatever text there is */
    TEXT_WIDTH = 2048,     /* what Tight puts into one rectangle, a millisecond's work */
    PHOTO_WIDTH = 2048,    /* and into one JPEG picture, */
    PHOTO_PIXELS = 65536,  /* of so many pixels at most */
    PHOTO_ROWS = 16,       /* that JPEG makes blocks of; a part of them costs as much */
    NARROW_WIDTH = 512,    /* of text, where more would take a slow path too long */
    JPEG_PIXELS_MIN = 512, /* its tables alone take 600 bytes */
    FILM_PARTS = 3,        /* so many parts of what changes are a film: then all is one */
    FILM_OF = 4,
    REFINE_PIXELS = 64 * SIDE * SIDE,
    REFINE_TILES = 16,
    REFINE_TILE_BYTES = 8 * 1024, /* what an exact tile may take */
    REFINE_SHARE = 3,             /* one part in so many of the path, when it is due */
    COMPACT_RATE = 2500000,       /* bytes per second of a path that ZRLE is worth its CPU on */
};
G_STATIC_ASSERT((int)DS_REFINE_SIDE == (int)DS_CLASSIFY_SIDE);

bool
ds_server_client_is_composed(const struct ds_server_client *client)
{
    const struct _rfbClientRec *cl = client->cl;
    return cl->preferredEncoding == rfbEncodingTight && cl->enableCursorShapeUpdates;
}

void
ds_server_client_fit(struct ds_server_client *client)
{
    const struct _rfbScreenInfo *screen = client->server->screen;
    struct ds_refine *refine = &client->refine;
    if (refine->width == screen->width && refine->height == screen->height)
        return;
    ds_refine_finish(refine);
    ds_refine_init(refine, screen->width, screen->height);
    g_free(client->contents);
    client->contents = g_new0(uint8_t, (gsize)refine->columns * refine->rows);
}

static uint64_t
written(const struct ds_server_client *client)
{
    return (uint64_t)lseek(client->file, 0, SEEK_CUR) + (uint64_t)client->cl->ublen;
}

/* What has not been written stays pending. */
static bool
is_stopped(const struct ds_server_job *job)
{
    return job->is_ended || job->bytes >= job->bytes_max;
}

/* With as much loss as `step` says; NULL: none. */
static bool
send_tight(struct ds_server_job *job, const struct ds_refine_rect *rect,
        const struct ds_quality_step *step)
{
    rfbClientPtr cl = job->client->cl;
    int count = rfbNumCodedRectsTight(cl, rect->x, rect->y, rect->width, rect->height);
    job->is_uncounted = job->is_uncounted || count == 0;
    job->rects += (unsigned)count;
    cl->turboQualityLevel = step != NULL ? step->jpeg : DS_SERVER_LOSSLESS;
    cl->turboSubsampLevel = step != NULL ? step->subsampling : 0;
    cl->tightCompressLevel = 1;
    return rfbSendRectEncodingTight(cl, rect->x, rect->y, rect->width, rect->height);
}

/* The library writes what is preferred into the rectangle's head, not what it is. */
static bool
send_zrle(struct ds_server_job *job, const struct ds_refine_rect *rect)
{
    rfbClientPtr cl = job->client->cl;
    cl->preferredEncoding = rfbEncodingZRLE;
    bool ok = rfbSendRectEncodingZRLE(cl, rect->x, rect->y, rect->width, rect->height);
    cl->preferredEncoding = rfbEncodingTight;
    job->rects++;
    return ok;
}

static void
send_slice(struct ds_server_job *job, const struct ds_refine_rect *rect,
        const struct ds_quality_step *step)
{
    if (rect->width * rect->height < JPEG_PIXELS_MIN)
        step = NULL;
    bool ok = step == NULL && job->is_compact ? send_zrle(job, rect) : send_tight(job, rect, step);
    if (!ok || ds_server_client_is_lost(job->client)) {
        job->is_broken = job->is_ended = true;
        return;
    }
    job->bytes = written(job->client);
    ds_refine_sent(&job->client->refine, rect, step != NULL, job->wish->now_us);
    if (!job->is_ended && job->wish->go_on != NULL)
        job->is_ended = !job->wish->go_on(job->wish->arg);
}

static void
leave(struct ds_server_job *job, const struct ds_refine_rect *rect)
{
    sraRegionPtr region =
            sraRgnCreateRect(rect->x, rect->y, rect->x + rect->width, rect->y + rect->height);
    sraRgnOr(job->client->cl->modifiedRegion, region);
    sraRgnDestroy(region);
}

/* What there is no room for is put back. */
static void
send_or_leave(struct ds_server_job *job, const struct ds_refine_rect *slice,
        const struct ds_quality_step *step)
{
    if (is_stopped(job))
        leave(job, slice);
    else
        send_slice(job, slice, step);
}

/* In slices that end where the tiles do, which are exact then. */
static void
send_text(struct ds_server_job *job, const sraRect *rect)
{
    const int width = job->is_compact ? NARROW_WIDTH : TEXT_WIDTH;
    for (int y = rect->y1, bottom; y < rect->y2; y = bottom) {
        bottom = MIN(y - y % SIDE + SIDE, rect->y2);
        for (int x = rect->x1, right; x < rect->x2; x = right) {
            right = MIN(x - x % SIDE + width, rect->x2);
            send_or_leave(job, &(struct ds_refine_rect){x, y, right - x, bottom - y}, NULL);
        }
    }
}

/* In few pictures: each has tables of its own, which are made and sent anew. */
static void
send_photo(struct ds_server_job *job, const sraRect *rect, const struct ds_quality_step *step)
{
    for (int x = rect->x1, right; x < rect->x2; x = right) {
        right = MIN(x + PHOTO_WIDTH, rect->x2);
        int rows = PHOTO_PIXELS / (right - x) / PHOTO_ROWS * PHOTO_ROWS;
        for (int y = rect->y1, bottom; y < rect->y2; y = bottom) {
            bottom = MIN(y + rows, rect->y2);
            send_or_leave(job, &(struct ds_refine_rect){x, y, right - x, bottom - y}, step);
        }
    }
}

/* With as much loss as `step` says; NULL: none. */
static void
send_region(struct ds_server_job *job, sraRegionPtr region, const struct ds_quality_step *step)
{
    sraRect rect;
    if (is_stopped(job)) {
        sraRgnOr(job->client->cl->modifiedRegion, region);
        return;
    }
    sraRectangleIterator *i = sraRgnGetIterator(region);
    while (sraRgnIteratorNext(i, &rect))
        if (step != NULL)
            send_photo(job, &rect, step);
        else
            send_text(job, &rect);
    sraRgnReleaseIterator(i);
}

/* Where a tile changed, pixels of the screen; nowhere when it is empty. */
struct patch {
    int left, top, right, bottom;
};

/*
 * Only what changed is looked at: the last rows of a film may lie in a tile full of text, and the
 * other way round.
 */
static enum ds_content
look_at_patch(struct ds_server_client *client, const struct patch *patch, uint8_t *content)
{
    const size_t stride = (size_t)client->refine.width;
    const uint32_t *pixels = (const uint32_t *)(const void *)client->server->screen->frameBuffer;

    *content = ds_classify(pixels + (size_t)patch->top * stride + patch->left, stride,
            (unsigned)(patch->right - patch->left), (unsigned)(patch->bottom - patch->top),
            *content);
    return *content;
}

static bool
is_photo(struct ds_server_client *client, const struct patch *patches, size_t tile)
{
    const struct patch *patch = &patches[tile];
    return patch->right > patch->left &&
           look_at_patch(client, patch, &client->contents[tile]) == DS_CONTENT_PHOTO;
}

/* Add a row's tiles that show photos to the region, neighbours at once. */
static void
add_photos(struct ds_server_job *job, const struct patch *patches, int row, sraRegionPtr photos)
{
    const struct ds_refine *refine = &job->client->refine;
    const int columns = refine->columns;
    for (int left = 0, right; left < columns; left = right + 1) {
        for (right = left; right < columns; right++) {
            if (!is_photo(job->client, patches, (size_t)row * (size_t)columns + (size_t)right))
                break;
            job->photos++;
            job->films += ds_refine_is_restless(refine, right, row, job->wish->now_us);
        }
        if (right == left)
            continue;
        sraRegionPtr run =
                sraRgnCreateRect(left * SIDE, row * SIDE, right * SIDE, (row + 1) * SIDE);
        sraRgnOr(photos, run);
        sraRgnDestroy(run);
    }
}

/* Widen the patch by the part of the rectangle that is in its tile. */
static void
widen(struct patch *patch, const sraRect *rect, int column, int row)
{
    const struct patch part = {
            .left = MAX(rect->x1, column * SIDE),
            .top = MAX(rect->y1, row * SIDE),
            .right = MIN(rect->x2, (column + 1) * SIDE),
            .bottom = MIN(rect->y2, (row + 1) * SIDE),
    };
    if (patch->right == patch->left) {
        *patch = part;
        return;
    }
    patch->left = MIN(patch->left, part.left);
    patch->top = MIN(patch->top, part.top);
    patch->right = MAX(patch->right, part.right);
    patch->bottom = MAX(patch->bottom, part.bottom);
}

/* Returns one patch a tile, owned by the caller. */
static struct patch *
find_patches(sraRegionPtr region, const struct ds_refine *refine)
{
    struct patch *patches = g_new0(struct patch, (gsize)refine->columns * refine->rows);
    sraRect rect;
    sraRectangleIterator *i = sraRgnGetIterator(region);
    while (sraRgnIteratorNext(i, &rect))
        for (int row = rect.y1 / SIDE; row <= (rect.y2 - 1) / SIDE; row++)
            for (int column = rect.x1 / SIDE; column <= (rect.x2 - 1) / SIDE; column++)
                widen(&patches[row * refine->columns + column], &rect, column, row);
    sraRgnReleaseIterator(i);
    return patches;
}

/* Take out of the region what shows photos, and return it. */
static sraRegionPtr
take_photos(struct ds_server_job *job, sraRegionPtr region)
{
    struct ds_server_client *client = job->client;
    sraRegionPtr photos = sraRgnCreate();
    if (client->ceiling == 0 || sraRgnEmpty(region))
        return photos;
    g_autofree struct patch *patches = find_patches(region, &client->refine);
    for (int row = 0; row < client->refine.rows; row++)
        add_photos(job, patches, row, photos);
    sraRgnAnd(photos, region);
    sraRgnSubtract(region, photos);
    return photos;
}

static void
send_texts(struct ds_server_job *job, sraRegionPtr region)
{
    send_region(job, region, NULL);
}

/* Say whether most of the photos are a film's: then all are sent as one. */
static bool
is_film(const struct ds_server_job *job)
{
    return job->films > 0 && job->films * FILM_OF >= job->photos * FILM_PARTS;
}

static void
send_photos(struct ds_server_job *job, sraRegionPtr region)
{
    struct ds_quality *quality = &job->client->quality;
    const uint64_t pixels = ds_server_count_pixels(region), before = job->bytes;
    const struct ds_quality_step step = ds_quality_choose(
            quality, pixels, job->wish->bytes_per_s, before, job->client->ceiling, is_film(job));

    send_region(job, region, &step);
    if (!is_stopped(job))
        ds_quality_learn(quality, &step, pixels, job->bytes - before);
}

/* How many bytes of the update one part in `parts` of what is left of it is. */
static uint64_t
share_of(const struct ds_server_job *job, unsigned parts)
{
    return job->bytes_max > job->bytes ? (job->bytes_max - job->bytes) / parts : 0;
}

/* What is fresh, and then what the last update had no room for: each gets its turn. */
static void
send_in_turn(struct ds_server_job *job, sraRegionPtr fresh, sraRegionPtr late,
        void (*send)(struct ds_server_job *job, sraRegionPtr region))
{
    const uint64_t bytes_max = job->bytes_max;
    if (!sraRgnEmpty(late))
        job->bytes_max -= share_of(job, 2);
    send(job, fresh);
    job->bytes_max = bytes_max;
    send(job, late);
}

/* Text first: it is what is being read, and most often what was just typed. */
static void
send_changes(struct ds_server_job *job, sraRegionPtr fresh, sraRegionPtr late)
{
    sraRegionPtr fresh_photos = take_photos(job, fresh);
    sraRegionPtr late_photos = take_photos(job, late);
    const uint64_t bytes_max = job->bytes_max;

    if (!sraRgnEmpty(fresh_photos) || !sraRgnEmpty(late_photos))
        job->bytes_max -= share_of(job, PHOTO_SHARE);
    send_in_turn(job, fresh, late, send_texts);
    job->bytes_max = bytes_max;
    send_in_turn(job, fresh_photos, late_photos, send_photos);
    sraRgnDestroy(fresh_photos);
    sraRgnDestroy(late_photos);
}

static void
send_modified(struct ds_server_job *job)
{
    struct ds_server_client *client = job->client;
    rfbClientPtr cl = client->cl;
    sraRegionPtr fresh = cl->modifiedRegion;
    sraRegionPtr late = sraRgnCreateRect(0, 0, client->refine.width, client->refine.height);

    cl->modifiedRegion = sraRgnCreate();
    /* This also joins neighbours, which 0.9.14 leaves apart when they were marked in order. */
    sraRgnAnd(fresh, late);
    sraRgnAnd(late, fresh);
    sraRgnAnd(late, client->backlog);
    sraRgnSubtract(fresh, late);
    send_changes(job, fresh, late);
    sraRgnDestroy(fresh);
    sraRgnDestroy(late);
    sraRgnDestroy(client->backlog);
    client->backlog = sraRgnCreateRgn(cl->modifiedRegion);
}

/* Did it change again? Then it is not worth to be sent as it is: what changed comes by itself. */
static bool
is_modified(const struct ds_server_client *client, const struct ds_refine_rect *rect)
{
    sraRegionPtr region =
            sraRgnCreateRect(rect->x, rect->y, rect->x + rect->width, rect->y + rect->height);
    sraRgnAnd(region, client->cl->modifiedRegion);
    const bool is_modified = !sraRgnEmpty(region);
    sraRgnDestroy(region);
    return is_modified;
}

/* As much as there is room for in what an update may take, and the part that is kept for it. */
static void
send_refined(struct ds_server_job *job)
{
    struct ds_refine *refine = &job->client->refine;
    const uint64_t now_us = job->wish->now_us;
    const uint64_t budget = ds_quality_budget(job->wish->bytes_per_s);
    const uint64_t end = MAX(budget, job->bytes + job->bytes / (REFINE_SHARE - 1));
    int tiles_max = (int)CLAMP(budget / REFINE_TILE_BYTES, 1, REFINE_TILES);
    struct ds_refine_rect rect;

    for (int pixels = 0; !is_stopped(job) && job->bytes < end && pixels < REFINE_PIXELS &&
                         ds_refine_take(refine, now_us, tiles_max, &rect);) {
        if (is_modified(job->client, &rect)) {
            ds_refine_sent(refine, &rect, true, now_us);
            continue;
        }
        pixels += rect.width * rect.height;
        send_slice(job, &rect, NULL);
    }
}

/* Somebody waits for what just changed, and for all that comes in the same update. */
static bool
is_answer(const struct ds_server_wish *wish)
{
    return wish->limit_us > 0 && wish->limit_us < DS_QUALITY_BUDGET_US;
}

/* Fresh changes go first, and leave a part of the path to what is due to become exact. */
static void
send_all(struct ds_server_job *job)
{
    const struct ds_server_wish *wish = job->wish;
    const uint64_t bytes_max = job->bytes_max;
    if (!is_answer(wish) && ds_refine_next_us(&job->client->refine) <= wish->now_us)
        job->bytes_max -= share_of(job, REFINE_SHARE);
    send_modified(job);
    job->bytes_max = bytes_max;
    job->is_compact = false;
    send_refined(job);
}

/* How much the path carries in the time that it may take. */
static uint64_t
bytes_within(const struct ds_server_wish *wish)
{
    if (wish->limit_us == 0 || wish->bytes_per_s == 0)
        return UINT64_MAX;
    return MAX(wish->bytes_per_s * wish->limit_us / US_PER_S, UPDATE_BYTES_MIN);
}

void
ds_server_pixels_send(struct ds_server_job *job)
{
    rfbClientPtr cl = job->client->cl;
    const int quality = cl->turboQualityLevel, subsampling = cl->turboSubsampLevel;

    job->bytes_max = bytes_within(job->wish);
    ds_server_client_fit(job->client);
    /* For text ZRLE takes a third less than Tight, and half more CPU; for photos neither is true.
     */
    job->is_compact = job->client->has_zrle && cl->format.bitsPerPixel == 32 &&
                      job->wish->bytes_per_s > 0 && job->wish->bytes_per_s < COMPACT_RATE;
    send_all(job);
    cl->turboQualityLevel = quality;
    cl->turboSubsampLevel = subsampling;
}
