/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a sealed process can still do, and what kills it: each deed is done in a process of its own,
 * first as it is, and once more after ds_decoder_seal().
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "app/view/decoder_confine.h"
#include "app/view/sanitized.h"
#include "app/view/surface.h"

/* What the deeds work on: a pair of sockets, a listening one's name, and memory of the parent's. */
static struct {
    int pair[2];
    int memory;
    struct sockaddr_un listener;
} scene;

/* ---- what is fine ---- */

/* Send a descriptor and take it, as the surface's comes. Sending is not the decoder's to do. */
static void
send_memory(void)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.align = {.cmsg_len = CMSG_LEN(sizeof(int)),
                         .cmsg_level = SOL_SOCKET,
                         .cmsg_type = SCM_RIGHTS}};
    char byte = 'x';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr header = {.msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = control.bytes,
            .msg_controllen = sizeof control.bytes};

    memcpy(CMSG_DATA(&control.align), &scene.memory, sizeof scene.memory);
    g_assert_cmpint(sendmsg(scene.pair[0], &header, 0), ==, 1);
}

static bool
take_surface(void)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr header = {.msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = control.bytes,
            .msg_controllen = sizeof control.bytes};
    struct ds_surface surface;
    int fd;

    if (recvmsg(scene.pair[1], &header, MSG_CMSG_CLOEXEC) != 1)
        return false;
    const struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    if (first == NULL)
        return false;
    memcpy(&fd, CMSG_DATA(first), sizeof fd);
    if (ds_surface_map(&surface, 16, 16, fd) != DS_OK || close(fd) != 0)
        return false;
    surface.pixels[255] = 7;
    ds_surface_finish(&surface);
    return true;
}

static bool
talk(void)
{
    char byte = 'y';
    return write(scene.pair[1], &byte, 1) == 1 && read(scene.pair[0], &byte, 1) == 1 &&
           send(scene.pair[1], &byte, 1, MSG_NOSIGNAL) == 1 && read(scene.pair[0], &byte, 1) == 1;
}

static bool
use_memory(void)
{
    size_t large = 64 * 1024 * 1024;
    char *p = malloc(large);

    if (p == NULL)
        return false;
    memset(p, 1, large);
    char *q = realloc(p, 2 * large);
    bool is_kept = q != NULL && q[large - 1] == 1;
    free(q != NULL ? q : p);
    for (int i = 1; i < 1000; i++)
        free(malloc((size_t)i * 100));
    return is_kept;
}

static bool
wait_a_little(void)
{
    struct pollfd fd = {.fd = scene.pair[1], .events = POLLOUT};
    struct timespec now;

    ds_decoder_limit_work();
    return poll(&fd, 1, 0) == 1 && poll(NULL, 0, 1) == 0 &&
           syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &now) == 0;
}

/* ---- what is not ---- */

static bool
open_file(void)
{
    return open("/dev/null", O_RDONLY) >= 0;
}

static bool
make_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool
connect_socket(void)
{
    /* It is a socket, and refuses: what counts is who says so. */
    return connect(scene.pair[1], (struct sockaddr *)&scene.listener, sizeof scene.listener) == 0 ||
           errno != EPERM;
}

static bool
send_elsewhere(void)
{
    return sendto(scene.pair[1], "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&scene.listener,
                   sizeof scene.listener) >= 0 ||
           errno != EPERM;
}

static bool
send_descriptor(void)
{
    send_memory();
    return true;
}

static bool
start_program(void)
{
    char name[] = "true";
    char *const argv[] = {name, NULL};
    execv("/bin/true", argv);
    return false;
}

static bool
fork_itself(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(EXIT_SUCCESS);
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static bool
be_traced(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
signal_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool
map_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                   0) != MAP_FAILED;
}

static bool
make_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
ask_device(void)
{
    int bytes;
    return syscall(SYS_ioctl, scene.pair[1], 0x541b /* FIONREAD */, &bytes) == 0;
}

/* poll() is enough, and nobody else is here to be waited for. */
static bool
wait_otherwise(void)
{
    struct timeval soon = {.tv_usec = 1000};
    return select(0, NULL, NULL, NULL, &soon) == 0;
}

static bool
wake_threads(void)
{
    int word = 0;
    return syscall(SYS_futex, &word, 1 /* FUTEX_WAKE */, 1, NULL, NULL, 0) == 0;
}

static bool
end_thread(void)
{
    syscall(SYS_exit, EXIT_SUCCESS);
    return false;
}

static bool
make_memory_file(void)
{
    return memfd_create("test", 0) >= 0;
}

/* ---- each of them ---- */

enum outcome { WORKS, FAILS, KILLED };

static const struct deed {
    const char *name;
    bool (*act)(void);
    enum outcome sealed;
} deeds[] = {
        {"surface", take_surface, WORKS},
        {"talk", talk, WORKS},
        {"memory", use_memory, WORKS},
        {"wait", wait_a_little, WORKS},
        {"open", open_file, FAILS},
        {"socket", make_socket, KILLED},
        {"connect", connect_socket, KILLED},
        {"send-elsewhere", send_elsewhere, KILLED},
        {"send-descriptor", send_descriptor, KILLED},
        {"execve", start_program, KILLED},
        {"fork", fork_itself, KILLED},
        {"ptrace", be_traced, KILLED},
        {"kill", signal_parent, KILLED},
        {"executable-mapping", map_code, KILLED},
        {"made-executable", make_code, KILLED},
        {"ioctl", ask_device, KILLED},
        {"memory-file", make_memory_file, KILLED},
        {"select", wait_otherwise, KILLED},
        {"futex", wake_threads, KILLED},
        {"exit-thread", end_thread, KILLED},
};

static enum outcome
try_deed(const struct deed *deed, bool is_sealed)
{
    int status;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, scene.pair), ==, 0);
    if (deed->act == take_surface)
        send_memory();
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        alarm(30);
        if (is_sealed && (ds_decoder_confine() != DS_OK || ds_decoder_seal() != DS_OK))
            _exit(2);
        _exit(deed->act() ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    close(scene.pair[0]);
    close(scene.pair[1]);
    if (WIFSIGNALED(status)) {
        g_assert_cmpint(WTERMSIG(status), ==, SIGSYS);
        return KILLED;
    }
    g_assert_cmpint(WEXITSTATUS(status), <=, EXIT_FAILURE);
    return WEXITSTATUS(status) == EXIT_SUCCESS ? WORKS : FAILS;
}

static void
test_deed(gconstpointer data)
{
    const struct deed *deed = data;

    g_assert_cmpint(try_deed(deed, false), ==, WORKS);
    g_assert_cmpint(try_deed(deed, true), ==, DS_SANITIZED ? WORKS : deed->sealed);
}

int
main(int argc, char **argv)
{
    struct ds_surface surface;

    g_test_init(&argc, &argv, NULL);
    scene.listener = (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "/nowhere"};
    g_assert_cmpint(ds_surface_create(&surface, 16, 16), ==, DS_OK);
    scene.memory = surface.memory;
    for (size_t i = 0; i < G_N_ELEMENTS(deeds); i++) {
        if (DS_SANITIZED && deeds[i].act == end_thread)
            continue; /* a sanitizer's own thread would live on, and the process with it */
        g_autofree char *path = g_strconcat("/view-seal/", deeds[i].name, NULL);
        g_test_add_data_func(path, &deeds[i], test_deed);
    }
    int failed = g_test_run();
    ds_surface_finish(&surface);
    return failed;
}
