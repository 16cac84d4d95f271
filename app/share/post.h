/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_POST_H
#define DS_APP_SHARE_POST_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/peer/control.h"

/*
 * One direction between the screen thread and the thread of its handle: a bounded queue of messages
 * by value, and an eventfd that is readable while it may hold any. The lock is held for a copy
 * only.
 */
struct ds_post;

enum ds_mail_type {
    /* To the screen thread. */
    DS_MAIL_ADD_VIEWER = 1, /* fd (taken), picture, in_session */
    DS_MAIL_LEVEL = 2,      /* level */
    DS_MAIL_RELEASE = 3,    /* let go of all keys and buttons */
    DS_MAIL_GUARD = 4,      /* guard_base, guard_mask */
    DS_MAIL_STOP = 5,
    DS_MAIL_PATH = 6, /* rtt_us */
    /* From the screen thread. */
    DS_MAIL_VIEWER_GONE = 16, /* text */
    DS_MAIL_FAILED = 17,      /* text; the last */
};

struct ds_mail {
    enum ds_mail_type type;
    int fd;
    enum ds_picture picture;
    bool in_session; /* its bytes go the session's way */
    enum ds_level level;
    uint32_t guard_base, guard_mask;
    uint64_t rtt_us;  /* 0: not known */
    const char *text; /* static English, NULL: nothing is wrong */
};

/** Make an empty one. Returns NULL with errno set when descriptors are out. */
struct ds_post *ds_post_new(void);

/** Free it with what it holds, descriptors too; NULL is fine. Neither thread may use it any more.
 */
void ds_post_free(struct ds_post *post);

/**
 * Put a message in (copied) and wake the other side. A LEVEL, RELEASE, GUARD, PATH or STOP
 * takes the place of one that still waits, and always fits. Returns 0, or DS_ERR_TOO_BIG when it is
 * full. Any thread.
 */
int ds_post_put(struct ds_post *post, const struct ds_mail *mail) DS_MUST_CHECK;

/** Take the oldest message out; false when there is none. The reader's thread. */
bool ds_post_take(struct ds_post *post, struct ds_mail *mail);

/** Return the descriptor to poll for reading, borrowed. */
int ds_post_fd(const struct ds_post *post);

#endif
