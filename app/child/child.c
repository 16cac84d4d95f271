/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/child/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/base/log.h"

#define AREA "child"

enum { NAME_BYTES = 64 };

/* All sources are above all targets, so no dup2() overwrites what a later one needs. */
static int
add_descriptors(
        posix_spawn_file_actions_t *actions, const int *fds, const struct ds_child_config *config)
{
    int err = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (err == 0)
        err = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
    if (err == 0 && config->is_silent)
        err = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDERR_FILENO);
    for (int i = 0; err == 0 && i < (int)config->fd_count; i++)
        err = posix_spawn_file_actions_adddup2(actions, fds[i], DS_CHILD_FD + i);
    if (err == 0)
        err = posix_spawn_file_actions_addclosefrom_np(
                actions, DS_CHILD_FD + (int)config->fd_count);
    return err;
}

static int
set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    int err = posix_spawnattr_setflags(
            attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    if (err == 0)
        err = posix_spawnattr_setsigmask(attr, &none);
    if (err == 0)
        err = posix_spawnattr_setsigdefault(attr, &all);
    if (err == 0)
        err = posix_spawnattr_setpgroup(attr, 0);
    return err;
}

static int
spawn(pid_t *pid, const int *fds, const struct ds_child_config *config)
{
    char name[NAME_BYTES];
    char *argv[] = {name, (char *)config->argument, (char *)config->detail, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;

    snprintf(name, sizeof name, "deskside-%s", config->name);
    int err = posix_spawn_file_actions_init(&actions);
    if (err != 0)
        return err;
    err = posix_spawnattr_init(&attr);
    if (err != 0)
        goto out_actions;
    err = add_descriptors(&actions, fds, config);
    if (err == 0)
        err = set_attributes(&attr);
    if (err == 0)
        err = posix_spawn(pid, "/proc/self/exe", &actions, &attr, argv, config->environment);
    posix_spawnattr_destroy(&attr);
out_actions:
    posix_spawn_file_actions_destroy(&actions);
    return err;
}

/* Start it with copies of the descriptors. Returns 0 or an errno. */
static int
start(struct ds_child *child, const struct ds_child_config *config)
{
    int copies[DS_CHILD_FDS_MAX];
    size_t count = 0;
    int err = 0;

    assert(config->fd_count <= DS_CHILD_FDS_MAX);
    for (; err == 0 && count < config->fd_count; count++) {
        copies[count] = fcntl(config->fds[count], F_DUPFD_CLOEXEC, DS_CHILD_FD + DS_CHILD_FDS_MAX);
        if (copies[count] < 0)
            err = errno;
    }
    if (err == 0)
        err = spawn(&child->pid, copies, config);
    while (count-- > 0)
        if (copies[count] >= 0)
            close(copies[count]);
    return err;
}

int
ds_child_start(struct ds_child *child, const struct ds_child_config *config)
{
    *child = (struct ds_child){.name = config->name, .pidfd = -1};
    int err = start(child, config);

    if (err == 0) {
        child->pidfd = pidfd_open(child->pid, 0);
        if (child->pidfd >= 0)
            return DS_OK;
        err = errno;
        ds_child_kill(child);
        ds_child_reap(child);
    }
    child->pid = 0;
    errno = err;
    return DS_ERR_SYSTEM;
}

uint64_t
ds_child_cpu_us(const struct ds_child *child)
{
    struct timespec spent = {0};
    clockid_t clock;

    if (child->pid == 0 || clock_getcpuclockid(child->pid, &clock) != 0 ||
            clock_gettime(clock, &spent) != 0)
        return 0;
    return (uint64_t)spent.tv_sec * 1000000 + (uint64_t)spent.tv_nsec / 1000;
}

void
ds_child_kill(const struct ds_child *child)
{
    if (child->pid != 0)
        kill(child->pid, SIGKILL);
}

static void
forget(struct ds_child *child)
{
    if (child->pidfd >= 0)
        close(child->pidfd);
    child->pidfd = -1;
    child->pid = 0;
}

void
ds_child_reap(struct ds_child *child)
{
    int status = 0;
    pid_t pid;

    if (child->pid == 0)
        return;
    do
        pid = waitpid(child->pid, &status, 0);
    while (pid < 0 && errno == EINTR);
    if (pid > 0 && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        DS_WARN(AREA, "the %s was ended by signal %d (%s)", child->name, WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    else if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
        DS_WARN(AREA, "the %s ended with status %d", child->name, WEXITSTATUS(status));
    forget(child);
}

void
ds_child_leave(struct ds_child *child, unsigned patience_ms)
{
    struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};
    int n;

    if (child->pid == 0)
        return;
    do
        n = poll(&ended, 1, (int)patience_ms);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        ds_child_reap(child);
        return;
    }
    DS_INFO(AREA, "the %s is not done yet, and is left to itself", child->name);
    forget(child);
}
