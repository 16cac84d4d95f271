/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/spares.h"

/* Where a keysym may stand. */
struct place {
    struct ds_spare *key; /* NULL: nowhere */
    size_t half;
};

static uint64_t
age_of(struct place place)
{
    return place.key != NULL ? place.key->used[place.half] : UINT64_MAX;
}

/* An empty half has never been used, and the first halves are looked at first. */
static struct place
choose_half(struct ds_spares *spares, size_t halves, const bool *held)
{
    struct place oldest = {0};
    for (size_t half = 0; half < halves; half++)
        for (size_t i = 0; i < spares->count; i++) {
            struct place place = {.key = &spares->keys[i], .half = half};
            if (!held[place.key->code] && age_of(place) < age_of(oldest))
                oldest = place;
        }
    return oldest;
}

/* Find a half whose second level is empty yet: what has no capital leaves it so. */
static struct place
find_level(struct ds_spares *spares, size_t halves, const bool *held)
{
    for (size_t i = 0; i < spares->count; i++)
        for (size_t half = 0; half < halves; half++) {
            const xkb_keysym_t *levels = &spares->keys[i].keysyms[2 * half];
            if (!held[spares->keys[i].code] && levels[0] != 0 && levels[1] == 0)
                return (struct place){.key = &spares->keys[i], .half = half};
        }
    return (struct place){0};
}

static struct ds_spare *
put(struct ds_spares *spares, struct place place, xkb_keysym_t first, xkb_keysym_t second)
{
    if (place.key == NULL)
        return NULL;
    place.key->keysyms[2 * place.half] = first;
    place.key->keysyms[2 * place.half + 1] = second;
    place.key->used[place.half] = ++spares->uses;
    return place.key;
}

static struct ds_spare *
put_single(struct ds_spares *spares, xkb_keysym_t keysym, size_t halves, const bool *held)
{
    struct place place = find_level(spares, halves, held);
    if (place.key != NULL)
        return put(spares, place, place.key->keysyms[2 * place.half], keysym);
    return put(spares, choose_half(spares, halves, held), keysym, 0);
}

struct ds_spare *
ds_spares_put(struct ds_spares *spares, xkb_keysym_t keysym, bool has_halves, const bool *held)
{
    size_t halves = has_halves ? DS_SPARE_HALVES : 1;
    xkb_keysym_t lower = xkb_keysym_to_lower(keysym), upper = xkb_keysym_to_upper(keysym);
    /* What is no character is pressed whatever Shift and AltGr are. */
    if (xkb_keysym_to_utf32(keysym) == 0)
        return put(spares, choose_half(spares, 1, held), keysym, keysym);
    if (lower != upper && (lower == keysym || upper == keysym))
        return put(spares, choose_half(spares, halves, held), lower, upper);
    return put_single(spares, keysym, halves, held);
}

void
ds_spares_use(struct ds_spares *spares, xkb_keycode_t code, xkb_keysym_t keysym)
{
    for (size_t i = 0; i < spares->count; i++)
        for (size_t level = 0; level < DS_SPARE_LEVELS; level++)
            if (spares->keys[i].code == code && spares->keys[i].keysyms[level] == keysym)
                spares->keys[i].used[level / 2] = ++spares->uses;
}
