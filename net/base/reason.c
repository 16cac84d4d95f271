/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/reason.h"

#include <stddef.h>

static const char *const names[DS_REASON_COUNT] = {
        [DS_REASON_NONE] = "none",
        [DS_REASON_STOPPED] = "stopped",
        [DS_REASON_PEER_STOPPED] = "peer-stopped",
        [DS_REASON_NO_SUCH_CODE] = "no-such-code",
        [DS_REASON_MISTYPED] = "mistyped-code",
        [DS_REASON_WRONG_CODE] = "wrong-code",
        [DS_REASON_CODE_EXPIRED] = "code-expired",
        [DS_REASON_CODE_BURNED] = "code-burned",
        [DS_REASON_BUSY] = "busy",
        [DS_REASON_DECLINED] = "declined",
        [DS_REASON_UNANSWERED] = "unanswered",
        [DS_REASON_NO_RELAY] = "no-relay",
        [DS_REASON_RELAY_UNTRUSTED] = "relay-untrusted",
        [DS_REASON_TOO_OLD] = "too-old",
        [DS_REASON_RELAY_TOO_OLD] = "relay-too-old",
        [DS_REASON_RELAY_FULL] = "relay-full",
        [DS_REASON_PEER_LEFT] = "peer-left",
        [DS_REASON_PEER_GONE] = "peer-gone",
        [DS_REASON_PROTOCOL] = "protocol-error",
        [DS_REASON_NOT_PROVEN] = "not-proven",
        [DS_REASON_NO_DIRECT] = "no-direct-path",
        [DS_REASON_NO_SERVER] = "no-server",
        [DS_REASON_INTERNAL] = "internal-error",
        [DS_REASON_BAD_PICTURE] = "bad-picture",
        [DS_REASON_PASSWORD] = "wrong-password",
        [DS_REASON_PROXY] = "proxy-refused",
        [DS_REASON_REPLACED] = "replaced",
        [DS_REASON_IDLE] = "idle",
        [DS_REASON_DRAIN] = "relay-stopping",
        [DS_REASON_NO_SCREEN] = "no-screen",
        [DS_REASON_CANNOT_LISTEN] = "cannot-listen",
        [DS_REASON_NO_OUTPUT] = "no-output",
};

const char *
ds_reason_name(int reason)
{
    if (reason < 0 || reason >= DS_REASON_COUNT || names[reason] == NULL)
        return "unknown";
    return names[reason];
}
