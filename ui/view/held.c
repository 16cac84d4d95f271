/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/held.h"

#include <string.h>

static size_t
find(const struct ds_held *held, uint32_t keycode)
{
    size_t i = 0;
    while (i < held->count && held->keys[i].keycode != keycode)
        i++;
    return i;
}

bool
ds_held_press(struct ds_held *held, uint32_t keycode, uint32_t *keysym)
{
    size_t i = find(held, keycode);
    if (i == DS_HELD_KEYS_MAX)
        return false;
    if (i == held->count) {
        held->keys[i].keycode = keycode;
        held->keys[i].keysym = *keysym;
        held->count++;
    }
    *keysym = held->keys[i].keysym;
    return true;
}

bool
ds_held_release(struct ds_held *held, uint32_t keycode, uint32_t *keysym)
{
    size_t i = find(held, keycode);
    if (i == held->count)
        return false;
    *keysym = held->keys[i].keysym;
    held->count--;
    memmove(&held->keys[i], &held->keys[i + 1], (held->count - i) * sizeof held->keys[0]);
    return true;
}

bool
ds_held_has(const struct ds_held *held, uint32_t keycode)
{
    return find(held, keycode) < held->count;
}

bool
ds_held_pop(struct ds_held *held, uint32_t *keycode, uint32_t *keysym)
{
    if (held->count == 0)
        return false;
    *keycode = held->keys[held->count - 1].keycode;
    return ds_held_release(held, *keycode, keysym);
}

bool
ds_held_button(uint32_t *buttons, unsigned button, bool pressed)
{
    if (button == 0 || button > 31)
        return false;
    uint32_t bit = 1U << button;
    if (((*buttons & bit) != 0) == pressed)
        return false;
    *buttons ^= bit;
    return true;
}

unsigned
ds_held_pop_button(uint32_t *buttons)
{
    for (unsigned button = 1; button <= 31; button++)
        if (ds_held_button(buttons, button, false))
            return button;
    return 0;
}

int
ds_held_scroll(double *rest, double delta)
{
    if (*rest * delta < 0)
        *rest = 0;
    /* Whatever a device claims, nobody means more than this at once. */
    if (!(delta > -100 && delta < 100))
        return 0;
    *rest += delta;
    int steps = (int)*rest;
    *rest -= steps;
    return steps;
}
