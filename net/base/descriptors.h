/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_DESCRIPTORS_H
#define DS_NET_BASE_DESCRIPTORS_H

/**
 * Return how many more descriptors this process may open: up to the soft limit of RLIMIT_NOFILE,
 * and to DS_DESCRIPTORS_MAX in all; 0 where it cannot be told, since there is no /proc. Any thread.
 */
unsigned ds_descriptors_spare(void);

#endif
