/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_IGD_H
#define DS_NET_PORTMAP_IGD_H

#include <stdbool.h>
#include <stddef.h>

#include "net/base/err.h"
#include "net/portmap/url.h"

/*
 * The XML of UPnP IGD. It is read by libminiupnpc, and nothing else of that library is used: what
 * it fetches itself has no limit, and goes to whatever host a description names.
 */

enum { DS_IGD_SERVICES = 2, DS_IGD_VALUE_MAX = 64, DS_IGD_REQUEST_MAX = 2048 };

/* The service of a router that makes mappings. */
struct ds_igd {
    struct ds_url control;
    const char *service; /* its URN, static; NULL: none */
};

/**
 * Find the services in a description, `len` bytes of XML from `source`, and write up to
 * DS_IGD_SERVICES into `out`. Those that are not at the gateway, source's server, are left out.
 * Returns the count. Any thread.
 */
size_t ds_igd_find(struct ds_igd *out, const char *xml, size_t len, const struct ds_url *source);

/**
 * Copy the text of the element `name` of an answer, `len` bytes of XML, into `out`. Returns whether
 * there is one of less than DS_IGD_VALUE_MAX bytes. Any thread.
 */
bool ds_igd_value(const char *xml, size_t len, const char *name, char out[static DS_IGD_VALUE_MAX]);

/** Write the question for the description at `url`. */
void ds_igd_get(char out[static DS_IGD_REQUEST_MAX], const struct ds_url *url);

/** Write the request for `action` with `arguments` (XML, ours). Returns 0 or DS_ERR_TOO_BIG. */
int ds_igd_call(char out[static DS_IGD_REQUEST_MAX], const struct ds_igd *igd, const char *action,
        const char *arguments) DS_MUST_CHECK;

#endif
