/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_THREAD_H
#define DS_NET_BASE_THREAD_H

/**
 * Run fn(arg) on a thread of its own, which nobody joins. It starts with all signals blocked: they
 * belong to the program's main thread. Returns 0, or the errno of pthread_create(). Any thread.
 */
int ds_thread_start(void *(*fn)(void *arg), void *arg);

#endif
