/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_RESULT_H
#define DS_NET_DIAL_RESULT_H

#include <stdbool.h>

#include "net/base/addr.h"
#include "net/base/limits.h"

/* How a try to connect, or one step of it, ended. */
struct ds_dial_result {
    int err;                         /* 0, or a negative enum ds_err */
    int fd;                          /* err == 0: the connected socket; else -1 */
    struct ds_addr remote;           /* err == 0: who is at its other end: the proxy, if any */
    bool via_proxy;                  /* the relay does not see our own address then */
    char detail[DS_DIAL_DETAIL_MAX]; /* err < 0: what happened, in one English sentence */
};

/** Receives the result (borrowed) on the loop's thread, and takes result->fd when err == 0. */
typedef void (*ds_dial_fn)(void *arg, const struct ds_dial_result *result);

/** What may be done to each new socket before its connect(); see struct ds_dial_options. */
struct ds_dial_prepare {
    int (*fn)(int fd, int family, void *arg); /* NULL: nothing */
    void *arg;                                /* borrowed */
};

/** Make a failed result: `err` with a detail in printf form, cut to its size. Any thread. */
struct ds_dial_result ds_dial_failure(int err, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

#endif
