/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/thread.h"
#include "net/dial/host.h"

/* What a worker and the loop share. The worker fills the answer, then wakes the loop. */
struct job {
    TAILQ_ENTRY(job) entry;
    unsigned refs; /* under pool.lock: the queue or its worker, and the ds_resolve */
    bool queued;   /* under pool.lock */
    int wake_fd;
    uint16_t port;
    char host[DS_HOST_MAX];
    struct ds_resolve_answer answer;
};

struct ds_resolve {
    struct job *job;
    struct event *woken;
    ds_resolve_fn fn;
    void *arg;
};

static struct {
    pthread_mutex_t lock;
    TAILQ_HEAD(, job) queue;
    unsigned waiting; /* in the queue */
    unsigned workers;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .queue = TAILQ_HEAD_INITIALIZER(pool.queue)};

static int
job_new(struct job **out, const char *host, uint16_t port)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return DS_ERR_NOMEM;
    job->refs = 1;
    job->port = port;
    snprintf(job->host, sizeof job->host, "%s", host);
    job->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (job->wake_fd < 0) {
        free(job);
        return DS_ERR_SYSTEM;
    }
    *out = job;
    return 0;
}

static void
job_unref_locked(struct job *job)
{
    if (--job->refs > 0)
        return;
    close(job->wake_fd);
    free(job);
}

static void
add_address(struct ds_resolve_answer *answer, const struct addrinfo *ai, uint16_t port)
{
    struct ds_addr addr;
    unsigned same_family = 0;

    if (ds_addr_from_sockaddr(&addr, ai->ai_addr, ai->ai_addrlen) < 0)
        return;
    for (size_t i = 0; i < answer->count; i++)
        same_family += answer->addresses[i].ss.ss_family == addr.ss.ss_family;
    /* A long list of one family must not push out the other. */
    if (same_family == DS_DIAL_ADDRESSES_MAX / 2)
        return;
    if (addr.ss.ss_family == AF_INET)
        ((struct sockaddr_in *)(void *)&addr.ss)->sin_port = htons(port);
    else
        ((struct sockaddr_in6 *)(void *)&addr.ss)->sin6_port = htons(port);
    answer->addresses[answer->count++] = addr;
}

static void
look_up(struct job *job)
{
    struct ds_resolve_answer *answer = &job->answer;
    /*
     * Without AI_ADDRCONFIG: glibc leaves loopback out of what it counts as configured, and a
     * family that is missing fails at once in connect().
     */
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;

    int code = getaddrinfo(job->host, NULL, &hints, &list);
    for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
        add_address(answer, ai, job->port);
    if (list != NULL)
        freeaddrinfo(list);
    if (answer->count > 0)
        return;
    answer->err = DS_ERR_RESOLVE;
    snprintf(answer->detail, sizeof answer->detail, "the name %.100s was not found: %.60s",
            job->host, code != 0 ? gai_strerror(code) : "it has no address");
}

static void *
work(void *arg)
{
    struct job *job;
    pthread_mutex_lock(&pool.lock);
    while ((job = TAILQ_FIRST(&pool.queue)) != NULL) {
        TAILQ_REMOVE(&pool.queue, job, entry);
        job->queued = false;
        pool.waiting--;
        pthread_mutex_unlock(&pool.lock);
        look_up(job);
        eventfd_write(job->wake_fd, 1); /* only fails at 2^64-2, and then it is awake */
        pthread_mutex_lock(&pool.lock);
        job_unref_locked(job);
    }
    pool.workers--;
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

static void
dequeue_locked(struct job *job)
{
    TAILQ_REMOVE(&pool.queue, job, entry);
    job->queued = false;
    pool.waiting--;
    job_unref_locked(job);
}

static int
submit(struct job *job)
{
    int err = 0;
    pthread_mutex_lock(&pool.lock);
    if (pool.waiting == DS_RESOLVE_QUEUE_MAX) {
        err = DS_ERR_RESOLVE;
        goto out;
    }
    TAILQ_INSERT_TAIL(&pool.queue, job, entry);
    job->queued = true;
    job->refs++;
    pool.waiting++;
    if (pool.workers < DS_RESOLVE_WORKERS_MAX) {
        if (ds_thread_start(work, NULL) == 0) {
            pool.workers++;
        } else if (pool.workers == 0) {
            dequeue_locked(job);
            err = DS_ERR_SYSTEM;
        }
    }
out:
    pthread_mutex_unlock(&pool.lock);
    return err;
}

static void
on_woken(evutil_socket_t fd, short what, void *arg)
{
    struct ds_resolve *resolve = arg;
    uint64_t count;
    if (read(fd, &count, sizeof count) != sizeof count)
        return;
    /* The callback may free the look-up, so nothing of it is used after. */
    struct ds_resolve_answer answer = resolve->job->answer;
    resolve->fn(resolve->arg, &answer);
}

int
ds_resolve_start(struct ds_resolve **out, struct event_base *base, const char *host, uint16_t port,
        ds_resolve_fn fn, void *arg)
{
    struct ds_resolve *resolve = calloc(1, sizeof *resolve);
    if (resolve == NULL)
        return DS_ERR_NOMEM;
    resolve->fn = fn;
    resolve->arg = arg;
    int err = job_new(&resolve->job, host, port);
    if (err < 0)
        goto fail;
    err = DS_ERR_NOMEM;
    resolve->woken = event_new(base, resolve->job->wake_fd, EV_READ, on_woken, resolve);
    if (resolve->woken == NULL || event_add(resolve->woken, NULL) < 0)
        goto fail;
    struct ds_resolve_answer *answer = &resolve->job->answer;
    if (ds_host_to_addr(host, port, &answer->addresses[0])) {
        answer->count = 1;
        eventfd_write(resolve->job->wake_fd, 1);
    } else {
        err = submit(resolve->job);
        if (err < 0)
            goto fail;
    }
    *out = resolve;
    return 0;
fail:
    ds_resolve_free(resolve);
    return err;
}

struct ds_dial_result
ds_resolve_timeout(const char *host)
{
    return ds_dial_failure(DS_ERR_RESOLVE,
            "the name %.100s could not be looked up: the name server does not answer", host);
}

void
ds_resolve_free(struct ds_resolve *resolve)
{
    if (resolve == NULL)
        return;
    ds_event_free(resolve->woken);
    if (resolve->job != NULL) {
        pthread_mutex_lock(&pool.lock);
        if (resolve->job->queued)
            dequeue_locked(resolve->job);
        job_unref_locked(resolve->job);
        pthread_mutex_unlock(&pool.lock);
    }
    free(resolve);
}
