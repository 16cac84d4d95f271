/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/server.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rfb/rfb.h>
#include <rfb/rfbregion.h>

#include "net/base/log.h"

enum {
    VERSION_BYTES = 12,
    SCREEN_ID = 1,                 /* libvncclient 0.9.14 ignores a screen of id 0 */
    FILE_KEEP_BYTES = 1024 * 1024, /* memory that a client's file keeps between updates */
    UPDATE_RECTS_MAX = 500,
};

struct ds_server {
    rfbScreenInfoPtr screen;
    char *name;
};

struct ds_server_client {
    rfbClientPtr cl;
    struct ds_server *server;
    int file;          /* the library's "socket"; -1 when the library has closed it */
    int width, height; /* of the screen as the client was told, pixels */
};

/* What peers say ends up in these lines: ds_log() cuts and cleans them. */
static void G_GNUC_PRINTF(1, 2) on_log(const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    g_vsnprintf(line, sizeof line, format, args);
    va_end(args);
    g_strchomp(line);
    DS_DEBUG("rfb", "%s", line);
}

static void
ignore_key(rfbBool down, rfbKeySym key, rfbClientPtr cl)
{
}

static void
ignore_pointer(int buttons, int x, int y, rfbClientPtr cl)
{
}

static void
ignore_text(char *text, int len, rfbClientPtr cl)
{
}

static int
count_screens(rfbClientPtr cl)
{
    return 1;
}

static rfbBool
describe_screen(int index, rfbExtDesktopScreen *out, rfbClientPtr cl)
{
    memset(out, 0, sizeof *out);
    out->id = SCREEN_ID;
    out->width = (uint16_t)cl->screen->width;
    out->height = (uint16_t)cl->screen->height;
    return TRUE;
}

/* X11's own layout, so that no pixel is translated for a client that takes it too. */
static void
set_format(rfbScreenInfoPtr screen)
{
    screen->serverFormat.depth = 24;
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
}

static void
set_hooks(rfbScreenInfoPtr screen)
{
    screen->port = 0;
    screen->ipv6port = 0;
    screen->autoPort = FALSE;
    screen->httpDir = NULL;
    screen->alwaysShared = TRUE;
    screen->permitFileTransfer = FALSE;
    screen->deferUpdateTime = 0;
    screen->maxRectsPerUpdate = UPDATE_RECTS_MAX;
    screen->cursor = NULL;
    screen->kbdAddEvent = ignore_key;
    screen->ptrAddEvent = ignore_pointer;
    screen->setXCutText = ignore_text;
    screen->numberOfExtDesktopScreensHook = count_screens;
    screen->getExtDesktopScreenHook = describe_screen;
}

struct ds_server *
ds_server_new(uint32_t *pixels, unsigned width, unsigned height, const char *name)
{
    rfbLog = rfbErr = on_log;
    rfbScreenInfoPtr screen = rfbGetScreen(NULL, NULL, (int)width, (int)height, 8, 3, 4);
    if (screen == NULL)
        return NULL;
    struct ds_server *server = g_new0(struct ds_server, 1);
    server->screen = screen;
    server->name = g_strdup(name);
    screen->desktopName = server->name;
    screen->frameBuffer = (char *)pixels;
    set_format(screen);
    set_hooks(screen);
    return server;
}

void
ds_server_free(struct ds_server *server)
{
    if (server == NULL)
        return;
    server->screen->frameBuffer = NULL;
    rfbScreenCleanup(server->screen);
    g_free(server->name);
    g_free(server);
}

void
ds_server_resize(struct ds_server *server, uint32_t *pixels, unsigned width, unsigned height)
{
    rfbScreenInfoPtr screen = server->screen;
    rfbNewFramebuffer(screen, (char *)pixels, (int)width, (int)height, 8, 3, 4);
    set_format(screen);
    rfbClientIteratorPtr all = rfbGetClientIterator(screen);
    for (rfbClientPtr cl = rfbClientIteratorNext(all); cl != NULL; cl = rfbClientIteratorNext(all))
        screen->setTranslateFunction(cl);
    rfbReleaseClientIterator(all);
}

void
ds_server_size(const struct ds_server *server, uint16_t *width, uint16_t *height)
{
    *width = (uint16_t)server->screen->width;
    *height = (uint16_t)server->screen->height;
}

void
ds_server_mark(struct ds_server *server, int x, int y, int width, int height)
{
    rfbMarkRectAsModified(server->screen, x, y, x + width, y + height);
}

/* Undo the premultiplication by alpha: RFC 6143's cursors are opaque or not there. */
static uint32_t
full_colour(uint32_t pixel)
{
    uint32_t alpha = pixel >> 24, colour = 0;
    for (unsigned shift = 0; shift < 24 && alpha > 0; shift += 8) {
        uint32_t value = (pixel >> shift & 0xff) * 0xff / alpha;
        colour |= (value > 0xff ? 0xff : value) << shift;
    }
    return colour;
}

/* The library frees what it is given with free(). */
static rfbCursorPtr
make_cursor(const struct ds_server_cursor *shape)
{
    size_t row_bytes = (shape->width + 7) / 8;
    size_t count = (size_t)shape->width * shape->height;
    rfbCursorPtr cursor = calloc(1, sizeof *cursor);
    uint32_t *pixels = calloc(count, sizeof *pixels);
    unsigned char *mask = calloc(row_bytes, shape->height);

    if (cursor == NULL || pixels == NULL || mask == NULL) {
        free(cursor);
        free(pixels);
        free(mask);
        return NULL;
    }
    for (unsigned y = 0; y < shape->height; y++)
        for (unsigned x = 0; x < shape->width; x++) {
            uint32_t pixel = shape->pixels[(size_t)y * shape->width + x];
            pixels[(size_t)y * shape->width + x] = full_colour(pixel);
            if (pixel >> 24 >= 0x80)
                mask[y * row_bytes + x / 8] |= (unsigned char)(0x80 >> x % 8);
        }
    cursor->width = (unsigned short)shape->width;
    cursor->height = (unsigned short)shape->height;
    cursor->xhot = (unsigned short)shape->hot_x;
    cursor->yhot = (unsigned short)shape->hot_y;
    cursor->richSource = (unsigned char *)pixels;
    cursor->mask = mask;
    cursor->cleanup = cursor->cleanupRichSource = cursor->cleanupMask = TRUE;
    return cursor;
}

void
ds_server_set_cursor(struct ds_server *server, const struct ds_server_cursor *cursor)
{
    rfbCursorPtr made = cursor != NULL ? make_cursor(cursor) : NULL;
    rfbSetCursor(server->screen, made);
}

void
ds_server_set_pointer(struct ds_server *server, int x, int y, const struct ds_server_client *mover)
{
    rfbScreenInfoPtr screen = server->screen;
    if (screen->cursorX == x && screen->cursorY == y)
        return;
    rfbClientIteratorPtr all = rfbGetClientIterator(screen);
    for (rfbClientPtr cl = rfbClientIteratorNext(all); cl != NULL; cl = rfbClientIteratorNext(all))
        if (mover == NULL || cl != mover->cl)
            cl->cursorWasMoved = TRUE;
    rfbReleaseClientIterator(all);
    screen->cursorX = x;
    screen->cursorY = y;
}

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
    return client;
}

void
ds_server_client_free(struct ds_server_client *client)
{
    if (client == NULL)
        return;
    rfbClientConnectionGone(client->cl); /* closes the file */
    g_free(client);
}

/* Append what stands in the file from `from` on to `output`. */
static int
take_output(struct ds_server_client *client, off_t from, GByteArray *output)
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

/* The library closes what it takes for a socket when it gives a client up. */
static bool
is_given_up(struct ds_server_client *client)
{
    if (client->cl->sock == client->file)
        return false;
    client->file = -1;
    return true;
}

/* The client has been told of the screen's present size. */
static void
take_size(struct ds_server_client *client)
{
    client->width = client->server->screen->width;
    client->height = client->server->screen->height;
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
    if (is_given_up(client))
        return DS_ERR_PROTOCOL;
    if (!was_told && client->cl->state == RFB_NORMAL)
        take_size(client);
    return take_output(client, (off_t)len, output);
}

void
ds_server_client_want(struct ds_server_client *client, int x, int y, int width, int height)
{
    rfbScreenInfoPtr screen = client->server->screen;
    int x2 = MIN(x + width, screen->width);
    int y2 = MIN(y + height, screen->height);
    if (x >= x2 || y >= y2)
        return;
    sraRegionPtr region = sraRgnCreateRect(x, y, x2, y2);
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
    take_size(client);
    return 0;
}

int
ds_server_client_update(struct ds_server_client *client, GByteArray *output)
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
    if (is_given_up(client) || !ok)
        return DS_ERR_PROTOCOL;
    return take_output(client, 0, output);
}
