/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <glib.h>

#include "app/share/post.h"

enum { MANY = 100 };

static bool
is_readable(const struct ds_post *post)
{
    struct pollfd fd = {.fd = ds_post_fd(post), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void
test_order(void)
{
    struct ds_post *post = ds_post_new();
    struct ds_mail mail;
    g_assert_false(is_readable(post));
    g_assert_false(ds_post_take(post, &mail));
    for (int i = 0; i < 3; i++)
        g_assert_cmpint(
                ds_post_put(post, &(struct ds_mail){.type = DS_MAIL_VIEWER_GONE, .fd = i}), ==, 0);
    for (int i = 0; i < 3; i++) {
        g_assert_true(is_readable(post));
        g_assert_true(ds_post_take(post, &mail));
        g_assert_cmpint(mail.fd, ==, i);
    }
    g_assert_false(ds_post_take(post, &mail));
    g_assert_false(is_readable(post));
    ds_post_free(post);
}

/* However full it is, what lowers the level or stops it gets through, and the newest counts. */
static void
test_full(void)
{
    struct ds_post *post = ds_post_new();
    struct ds_mail mail;
    int put = 0, level = 0, stops = 0;
    while (ds_post_put(post, &(struct ds_mail){.type = DS_MAIL_VIEWER_GONE}) == 0)
        g_assert_cmpint(++put, <, MANY);
    for (int i = 0; i < MANY; i++) {
        const struct ds_mail lower = {.type = DS_MAIL_LEVEL, .level = i % 3};
        g_assert_cmpint(ds_post_put(post, &lower), ==, 0);
        g_assert_cmpint(ds_post_put(post, &(struct ds_mail){.type = DS_MAIL_RELEASE}), ==, 0);
        g_assert_cmpint(ds_post_put(post, &(struct ds_mail){.type = DS_MAIL_GUARD}), ==, 0);
        g_assert_cmpint(ds_post_put(post, &(struct ds_mail){.type = DS_MAIL_STOP}), ==, 0);
        const struct ds_mail path = {.type = DS_MAIL_PATH, .rtt_us = (uint64_t)i};
        g_assert_cmpint(ds_post_put(post, &path), ==, 0);
    }
    while (ds_post_take(post, &mail)) {
        if (mail.type == DS_MAIL_LEVEL) {
            g_assert_cmpint(++level, ==, 1);
            g_assert_cmpint((int)mail.level, ==, (MANY - 1) % 3);
        }
        if (mail.type == DS_MAIL_PATH)
            g_assert_cmpuint(mail.rtt_us, ==, MANY - 1);
        stops += mail.type == DS_MAIL_STOP;
    }
    g_assert_cmpint(stops, ==, 1);
    ds_post_free(post);
}

/* A viewer's socket that nobody took is closed with the rest. */
static void
test_socket(void)
{
    struct ds_post *post = ds_post_new();
    int fds[2];
    char byte;
    g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
    g_assert_cmpint(
            ds_post_put(post, &(struct ds_mail){.type = DS_MAIL_ADD_VIEWER, .fd = fds[1]}), ==, 0);
    ds_post_free(post);
    g_assert_cmpint((int)read(fds[0], &byte, 1), ==, 0);
    close(fds[0]);
}

static void *
put_many(void *arg)
{
    for (int i = 0; i < MANY;)
        if (ds_post_put(arg, &(struct ds_mail){.type = DS_MAIL_VIEWER_GONE, .fd = i}) == 0)
            i++;
    return NULL;
}

/* Two threads: nothing is lost, and whoever polls is woken. */
static void
test_threads(void)
{
    struct ds_post *post = ds_post_new();
    struct ds_mail mail;
    pthread_t thread;
    int next = 0;
    g_assert_cmpint(pthread_create(&thread, NULL, put_many, post), ==, 0);
    while (next < MANY) {
        struct pollfd fd = {.fd = ds_post_fd(post), .events = POLLIN};
        g_assert_cmpint(poll(&fd, 1, 10000), ==, 1);
        while (ds_post_take(post, &mail))
            g_assert_cmpint(mail.fd, ==, next++);
    }
    pthread_join(thread, NULL);
    ds_post_free(post);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/post/order", test_order);
    g_test_add_func("/post/full", test_full);
    g_test_add_func("/post/socket", test_socket);
    g_test_add_func("/post/threads", test_threads);
    return g_test_run();
}
