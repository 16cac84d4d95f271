/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/stun_answer.h"

#include <string.h>

static void
add_unknown(struct ds_stun *answer, uint16_t type)
{
    if (answer->unknown_count < DS_STUN_UNKNOWN_MAX)
        answer->unknown[answer->unknown_count++] = type;
}

/* What must be understood and is not, or cannot be done here, makes a refusal that names it. */
static void
find_unknown(struct ds_stun *answer, const struct ds_stun *request, bool can_change)
{
    if (request->change != 0 && !can_change)
        add_unknown(answer, DS_STUN_CHANGE_REQUEST);
    if (request->response_port != 0 && !can_change)
        add_unknown(answer, DS_STUN_RESPONSE_PORT);
    for (size_t i = 0; i < request->unknown_count && i < DS_STUN_UNKNOWN_MAX; i++)
        add_unknown(answer, request->unknown[i]);
}

int
ds_relay_stun_answer(const struct ds_stun *request, const struct ds_relay_stun_ends *ends,
        uint8_t out[static DS_STUN_MAX])
{
    struct ds_stun answer = {.type = DS_STUN_RESPONSE};

    if (request->type == DS_STUN_INDICATION)
        return 0;
    if (request->type != DS_STUN_REQUEST)
        return DS_ERR_PROTOCOL;
    memcpy(answer.id, request->id, sizeof answer.id);
    find_unknown(&answer, request, ends->can_change);
    if (answer.unknown_count > 0) {
        answer.type = DS_STUN_ERROR;
        answer.error = DS_STUN_ERROR_UNKNOWN_ATTRIBUTE;
        return ds_stun_write(&answer, out);
    }
    answer.mapped = ends->from;
    answer.origin = ends->origin;
    answer.other = ends->other;
    if (ends->other.len != 0)
        answer.plain = ends->from; /* for who looks whether a NAT meddles: RFC 5780, 3.6 */
    return ds_stun_write(&answer, out);
}
