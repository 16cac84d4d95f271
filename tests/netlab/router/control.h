/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_CONTROL_H
#define DS_TESTS_NETLAB_ROUTER_CONTROL_H

#include <stdio.h>

#include "tests/netlab/router/net.h"

/*
 * What can be asked of the router, one line each; the answer is lines of data, if there are any,
 * and `ok` or `error TEXT`. NODE is a name, IPS are up to four addresses, or networks as
 * "10.0.1.0/24", with commas; A and B are ends as at a flow's turn.
 *
 * - host NAME PARENT IPS SPACE DEVICE [exempt]: a host, by a device in a namespace's file
 * - router NAME PARENT IPS FILE [SETTING=VALUE...]: a router of the kind in a file
 * - line NODE up|down|both [delay_us=N] [rate_bps=N] [queue_bytes=N] [loss_ppm=N]
 * - cut NODE, mend NODE: its line to its parent
 * - cut-flow A B, mend-flow A B: one connection
 * - part IP IP, join IP IP: all flows between two addresses
 * - delay IP IP N: what goes from the one to the other comes N microseconds later
 * - reset A B: a RST in A's name to B
 * - reboot NODE: a router forgets its mappings
 * - move NODE PARENT IPS: a node is elsewhere now
 * - mappings NODE: what a router knows
 * - flush: the log is complete up to here
 */

/** Do what one line says (changed here) and write the answer. */
void nl_control_do(struct nl_net *net, char *line, FILE *answer);

#endif
