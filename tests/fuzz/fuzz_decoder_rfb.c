/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sharer's bytes to the decoder child, which is this process: all of ds_decoder_main(), with
 * libvncclient as it is. A thread is its parent. Whatever comes, the child's messages make sense,
 * it paints inside of its surface, and it ends by itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <dlfcn.h>
#include <rfb/rfbclient.h>

#include "app/view/decoder_child.h"
#include "app/view/decoder_confine.h"
#include "app/view/decoder_datagram.h"
#include "app/view/decoder_wire.h"
#include "app/view/surface.h"
#include "tests/fuzz/fuzz.h"

/* What the input's first byte says of the session. */
enum {
    QUALITIES = 3,
    IS_OPENED = 1 << 2, /* the stream begins behind RFB's opening */
    HAS_PASSWORD = 1 << 3,
    IS_LEAVING = 1 << 4,    /* the parent goes away, and never says that it has shown the picture */
    HAS_HANDS = 1 << 5,     /* with each picture a key, the pointer and wishes */
    STREAM_MAX = 64 * 1024, /* what a socket takes at once */
};

static struct {
    int rfb, control; /* the parent's ends */
    unsigned flags;
    struct ds_surface surface;
    bool has_failed; /* it said why it ends: its last word */
    pthread_t parent;
} f;

/* The child's end is the end of a function here, not of a process. */
static struct {
    jmp_buf end;
    bool is_child;
    rfbClient *client;
} child;

static void
check(bool condition)
{
    if (!condition)
        abort();
}

/* ---- in place of what only a process of its own can have ---- */

int
ds_decoder_confine(void)
{
    return DS_OK;
}

int
ds_decoder_seal(void)
{
    return DS_OK;
}

void
ds_decoder_limit_work(void)
{
}

void
_exit(int status)
{
    if (child.is_child && !pthread_equal(pthread_self(), f.parent))
        longjmp(child.end, 1);
    syscall(SYS_exit_group, status);
    __builtin_unreachable();
}

/* The library's own, but nobody else knows what is to be freed. */
rfbClient *
rfbGetClient(int bits_per_sample, int samples_per_pixel, int bytes_per_pixel)
{
    rfbClient *(*get)(int, int, int);

    *(void **)&get = dlsym(RTLD_NEXT, "rfbGetClient");
    child.client = get(bits_per_sample, samples_per_pixel, bytes_per_pixel);
    return child.client;
}

/* ---- the parent ---- */

static void
say(const struct ds_decoder_message *m, int fd)
{
    /* What does not fit is left out: it may be busy with the stream, or at its end. */
    (void)!ds_decoder_datagram_send(f.control, m, fd);
}

static void
answer_size(unsigned width, unsigned height)
{
    ds_surface_finish(&f.surface);
    check(ds_surface_create(&f.surface, width, height) == DS_OK);
    say(&(struct ds_decoder_message){.type = DS_DECODER_SURFACE,
                .width = (uint16_t)width,
                .height = (uint16_t)height},
            f.surface.memory);
}

static void
answer_update(const struct ds_decoder_message *m)
{
    for (size_t i = 0; i < m->count; i++)
        check(m->rects[i].width > 0 && m->rects[i].height > 0 &&
                m->rects[i].x + m->rects[i].width <= (int)f.surface.width &&
                m->rects[i].y + m->rects[i].height <= (int)f.surface.height);
    if (f.flags & HAS_HANDS) {
        say(&(struct ds_decoder_message){.type = DS_DECODER_KEY, .hand = {.keysym = 'a'}}, -1);
        say(&(struct ds_decoder_message){.type = DS_DECODER_POINTER, .hand = {.x = 1}}, -1);
        say(&(struct ds_decoder_message){.type = DS_DECODER_QUALITY,
                    .quality = DS_QUALITY_SHARPEST},
                -1);
        say(&(struct ds_decoder_message){.type = DS_DECODER_ASK_FIGURES}, -1);
    }
    if (f.flags & IS_LEAVING)
        shutdown(f.control, SHUT_WR);
    else
        say(&(struct ds_decoder_message){.type = DS_DECODER_SHOWN}, -1);
}

/* Nothing comes behind the last word, and nothing that only a parent says. */
static void
hear(const struct ds_decoder_message *m)
{
    static const uint8_t secret[] = "secret";

    check(!f.has_failed);
    switch ((unsigned)m->type) {
    case DS_DECODER_ASK_PASSWORD:
        say(&(struct ds_decoder_message){.type = DS_DECODER_PASSWORD,
                    .count = f.flags & HAS_PASSWORD ? sizeof secret - 1 : 0,
                    .bytes = secret},
                -1);
        break;
    case DS_DECODER_SIZE:
        answer_size(m->width, m->height);
        break;
    case DS_DECODER_UPDATE:
        answer_update(m);
        break;
    case DS_DECODER_FRAME:
        check(f.surface.pixels != NULL);
        break;
    case DS_DECODER_FAILED:
        f.has_failed = true;
        break;
    default:
        check(m->type == DS_DECODER_CURSOR || m->type == DS_DECODER_FIGURES);
        break;
    }
}

/* Take one message. Returns whether there may be more. */
static bool
listen_to_child(void)
{
    static uint8_t datagram[DS_DECODER_MESSAGE_MAX + 1];
    static struct ds_decoder_message m;

    ssize_t n = recv(f.control, datagram, sizeof datagram, 0);
    if (n <= 0) {
        check(n == 0 || errno == ECONNRESET);
        return n < 0; /* what it said before still waits */
    }
    check(ds_decoder_wire_parse(&m, datagram, (size_t)n) == DS_OK);
    hear(&m);
    return true;
}

/* What the child says to the server is read, and not looked at. */
static void *
be_parent(void *arg)
{
    struct pollfd fds[] = {{.fd = f.control, .events = POLLIN}, {.fd = f.rfb, .events = POLLIN}};
    uint8_t heard[4096];
    bool is_there = true;

    while (is_there) {
        poll(fds, 2, -1);
        if (fds[1].revents != 0 && recv(f.rfb, heard, sizeof heard, 0) <= 0)
            fds[1].fd = -1;
        if (fds[0].revents != 0)
            is_there = listen_to_child();
    }
    return NULL;
}

/* ---- the child ---- */

/* The child finds its ends at fixed places, which nobody else may have. */
static void
hold_places(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd < DS_DECODER_FIRST_FREE_FD);
    check(fd >= 0);
    close(fd);
}

/* Put one end of a new pair there; return the other. */
static int
make_pair(int type, int place)
{
    int pair[2];

    check(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) == 0 && dup2(pair[1], place) == place);
    close(pair[1]);
    return pair[0];
}

static void
run_child(void)
{
    static char *argv[] = {(char *)"decoder", NULL};

    child.is_child = true;
    if (setjmp(child.end) == 0)
        ds_decoder_main(1, argv);
    child.is_child = false;
}

/* What ends with the process. */
static void
clean_up(void)
{
    if (child.client != NULL) {
        free(child.client->rcSource);
        rfbClientCleanup(child.client); /* closes the stream */
    }
    child.client = NULL;
    hold_places();
    check(dup2(DS_DECODER_RFB_FD, DS_DECODER_CONTROL_FD) == DS_DECODER_CONTROL_FD);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static bool has_places;

    if (size_bytes == 0)
        return 0;
    if (!has_places)
        hold_places();
    has_places = true;
    f.flags = data[0];
    f.has_failed = false;
    f.rfb = make_pair(SOCK_STREAM, DS_DECODER_RFB_FD);
    f.control = make_pair(SOCK_SEQPACKET, DS_DECODER_CONTROL_FD);
    size_bytes = size_bytes - 1 < STREAM_MAX ? size_bytes - 1 : STREAM_MAX;
    if (size_bytes > 0)
        check(send(f.rfb, data + 1, size_bytes, MSG_DONTWAIT) == (ssize_t)size_bytes);
    shutdown(f.rfb, SHUT_WR);
    say(&(struct ds_decoder_message){.type = DS_DECODER_START,
                .quality = (enum ds_quality)(1 + (f.flags & 3) % QUALITIES),
                .opened = (f.flags & IS_OPENED) != 0},
            -1);
    check(pthread_create(&f.parent, NULL, be_parent, NULL) == 0);
    run_child();
    clean_up();
    pthread_join(f.parent, NULL);
    check(f.has_failed || f.flags & IS_LEAVING);
    ds_surface_finish(&f.surface);
    close(f.rfb);
    close(f.control);
    return 0;
}
