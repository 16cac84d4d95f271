/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/url.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { HTTP_PORT = 80 };

static bool
is_fit_for_a_header(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || strchr("\"<>\\^`{|}", *at) != NULL)
            return false;
    return true;
}

static int
set_path(struct ds_url *url, const char *path)
{
    const char *slash = path[0] == '/' ? "" : "/";
    int len = snprintf(url->path, sizeof url->path, "%s%s", slash, path);
    bool fits = len > 0 && (size_t)len < sizeof url->path;
    return fits && is_fit_for_a_header(url->path) ? 0 : DS_ERR_INVALID;
}

static int
read_whole(struct ds_url *url, const char *text, const struct ds_addr *gateway)
{
    char host[DS_ADDR_TEXT_MAX];
    size_t len = strcspn(text, "/");

    if (len >= sizeof host)
        return DS_ERR_INVALID;
    memcpy(host, text, len);
    host[len] = '\0';
    if (ds_addr_parse(&url->server, host, HTTP_PORT) < 0 ||
            !ds_addr_is_same_host(&url->server, gateway) || ds_addr_port(&url->server) == 0)
        return DS_ERR_INVALID;
    return set_path(url, text + len);
}

int
ds_url_read(struct ds_url *url, const char *text, const struct ds_addr *gateway,
        const struct ds_url *base)
{
    static const char scheme[] = "http://";

    *url = (struct ds_url){0};
    if (strncasecmp(text, scheme, strlen(scheme)) == 0)
        return read_whole(url, text + strlen(scheme), gateway);
    if (base == NULL || text[0] == '\0' || strstr(text, "://") != NULL)
        return DS_ERR_INVALID;
    url->server = base->server;
    return set_path(url, text);
}
