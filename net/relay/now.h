/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_NOW_H
#define DS_NET_RELAY_NOW_H

#include <stdint.h>

/** Return the time in milliseconds by the clock that all of the relay goes by. Any thread. */
uint64_t ds_relay_now_ms(void);

#endif
