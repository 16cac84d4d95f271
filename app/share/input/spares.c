/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/spares.h"

/* Where a keysym may stand. */
struct place {
    bool is_found;
    bool is_beside; /* on the second level, which is empty, of a half that stays as it is */
    size_t key, half;
};

/* An empty half has never been used, and the first halves are looked at first. */
static struct place
choose_half(const struct ds_spares *spares, size_t halves, const bool *held)
{
    struct place oldest = {0};
    uint64_t oldest_us = UINT64_MAX;
    for (size_t half = 0; half < halves; half++)
        for (size_t i = 0; i < spares->count; i++) {
            const struct ds_spare *key = &spares->keys[i];
            if (held[key->code] || key->used_us[half] >= oldest_us)
                continue;
            oldest = (struct place){.is_found = true, .key = i, .half = half};
            oldest_us = key->used_us[half];
        }
    return oldest;
}

/* Find a half whose second level is empty yet: what has no capital leaves it so. */
static struct place
find_level(const struct ds_spares *spares, size_t halves, const bool *held)
{
    for (size_t i = 0; i < spares->count; i++)
        for (size_t half = 0; half < halves; half++) {
            const xkb_keysym_t *levels = &spares->keys[i].keysyms[2 * half];
            if (!held[spares->keys[i].code] && levels[0] != 0 && levels[1] == 0)
                return (struct place){.is_found = true, .is_beside = true, .key = i, .half = half};
        }
    return (struct place){0};
}

static bool
is_character(xkb_keysym_t keysym)
{
    return xkb_keysym_to_utf32(keysym) != 0;
}

/* A letter and its capital come together. */
static bool
is_one_of_two(xkb_keysym_t keysym)
{
    xkb_keysym_t lower = xkb_keysym_to_lower(keysym), upper = xkb_keysym_to_upper(keysym);
    return lower != upper && (lower == keysym || upper == keysym);
}

static struct place
find_place(const struct ds_spares *spares, xkb_keysym_t keysym, bool has_halves, const bool *held)
{
    size_t halves = has_halves ? DS_SPARE_HALVES : 1;
    struct place place = {0};
    /* What is no character is pressed whatever Shift and AltGr are. */
    if (!is_character(keysym))
        return choose_half(spares, 1, held);
    if (!is_one_of_two(keysym))
        place = find_level(spares, halves, held);
    return place.is_found ? place : choose_half(spares, halves, held);
}

uint64_t
ds_spares_room_us(
        const struct ds_spares *spares, xkb_keysym_t keysym, bool has_halves, const bool *held)
{
    struct place place = find_place(spares, keysym, has_halves, held);
    if (!place.is_found)
        return UINT64_MAX;
    uint64_t used_us = spares->keys[place.key].used_us[place.half];
    return place.is_beside || used_us == 0 ? 0 : used_us + DS_SPARE_REST_US;
}

struct ds_spare *
ds_spares_put(struct ds_spares *spares, xkb_keysym_t keysym, bool has_halves, const bool *held,
        uint64_t now_us)
{
    struct place place = find_place(spares, keysym, has_halves, held);
    if (!place.is_found)
        return NULL;
    struct ds_spare *key = &spares->keys[place.key];
    xkb_keysym_t *levels = &key->keysyms[2 * place.half];
    bool is_pair = is_one_of_two(keysym);
    if (place.is_beside) {
        levels[1] = keysym;
    } else {
        levels[0] = is_pair ? xkb_keysym_to_lower(keysym) : keysym;
        levels[1] = is_pair ? xkb_keysym_to_upper(keysym) : is_character(keysym) ? 0 : keysym;
    }
    key->used_us[place.half] = now_us;
    return key;
}

/* There are several keysyms for many a character. */
static bool
is_same(xkb_keysym_t one, xkb_keysym_t other)
{
    return one == other ||
           (is_character(one) && xkb_keysym_to_utf32(one) == xkb_keysym_to_utf32(other));
}

void
ds_spares_use(struct ds_spares *spares, xkb_keycode_t code, xkb_keysym_t keysym, uint64_t now_us)
{
    for (size_t i = 0; i < spares->count; i++)
        for (size_t level = 0; level < DS_SPARE_LEVELS; level++)
            if (spares->keys[i].code == code && is_same(spares->keys[i].keysyms[level], keysym))
                spares->keys[i].used_us[level / 2] = now_us;
}
