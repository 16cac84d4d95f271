/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/view/sanitized.h"
#include "net/base/log.h"

#define AREA "view"

static char **
child_environment(void)
{
    static char *nothing[] = {NULL};
    return DS_SANITIZED ? environ : nothing;
}

/* Both sources are above all targets, so no dup2() overwrites what a later one needs. */
static int
add_descriptors(posix_spawn_file_actions_t *actions, int rfb_fd, int control_fd)
{
    int err = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (err == 0)
        err = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
    if (err == 0)
        err = posix_spawn_file_actions_adddup2(actions, rfb_fd, DS_DECODER_RFB_FD);
    if (err == 0)
        err = posix_spawn_file_actions_adddup2(actions, control_fd, DS_DECODER_CONTROL_FD);
    if (err == 0)
        err = posix_spawn_file_actions_addclosefrom_np(actions, DS_DECODER_FIRST_FREE_FD);
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
spawn(pid_t *pid, int rfb_fd, int control_fd)
{
    char name[] = "deskside-decoder", argument[] = DS_DECODER_ARGUMENT;
    char *argv[] = {name, argument, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;

    int err = posix_spawn_file_actions_init(&actions);
    if (err != 0)
        return err;
    err = posix_spawnattr_init(&attr);
    if (err != 0)
        goto out_actions;
    err = add_descriptors(&actions, rfb_fd, control_fd);
    if (err == 0)
        err = set_attributes(&attr);
    if (err == 0)
        err = posix_spawn(pid, "/proc/self/exe", &actions, &attr, argv, child_environment());
    posix_spawnattr_destroy(&attr);
out_actions:
    posix_spawn_file_actions_destroy(&actions);
    return err;
}

int
ds_decoder_process_start(struct ds_decoder_process *process, int rfb_fd, int control_fd)
{
    *process = (struct ds_decoder_process){.pidfd = -1};
    int rfb = fcntl(rfb_fd, F_DUPFD_CLOEXEC, DS_DECODER_FIRST_FREE_FD);
    int control = fcntl(control_fd, F_DUPFD_CLOEXEC, DS_DECODER_FIRST_FREE_FD);
    int err = errno;

    if (rfb >= 0 && control >= 0)
        err = spawn(&process->pid, rfb, control);
    if (rfb >= 0)
        close(rfb);
    if (control >= 0)
        close(control);
    if (process->pid != 0) {
        process->pidfd = pidfd_open(process->pid, 0);
        if (process->pidfd >= 0)
            return DS_OK;
        err = errno;
        ds_decoder_process_kill(process);
        ds_decoder_process_reap(process);
    }
    errno = err;
    return DS_ERR_SYSTEM;
}

void
ds_decoder_process_kill(const struct ds_decoder_process *process)
{
    if (process->pid != 0)
        kill(process->pid, SIGKILL);
}

void
ds_decoder_process_reap(struct ds_decoder_process *process)
{
    int status = 0;
    pid_t pid;

    if (process->pid == 0)
        return;
    do
        pid = waitpid(process->pid, &status, 0);
    while (pid < 0 && errno == EINTR);
    if (pid > 0 && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        DS_WARN(AREA, "the decoder was ended by signal %d (%s)", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    else if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
        DS_WARN(AREA, "the decoder ended with status %d", WEXITSTATUS(status));
    if (process->pidfd >= 0)
        close(process->pidfd);
    *process = (struct ds_decoder_process){.pidfd = -1};
}
