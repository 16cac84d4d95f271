/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_BURDEN_H
#define DS_APP_VIEW_BURDEN_H

#include "app/view/decoder_wire.h"
#include "net/base/ration.h"

/*
 * How much of this computer a decoder may take, whose stream is a stranger's and which the stranger
 * may have taken over: a few bytes can have all of the largest picture copied or filled, again and
 * again, or give it another size each time.
 *
 * Its own work: half of a processor for ever, and a minute beyond that. More has to have come in as
 * bytes: decoding takes 20 to 60 ns for each byte of Tight and ZRLE on a computer of 2020, so that
 * DS_DECODER_BYTE_NS pay for a film of 8K that keeps a processor of a fourth of that speed busy
 * for hours (5 MB of it a second, which pay for more than a second of work). What has few bytes,
 * fills and copies, takes a nanosecond for each pixel: half of a processor moves all of an 8K
 * screen about ten times a second without an end, and for two minutes as fast as it can.
 *
 * What its messages make this program do: a quarter of a processor by an estimate for each kind,
 * and five seconds of it at once. An honest one tells of at most one update for each frame of the
 * window, and of a cursor with each; a window that somebody drags gives it a few dozen sizes.
 *
 * Pure: no clock. Any one thread.
 */
struct ds_burden {
    struct ds_ration work, words;
    uint64_t cpu_us, bytes; /* what was accounted for */
};

/** Begin; of its own work it may do `work_us` at once, and one part in `share` of a processor. */
void ds_burden_init(struct ds_burden *burden, uint64_t work_us, unsigned share, uint64_t now_us);

/**
 * Account for its own work: the time of a processor that it has taken since it began, for so many
 * bytes that it was given since then. To be told a few times in `work_us`. Returns whether it may
 * go on.
 */
bool ds_burden_work(
        struct ds_burden *burden, uint64_t cpu_us, uint64_t bytes, uint64_t now_us) DS_MUST_CHECK;

/** Account for one message. Returns whether it may go on. */
bool ds_burden_hear(
        struct ds_burden *burden, enum ds_decoder_message_type type, uint64_t now_us) DS_MUST_CHECK;

#endif
