/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/server.h"

#include <stdarg.h>
#include <string.h>

#include "app/share/rfb/server_parts.h"
#include "net/base/log.h"

enum {
    SCREEN_ID = 1, /* libvncclient 0.9.14 ignores a screen of id 0 */
    UPDATE_RECTS_MAX = 500,
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

uint64_t
ds_server_count_pixels(sraRegionPtr region)
{
    uint64_t pixels = 0;
    sraRect rect;
    sraRectangleIterator *all = sraRgnGetIterator(region);
    while (sraRgnIteratorNext(all, &rect))
        pixels += (uint64_t)(rect.x2 - rect.x1) * (uint64_t)(rect.y2 - rect.y1);
    sraRgnReleaseIterator(all);
    return pixels;
}
