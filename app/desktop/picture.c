/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct mapping {
    void *pixels;
    size_t size_bytes;
    int memory;
};

static const cairo_user_data_key_t key;

static void
on_destroy(void *data)
{
    struct mapping *mapping = data;
    munmap(mapping->pixels, mapping->size_bytes);
    if (mapping->memory >= 0)
        close(mapping->memory);
    free(mapping);
}

/* Returns it owned, or NULL. */
static struct mapping *
map(const struct ds_surface *surface)
{
    struct mapping *mapping = malloc(sizeof *mapping);
    if (mapping == NULL)
        return NULL;
    mapping->size_bytes = (size_t)surface->width * surface->height * sizeof *surface->pixels;
    mapping->pixels = mmap(NULL, mapping->size_bytes, PROT_READ, MAP_SHARED, surface->memory, 0);
    if (mapping->pixels == MAP_FAILED) {
        free(mapping);
        return NULL;
    }
    mapping->memory = fcntl(surface->memory, F_DUPFD_CLOEXEC, 0); /* -1: it is copied from here */
    return mapping;
}

cairo_surface_t *
ds_picture_new(const struct ds_surface *surface)
{
    struct mapping *mapping = map(surface);
    if (mapping == NULL)
        return NULL;
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

int
ds_picture_memory(cairo_surface_t *picture)
{
    const struct mapping *mapping = cairo_surface_get_user_data(picture, &key);
    return mapping->memory;
}
