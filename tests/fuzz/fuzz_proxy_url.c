/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three lines: a proxy's URL, a no_proxy list, and the host that is to be reached. */
#include <stdlib.h>
#include <string.h>

#include "net/base/err.h"
#include "net/dial/host.h"
#include "net/dial/no_proxy.h"
#include "net/dial/proxy.h"
#include "tests/fuzz/fuzz.h"

static bool
is_wiped(const struct ds_proxy *proxy)
{
    const uint8_t *bytes = (const uint8_t *)proxy;
    for (size_t i = 0; i < sizeof *proxy; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void
check_url(const char *url)
{
    struct ds_proxy proxy;
    const char *why = NULL;

    if (ds_proxy_parse(&proxy, url, &why) < 0) {
        if (why == NULL || !is_wiped(&proxy))
            abort();
        return;
    }
    if (proxy.kind == DS_PROXY_NONE || proxy.port == 0 || !ds_host_is_valid(proxy.host))
        abort();
    if (proxy.has_credentials != (proxy.user[0] != '\0'))
        abort();
    if (memchr(proxy.user, '\0', sizeof proxy.user) == NULL ||
            memchr(proxy.password, '\0', sizeof proxy.password) == NULL)
        abort();
    ds_proxy_finish(&proxy);
}

static void
check_list(const char *list, const char *host)
{
    bool covers = ds_no_proxy_covers(list, host, 443);
    if (strcmp(list, "*") == 0 && !covers)
        abort();
    if (list[0] == '\0' && covers)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    char *text = malloc(size_bytes + 1);
    char *rest = text;
    const char *list, *host;

    if (text == NULL)
        return 0;
    if (size_bytes > 0)
        memcpy(text, data, size_bytes);
    text[size_bytes] = '\0';
    check_url(strsep(&rest, "\n"));
    list = strsep(&rest, "\n");
    host = strsep(&rest, "\n");
    if (list != NULL && host != NULL && ds_host_is_valid(host))
        check_list(list, host);
    free(text);
    return 0;
}
