/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder_child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rfb/rfbclient.h>

#include "app/view/coverage.h"
#include "app/view/damage.h"
#include "app/view/decoder_confine.h"
#include "app/view/decoder_datagram.h"
#include "app/view/decoder_wire.h"
#include "app/view/jpeg.h"
#include "app/view/surface.h"
#include "net/base/clock.h"
#include "net/wire/reader.h"

/* Encrypts 16 bytes with a password. libvncclient exports it, and 0.9.14's headers do not say so.
 */
extern void rfbClientEncryptBytes(unsigned char *bytes, char *password);

/*
 * Of an update that takes longer parts are shown, each time that this has gone by. And its
 * rectangles are thousands at times: the parent has a word in between, but not after each.
 */
enum { PART_US = 50000, WORD_US = 2000 };

/*
 * The process decodes one stream and ends, so its state is the file's: libvncclient's log
 * functions, which alone tell why something failed, have no argument to hang it on.
 */
static struct {
    struct ds_surface surface; /* the parent's, decoded into while it does not read */
    struct ds_damage damage;   /* what of it the parent was not told */
    struct ds_coverage coverage;
    bool is_read;      /* the parent reads the surface, or is going to */
    uint64_t began_us; /* the message from the server, or the part of it that was not shown */
    uint64_t heard_us; /* when the parent last had a word */
    struct ds_decoded figures;
    bool is_photo, is_moved; /* the rectangle that is coming */
    bool password_sent;
    enum ds_decoder_failure failure; /* the first one seen */
} self;

static void
fail(enum ds_decoder_failure failure)
{
    if (self.failure == 0)
        self.failure = failure;
}

/* ---- the parent ---- */

/* The parent is gone or talks nonsense: nobody is left to serve. */
static void __attribute__((noreturn)) leave(void) { _exit(EXIT_SUCCESS); }

static void
tell(const struct ds_decoder_message *m)
{
    static uint8_t datagram[DS_DECODER_MESSAGE_MAX];
    struct ds_writer w;
    ssize_t n;

    ds_writer_init(&w, datagram, sizeof datagram);
    ds_decoder_wire_write(&w, m);
    if (w.failed)
        abort();
    do
        n = send(DS_DECODER_CONTROL_FD, datagram, w.len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        leave();
}

static void
tell_type(enum ds_decoder_message_type type)
{
    tell(&(struct ds_decoder_message){.type = type});
}

/* Read the parent's next message. With MSG_DONTWAIT among the flags, false where there is none. */
static bool
receive(struct ds_decoder_message *m, uint8_t datagram[static DS_DECODER_DATAGRAM_MAX], int *fd,
        int flags)
{
    int err = ds_decoder_datagram_receive(m, DS_DECODER_CONTROL_FD, datagram, fd, flags);

    if (err != DS_OK && err != DS_ERR_AGAIN)
        leave();
    return err == DS_OK;
}

/* Say what is new. From here on the parent reads it. */
static void
publish(void)
{
    static struct ds_decoder_message m = {.type = DS_DECODER_UPDATE};

    m.count = ds_damage_take(&self.damage, m.rects);
    if (m.count == 0)
        return;
    tell(&m);
    self.is_read = true;
    self.began_us = ds_clock_us();
}

static void
tell_figures(void)
{
    struct timespec cpu = {0};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    self.figures.cpu_us = (uint64_t)cpu.tv_sec * 1000000 + (uint64_t)cpu.tv_nsec / 1000;
    tell(&(struct ds_decoder_message){.type = DS_DECODER_FIGURES, .figures = self.figures});
}

/* Without a level of quality nothing may come with loss (RFC 6143, 7.8). */
static void
set_quality(rfbClient *client, enum ds_quality quality)
{
    static const int levels[] = {
            [DS_QUALITY_AUTOMATIC] = 8,
            [DS_QUALITY_SHARPEST] = -1,
            [DS_QUALITY_FASTEST] = 2,
    };
    client->appData.enableJPEG = levels[quality] >= 0 ? TRUE : FALSE;
    client->appData.qualityLevel = levels[quality];
}

/* What was sent with loss is not sent again by itself: not by every server. */
static void
change_quality(rfbClient *client, enum ds_quality quality)
{
    set_quality(client, quality);
    if (SetFormatAndEncodings(client) && quality == DS_QUALITY_SHARPEST)
        SendFramebufferUpdateRequest(client, 0, 0, client->width, client->height, FALSE);
}

/*
 * Do what the person or the parent wants, unless it is something else: return whether it was that.
 * The library writes whole messages, and this is called between them. The other end of the stream
 * is always drained into the channel, whose credit is tens of thousands of these: a write that
 * blocks means that nothing has left this computer for long, and then nothing comes in to be read
 * either. Where one fails the stream is broken, which the next read from it tells.
 */
static bool
act(rfbClient *client, const struct ds_decoder_message *m)
{
    if (client != NULL && m->type == DS_DECODER_KEY)
        SendKeyEvent(client, m->hand.keysym, m->hand.pressed ? TRUE : FALSE);
    else if (client != NULL && m->type == DS_DECODER_POINTER)
        SendPointerEvent(client, m->hand.x, m->hand.y, m->hand.buttons);
    else if (client != NULL && m->type == DS_DECODER_SHOWN)
        self.is_read = false;
    else if (client != NULL && m->type == DS_DECODER_QUALITY)
        change_quality(client, m->quality);
    else if (client != NULL && m->type == DS_DECODER_ASK_FIGURES)
        tell_figures();
    else
        return false;
    return true;
}

/* Do all that is wanted so far, and wait until the parent does not read: then it may be decoded. */
static void
listen_to_parent(rfbClient *client)
{
    struct ds_decoder_message m;
    uint8_t datagram[DS_DECODER_DATAGRAM_MAX];

    while (receive(&m, datagram, NULL, self.is_read ? 0 : MSG_DONTWAIT))
        if (!act(client, &m))
            leave();
    self.heard_us = ds_clock_us();
}

/*
 * Wait for the parent's answer, which has to be a `type`; what the person did may come before it.
 * The client is NULL as long as there is nothing to be done.
 */
static void
hear(enum ds_decoder_message_type type, rfbClient *client, struct ds_decoder_message *m,
        uint8_t datagram[static DS_DECODER_DATAGRAM_MAX], int *fd)
{
    do {
        if (!receive(m, datagram, fd, 0))
            leave(); /* nothing has come though it waited: no more will */
    } while (act(client, m));
    if (m->type != type)
        leave();
}

/* ---- what libvncclient calls ---- */

static rfbBool
on_size(rfbClient *client)
{
    struct ds_decoder_message m = {.type = DS_DECODER_SIZE};
    uint8_t datagram[DS_DECODER_DATAGRAM_MAX];
    int fd = -1;

    ds_surface_finish(&self.surface);
    ds_damage_finish(&self.damage);
    ds_coverage_finish(&self.coverage);
    client->frameBuffer = NULL;
    if (!ds_decoder_size_is_allowed((unsigned)client->width, (unsigned)client->height)) {
        fail(DS_DECODER_FAILURE_SIZE);
        return FALSE;
    }
    m.width = (uint16_t)client->width;
    m.height = (uint16_t)client->height;
    tell(&m);
    hear(DS_DECODER_SURFACE, client, &m, datagram, &fd);
    if (fd < 0 || ds_surface_map(&self.surface, m.width, m.height, fd) != DS_OK ||
            ds_damage_init(&self.damage, m.width, m.height) != DS_OK ||
            ds_coverage_init(&self.coverage, m.width, m.height) != DS_OK) {
        fail(DS_DECODER_FAILURE_MEMORY);
        return FALSE;
    }
    close(fd);
    self.is_read = false;
    client->frameBuffer = (uint8_t *)self.surface.pixels;
    return TRUE;
}

/*
 * Before a rectangle is decoded. The library does not say how one comes, but what it has read ahead
 * is public: in Tight, which every server that we ask prefers, the next byte says JPEG.
 */
static void
on_rectangle_begin(rfbClient *client, int x, int y, int width, int height)
{
    self.is_photo = client->buffered > 0 && (uint8_t)*client->bufoutptr >> 4 == rfbTightJpeg;
    self.is_moved = false;
}

/* libvncclient 0.9.14 would go from pixel to pixel. All numbers are a message's, of 16 bits. */
static void
on_copy(rfbClient *client, int from_x, int from_y, int width, int height, int x, int y)
{
    self.is_moved = true;
    ds_surface_move(&self.surface, (unsigned)from_x, (unsigned)from_y,
            &(struct ds_rect){(uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height});
}

/* The rectangle is inside of the picture: the library has seen to that. */
static rfbBool
on_jpeg(rfbClient *client, const uint8_t *bytes, int len, int x, int y, int width, int height)
{
    uint32_t *pixels = self.surface.pixels + (size_t)y * self.surface.width + (size_t)x;
    int err = ds_jpeg_decode(
            pixels, self.surface.width, (unsigned)width, (unsigned)height, bytes, (size_t)len);

    free((void *)bytes); /* 0.9.14 forgets them where there is such a function */
    return err == DS_OK ? TRUE : FALSE;
}

static void
count_pixels(uint64_t pixels)
{
    if (self.is_moved)
        self.figures.moved += pixels;
    else if (self.is_photo)
        self.figures.photo += pixels;
    else
        self.figures.exact += pixels;
}

static void
on_rectangle(rfbClient *client, int x, int y, int width, int height)
{
    uint64_t now_us = ds_clock_us();

    /* UltraZip, which we never ask for, is reported with numbers that are no rectangle. */
    if (x < 0 || y < 0 || width <= 0 || height <= 0 || width > client->width - x ||
            height > client->height - y)
        return;
    count_pixels((uint64_t)width * (uint64_t)height);
    ds_damage_mark(&self.damage,
            &(struct ds_rect){(uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height});
    if (ds_coverage_add(&self.coverage, (size_t)x, (size_t)y, (size_t)width, (size_t)height)) {
        tell_type(DS_DECODER_FRAME);
        publish();
    } else if (now_us - self.began_us >= PART_US) {
        publish();
    }
    if (self.is_read || now_us - self.heard_us >= WORD_US) {
        ds_decoder_limit_work();
        listen_to_parent(client);
    }
}

static void
on_update_end(rfbClient *client)
{
    self.figures.updates++;
    publish();
}

static void
tell_cursor(const rfbClient *client, int hot_x, int hot_y, int width, int height)
{
    static uint32_t pixels[DS_CURSOR_SIDE_MAX * DS_CURSOR_SIDE_MAX];
    const uint32_t *source = (const uint32_t *)(const void *)client->rcSource;

    for (int i = 0; i < width * height; i++)
        pixels[i] = client->rcMask[i] ? 0xff000000u | source[i] : 0;
    tell(&(struct ds_decoder_message){.type = DS_DECODER_CURSOR,
            .hot_x = (uint16_t)hot_x,
            .hot_y = (uint16_t)hot_y,
            .width = (uint16_t)width,
            .height = (uint16_t)height,
            .bytes = (const uint8_t *)pixels});
}

/* A shape that is larger than anybody's pointer, or that points outside of itself, is left out. */
static void
on_cursor(rfbClient *client, int hot_x, int hot_y, int width, int height, int bytes_per_pixel)
{
    ds_decoder_limit_work();
    if (width <= DS_CURSOR_SIDE_MAX && height <= DS_CURSOR_SIDE_MAX && hot_x >= 0 &&
            hot_x < width && hot_y >= 0 && hot_y < height)
        tell_cursor(client, hot_x, hot_y, width, height);
    /* libvncclient 0.9.14 allocates a mask for each shape and frees none but the last. */
    free(client->rcMask);
    client->rcMask = NULL;
}

/* Returns owned memory, which libvncclient wipes as far as 8 bytes and frees; NULL for none. */
static char *
on_password_wanted(rfbClient *client)
{
    struct ds_decoder_message m;
    uint8_t datagram[DS_DECODER_DATAGRAM_MAX];

    tell_type(DS_DECODER_ASK_PASSWORD);
    hear(DS_DECODER_PASSWORD, NULL, &m, datagram, NULL);
    char *password = m.count > 0 ? strndup((const char *)m.bytes, m.count) : NULL;
    explicit_bzero(datagram, sizeof datagram);
    if (m.count == 0)
        fail(DS_DECODER_FAILURE_NO_PASSWORD);
    self.password_sent = m.count > 0;
    return password;
}

/*
 * libvncclient's functions say only that they failed. What it logs says why: these are how its
 * formats begin, in 0.9.14; where another version's differ, the failure is NOT_RFB. What it logs
 * holds the server's words, and goes nowhere.
 */
static void
on_log(const char *format, ...)
{
    static const struct {
        const char *start;
        enum ds_decoder_failure failure;
    } lines[] = {
            {"VNC server closed connection", DS_DECODER_FAILURE_CLOSED},
            {"read (", DS_DECODER_FAILURE_CLOSED},
            {"write", DS_DECODER_FAILURE_CLOSED},
            {"Not a valid VNC server", DS_DECODER_FAILURE_NOT_RFB},
            {"Unknown message type", DS_DECODER_FAILURE_NOT_RFB},
            {"Unknown authentication scheme", DS_DECODER_FAILURE_LOGIN},
            {"VNC authentication failed", DS_DECODER_FAILURE_WRONG_PASSWORD},
            {"VNC connection failed", DS_DECODER_FAILURE_REFUSED},
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strncmp(format, lines[i].start, strlen(lines[i].start)) != 0)
            continue;
        if (lines[i].failure == DS_DECODER_FAILURE_REFUSED && self.password_sent)
            fail(DS_DECODER_FAILURE_WRONG_PASSWORD);
        else
            fail(lines[i].failure);
        return;
    }
}

/* ---- the work ---- */

static rfbClient *
make_client(enum ds_quality quality)
{
    static const uint32_t logins[] = {rfbNoAuth, rfbVncAuth};

    rfbClientLog = rfbClientErr = on_log;
    rfbClient *client = rfbGetClient(8, 3, 4);
    if (client == NULL)
        return NULL;
    SetClientAuthSchemes(client, logins, sizeof logins / sizeof logins[0]);
    client->sock = DS_DECODER_RFB_FD;
    client->format.redShift = 16;
    client->format.greenShift = 8;
    client->format.blueShift = 0;
    client->appData.encodingsString = "tight zrle copyrect";
    set_quality(client, quality);
    client->appData.compressLevel = 2;
    client->appData.useRemoteCursor = TRUE;
    client->canHandleNewFBSize = TRUE;
    client->MallocFrameBuffer = on_size;
    client->GotCopyRect = on_copy;
    client->GotJpeg = on_jpeg;
    client->SoftCursorLockArea = on_rectangle_begin;
    client->GotFrameBufferUpdate = on_rectangle;
    client->FinishedFrameBufferUpdate = on_update_end;
    client->GotCursorShape = on_cursor;
    client->GetPassword = on_password_wanted;
    return client;
}

/* Take the size that the server said. */
static bool
make_picture(rfbClient *client)
{
    client->width = client->si.framebufferWidth;
    client->height = client->si.framebufferHeight;
    client->updateRect.x = client->updateRect.y = 0;
    client->updateRect.w = client->width;
    client->updateRect.h = client->height;
    return client->MallocFrameBuffer(client);
}

/*
 * What rfbInitClient() does on a connected socket; but that one frees the client on failure, and
 * with listenSpecified says nothing when the stream ends within the version line.
 */
static bool
open_connection(rfbClient *client)
{
    if (!InitialiseRFBConnection(client))
        return false;
    return make_picture(client) && SetFormatAndEncodings(client) &&
           SendFramebufferUpdateRequest(client, 0, 0, client->width, client->height, FALSE);
}

/*
 * Begin where RFB stands after its opening (net/PROTOCOL.md, 7): what InitialiseRFBConnection()
 * would have learnt is the size. The first update follows without a request, and with it was agreed
 * on anything but the lowest quality.
 */
static bool
begin_opened(rfbClient *client, enum ds_quality quality)
{
    static const uint8_t said[] = {rfbSetPixelFormat, rfbSetEncodings, rfbFramebufferUpdateRequest,
            rfbKeyEvent, rfbPointerEvent};
    uint8_t size[4];
    struct ds_reader r;

    if (!ReadFromRFBServer(client, (char *)size, sizeof size))
        return false;
    ds_reader_init(&r, size, sizeof size);
    for (size_t i = 0; i < sizeof said; i++) /* without these bits the library says nothing */
        client->supportedMessages.client2server[said[i] / 8] |= (uint8_t)(1u << said[i] % 8);
    client->si.framebufferWidth = ds_reader_u16(&r);
    client->si.framebufferHeight = ds_reader_u16(&r);
    return make_picture(client) && (quality != DS_QUALITY_FASTEST || SetFormatAndEncodings(client));
}

static bool
handle_next_message(rfbClient *client)
{
    struct pollfd fds[] = {
            {.fd = DS_DECODER_RFB_FD, .events = POLLIN},
            {.fd = DS_DECODER_CONTROL_FD, .events = POLLIN},
    };

    /* libvncclient reads ahead, and its own WaitForMessage() of 0.9.14 forgets what it has. */
    if (poll(fds, 2, client->buffered > 0 ? 0 : -1) < 0 && errno != EINTR)
        leave();
    if (fds[1].revents != 0 || self.is_read)
        listen_to_parent(client);
    ds_decoder_limit_work();
    if (client->buffered == 0 && fds[0].revents == 0)
        return true;
    self.began_us = ds_clock_us();
    return HandleRFBServerMessage(client);
}

/*
 * Give up what is not needed. libvncclient's cryptography reads its settings and locks memory when
 * it is first used, which a sealed process cannot.
 */
static int
confine(void)
{
    unsigned char challenge[16] = {0};
    char password[] = "password";

    rfbClientEncryptBytes(challenge, password);
    int err = ds_decoder_confine();
    return err == DS_OK ? ds_decoder_seal() : err;
}

static bool
is_socket(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int
ds_decoder_main(int argc, char **argv)
{
    struct ds_decoder_message m;
    uint8_t datagram[DS_DECODER_DATAGRAM_MAX];

    if (!is_socket(DS_DECODER_RFB_FD) || !is_socket(DS_DECODER_CONTROL_FD)) {
        fprintf(stderr, "%s is for Deskside's own use.\n", DS_DECODER_ARGUMENT);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (confine() != DS_OK) {
        perror("deskside-decoder");
        _exit(EXIT_FAILURE);
    }
    hear(DS_DECODER_START, NULL, &m, datagram, NULL);
    rfbClient *client = make_client(m.quality);
    if (client == NULL)
        fail(DS_DECODER_FAILURE_MEMORY);
    else if (m.opened ? begin_opened(client, m.quality) : open_connection(client))
        while (handle_next_message(client))
            ;
    publish(); /* nothing was decoded while the parent read */
    m = (struct ds_decoder_message){.type = DS_DECODER_FAILED, .failure = self.failure};
    if (m.failure == 0)
        m.failure = DS_DECODER_FAILURE_NOT_RFB;
    tell(&m);
    /* The kernel frees everything; a leak check could not run, since nothing may trace us. */
    _exit(EXIT_SUCCESS);
}
