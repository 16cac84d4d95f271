/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message of the decoder child: what passes is within the limits and has one form only. */
#include <stdlib.h>
#include <string.h>

#include "app/view/decoder_wire.h"
#include "tests/fuzz/fuzz.h"

static void
check_limits(const struct ds_decoder_message *m, const uint8_t *data, size_t size_bytes)
{
    if (m->type == DS_DECODER_SIZE && !ds_decoder_size_is_allowed(m->width, m->height))
        abort();
    if (m->type == DS_DECODER_CURSOR &&
            (m->bytes < data || m->bytes + 4 * (size_t)m->width * m->height != data + size_bytes))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static uint8_t again[DS_DECODER_MESSAGE_MAX];
    struct ds_decoder_message m;
    struct ds_writer w;

    if (ds_decoder_wire_parse(&m, data, size_bytes) != DS_OK)
        return 0;
    check_limits(&m, data, size_bytes);
    ds_writer_init(&w, again, sizeof again);
    ds_decoder_wire_write(&w, &m);
    if (w.failed || w.len != size_bytes || memcmp(again, data, size_bytes) != 0)
        abort();
    return 0;
}
