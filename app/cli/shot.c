/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/shot.h"

#include <string.h>

#include "app/cli/events.h"
#include "app/cli/password.h"
#include "app/view/feed.h"
#include "app/view/screenshot.h"

struct ds_shot {
    const struct ds_cli_options *options;
    ds_shot_fn fn;
    void *arg;
    char *password;
    struct ds_decoder *decoder;
    struct ds_feed feed;
};

struct ds_shot *
ds_shot_new(const struct ds_cli_options *options, ds_shot_fn fn, void *arg, GError **error)
{
    char *password = NULL;
    if (options->password_file != NULL) {
        password = ds_password_read(options->password_file, error);
        if (password == NULL)
            return NULL;
    }
    struct ds_shot *shot = g_new0(struct ds_shot, 1);
    shot->options = options;
    shot->fn = fn;
    shot->arg = arg;
    shot->password = password;
    shot->feed.fd = -1;
    return shot;
}

static void
on_first_frame(void *arg)
{
    struct ds_shot *shot = arg;
    const struct ds_surface *surface = ds_decoder_pixels(shot->decoder);
    g_autoptr(GError) error = NULL;

    ds_event_frame((unsigned)surface->width, (unsigned)surface->height);
    if (ds_screenshot_save(surface, shot->options->screenshot, &error))
        shot->fn(shot->arg, DS_REASON_STOPPED, "");
    else
        shot->fn(shot->arg, DS_REASON_BAD_PICTURE, error->message);
}

static void
on_error(enum ds_decoder_failure failure, const char *text, void *arg)
{
    struct ds_shot *shot = arg;
    shot->fn(shot->arg, ds_decoder_failure_reason(failure), text);
}

static const struct ds_decoder_callbacks callbacks = {
        .on_first_frame = on_first_frame,
        .on_error = on_error,
};

/* The decoder hears the end of its stream, but for one cause. */
static void
on_end(void *arg, int reason)
{
    struct ds_shot *shot = arg;
    if (reason == DS_REASON_NO_SERVER)
        shot->fn(shot->arg, DS_REASON_NO_SERVER, "");
}

void
ds_shot_prepare(struct ds_shot *shot, struct event_base *base)
{
    struct ds_decoder_config config = {.password = shot->password, .quality = DS_QUALITY_SHARPEST};
    g_autoptr(GError) error = NULL;

    int fd = ds_decoder_start(&shot->decoder, base, &config, &callbacks, shot, &error);
    ds_feed_init(&shot->feed, base, fd, on_end, shot);
    if (fd < 0)
        shot->fn(shot->arg, DS_REASON_INTERNAL, error->message);
}

void
ds_shot_begin(struct ds_shot *shot, struct ds_peer *peer)
{
    int err = ds_feed_begin(&shot->feed, shot->decoder, peer);
    if (err < 0)
        shot->fn(shot->arg, DS_REASON_INTERNAL, ds_strerror(err));
}

bool
ds_shot_open(struct ds_shot *shot, struct ds_channel *channel, enum ds_channel_kind kind)
{
    return ds_feed_open(&shot->feed, channel, kind);
}

void
ds_shot_free(struct ds_shot *shot)
{
    if (shot == NULL)
        return;
    ds_feed_finish(&shot->feed);
    ds_decoder_free(shot->decoder);
    if (shot->password != NULL)
        explicit_bzero(shot->password, strlen(shot->password));
    g_free(shot->password);
    g_free(shot);
}
