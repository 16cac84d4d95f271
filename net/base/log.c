/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "net/base/clock.h"

enum { LINE_MAX_BYTES = 512, LIMIT_BURST = 8, LIMIT_EVERY_MS = 1000 };

static ds_log_fn log_fn;
static void *log_arg;
static enum ds_log_level log_least = DS_LOG_WARN;

static void
on_libevent_log(int severity, const char *text)
{
    ds_log(severity >= EVENT_LOG_ERR     ? DS_LOG_ERROR
            : severity == EVENT_LOG_WARN ? DS_LOG_WARN
                                         : DS_LOG_DEBUG,
            "libevent", "%s", text);
}

void
ds_log_set(ds_log_fn fn, void *arg, enum ds_log_level least)
{
    log_fn = fn;
    log_arg = arg;
    log_least = least;
    event_set_log_callback(on_libevent_log);
}

/*
 * A peer's text may hold terminal escapes: nothing below a space reaches a terminal or a file, nor
 * the second set of control characters, U+0080 to U+009F, whose U+009B is an escape by itself.
 */
static void
make_printable(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++) {
        if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
            *p = p[1] = '?';
        else if (*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
}

__attribute__((format(printf, 3, 0))) static void
log_line(enum ds_log_level level, const char *area, const char *format, va_list args)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    char line[LINE_MAX_BYTES];

    if (level < log_least)
        return;
    vsnprintf(line, sizeof line, format, args);
    make_printable(line);
    if (log_fn != NULL)
        log_fn(level, area, line, log_arg);
    else
        fprintf(stderr, "%s: %s: %s\n", names[level], area, line);
}

void
ds_log(enum ds_log_level level, const char *area, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_line(level, area, format, args);
    va_end(args);
}

void
ds_log_limited(struct ds_log_limit *limit, enum ds_log_level level, const char *area,
        const char *format, ...)
{
    uint64_t now_ms = ds_clock_us() / 1000u;
    va_list args;

    if (now_ms >= limit->next_ms) {
        if (limit->suppressed > 0)
            ds_log(level, area, "%u lines like the next one were left out", limit->suppressed);
        limit->burst = LIMIT_BURST;
        limit->suppressed = 0;
        limit->next_ms = now_ms + LIMIT_EVERY_MS;
    }
    if (limit->burst == 0) {
        limit->suppressed++;
        return;
    }
    limit->burst--;
    va_start(args, format);
    log_line(level, area, format, args);
    va_end(args);
}
