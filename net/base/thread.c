/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/thread.h"

#include <pthread.h>
#include <signal.h>

int
ds_thread_start(void *(*fn)(void *arg), void *arg)
{
    pthread_t thread;
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&thread, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code == 0)
        pthread_detach(thread);
    return code;
}
