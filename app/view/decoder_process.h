/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DECODER_PROCESS_H
#define DS_APP_VIEW_DECODER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "net/base/err.h"

/* The first argument that makes a program of ours the decoder child: see ds_decoder_main(). */
#define DS_DECODER_ARGUMENT "--decoder"

/* What the child finds open beside its standard descriptors; nothing else is. */
enum { DS_DECODER_RFB_FD = 3, DS_DECODER_CONTROL_FD = 4, DS_DECODER_FIRST_FREE_FD = 5 };

/* A child that was started and not yet reaped; `pid` is 0 where there is none. */
struct ds_decoder_process {
    pid_t pid;
    int pidfd; /* readable once the child has ended */
};

/**
 * Start our own binary again as the decoder child. It gets copies of the two descriptors
 * (borrowed), an empty environment (with sanitizers: ours, for their options), a process group of
 * its own, so that Ctrl+C reaches only us, and standard error. It is told to die with the calling
 * thread. Returns 0, or DS_ERR_SYSTEM with errno set. Source: posix_spawn(3), pidfd_open(2).
 */
int ds_decoder_process_start(
        struct ds_decoder_process *process, int rfb_fd, int control_fd) DS_MUST_CHECK;

/** Send SIGKILL, if there is a child. */
void ds_decoder_process_kill(const struct ds_decoder_process *process);

/**
 * Take the ended child off the process table and log how it ended, if that was no clean end. Waits
 * for its end: call it when `pidfd` is readable, or just after the kill.
 */
void ds_decoder_process_reap(struct ds_decoder_process *process);

#endif
