/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder_confine.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <seccomp.h>

#include "app/view/sanitized.h"
#include "net/base/limits.h"

/* The standard ones, two sockets, a surface's memory, and what a library opens for a moment. */
enum { OPEN_FILES_MAX = 16 };

static int
limit(int resource, rlim_t most)
{
    struct rlimit value;

    if (getrlimit(resource, &value) != 0)
        return DS_ERR_SYSTEM;
    if (value.rlim_max > most)
        value.rlim_max = most;
    value.rlim_cur = value.rlim_max;
    return setrlimit(resource, &value) == 0 ? DS_OK : DS_ERR_SYSTEM;
}

int
ds_decoder_confine(void)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return DS_ERR_SYSTEM;
    if (limit(RLIMIT_CORE, 0) != DS_OK || limit(RLIMIT_NOFILE, OPEN_FILES_MAX) != DS_OK)
        return DS_ERR_SYSTEM;
    return DS_SANITIZED ? DS_OK : limit(RLIMIT_AS, DS_DECODER_ADDRESS_SPACE);
}

/*
 * On what is open, or of no use to anybody else. What a decoder of Debian 12 was seen to call, and
 * what the C library or the kernel calls in its place: all it was not seen to call says when.
 */
static int
allow_calls(scmp_filter_ctx filter)
{
    static const int calls[] = {
            SCMP_SYS(read),
            SCMP_SYS(write),
            SCMP_SYS(recvmsg),
            SCMP_SYS(close),
            SCMP_SYS(poll),
            SCMP_SYS(ppoll),           /* poll(), on processors that have no call of that name */
            SCMP_SYS(restart_syscall), /* a wait that a stop and its end broke into */
            SCMP_SYS(brk),             /* malloc() of more than there was */
            SCMP_SYS(munmap),
            SCMP_SYS(mremap),        /* realloc() of much */
            SCMP_SYS(madvise),       /* malloc(), where GLIBC_TUNABLES asks for huge pages */
            SCMP_SYS(clock_gettime), /* its own time, and all on machines whose clock the kernel
                                        alone reads */
            SCMP_SYS(setitimer),
            SCMP_SYS(exit_group),
    };
    int err = 0;

    for (size_t i = 0; err == 0 && i < sizeof calls / sizeof calls[0]; i++)
        err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    return err;
}

/*
 * Memory that is never run, and words for the other end of a socketpair alone: no address. malloc()
 * calls mprotect() where brk() gives no more, and it goes on in a mapping.
 */
static int
allow_with_arguments(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp no_address = SCMP_A4(SCMP_CMP_EQ, 0);

    int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec);
    if (err == 0)
        err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec);
    if (err == 0)
        err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, no_address);
    return err;
}

/*
 * A file that cannot be opened is nothing unheard of: libjpeg-turbo looks at /proc/cpuinfo with the
 * first picture on some processors, and goes on without.
 */
static int
refuse_files(scmp_filter_ctx filter)
{
    int err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
    return err == 0 ? seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 0) : err;
}

int
ds_decoder_seal(void)
{
    if (DS_SANITIZED)
        return DS_OK;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return DS_ERR_NOMEM;
    int err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (err == 0)
        err = allow_calls(filter);
    if (err == 0)
        err = allow_with_arguments(filter);
    if (err == 0)
        err = refuse_files(filter);
    if (err == 0)
        err = seccomp_load(filter);
    seccomp_release(filter);
    errno = -err;
    return err == 0 ? DS_OK : DS_ERR_SYSTEM;
}

void
ds_decoder_limit_work(void)
{
    struct itimerval value = {.it_value = {.tv_sec = DS_DECODER_CPU_S}};
    setitimer(ITIMER_PROF, &value, NULL);
}
