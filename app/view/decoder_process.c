/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder_process.h"

#include <unistd.h>

#include "app/view/sanitized.h"

int
ds_decoder_process_start(struct ds_child *process, int rfb_fd, int control_fd)
{
    static char *nothing[] = {NULL};
    const int fds[] = {rfb_fd, control_fd};
    const struct ds_child_config config = {
            .name = "decoder",
            .argument = DS_DECODER_ARGUMENT,
            .environment = DS_SANITIZED ? environ : nothing,
            .fds = fds,
            .fd_count = sizeof fds / sizeof fds[0],
    };
    return ds_child_start(process, &config);
}
