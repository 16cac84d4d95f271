/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

/* VNC uses 8 bytes; this tells a password that is too long from a file that holds none. */
enum { LINE_MAX_BYTES = 256 };

/* Read up to the end, a line feed or `cap` bytes. Returns how many, or -1 with errno set. */
static ssize_t
read_start(int fd, char *buf, size_t cap)
{
    size_t len = 0;
    while (len < cap) {
        ssize_t n = read(fd, buf + len, cap - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0 || memchr(buf + len, '\n', (size_t)n) != NULL)
            return (ssize_t)len + n;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

/* Cut the line out of the bytes. Returns NULL where it is fine, else what is wrong with it. */
static const char *
cut_line(char buf[static LINE_MAX_BYTES], size_t len)
{
    char *end = memchr(buf, '\n', len);
    if (end == NULL && len == LINE_MAX_BYTES)
        return _("its first line is too long");
    if (end == NULL)
        end = buf + len;
    if (end > buf && end[-1] == '\r')
        end--;
    for (const char *p = buf; p < end; p++)
        if ((guchar)*p < ' ' || *p == 0x7f)
            return _("it holds no text; the password itself has to be its first line");
    *end = '\0';
    return end > buf ? NULL : _("its first line is empty");
}

char *
ds_password_read(const char *path, GError **error)
{
    char buf[LINE_MAX_BYTES];
    char *password = NULL;
    ssize_t n = -1;

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        n = read_start(fd, buf, sizeof buf);
    int err = errno;
    const char *why = n < 0 ? g_strerror(err) : cut_line(buf, (size_t)n);
    if (why == NULL)
        password = g_strdup(buf);
    else
        g_set_error(error, G_FILE_ERROR,
                (gint)(n < 0 ? g_file_error_from_errno(err) : G_FILE_ERROR_INVAL),
                _("No password can be read from %s: %s"), path, why);
    if (fd >= 0)
        close(fd);
    explicit_bzero(buf, sizeof buf);
    return password;
}
