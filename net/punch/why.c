/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/why.h"

#include <stddef.h>

const char *
ds_why_name(enum ds_why why)
{
    static const char *const names[DS_WHYS] = {
            [DS_WHY_NONE] = "",
            [DS_WHY_TRYING] = "trying",
            [DS_WHY_OFF_HERE] = "off-here",
            [DS_WHY_OFF_THERE] = "off-there",
            [DS_WHY_PROXY_HERE] = "proxy-here",
            [DS_WHY_PROXY_THERE] = "proxy-there",
            [DS_WHY_BLOCKED_HERE] = "blocked-here",
            [DS_WHY_BLOCKED_THERE] = "blocked-there",
            [DS_WHY_NO_ADDRESS_HERE] = "no-address-here",
            [DS_WHY_NO_ADDRESS_THERE] = "no-address-there",
            [DS_WHY_HARD_HERE] = "hard-here",
            [DS_WHY_HARD_THERE] = "hard-there",
            [DS_WHY_HARD_BOTH] = "hard-both",
            [DS_WHY_NO_ANSWER] = "no-answer",
            [DS_WHY_SLOWER] = "slower",
            [DS_WHY_LOST] = "lost",
    };
    return (size_t)why < DS_WHYS ? names[why] : "";
}
