/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/nearby/notice.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/base/log.h"
#include "net/crypto/code.h"
#include "net/crypto/pin.h"

/*
 * A notice is "NAMEPLATE-RANDOM" and holds "PORT PIN\n". It is written under a name that begins
 * with a dot, locked, and then renamed: whoever sees it sees the whole, and finds it locked as long
 * as its program lives. Names never come again, so what is found unlocked can be removed at once.
 */
#define FOLDER "deskside"

enum { TEXT_MAX = 8 + DS_PIN_TEXT_MAX, NAME_MAX_BYTES = 48 };

struct ds_notice {
    int folder;
    int file; /* holds the lock */
    char name[NAME_MAX_BYTES];
};

/* Says whether it is ours, of that type, and closed to everybody else. */
static gboolean
is_ours(int fd, mode_t type)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
           (st.st_mode & 077) == 0;
}

/* Opens a folder that is ours alone. Returns -1 with errno set; EPERM: it is not. */
static int
open_own(int at, const char *path, int flags)
{
    int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    if (fd < 0 || is_ours(fd, S_IFDIR))
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

static int
open_folder(gboolean makes)
{
    const char *path = g_getenv("XDG_RUNTIME_DIR");
    errno = ENOENT;
    int runtime = path != NULL && g_path_is_absolute(path) ? open_own(AT_FDCWD, path, 0) : -1;
    if (runtime < 0)
        return -1;
    int fd = -1;
    if (!makes || mkdirat(runtime, FOLDER, 0700) == 0 || errno == EEXIST)
        fd = open_own(runtime, FOLDER, O_NOFOLLOW);
    int saved = errno;
    close(runtime);
    errno = saved;
    return fd;
}

/* ---- posting ---- */

static gboolean
write_text(int fd, const struct ds_relay_addr *relay)
{
    char pin[DS_PIN_TEXT_MAX], text[TEXT_MAX];
    int len = snprintf(
            text, sizeof text, "%u %s\n", (unsigned)relay->port, ds_pin_format(relay->pin, pin));
    return write(fd, text, (size_t)len) == len;
}

static gboolean
post(struct ds_notice *notice, const char *nameplate, const struct ds_relay_addr *relay)
{
    char temporary[NAME_MAX_BYTES + 1];
    snprintf(notice->name, sizeof notice->name, "%s-%08x%08x", nameplate, g_random_int(),
            g_random_int());
    snprintf(temporary, sizeof temporary, ".%s", notice->name);
    notice->file = openat(
            notice->folder, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (notice->file < 0)
        return FALSE;
    if (flock(notice->file, LOCK_EX | LOCK_NB) == 0 && write_text(notice->file, relay) &&
            renameat(notice->folder, temporary, notice->folder, notice->name) == 0)
        return TRUE;
    int saved = errno;
    unlinkat(notice->folder, temporary, 0);
    errno = saved;
    return FALSE;
}

struct ds_notice *
ds_notice_post(const char *nameplate, const struct ds_relay_addr *relay)
{
    struct ds_notice *notice = g_new(struct ds_notice, 1);
    *notice = (struct ds_notice){.folder = open_folder(TRUE), .file = -1};
    if (notice->folder >= 0 && post(notice, nameplate, relay))
        return notice;
    DS_WARN("nearby", "the code alone does not work on this machine: %s", g_strerror(errno));
    notice->name[0] = '\0';
    ds_notice_free(notice);
    return NULL;
}

void
ds_notice_free(struct ds_notice *notice)
{
    if (notice == NULL)
        return;
    if (notice->name[0] != '\0')
        unlinkat(notice->folder, notice->name, 0);
    if (notice->file >= 0)
        close(notice->file);
    if (notice->folder >= 0)
        close(notice->folder);
    g_free(notice);
}

/* ---- finding ---- */

static gboolean
parse(struct ds_relay_addr *relay, const char *text)
{
    char pin[DS_PIN_TEXT_MAX];
    unsigned port;
    int len = 0;
    *relay = (struct ds_relay_addr){.host = "127.0.0.1", .has_pin = true};
    if (sscanf(text, "%5u %64[0-9a-f]%n", &port, pin, &len) != 2 || strcmp(text + len, "\n") != 0)
        return FALSE;
    relay->port = (uint16_t)port;
    return port > 0 && port <= G_MAXUINT16 && ds_pin_parse(relay->pin, pin, strlen(pin)) == 0;
}

static gboolean
read_notice(struct ds_relay_addr *relay, int fd)
{
    char text[TEXT_MAX + 1];
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    if (len <= 0 || memchr(text, '\0', (size_t)len) != NULL)
        return FALSE;
    text[len] = '\0';
    return parse(relay, text);
}

static gboolean
is_of(const char *name, const char *nameplate)
{
    gsize len = strlen(nameplate);
    return strncmp(name, nameplate, len) == 0 && name[len] == '-';
}

/* Looks at one file: a dead program's goes, a live one's of the nameplate is read. */
static gboolean
look_at(struct ds_relay_addr *relay, int folder, const char *name, const char *nameplate)
{
    /* O_NONBLOCK: a FIFO would keep us waiting. */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return FALSE;
    gboolean is_found = FALSE;
    if (!is_ours(fd, S_IFREG))
        DS_WARN("nearby", "a file that is not ours alone was passed over");
    else if (flock(fd, LOCK_SH | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    else if (errno == EWOULDBLOCK && is_of(name, nameplate))
        is_found = read_notice(relay, fd);
    close(fd);
    return is_found;
}

gboolean
ds_notice_find(struct ds_relay_addr *relay, const char *nameplate)
{
    const struct dirent *entry;
    gboolean is_found = FALSE;
    int folder = open_folder(FALSE);
    if (folder < 0)
        return FALSE;
    DIR *dir = fdopendir(folder); /* owns the descriptor */
    if (dir == NULL) {
        close(folder);
        return FALSE;
    }
    while (!is_found && (entry = readdir(dir)) != NULL)
        if (g_ascii_isdigit(entry->d_name[0]))
            is_found = look_at(relay, folder, entry->d_name, nameplate);
    closedir(dir);
    return is_found;
}
