/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A STUN message, as it comes from strangers: what is read can be written and read again as the
 * same, and no answer is long. */
#include <stdlib.h>
#include <string.h>

#include "net/relay/stun_answer.h"
#include "tests/fuzz/fuzz.h"

enum { ANSWER_MAX = 124 };

static void
check_same(const struct ds_addr *a, const struct ds_addr *b)
{
    if ((a->len == 0) != (b->len == 0) || (a->len != 0 && !ds_addr_equal(a, b)))
        abort();
}

static void
check_again(const struct ds_stun *message)
{
    uint8_t out[DS_STUN_MAX];
    struct ds_stun again;
    int len = ds_stun_write(message, out);
    if (len < DS_STUN_HEADER || ds_stun_parse(&again, out, (size_t)len) != len)
        abort();
    if (again.type != message->type || again.change != message->change ||
            again.error != message->error || memcmp(again.id, message->id, sizeof again.id) != 0)
        abort();
    check_same(&again.mapped, &message->mapped);
    check_same(&again.plain, &message->plain);
    check_same(&again.origin, &message->origin);
    check_same(&again.other, &message->other);
}

static void
check_answer(const struct ds_stun *request)
{
    uint8_t out[DS_STUN_MAX];
    struct ds_relay_stun_ends ends = {.can_change = request->id[0] & 1};
    if (ds_addr_parse(&ends.from, "[2001:db8::1]:4711", 0) != 0)
        abort();
    ends.origin = ends.other = ends.from;
    if (ds_relay_stun_answer(request, &ends, out) > ANSWER_MAX)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct ds_stun message;
    int n = ds_stun_parse(&message, data, size_bytes);
    if (n > 0 && ((size_t)n > size_bytes || n % 4 != 0))
        abort();
    if (n <= 0)
        return 0;
    /* Any beginning of it is one to wait for, or too long for a stream. */
    struct ds_stun cut;
    int less = ds_stun_parse(&cut, data, (size_t)n - 1);
    if (less != 0 && !(less == DS_ERR_TOO_BIG && n > DS_STUN_MAX))
        abort();
    check_again(&message);
    check_answer(&message);
    return 0;
}
