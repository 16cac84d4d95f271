/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream of records whose payloads are fields: what a relay and a client read from strangers. */
#include <stdlib.h>
#include <string.h>

#include "net/base/limits.h"
#include "net/wire/record.h"
#include "net/wire/tlv.h"
#include "tests/fuzz/fuzz.h"

static void
read_fields(const struct ds_record *record)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    size_t used_bytes = 0;

    ds_reader_init(&r, record->payload, record->len);
    while (ds_tlv_next(&r, &tlv)) {
        char text[16];
        uint64_t number;
        used_bytes += 4 + tlv.len;
        if (ds_tlv_number(&tlv, &number) && (tlv.len == 0 || tlv.len > 8))
            abort();
        if (!ds_tlv_text(&tlv, text, sizeof(text)) && text[0] != '\0')
            abort();
        if (strlen(text) > tlv.len)
            abort();
    }
    if (!r.failed && used_bytes != record->len)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct ds_record record;
    int used_bytes;

    while ((used_bytes = ds_record_parse(&record, data, size_bytes, DS_HELLO_MAX)) > 0) {
        if ((size_t)used_bytes > size_bytes || record.len > DS_HELLO_MAX)
            abort();
        read_fields(&record);
        data += used_bytes;
        size_bytes -= (size_t)used_bytes;
    }
    if (used_bytes != 0 && used_bytes != DS_ERR_TOO_BIG)
        abort();
    return 0;
}
