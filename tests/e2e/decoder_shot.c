/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saves the first frame of a VNC server: decoder_shot SOCKET FILE.png [PASSWORD]. Prints what came.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "app/view/decoder.h"
#include "app/view/decoder_child.h"
#include "app/view/screenshot.h"

struct shot {
    struct event_base *base;
    struct ds_decoder *decoder;
    struct bufferevent *server, *stream; /* the server's socket and the decoder's */
    const char *path;
    int status;
};

static void
on_size(unsigned width, unsigned height, void *arg)
{
    printf("size %u %u\n", width, height);
}

static void
on_cursor(const struct ds_cursor *cursor, void *arg)
{
    printf("cursor %u %u\n", cursor->width, cursor->height);
}

static void
on_stopped(void *arg)
{
    struct shot *shot = arg;
    event_base_loopbreak(shot->base);
}

static void
on_first_frame(void *arg)
{
    struct shot *shot = arg;
    g_autoptr(GError) error = NULL;

    if (ds_screenshot_save(ds_decoder_pixels(shot->decoder), shot->path, &error))
        shot->status = EXIT_SUCCESS;
    printf("%s\n", error != NULL ? error->message : "saved");
    ds_decoder_stop(shot->decoder, on_stopped, shot);
}

static void
on_error(enum ds_decoder_failure failure, const char *text, void *arg)
{
    struct shot *shot = arg;

    printf("%s\n", text);
    ds_decoder_stop(shot->decoder, on_stopped, shot);
}

/* Hand what one side sent to the other. */
static void
on_bytes(struct bufferevent *from, void *arg)
{
    struct shot *shot = arg;
    struct bufferevent *to = from == shot->server ? shot->stream : shot->server;

    bufferevent_write_buffer(to, bufferevent_get_input(from));
}

/* The server's end reaches the decoder as an end of stream, behind the bytes that wait. */
static void
on_written(struct bufferevent *stream, void *arg)
{
    struct shot *shot = arg;

    if (bufferevent_get_enabled(shot->server) == 0)
        shutdown(bufferevent_getfd(stream), SHUT_WR);
}

static void
on_end(struct bufferevent *from, short what, void *arg)
{
    struct shot *shot = arg;

    bufferevent_disable(from, EV_READ | EV_WRITE);
    if (from == shot->server && evbuffer_get_length(bufferevent_get_output(shot->stream)) == 0)
        on_written(shot->stream, shot);
}

static int
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    evutil_make_socket_nonblocking(fd);
    return fd;
}

int
main(int argc, char **argv)
{
    static const struct ds_decoder_callbacks callbacks = {
            .on_ready = on_size,
            .on_resize = on_size,
            .on_first_frame = on_first_frame,
            .on_cursor = on_cursor,
            .on_error = on_error,
    };

    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    if (argc < 3)
        return 2;
    struct shot shot = {.base = event_base_new(), .path = argv[2], .status = EXIT_FAILURE};
    struct ds_decoder_config config = {.password = argv[3], .quality = DS_QUALITY_SHARPEST};
    g_autoptr(GError) error = NULL;
    int fd = ds_decoder_start(&shot.decoder, shot.base, &config, &callbacks, &shot, &error);
    if (fd < 0)
        g_error("%s", error->message);
    ds_decoder_begin(shot.decoder, false, NULL, NULL);
    shot.stream = bufferevent_socket_new(shot.base, fd, BEV_OPT_CLOSE_ON_FREE);
    shot.server = bufferevent_socket_new(shot.base, connect_to(argv[1]), BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(shot.stream, on_bytes, on_written, on_end, &shot);
    bufferevent_setcb(shot.server, on_bytes, NULL, on_end, &shot);
    bufferevent_enable(shot.stream, EV_READ | EV_WRITE);
    bufferevent_enable(shot.server, EV_READ | EV_WRITE);
    event_base_dispatch(shot.base);
    ds_decoder_free(shot.decoder);
    bufferevent_free(shot.stream);
    bufferevent_free(shot.server);
    event_base_free(shot.base);
    return shot.status;
}
