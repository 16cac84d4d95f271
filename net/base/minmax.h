/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_MINMAX_H
#define DS_NET_BASE_MINMAX_H

/* The smaller and the larger of two; each is evaluated twice where it is the one. GLib has both. */
#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif

#endif
