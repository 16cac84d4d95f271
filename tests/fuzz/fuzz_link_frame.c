/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte says how long the pieces are; the rest are frames, read so and in one piece. */
#include <stdlib.h>
#include <string.h>

#include "net/link/frame.h"
#include "tests/fuzz/fuzz.h"

struct summary {
    unsigned frames;
    uint64_t sum; /* of what the frames hold */
    int result;
};

static void
add(struct summary *summary, const struct ds_frame *frame)
{
    summary->frames++;
    summary->sum = summary->sum * 31 + frame->type + frame->value + frame->reason;
    for (size_t i = 0; i < frame->len; i++)
        summary->sum = summary->sum * 31 + frame->data[i];
}

static struct summary
read_in_pieces(const uint8_t *data, size_t size_bytes, size_t piece)
{
    struct summary summary = {.result = 0};
    struct ds_frame_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        abort();
    for (size_t at = 0; at < size_bytes && summary.result >= 0; at += piece) {
        const uint8_t *next = data + at;
        size_t left = size_bytes - at < piece ? size_bytes - at : piece;
        struct ds_frame frame;
        while ((summary.result = ds_frame_next(reader, &next, &left, &frame)) > 0)
            add(&summary, &frame);
        if (summary.result == 0 && left != 0)
            abort();
    }
    free(reader);
    return summary;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    if (size_bytes < 2)
        return 0;
    struct summary whole = read_in_pieces(data + 1, size_bytes - 1, size_bytes);
    struct summary pieces = read_in_pieces(data + 1, size_bytes - 1, (size_t)data[0] + 1);
    if (whole.frames != pieces.frames || whole.sum != pieces.sum || whole.result != pieces.result)
        abort();
    return 0;
}
