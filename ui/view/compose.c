/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/compose.h"

#include <glib.h>

#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon-keysyms.h>

enum { TEXT_BYTES = 64, FIRST_PRINTABLE = 0x20, DELETE = 0x7f };
enum { DEAD_FIRST = XKB_KEY_dead_grave, DEAD_LAST = XKB_KEY_dead_longsolidusoverlay };

struct ds_compose {
    struct xkb_context *context;     /* NULL: no memory */
    struct xkb_compose_table *table; /* NULL: no sequences are known */
    struct xkb_compose_state *state; /* NULL with it */
    xkb_keysym_t alone; /* the key that is all of a sequence so far; 0: there are more */
};

static struct xkb_compose_table *
read_table(struct xkb_context *context, const char *locale)
{
    const char *general = "en_US.UTF-8";
    struct xkb_compose_table *table = NULL;
    if (context == NULL)
        return NULL;
    if (g_str_has_suffix(locale, "UTF-8") || g_str_has_suffix(locale, "utf8"))
        table = xkb_compose_table_new_from_locale(context, locale, XKB_COMPOSE_COMPILE_NO_FLAGS);
    if (table == NULL)
        table = xkb_compose_table_new_from_locale(context, general, XKB_COMPOSE_COMPILE_NO_FLAGS);
    return table;
}

struct ds_compose *
ds_compose_new(const char *locale)
{
    struct ds_compose *compose = g_new0(struct ds_compose, 1);
    compose->context = xkb_context_new(XKB_CONTEXT_NO_DEFAULT_INCLUDES);
    if (compose->context != NULL) /* of a locale that is not known it would complain */
        xkb_context_set_log_level(compose->context, XKB_LOG_LEVEL_CRITICAL);
    compose->table = read_table(compose->context, locale);
    if (compose->table != NULL)
        compose->state = xkb_compose_state_new(compose->table, XKB_COMPOSE_STATE_NO_FLAGS);
    return compose;
}

void
ds_compose_free(struct ds_compose *compose)
{
    if (compose == NULL)
        return;
    xkb_compose_state_unref(compose->state);
    xkb_compose_table_unref(compose->table);
    xkb_context_unref(compose->context);
    g_free(compose);
}

/* What the sequence has made, as keysyms. */
static size_t
take_result(struct xkb_compose_state *state, uint32_t keysyms[static DS_COMPOSE_MAX])
{
    char text[TEXT_BYTES];
    size_t count = 0;
    int len = xkb_compose_state_get_utf8(state, text, sizeof text);
    if (len <= 0 || len >= (int)sizeof text) {
        keysyms[0] = xkb_compose_state_get_one_sym(state);
        return keysyms[0] != XKB_KEY_NoSymbol ? 1 : 0;
    }
    for (const char *at = text; *at != '\0' && count < DS_COMPOSE_MAX; at = g_utf8_next_char(at))
        keysyms[count++] = xkb_utf32_to_keysym(g_utf8_get_char(at));
    return count;
}

static gboolean
is_printable(xkb_keysym_t keysym)
{
    uint32_t character = xkb_keysym_to_utf32(keysym);
    return character >= FIRST_PRINTABLE && character != DELETE;
}

/* What a dead key is by itself: that is there by pressing it twice. */
static size_t
take_dead(struct ds_compose *compose, uint32_t keysyms[static DS_COMPOSE_MAX])
{
    if (compose->alone < DEAD_FIRST || compose->alone > DEAD_LAST)
        return 0;
    for (int i = 0; i < 2; i++)
        xkb_compose_state_feed(compose->state, compose->alone);
    gboolean is_known = xkb_compose_state_get_status(compose->state) == XKB_COMPOSE_COMPOSED;
    size_t count = is_known ? take_result(compose->state, keysyms) : 0;
    xkb_compose_state_reset(compose->state);
    return count;
}

/* The key goes on no sequence: it stands for itself, behind the dead key if there was one. */
static size_t
take_vain(struct ds_compose *compose, xkb_keysym_t keysym, uint32_t keysyms[static DS_COMPOSE_MAX])
{
    size_t count = 0;
    if (keysym == XKB_KEY_Escape || keysym == XKB_KEY_BackSpace)
        return 0;
    if (is_printable(keysym))
        count = MIN(take_dead(compose, keysyms), DS_COMPOSE_MAX - 1);
    keysyms[count] = keysym;
    return count + 1;
}

size_t
ds_compose_press(
        struct ds_compose *compose, uint32_t keysym, uint32_t keysyms[static DS_COMPOSE_MAX])
{
    keysyms[0] = keysym;
    if (compose->state == NULL)
        return 1;
    gboolean goes_on = xkb_compose_state_get_status(compose->state) == XKB_COMPOSE_COMPOSING;
    if (xkb_compose_state_feed(compose->state, keysym) != XKB_COMPOSE_FEED_ACCEPTED)
        return 1;
    switch (xkb_compose_state_get_status(compose->state)) {
    case XKB_COMPOSE_COMPOSING:
        compose->alone = goes_on ? XKB_KEY_NoSymbol : keysym;
        return 0;
    case XKB_COMPOSE_COMPOSED:
        return take_result(compose->state, keysyms);
    case XKB_COMPOSE_CANCELLED:
        return take_vain(compose, keysym, keysyms);
    case XKB_COMPOSE_NOTHING:
        break;
    }
    return 1;
}

void
ds_compose_reset(struct ds_compose *compose)
{
    if (compose->state != NULL)
        xkb_compose_state_reset(compose->state);
}
