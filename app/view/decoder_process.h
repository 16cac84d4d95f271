/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DECODER_PROCESS_H
#define DS_APP_VIEW_DECODER_PROCESS_H

#include "app/child/child.h"

/* The first argument that makes a program of ours the decoder child: see ds_decoder_main(). */
#define DS_DECODER_ARGUMENT "--decoder"

/* What the child finds open beside its standard descriptors; nothing else is. */
enum { DS_DECODER_RFB_FD = DS_CHILD_FD, DS_DECODER_CONTROL_FD, DS_DECODER_FIRST_FREE_FD };

/**
 * Start our own binary again as the decoder child. It gets copies of the two descriptors
 * (borrowed), an empty environment (with sanitizers: ours, for their options) and standard error.
 * It is told to die with the calling thread. Returns 0, or DS_ERR_SYSTEM with errno set.
 */
int ds_decoder_process_start(struct ds_child *process, int rfb_fd, int control_fd) DS_MUST_CHECK;

#endif
