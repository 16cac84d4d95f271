/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/http.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the answer ---- */

int
ds_http_read(struct ds_http_answer *answer, size_t count)
{
    answer->bytes[count] = '\0';
    if (memchr(answer->bytes, '\0', count) != NULL || strncmp(answer->bytes, "HTTP/1.", 7) != 0 ||
            strspn(answer->bytes + 7, "01") != 1 || answer->bytes[8] != ' ' ||
            strspn(answer->bytes + 9, "0123456789") != 3)
        return DS_ERR_PROTOCOL;
    const char *end = strstr(answer->bytes, "\r\n\r\n");
    if (end == NULL)
        return DS_ERR_PROTOCOL;
    answer->status = (unsigned)atoi(answer->bytes + 9);
    answer->at = (size_t)(end - answer->bytes) + 4;
    answer->len = count - answer->at;
    return 0;
}

/* ---- the talk ---- */

/* By now this machine may be in another network, where the router's address is somebody else's. */
static int
bind_here(const struct ds_errand *errand, int fd)
{
    struct ds_addr here = errand->client;

    ds_addr_set_port(&here, 0);
    return bind(fd, (const struct sockaddr *)&here.ss, here.len) < 0 ? DS_ERR_UNREACHABLE : 0;
}

static int
dial(const struct ds_errand *errand, const struct ds_url *url, uint64_t deadline_us)
{
    int error = 0;
    socklen_t len = sizeof error;
    int fd = socket(url->server.ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return DS_ERR_SYSTEM;
    int err = bind_here(errand, fd);
    if (err == 0 && connect(fd, (const struct sockaddr *)&url->server.ss, url->server.len) < 0)
        err = errno == EINPROGRESS ? ds_errand_wait(errand, fd, POLLOUT, deadline_us)
                                   : DS_ERR_UNREACHABLE;
    if (err == 0 && (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0))
        err = DS_ERR_UNREACHABLE;
    if (err == 0)
        return fd;
    close(fd);
    return err;
}

static int
send_all(const struct ds_errand *errand, int fd, const char *text, uint64_t deadline_us)
{
    size_t left = strlen(text);

    while (left > 0) {
        int err = ds_errand_wait(errand, fd, POLLOUT, deadline_us);
        if (err < 0)
            return err;
        ssize_t sent = send(fd, text, left, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return DS_ERR_CLOSED;
        text += sent > 0 ? sent : 0;
        left -= sent > 0 ? (size_t)sent : 0;
    }
    return 0;
}

/* Until the other end closes: the request says HTTP/1.0. Returns the count. */
static int
read_all(const struct ds_errand *errand, int fd, char *out, uint64_t deadline_us)
{
    size_t count = 0;

    while (count < DS_PORTMAP_HTTP_MAX) {
        int err = ds_errand_wait(errand, fd, POLLIN, deadline_us);
        if (err < 0)
            return err;
        ssize_t len = recv(fd, out + count, DS_PORTMAP_HTTP_MAX - count, 0);
        if (len == 0)
            return (int)count;
        if (len < 0 && errno != EAGAIN)
            return DS_ERR_PROTOCOL;
        count += len > 0 ? (size_t)len : 0;
    }
    return DS_ERR_TOO_BIG;
}

int
ds_http_ask(struct ds_http_answer *answer, const struct ds_errand *errand, const struct ds_url *url,
        const char *request)
{
    uint64_t deadline_us = ds_errand_deadline(DS_PORTMAP_HTTP_MS);
    int fd = dial(errand, url, deadline_us);

    if (fd < 0)
        return fd;
    int err = send_all(errand, fd, request, deadline_us);
    if (err == 0)
        err = read_all(errand, fd, answer->bytes, deadline_us);
    close(fd);
    return err < 0 ? err : ds_http_read(answer, (size_t)err);
}
