/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An HTTP proxy's answer to CONNECT: one piece must read as single bytes do. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/err.h"
#include "net/dial/http_connect.h"
#include "tests/fuzz/fuzz.h"

static void
start(struct ds_http_connect *http)
{
    static const struct ds_proxy proxy = {.kind = DS_PROXY_HTTP};
    uint8_t request[DS_HTTP_CONNECT_REQUEST_MAX];
    struct ds_writer out;
    ds_writer_init(&out, request, sizeof request);
    ds_http_connect_start(http, &proxy, "relay.example", 443, &out);
}

static void
check_detail(const char *detail)
{
    size_t len = strnlen(detail, DS_DIAL_DETAIL_MAX);
    if (len == 0 || len == DS_DIAL_DETAIL_MAX)
        abort();
    for (size_t i = 0; i < len; i++)
        if (detail[i] < ' ' || detail[i] > '~')
            abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct ds_http_connect http;
    char detail[DS_DIAL_DETAIL_MAX] = "";
    int whole, single = 0;
    size_t used = 0;

    start(&http);
    whole = ds_http_connect_feed(&http, data, size_bytes, detail);
    if (whole < 0)
        check_detail(detail);
    start(&http);
    while (used < size_bytes && single == 0)
        single = ds_http_connect_feed(&http, data + used++, 1, detail);
    bool is_surplus = single == 1 && used < size_bytes;
    if (whole != (is_surplus ? DS_ERR_PROXY : single) || used > DS_PROXY_HEAD_MAX + 1)
        abort();
    return 0;
}
