/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/share/rfb/server_parts.h"
#include "net/wire/reader.h"

enum {
    VERSION_BYTES = 12,
    FILE_KEEP_BYTES = 1024 * 1024, /* memory that a client's file keeps between updates */
};

/*
 * rfbNewClient() looks for WebSockets and TLS in what the client says first, which works on sockets
 * only and waits 100 ms for it: let it find the version line on one of a pair.
 */
static rfbClientPtr
begin_client(rfbScreenInfoPtr screen, const uint8_t *version)
{
    int pair[2];
    rfbClientPtr cl = NULL;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return NULL;
    if (pair[0] >= FD_SETSIZE || pair[1] >= FD_SETSIZE) { /* the library would abort */
        close(pair[0]);
        errno = EMFILE;
    } else if (send(pair[1], version, VERSION_BYTES, MSG_NOSIGNAL) != VERSION_BYTES) {
        close(pair[0]);
    } else {
        cl = rfbNewClient(screen, pair[0]); /* takes it, also on failure */
    }
    close(pair[1]);
    return cl;
}

struct ds_server_client *
ds_server_client_new(struct ds_server *server, const uint8_t *version)
{
    int file = memfd_create("deskside-rfb", MFD_CLOEXEC);
    if (file < 0)
        return NULL;
    if (file >= FD_SETSIZE) {
        close(file);
        errno = EMFILE;
        return NULL;
    }
    errno = ENOMEM;
    rfbClientPtr cl = begin_client(server->screen, version);
    if (cl == NULL) {
        close(file);
        return NULL;
    }
    FD_CLR(cl->sock, &server->screen->allFds);
    close(cl->sock);
    cl->sock = file;

    struct ds_server_client *client = g_new0(struct ds_server_client, 1);
    client->cl = cl;
    client->server = server;
    client->file = file;
    client->backlog = sraRgnCreate();
    ds_quality_init(&client->quality);
    ds_server_client_fit(client);
    cl->clientData = client;
    /* The library waits for a request or a pixel format before it sends any cursor, but it gets no
     * requests, and who is content with our format sends none. */
    cl->readyForSetColourMapEntries = TRUE;
    return client;
}

void
ds_server_client_free(struct ds_server_client *client)
{
    if (client == NULL)
        return;
    rfbClientConnectionGone(client->cl); /* closes the file */
    sraRgnDestroy(client->backlog);
    ds_refine_finish(&client->refine);
    g_free(client->contents);
    g_free(client);
}

int
ds_server_client_take(struct ds_server_client *client, off_t from, GByteArray *output)
{
    off_t end = lseek(client->file, 0, SEEK_CUR);
    if (end < from)
        return DS_ERR_SYSTEM;
    size_t left = (size_t)(end - from);
    guint at = output->len;
    g_byte_array_set_size(output, at + (guint)left);
    while (left > 0) {
        ssize_t n = pread(client->file, output->data + at, left, from);
        if (n <= 0) {
            g_byte_array_set_size(output, at);
            return DS_ERR_SYSTEM;
        }
        at += (guint)n;
        from += n;
        left -= (size_t)n;
    }
    if (end > FILE_KEEP_BYTES && ftruncate(client->file, FILE_KEEP_BYTES) < 0)
        return DS_ERR_SYSTEM;
    return 0;
}

bool
ds_server_client_is_lost(struct ds_server_client *client)
{
    if (client->cl->sock == client->file)
        return false;
    client->file = -1;
    return true;
}

/* Have all that is held with loss sent again as if it had changed. */
static void
give_up_refining(struct ds_server_client *client)
{
    struct ds_refine_rect rect;
    while (ds_refine_take(&client->refine, UINT64_MAX, client->refine.columns, &rect))
        ds_server_client_want(client, rect.x, rect.y, rect.width, rect.height);
}

/* The library keeps only what is preferred of the list of encodings; the filter saw to its length.
 */
static bool
lists(const uint8_t *message, size_t len, uint32_t encoding)
{
    struct ds_reader r;
    ds_reader_init(&r, message, len);
    ds_reader_u32(&r); /* type, padding, number */
    while (ds_reader_left(&r) > 0 && !r.failed)
        if (ds_reader_u32(&r) == encoding)
            return true;
    return false;
}

/*
 * The viewer may have chosen anew, by another list of encodings or another pixel format; Tight has
 * no JPEG for formats of 8 bits.
 */
static void
take_choice(struct ds_server_client *client, const uint8_t *bytes, size_t len)
{
    const struct _rfbClientRec *cl = client->cl;
    if (bytes[0] == rfbSetEncodings)
        client->has_zrle = lists(bytes, len, rfbEncodingZRLE);
    client->ceiling = cl->format.bitsPerPixel > 8 ? MAX(cl->turboQualityLevel, 0) : 0;
    if (!ds_server_client_is_composed(client))
        give_up_refining(client);
}

int
ds_server_client_input(
        struct ds_server_client *client, const uint8_t *bytes, size_t len, GByteArray *output)
{
    if (client->file < 0)
        return DS_ERR_PROTOCOL;
    if (ftruncate(client->file, 0) < 0 || pwrite(client->file, bytes, len, 0) != (ssize_t)len ||
            lseek(client->file, 0, SEEK_SET) < 0)
        return DS_ERR_SYSTEM;
    bool was_told = client->cl->state == RFB_NORMAL;
    rfbProcessClientMessage(client->cl);
    if (ds_server_client_is_lost(client))
        return DS_ERR_PROTOCOL;
    if (was_told)
        take_choice(client, bytes, len);
    else if (client->cl->state == RFB_NORMAL)
        ds_server_size(client->server, &client->width, &client->height);
    return ds_server_client_take(client, (off_t)len, output);
}

static int
tile_end(int at)
{
    return (at + DS_REFINE_SIDE - 1) / DS_REFINE_SIDE * DS_REFINE_SIDE;
}

void
ds_server_client_want(struct ds_server_client *client, int x, int y, int width, int height)
{
    const struct _rfbScreenInfo *screen = client->server->screen;
    if (width <= 0 || height <= 0 || x >= screen->width || y >= screen->height)
        return;
    ds_server_copy_forget(client);
    /* In whole tiles: it may ask for a pixel here and a pixel there, a million times. */
    sraRegionPtr region = sraRgnCreateRect(x - x % DS_REFINE_SIDE, y - y % DS_REFINE_SIDE,
            MIN(tile_end(x + width), screen->width), MIN(tile_end(y + height), screen->height));
    sraRgnOr(client->cl->modifiedRegion, region);
    sraRgnDestroy(region);
}

bool
ds_server_client_is_pending(const struct ds_server_client *client)
{
    rfbClientPtr cl = client->cl;
    if (client->file < 0 || cl->state != RFB_NORMAL)
        return false;
    return FB_UPDATE_PENDING(cl) || !sraRgnEmpty(cl->modifiedRegion);
}

uint64_t
ds_server_client_next_us(const struct ds_server_client *client)
{
    return ds_refine_next_us(&client->refine);
}
