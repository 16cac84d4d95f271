/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The measuring client: a VNC viewer without a window, the same for all servers.
 *
 *     bench-client ADDR:PORT [--stamp PLACE]... [--moving PLACE] [--reply PLACE] [--click X,Y]
 *                  [--rest] [--warm SECONDS] [--for SECONDS] [--encodings NAMES] [--pull]
 *
 * A frame is shown when all stamps have its number, which is the microsecond when it was painted,
 * or a later one. With --reply a key is pressed (or --click a button at that place) and the time
 * taken until the stamp there changes. With --rest that is done once, to end the motion, and the
 * last pictures are compared with $DISPLAY.
 *
 * Prints BEGIN when it has a first picture and was warm for so long, END so many seconds later, and
 * then one JSON object: `seconds`, `latencies_ms` of all frames, `answers_ms`, `updates`, `bytes`,
 * and with --rest `exact_ms`, from the answer's painting until all pixels were right, or null.
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rfb/rfbclient.h>

#include "net/base/addr.h"
#include "net/base/clock.h"
#include "tests/bench/screen/fence.h"
#include "tests/bench/screen/hand.h"
#include "tests/bench/screen/stamp.h"
#include "tests/bench/screen/truth.h"

enum { STAMPS_MAX = 2, FRAMES_MAX = 100000, POLL_MS = 10 };

struct options {
    struct ds_addr address;
    struct stamp_place stamps[STAMPS_MAX], moving, reply;
    size_t stamp_count;
    bool has_moving, has_reply, is_pull, may_rest;
    int click_x, click_y;
    uint64_t warm_us, for_us;
    const char *encodings;
};

static struct options options = {
        .click_x = -1, .warm_us = 1500000, .for_us = 4000000, .encodings = "tight zrle copyrect"};

static struct {
    uint64_t begin_us; /* of the measured time; 0: there was no picture yet */
    bool is_measuring;
    bool has_shown, has_reply;
    uint32_t shown, reply; /* the last numbers that were seen */
    struct hand *hand;
    struct truth *truth;
    uint32_t *latencies_us;
    size_t frames;
    uint64_t updates, bytes_before;
} state;

static rfbBool
on_size(rfbClient *client)
{
    free(client->frameBuffer);
    client->frameBuffer = calloc((size_t)client->width * (size_t)client->height, 4);
    return client->frameBuffer != NULL;
}

/* A stamp that is not all there, or not on the screen, is none. */
static bool
read_place(const rfbClient *client, const struct stamp_place *place, uint32_t *number)
{
    int rows = STAMP_CELLS / place->columns;
    if (place->x + place->columns * place->cell_width > client->width ||
            place->y + rows * place->cell_height > client->height)
        return false;
    return stamp_read((const uint32_t *)client->frameBuffer, (size_t)client->width, place, number);
}

/* Is the stamp that moves where it belongs when it has this number? */
static bool
is_moved(const rfbClient *client, uint32_t number)
{
    struct stamp_place place = options.moving;
    uint32_t moved;
    int x, y;
    stamp_path(number, &x, &y);
    place.x += x;
    place.y += y;
    return read_place(client, &place, &moved) && moved == number;
}

/* The oldest of the stamps: what is older than that is all there. */
static bool
read_stamps(const rfbClient *client, uint32_t *oldest)
{
    uint32_t number;
    for (size_t i = 0; i < options.stamp_count; i++) {
        if (!read_place(client, &options.stamps[i], &number))
            return false;
        if (i == 0 || (int32_t)(number - *oldest) < 0)
            *oldest = number;
    }
    if (options.has_moving && options.stamp_count > 0)
        return is_moved(client, *oldest);
    return options.stamp_count > 0;
}

static void
look_for_frame(const rfbClient *client, uint64_t now_us)
{
    uint32_t number;
    if (!read_stamps(client, &number) || (state.has_shown && number == state.shown))
        return;
    if (state.is_measuring && state.frames < FRAMES_MAX)
        state.latencies_us[state.frames++] = (uint32_t)now_us - number;
    state.has_shown = true;
    state.shown = number;
}

static void
look_for_reply(const rfbClient *client, uint64_t now_us)
{
    uint32_t number;
    if (!options.has_reply || !read_place(client, &options.reply, &number) ||
            (state.has_reply && number == state.reply))
        return;
    if (state.hand != NULL && state.has_reply)
        hand_answered(state.hand, now_us);
    state.has_reply = true;
    state.reply = number;
}

static void
on_update_end(rfbClient *client)
{
    uint64_t now_us = ds_clock_us();
    state.updates += state.is_measuring;
    look_for_frame(client, now_us);
    look_for_reply(client, now_us);
    if (state.truth != NULL)
        truth_add(state.truth, (const uint32_t *)client->frameBuffer, now_us);
    bool has_all = (options.stamp_count == 0 || state.has_shown) &&
                   (!options.has_reply || state.has_reply);
    if (state.begin_us == 0 && has_all)
        state.begin_us = now_us + options.warm_us;
}

static uint64_t
received_bytes(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        err(EXIT_FAILURE, "TCP_INFO");
    return info.tcpi_bytes_received;
}

static void
begin(const rfbClient *client)
{
    state.is_measuring = true;
    state.begin_us = ds_clock_us();
    state.bytes_before = received_bytes(client->sock);
    if (options.has_reply)
        state.hand = hand_start(client->sock, options.click_x, options.click_y, options.may_rest);
    if (options.may_rest)
        state.truth = truth_new((size_t)client->width * (size_t)client->height);
    puts("BEGIN");
    fflush(stdout);
}

static void
report(const rfbClient *client, uint64_t now_us)
{
    puts("END");
    printf("{\"seconds\":%.6f,\"updates\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"latencies_ms\":[",
            (double)(now_us - state.begin_us) / 1e6, state.updates,
            received_bytes(client->sock) - state.bytes_before);
    for (size_t i = 0; i < state.frames; i++)
        printf("%s%.3f", i > 0 ? "," : "", state.latencies_us[i] / 1e3);
    printf("],\"answers_ms\":");
    if (state.hand != NULL)
        hand_stop(state.hand, stdout);
    else
        printf("[]");
    if (state.truth != NULL) {
        printf(",\"exact_ms\":");
        /* The number is the low half of the time. */
        truth_report(state.truth, now_us - (uint32_t)((uint32_t)now_us - state.reply), stdout);
    }
    puts("}");
}

/* Returns whether it goes on. */
static bool
step(rfbClient *client)
{
    uint64_t now_us = ds_clock_us();
    struct pollfd readable = {.fd = client->sock, .events = POLLIN};

    if (!state.is_measuring && state.begin_us != 0 && now_us >= state.begin_us)
        begin(client);
    if (state.is_measuring && now_us >= state.begin_us + options.for_us) {
        report(client, now_us);
        return false;
    }
    if (client->buffered == 0 && poll(&readable, 1, POLL_MS) == 0)
        return true;
    if (!HandleRFBServerMessage(client))
        errx(EXIT_FAILURE, "the server closed, or sent nonsense");
    return true;
}

static int
connect_to(const struct ds_addr *address)
{
    int fd = socket(address->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address->ss, address->len) != 0)
        err(EXIT_FAILURE, "connection");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

static rfbClient *
open_client(void)
{
    static const uint32_t logins[] = {rfbNoAuth, 0};
    rfbClient *client = rfbGetClient(8, 3, 4);
    if (client == NULL)
        errx(EXIT_FAILURE, "memory");
    client->format.redShift = 16;
    client->format.greenShift = 8;
    client->format.blueShift = 0;
    client->sock = connect_to(&options.address);
    client->listenSpecified = TRUE; /* the socket is there */
    client->appData.encodingsString = options.encodings;
    client->appData.qualityLevel = 6;
    client->appData.compressLevel = 1;
    client->appData.useRemoteCursor = TRUE;
    client->canHandleNewFBSize = TRUE;
    client->MallocFrameBuffer = on_size;
    client->FinishedFrameBufferUpdate = on_update_end;
    SetClientAuthSchemes(client, logins, sizeof logins / sizeof logins[0]);
    if (!rfbInitClient(client, NULL, NULL))
        errx(EXIT_FAILURE, "no VNC server");
    return client;
}

static uint64_t
parse_seconds(const char *text)
{
    return (uint64_t)(strtod(text, NULL) * 1e6);
}

static bool
take_option(int option)
{
    switch (option) {
    case 's':
        return options.stamp_count < STAMPS_MAX &&
               stamp_parse_place(optarg, &options.stamps[options.stamp_count++]);
    case 'm':
        options.has_moving = true;
        return stamp_parse_place(optarg, &options.moving);
    case 'r':
        options.has_reply = true;
        return stamp_parse_place(optarg, &options.reply);
    case 'c':
        return sscanf(optarg, "%d,%d", &options.click_x, &options.click_y) == 2;
    case 'w':
        options.warm_us = parse_seconds(optarg);
        return true;
    case 'f':
        options.for_us = parse_seconds(optarg);
        return true;
    case 'e':
        options.encodings = optarg;
        return true;
    case 'p':
        options.is_pull = true;
        return true;
    case 't':
        options.may_rest = true;
        return true;
    default:
        return false;
    }
}

static void
take_options(int argc, char **argv)
{
    static const struct option names[] = {
            {"stamp", required_argument, NULL, 's'},
            {"moving", required_argument, NULL, 'm'},
            {"reply", required_argument, NULL, 'r'},
            {"click", required_argument, NULL, 'c'},
            {"warm", required_argument, NULL, 'w'},
            {"for", required_argument, NULL, 'f'},
            {"encodings", required_argument, NULL, 'e'},
            {"pull", no_argument, NULL, 'p'},
            {"rest", no_argument, NULL, 't'},
            {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!take_option(option))
            errx(2, "an option makes no sense");
    if (optind + 1 != argc || ds_addr_parse(&options.address, argv[optind], 0) != 0)
        errx(2, "usage: bench-client ADDR:PORT [OPTION...]");
}

int
main(int argc, char **argv)
{
    take_options(argc, argv);
    state.latencies_us = calloc(FRAMES_MAX, sizeof *state.latencies_us);
    if (state.latencies_us == NULL)
        err(EXIT_FAILURE, "memory");
    rfbEnableClientLogging = FALSE;
    if (!options.is_pull)
        fence_register();
    rfbClient *client = open_client();
    while (step(client))
        continue;
    rfbClientCleanup(client);
    free(state.latencies_us);
    return EXIT_SUCCESS;
}
