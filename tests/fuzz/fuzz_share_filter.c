/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "app/share/rfb/filter.h"
#include "tests/fuzz/fuzz.h"

#define HANDSHAKE "RFB 003.008\n\x01\x01"

static void
check(int condition)
{
    if (!condition)
        abort();
}

/* What libvncserver may be given: whole, of a known length, and sane where it does not look. */
static void
check_message(const struct ds_filter_message *message)
{
    static const size_t lengths[] = {0, 12, 1, 1, 20, 0, 10, 8, 6, 8};
    check(message->kind >= DS_FILTER_VERSION && message->kind <= DS_FILTER_CUT_TEXT);
    if (message->kind == DS_FILTER_ENCODINGS) {
        size_t count = (size_t)message->bytes[2] << 8 | message->bytes[3];
        check(message->len == 4 + 4 * count && count <= DS_SHARE_ENCODINGS_MAX);
    } else {
        check(message->len == lengths[message->kind]);
    }
    check(message->text_bytes <= DS_SHARE_CUT_TEXT_MAX);
    if (message->kind == DS_FILTER_PIXEL_FORMAT)
        for (int i = 14; i < 17; i++)
            check(message->bytes[i] < message->bytes[4]); /* shift < bits a pixel */
}

/* The first byte: whether the handshake is over, and the length of the pieces. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ds_filter filter;
    struct ds_filter_message message;
    size_t piece = size > 0 ? data[0] & 0x7f : 0, at = 1;
    int n = 0;

    ds_filter_init(&filter);
    for (size_t i = 0; size > 0 && data[0] & 0x80 && i < sizeof HANDSHAKE - 1; i += (size_t)n) {
        n = ds_filter_next(
                &filter, (const uint8_t *)HANDSHAKE + i, sizeof HANDSHAKE - 1 - i, &message);
        check(n > 0);
    }
    piece = piece > 0 ? piece : size;
    while (at < size && n >= 0) {
        size_t len = size - at < piece ? size - at : piece;
        n = ds_filter_next(&filter, data + at, len, &message);
        check((n < 0) == (ds_filter_error(&filter) != NULL));
        check(n < 0 ? message.kind == 0 : n > 0 && (size_t)n <= len);
        if (n > 0)
            at += (size_t)n;
        if (n > 0 && message.kind != 0)
            check_message(&message);
    }
    return 0;
}
