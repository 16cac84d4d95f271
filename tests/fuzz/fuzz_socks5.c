/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A SOCKS5 proxy's answers. The first byte says whether we have a password, and in pieces of what
 * size the rest comes; any size must give the same result.
 */
#include <stdlib.h>
#include <string.h>

#include "net/base/err.h"
#include "net/dial/socks5.h"
#include "tests/fuzz/fuzz.h"

static int
play(const struct ds_proxy *proxy, const uint8_t *data, size_t size_bytes, size_t piece,
        size_t *used)
{
    uint8_t bytes[DS_SOCKS5_MESSAGE_MAX];
    char detail[DS_DIAL_DETAIL_MAX] = "";
    struct ds_socks5 socks;
    struct ds_writer out;
    int result = 0;

    ds_writer_init(&out, bytes, sizeof bytes);
    ds_socks5_start(&socks, proxy, "relay.example", 443, &out);
    *used = 0;
    while (result == 0 && *used < size_bytes) {
        size_t n = ds_socks5_wants(&socks);
        if (n == 0 || n > 257 || out.failed)
            abort();
        n = n < piece ? n : piece;
        n = n < size_bytes - *used ? n : size_bytes - *used;
        ds_writer_init(&out, bytes, sizeof bytes);
        result = ds_socks5_feed(&socks, data + *used, n, &out, detail);
        *used += n;
    }
    if ((result < 0) != (detail[0] != '\0'))
        abort();
    return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static const struct ds_proxy with = {
            .kind = DS_PROXY_SOCKS5H, .has_credentials = true, .user = "ann", .password = "pw"};
    static const struct ds_proxy without = {.kind = DS_PROXY_SOCKS5H};
    size_t used, used_single;

    if (size_bytes == 0)
        return 0;
    const struct ds_proxy *proxy = data[0] & 1 ? &with : &without;
    size_t piece = (size_t)(data[0] >> 1) + 1;
    int result = play(proxy, data + 1, size_bytes - 1, piece, &used);
    if (play(proxy, data + 1, size_bytes - 1, 1, &used_single) != result)
        abort();
    /* What belongs to the host behind the proxy stays where it is. */
    if (result == 1 && used != used_single)
        abort();
    return 0;
}
