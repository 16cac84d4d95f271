/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/ask.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
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
    bool is_file; /* always readable, and nothing that epoll takes */
    bool is_answered;
};

static bool
line_is_yes(struct ds_ask *ask)
{
    if (!g_utf8_validate(ask->line, (gssize)ask->len, NULL)) /* finds a NUL, too */
        return false;
    g_autofree char *folded = g_utf8_casefold(ask->line, (gssize)ask->len);
    g_strstrip(folded);
    g_autofree char *local = g_utf8_casefold(C_("answer", "yes"), -1);
    return strcmp(folded, "yes") == 0 || strcmp(folded, local) == 0;
}

static void
answer(struct ds_ask *ask, bool yes, bool has_shown_enter)
{
    event_del(ask->event);
    ask->is_answered = true;
    if (!has_shown_enter)
        g_printerr("\n");
    ask->fn(ask->arg, yes);
}

/* Read a byte at a time: what stands behind the line belongs to the next question. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_ask *ask = arg;
    char byte;

    if (ask->is_file)
        event_active(ask->event, EV_READ, 0);
    ssize_t n = read(fd, &byte, 1);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n == 1 && byte != '\n' && ask->len < sizeof ask->line)
        ask->line[ask->len++] = byte;
    else
        answer(ask, n == 1 && byte == '\n' && line_is_yes(ask),
                n == 1 && isatty(fd) && isatty(STDERR_FILENO));
}

/* What is always readable epoll does not take. */
static bool
is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && !isatty(fd) && (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode));
}

struct ds_ask *
ds_ask_new(struct event_base *base, const char *question, ds_ask_fn fn, void *arg)
{
    struct ds_ask *ask = g_new0(struct ds_ask, 1);
    ask->fn = fn;
    ask->arg = arg;
    ask->is_file = is_file(STDIN_FILENO);
    ask->event = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_readable, ask);
    if (isatty(STDIN_FILENO))
        tcflush(STDIN_FILENO, TCIFLUSH);
    g_printerr("%s\n%s ", question, _("Type yes to let them in, anything else to decline:"));
    if (ask->event == NULL || (!ask->is_file && event_add(ask->event, NULL) < 0)) {
        ds_ask_free(ask);
        return NULL;
    }
    if (ask->is_file)
        event_active(ask->event, EV_READ, 0);
    return ask;
}

void
ds_ask_free(struct ds_ask *ask)
{
    if (ask == NULL)
        return;
    if (!ask->is_answered)
        g_printerr("\n"); /* what is printed next is no part of the question */
    if (ask->event != NULL)
        event_free(ask->event);
    g_free(ask);
}
