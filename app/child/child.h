/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CHILD_CHILD_H
#define DS_APP_CHILD_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/base/err.h"

/*
 * Our own binary, started once more for a duty that wants a process of its own: never a bare fork
 * of a program with threads. Any one thread.
 */

/* The first descriptor that a child finds open beside its standard ones, and the most of them. */
enum { DS_CHILD_FD = 3, DS_CHILD_FDS_MAX = 4 };

/* What a child is to be; all of it is borrowed for the call, but `name`, which is static. */
struct ds_child_config {
    const char *name;     /* "decoder": the child is "deskside-decoder" in lists of processes */
    const char *argument; /* its first argument, which tells main() of its duty */
    const char *detail;   /* its second one; NULL: none */
    char **environment;
    const int *fds; /* these are DS_CHILD_FD and on there; nothing else is open */
    size_t fd_count;
    bool is_silent; /* its standard error is /dev/null, else ours; the other two always are */
};

/* A child that was started and not yet reaped; `pid` is 0 where there is none. */
struct ds_child {
    const char *name;
    pid_t pid;
    int pidfd; /* readable once the child has ended */
};

/**
 * Start a child, in a process group of its own, so that Ctrl+C reaches only us. Returns 0, or
 * DS_ERR_SYSTEM with errno set. Source: posix_spawn(3), pidfd_open(2).
 */
int ds_child_start(struct ds_child *child, const struct ds_child_config *config) DS_MUST_CHECK;

/** Return how much of a processor's time the child has taken, in microseconds; 0 once it is reaped.
 */
uint64_t ds_child_cpu_us(const struct ds_child *child);

/** Send SIGKILL, if there is a child. */
void ds_child_kill(const struct ds_child *child);

/**
 * Take the ended child off the process table and log how it ended, if that was no clean end. Waits
 * for its end: call it when `pidfd` is readable, or just after what ends it for sure.
 */
void ds_child_reap(struct ds_child *child);

/**
 * As ds_child_reap(), but wait at most `patience_ms`: a child that is not done then is left to
 * itself, and is in the process table until we have ended as well.
 */
void ds_child_leave(struct ds_child *child, unsigned patience_ms);

#endif
