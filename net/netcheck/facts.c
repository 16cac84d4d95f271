/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/facts.h"

const char *
ds_filtering_name(enum ds_filtering filtering)
{
    static const char *const names[] = {
            [DS_FILTERING_UNKNOWN] = "unknown",
            [DS_FILTERING_NONE] = "none",
            [DS_FILTERING_ADDRESS] = "address",
            [DS_FILTERING_ADDRESS_OR_NONE] = "address-or-none",
            [DS_FILTERING_ADDRESS_AND_PORT] = "address-and-port",
    };
    return names[filtering];
}

const char *
ds_unsolicited_name(enum ds_unsolicited unsolicited)
{
    static const char *const names[] = {
            [DS_UNSOLICITED_UNKNOWN] = "unknown",
            [DS_UNSOLICITED_DROP] = "drop",
            [DS_UNSOLICITED_RST] = "rst",
            [DS_UNSOLICITED_ICMP] = "icmp",
    };
    return names[unsolicited];
}

const char *
ds_answer_name(enum ds_answer answer)
{
    static const char *const names[] = {
            [DS_ANSWER_UNKNOWN] = "unknown",
            [DS_ANSWER_NO] = "no",
            [DS_ANSWER_YES] = "yes",
    };
    return names[answer];
}

const char *
ds_mapping_name(enum ds_mapping mapping)
{
    static const char *const names[] = {
            [DS_MAPPING_UNKNOWN] = "unknown",
            [DS_MAPPING_INDEPENDENT] = "independent",
            [DS_MAPPING_ADDRESS] = "address",
            [DS_MAPPING_ADDRESS_AND_PORT] = "address-and-port",
            [DS_MAPPING_NO_NAT] = "no-nat",
    };
    return names[mapping];
}
