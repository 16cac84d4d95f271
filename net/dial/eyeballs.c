/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/eyeballs.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/event.h"

enum { ATTEMPTS_MAX = DS_DIAL_ADDRESSES_MAX + DS_DIAL_KNOWN_MAX };

enum attempt_state { ATTEMPT_WAITING, ATTEMPT_CONNECTING, ATTEMPT_FAILED };

struct attempt {
    struct ds_eyeballs *eyeballs;
    struct ds_addr addr;
    enum attempt_state state;
    int os_error;        /* ATTEMPT_FAILED: an errno */
    int fd;              /* ATTEMPT_CONNECTING */
    struct event *ready; /* ATTEMPT_CONNECTING */
};

struct ds_eyeballs {
    struct event_base *base; /* borrowed */
    struct ds_dial_prepare prepare;
    ds_dial_fn fn;
    void *arg;
    struct event *next; /* timer: start the next attempt */
    int last_family;
    bool closed;
    bool over; /* reported, or expired */
    size_t count;
    struct attempt attempts[ATTEMPTS_MAX];
};

/* Failures by how much they say about the other end, the most first. */
static const struct failure_kind {
    int os_error;
    int err;
    const char *before, *after; /* the address */
} failure_kinds[] = {
        {ECONNREFUSED, DS_ERR_UNREACHABLE, "", " refused the connection"},
        {ECONNRESET, DS_ERR_UNREACHABLE, "", " refused the connection"},
        {EHOSTUNREACH, DS_ERR_UNREACHABLE, "there is no route to ", ""},
        {ETIMEDOUT, DS_ERR_TIMEOUT, "", " does not answer"},
        {EACCES, DS_ERR_UNREACHABLE, "this machine's firewall forbids connections to ", ""},
        {EPERM, DS_ERR_UNREACHABLE, "this machine's firewall forbids connections to ", ""},
        {ENETUNREACH, DS_ERR_UNREACHABLE, "this machine has no network that leads to ", ""},
};

enum { FAILURE_KINDS = sizeof failure_kinds / sizeof failure_kinds[0] };

static size_t
failure_rank(int os_error)
{
    size_t rank = 0;
    while (rank < FAILURE_KINDS && failure_kinds[rank].os_error != os_error)
        rank++;
    return rank;
}

static struct ds_dial_result
describe_failure(const struct attempt *attempt)
{
    char text[DS_ADDR_TEXT_MAX];
    size_t rank = failure_rank(attempt->os_error);
    ds_addr_format(&attempt->addr, text);
    if (rank == FAILURE_KINDS)
        return ds_dial_failure(
                DS_ERR_UNREACHABLE, "cannot connect to %s: %s", text, strerror(attempt->os_error));
    const struct failure_kind *kind = &failure_kinds[rank];
    return ds_dial_failure(kind->err, "%s%s%s", kind->before, text, kind->after);
}

/* The failure that says most; the first of several that say the same. */
static struct ds_dial_result
best_failure(const struct ds_eyeballs *eyeballs)
{
    const struct attempt *best = NULL;
    for (size_t i = 0; i < eyeballs->count; i++) {
        const struct attempt *attempt = &eyeballs->attempts[i];
        if (attempt->state == ATTEMPT_FAILED &&
                (best == NULL || failure_rank(attempt->os_error) < failure_rank(best->os_error)))
            best = attempt;
    }
    if (best == NULL)
        return ds_dial_failure(DS_ERR_UNREACHABLE, "there is no address to connect to");
    return describe_failure(best);
}

static void
schedule(struct ds_eyeballs *eyeballs, unsigned delay_ms)
{
    ds_event_add_ms(eyeballs->next, delay_ms);
}

static void
drop(struct attempt *attempt)
{
    ds_event_free(attempt->ready);
    attempt->ready = NULL;
    if (attempt->fd >= 0)
        close(attempt->fd);
    attempt->fd = -1;
}

static void
fail(struct attempt *attempt, int os_error)
{
    drop(attempt);
    attempt->state = ATTEMPT_FAILED;
    attempt->os_error = os_error;
}

static void
drop_all(struct ds_eyeballs *eyeballs)
{
    event_del(eyeballs->next);
    for (size_t i = 0; i < eyeballs->count; i++)
        drop(&eyeballs->attempts[i]);
    eyeballs->over = true;
}

/* The callback may free the eyeballs: nothing may follow a call to this. */
static void
report(struct ds_eyeballs *eyeballs, const struct ds_dial_result *result)
{
    drop_all(eyeballs);
    eyeballs->fn(eyeballs->arg, result);
}

static bool
all_failed(const struct ds_eyeballs *eyeballs)
{
    for (size_t i = 0; i < eyeballs->count; i++)
        if (eyeballs->attempts[i].state != ATTEMPT_FAILED)
            return false;
    return true;
}

/*
 * On loopback the kernel may pick the port that we dial as our own, and the socket then connects to
 * itself: nobody listens there.
 */
static bool
is_self_connected(int fd, const struct ds_addr *remote)
{
    struct sockaddr_storage ss;
    struct ds_addr local;
    socklen_t len = sizeof ss;
    return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
           ds_addr_from_sockaddr(&local, (struct sockaddr *)&ss, len) == 0 &&
           ds_addr_equal(&local, remote);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct attempt *attempt = arg;
    struct ds_eyeballs *eyeballs = attempt->eyeballs;
    int os_error = 0;
    socklen_t len = sizeof os_error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &os_error, &len) < 0)
        os_error = errno;
    if (os_error == 0 && is_self_connected(fd, &attempt->addr))
        os_error = ECONNREFUSED;
    if (os_error != 0) {
        fail(attempt, os_error);
        schedule(eyeballs, 0);
        return;
    }
    struct ds_dial_result result = {.fd = fd, .remote = attempt->addr};
    attempt->fd = -1;
    report(eyeballs, &result);
}

/* Returns 0 when the attempt is under way, or an errno. */
static int
begin(struct attempt *attempt)
{
    struct ds_eyeballs *eyeballs = attempt->eyeballs;
    const struct ds_dial_prepare *prepare = &eyeballs->prepare;
    const struct sockaddr *sa = (const struct sockaddr *)&attempt->addr.ss;
    int family = sa->sa_family;

    attempt->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (attempt->fd < 0)
        return errno;
    if (prepare->fn != NULL && prepare->fn(attempt->fd, family, prepare->arg) < 0)
        return errno != 0 ? errno : EINVAL;
    if (connect(attempt->fd, sa, attempt->addr.len) < 0 && errno != EINPROGRESS)
        return errno;
    attempt->ready = event_new(eyeballs->base, attempt->fd, EV_WRITE, on_ready, attempt);
    if (attempt->ready == NULL || event_add(attempt->ready, NULL) < 0)
        return ENOMEM;
    attempt->state = ATTEMPT_CONNECTING;
    return 0;
}

/* The first address of the other family than the last one; RFC 8305, 4, with IPv6 as the first. */
static struct attempt *
pick(struct ds_eyeballs *eyeballs)
{
    struct attempt *first = NULL;
    for (size_t i = 0; i < eyeballs->count; i++) {
        struct attempt *attempt = &eyeballs->attempts[i];
        if (attempt->state != ATTEMPT_WAITING)
            continue;
        bool is_v6 = attempt->addr.ss.ss_family == AF_INET6;
        if (is_v6 != (eyeballs->last_family == AF_INET6))
            return attempt;
        if (first == NULL)
            first = attempt;
    }
    return first;
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
    struct ds_eyeballs *eyeballs = arg;
    struct attempt *attempt;

    while ((attempt = pick(eyeballs)) != NULL) {
        eyeballs->last_family = attempt->addr.ss.ss_family;
        int os_error = begin(attempt);
        if (os_error == 0) {
            schedule(eyeballs, DS_DIAL_ATTEMPT_DELAY_MS);
            return;
        }
        fail(attempt, os_error);
    }
    if (eyeballs->closed && all_failed(eyeballs)) {
        struct ds_dial_result result = best_failure(eyeballs);
        report(eyeballs, &result);
    }
}

struct ds_eyeballs *
ds_eyeballs_new(struct event_base *base, struct ds_dial_prepare prepare, ds_dial_fn fn, void *arg)
{
    struct ds_eyeballs *eyeballs = calloc(1, sizeof *eyeballs);
    if (eyeballs == NULL)
        return NULL;
    eyeballs->base = base;
    eyeballs->prepare = prepare;
    eyeballs->fn = fn;
    eyeballs->arg = arg;
    eyeballs->last_family = AF_INET;
    eyeballs->next = evtimer_new(base, on_next, eyeballs);
    if (eyeballs->next == NULL) {
        free(eyeballs);
        return NULL;
    }
    return eyeballs;
}

static bool
has(const struct ds_eyeballs *eyeballs, const struct ds_addr *addr)
{
    for (size_t i = 0; i < eyeballs->count; i++)
        if (ds_addr_equal(&eyeballs->attempts[i].addr, addr))
            return true;
    return false;
}

void
ds_eyeballs_add(struct ds_eyeballs *eyeballs, const struct ds_addr *addresses, size_t count)
{
    bool was_idle = pick(eyeballs) == NULL;
    for (size_t i = 0; i < count && eyeballs->count < ATTEMPTS_MAX; i++) {
        if (has(eyeballs, &addresses[i]))
            continue;
        eyeballs->attempts[eyeballs->count++] = (struct attempt){
                .eyeballs = eyeballs, .addr = addresses[i], .fd = -1, .state = ATTEMPT_WAITING};
    }
    /* The delay after the last attempt, if it is not over, is still kept. */
    if (!eyeballs->over && was_idle && !evtimer_pending(eyeballs->next, NULL))
        schedule(eyeballs, 0);
}

void
ds_eyeballs_close(struct ds_eyeballs *eyeballs)
{
    eyeballs->closed = true;
    if (!eyeballs->over && all_failed(eyeballs))
        schedule(eyeballs, 0);
}

struct ds_dial_result
ds_eyeballs_expire(struct ds_eyeballs *eyeballs)
{
    for (size_t i = 0; i < eyeballs->count; i++)
        if (eyeballs->attempts[i].state == ATTEMPT_CONNECTING)
            fail(&eyeballs->attempts[i], ETIMEDOUT);
    drop_all(eyeballs);
    return best_failure(eyeballs);
}

void
ds_eyeballs_free(struct ds_eyeballs *eyeballs)
{
    if (eyeballs == NULL)
        return;
    drop_all(eyeballs);
    event_free(eyeballs->next);
    free(eyeballs);
}
