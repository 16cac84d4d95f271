/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_SHARE_SERVICE_H
#define DS_APP_DESKTOP_SHARE_SERVICE_H

#include "app/session/service.h"

/* The windows of one X11 client: their ids without the bits of `mask`. Mask 0: of none. */
struct ds_own_windows {
    uint32_t base, mask;
};

/**
 * Make what runs on a helpee's channels: this session's own desktop, which is opened when the
 * session stands; where it cannot be, or when it is gone, the session ends with
 * DS_REASON_NO_SCREEN. What the helper does to our `own` windows is dropped, so that nobody but who
 * sits here answers our questions. Main thread; then it is its session's.
 */
struct ds_service *ds_share_service_new(struct ds_own_windows own);

#endif
