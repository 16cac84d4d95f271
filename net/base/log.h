/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_LOG_H
#define DS_NET_BASE_LOG_H

#include <stdint.h>

enum ds_log_level { DS_LOG_DEBUG, DS_LOG_INFO, DS_LOG_WARN, DS_LOG_ERROR };

/** What takes the log lines: `area` names the room ("link"), `text` is one line without newline. */
typedef void (*ds_log_fn)(enum ds_log_level level, const char *area, const char *text, void *arg);

/**
 * Send every later log line to `fn` with `arg` (borrowed), those below `least` left out. NULL sends
 * them to standard error. Call it before the first thread starts; it also takes in libevent's
 * lines.
 */
void ds_log_set(ds_log_fn fn, void *arg, enum ds_log_level least);

/**
 * Log one line in printf form. Any thread. Never give it codes, keys, clipboard, typed keys or
 * pixels. Text from a peer is cut at 400 bytes and its control characters are replaced.
 */
void ds_log(enum ds_log_level level, const char *area, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* A token bucket for lines that a peer can trigger: `burst` lines, then one in `every_ms`. */
struct ds_log_limit {
    uint64_t next_ms;
    unsigned burst;
    unsigned suppressed;
};

/** Log one line unless `limit` is used up. What was left out is counted in the next line. */
void ds_log_limited(struct ds_log_limit *limit, enum ds_log_level level, const char *area,
        const char *format, ...) __attribute__((format(printf, 4, 5)));

#define DS_DEBUG(area, ...) ds_log(DS_LOG_DEBUG, area, __VA_ARGS__)
#define DS_INFO(area, ...) ds_log(DS_LOG_INFO, area, __VA_ARGS__)
#define DS_WARN(area, ...) ds_log(DS_LOG_WARN, area, __VA_ARGS__)
#define DS_ERROR(area, ...) ds_log(DS_LOG_ERROR, area, __VA_ARGS__)

#endif
