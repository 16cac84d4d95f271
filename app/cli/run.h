/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_RUN_H
#define DS_APP_CLI_RUN_H

#include "app/cli/options.h"

/** Share, print events, return the exit status. Main thread, which is also the net thread. */
int ds_cli_share(const struct ds_cli_options *options);

/** Serve plain RFB on loopback, return the exit status. Main thread, which is also the net thread.
 */
int ds_cli_local(const struct ds_cli_options *options);

/** Connect, print events, return the exit status. Main thread, which is also the net thread. */
int ds_cli_connect(const struct ds_cli_options *options);

/** Check the network, print what was found, return the exit status. Main thread, likewise. */
int ds_cli_netcheck(const struct ds_cli_options *options);

#endif
