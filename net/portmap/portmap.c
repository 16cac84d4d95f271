/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/portmap.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/thread.h"
#include "net/portmap/work.h"

/* What a worker and its handle share. */
struct job {
    unsigned refs; /* under pool.lock, like the news */
    int stop_fd, news_fd;
    struct ds_portmap_news news;
    struct ds_errand errand; /* the worker's */
};

struct ds_portmap {
    struct job *job;
    struct event *told;
    ds_portmap_fn fn;
    void *arg;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t is_done; /* a worker has ended */
    unsigned workers;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .is_done = PTHREAD_COND_INITIALIZER};

/* ---- what they share ---- */

static void
job_free(struct job *job)
{
    if (job->stop_fd >= 0)
        close(job->stop_fd);
    if (job->news_fd >= 0)
        close(job->news_fd);
    free(job);
}

static void
job_unref(struct job *job)
{
    pthread_mutex_lock(&pool.lock);
    bool is_last = --job->refs == 0;
    pthread_mutex_unlock(&pool.lock);
    if (is_last)
        job_free(job);
}

static int
job_new(struct job **out, const struct ds_portmap_config *config)
{
    struct job *job = calloc(1, sizeof *job);

    if (job == NULL)
        return DS_ERR_NOMEM;
    job->refs = 1;
    job->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    job->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (job->stop_fd < 0 || job->news_fd < 0) {
        job_free(job);
        return DS_ERR_SYSTEM;
    }
    job->errand = (struct ds_errand){.gateway = config->gateway,
            .observed = config->observed,
            .lease_s = config->lease_s,
            .stop_fd = job->stop_fd};
    job->errand.client.ss.ss_family = (sa_family_t)config->family;
    ds_addr_set_port(&job->errand.client, config->port);
    *out = job;
    return 0;
}

/* ---- the worker ---- */

static void
on_told(void *arg, const struct ds_portmap_news *news)
{
    struct job *job = arg;

    pthread_mutex_lock(&pool.lock);
    job->news = *news;
    pthread_mutex_unlock(&pool.lock);
    eventfd_write(job->news_fd, 1); /* only fails at 2^64-2, and then it is awake */
}

static void *
work(void *arg)
{
    struct job *job = arg;

    ds_portmap_work(&job->errand, on_told, job);
    job_unref(job);
    pthread_mutex_lock(&pool.lock);
    pool.workers--;
    pthread_cond_broadcast(&pool.is_done);
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

static int
start_worker(struct job *job)
{
    int err = 0;

    pthread_mutex_lock(&pool.lock);
    if (pool.workers == DS_PORTMAP_WORKERS_MAX) {
        err = DS_ERR_AGAIN;
    } else {
        pool.workers++;
        job->refs++;
    }
    pthread_mutex_unlock(&pool.lock);
    if (err < 0)
        return err;
    int code = ds_thread_start(work, job);
    if (code == 0)
        return 0;
    pthread_mutex_lock(&pool.lock);
    pool.workers--;
    job->refs--;
    pthread_mutex_unlock(&pool.lock);
    errno = code;
    return DS_ERR_SYSTEM;
}

bool
ds_portmap_settle(unsigned ms)
{
    struct timespec until;
    int code = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&pool.lock);
    while (pool.workers > 0 && code == 0)
        code = pthread_cond_clockwait(&pool.is_done, &pool.lock, CLOCK_MONOTONIC, &until);
    bool is_done = pool.workers == 0;
    pthread_mutex_unlock(&pool.lock);
    return is_done;
}

/* ---- the handle ---- */

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
    struct ds_portmap *portmap = arg;
    uint64_t count;

    if (read(fd, &count, sizeof count) != sizeof count)
        return;
    pthread_mutex_lock(&pool.lock);
    struct ds_portmap_news news = portmap->job->news;
    pthread_mutex_unlock(&pool.lock);
    portmap->fn(portmap->arg, &news); /* may free the handle */
}

int
ds_portmap_new(struct ds_portmap **out, const struct ds_portmap_config *config, ds_portmap_fn fn,
        void *arg)
{
    struct ds_portmap *portmap = calloc(1, sizeof *portmap);

    if (portmap == NULL)
        return DS_ERR_NOMEM;
    portmap->fn = fn;
    portmap->arg = arg;
    int err = job_new(&portmap->job, config);
    if (err < 0)
        goto fail;
    err = DS_ERR_NOMEM;
    portmap->told =
            event_new(config->base, portmap->job->news_fd, EV_READ | EV_PERSIST, on_news, portmap);
    if (portmap->told == NULL || event_add(portmap->told, NULL) < 0)
        goto fail;
    err = start_worker(portmap->job);
    if (err < 0)
        goto fail;
    *out = portmap;
    return 0;
fail:
    ds_portmap_free(portmap);
    return err;
}

void
ds_portmap_hush(struct ds_portmap *portmap)
{
    if (portmap != NULL)
        event_del(portmap->told);
}

void
ds_portmap_free(struct ds_portmap *portmap)
{
    if (portmap == NULL)
        return;
    ds_event_free(portmap->told);
    if (portmap->job != NULL) {
        eventfd_write(portmap->job->stop_fd, 1);
        job_unref(portmap->job);
    }
    free(portmap);
}

/* ---- names ---- */

const char *
ds_portmap_state_name(enum ds_portmap_state state)
{
    static const char *const names[] = {
            [DS_PORTMAP_ASKING] = "asking",
            [DS_PORTMAP_MAPPED] = "mapped",
            [DS_PORTMAP_NO_GATEWAY] = "no-gateway",
            [DS_PORTMAP_SILENT] = "silent",
            [DS_PORTMAP_LOST] = "lost",
            [DS_PORTMAP_REFUSED] = "refused",
            [DS_PORTMAP_BEHIND] = "double-nat",
    };
    return names[state];
}

const char *
ds_portmap_method_name(enum ds_portmap_method method)
{
    static const char *const names[] = {
            [DS_PORTMAP_NONE] = "",
            [DS_PORTMAP_PCP] = "PCP",
            [DS_PORTMAP_NAT_PMP] = "NAT-PMP",
            [DS_PORTMAP_UPNP] = "UPnP",
    };
    return names[method];
}
