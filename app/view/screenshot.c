/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/screenshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <png.h>

enum { CHANNELS = 3 };

static bool
set_error(GError **error, const char *path, int err, const char *why)
{
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(err),
            "The screenshot could not be saved as \xe2\x80\x9c%s\xe2\x80\x9d: %s", path, why);
    return false;
}

static bool
set_errno_error(GError **error, const char *path, int err)
{
    return set_error(error, path, err, g_strerror(err));
}

/* Returns owned memory, NULL where there is none: red, green, blue, a byte each. */
static png_byte *
copy_channels(const struct ds_surface *surface)
{
    gsize count = (gsize)surface->width * surface->height;
    png_byte *bytes = g_try_malloc_n(count, CHANNELS);

    for (gsize i = 0; bytes != NULL && i < count; i++) {
        uint32_t pixel = surface->pixels[i];
        bytes[CHANNELS * i] = (png_byte)(pixel >> 16);
        bytes[CHANNELS * i + 1] = (png_byte)(pixel >> 8);
        bytes[CHANNELS * i + 2] = (png_byte)pixel;
    }
    return bytes;
}

/* Write the file to `stream` and the disk. `*err` is 0 where libpng failed on its own account. */
static bool
write_png(const struct ds_surface *surface, FILE *stream, png_image *image, int *err)
{
    png_byte *bytes = copy_channels(surface);

    *image = (png_image){.version = PNG_IMAGE_VERSION,
            .width = surface->width,
            .height = surface->height,
            .format = PNG_FORMAT_RGB};
    if (bytes == NULL) {
        *err = ENOMEM;
        return false;
    }
    errno = 0;
    bool ok = png_image_write_to_stdio(image, stream, 0, bytes, 0, NULL) != 0 &&
              fflush(stream) == 0 && fsync(fileno(stream)) == 0;
    *err = errno;
    g_free(bytes);
    return ok;
}

static bool
write_file(const struct ds_surface *surface, const char *path, int fd, GError **error)
{
    FILE *stream = fdopen(fd, "wb");
    png_image image = {0};
    int err;

    if (stream == NULL) {
        err = errno;
        close(fd);
        return set_errno_error(error, path, err);
    }
    bool ok = write_png(surface, stream, &image, &err);
    if (fclose(stream) != 0 && ok) {
        err = errno;
        ok = false;
    }
    if (ok)
        return true;
    return err != 0 ? set_errno_error(error, path, err)
                    : set_error(error, path, EIO, image.message);
}

/* Make the file that is renamed over `path` later. Returns its descriptor and its name, owned. */
static int
make_temporary(const char *path, char **name, GError **error)
{
    struct stat st;

    *name = NULL;
    /* A rename over a device, as root, would put a picture in its place. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        set_error(error, path, EINVAL, "it is not a regular file");
        return -1;
    }
    *name = g_strconcat(path, ".XXXXXX", NULL);
    int fd = g_mkstemp_full(*name, O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        set_errno_error(error, path, errno);
    return fd;
}

bool
ds_screenshot_check(const char *path, GError **error)
{
    g_autofree char *temporary = NULL;

    int fd = make_temporary(path, &temporary, error);
    if (fd < 0)
        return false;
    close(fd);
    g_unlink(temporary);
    return true;
}

bool
ds_screenshot_save(const struct ds_surface *surface, const char *path, GError **error)
{
    g_autofree char *temporary = NULL;

    int fd = make_temporary(path, &temporary, error);
    if (fd < 0)
        return false;
    bool ok = write_file(surface, path, fd, error);
    if (ok && rename(temporary, path) != 0)
        ok = set_errno_error(error, path, errno);
    if (!ok)
        g_unlink(temporary);
    return ok;
}
