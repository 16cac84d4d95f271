/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parent against a child that an attacker has taken over. The child is this program too: the
 * first byte of its RFB stream says which of the evils below it is to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/view/decoder_confine.h"
#include "app/view/decoder_process.h"
#include "app/view/sanitized.h"
#include "tests/integration/decoder_run.h"

/* ---- the child ---- */

static void
say_bytes(const void *bytes, size_t len)
{
    while (send(DS_DECODER_CONTROL_FD, bytes, len, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            _exit(EXIT_SUCCESS);
}

static void
say(const struct ds_decoder_message *m)
{
    uint8_t bytes[4096];
    struct ds_writer w;

    ds_writer_init(&w, bytes, sizeof bytes);
    ds_decoder_wire_write(&w, m);
    say_bytes(bytes, w.len);
}

static void
say_size(void)
{
    say(&(struct ds_decoder_message){.type = DS_DECODER_SIZE, .width = 8, .height = 8});
}

static void
say_rect(unsigned x, unsigned y, unsigned width, unsigned height)
{
    struct ds_decoder_message m = {.type = DS_DECODER_UPDATE, .count = 1};

    m.rects[0] = (struct ds_rect){(uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height};
    say(&m);
}

static void
unknown_message(void)
{
    say_bytes("\x7f", 1);
}

static void
parents_message(void)
{
    say(&(struct ds_decoder_message){.type = DS_DECODER_START});
}

static void
oversized_message(void)
{
    static uint8_t bytes[DS_DECODER_MESSAGE_MAX + 1000] = {DS_DECODER_CURSOR};
    say_bytes(bytes, sizeof bytes);
}

static void
update_before_size(void)
{
    say_rect(0, 0, 1, 1);
}

static void
frame_before_size(void)
{
    say(&(struct ds_decoder_message){.type = DS_DECODER_FRAME});
}

static void
rect_too_wide(void)
{
    say_size();
    say_rect(7, 0, 2, 1);
}

static void
rect_that_wraps(void)
{
    say_size();
    say_rect(1, 0, 65535, 1);
}

static void
empty_rect(void)
{
    say_size();
    say_rect(0, 0, 0, 1);
}

/* The first one is still being read. */
static void
hurried_update(void)
{
    say_size();
    say_rect(0, 0, 8, 8);
    say_rect(0, 0, 8, 8);
}

/* Answers that nobody reads: the parent must not wait for us, nor keep them. */
static void
questions_without_end(void)
{
    for (;;)
        say(&(struct ds_decoder_message){.type = DS_DECODER_ASK_PASSWORD});
}

/* Each is another picture for the parent. */
static void
sizes_without_end(void)
{
    for (;;)
        say_size();
}

static void
cursors_without_end(void)
{
    static const uint8_t pixel[4] = {0};

    for (;;)
        say(&(struct ds_decoder_message){
                .type = DS_DECODER_CURSOR, .width = 1, .height = 1, .bytes = pixel});
}

/* Each costs little, and there are many. */
static void
figures_without_end(void)
{
    for (;;)
        say(&(struct ds_decoder_message){.type = DS_DECODER_FIGURES});
}

static void
empty_message(void)
{
    say_bytes("", 0);
}

static void
closed_control(void)
{
    close(DS_DECODER_CONTROL_FD);
}

/* No word any more, though there is a picture to do something to. */
static void
closed_control_later(void)
{
    say_size();
    close(DS_DECODER_CONTROL_FD);
}

/* More than the parent takes in one turn, and gone before it looks: its last words count. */
static void
long_farewell(void)
{
    say_size();
    for (int i = 0; i < 100; i++)
        say_rect(0, 0, 8, 8);
    say(&(struct ds_decoder_message){
            .type = DS_DECODER_FAILED, .failure = DS_DECODER_FAILURE_REFUSED});
    _exit(EXIT_SUCCESS);
}

static void
abnormal_end(void)
{
    abort();
}

static void
early_end(void)
{
    _exit(3);
}

/* Descriptors that nobody asked for do not pile up in the parent. */
static void
descriptors(void)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(3 * sizeof(int))];
    } control = {.align = {.cmsg_len = CMSG_LEN(3 * sizeof(int)),
                         .cmsg_level = SOL_SOCKET,
                         .cmsg_type = SCM_RIGHTS}};
    const int fds[3] = {0, 1, 2};
    uint8_t type = DS_DECODER_ASK_PASSWORD;
    struct iovec part = {.iov_base = &type, .iov_len = 1};
    struct msghdr header = {.msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = control.bytes,
            .msg_controllen = sizeof control.bytes};

    memcpy(CMSG_DATA(&control.align), fds, sizeof fds);
    for (int i = 0; i < 50; i++)
        sendmsg(DS_DECODER_CONTROL_FD, &header, MSG_NOSIGNAL);
    unknown_message();
}

static bool
limit_is(int resource, rlim_t most)
{
    struct rlimit value;
    return getrlimit(resource, &value) == 0 && value.rlim_max <= most;
}

static bool
is_confined(void)
{
    struct itimerval work;

    if (ds_decoder_confine() != DS_OK)
        return false;
    ds_decoder_limit_work();
    /* What the parent left open, and what is open by now. */
    for (int fd = DS_DECODER_FIRST_FREE_FD; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return false;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
           limit_is(RLIMIT_CORE, 0) && limit_is(RLIMIT_NOFILE, 64) &&
           (DS_SANITIZED ||
                   (limit_is(RLIMIT_AS, DS_DECODER_ADDRESS_SPACE) && environ[0] == NULL)) &&
           getpgrp() == getpid() && getitimer(ITIMER_PROF, &work) == 0 &&
           work.it_value.tv_sec >= DS_DECODER_CPU_S - 1;
}

/* No evil, but only the child can see this: REFUSED stands for yes. */
static void
confinement(void)
{
    say(&(struct ds_decoder_message){.type = DS_DECODER_FAILED,
            .failure = is_confined() ? DS_DECODER_FAILURE_REFUSED : DS_DECODER_FAILURE_NOT_RFB});
}

/* The processor's time is up: the kernel ends it, as it would an endless loop. */
static void
endless_loop(void)
{
    struct itimerval soon = {.it_value = {.tv_usec = 20000}};

    ds_decoder_limit_work();
    setitimer(ITIMER_PROF, &soon, NULL);
    for (volatile unsigned i = 0;; i++)
        ;
}

static const struct evil {
    const char *name;
    void (*act)(void);
    enum ds_decoder_failure failure;
} evils[] = {
        {"unknown-message", unknown_message, DS_DECODER_FAILURE_NONSENSE},
        {"parents-message", parents_message, DS_DECODER_FAILURE_NONSENSE},
        {"oversized-message", oversized_message, DS_DECODER_FAILURE_NONSENSE},
        {"update-before-size", update_before_size, DS_DECODER_FAILURE_NONSENSE},
        {"frame-before-size", frame_before_size, DS_DECODER_FAILURE_NONSENSE},
        {"rect-too-wide", rect_too_wide, DS_DECODER_FAILURE_NONSENSE},
        {"rect-that-wraps", rect_that_wraps, DS_DECODER_FAILURE_NONSENSE},
        {"empty-rect", empty_rect, DS_DECODER_FAILURE_NONSENSE},
        {"hurried-update", hurried_update, DS_DECODER_FAILURE_NONSENSE},
        {"questions-without-end", questions_without_end, DS_DECODER_FAILURE_NONSENSE},
        {"sizes-without-end", sizes_without_end, DS_DECODER_FAILURE_BURDEN},
        {"cursors-without-end", cursors_without_end, DS_DECODER_FAILURE_BURDEN},
        {"figures-without-end", figures_without_end, DS_DECODER_FAILURE_BURDEN},
        {"descriptors", descriptors, DS_DECODER_FAILURE_NONSENSE},
        {"empty-message", empty_message, DS_DECODER_FAILURE_CRASHED},
        {"closed-control", closed_control, DS_DECODER_FAILURE_CRASHED},
        {"closed-control-later", closed_control_later, DS_DECODER_FAILURE_CRASHED},
        {"abnormal-end", abnormal_end, DS_DECODER_FAILURE_CRASHED},
        {"early-end", early_end, DS_DECODER_FAILURE_CRASHED},
        {"endless-loop", endless_loop, DS_DECODER_FAILURE_CRASHED},
        {"long-farewell", long_farewell, DS_DECODER_FAILURE_REFUSED},
        {"confinement", confinement, DS_DECODER_FAILURE_REFUSED},
};

/* Do the evil, and then live on whatever the parent says; but not for ever where the test died. */
static void __attribute__((noreturn)) be_evil(void)
{
    uint8_t which;

    if (recv(DS_DECODER_RFB_FD, &which, 1, 0) != 1 || which >= G_N_ELEMENTS(evils))
        _exit(EXIT_FAILURE);
    alarm(60);
    evils[which].act();
    for (;;)
        pause();
}

/* ---- the parent ---- */

/* The hands move on, whatever became of the child. */
static void
move_until_error(struct run *run)
{
    for (unsigned i = 0; run->errors == 0; i++) {
        ds_decoder_send_pointer(run->decoder, (uint16_t)(i % 8), 0, 0);
        g_assert_cmpint(event_base_loop(run->base, EVLOOP_ONCE), ==, 0);
    }
}

static void
test_evil(gconstpointer data)
{
    const struct evil *evil = data;
    GByteArray *bytes = g_byte_array_new();
    siginfo_t info;
    struct run run;

    put_u8(bytes, (unsigned)(evil - evils));
    run_start(&run);
    run.is_reading = evil->act == hurried_update;
    run_send(&run, bytes);
    if (evil->act == long_farewell)
        g_assert_cmpint(waitid(P_PID, (id_t)run_child(), &info, WEXITED | WNOWAIT), ==, 0);
    move_until_error(&run);
    run_expect_error(&run, evil->failure);
    g_assert_cmpuint(run.frames, ==, 0);
    run_finish(&run);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        be_evil();
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(evils); i++) {
        g_autofree char *path = g_strconcat("/decoder-evil/", evils[i].name, NULL);
        g_test_add_data_func(path, &evils[i], test_evil);
    }
    return g_test_run();
}
