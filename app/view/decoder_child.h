/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DECODER_CHILD_H
#define DS_APP_VIEW_DECODER_CHILD_H

#include "app/view/decoder_process.h"

/**
 * Be the decoder child: read RFB from DS_DECODER_RFB_FD with libvncclient, paint into the memory
 * that the parent gives, and tell it on DS_DECODER_CONTROL_FD. A program that uses a ds_decoder
 * calls this as the first thing in main(), and nothing else, when argv[1] is DS_DECODER_ARGUMENT.
 * Does not return once it has started its work; returns 2 (usage) when a person started it.
 */
int ds_decoder_main(int argc, char **argv);

#endif
