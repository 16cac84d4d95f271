/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/view/burden.h"
#include "app/view/decoder_datagram.h"
#include "app/view/decoder_process.h"
#include "net/base/clock.h"
#include "net/base/log.h"

#define AREA "view"

enum {
    MESSAGES_PER_TURN = 64, /* then a child that floods us leaves the loop to others */
    LOOKS_PER_BURST = 12,   /* at its work, in the time that it may take at once */
};

struct ds_decoder {
    const struct ds_decoder_callbacks *callbacks; /* borrowed */
    void *arg;                                    /* borrowed */

    struct ds_child process;
    int control_fd;              /* -1 once the child is given up */
    struct event *control_event; /* the control socket is readable */
    struct event *hands_event;   /* it takes more, and there is something in `hands` */
    struct event *exit_event;    /* the process has ended */
    struct event *time_event;    /* before the first frame: silence; after a stop: end of grace */
    struct event *work_event;    /* its work is to be looked at */
    struct timeval silence;
    uint64_t patience_us;    /* however much is told before the first frame */
    uint64_t first_frame_us; /* when it is over */
    struct ds_burden burden;
    ds_decoder_count_fn count; /* of what pays for its work; may be NULL */
    void *count_arg;           /* borrowed */
    struct timeval look;       /* from one look at its work to the next */
    enum ds_quality quality;   /* that is wanted */
    enum ds_quality asked;     /* that the child knows of */
    void (*on_stopped)(void *arg);
    void *stopped_arg;

    struct ds_surface surface;
    struct ds_hand_queue hands; /* what the child has not been sent yet */
    char password[DS_DECODER_PASSWORD_MAX];
    size_t password_len;
    bool is_read;   /* the picture was told, and ds_decoder_shown() is owed for it */
    bool is_whole;  /* with the update that comes next, every pixel is there */
    bool has_frame; /* so it was */
    bool is_over;   /* no callbacks any more, but on_stopped */

    unsigned calls; /* functions of ours that are on the stack and will touch the object */
    bool is_freed;  /* the last of them frees the memory */
    struct ds_decoder_message message;
    uint8_t datagram[DS_DECODER_MESSAGE_MAX + 1];
};

const struct ds_surface *
ds_decoder_pixels(const struct ds_decoder *decoder)
{
    return &decoder->surface;
}

/* Memory must outlive the call that a callback was made from: each event is one such call. */
static void
enter(struct ds_decoder *d)
{
    d->calls++;
}

static void
leave(struct ds_decoder *d)
{
    if (--d->calls == 0 && d->is_freed)
        g_free(d);
}

static void
drop_event(struct event **event)
{
    if (*event != NULL)
        event_free(*event);
    *event = NULL;
}

static void
close_control(struct ds_decoder *d)
{
    drop_event(&d->control_event);
    drop_event(&d->hands_event);
    if (d->control_fd >= 0)
        close(d->control_fd);
    d->control_fd = -1;
}

/* Give the child up and say why, once. */
static void
fail(struct ds_decoder *d, enum ds_decoder_failure failure)
{
    if (d->is_over)
        return;
    d->is_over = true;
    evtimer_del(d->time_event);
    event_del(d->work_event);
    close_control(d);
    ds_child_kill(&d->process);
    if (d->callbacks->on_error != NULL)
        d->callbacks->on_error(failure, ds_decoder_failure_text(failure), d->arg);
}

/* ---- messages to the child ---- */

/* The child asked for each of these and waits: where one cannot be sent at once, it lied. */
static void
answer(struct ds_decoder *d, const struct ds_decoder_message *m, int fd)
{
    if (!ds_decoder_datagram_send(d->control_fd, m, fd))
        fail(d, DS_DECODER_FAILURE_NONSENSE);
}

static void
answer_password(struct ds_decoder *d)
{
    answer(d,
            &(struct ds_decoder_message){.type = DS_DECODER_PASSWORD,
                    .count = d->password_len,
                    .bytes = (const uint8_t *)d->password},
            -1);
    explicit_bzero(d->password, sizeof d->password);
    d->password_len = 0;
}

/*
 * Of these there are few: one that does not fit means that the child does not read. Before there is
 * a picture it waits for answers alone.
 */
static void
send_wish(struct ds_decoder *d, const struct ds_decoder_message *m)
{
    if (d->is_over || d->control_fd < 0 || d->surface.pixels == NULL)
        return;
    enter(d);
    if (!ds_decoder_datagram_send(d->control_fd, m, -1))
        fail(d, DS_DECODER_FAILURE_SILENT);
    leave(d);
}

static void
tell_quality(struct ds_decoder *d)
{
    if (d->asked == d->quality || d->surface.pixels == NULL)
        return;
    d->asked = d->quality;
    send_wish(d, &(struct ds_decoder_message){.type = DS_DECODER_QUALITY, .quality = d->quality});
}

static void
answer_size(struct ds_decoder *d, unsigned width, unsigned height)
{
    bool is_first = d->surface.pixels == NULL;

    ds_surface_finish(&d->surface);
    d->is_read = d->is_whole = false;
    if (ds_surface_create(&d->surface, width, height) != DS_OK) {
        DS_WARN(AREA, "memory for %ux%u pixels: %s", width, height, strerror(errno));
        fail(d, DS_DECODER_FAILURE_MEMORY);
        return;
    }
    answer(d,
            &(struct ds_decoder_message){.type = DS_DECODER_SURFACE,
                    .width = (uint16_t)width,
                    .height = (uint16_t)height},
            d->surface.memory);
    tell_quality(d);
    if (d->is_over)
        return;
    void (*callback)(unsigned, unsigned, void *) =
            is_first ? d->callbacks->on_ready : d->callbacks->on_resize;
    if (callback != NULL)
        callback(width, height, d->arg);
}

/*
 * The kernel calls the socket writable while it is at most a quarter full: however many of these
 * wait there, an answer fits.
 */
static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_decoder *d = arg;
    struct ds_decoder_message m = {.type = DS_DECODER_POINTER};

    if (!ds_hand_queue_take(&d->hands, &m.hand))
        return;
    if (m.hand.is_key)
        m.type = DS_DECODER_KEY;
    enter(d);
    answer(d, &m, -1);
    if (!d->is_over && d->hands.count > 0)
        event_add(d->hands_event, NULL);
    leave(d);
}

static void
send_hand(struct ds_decoder *d, const struct ds_hand_event *event)
{
    if (d->is_over || d->control_fd < 0 || d->surface.pixels == NULL)
        return;
    enter(d);
    if (!ds_hand_queue_put(&d->hands, event))
        fail(d, DS_DECODER_FAILURE_SILENT);
    else
        event_add(d->hands_event, NULL);
    leave(d);
}

void
ds_decoder_shown(struct ds_decoder *decoder)
{
    if (!decoder->is_read)
        return;
    decoder->is_read = false;
    send_wish(decoder, &(struct ds_decoder_message){.type = DS_DECODER_SHOWN});
}

void
ds_decoder_set_quality(struct ds_decoder *decoder, enum ds_quality quality)
{
    decoder->quality = quality;
    tell_quality(decoder);
}

void
ds_decoder_send_key(struct ds_decoder *decoder, uint32_t keysym, bool pressed)
{
    send_hand(
            decoder, &(struct ds_hand_event){.is_key = true, .keysym = keysym, .pressed = pressed});
}

void
ds_decoder_send_pointer(struct ds_decoder *decoder, uint16_t x, uint16_t y, uint8_t buttons)
{
    send_hand(decoder, &(struct ds_hand_event){.x = x, .y = y, .buttons = buttons});
}

void
ds_decoder_ask_figures(struct ds_decoder *decoder)
{
    send_wish(decoder, &(struct ds_decoder_message){.type = DS_DECODER_ASK_FIGURES});
}

/* ---- messages from the child ---- */

static bool
rect_is_inside(const struct ds_rect *rect, const struct ds_surface *surface)
{
    return rect->width > 0 && rect->height > 0 &&
           (unsigned)rect->x + rect->width <= surface->width &&
           (unsigned)rect->y + rect->height <= surface->height;
}

/* It is read while the callback has it, and where there is one until ds_decoder_shown(). */
static void
tell_update(struct ds_decoder *d, const struct ds_decoder_message *m)
{
    d->is_read = true;
    if (d->callbacks->on_update != NULL)
        d->callbacks->on_update(m->rects, m->count, d->arg);
    if (!d->is_over && d->is_whole && !d->has_frame) {
        d->has_frame = true;
        evtimer_del(d->time_event);
        if (d->callbacks->on_first_frame != NULL)
            d->callbacks->on_first_frame(d->arg);
    }
    if (!d->is_over && d->callbacks->on_update == NULL)
        ds_decoder_shown(d);
}

static void
take_update(struct ds_decoder *d, const struct ds_decoder_message *m)
{
    bool is_allowed = !d->is_read;
    for (size_t i = 0; is_allowed && i < m->count; i++)
        is_allowed = rect_is_inside(&m->rects[i], &d->surface);
    if (is_allowed)
        tell_update(d, m);
    else
        fail(d, DS_DECODER_FAILURE_NONSENSE);
}

static void
take_frame(struct ds_decoder *d)
{
    d->is_whole = d->surface.pixels != NULL;
    if (!d->is_whole)
        fail(d, DS_DECODER_FAILURE_NONSENSE);
}

static void
take_cursor(struct ds_decoder *d, const struct ds_decoder_message *m)
{
    if (d->callbacks->on_cursor == NULL)
        return;
    /* In the datagram the pixels are not aligned. */
    uint32_t *pixels = g_memdup2(m->bytes, (gsize)m->width * m->height * sizeof *pixels);
    struct ds_cursor cursor = {.hot_x = m->hot_x,
            .hot_y = m->hot_y,
            .width = m->width,
            .height = m->height,
            .pixels = pixels};
    d->callbacks->on_cursor(&cursor, d->arg);
    g_free(pixels);
}

static void
take_message(struct ds_decoder *d, const struct ds_decoder_message *m)
{
    switch (m->type) {
    case DS_DECODER_ASK_PASSWORD:
        answer_password(d);
        break;
    case DS_DECODER_SIZE:
        answer_size(d, m->width, m->height);
        break;
    case DS_DECODER_UPDATE:
        take_update(d, m);
        break;
    case DS_DECODER_FRAME:
        take_frame(d);
        break;
    case DS_DECODER_CURSOR:
        take_cursor(d, m);
        break;
    case DS_DECODER_FIGURES:
        if (d->callbacks->on_figures != NULL)
            d->callbacks->on_figures(&m->figures, d->arg);
        break;
    case DS_DECODER_FAILED:
        fail(d, m->failure);
        break;
    case DS_DECODER_START:
    case DS_DECODER_PASSWORD:
    case DS_DECODER_SURFACE:
    case DS_DECODER_KEY:
    case DS_DECODER_POINTER:
    case DS_DECODER_SHOWN:
    case DS_DECODER_QUALITY:
    case DS_DECODER_ASK_FIGURES:
        fail(d, DS_DECODER_FAILURE_NONSENSE);
        break;
    }
}

/* Take one message. Returns whether there may be more. */
static bool
take_next(struct ds_decoder *d)
{
    ssize_t n = recv(d->control_fd, d->datagram, sizeof d->datagram, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n < 0 && errno == ECONNRESET)
        return true; /* it ended without reading our last answer; what it said still waits */
    if (n <= 0) {
        /* It ended, or pretends to: on_child_exit() says how. */
        close_control(d);
        ds_child_kill(&d->process);
        return false;
    }
    if (!d->has_frame && ds_clock_us() < d->first_frame_us)
        evtimer_add(d->time_event, &d->silence);
    if (ds_decoder_wire_parse(&d->message, d->datagram, (size_t)n) != DS_OK)
        fail(d, DS_DECODER_FAILURE_NONSENSE);
    else if (!ds_burden_hear(&d->burden, d->message.type, ds_clock_us()))
        fail(d, DS_DECODER_FAILURE_BURDEN);
    else
        take_message(d, &d->message);
    return !d->is_over;
}

/* ---- events ---- */

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_decoder *d = arg;

    enter(d);
    for (int i = 0; i < MESSAGES_PER_TURN && take_next(d); i++)
        ;
    leave(d);
}

static void
tell_stopped(struct ds_decoder *d)
{
    evtimer_del(d->time_event);
    if (d->on_stopped != NULL)
        d->on_stopped(d->stopped_arg);
}

static void
on_child_exit(evutil_socket_t fd, short what, void *arg)
{
    struct ds_decoder *d = arg;

    enter(d);
    event_del(d->exit_event);
    while (d->control_fd >= 0 && take_next(d))
        ; /* its last words */
    if (!d->is_freed)
        ds_child_reap(&d->process);
    fail(d, DS_DECODER_FAILURE_CRASHED);
    if (!d->is_freed)
        tell_stopped(d);
    leave(d);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
    struct ds_decoder *d = arg;

    enter(d);
    if (!d->is_over)
        fail(d, DS_DECODER_FAILURE_SILENT);
    else if (d->process.pid != 0)
        ds_child_kill(&d->process);
    else
        tell_stopped(d);
    leave(d);
}

/* From outside: a child that was taken over is held to it, too. */
static void
on_look(evutil_socket_t fd, short what, void *arg)
{
    struct ds_decoder *d = arg;

    enter(d);
    uint64_t bytes = d->count != NULL ? d->count(d->count_arg) : 0;
    if (!ds_burden_work(&d->burden, ds_child_cpu_us(&d->process), bytes, ds_clock_us()))
        fail(d, DS_DECODER_FAILURE_BURDEN);
    leave(d);
}

/* ---- the object ---- */

static bool
make_events(struct ds_decoder *d, struct event_base *base)
{
    d->time_event = evtimer_new(base, on_time, d);
    d->work_event = event_new(base, -1, EV_PERSIST, on_look, d);
    d->control_event = event_new(base, d->control_fd, EV_READ | EV_PERSIST, on_readable, d);
    d->hands_event = event_new(base, d->control_fd, EV_WRITE, on_writable, d);
    d->exit_event = event_new(base, d->process.pidfd, EV_READ, on_child_exit, d);
    return d->time_event != NULL && d->work_event != NULL && d->control_event != NULL &&
           d->hands_event != NULL && d->exit_event != NULL &&
           event_add(d->control_event, NULL) == 0 && event_add(d->exit_event, NULL) == 0;
}

static void
copy_config(struct ds_decoder *d, const struct ds_decoder_config *config)
{
    unsigned silence_ms = config->silence_ms > 0 ? config->silence_ms : DS_DECODER_SILENCE_MS;
    unsigned work_ms = config->work_ms > 0 ? config->work_ms : DS_DECODER_WORK_MS;

    ds_burden_init(&d->burden, (uint64_t)work_ms * 1000,
            config->work_share > 0 ? config->work_share : DS_DECODER_WORK_SHARE, ds_clock_us());
    d->look = ds_clock_timeval(work_ms / LOOKS_PER_BURST);
    d->silence = ds_clock_timeval(silence_ms);
    d->patience_us = (uint64_t)silence_ms * 1000 * DS_DECODER_SILENCES;
    d->quality = config->quality != 0 ? config->quality : DS_QUALITY_AUTOMATIC;
    if (config->password != NULL) {
        d->password_len = strnlen(config->password, sizeof d->password);
        memcpy(d->password, config->password, d->password_len);
    }
}

/* Make both socketpairs and start the child on one end of each; ours are `*rfb_fd` and control_fd.
 */
static bool
start_child(struct ds_decoder *d, int *rfb_fd)
{
    int rfb[2] = {-1, -1}, control[2] = {-1, -1};
    bool ok = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, rfb) == 0 &&
              socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) == 0 &&
              evutil_make_socket_nonblocking(rfb[0]) == 0 &&
              ds_decoder_process_start(&d->process, rfb[1], control[1]) == DS_OK;
    int saved = errno;

    if (rfb[1] >= 0)
        close(rfb[1]);
    if (control[1] >= 0)
        close(control[1]);
    *rfb_fd = rfb[0];
    d->control_fd = control[0];
    errno = saved;
    return ok;
}

int
ds_decoder_start(struct ds_decoder **out, struct event_base *base,
        const struct ds_decoder_config *config, const struct ds_decoder_callbacks *callbacks,
        void *arg, GError **error)
{
    struct ds_decoder *d = g_new0(struct ds_decoder, 1);
    int rfb_fd = -1;

    d->callbacks = callbacks;
    d->arg = arg;
    copy_config(d, config);
    if (!start_child(d, &rfb_fd) || !make_events(d, base)) {
        int saved = errno;
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(saved),
                "The part of Deskside that reads the picture could not be started: %s",
                g_strerror(saved));
        ds_decoder_free(d);
        if (rfb_fd >= 0)
            close(rfb_fd);
        return -1;
    }
    *out = d;
    return rfb_fd;
}

void
ds_decoder_begin(
        struct ds_decoder *decoder, bool opened, ds_decoder_count_fn count, void *count_arg)
{
    const struct ds_decoder_message start = {
            .type = DS_DECODER_START, .quality = decoder->quality, .opened = opened};

    if (decoder->is_over || decoder->control_fd < 0)
        return;
    evtimer_add(decoder->time_event, &decoder->silence);
    decoder->count = count;
    decoder->count_arg = count_arg;
    event_add(decoder->work_event, &decoder->look);
    decoder->first_frame_us = ds_clock_us() + decoder->patience_us;
    decoder->asked = decoder->quality;
    enter(decoder);
    answer(decoder, &start, -1);
    leave(decoder);
}

void
ds_decoder_stop(struct ds_decoder *decoder, void (*on_stopped)(void *arg), void *arg)
{
    struct timeval grace = ds_clock_timeval(decoder->process.pid != 0 ? DS_DECODER_STOP_MS : 0);

    decoder->is_over = true;
    event_del(decoder->work_event);
    decoder->on_stopped = on_stopped;
    decoder->stopped_arg = arg;
    close_control(decoder);
    evtimer_add(decoder->time_event, &grace);
}

void
ds_decoder_free(struct ds_decoder *decoder)
{
    if (decoder == NULL)
        return;
    enter(decoder);
    decoder->is_freed = decoder->is_over = true;
    close_control(decoder);
    drop_event(&decoder->exit_event);
    drop_event(&decoder->time_event);
    drop_event(&decoder->work_event);
    ds_child_kill(&decoder->process);
    ds_child_reap(&decoder->process);
    ds_surface_finish(&decoder->surface);
    explicit_bzero(decoder->password, sizeof decoder->password);
    explicit_bzero(&decoder->hands, sizeof decoder->hands);
    leave(decoder);
}
