/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/screen.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <xcb/randr.h>

#include "app/share/capture/capture.h"
#include "app/share/capture/cursor.h"
#include "app/share/input/input.h"
#include "app/share/rfb/server.h"
#include "app/share/rfb/viewer.h"
#include "app/share/tempo.h"
#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/base/log.h"

enum { FD_X = 0, FD_INBOX = 1, FD_VIEWERS = 2 };

struct ds_screen {
    struct ds_display *display;
    struct ds_capture *capture;
    struct ds_server *server;
    struct ds_cursor_watch cursor;
    struct ds_input *input;
    const struct ds_viewer *mover; /* who moved the pointer last; NULL: none, or it has gone */
    struct ds_post *inbox, *outbox;
    struct ds_viewer *viewers[DS_SHARE_VIEWERS_MAX];
    size_t viewer_count;
    struct ds_mail newcomers[DS_SHARE_VIEWERS_MAX]; /* viewers that are still to be added */
    size_t newcomer_count;
    struct ds_viewer_input input_handler;
    struct ds_tempo tempo;
    struct ds_line line; /* of the session: all that come by it share one path */
    uint64_t rtt_us;     /* of that, 0: not known */
    bool is_resized;
    bool is_over;
    const char *error;
};

static void take_mail(struct ds_screen *screen);

/*
 * A thousand keys may come at once, and each takes the X server's time: who takes control back, or
 * stops, does not wait for the rest of them.
 */
static bool
may_act(struct ds_screen *screen)
{
    take_mail(screen);
    return !screen->is_over;
}

static void
press(struct ds_screen *screen, struct ds_viewer *viewer)
{
    viewer->touched_us = viewer->pressed_us = ds_clock_us();
    ds_tempo_press(&screen->tempo, viewer->pressed_us);
}

static uint64_t
on_key(void *arg, struct ds_viewer *viewer, uint32_t keysym, bool down)
{
    struct ds_screen *screen = arg;
    if (!may_act(screen))
        return 0;
    uint64_t again_us = ds_input_key(screen->input, viewer, keysym, down);
    if (again_us == 0)
        press(screen, viewer);
    else /* that it let go of others stands behind this key */
        ds_input_release_repeating(screen->input, viewer);
    return again_us;
}

static void
on_pointer(void *arg, struct ds_viewer *viewer, uint8_t buttons, int x, int y)
{
    struct ds_screen *screen = arg;
    if (!may_act(screen) || !ds_input_pointer(screen->input, viewer, buttons, x, y))
        return;
    screen->mover = viewer;
    if (buttons != viewer->buttons) {
        press(screen, viewer);
    } else {
        viewer->touched_us = ds_clock_us();
        ds_tempo_move(&screen->tempo, viewer->touched_us);
    }
    viewer->buttons = buttons;
}

struct ds_screen *
ds_screen_new(struct ds_display *display, struct ds_ledger *ledger, struct ds_post *inbox,
        struct ds_post *outbox, const char *name, GError **error)
{
    struct ds_screen *screen = g_new0(struct ds_screen, 1);
    unsigned width, height;

    screen->display = display;
    screen->inbox = inbox;
    screen->outbox = outbox;
    ds_tempo_init(&screen->tempo);
    ds_line_init(&screen->line);
    screen->input_handler = (struct ds_viewer_input){on_key, on_pointer, screen};
    screen->capture = ds_capture_new(display, error);
    if (screen->capture == NULL) {
        ds_screen_free(screen);
        return NULL;
    }
    uint32_t *pixels = ds_capture_pixels(screen->capture, &width, &height);
    screen->server = ds_server_new(pixels, width, height, name);
    ds_cursor_watch_init(&screen->cursor, display);
    screen->input = ds_input_new(display, ledger);
    xcb_randr_select_input(display->conn, display->root, XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE);
    return screen;
}

void
ds_screen_free(struct ds_screen *screen)
{
    if (screen == NULL)
        return;
    while (screen->viewer_count > 0)
        ds_viewer_free(screen->viewers[--screen->viewer_count]);
    while (screen->newcomer_count > 0)
        close(screen->newcomers[--screen->newcomer_count].fd);
    ds_input_free(screen->input);
    ds_server_free(screen->server);
    ds_capture_free(screen->capture);
    g_free(screen);
}

static void
tell(struct ds_screen *screen, const struct ds_mail *mail)
{
    if (ds_post_put(screen->outbox, mail) < 0)
        DS_WARN("share", "a message of the screen thread was lost");
}

static void
end(struct ds_screen *screen, const char *error)
{
    screen->is_over = true;
    screen->error = error;
}

/* Not at once: the mail is read in the middle of an update, too. */
static void
take_newcomer(struct ds_screen *screen, const struct ds_mail *mail)
{
    if (screen->viewer_count + screen->newcomer_count == DS_SHARE_VIEWERS_MAX) {
        close(mail->fd);
        tell(screen, &(struct ds_mail){.type = DS_MAIL_VIEWER_GONE});
        return;
    }
    screen->newcomers[screen->newcomer_count++] = *mail;
}

static void
add_viewer(struct ds_screen *screen, const struct ds_mail *mail)
{
    const uint64_t now_us = ds_clock_us();
    struct ds_viewer *viewer =
            ds_viewer_new(screen->server, mail->fd, mail->picture, now_us, &screen->input_handler);
    if (mail->in_session)
        ds_pacer_join(&viewer->pacer, &screen->line);
    if (mail->in_session && screen->rtt_us > 0)
        ds_pacer_rtt(&viewer->pacer, now_us, screen->rtt_us);
    screen->viewers[screen->viewer_count++] = viewer;
}

static void
add_newcomers(struct ds_screen *screen)
{
    for (size_t i = 0; i < screen->newcomer_count; i++)
        add_viewer(screen, &screen->newcomers[i]);
    screen->newcomer_count = 0;
}

static void
take_path(struct ds_screen *screen, uint64_t rtt_us)
{
    screen->rtt_us = rtt_us;
    ds_pacer_path(&screen->line, ds_clock_us(), rtt_us);
}

static void
take_mail(struct ds_screen *screen)
{
    struct ds_mail mail;
    while (!screen->is_over && ds_post_take(screen->inbox, &mail)) {
        switch (mail.type) {
        case DS_MAIL_ADD_VIEWER:
            take_newcomer(screen, &mail);
            break;
        case DS_MAIL_STOP:
            end(screen, NULL);
            break;
        case DS_MAIL_LEVEL:
            ds_input_set_level(screen->input, mail.level);
            break;
        case DS_MAIL_RELEASE:
            ds_input_release(screen->input, NULL);
            break;
        case DS_MAIL_GUARD:
            ds_input_set_guard(screen->input, mail.guard_base, mail.guard_mask);
            break;
        case DS_MAIL_PATH:
            take_path(screen, mail.rtt_us);
            break;
        case DS_MAIL_VIEWER_GONE:
        case DS_MAIL_FAILED:
            break;
        }
    }
}

/* Say whether there were any. */
static bool
take_events(struct ds_screen *screen)
{
    struct ds_display *display = screen->display;
    xcb_generic_event_t *event;
    bool had_some = false;
    while ((event = xcb_poll_for_event(display->conn)) != NULL) {
        ds_capture_event(screen->capture, event);
        ds_cursor_watch_event(&screen->cursor, event);
        ds_input_event(screen->input, event);
        if ((event->response_type & 0x7f) == display->randr_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY)
            screen->is_resized = true;
        free(event);
        had_some = true;
    }
    if (xcb_connection_has_error(display->conn))
        end(screen, N_("The X11 display is gone."));
    return had_some;
}

static void
resize(struct ds_screen *screen)
{
    unsigned width, height;
    uint32_t *old = NULL;

    screen->is_resized = false;
    int changed = ds_capture_resize(screen->capture, &old);
    if (changed < 0)
        end(screen, N_("The screen has a new size that cannot be shared."));
    if (changed <= 0)
        return;
    uint32_t *pixels = ds_capture_pixels(screen->capture, &width, &height);
    ds_server_resize(screen->server, pixels, width, height);
    g_free(old);
}

static void
on_moved(void *arg, const struct ds_move *move)
{
    const struct ds_screen *screen = arg;
    ds_server_copy(screen->server, move);
}

static void
on_changed(void *arg, int x, int y, int width, int height)
{
    struct ds_screen *screen = arg;
    ds_server_mark(screen->server, x, y, width, height);
}

/* What the viewers want at one moment. */
struct demand {
    bool is_ready;    /* one may be sent something */
    bool is_pending;  /* and has something to be sent, even if the screen did not change */
    bool is_urgent;   /* and asked for it */
    uint64_t next_us; /* when another one may be ready */
};

static struct demand
ask_viewers(const struct ds_screen *screen, uint64_t now_us)
{
    struct demand demand = {.next_us = UINT64_MAX};
    for (size_t i = 0; i < screen->viewer_count; i++) {
        const struct ds_viewer *viewer = screen->viewers[i];
        uint64_t next_us;
        if (ds_viewer_is_ready(viewer, now_us, &next_us)) {
            uint64_t refine_us = ds_viewer_refine_us(viewer);
            demand.is_ready = true;
            demand.is_pending =
                    demand.is_pending || ds_viewer_is_pending(viewer) || refine_us <= now_us;
            demand.is_urgent = demand.is_urgent || viewer->is_urgent;
            if (refine_us > now_us)
                next_us = MIN(next_us, refine_us);
        }
        demand.next_us = MIN(demand.next_us, next_us);
    }
    return demand;
}

/* When the next frame is due for those who are ready; UINT64_MAX when there is none. */
static uint64_t
frame_time(struct ds_screen *screen, const struct demand *demand, uint64_t now_us)
{
    const bool is_dirty = ds_capture_is_dirty(screen->capture);
    ds_tempo_see(&screen->tempo, now_us, is_dirty);
    if (!demand->is_ready)
        return UINT64_MAX;
    if (demand->is_urgent)
        return now_us;
    if (is_dirty)
        return ds_tempo_look_us(&screen->tempo, now_us);
    if (demand->is_pending || ds_cursor_watch_is_dirty(&screen->cursor))
        return ds_tempo_turn_us(&screen->tempo);
    return UINT64_MAX;
}

/* In the middle of an update: what the viewers do is not behind it, and may end it early. */
static bool
serve_input(void *arg)
{
    struct ds_screen *screen = arg;
    struct pollfd fds[DS_SHARE_VIEWERS_MAX];

    take_mail(screen);
    for (size_t i = 0; i < screen->viewer_count; i++)
        fds[i] = (struct pollfd){.fd = screen->viewers[i]->fd, .events = POLLIN};
    if (poll(fds, screen->viewer_count, 0) <= 0)
        return !screen->is_over;
    for (size_t i = 0; i < screen->viewer_count && !screen->is_over; i++)
        if (fds[i].revents != 0 && !screen->viewers[i]->is_gone)
            ds_viewer_read_input(screen->viewers[i], ds_clock_us(), &screen->input_handler);
    xcb_flush(screen->display->conn);
    return !screen->is_over && !ds_tempo_is_cut(&screen->tempo);
}

/* Who did something at `touched_us` is served first, and then who was sent something longest ago.
 */
static bool
is_before(const struct ds_viewer *one, const struct ds_viewer *other, uint64_t touched_us)
{
    if ((one->touched_us == touched_us) != (other->touched_us == touched_us))
        return one->touched_us == touched_us;
    return one->shown_us < other->shown_us;
}

/* There are few. */
static void
sort_viewers(struct ds_screen *screen)
{
    const bool is_touched = ds_tempo_is_touched(&screen->tempo, ds_clock_us());
    const uint64_t touched_us = is_touched ? screen->tempo.touched_us : UINT64_MAX;
    struct ds_viewer **viewers = screen->viewers;

    for (size_t i = 1; i < screen->viewer_count; i++)
        for (size_t j = i; j > 0 && is_before(viewers[j], viewers[j - 1], touched_us); j--) {
            struct ds_viewer *later = viewers[j - 1];
            viewers[j - 1] = viewers[j];
            viewers[j] = later;
        }
}

static void
update_viewers(struct ds_screen *screen)
{
    uint64_t unused;

    sort_viewers(screen);
    for (size_t i = 0; i < screen->viewer_count && !ds_tempo_is_cut(&screen->tempo); i++) {
        struct ds_viewer *viewer = screen->viewers[i];
        /* Later than what was heard of it during the update before. */
        const uint64_t now_us = ds_clock_us();
        const struct ds_server_wish wish = {.now_us = now_us, .go_on = serve_input, .arg = screen};
        if (ds_viewer_is_ready(viewer, now_us, &unused))
            ds_viewer_update(viewer, &wish);
    }
    ds_tempo_end(&screen->tempo);
    for (size_t i = 0; i < screen->viewer_count && !screen->is_over; i++)
        ds_viewer_catch_up(screen->viewers[i], ds_clock_us(), &screen->input_handler);
}

static void
send_frame(struct ds_screen *screen, uint64_t now_us)
{
    const struct ds_capture_handler handler = {on_moved, on_changed, screen};
    ds_tempo_begin(&screen->tempo, now_us);
    if (ds_capture_is_dirty(screen->capture) && ds_capture_update(screen->capture, &handler) < 0)
        end(screen, N_("The X11 display is gone."));
    ds_cursor_watch_update(
            &screen->cursor, screen->server, screen->mover != NULL ? screen->mover->client : NULL);
    update_viewers(screen);
}

/* Send what is due. Returns when to come again. */
static uint64_t
send_updates(struct ds_screen *screen)
{
    uint64_t now_us = ds_clock_us();
    struct demand demand = ask_viewers(screen, now_us);
    uint64_t frame_us = frame_time(screen, &demand, now_us);

    if (now_us < frame_us)
        return MIN(frame_us, demand.next_us);
    send_frame(screen, now_us);
    return now_us; /* what it had no room for may be due before anything else happens */
}

static void
sweep_viewers(struct ds_screen *screen)
{
    for (size_t i = 0; i < screen->viewer_count;) {
        struct ds_viewer *viewer = screen->viewers[i];
        if (!viewer->is_gone) {
            i++;
            continue;
        }
        tell(screen, &(struct ds_mail){.type = DS_MAIL_VIEWER_GONE, .text = viewer->error});
        ds_input_release(screen->input, viewer);
        if (screen->mover == viewer)
            screen->mover = NULL;
        ds_viewer_free(viewer);
        screen->viewers[i] = screen->viewers[--screen->viewer_count];
    }
}

/*
 * Let go of the keys of viewers that have fallen silent: a lost path must not repeat "Delete" for
 * as long as nobody knows that it is lost. Returns when to look again.
 */
static uint64_t
watch_silence(struct ds_screen *screen)
{
    uint64_t now_us = ds_clock_us(), next_us = UINT64_MAX;
    for (size_t i = 0; i < screen->viewer_count; i++) {
        const struct ds_viewer *viewer = screen->viewers[i];
        uint64_t end_us = viewer->heard_us + DS_SHARE_SILENCE_MS * 1000u;
        if (!ds_input_is_repeating(screen->input, viewer))
            continue;
        if (now_us >= end_us)
            ds_input_release_repeating(screen->input, viewer);
        else
            next_us = MIN(next_us, end_us);
    }
    return next_us;
}

/* Go on with viewers that have rested. Returns when the next one has. */
static uint64_t
watch_rests(struct ds_screen *screen)
{
    uint64_t now_us = ds_clock_us(), next_us = UINT64_MAX;
    for (size_t i = 0; i < screen->viewer_count && !screen->is_over; i++) {
        struct ds_viewer *viewer = screen->viewers[i];
        uint64_t end_us = ds_viewer_rests_until_us(viewer);
        if (end_us > 0 && now_us >= end_us)
            ds_viewer_catch_up(viewer, now_us, &screen->input_handler);
        end_us = ds_viewer_rests_until_us(viewer);
        if (end_us > 0)
            next_us = MIN(next_us, end_us);
    }
    return next_us;
}

static struct timespec
time_until(uint64_t next_us)
{
    uint64_t now_us = ds_clock_us();
    uint64_t left_us = next_us > now_us ? next_us - now_us : 0;
    return (struct timespec){
            .tv_sec = (time_t)(left_us / 1000000), .tv_nsec = (long)(left_us % 1000000) * 1000};
}

/* Returns how many of the viewers were looked at. */
static size_t
wait_for_work(struct ds_screen *screen, struct pollfd *fds, uint64_t next_us)
{
    fds[FD_X] =
            (struct pollfd){.fd = xcb_get_file_descriptor(screen->display->conn), .events = POLLIN};
    fds[FD_INBOX] = (struct pollfd){.fd = ds_post_fd(screen->inbox), .events = POLLIN};
    for (size_t i = 0; i < screen->viewer_count; i++) {
        const struct ds_viewer *viewer = screen->viewers[i];
        short events = ds_viewer_is_heard(viewer) ? POLLIN : 0;
        events |= ds_viewer_has_output(viewer) ? POLLOUT : 0;
        fds[FD_VIEWERS + i] = (struct pollfd){.fd = viewer->fd, .events = events};
    }
    const struct timespec time = time_until(next_us);
    ppoll(fds, FD_VIEWERS + screen->viewer_count, next_us == UINT64_MAX ? NULL : &time, NULL);
    return screen->viewer_count;
}

static void
serve_viewers(struct ds_screen *screen, const struct pollfd *fds, size_t polled)
{
    for (size_t i = 0; i < polled && !screen->is_over; i++) {
        struct ds_viewer *viewer = screen->viewers[i];
        short events = fds[FD_VIEWERS + i].revents;
        if (events & POLLOUT)
            ds_viewer_write(viewer);
        if ((events & ~POLLOUT) && !viewer->is_gone)
            ds_viewer_read(viewer, ds_clock_us(), &screen->input_handler);
    }
}

void *
ds_screen_run(void *arg)
{
    struct ds_screen *screen = arg;
    struct pollfd fds[FD_VIEWERS + DS_SHARE_VIEWERS_MAX];

    uint64_t next_us = 0;
    while (!screen->is_over) {
        size_t polled = wait_for_work(screen, fds, next_us);
        take_mail(screen); /* before what a viewer does: it may do so no more */
        serve_viewers(screen, fds, polled);
        const uint64_t rested_us = watch_rests(screen);
        sweep_viewers(screen);
        add_newcomers(screen);
        take_events(screen);
        if (screen->is_resized && !screen->is_over)
            resize(screen);
        const uint64_t silent_us = watch_silence(screen);
        const uint64_t sent_us = send_updates(screen); /* no macro may do that twice */
        next_us = MIN(MIN(rested_us, silent_us), sent_us);
        xcb_flush(screen->display->conn);
        if (take_events(screen)) /* they came with a reply, and make no descriptor readable */
            next_us = 0;
    }
    ds_input_free(screen->input);
    screen->input = NULL;
    if (screen->error != NULL)
        tell(screen, &(struct ds_mail){.type = DS_MAIL_FAILED, .text = screen->error});
    return NULL;
}
