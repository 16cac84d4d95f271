/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a relay sends to a leg, after TLS. The first byte says in what pieces it comes (0: as large
 * as fit) and, in its highest bit, whether PAIRED pairs the leg.
 */
#include <stdlib.h>
#include <string.h>

#include "net/base/reason.h"
#include "net/path/leg_input.h"
#include "tests/fuzz/fuzz.h"

static void
check_text(const char *text, size_t cap)
{
    if (strnlen(text, cap) >= cap)
        abort();
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            abort();
    }
}

static int
take(struct ds_leg_input *in, const struct ds_record *record, int pairs)
{
    struct ds_leg_welcome welcome;
    struct ds_leg_refused refused;
    struct ds_addr revealed;
    if (record->payload < in->buf || record->payload + record->len > in->buf + in->len)
        abort();
    if (record->type == DS_RECORD_WELCOME) {
        int err = ds_leg_welcome_parse(&welcome, record);
        check_text(welcome.observed, sizeof welcome.observed);
        check_text(welcome.stun, sizeof welcome.stun);
        check_text(welcome.program, sizeof welcome.program);
        return err;
    }
    if (record->type == DS_RECORD_REFUSED) {
        int err = ds_leg_refused_parse(&refused, record);
        check_text(refused.program, sizeof refused.program);
        if (err == 0 && refused.reason == DS_REASON_NONE)
            abort();
        return DS_ERR_CLOSED;
    }
    if (record->type == DS_RECORD_NOTE &&
            ds_leg_revealed_parse(&revealed, record->payload, record->len) && revealed.len == 0)
        abort();
    if (!in->is_welcomed || (record->type == DS_RECORD_PIPE && !in->is_paired))
        abort();
    if (record->type == DS_RECORD_PAIRED && pairs)
        in->is_paired = true;
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static struct ds_leg_input in;
    struct ds_record record;
    if (size_bytes == 0)
        return 0;
    memset(&in, 0, sizeof in);
    int pairs = data[0] >> 7;
    size_t piece = data[0] & 0x7f;
    size_t pos = 1;
    while (pos < size_bytes) {
        size_t cap;
        uint8_t *room = ds_leg_input_room(&in, &cap);
        if (cap == 0)
            abort();
        size_t n = size_bytes - pos < cap ? size_bytes - pos : cap;
        if (piece > 0 && n > piece)
            n = piece;
        memcpy(room, data + pos, n);
        ds_leg_input_added(&in, n);
        pos += n;
        int more;
        while ((more = ds_leg_input_next(&in, &record)) == 1) {
            if (take(&in, &record, pairs) < 0)
                return 0;
        }
        if (more < 0 && (more != DS_ERR_PROTOCOL || in.error_text == NULL))
            abort();
        if (more < 0)
            return 0;
    }
    return 0;
}
