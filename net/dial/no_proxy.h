/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_NO_PROXY_H
#define DS_NET_DIAL_NO_PROXY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Say whether the list of a no_proxy variable covers `host` (a name, or a numeric address without
 * brackets) and `port`. Entries stand between commas or spaces: a name covers itself and all names
 * below it, with or without a leading "." or "*."; a numeric address covers itself, and with
 * "/bits" its network; each may end in ":port" and then covers that port only; "*" covers
 * everything. An entry that makes no sense covers nothing. Source: curl's CURLOPT_NOPROXY(3); ports
 * and "*." are what other programs read too. Any thread.
 */
bool ds_no_proxy_covers(const char *list, const char *host, uint16_t port);

#endif
