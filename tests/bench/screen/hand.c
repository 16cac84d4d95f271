/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/screen/hand.h"

#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "net/base/clock.h"

enum {
    ANSWERS_MAX = 1000,
    PAUSE_MIN_US = 100000,
    PAUSE_SPAN_US = 200000,
    MESSAGE_KEY = 4,
    MESSAGE_POINTER = 5,
    KEYSYM_A = 0x61,
};

struct hand {
    int fd, x, y;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    bool is_once, is_over;
    uint64_t sent_us; /* 0: nothing is unanswered */
    uint64_t answers_us[ANSWERS_MAX];
    size_t answers;
};

/*
 * Down and up in one write: nothing of the decoder's thread comes between them, and a line that
 * ends here never leaves a key down.
 */
static void
press(const struct hand *hand)
{
    uint8_t key[] = {
            MESSAGE_KEY, 1, 0, 0, 0, 0, 0, KEYSYM_A, MESSAGE_KEY, 0, 0, 0, 0, 0, 0, KEYSYM_A};
    uint8_t x_high = (uint8_t)(hand->x >> 8), x_low = (uint8_t)hand->x;
    uint8_t y_high = (uint8_t)(hand->y >> 8), y_low = (uint8_t)hand->y;
    uint8_t click[] = {MESSAGE_POINTER, 1, x_high, x_low, y_high, y_low, MESSAGE_POINTER, 0, x_high,
            x_low, y_high, y_low};
    bool is_key = hand->x < 0;
    size_t len = is_key ? sizeof key : sizeof click;
    if (send(hand->fd, is_key ? key : click, len, MSG_NOSIGNAL) != (ssize_t)len)
        warn("an input was not sent");
}

/* Wait, with the lock, until that time or until something changes. */
static void
wait_until(struct hand *hand, uint64_t time_us)
{
    struct timespec until = {
            .tv_sec = (time_t)(time_us / 1000000), .tv_nsec = (long)(time_us % 1000000 * 1000)};
    pthread_cond_timedwait(&hand->changed, &hand->lock, &until);
}

static void
pause_for(struct hand *hand, uint64_t pause_us)
{
    uint64_t end_us = ds_clock_us() + pause_us;
    while (!hand->is_over && ds_clock_us() < end_us)
        wait_until(hand, end_us);
}

static void *
run(void *arg)
{
    struct hand *hand = arg;
    unsigned seed = 1;

    pthread_mutex_lock(&hand->lock);
    while (!hand->is_over && hand->answers < (hand->is_once ? 1 : ANSWERS_MAX)) {
        pause_for(hand, PAUSE_MIN_US + (uint64_t)rand_r(&seed) % PAUSE_SPAN_US);
        hand->sent_us = ds_clock_us();
        press(hand);
        while (!hand->is_over && hand->sent_us != 0)
            pthread_cond_wait(&hand->changed, &hand->lock);
    }
    pthread_mutex_unlock(&hand->lock);
    return NULL;
}

struct hand *
hand_start(int fd, int x, int y, bool is_once)
{
    struct hand *hand = calloc(1, sizeof *hand);
    pthread_condattr_t monotonic;

    if (hand == NULL)
        err(EXIT_FAILURE, "memory");
    hand->fd = fd;
    hand->x = x;
    hand->y = y;
    hand->is_once = is_once;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&hand->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&hand->lock, NULL);
    if (pthread_create(&hand->thread, NULL, run, hand) != 0)
        errx(EXIT_FAILURE, "no thread");
    return hand;
}

void
hand_answered(struct hand *hand, uint64_t now_us)
{
    pthread_mutex_lock(&hand->lock);
    if (hand->sent_us != 0) {
        hand->answers_us[hand->answers++] = now_us - hand->sent_us;
        hand->sent_us = 0;
    }
    pthread_cond_signal(&hand->changed);
    pthread_mutex_unlock(&hand->lock);
}

void
hand_stop(struct hand *hand, FILE *out)
{
    pthread_mutex_lock(&hand->lock);
    hand->is_over = true;
    pthread_cond_signal(&hand->changed);
    pthread_mutex_unlock(&hand->lock);
    pthread_join(hand->thread, NULL);
    fputc('[', out);
    for (size_t i = 0; i < hand->answers; i++)
        fprintf(out, "%s%.3f", i > 0 ? "," : "", (double)hand->answers_us[i] / 1e3);
    fputc(']', out);
    pthread_cond_destroy(&hand->changed);
    pthread_mutex_destroy(&hand->lock);
    free(hand);
}
