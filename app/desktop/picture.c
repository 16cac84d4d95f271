/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

struct mapping {
    void *pixels;
    size_t size_bytes;
};

static void
on_destroy(void *data)
{
    struct mapping *mapping = data;
    munmap(mapping->pixels, mapping->size_bytes);
    free(mapping);
}

cairo_surface_t *
ds_picture_new(const struct ds_surface *surface)
{
    static const cairo_user_data_key_t key;
    struct mapping *mapping = malloc(sizeof *mapping);
    if (mapping == NULL)
        return NULL;
    mapping->size_bytes = (size_t)surface->width * surface->height * sizeof *surface->pixels;
    mapping->pixels = mremap(surface->pixels, 0, mapping->size_bytes, MREMAP_MAYMOVE);
    if (mapping->pixels == MAP_FAILED) {
        free(mapping);
        return NULL;
    }
    cairo_surface_t *picture = cairo_image_surface_create_for_data(mapping->pixels,
            CAIRO_FORMAT_RGB24, (int)surface->width, (int)surface->height,
            (int)(surface->width * sizeof *surface->pixels));
    if (cairo_surface_set_user_data(picture, &key, mapping, on_destroy) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(picture);
        on_destroy(mapping);
        errno = ENOMEM;
        return NULL;
    }
    return picture;
}
