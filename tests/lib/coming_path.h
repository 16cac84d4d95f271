/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_COMING_PATH_H
#define DS_TESTS_LIB_COMING_PATH_H

#include "net/link/link.h"

/* A path on its way to a link: it is the link's as soon as it is proven, and freed when it is not.
 */
struct coming_path {
    struct ds_link *link; /* borrowed */
    struct ds_path *path; /* owned; NULL: none is on its way */
};

/** Begin one on a socket (taken), with the key of all such tests; one before it is given up. */
void coming_path_make(struct coming_path *coming, struct event_base *base, enum ds_role role,
        enum ds_path_kind kind, uint32_t generation, int fd);

#endif
