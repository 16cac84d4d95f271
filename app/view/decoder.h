/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DECODER_H
#define DS_APP_VIEW_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <glib.h>

#include "app/view/decoder_failure.h"
#include "app/view/decoder_wire.h"
#include "app/view/surface.h"

/*
 * The helper's side of the picture. RFB comes from a stranger, so a child process decodes it (see
 * decoder_child.h): a bug in the decoder gives an attacker that process and no more. This is the
 * side of the program: it starts the child, takes its messages as an attacker's, and knows when it
 * crashes, hangs, lies or takes too much. Everything, callbacks too, happens on the thread of the
 * event loop.
 */
struct ds_decoder;

/* The shape of the shared desktop's pointer. */
struct ds_cursor {
    unsigned hot_x, hot_y;  /* pixels, inside the shape */
    unsigned width, height; /* pixels, at most DS_CURSOR_SIDE_MAX */
    const uint32_t *pixels; /* u32 0xAARRGGBB, native order, alpha 0 or 255, premultiplied */
};

/*
 * What happens. Each may be NULL, and each may call ds_decoder_stop() or ds_decoder_free(). Nothing
 * is called after on_error but the end of a ds_decoder_stop().
 */
struct ds_decoder_callbacks {
    /** The size of the picture is known, its pixels are still black. Once. */
    void (*on_ready)(unsigned width, unsigned height, void *arg);
    /** The size is another one now: new pixels, black; what ds_decoder_pixels() gave is gone. */
    void (*on_resize)(unsigned width, unsigned height, void *arg);
    /**
     * These `count` rectangles (borrowed), all inside of the picture, are new. No more come until
     * ds_decoder_shown(), which must follow. Where this is NULL it follows by itself.
     */
    void (*on_update)(const struct ds_rect *rects, size_t count, void *arg);
    /** Every pixel of the picture is there, with what on_update has just told. Once. */
    void (*on_first_frame)(void *arg);
    /** The pointer has another shape (borrowed). */
    void (*on_cursor)(const struct ds_cursor *cursor, void *arg);
    /** The answer to ds_decoder_ask_figures() (borrowed); the child's word. */
    void (*on_figures)(const struct ds_decoded *figures, void *arg);
    /** There is no picture, or no more of it. `text` is a sentence for people (static). Once. */
    void (*on_error)(enum ds_decoder_failure failure, const char *text, void *arg);
};

struct ds_decoder_config {
    const char *password;    /* of a foreign server: VNC uses 8 bytes. NULL = none. Copied, wiped */
    enum ds_quality quality; /* from the beginning; 0 = automatic */
    unsigned silence_ms;     /* of the child before the first frame; 0 = DS_DECODER_SILENCE_MS */
    unsigned work_ms;        /* that nothing pays for, at once; 0 = DS_DECODER_WORK_MS */
    unsigned work_share;     /* and for ever, one part in so many; 0 = DS_DECODER_WORK_SHARE */
};

/**
 * Start a decoder child, which waits for ds_decoder_begin(), on `base` (borrowed, as are the
 * callbacks and `arg`, until it is freed).
 * `*out` is the decoder, owned by the caller. Returns the other end of the child's RFB stream: a
 * non-blocking socket, owned by the caller, to be joined with the session's channel. -1 with a
 * GFileError where descriptors, memory or processes ran out.
 */
int ds_decoder_start(struct ds_decoder **out, struct event_base *base,
        const struct ds_decoder_config *config, const struct ds_decoder_callbacks *callbacks,
        void *arg, GError **error) DS_MUST_CHECK;

/** Tell how many bytes of its stream a decoder has been given so far: they pay for its work. */
typedef uint64_t (*ds_decoder_count_fn)(void *arg);

/**
 * Let it decode, once. `opened`: the stream begins behind RFB's opening, as the channel does that
 * the helpee opens (net/PROTOCOL.md, 7); else with it. `count` is asked now and then, with
 * `count_arg` (borrowed until on_error or the end of it), what pays for its work: see burden.h.
 * NULL: nothing does. The time for the first frame begins. Does nothing after on_error.
 */
void ds_decoder_begin(
        struct ds_decoder *decoder, bool opened, ds_decoder_count_fn count, void *count_arg);

/**
 * Return the picture: borrowed until on_resize or ds_decoder_free(), pixels NULL before on_ready.
 * From on_update to ds_decoder_shown(), and in on_first_frame, it stays as it is; after that the
 * child writes the next update into it. One that was taken over may do so at any moment.
 */
const struct ds_surface *ds_decoder_pixels(const struct ds_decoder *decoder);

/** Ask for another quality from now on. Does nothing after on_error. */
void ds_decoder_set_quality(struct ds_decoder *decoder, enum ds_quality quality);

/** Ask what was decoded so far: on_figures follows, unless it ends. Does nothing after on_error. */
void ds_decoder_ask_figures(struct ds_decoder *decoder);

/**
 * Say that what on_update told has been read, once for each. Soon: the child, which does nothing to
 * the picture meanwhile, cannot decode on before.
 */
void ds_decoder_shown(struct ds_decoder *decoder);

/**
 * Press or release a key of the shared desktop; `keysym` is X's. Keys and buttons arrive in the
 * order in which they were sent, none is left out, and nothing blocks: what the child has not read
 * yet waits here, up to DS_HANDS_MAX of them. Then the child hangs, and on_error says so, from
 * within this call. Without a picture yet, or any more, nothing is sent.
 */
void ds_decoder_send_key(struct ds_decoder *decoder, uint32_t keysym, bool pressed);

/**
 * Put the pointer of the shared desktop to `x`, `y`, in pixels of the picture; bit n of `buttons`
 * is whether button n + 1 is down. Like ds_decoder_send_key(), but of moves that wait one after
 * the other only the newest arrives.
 */
void ds_decoder_send_pointer(struct ds_decoder *decoder, uint16_t x, uint16_t y, uint8_t buttons);

/**
 * Stop without blocking: no more callbacks, the child is told to end, killed after
 * DS_DECODER_STOP_MS, and taken off the process table. Then `on_stopped` (may be NULL) is called,
 * on the loop and never from inside of this function; ds_decoder_free() does not block any more.
 */
void ds_decoder_stop(struct ds_decoder *decoder, void (*on_stopped)(void *arg), void *arg);

/**
 * Free it, whatever its state; NULL is fine. A child that still lives is killed and waited for,
 * which takes as long as the kernel needs to tear it down (milliseconds). Pixels are gone.
 */
void ds_decoder_free(struct ds_decoder *decoder);

#endif
