/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "app/share/rfb/server_parts.h"

enum {
    HEAD_BYTES = 4, /* RFC 6143, 7.6.1: type, padding, u16 number of rectangles */
    HEAD_COUNT_AT = 2,
    UNCOUNTED = 0xffff, /* until a LastRect comes */
};

/*
 * Have the library tell of a new size, if it is one. We keep account ourselves: the library forgets
 * a change between ServerInit and the list of encodings, and sends one who does not know of sizes
 * rectangles that lie outside of what it knows.
 */
static int
tell_size(struct ds_server_client *client)
{
    const struct _rfbScreenInfo *screen = client->server->screen;
    if (client->width == screen->width && client->height == screen->height)
        return 0;
    if (!client->cl->useNewFBSize)
        return DS_ERR_INVALID;
    client->cl->newFBSizePending = TRUE;
    ds_server_size(client->server, &client->width, &client->height);
    return 0;
}

/* Have the library send these pixels, and whatever else there is: a size, a cursor, copies. */
static int
send_by_library(struct ds_server_client *client, sraRegionPtr region, GByteArray *output)
{
    rfbClientPtr cl = client->cl;
    const rfbScreenInfo *screen = client->server->screen;

    if (lseek(client->file, 0, SEEK_SET) < 0)
        return DS_ERR_SYSTEM;
    /* Never what the viewer asked for: rfbSendCopyRegion() of 0.9.14 overruns its buffer when that
     * is a region of many rectangles. */
    sraRgnDestroy(cl->requestedRegion);
    cl->requestedRegion = sraRgnCreateRect(0, 0, screen->width, screen->height);
    rfbBool ok = rfbSendFramebufferUpdate(cl, region);
    if (ds_server_client_is_lost(client) || !ok)
        return DS_ERR_PROTOCOL;
    return ds_server_client_take(client, 0, output);
}

/* All in one, without loss: what is drawn into the pixels, like a cursor, cannot be refined. */
static int
send_whole(struct ds_server_client *client, GByteArray *output)
{
    rfbClientPtr cl = client->cl;
    const int quality = cl->turboQualityLevel;
    sraRegionPtr region = sraRgnCreateRgn(cl->modifiedRegion);

    cl->turboQualityLevel = DS_SERVER_LOSSLESS;
    int err = send_by_library(client, region, output);
    cl->turboQualityLevel = quality;
    sraRgnDestroy(region);
    return err;
}

/* What is not pixels; `*is_done` when that is a message that nothing can be added to. */
static int
send_head(struct ds_server_client *client, GByteArray *output, bool *is_done)
{
    const bool is_size = client->cl->newFBSizePending;
    const guint at = output->len;
    sraRegionPtr none = sraRgnCreate();
    int err = send_by_library(client, none, output);

    sraRgnDestroy(none);
    if (err < 0)
        return err;
    if (output->len == at)
        g_byte_array_append(output, (const guint8[HEAD_BYTES]){rfbFramebufferUpdate}, HEAD_BYTES);
    const guint8 *count = output->data + at + HEAD_COUNT_AT;
    *is_done = is_size || (count[0] << 8 | count[1]) == UNCOUNTED;
    return 0;
}

static int
send_pixels(struct ds_server_job *job, GByteArray *output)
{
    struct ds_server_client *client = job->client;
    rfbClientPtr cl = client->cl;

    if (lseek(client->file, 0, SEEK_SET) < 0)
        return DS_ERR_SYSTEM;
    cl->ublen = 0;
    ds_server_pixels_send(job);
    if (job->is_broken || (job->is_uncounted && !rfbSendLastRectMarker(cl)) ||
            !rfbSendUpdateBuf(cl) || ds_server_client_is_lost(client))
        return DS_ERR_PROTOCOL;
    return ds_server_client_take(client, 0, output);
}

static int
compose(struct ds_server_client *client, const struct ds_server_wish *wish, GByteArray *output)
{
    struct ds_server_job job = {.client = client, .wish = wish};
    const guint at = output->len;
    bool is_done;

    int err = send_head(client, output, &is_done);
    if (err < 0 || is_done)
        return err;
    err = send_pixels(&job, output);
    if (err < 0)
        return err;
    guint8 *head = output->data + at + HEAD_COUNT_AT;
    unsigned rects = job.is_uncounted ? UNCOUNTED : (head[0] << 8 | head[1]) + job.rects;
    head[0] = (guint8)(rects >> 8);
    head[1] = (guint8)rects;
    if (rects == 0)
        g_byte_array_set_size(output, at);
    return 0;
}

int
ds_server_client_update(
        struct ds_server_client *client, const struct ds_server_wish *wish, GByteArray *output)
{
    if (client->file < 0)
        return DS_ERR_PROTOCOL;
    int err = tell_size(client);
    if (err < 0)
        return err;
    ds_server_copy_settle(client);
    return ds_server_client_is_composed(client) ? compose(client, wish, output)
                                                : send_whole(client, output);
}
