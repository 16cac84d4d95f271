/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DECODER_CONFINE_H
#define DS_APP_VIEW_DECODER_CONFINE_H

#include "net/base/err.h"

/**
 * Give up, for good, what the decoder child does not need: new privileges, core files, being
 * traced by others of the same user, memory over DS_DECODER_ADDRESS_SPACE, more than a few
 * descriptors; and die with the parent. To be called before the first byte of a stranger is read.
 * Returns 0 or DS_ERR_SYSTEM with errno set. Source: prctl(2), setrlimit(2).
 */
int ds_decoder_confine(void) DS_MUST_CHECK;

/**
 * Leave this process, for good, no system call but reading, writing and closing what is open, data
 * memory, waiting, clocks and its end; it still takes descriptors that are sent to it. The kernel
 * kills it for any other one; opening a file just fails. Before the first byte of a stranger, and
 * after whatever the libraries open when they are first used. A build with a sanitizer is not
 * sealed: its reports open files and start programs. Single thread. Returns 0, DS_ERR_NOMEM or
 * DS_ERR_SYSTEM with errno set. Source: seccomp(2), seccomp_rule_add(3).
 */
int ds_decoder_seal(void) DS_MUST_CHECK;

/**
 * Let the kernel end this process (SIGPROF) once it has spent DS_DECODER_CPU_S seconds of processor
 * time from now: called again before each piece of work, it ends only an endless loop, however long
 * the process waits for its peer. How much it may take over time is its parent's to say, by
 * burden.h. Source: setitimer(2), ITIMER_PROF.
 */
void ds_decoder_limit_work(void);

#endif
