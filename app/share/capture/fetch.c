/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/fetch.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint32_t all_planes = UINT32_MAX;

static size_t
bytes_of(const struct ds_band *band)
{
    return (size_t)band->width * (size_t)band->height * sizeof(uint32_t);
}

static void
drop_shared(struct ds_fetch *fetch)
{
    if (fetch->segment != 0)
        xcb_shm_detach(fetch->display->conn, fetch->segment);
    if (fetch->shared != NULL)
        munmap(fetch->shared, fetch->shared_bytes);
    fetch->segment = 0;
    fetch->shared = NULL;
}

/* A sealed file in memory, so that no segment is left behind however this program ends. */
static int
make_file(size_t bytes)
{
    int fd = memfd_create("deskside-screen", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)bytes) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* MIT-SHM passes a file since 1.2. */
static bool
can_share(xcb_connection_t *conn)
{
    const xcb_query_extension_reply_t *data = xcb_get_extension_data(conn, &xcb_shm_id);
    if (data == NULL || !data->present)
        return false;
    g_autofree xcb_shm_query_version_reply_t *version =
            xcb_shm_query_version_reply(conn, xcb_shm_query_version(conn), NULL);
    return version != NULL && version->major_version == 1 && version->minor_version >= 2;
}

static void
make_shared(struct ds_fetch *fetch, size_t bytes)
{
    xcb_connection_t *conn = fetch->display->conn;
    int fd = make_file(bytes);
    if (fd < 0)
        return;
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) {
        close(fd);
        return;
    }
    fetch->shared = shared;
    fetch->shared_bytes = bytes;
    fetch->segment = xcb_generate_id(conn);
    xcb_void_cookie_t cookie =
            xcb_shm_attach_fd_checked(conn, fetch->segment, fd, 0); /* closes it */
    g_autofree xcb_generic_error_t *failed = xcb_request_check(conn, cookie);
    if (failed != NULL) {
        fetch->segment = 0;
        drop_shared(fetch);
    }
}

void
ds_fetch_init(struct ds_fetch *fetch, struct ds_display *display, size_t pixels)
{
    memset(fetch, 0, sizeof *fetch);
    fetch->display = display;
    if (can_share(display->conn))
        make_shared(fetch, pixels * sizeof(uint32_t));
}

void
ds_fetch_finish(struct ds_fetch *fetch)
{
    ds_fetch_release(fetch);
    drop_shared(fetch);
}

void
ds_fetch_release(struct ds_fetch *fetch)
{
    for (size_t i = 0; i < DS_BANDS_MAX; i++)
        g_clear_pointer(&fetch->replies[i], free);
}

/* The server writes all bands into the shared memory, one behind the other, in one go. */
static void
fetch_shared(struct ds_fetch *fetch, struct ds_bands *bands)
{
    xcb_connection_t *conn = fetch->display->conn;
    xcb_shm_get_image_cookie_t cookies[DS_BANDS_MAX];
    size_t offset = 0;

    for (size_t i = 0; i < bands->count; i++) {
        struct ds_band *band = &bands->list[i];
        cookies[i] = xcb_shm_get_image(conn, fetch->display->root, (int16_t)band->x,
                (int16_t)band->y, (uint16_t)band->width, (uint16_t)band->height, all_planes,
                XCB_IMAGE_FORMAT_Z_PIXMAP, fetch->segment, (uint32_t)offset);
        band->fresh = fetch->shared + offset / sizeof(uint32_t);
        offset += bytes_of(band);
    }
    for (size_t i = 0; i < bands->count; i++) {
        g_autofree void *reply = xcb_shm_get_image_reply(conn, cookies[i], NULL);
        if (reply == NULL)
            bands->list[i].fresh = NULL;
    }
}

static void
fetch_plain(struct ds_fetch *fetch, struct ds_bands *bands)
{
    xcb_connection_t *conn = fetch->display->conn;

    for (size_t i = 0; i < bands->count; i++) {
        struct ds_band *band = &bands->list[i];
        xcb_get_image_reply_t *reply = xcb_get_image_reply(conn,
                xcb_get_image(conn, XCB_IMAGE_FORMAT_Z_PIXMAP, fetch->display->root,
                        (int16_t)band->x, (int16_t)band->y, (uint16_t)band->width,
                        (uint16_t)band->height, all_planes),
                NULL);
        fetch->replies[i] = reply;
        /* XCB aligns a reply's data to 4 bytes. */
        if (reply != NULL && (size_t)xcb_get_image_data_length(reply) >= bytes_of(band))
            band->fresh = (const void *)xcb_get_image_data(reply);
    }
}

bool
ds_fetch_bands(struct ds_fetch *fetch, struct ds_bands *bands)
{
    const size_t wanted = bands->count;

    ds_fetch_release(fetch);
    if (fetch->segment != 0)
        fetch_shared(fetch, bands);
    else
        fetch_plain(fetch, bands);
    bands->count = 0;
    for (size_t i = 0; i < wanted; i++)
        if (bands->list[i].fresh != NULL)
            bands->list[bands->count++] = bands->list[i];
    return bands->count == wanted;
}
