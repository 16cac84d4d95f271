/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/surface.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t
size_bytes(unsigned width, unsigned height)
{
    return (size_t)width * height * sizeof(uint32_t);
}

static int
map(struct ds_surface *surface, unsigned width, unsigned height, int protection, int fd)
{
    void *p = mmap(NULL, size_bytes(width, height), protection, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return DS_ERR_SYSTEM;
    *surface = (struct ds_surface){.pixels = p, .width = width, .height = height, .memory = -1};
    return DS_OK;
}

int
ds_surface_create(struct ds_surface *surface, unsigned width, unsigned height)
{
    int memory = memfd_create("deskside-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    *surface = (struct ds_surface){0};
    if (memory < 0)
        return DS_ERR_SYSTEM;
    if (ftruncate(memory, (off_t)size_bytes(width, height)) != 0 ||
            fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
            map(surface, width, height, PROT_READ, memory) != DS_OK) {
        close(memory);
        return DS_ERR_SYSTEM;
    }
    surface->memory = memory;
    return DS_OK;
}

int
ds_surface_map(struct ds_surface *surface, unsigned width, unsigned height, int fd)
{
    return map(surface, width, height, PROT_READ | PROT_WRITE, fd);
}

static bool
is_inside(const struct ds_surface *surface, unsigned x, unsigned y, const struct ds_rect *size)
{
    return x + size->width <= surface->width && y + size->height <= surface->height;
}

void
ds_surface_move(
        struct ds_surface *surface, unsigned from_x, unsigned from_y, const struct ds_rect *to)
{
    const size_t stride = surface->width;

    if (!is_inside(surface, from_x, from_y, to) || !is_inside(surface, to->x, to->y, to))
        return;
    for (size_t i = 0; i < to->height; i++) {
        size_t row = to->y > from_y ? to->height - 1 - i : i;
        memmove(surface->pixels + (to->y + row) * stride + to->x,
                surface->pixels + (from_y + row) * stride + from_x,
                to->width * sizeof *surface->pixels);
    }
}

void
ds_surface_finish(struct ds_surface *surface)
{
    if (surface->pixels == NULL)
        return;
    munmap(surface->pixels, size_bytes(surface->width, surface->height));
    if (surface->memory >= 0)
        close(surface->memory);
    *surface = (struct ds_surface){0};
}
