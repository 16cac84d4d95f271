/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fence and ContinuousUpdates (RFB community registry, encodings -312 and -313) for libvncclient.
 */
#pragma once

/*
 * Have all clients that are made from now on offer both, answer fences, and let a server that knows
 * them send updates unasked.
 */
void fence_register(void);
