/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DECODER_FAILURE_H
#define DS_APP_VIEW_DECODER_FAILURE_H

#include <stdbool.h>

#include "net/base/reason.h"

/* Why there is no picture, or no more of it. Zero is none of them. */
enum ds_decoder_failure {
    /* What the child says. */
    DS_DECODER_FAILURE_CLOSED = 1,         /* the RFB stream ended */
    DS_DECODER_FAILURE_NOT_RFB = 2,        /* what came is not RFB, or no RFB that we know */
    DS_DECODER_FAILURE_LOGIN = 3,          /* the server wants a login of another kind */
    DS_DECODER_FAILURE_NO_PASSWORD = 4,    /* it wants a password and there is none */
    DS_DECODER_FAILURE_WRONG_PASSWORD = 5, /* it wants another password */
    DS_DECODER_FAILURE_REFUSED = 6,        /* it says no, in words of its own */
    DS_DECODER_FAILURE_SIZE = 7,           /* the picture is empty, or larger than our limits */
    DS_DECODER_FAILURE_MEMORY = 8,         /* memory ran out, in the child or here */
    DS_DECODER_FAILURE_SAID_BY_CHILD_MAX = DS_DECODER_FAILURE_MEMORY,
    /* What its parent finds. */
    DS_DECODER_FAILURE_CRASHED = 9,   /* the child ended without a word */
    DS_DECODER_FAILURE_NONSENSE = 10, /* its messages make no sense: somebody has taken it over */
    DS_DECODER_FAILURE_SILENT = 11,   /* nothing for DS_DECODER_SILENCE_MS, and no full frame yet */
    DS_DECODER_FAILURE_BURDEN = 12,   /* it takes more of this computer than any picture needs */
    DS_DECODER_FAILURE_COUNT
};

/**
 * Return a sentence or two for people: what happened, what to do. To be translated. Static. Any
 * thread.
 */
const char *ds_decoder_failure_text(enum ds_decoder_failure failure);

/**
 * Say whether another decoder may do better, since this one failed or did too much: not what the
 * other side said or did not say, nor our memory. Any thread.
 */
bool ds_decoder_failure_is_ours(enum ds_decoder_failure failure);

/** Return the reason that a session which needs the picture ends with. Any thread. */
enum ds_reason ds_decoder_failure_reason(enum ds_decoder_failure failure);

#endif
