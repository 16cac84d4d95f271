/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/port_window.h"

#include <stdlib.h>

#include "net/base/limits.h"

struct ds_port_window {
    size_t count;
    struct ds_candidate_dial *dials[DS_PUNCH_WINDOW_BOTH];
};

int
ds_port_window_new(struct ds_port_window **out, const struct ds_candidate_dial_config *config,
        struct ds_local_port *const *ports, size_t count, ds_candidate_dial_fn fn, void *arg)
{
    struct ds_port_window *window = calloc(1, sizeof *window);
    struct ds_candidate_dial_config each = *config;

    *out = window;
    if (window == NULL)
        return DS_ERR_NOMEM;
    for (; window->count < count; window->count++) {
        each.port = ports[window->count];
        if (ds_candidate_dial_new(&window->dials[window->count], &each, fn, arg) < 0) {
            ds_port_window_free(window);
            *out = NULL;
            return DS_ERR_NOMEM;
        }
    }
    for (size_t i = 0; i < count; i++) /* close to each other, so that nobody comes in between */
        ds_candidate_dial_begin(window->dials[i]);
    return 0;
}

void
ds_port_window_settle(struct ds_port_window *window)
{
    for (size_t i = 0; window != NULL && i < window->count; i++)
        ds_candidate_dial_settle(window->dials[i]);
}

bool
ds_port_window_is_proving(const struct ds_port_window *window)
{
    for (size_t i = 0; window != NULL && i < window->count; i++)
        if (ds_candidate_dial_is_proving(window->dials[i]))
            return true;
    return false;
}

void
ds_port_window_free(struct ds_port_window *window)
{
    for (size_t i = 0; window != NULL && i < window->count; i++)
        ds_candidate_dial_free(window->dials[i]);
    free(window);
}
