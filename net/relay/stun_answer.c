/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/stun_answer.h"

#include <string.h>

/* What must be understood and is not, or cannot be done here, is named in the refusal. */
static void
refuse(struct ds_stun *answer, const struct ds_stun *request, bool is_change_refused)
{
    answer->type = DS_STUN_ERROR;
    answer->error = DS_STUN_ERROR_UNKNOWN_ATTRIBUTE;
    if (is_change_refused)
        answer->unknown[answer->unknown_count++] = DS_STUN_CHANGE_REQUEST;
    for (size_t i = 0; i < request->unknown_count && answer->unknown_count < DS_STUN_UNKNOWN_MAX;
            i++)
        answer->unknown[answer->unknown_count++] = request->unknown[i];
}

int
ds_relay_stun_answer(const struct ds_stun *request, const struct ds_relay_stun_ends *ends,
        uint8_t out[static DS_STUN_MAX])
{
    struct ds_stun answer = {.type = DS_STUN_RESPONSE};
    bool is_change_refused = request->change != 0 && !ends->can_change;

    if (request->type == DS_STUN_INDICATION)
        return 0;
    if (request->type != DS_STUN_REQUEST)
        return DS_ERR_PROTOCOL;
    memcpy(answer.id, request->id, sizeof answer.id);
    if (request->unknown_count > 0 || is_change_refused) {
        refuse(&answer, request, is_change_refused);
    } else {
        answer.mapped = ends->from;
        answer.origin = ends->origin;
        answer.other = ends->other;
    }
    return ds_stun_write(&answer, out);
}
