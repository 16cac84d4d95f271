/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/rfb_eye.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rfb/rfbclient.h>

#include "net/wire/writer.h"

enum { FORMAT_BYTES = 20, ENCODINGS_MAX = 16, LIMIT_US = 120000 };

struct delivery {
    int fd;
    const GByteArray *bytes;
};

static void G_GNUC_PRINTF(1, 2) be_silent(const char *format, ...) {}

/* More than a socket's buffer holds, while the decoder reads. */
static void *
deliver(void *data)
{
    const struct delivery *delivery = data;
    for (guint at = 0; at < delivery->bytes->len;) {
        ssize_t n = send(
                delivery->fd, delivery->bytes->data + at, delivery->bytes->len - at, MSG_NOSIGNAL);
        g_assert_cmpint(n, >, 0);
        at += (guint)n;
    }
    return NULL;
}

static void
say(struct eye *eye, const uint8_t *bytes, size_t len, GByteArray *answer)
{
    g_assert_cmpint(ds_server_client_input(eye->client, bytes, len, answer), ==, 0);
}

static void
say_format(struct eye *eye)
{
    const rfbPixelFormat *format = &eye->decoder->format;
    uint8_t message[FORMAT_BYTES] = {0, 0, 0, 0, format->bitsPerPixel, format->depth,
            format->bigEndian, 1, (uint8_t)(format->redMax >> 8), (uint8_t)format->redMax,
            (uint8_t)(format->greenMax >> 8), (uint8_t)format->greenMax,
            (uint8_t)(format->blueMax >> 8), (uint8_t)format->blueMax, format->redShift,
            format->greenShift, format->blueShift};
    g_autoptr(GByteArray) answer = g_byte_array_new();
    say(eye, message, sizeof message, answer);
}

void
eye_choose(struct eye *eye, const int32_t *encodings)
{
    uint8_t message[4 + 4 * ENCODINGS_MAX];
    g_autoptr(GByteArray) answer = g_byte_array_new();
    struct ds_writer w;
    uint16_t count = 0;

    while (encodings[count] != 0)
        count++;
    ds_writer_init(&w, message, sizeof message);
    ds_writer_u16(&w, 0x200);
    ds_writer_u16(&w, (uint16_t)(count + 1));
    for (uint16_t i = 0; i <= count; i++)
        ds_writer_u32(&w, (uint32_t)encodings[i]);
    g_assert_false(w.failed);
    say(eye, message, w.len, answer);
}

/* X11's own layout for 32 bits; 5, 6 and 5 for 16; what libvncclient likes for 8. */
static rfbClient *
make_decoder(unsigned bits)
{
    rfbClient *decoder = rfbGetClient(bits > 8 ? 8 : 2, 3, (int)bits / 8);
    rfbPixelFormat *format = &decoder->format;
    rfbClientLog = rfbClientErr = be_silent;
    decoder->canHandleNewFBSize = TRUE;
    decoder->appData.useRemoteCursor = TRUE;
    if (bits > 8) {
        format->redShift = bits == 32 ? 16 : 11;
        format->greenShift = bits == 32 ? 8 : 5;
        format->blueShift = 0;
    }
    if (bits == 16) {
        format->redMax = format->blueMax = 31;
        format->greenMax = 63;
    }
    return decoder;
}

/* Play both sides of the handshake, and give the decoder all of the server's. */
void
eye_open(struct eye *eye, struct ds_server *server, unsigned bits, const int32_t *encodings)
{
    static const uint8_t version[] = "RFB 003.008\n", one = 1;
    g_autoptr(GByteArray) answers = g_byte_array_new();
    const uint32_t authentication[] = {rfbNoAuth, 0};
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    *eye = (struct eye){.fd = pair[1], .server = server, .now_us = 1000000, .limit_us = LIMIT_US};
    eye->client = ds_server_client_new(server, version);
    g_assert_nonnull(eye->client);
    g_byte_array_append(answers, version, sizeof version - 1); /* which its caller says */
    say(eye, version, sizeof version - 1, answers);
    say(eye, &one, 1, answers);
    say(eye, &one, 1, answers);
    struct delivery delivery = {.fd = eye->fd, .bytes = answers};
    deliver(&delivery);

    eye->decoder = make_decoder(bits);
    eye->decoder->sock = pair[0];
    eye->decoder->listenSpecified = TRUE;
    SetClientAuthSchemes(eye->decoder, authentication, 1);
    g_assert_true(rfbInitClient(eye->decoder, NULL, NULL));
    say_format(eye);
    eye_choose(eye, encodings);
}

void
eye_close(struct eye *eye)
{
    ds_server_client_free(eye->client);
    close(eye->fd);
    g_free(eye->decoder->rcMask); /* libvncclient 0.9.14 forgets it with every shape */
    free(eye->decoder->frameBuffer);
    free(eye->decoder->rcSource);
    rfbClientCleanup(eye->decoder);
}

static bool
go_on(void *arg)
{
    struct eye *eye = arg;
    eye->slices++;
    return eye->slices_max == 0 || eye->slices < eye->slices_max;
}

size_t
eye_look(struct eye *eye)
{
    const struct ds_server_wish wish = {.now_us = eye->now_us,
            .bytes_per_s = eye->rate,
            .limit_us = eye->limit_us,
            .go_on = go_on,
            .arg = eye};
    g_autoptr(GByteArray) update = g_byte_array_new();
    uint8_t requests[4096];

    eye->slices = 0;
    g_assert_cmpint(ds_server_client_update(eye->client, &wish, update), ==, 0);
    if (update->len == 0)
        return 0;
    struct delivery delivery = {.fd = eye->fd, .bytes = update};
    pthread_t thread;
    g_assert_cmpint(pthread_create(&thread, NULL, deliver, &delivery), ==, 0);
    g_assert_true(HandleRFBServerMessage(eye->decoder)); /* it is one message */
    g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
    g_assert_cmpint(eye->decoder->buffered, ==, 0);
    recv(eye->fd, requests, sizeof requests, MSG_DONTWAIT);
    eye->updates++;
    eye->bytes += update->len;
    return update->len;
}

void
eye_rest(struct eye *eye)
{
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t next_us = ds_server_client_next_us(eye->client);
        if (!ds_server_client_is_pending(eye->client)) {
            if (next_us == UINT64_MAX)
                return;
            eye->now_us = MAX(eye->now_us, next_us);
        }
        eye_look(eye);
    }
    g_assert_not_reached();
}

/* As RFC 6143's servers do it: rounded to the nearest. */
static uint32_t
reduce(const rfbPixelFormat *format, uint32_t pixel)
{
    uint32_t red = ((pixel >> 16 & 0xff) * format->redMax + 127) / 255;
    uint32_t green = ((pixel >> 8 & 0xff) * format->greenMax + 127) / 255;
    uint32_t blue = ((pixel & 0xff) * format->blueMax + 127) / 255;
    return red << format->redShift | green << format->greenShift | blue << format->blueShift;
}

static bool
pixel_differs(const rfbClient *decoder, size_t at, uint32_t pixel)
{
    const unsigned size = decoder->format.bitsPerPixel / 8;
    const uint32_t mask = size == 4 ? 0xffffff : size == 2 ? 0xffff : 0xff;
    uint32_t seen = 0;
    memcpy(&seen, decoder->frameBuffer + at * size, size);
    return (seen & mask) != (reduce(&decoder->format, pixel) & mask);
}

unsigned
eye_differs(const struct eye *eye, const uint32_t *pixels, const struct eye_part *part)
{
    const rfbClient *decoder = eye->decoder;
    const struct eye_part all = {0, 0, decoder->width, decoder->height};
    uint16_t width, height;
    unsigned count = 0;

    ds_server_size(eye->server, &width, &height);
    g_assert_cmpint(decoder->width, ==, width);
    g_assert_cmpint(decoder->height, ==, height);
    if (part == NULL)
        part = &all;
    for (int y = part->y; y < part->y + part->height; y++)
        for (int x = part->x; x < part->x + part->width; x++) {
            size_t at = (size_t)y * width + (size_t)x;
            count += pixel_differs(decoder, at, pixels[at]);
        }
    return count;
}
