/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_CLOCK_H
#define DS_NET_BASE_CLOCK_H

#include <stdint.h>
#include <sys/time.h>

/** Return the monotonic time in microseconds (CLOCK_MONOTONIC: stands still in suspend). */
uint64_t ds_clock_us(void);

/** Return the time since boot in milliseconds (CLOCK_BOOTTIME: counts suspend). */
uint64_t ds_clock_boot_ms(void);

/** Return `ms` milliseconds as libevent wants them. */
struct timeval ds_clock_timeval(uint64_t ms);

#endif
