/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/ask.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib/gi18n.h>

enum { LINE_MAX_BYTES = 256 };

struct ds_ask {
    struct event *event;
    ds_ask_fn fn;
    void *arg;
    char line[LINE_MAX_BYTES];
    size_t len;
};

static bool
line_is_yes(struct ds_ask *ask)
{
    g_autofree char *line = g_strndup(ask->line, ask->len);
    g_autofree char *folded = g_utf8_validate(line, -1, NULL) ? g_utf8_casefold(line, -1) : NULL;
    if (folded == NULL)
        return false;
    g_strstrip(folded);
    g_autofree char *local = g_utf8_casefold(C_("answer", "yes"), -1);
    return strcmp(folded, "yes") == 0 || strcmp(folded, local) == 0;
}

static void
answer(struct ds_ask *ask, bool yes)
{
    event_del(ask->event);
    if (!isatty(STDIN_FILENO))
        g_printerr("\n"); /* a terminal has shown the Enter */
    ask->fn(ask->arg, yes);
}

/* Read a byte at a time: what stands behind the line belongs to the next question. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_ask *ask = arg;
    char byte;

    ssize_t n = read(fd, &byte, 1);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || (byte != '\n' && ask->len == sizeof ask->line))
        answer(ask, false);
    else if (byte == '\n')
        answer(ask, line_is_yes(ask));
    else
        ask->line[ask->len++] = byte;
}

struct ds_ask *
ds_ask_new(struct event_base *base, const char *question, ds_ask_fn fn, void *arg)
{
    struct ds_ask *ask = g_new0(struct ds_ask, 1);
    ask->fn = fn;
    ask->arg = arg;
    /* epoll takes no regular files, and they are always readable: libevent's timer does for them.
     */
    ask->event = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_readable, ask);
    if (isatty(STDIN_FILENO))
        tcflush(STDIN_FILENO, TCIFLUSH);
    g_printerr("%s\n%s ", question, _("Type yes to let them in, anything else to decline:"));
    if (ask->event == NULL || event_add(ask->event, NULL) < 0) {
        ds_ask_free(ask);
        return NULL;
    }
    return ask;
}

void
ds_ask_free(struct ds_ask *ask)
{
    if (ask == NULL)
        return;
    if (ask->event != NULL)
        event_free(ask->event);
    g_free(ask);
}
