/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/post.h"

#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <glib.h>

enum { ROOM = 32, REPLACING_TYPES = 5 };

struct ds_post {
    pthread_mutex_t lock;
    struct ds_mail mails[ROOM]; /* a ring */
    unsigned first, count;
    int fd;
};

struct ds_post *
ds_post_new(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return NULL;
    struct ds_post *post = g_new0(struct ds_post, 1);
    post->fd = fd;
    pthread_mutex_init(&post->lock, NULL);
    return post;
}

void
ds_post_free(struct ds_post *post)
{
    struct ds_mail mail;
    if (post == NULL)
        return;
    while (ds_post_take(post, &mail))
        if (mail.type == DS_MAIL_ADD_VIEWER)
            close(mail.fd);
    pthread_mutex_destroy(&post->lock);
    close(post->fd);
    g_free(post);
}

/* What says how things are is put in place of what said so before: so it always fits. */
static bool
type_replaces(enum ds_mail_type type)
{
    return type == DS_MAIL_LEVEL || type == DS_MAIL_RELEASE || type == DS_MAIL_GUARD ||
           type == DS_MAIL_PATH || type == DS_MAIL_STOP;
}

static struct ds_mail *
find_place(struct ds_post *post, enum ds_mail_type type)
{
    for (unsigned i = 0; type_replaces(type) && i < post->count; i++) {
        struct ds_mail *waiting = &post->mails[(post->first + i) % ROOM];
        if (waiting->type == type)
            return waiting;
    }
    if (post->count >= (type_replaces(type) ? ROOM : ROOM - REPLACING_TYPES))
        return NULL;
    return &post->mails[(post->first + post->count++) % ROOM];
}

int
ds_post_put(struct ds_post *post, const struct ds_mail *mail)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&post->lock);
    struct ds_mail *place = find_place(post, mail->type);
    if (place != NULL)
        *place = *mail;
    pthread_mutex_unlock(&post->lock);
    if (place == NULL)
        return DS_ERR_TOO_BIG;
    /* It fails only when the counter is full: then the other side is awake. */
    ssize_t n = write(post->fd, &one, sizeof one);
    (void)n;
    return 0;
}

bool
ds_post_take(struct ds_post *post, struct ds_mail *mail)
{
    uint64_t count;
    pthread_mutex_lock(&post->lock);
    bool is_there = post->count > 0;
    if (is_there) {
        *mail = post->mails[post->first];
        post->first = (post->first + 1) % ROOM;
        post->count--;
    } else {
        ssize_t n = read(post->fd, &count, sizeof count); /* not readable any more */
        (void)n;
    }
    pthread_mutex_unlock(&post->lock);
    return is_there;
}

int
ds_post_fd(const struct ds_post *post)
{
    return post->fd;
}
