/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/log.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_ROOM = 1024, BUFFER = 1 << 18 };

static const char *const verdicts[] = {
        [NL_DELIVERED] = "delivered",
        [NL_LOST] = "lost",
        [NL_OVERFLOW] = "overflow",
        [NL_CUT] = "cut",
        [NL_UNROUTED] = "unrouted",
        [NL_UNSOLICITED] = "unsolicited",
        [NL_BLOCKED] = "blocked",
        [NL_UNKNOWN] = "unknown",
        [NL_EXHAUSTED] = "exhausted",
        [NL_FOREIGN] = "foreign",
        [NL_EXPIRED] = "expired",
        [NL_TOO_LONG] = "too-long",
        [NL_UNTAKEN] = "untaken",
};

struct nl_log {
    int fd;
    size_t len;
    char text[BUFFER];
};

struct nl_log *
nl_log_open(const char *path)
{
    struct nl_log *log = malloc(sizeof *log);
    if (log == NULL)
        return NULL;
    log->len = 0;
    log->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (log->fd >= 0)
        return log;
    free(log);
    return NULL;
}

void
nl_log_flush(struct nl_log *log)
{
    for (size_t done = 0; done < log->len;) {
        ssize_t n = write(log->fd, log->text + done, log->len - done);
        if (n < 0)
            err(EXIT_FAILURE, "log");
        done += (size_t)n;
    }
    log->len = 0;
}

void
nl_log_close(struct nl_log *log)
{
    if (log == NULL)
        return;
    nl_log_flush(log);
    close(log->fd);
    free(log);
}

static void
put_text(struct nl_log *log, const char *text)
{
    size_t len = strlen(text);
    memcpy(log->text + log->len, text, len);
    log->len += len;
    log->text[log->len++] = ' ';
}

static void
put_number(struct nl_log *log, uint64_t number)
{
    char digits[24], *at = digits + sizeof digits;
    *--at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put_text(log, at);
}

static void
put_tuple(struct nl_log *log, const struct nl_tuple *tuple, bool is_known)
{
    if (!is_known) {
        put_text(log, "- -");
        return;
    }
    log->len += nl_end_format(&tuple->src, log->text + log->len);
    log->text[log->len++] = ' ';
    log->len += nl_end_format(&tuple->dst, log->text + log->len);
    log->text[log->len++] = ' ';
}

static void
put_proto(struct nl_log *log, const struct nl_packet *packet)
{
    if (packet->proto == NL_TCP)
        put_text(log, "tcp");
    else if (packet->proto == NL_UDP)
        put_text(log, "udp");
    else
        put_text(log, packet->is_error ? "error" : packet->proto == NL_ICMP ? "icmp" : "other");
}

static void
put_flags(struct nl_log *log, uint8_t flags)
{
    static const char letters[] = "FSRPA";
    char text[8];
    size_t len = 0;
    for (size_t i = 0; letters[i] != '\0'; i++) {
        if (flags & 1U << i)
            text[len++] = letters[i];
    }
    if (len == 0)
        text[len++] = '-';
    text[len] = '\0';
    put_text(log, text);
}

void
nl_log_packet(struct nl_log *log, const struct nl_packet *packet, const char *source,
        const char *last, enum nl_verdict verdict, uint64_t now_us)
{
    if (log->len + LINE_ROOM > sizeof log->text)
        nl_log_flush(log);
    put_number(log, now_us);
    put_number(log, packet->sent_us);
    put_text(log, source);
    put_text(log, last);
    put_proto(log, packet);
    put_tuple(log, &packet->sent, true);
    put_tuple(log, &packet->turn, packet->has_turned);
    put_tuple(log, &packet->now, true);
    put_flags(log, packet->flags);
    put_number(log, packet->payload);
    put_text(log, verdicts[verdict]);
    log->text[log->len - 1] = '\n';
}
