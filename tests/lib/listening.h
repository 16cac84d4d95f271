/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_LISTENING_H
#define DS_TESTS_LIB_LISTENING_H

#include <stdint.h>

enum { LISTENING_MAX = 16 };

/**
 * Write at which ports this process listens in IPv4, a family that every machine has, and return
 * how many these are. More than LISTENING_MAX fail the test.
 */
unsigned listening_ports(uint16_t ports[static LISTENING_MAX]);

#endif
