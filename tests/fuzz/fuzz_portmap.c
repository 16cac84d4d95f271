/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a router answers. The first byte says to what: PCP, NAT-PMP, or UPnP's three questions. */
#include <stdlib.h>
#include <string.h>

#include "net/portmap/http.h"
#include "net/portmap/igd.h"
#include "net/portmap/natpmp.h"
#include "net/portmap/pcp.h"
#include "net/portmap/ssdp.h"
#include "tests/fuzz/fuzz.h"

static struct ds_addr
address(const char *text)
{
    struct ds_addr addr;
    if (ds_addr_parse(&addr, text, 1) != 0)
        abort();
    return addr;
}

/* Whatever is taken is the answer to this question. */
static void
feed_pcp(const uint8_t *data, size_t size_bytes)
{
    struct ds_pcp_request request = {
            .nonce = "nonce nonce", .lifetime_s = 120, .client = address("10.1.0.2:23100")};
    struct ds_pcp_answer answer;
    if (ds_pcp_read(&answer, &request, data, size_bytes) != 0)
        return;
    if (answer.result != DS_PCP_UNSUPP_VERSION &&
            (size_bytes < DS_PCP_REQUEST_BYTES || memcmp(data + 24, request.nonce, 12) != 0))
        abort();
    if (answer.result == DS_PCP_SUCCESS && answer.external.len == 0)
        abort();
    if (ds_pcp_result_name(answer.result)[0] == '\0')
        abort();
}

static void
feed_natpmp(const uint8_t *data, size_t size_bytes)
{
    struct ds_natpmp_answer answer;
    if (ds_natpmp_read(&answer, DS_NATPMP_MAP_TCP, 23100, data, size_bytes) == 0 &&
            answer.result == 0 && size_bytes < 16)
        abort();
}

/* Nothing leads to another host, nor puts a line into a header. */
static void
check_url(const struct ds_url *url)
{
    const struct ds_addr gateway = address("10.1.0.1");
    if (!ds_addr_is_same_host(&url->server, &gateway) || ds_addr_port(&url->server) == 0 ||
            url->path[0] != '/' || strpbrk(url->path, " \r\n\"") != NULL)
        abort();
}

static void
feed_ssdp(const uint8_t *data, size_t size_bytes)
{
    const struct ds_addr gateway = address("10.1.0.1");
    struct ds_url url;
    if (ds_ssdp_read(&url, &gateway, (const char *)data, size_bytes) == 0)
        check_url(&url);
}

static void
feed_description(const char *xml, size_t len)
{
    const struct ds_url source = {.server = address("10.1.0.1:5000"), .path = "/"};
    struct ds_igd found[DS_IGD_SERVICES];
    char request[DS_IGD_REQUEST_MAX], value[DS_IGD_VALUE_MAX];
    size_t count = ds_igd_find(found, xml, len, &source);
    for (size_t i = 0; i < count; i++) {
        check_url(&found[i].control);
        if (ds_igd_call(request, &found[i], "A", "") != 0)
            abort();
    }
    ds_igd_value(xml, len, "errorCode", value);
}

static void
feed_http(const uint8_t *data, size_t size_bytes)
{
    static struct ds_http_answer answer;
    size_t count = size_bytes < DS_PORTMAP_HTTP_MAX ? size_bytes : DS_PORTMAP_HTTP_MAX;
    memcpy(answer.bytes, data, count);
    if (ds_http_read(&answer, count) != 0)
        return;
    if (answer.at + answer.len != count || answer.status > 999)
        abort();
    feed_description(answer.bytes + answer.at, answer.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static void (*const feeds[])(const uint8_t *data, size_t size_bytes) = {
            feed_pcp, feed_natpmp, feed_ssdp, feed_http};
    if (size_bytes > 0)
        feeds[data[0] % (sizeof feeds / sizeof feeds[0])](data + 1, size_bytes - 1);
    return 0;
}
