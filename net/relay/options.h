/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_OPTIONS_H
#define DS_NET_RELAY_OPTIONS_H

#include <limits.h>
#include <stdbool.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/relay/relay.h"
#include "net/relay/stun.h"

/* What deskside-relay was told on its command line and in its --config file. */
struct ds_relay_options {
    char listen[DS_HOST_MAX + 8];
    char cert[PATH_MAX], key[PATH_MAX], self_signed[PATH_MAX]; /* "": not given */
    struct ds_addr addr;                                       /* `listen` */
    char stun[2 * DS_ADDR_TEXT_MAX];
    struct ds_addr stun_addrs[DS_RELAY_STUN_ADDRS_MAX]; /* `stun` */
    size_t stun_count;
    char dial_back_text[8];
    enum ds_relay_dial_back dial_back; /* `dial_back_text` */
    bool is_default_listen;            /* nobody said where to listen */
    bool is_help, is_version;
};

enum { DS_RELAY_OPTIONS_ERROR = 512 };

/**
 * Read the command line; what it says goes before what the --config file says. Returns 0;
 * DS_ERR_INVALID with what is wrong, and in which file and line, in `error`; DS_ERR_SYSTEM where
 * the file cannot be read.
 */
int ds_relay_options_read(struct ds_relay_options *options, int argc, char *const *argv,
        char error[static DS_RELAY_OPTIONS_ERROR]) DS_MUST_CHECK;

/**
 * Take all IPv4 addresses in place of the default, all of both kinds, where listening there ended
 * with `error` (errno) because this kernel has no IPv6. Returns whether it is worth another try.
 */
bool ds_relay_options_without_ipv6(struct ds_relay_options *options, int error);

/** What --help prints. */
extern const char ds_relay_options_help[];

#endif
