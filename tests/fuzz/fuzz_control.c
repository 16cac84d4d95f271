/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages on the control channel, cut at every byte: what is read is in bounds and can be shown.
 */
#include <stdlib.h>
#include <string.h>

#include "net/base/limits.h"
#include "net/crypto/utf8.h"
#include "net/peer/control.h"
#include "net/wire/record.h"
#include "tests/fuzz/fuzz.h"

static void
check_name(const char *name)
{
    uint32_t point = 0;
    size_t chars = 0;
    if (strnlen(name, DS_NAME_BYTES) >= DS_NAME_BYTES)
        abort();
    for (const char *p = name; *p != '\0'; chars++) {
        if (ds_utf8_next(&p, &point) != 1 || point < ' ' || point == 0x7f || point == 0x202e)
            abort();
    }
    if (chars > DS_NAME_MAX_CHARS)
        abort();
}

static bool
is_same_offer(const struct ds_offer *a, const struct ds_offer *b)
{
    bool is_same = a->generation == b->generation && a->mapping == b->mapping &&
                   a->network == b->network && a->count == b->count;
    for (size_t i = 0; i < a->count && is_same; i++)
        is_same = a->candidates[i].type == b->candidates[i].type &&
                  a->candidates[i].set == b->candidates[i].set &&
                  ds_addr_equal(&a->candidates[i].addr, &b->candidates[i].addr);
    return is_same;
}

/* Only INTRO and GRANT have a level, only the others an offer. */
static void
check_fields(const struct ds_control_message *message)
{
    bool is_offer = message->type >= DS_CONTROL_OFFER;
    if (is_offer != (message->level == DS_LEVEL_NONE) || message->level > DS_LEVEL_CONTROL)
        abort();
    if (is_offer != (message->offer.generation != 0) || message->offer.count > DS_CANDIDATES_MAX)
        abort();
    if (message->type != DS_CONTROL_INTRO && message->direct != DS_DIRECT_NEVER)
        abort();
}

/* What we read we can write, and read again as the same. */
static void
check_message(const struct ds_control_message *message)
{
    struct ds_control_message again;
    uint8_t bytes[DS_CONTROL_BYTES];
    check_name(message->name);
    check_name(message->program);
    check_fields(message);
    int n = ds_control_write(message, bytes);
    if (n <= 0 || ds_control_parse(&again, bytes, (size_t)n) != n ||
            again.level != message->level || again.type != message->type ||
            again.picture != message->picture || again.direct != message->direct ||
            !is_same_offer(&again.offer, &message->offer))
        abort();
    if (message->type == DS_CONTROL_INTRO && (strcmp(again.name, message->name) != 0 ||
                                                     strcmp(again.program, message->program) != 0))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct ds_control_message message;
    for (size_t pos = 0; pos < size_bytes;) {
        int n = ds_control_parse(&message, data + pos, size_bytes - pos);
        if (n <= 0)
            break;
        if ((size_t)n > size_bytes - pos || n > DS_RECORD_HEADER + DS_CONTROL_MESSAGE_MAX)
            abort();
        if (ds_control_parse(&message, data + pos, (size_t)n - 1) != 0)
            abort(); /* a message that is not whole */
        if (ds_control_parse(&message, data + pos, (size_t)n) == n && message.type != 0)
            check_message(&message);
        pos += (size_t)n;
    }
    return 0;
}
