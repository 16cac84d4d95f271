/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "app/share/rfb/server_parts.h"

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

int
ds_server_client_update(
        struct ds_server_client *client, const struct ds_server_wish *wish, GByteArray *output)
{
    rfbClientPtr cl = client->cl;
    rfbScreenInfoPtr screen = client->server->screen;
    if (client->file < 0 || lseek(client->file, 0, SEEK_SET) < 0)
        return DS_ERR_PROTOCOL;
    int err = tell_size(client);
    if (err < 0)
        return err;
    /* Never what the viewer asked for: rfbSendCopyRegion() of 0.9.14 overruns its buffer when that
     * is a region of many rectangles. */
    sraRgnDestroy(cl->requestedRegion);
    cl->requestedRegion = sraRgnCreateRect(0, 0, screen->width, screen->height);
    sraRegionPtr region = sraRgnCreateRgn(cl->modifiedRegion);
    rfbBool ok = rfbSendFramebufferUpdate(cl, region);
    sraRgnDestroy(region);
    if (ds_server_client_is_lost(client) || !ok)
        return DS_ERR_PROTOCOL;
    return ds_server_client_take(client, 0, output);
}
