/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/compose.h"

#include <glib.h>

#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon-keysyms.h>

enum { TEXT_BYTES = 64 };

struct ds_compose {
    struct xkb_context *context;     /* NULL: no memory */
    struct xkb_compose_table *table; /* NULL: no sequences are known */
    struct xkb_compose_state *state; /* NULL with it */
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

size_t
ds_compose_press(
        struct ds_compose *compose, uint32_t keysym, uint32_t keysyms[static DS_COMPOSE_MAX])
{
    enum xkb_compose_status status = XKB_COMPOSE_NOTHING;
    gboolean gives_up = keysym == XKB_KEY_Escape || keysym == XKB_KEY_BackSpace;

    if (compose->state != NULL &&
            xkb_compose_state_feed(compose->state, keysym) == XKB_COMPOSE_FEED_ACCEPTED)
        status = xkb_compose_state_get_status(compose->state);
    if (status == XKB_COMPOSE_COMPOSING || (status == XKB_COMPOSE_CANCELLED && gives_up))
        return 0;
    if (status == XKB_COMPOSE_COMPOSED)
        return take_result(compose->state, keysyms);
    keysyms[0] = keysym;
    return 1;
}

void
ds_compose_reset(struct ds_compose *compose)
{
    if (compose->state != NULL)
        xkb_compose_state_reset(compose->state);
}
